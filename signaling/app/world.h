/*
 * world: the streams in memory: states folded over the log, loaded when first
 * asked for and forgotten when many others came since. A stream has one holder
 * at a time; who wants it meanwhile waits in order.
 *
 * With SQLite this process alone writes, so a loaded state is the head. Where
 * several nodes write (store_is_shared), a state in memory may be old: then
 * each load reads what was appended since, beginning after it was asked for.
 * Loop's thread; folding happens on the store's reading thread, on a copy.
 */
#ifndef APP_WORLD_H
#define APP_WORLD_H

#include "base/list.h"
#include "signaling/core/agenda.h"
#include "signaling/core/consultation.h"
#include "signaling/store/store.h"

#define WORLD_VISITS_MAX  8192 /* kept though nobody needs them now */
#define WORLD_AGENDAS_MAX 1024

struct world;

struct stream {
    struct world *world;
    struct stream_id id;
    struct list recent; /* the world's, least recent first */
    struct list turns;  /* who waits to hold it */
    struct list loads;  /* who waits for the reading that is under way */
    struct list later;  /* who came after it began, and waits for the next */
    unsigned pins;      /* pointers to it outside */
    bool held;
    bool loaded;
    bool loading;
    bool ours; /* this node wrote its last event, as far as is known here */
    struct consultation *visit; /* the one of both that it is */
    struct agenda *agenda;
    uint64_t folded; /* agendas: the store has its facts up to this event */
};

struct world *world_new(struct store *store);
void world_free(struct world *world);

/* Pinned until stream_unpin; its state means something once it is loaded. */
struct stream *world_visit(struct world *world, struct consultation_id id);
struct stream *world_agenda(struct world *world, struct practitioner_id id);
void stream_unpin(struct stream *stream);

/* A wait for one of a stream's lists; lives in its waiter. */
struct turn {
    struct list link;
    void (*ready)(struct turn *turn, int status); /* status of a load */
    void *arg;
};

/* ready at once or later; give back with stream_release. */
void stream_hold(struct stream *stream, struct turn *turn);
void stream_release(struct stream *stream);

/* ready at once when the state in memory is the head; status is negative when
 * it cannot be read. */
void stream_load(struct stream *stream, struct turn *turn);

/* Reads what was appended since; the holder only. */
void stream_reload(struct stream *stream, struct turn *turn);

/* Where several nodes write: this one wrote last, as far as it knows, so the
 * state in memory may propose an append, which checks the head. It may answer
 * nothing. */
bool stream_may_propose(const struct stream *stream);

/* Those that were loaded. each must not load or forget any. */
typedef void world_each_fn(void *arg, struct stream_id stream, uint64_t seq);
void world_each(const struct world *world, world_each_fn *each, void *arg);
bool world_has(const struct world *world, struct stream_id stream);

uint64_t stream_seq(const struct stream *stream);
void stream_apply(struct stream *stream, const struct event *event);

/* What this node appended up to seq is in the state. */
void stream_appended(struct stream *stream, uint64_t seq);

/* Many events came since its facts were kept: the next append keeps them. */
bool stream_is_long(const struct stream *stream);

#endif
