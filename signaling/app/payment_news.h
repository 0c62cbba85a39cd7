/*
 * payment_news: what the provider says of a checkout, into the log. Told twice,
 * or by two nodes, it changes nothing more. Loop's thread.
 */
#ifndef APP_PAYMENT_NEWS_H
#define APP_PAYMENT_NEWS_H

#include "signaling/app/engine.h"
#include "signaling/outbox/payment.h"

/* One id for one piece of news, however often we hear it. */
struct command_id payment_news_id(const char *what,
                                  const struct payment_state *state);

/* Which visit is it about? False: it is none of ours. */
bool payment_news_visit(const struct payment_state *state,
                        struct consultation_id *out);

/* Does the log of the visit know all of it? */
bool payment_news_is_known(const struct payment_state *state,
                           const struct consultation *visit);

/* stored: all of it is in the log, or refused for good. */
typedef void payment_news_fn(void *arg, bool stored);
void payment_news_tell(struct engine *engine, const struct payment_state *state,
                       struct consultation_id visit, payment_news_fn *done,
                       void *arg);

#endif
