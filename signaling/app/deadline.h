/*
 * deadline: does what is due: lapses visits that nobody came to, and asks the
 * provider about checkouts that were opened. What has an event happens once,
 * for its command's id is a hash of (visit, seq, kind). Loop's thread.
 */
#ifndef APP_DEADLINE_H
#define APP_DEADLINE_H

#include "signaling/app/engine.h"
#include "signaling/app/payments.h"

struct deadlines;

/* payments may be NULL. */
struct deadlines *deadlines_new(struct ev_loop *loop, struct store *store,
                                struct engine *engine,
                                struct payments *payments);
void deadlines_stop(struct deadlines *deadlines);
void deadlines_free(struct deadlines *deadlines);

#endif
