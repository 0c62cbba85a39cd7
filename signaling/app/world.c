#include "signaling/app/world.h"

#include "base/log.h"
#include "base/map.h"
#include "signaling/app/agenda_facts.h"
#include "signaling/app/record.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct world {
    struct store *store;
    bool shared; /* others write, too */
    struct map visits;
    struct map agendas;
    struct list recent_visits;
    struct list recent_agendas;
};

struct world *world_new(struct store *store)
{
    struct world *world = calloc(1, sizeof(*world));

    assert(world);
    world->store = store;
    world->shared = store_is_shared(store);
    map_init(&world->visits);
    map_init(&world->agendas);
    list_init(&world->recent_visits);
    list_init(&world->recent_agendas);
    return world;
}

static void stream_free(struct stream *stream)
{
    struct map *map = stream->id.kind == STREAM_CONSULTATION
                          ? &stream->world->visits
                          : &stream->world->agendas;

    list_remove(&stream->recent);
    (void)map_remove(map, slice(stream->id.bytes, ID_BYTES));
    free(stream->visit);
    free(stream->agenda);
    free(stream);
}

static void free_all(struct list *recent)
{
    list_each (link, after, recent)
        stream_free(list_member(link, struct stream, recent));
}

void world_free(struct world *world)
{
    if (!world)
        return;
    free_all(&world->recent_visits);
    free_all(&world->recent_agendas);
    map_release(&world->visits);
    map_release(&world->agendas);
    free(world);
}

/* Forgets the least recent ones that nobody points at. */
static void forget(struct map *map, struct list *recent, size_t keep)
{
    list_each (link, after, recent) {
        struct stream *stream = list_member(link, struct stream, recent);
        if (map->count <= keep)
            return;
        if (stream->pins == 0 && !stream->loading)
            stream_free(stream);
    }
}

static struct stream *find(struct world *world, enum stream_kind kind,
                           const uint8_t id[ID_BYTES])
{
    bool visit = kind == STREAM_CONSULTATION;
    struct map *map = visit ? &world->visits : &world->agendas;
    struct list *recent =
        visit ? &world->recent_visits : &world->recent_agendas;
    struct stream *stream = map_get(map, slice(id, ID_BYTES));

    if (!stream) {
        forget(map, recent, visit ? WORLD_VISITS_MAX : WORLD_AGENDAS_MAX);
        stream = calloc(1, sizeof(*stream));
        assert(stream);
        stream->world = world;
        stream->id.kind = kind;
        memcpy(stream->id.bytes, id, ID_BYTES);
        list_init(&stream->recent);
        list_init(&stream->turns);
        list_init(&stream->loads);
        list_init(&stream->later);
        map_put(map, slice(id, ID_BYTES), stream);
    }
    list_remove(&stream->recent);
    list_append(recent, &stream->recent);
    stream->pins += 1;
    return stream;
}

struct stream *world_visit(struct world *world, struct consultation_id id)
{
    struct stream *stream = find(world, STREAM_CONSULTATION, id.bytes);

    if (!stream->visit) {
        stream->visit = malloc(sizeof(*stream->visit));
        assert(stream->visit);
        consultation_init(stream->visit, id);
    }
    return stream;
}

struct stream *world_agenda(struct world *world, struct practitioner_id id)
{
    struct stream *stream = find(world, STREAM_AGENDA, id.bytes);

    if (!stream->agenda) {
        stream->agenda = malloc(sizeof(*stream->agenda));
        assert(stream->agenda);
        agenda_init(stream->agenda, id);
    }
    return stream;
}

void stream_unpin(struct stream *stream)
{
    assert(stream->pins > 0);
    stream->pins -= 1;
}

void stream_hold(struct stream *stream, struct turn *turn)
{
    list_init(&turn->link);
    if (stream->held) {
        list_append(&stream->turns, &turn->link);
        return;
    }
    stream->held = true;
    turn->ready(turn, 0);
}

void stream_release(struct stream *stream)
{
    assert(stream->held);
    struct list *first = list_first(&stream->turns);

    if (!first) {
        stream->held = false;
        return;
    }
    struct turn *turn = list_member(first, struct turn, link);
    list_remove(&turn->link);
    turn->ready(turn, 0); /* held on, by the next */
}

/* ---- loading ---------------------------------------------------------------
 */

/* A copy that the reading thread folds. */
struct fold {
    struct stream *stream;
    struct stream_id id;
    uint64_t after;
    struct consultation *visit;
    struct agenda *agenda;
    uint64_t folded;
};

static int fold_event(void *arg, const struct stored_event *stored)
{
    struct fold *fold = arg;
    struct event event;
    enum event_kind kind = event_of_name(stored->kind);

    if (kind == EVENT_KINDS)
        return -EBADMSG; /* written by a newer release: not ours to guess */
    int err = record_read(stored->record, kind, &event);
    if (err)
        return err;
    event.at_ms = stored->at_ms;
    event.role = stored->role;
    event.staff = stored->staff;
    if (fold->visit)
        consultation_apply(fold->visit, &event);
    else
        agenda_apply(fold->agenda, &event);
    return 0;
}

