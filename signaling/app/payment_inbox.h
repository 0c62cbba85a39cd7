/*
 * payment_inbox: what the provider told us by itself, kept before it is
 * answered; each hint is then followed by a look at the provider until that
 * worked. Loop's thread.
 */
#ifndef APP_PAYMENT_INBOX_H
#define APP_PAYMENT_INBOX_H

#include "signaling/app/payments.h"
#include "signaling/outbox/payment.h"

struct payment_inbox;

struct payment_inbox *payment_inbox_new(struct ev_loop *loop,
                                        struct store *store,
                                        struct payments *payments);
void payment_inbox_stop(struct payment_inbox *inbox);
void payment_inbox_free(struct payment_inbox *inbox);

/* done: 0 once it is kept, or a negative errno. */
void payment_inbox_put(struct payment_inbox *inbox,
                       const struct payment_event *event, webhook_fn *done,
                       void *arg);

#endif
