/*
 * look: reads the state of a visit or an agenda for somebody who commands
 * nothing. Part of the engine (engine_state, engine_agenda). Loop's thread.
 */
#ifndef APP_LOOK_H
#define APP_LOOK_H

#include "signaling/app/engine.h"
#include "signaling/app/world.h"

struct looks {
    struct world *world;
    struct list open;
    enum refusal absent; /* why the look being answered has no visit */
};

void looks_init(struct looks *looks, struct world *world);

/* The store is closed: what it did not answer is not answered any more. */
void looks_release(struct looks *looks);

void look_at_visit(struct looks *looks, struct consultation_id visit,
                   state_fn *done, void *arg);
void look_at_agenda(struct looks *looks, struct practitioner_id practitioner,
                    state_fn *done, void *arg);

#endif
