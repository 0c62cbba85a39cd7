/*
 * placement_leave: the part of placement that moves practitioners away: from a
 * dead relay all of them, from one that drains those who are not in a call.
 * Every node tries; the record takes the first.
 */
#include "signaling/app/placement_inside.h"

#include "signaling/app/clock.h"

#include <assert.h>
#include <stdlib.h>

#define ASK_US INT64_C(1000000)

struct batch {
    struct placement *placement;
    struct placement_row rows[BATCH_MAX];
    bool written[BATCH_MAX];
    size_t count;
    struct placement_burden burden;
};

static int batch_run(struct reader_of_store *writer, void *arg)
{
    struct batch *batch = arg;

    for (size_t i = 0; i < batch->count; i++) {
        int written = placement_write(writer, &batch->rows[i]);
        if (written < 0)
            return written;
        batch->written[i] = written == 1;
    }
    return 0;
}

static void batch_done(void *arg, int status)
{
    struct batch *batch = arg;
    struct placement *placement = batch->placement;
    bool lost = false;

    placement->moving = false;
    for (size_t i = 0; status >= 0 && !placement->stopped && i < batch->count;
         i++) {
        if (batch->written[i])
            placement_wrote(placement, &batch->rows[i]);
        lost = lost || !batch->written[i];
    }
    if (lost) /* to another node, whose word may still be on its way */
        placement_read_all(placement);
    free(batch);
}

/* False: it is full, or there is nowhere to go. */
static bool batch_add(struct batch *batch, const struct placed *placed)
{
    const struct placement *placement = batch->placement;
    struct placement_row *row = &batch->rows[batch->count];

    if (batch->count == BATCH_MAX)
        return false;
    size_t best =
        placement_choose(placement, placed->row.relay, &batch->burden);
    if (best == RELAYS_MAX)
        return false;
    *row = placed->row;
    row->generation += 1;
    strcpy(row->relay, relays_name(placement->with.relays, best));
    batch->burden.placed[best] += 1;
    batch->count += 1;
    return true;
}

static struct batch *batch_new(struct placement *placement)
{
    struct batch *batch = calloc(1, sizeof(*batch));

    assert(batch);
    batch->placement = placement;
    batch->burden = placement_burden_now(placement);
    return batch;
}

static void batch_go(struct batch *batch)
{
    if (batch->count == 0) {
        free(batch);
        return;
    }
    batch->placement->moving = true;
    store_change(batch->placement->with.store, batch_run, batch_done, batch);
}

/* ---- a relay that drains --------------------------------------------------
 */

struct asking {
    struct placement *placement;
    struct practitioner_id practitioner;
    uint64_t generation;
    bool ends;
};

static void asked(void *arg, const struct consultation *visit,
                  const struct agenda *agenda)
{
    struct asking *asking = arg;
    struct placement *placement = asking->placement;
    struct placed *placed = placement_known(placement, asking->practitioner);
    bool in_call = agenda && !consultation_id_is_none(agenda->admitted);

    (void)visit;
    placed->asking = false;
    if (agenda && !placement->stopped && (!in_call || asking->ends) &&
        placed->row.generation == asking->generation) {
        struct batch *batch = batch_new(placement);
        (void)batch_add(batch, placed);
        batch_go(batch);
    }
    free(asking);
}

static void ask_whether_in_call(struct placement *placement,
                                struct placed *placed, bool ends)
{
    struct asking *asking;
    int64_t now_us = clock_monotonic_us();

    if (placed->asking || now_us - placed->asked_us < ASK_US)
        return;
    asking = calloc(1, sizeof(*asking));
    assert(asking);
    asking->placement = placement;
    asking->practitioner = placed->row.practitioner;
    asking->generation = placed->row.generation;
    asking->ends = ends;
    placed->asking = true;
    placed->asked_us = now_us;
    engine_agenda(placement->with.engine, placed->row.practitioner, asked,
                  asking);
}

/* ---- a round --------------------------------------------------------------
 */

/* Nobody has to ask for each row while all is well. */
static bool is_all_well(const struct placement *placement)
{
    const struct relays *relays = placement->with.relays;

    for (size_t i = 0; i < relays_count(relays); i++)
        if (!relays_is_usable(relays, i) ||
            relay_is_draining(relays_at(relays, i)))
            return false;
    return true;
}

void placement_leave(struct placement *placement)
{
    struct batch *batch;
    bool ends;

    if (placement->moving || placement->stopped ||
        relays_count(placement->with.relays) < 2 || is_all_well(placement))
        return;
    batch = batch_new(placement);
    list_each (link, after, &placement->all) {
        struct placed *placed = list_member(link, struct placed, link);
        if (placed->row.generation == 0)
            continue;
        if (placement_is_draining(placement, placed->row.relay, &ends))
            ask_whether_in_call(placement, placed, ends);
        else if (batch->count < BATCH_MAX &&
                 placement_is_dead(placement, placed, &batch->burden))
            (void)batch_add(batch, placed);
    }
    batch_go(batch);
}
