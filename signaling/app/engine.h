/*
 * engine: takes commands, and makes what is decided durable before anyone is
 * told: decide, append, apply, effects (design, section 3).
 *
 * Runs on the loop's thread; its answers come back there too, later or at once.
 */
#ifndef APP_ENGINE_H
#define APP_ENGINE_H

#include "signaling/core/decide.h"

struct engine;

struct answer {
    enum refusal refusal; /* REFUSED_NOTHING: done and durable */
    struct consultation_id consultation;
    uint64_t seq;         /* the visit's head (the agenda's for SCOPE_AGENDA) */
    enum event_kind first; /* the first event, EVENT_KINDS when none; CLAIM
                            * answers CLAIMED or CLAIM_FAILED here */
};
typedef void answer_fn(void *arg, const struct answer *answer);

/* The command's texts are copied. now_ms is set here. The answer comes exactly
 * once, also when the store is gone (REFUSED_TRY_AGAIN). */
void engine_submit(struct engine *engine, const struct command *command,
                   answer_fn *done, void *arg);

/* The state of a visit whose head was read after this call; NULL when there is
 * none. The pointers are valid during the callback only. */
typedef void state_fn(void *arg, const struct consultation *visit,
                      const struct agenda *agenda);
void engine_state(struct engine *engine, struct consultation_id visit,
                  state_fn *done, void *arg);

#endif
