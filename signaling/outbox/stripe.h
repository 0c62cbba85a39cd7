/*
 * stripe: the payment provider Stripe, by its Checkout API: a hosted page,
 * idempotency keys, signed webhooks. No health word leaves the house: the line
 * on the page says "Consultation".
 */
#ifndef OUTBOX_STRIPE_H
#define OUTBOX_STRIPE_H

#include "signaling/outbox/payment.h"

#define STRIPE_TOLERANCE_S 300 /* as Stripe's own libraries */

struct stripe;

/* url: "https://api.stripe.com" or the sandbox; http to loopback only. -EINVAL
 * for another url. Texts are copied; keys are wiped by stripe_free. */
int stripe_new(const char *url, const char *key, const char *webhook_secret,
               struct stripe **out);
void stripe_free(struct stripe *stripe);

/* Valid as long as the stripe. */
struct payment_provider stripe_provider(struct stripe *stripe);

/* The header "t=…,v1=…": several v1 are accepted while secrets are changed.
 * 0, -EPERM, or -EBADMSG for a header that says nothing. Pure. */
int stripe_verify(const char *secret, struct slice body, const char *header,
                  int64_t now_ms);

/* Event id and what it is about, out of a body whose signature was checked. */
int stripe_read_event(struct slice body, struct payment_event *out);

/* One checkout session out of an answer. -EBADMSG. */
int stripe_read_session(struct slice body, struct payment_state *out);

#endif