static int fold_facts(void *arg, uint64_t seq, struct slice facts)
{
    struct fold *fold = arg;
    struct agenda *found = malloc(sizeof(*found));

    assert(found);
    agenda_init(found, fold->agenda->practitioner);
    if (agenda_facts_read(facts, found) && found->seq == seq) {
        *fold->agenda = *found;
        fold->after = fold->folded = seq;
    }
    free(found);
    return 0;
}

static int fold_run(struct reader_of_store *reader, void *arg)
{
    struct fold *fold = arg;

    if (fold->agenda && fold->after == 0) {
        int err =
            read_folded(reader, fold->id, AGENDA_FACTS_FORM, fold_facts, fold);
        if (err == -EBADMSG)
            log_error("kept facts do not open: the whole log is read");
        else if (err)
            return err;
    }
    return read_stream(reader, fold->id, fold->after, fold_event, fold);
}

static void fold_begin(struct stream *stream);

/* What was read, unless the holder's own append has gone beyond it. */
static void fold_keep(const struct fold *fold)
{
    struct stream *stream = fold->stream;
    uint64_t known = stream_seq(stream);

    stream->loaded = true;
    if (fold->visit && fold->visit->seq >= stream->visit->seq)
        *stream->visit = *fold->visit;
    if (fold->agenda && fold->agenda->seq >= stream->agenda->seq)
        *stream->agenda = *fold->agenda;
    if (stream_seq(stream) != known)
        stream->ours = false;
    if (fold->folded > stream->folded)
        stream->folded = fold->folded;
}

static void move_all(struct list *from, struct list *to)
{
    list_each (link, after, from) {
        list_remove(link);
        list_append(to, link);
    }
}

static void fold_done(void *arg, int status)
{
    struct fold *fold = arg;
    struct stream *stream = fold->stream;
    struct list waiters;

    stream->loading = false;
    if (status == -ECANCELED)
        log_debug("stream not read: closing");
    else if (status)
        log_error("stream not read kind=%d error=%d", (int)stream->id.kind,
                  -status);
    else
        fold_keep(fold);
    free(fold->visit);
    free(fold->agenda);
    free(fold);

    list_init(&waiters);
    move_all(&stream->loads, &waiters);
    move_all(&stream->later, &stream->loads);
    stream->pins += 1; /* a waiter may be the last who needs it */
    if (!list_is_empty(&stream->loads))
        fold_begin(stream);
    list_each (link, after, &waiters) {
        struct turn *turn = list_member(link, struct turn, link);
        list_remove(link);
        turn->ready(turn, status);
    }
    stream->pins -= 1;
}

static void *copy_of(const void *value, size_t size)
{
    void *copy = malloc(size);

    assert(copy);
    memcpy(copy, value, size);
    return copy;
}

static void fold_begin(struct stream *stream)
{
    struct fold *fold = calloc(1, sizeof(*fold));

    assert(fold);
    fold->stream = stream;
    fold->id = stream->id;
    fold->after = stream_seq(stream);
    if (stream->visit)
        fold->visit = copy_of(stream->visit, sizeof(*stream->visit));
    else
        fold->agenda = copy_of(stream->agenda, sizeof(*stream->agenda));
    stream->loading = true;
    store_ask(stream->world->store, fold_run, fold_done, fold);
}

/* Answered by a reading that begins from now on. */
static void read_on(struct stream *stream, struct turn *turn)
{
    if (stream->loading) {
        list_append(&stream->later, &turn->link);
        return;
    }
    list_append(&stream->loads, &turn->link);
    fold_begin(stream);
}

void stream_load(struct stream *stream, struct turn *turn)
{
    list_init(&turn->link);
    if (stream->world->shared)
        read_on(stream, turn);
    else if (stream->loaded)
        turn->ready(turn, 0);
    else if (stream->loading)
        list_append(&stream->loads, &turn->link);
    else
        read_on(stream, turn);
}

void stream_reload(struct stream *stream, struct turn *turn)
{
    assert(stream->held);
    list_init(&turn->link);
    read_on(stream, turn);
}

bool stream_may_propose(const struct stream *stream)
{
    return stream->world->shared && stream->loaded && stream->ours;
}

void world_each(const struct world *world, world_each_fn *each, void *arg)
{
    const struct map *maps[] = { &world->visits, &world->agendas };

    for (int i = 0; i < 2; i++) {
        const struct stream *stream;
        size_t cursor = 0;
        while ((stream = map_next(maps[i], &cursor)))
            if (stream->loaded)
                each(arg, stream->id, stream_seq(stream));
    }
}

bool world_has(const struct world *world, struct stream_id id)
{
    const struct stream *stream = map_get(
        id.kind == STREAM_CONSULTATION ? &world->visits : &world->agendas,
        slice(id.bytes, ID_BYTES));

    return stream && stream->loaded;
}

uint64_t stream_seq(const struct stream *stream)
{
    return stream->visit ? stream->visit->seq : stream->agenda->seq;
}

void stream_apply(struct stream *stream, const struct event *event)
{
    if (stream->visit)
        consultation_apply(stream->visit, event);
    else
        agenda_apply(stream->agenda, event);
}

void stream_appended(struct stream *stream, uint64_t seq)
{
    stream->ours = stream_seq(stream) == seq;
}

bool stream_is_long(const struct stream *stream)
{
    return stream->agenda &&
           stream->agenda->seq >= stream->folded + AGENDA_FACTS_EVERY;
}
