#include "signaling/app/placement_inside.h"

#include "base/log.h"
#include "base/secret.h"
#include "signaling/app/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define TEND_S    0.1
#define LEASE_US  INT64_C(1000000)
#define READ_US   INT64_C(2000000) /* so late is a lost word of another node */
#define TRIES     3
#define KEY_BYTES (1 + ID_BYTES)
#define KEY_KIND  'R' /* no kind of stream */

/* ---- what is known --------------------------------------------------------
 */

struct placed *placement_known(const struct placement *placement,
                               struct practitioner_id practitioner)
{
    return map_get(&placement->by_practitioner,
                   slice(practitioner.bytes, ID_BYTES));
}

static struct placed *placed_new(struct placement *placement,
                                 struct practitioner_id practitioner)
{
    struct placed *placed = calloc(1, sizeof(*placed));

    assert(placed);
    placed->row.practitioner = practitioner;
    list_append(&placement->all, &placed->link);
    map_put(&placement->by_practitioner, slice(practitioner.bytes, ID_BYTES),
            placed);
    return placed;
}

void placement_note(struct placement *placement,
                    const struct placement_row *row, bool ours)
{
    struct placed *placed = placement_known(placement, row->practitioner);
    struct relay *from;

    if (!placed)
        placed = placed_new(placement, row->practitioner);
    if (row->generation <= placed->row.generation)
        return;
    bool moved = placed->row.generation > 0 &&
                 strcmp(placed->row.relay, row->relay) != 0;
    from = relays_find(placement->with.relays, placed->row.relay);
    placed->row = *row;
    placed->ours = ours;
    /* What was there when this node began may be as old as it likes. */
    placed->since_us =
        placement->read_us ? clock_monotonic_us() : INT64_MIN / 2;
    if (moved)
        placement->with.moved(placement->with.arg, row->practitioner, from);
}

static struct slice key_of(struct practitioner_id practitioner,
                           uint8_t out[KEY_BYTES])
{
    out[0] = KEY_KIND;
    memcpy(out + 1, practitioner.bytes, ID_BYTES);
    return slice(out, KEY_BYTES);
}

void placement_wrote(struct placement *placement,
                     const struct placement_row *row)
{
    uint8_t key[KEY_BYTES];

    if (row->generation > 1) {
        placement->moves += 1;
        log_notice("practitioner moved relay=%s generation=%llu", row->relay,
                   (unsigned long long)row->generation);
    }
    placement_note(placement, row, true);
    bus_publish(placement->with.bus, key_of(row->practitioner, key),
                row->generation);
}

/* ---- all rows -------------------------------------------------------------
 */

struct reading {
    struct placement *placement;
    struct placement_row *rows;
    size_t count, room;
};

static int keep_row(void *arg, const struct placement_row *row)
{
    struct reading *reading = arg;

    if (reading->count == reading->room) {
        size_t room = reading->room ? reading->room * 2 : 64;
        void *rows = realloc(reading->rows, room * sizeof(*reading->rows));
        if (!rows)
            return -ENOMEM;
        reading->rows = rows;
        reading->room = room;
    }
    reading->rows[reading->count++] = *row;
    return 0;
}

static int read_all_run(struct reader_of_store *reader, void *arg)
{
    return placement_each(reader, keep_row, arg);
}

static void read_all_done(void *arg, int status)
{
    struct reading *reading = arg;
    struct placement *placement = reading->placement;

    placement->reading = false;
    for (size_t i = 0; status == 0 && !placement->stopped && i < reading->count;
         i++)
        placement_note(placement, &reading->rows[i], false);
    placement->read_us = clock_monotonic_us();
    free(reading->rows);
    free(reading);
}

void placement_read_all(struct placement *placement)
{
    struct reading *reading;

    if (placement->reading || placement->stopped)
        return;
    reading = calloc(1, sizeof(*reading));
    assert(reading);
    reading->placement = placement;
    placement->reading = true;
    store_ask(placement->with.store, read_all_run, read_all_done, reading);
}

/* Another node moved somebody. */
static void on_word(void *arg, struct slice key, uint64_t generation)
{
    struct placement *placement = arg;
    struct practitioner_id practitioner;

    if (key.length != KEY_BYTES || key.data[0] != KEY_KIND)
        return;
    memcpy(practitioner.bytes, key.data + 1, ID_BYTES);
    const struct placed *placed = placement_known(placement, practitioner);
    if (!placed || placed->row.generation < generation)
        placement_read_all(placement);
}

/* ---- asking ---------------------------------------------------------------
 */

struct finding {
    struct placement *placement;
    struct placement_row row; /* as it was read, or as it is to be */
    unsigned tries;
    placement_fn *done;
    void *arg;
};

static void finding_ask(struct finding *finding);

static void finding_end(struct finding *finding, struct relay *relay)
{
    finding->done(finding->arg, relay);
    free(finding);
}

static int finding_write_run(struct reader_of_store *writer, void *arg)
{
    struct finding *finding = arg;

    return placement_write(writer, &finding->row);
}

static void finding_written(void *arg, int status)
{
    struct finding *finding = arg;
    struct placement *placement = finding->placement;

    if (placement->stopped || status < 0 || finding->tries >= TRIES) {
        finding_end(finding, NULL);
        return;
    }
    if (status == 0) { /* another node was faster: its word counts */
        finding_ask(finding);
        return;
    }
    placement_wrote(placement, &finding->row);
    finding_end(finding,
                relays_find(placement->with.relays, finding->row.relay));
}

