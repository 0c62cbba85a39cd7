/*
 * engine: takes commands, and makes what is decided durable before anyone is
 * told: decide, append, apply, effects (design, section 3).
 *
 * Runs on the loop's thread; its answers come back there too, later or at once.
 */
#ifndef APP_ENGINE_H
#define APP_ENGINE_H

#include "signaling/app/directory.h"
#include "signaling/app/outgoing.h"
#include "signaling/bus/bus.h"
#include "signaling/core/decide.h"

#include <ev.h>

struct engine;
struct link_keys;
struct metrics;

struct engine_options {
    struct ev_loop *loop;
    struct store *store;
    struct bus *bus;
    struct directory *directory;
    const struct link_keys *keys; /* outlives the engine */
    struct outgoing_ways ways;
    struct metrics *metrics; /* outlives the engine */
};
struct engine *engine_new(const struct engine_options *options);
void engine_free(struct engine *engine);

struct answer {
    enum refusal refusal; /* REFUSED_NOTHING: done and durable */
    struct consultation_id consultation;
    uint64_t seq; /* the visit's head (the agenda's for SCOPE_AGENDA) */
    enum event_kind first; /* the first event, EVENT_KINDS when none; CLAIM
                            * answers CLAIMED or CLAIM_FAILED here */
};
typedef void answer_fn(void *arg, const struct answer *answer);

/* The command's texts are copied. now_ms is set here. The answer comes exactly
 * once, also when the store is gone (REFUSED_TRY_AGAIN). */
void engine_submit(struct engine *engine, const struct command *command,
                   answer_fn *done, void *arg);

/* The same with a document that goes into the same append: the PDF of
 * DRAFT_PRESCRIPTION. Copied. */
void engine_submit_document(struct engine *engine,
                            const struct command *command,
                            struct slice document, answer_fn *done, void *arg);

/* The state of a visit whose head was read after this call; NULL when there is
 * none. The pointers are valid during the callback only. */
typedef void state_fn(void *arg, const struct consultation *visit,
                      const struct agenda *agenda);
void engine_state(struct engine *engine, struct consultation_id visit,
                  state_fn *done, void *arg);

/* Within state_fn, when it has no visit: unknown, or not to be read now. */
enum refusal engine_absent(const struct engine *engine);

/* The same for one practitioner's agenda; visit is NULL in the call. */
void engine_agenda(struct engine *engine, struct practitioner_id practitioner,
                   state_fn *done, void *arg);

/* The streams in memory, with the seq that memory has of each. each must not
 * call the engine. */
typedef void engine_stream_fn(void *arg, struct stream_id stream, uint64_t seq);
void engine_each_stream(const struct engine *engine, engine_stream_fn *each,
                        void *arg);
bool engine_has(const struct engine *engine, struct stream_id stream);

/* Asked after a commit that may change who hears whom, before anyone is told of
 * it: the wall calls engine_walled once, at most 100 ms later. Without a wall
 * nothing is waited for. */
struct walled;
typedef void wall_fn(void *arg, const struct consultation *visit,
                     const struct agenda *agenda, struct consultation_id id,
                     struct walled *walled);
void engine_on_wall(struct engine *engine, wall_fn *wall, void *arg);
void engine_walled(struct walled *walled);

#endif
