#include "signaling/app/bulletin.h"

#include "base/list.h"
#include "base/log.h"
#include "base/reader.h"
#include "base/secret.h"
#include "signaling/app/clock.h"
#include "signaling/app/pulse.h"
#include "signaling/bus/frame.h"
#include "signaling/store/bulletin_rows.h"

#include <assert.h>
#include <stdlib.h>

#define LENGTH_BYTES 2
#define ROUNDS_MAX   5 /* unchanged for so long: a dead node's row */

/* Another node's row. */
struct told {
    struct list link;
    uint8_t node[BULLETIN_NODE_BYTES];
    uint64_t turn;
    bool deaf;
    bool changed;    /* read in this round, and not the same as before */
    unsigned rounds; /* since it changed */
    uint8_t *frames;
    size_t length;
};

struct bulletin {
    struct bulletin_options with;
    ev_timer timer;
    bool busy; /* the store has it: the loop leaves it alone */
    bool stopped;
    bool posted; /* there is a row of ours */
    struct list others;
    struct bulletin_row own;
    uint8_t *frames; /* own.frames, room for so many bytes */
    size_t room;
};

/* ---- what the others wrote ------------------------------------------------
 */

static struct told *told_of(struct bulletin *bulletin,
                            const uint8_t node[BULLETIN_NODE_BYTES])
{
    list_each (link, after, &bulletin->others) {
        struct told *told = list_member(link, struct told, link);
        if (memcmp(told->node, node, BULLETIN_NODE_BYTES) == 0)
            return told;
    }
    return NULL;
}

static void told_free(struct told *told)
{
    list_remove(&told->link);
    free(told->frames);
    free(told);
}

/* What stood there at first sight may be a dead node's: it counts when it
 * changes. */
static int keep_row(void *arg, const struct bulletin_row *row)
{
    struct bulletin *bulletin = arg;
    struct told *told = told_of(bulletin, row->node);

    if (!told) {
        told = calloc(1, sizeof(*told));
        assert(told);
        memcpy(told->node, row->node, BULLETIN_NODE_BYTES);
        told->turn = row->turn;
        told->rounds = ROUNDS_MAX;
        list_append(&bulletin->others, &told->link);
        return 0;
    }
    if (told->turn == row->turn)
        return 0;
    told->changed = true;
    told->turn = row->turn;
    told->deaf = row->deaf;
    free(told->frames);
    told->frames = malloc(row->frames.length + 1);
    assert(told->frames);
    if (row->frames.length > 0)
        memcpy(told->frames, row->frames.data, row->frames.length);
    told->length = row->frames.length;
    return 0;
}

static void hear(struct bulletin *bulletin, struct told *told)
{
    struct reader bytes = reader_of(slice(told->frames, told->length));

    while (bytes.rest.length > 0) {
        size_t length = reader_u16(&bytes);
        struct slice frame = reader_bytes(&bytes, length);
        if (bytes.failed)
            break;
        bus_heard(bulletin->with.bus, frame);
    }
    free(told->frames);
    told->frames = NULL;
    told->length = 0;
}

/* Returns whether somebody else hears nothing from Redis. */
static bool hear_all(struct bulletin *bulletin)
{
    bool deaf = false;

    list_each (link, after, &bulletin->others) {
        struct told *told = list_member(link, struct told, link);
        if (told->changed)
            hear(bulletin, told);
        told->rounds = told->changed ? 0 : told->rounds + 1;
        told->changed = false;
        deaf = deaf || (told->deaf && told->rounds < ROUNDS_MAX);
    }
    return deaf;
}

/* ---- what we write --------------------------------------------------------
 */

static void add_frame(void *arg, struct slice frame)
{
    struct bulletin *bulletin = arg;
    size_t length = bulletin->own.frames.length;

    if (bulletin->room - length < LENGTH_BYTES + frame.length) {
        bulletin->room = 2 * bulletin->room + LENGTH_BYTES + FRAME_MAX;
        bulletin->frames = realloc(bulletin->frames, bulletin->room);
        assert(bulletin->frames);
    }
    struct writer out =
        writer_into(bulletin->frames + length, bulletin->room - length);
    writer_u16(&out, (uint16_t)frame.length);
    writer_bytes(&out, frame);
    bulletin->own.frames = slice(bulletin->frames, length + out.length);
}

static int write_run(struct reader_of_store *writer, void *arg)
{
    const struct bulletin *bulletin = arg;

    return bulletin_write(writer, &bulletin->own, clock_now_ms());
}

static int erase_run(struct reader_of_store *writer, void *arg)
{
    const struct bulletin *bulletin = arg;

    return bulletin_erase(writer, bulletin->own.node);
}

static void written(void *arg, int status)
{
    struct bulletin *bulletin = arg;

    (void)status; /* the next round says it again */
    bulletin->busy = false;
}

static void erased(void *arg, int status)
{
    struct bulletin *bulletin = arg;

    bulletin->posted = status < 0;
    bulletin->busy = false;
}

/* ---- a round -------------------------------------------------------------
 */

static int read_run(struct reader_of_store *reader, void *arg)
{
    struct bulletin *bulletin = arg;

    return bulletin_each(reader, bulletin->own.node, keep_row, bulletin);
}

static void read_done(void *arg, int status)
{
    struct bulletin *bulletin = arg;

    bulletin->busy = false;
    if (bulletin->stopped || status < 0)
        return;
    bool others_deaf = hear_all(bulletin);
    bulletin->own.deaf = !redis_is_up(bulletin->with.redis);
    if (bulletin->own.deaf || others_deaf) {
        if (!bulletin->posted)
            log_notice("leases go by way of the record deaf=%d",
                       bulletin->own.deaf);
        bulletin->posted = bulletin->busy = true;
        bulletin->own.turn += 1;
        bulletin->own.frames = slice(bulletin->frames, 0);
        bus_tell_own(bulletin->with.bus, add_frame, bulletin);
        store_change(bulletin->with.store, write_run, written, bulletin);
    } else if (bulletin->posted) {
        bulletin->busy = true;
        store_change(bulletin->with.store, erase_run, erased, bulletin);
    }
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct bulletin *bulletin = timer->data;

    (void)loop, (void)events;
    if (bulletin->busy)
        return;
    bulletin->busy = true;
    store_ask(bulletin->with.store, read_run, read_done, bulletin);
}

/* ---- the whole -----------------------------------------------------------
 */

struct bulletin *bulletin_new(const struct bulletin_options *options)
{
    if (!options->redis || !store_is_shared(options->store))
        return NULL;

    struct bulletin *bulletin = calloc(1, sizeof(*bulletin));
    assert(bulletin);
    bulletin->with = *options;
    list_init(&bulletin->others);
    secret_random(bulletin->own.node, BULLETIN_NODE_BYTES);
    bulletin->room = FRAME_MAX;
    bulletin->frames = malloc(bulletin->room);
    assert(bulletin->frames);
    ev_timer_init(&bulletin->timer, on_timer, PULSE_S, PULSE_S);
    bulletin->timer.data = bulletin;
    ev_timer_start(options->loop, &bulletin->timer);
    return bulletin;
}

void bulletin_stop(struct bulletin *bulletin)
{
    if (!bulletin)
        return;
    bulletin->stopped = true;
    ev_timer_stop(bulletin->with.loop, &bulletin->timer);
}

void bulletin_free(struct bulletin *bulletin)
{
    if (!bulletin)
        return;
    list_each (link, after, &bulletin->others)
        told_free(list_member(link, struct told, link));
    free(bulletin->frames);
    free(bulletin);
}