static void finding_place(struct finding *finding)
{
    struct placement *placement = finding->placement;
    const struct placed *placed =
        placement_known(placement, finding->row.practitioner);
    const struct placement_burden burden = placement_burden_now(placement);
    size_t best =
        placement_choose(placement, placed ? placed->row.relay : "", &burden);

    if (best == RELAYS_MAX) {
        finding_end(finding, NULL);
        return;
    }
    finding->row.generation = placed ? placed->row.generation + 1 : 1;
    strcpy(finding->row.relay, relays_name(placement->with.relays, best));
    store_change(placement->with.store, finding_write_run, finding_written,
                 finding);
}

static int finding_run(struct reader_of_store *reader, void *arg)
{
    struct finding *finding = arg;

    return placement_read(reader, finding->row.practitioner, &finding->row);
}

static void finding_read(void *arg, int status)
{
    struct finding *finding = arg;
    struct placement *placement = finding->placement;
    const struct placed *placed;

    if (placement->stopped) {
        finding_end(finding, NULL);
        return;
    }
    if (status == 0)
        placement_note(placement, &finding->row, false);
    /* While the record is away, what it said last has to do. */
    placed = placement_known(placement, finding->row.practitioner);
    struct relay *relay =
        placed ? relays_find(placement->with.relays, placed->row.relay) : NULL;
    const struct placement_burden burden = placement_burden_now(placement);
    bool homeless = !placed || placement_is_dead(placement, placed, &burden);
    if (homeless && (status == 0 || status == -ENOENT))
        finding_place(finding);
    else
        finding_end(finding, relay && relay_is_up(relay) ? relay : NULL);
}

static void finding_ask(struct finding *finding)
{
    finding->tries += 1;
    store_ask(finding->placement->with.store, finding_run, finding_read,
              finding);
}

struct relay *placement_home(const struct placement *placement,
                             struct practitioner_id practitioner)
{
    const struct placed *placed = placement_known(placement, practitioner);

    return placed ? relays_find(placement->with.relays, placed->row.relay)
                  : NULL;
}

void placement_find(struct placement *placement,
                    struct practitioner_id practitioner, placement_fn *done,
                    void *arg)
{
    struct finding *finding = calloc(1, sizeof(*finding));

    assert(finding);
    finding->placement = placement;
    finding->row.practitioner = practitioner;
    finding->done = done;
    finding->arg = arg;
    finding_ask(finding);
}

struct relay *placement_any(const struct placement *placement)
{
    const struct placement_burden burden = placement_burden_now(placement);
    size_t best = placement_choose(placement, "", &burden);

    return best == RELAYS_MAX ? NULL : relays_at(placement->with.relays, best);
}

uint64_t placement_moves(const struct placement *placement)
{
    return placement->moves;
}

size_t placement_count(const struct placement *placement,
                       const struct relay *relay)
{
    const struct placement_burden burden = placement_burden_now(placement);

    return burden.placed[relays_index(placement->with.relays, relay)];
}

/* ---- life -----------------------------------------------------------------
 */

static void on_tend(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct placement *placement = timer->data;
    int64_t now_us = clock_monotonic_us();

    (void)loop;
    (void)events;
    if (now_us - placement->leased_us >= LEASE_US)
        placement_lease(placement);
    if (store_is_shared(placement->with.store) &&
        now_us - placement->read_us >= READ_US)
        placement_read_all(placement);
    placement_leave(placement);
}

void placement_relay_changed(struct placement *placement, struct relay *relay)
{
    size_t index = relays_index(placement->with.relays, relay);
    struct relay_sight *sight = &placement->sights[index];
    int64_t now_us = clock_monotonic_us();
    bool up = relays_is_usable(placement->with.relays, index);

    assert(index < RELAYS_MAX);
    if (up)
        *sight =
            (struct relay_sight){ .seen = true, .drains_us = sight->drains_us };
    else if (sight->down_us == 0)
        sight->down_us = now_us;
    if (!up || !relay_is_draining(relay))
        sight->drains_us = 0;
    else if (sight->drains_us == 0)
        sight->drains_us = now_us;
    placement_note_reach(placement, now_us);
    placement_lease(placement);
    placement_leave(placement);
}

struct placement *placement_new(const struct placement_options *options)
{
    struct placement *placement = calloc(1, sizeof(*placement));

    assert(placement);
    placement->with = *options;
    placement->began_us = placement->none_us = clock_monotonic_us();
    for (size_t i = 0; i < RELAYS_MAX; i++)
        placement->sights[i].down_us = placement->began_us;
    secret_random(placement->node, sizeof(placement->node));
    map_init(&placement->by_practitioner);
    list_init(&placement->all);
    bus_subscribe(options->bus, on_word, placement);
    placement_read_all(placement);
    ev_timer_init(&placement->tend, on_tend, TEND_S, TEND_S);
    placement->tend.data = placement;
    ev_timer_start(options->loop, &placement->tend);
    return placement;
}

void placement_stop(struct placement *placement)
{
    if (!placement)
        return;
    placement->stopped = true;
    ev_timer_stop(placement->with.loop, &placement->tend);
}

void placement_free(struct placement *placement)
{
    if (!placement)
        return;
    list_each (link, after, &placement->all)
        free(list_member(link, struct placed, link));
    map_release(&placement->by_practitioner);
    free(placement);
}
