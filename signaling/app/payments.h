/*
 * payments: the app's side of the payment provider: carries out what the log
 * ordered, hears its webhooks, and asks it how a checkout stands. A webhook is
 * only a hint: what counts is what we fetch. Loop's thread; the network is on a
 * worker, one call at a time.
 */
#ifndef APP_PAYMENTS_H
#define APP_PAYMENTS_H

#include "signaling/app/engine.h"
#include "signaling/app/outgoing.h"
#include "signaling/outbox/outcome.h"
#include "signaling/store/outbox_rows.h"

struct payments;

struct payments_options {
    struct ev_loop *loop;
    struct store *store;
    struct engine *engine;
    const char *public_url;
    const char *url; /* the provider's API */
    const char *key;
    const char *webhook_secret;
};
/* -EINVAL when the url is not one we may use. */
int payments_new(const struct payments_options *options, struct payments **out);
void payments_stop(struct payments *payments);
void payments_free(struct payments *payments);

/* status: 0 kept (answer 2xx), -EPERM bad signature, -EBADMSG not readable,
 * other negative errno: not kept, let the provider try again. */
typedef void webhook_fn(void *arg, int status);
void payments_webhook(struct payments *payments, struct slice body,
                      const char *signature, webhook_fn *done, void *arg);

/* Carries out a row of the outbox; what came of it is in the log when done is
 * called. row's detail is not looked at. */
typedef void payments_done_fn(void *arg, const struct outcome *outcome);
void payments_deliver(struct payments *payments, const struct outbox_row *row,
                      const struct outgoing *outgoing, payments_done_fn *done,
                      void *arg);

/* An order for a page failed for good: the patient has to see it. */
void payments_give_up(struct engine *engine, const struct outbox_row *row);

/* Fetches the visit's checkout and puts what is new into the log. */
void payments_check(struct payments *payments, struct consultation_id visit,
                    const char *checkout, payments_done_fn *done, void *arg);

#endif
