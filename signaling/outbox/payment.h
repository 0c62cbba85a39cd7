/*
 * payment: what we ask of a payment provider. One real adapter: stripe.h.
 * Every function blocks up to HTTP_TIMEOUT_S: worker threads only, one at a
 * time per provider. Outputs are filled only when the outcome is DONE.
 *
 * A webhook is only a hint: read_event gives what to fetch, and what fetch says
 * is acted on.
 */
#ifndef OUTBOX_PAYMENT_H
#define OUTBOX_PAYMENT_H

#include "base/slice.h"
#include "signaling/core/command.h"
#include "signaling/outbox/outcome.h"

#define PAYMENT_KEY_TEXT   96
#define PAYMENT_EVENT_TEXT 80

/* An order for a hosted page. */
struct payment_order {
    const char *key;       /* idempotency key: the same at every attempt */
    const char *reference; /* consultation id as text, 22 characters */
    struct money amount;
    const char *locale;
    const char *success_url; /* where the page sends people back to */
    const char *cancel_url;
};

enum payment_status {
    PAYMENT_OPEN,     /* the page waits */
    PAYMENT_DECLINED, /* the last try failed; the page still waits */
    PAYMENT_PAID,
    PAYMENT_EXPIRED,
};

struct payment_state {
    char checkout[CHECKOUT_TEXT]; /* the provider's name of the page */
    char url[URL_TEXT];           /* "" once it is no longer open */
    char reference[ID_TEXT];      /* the consultation; "" when not ours */
    char key[PAYMENT_KEY_TEXT];   /* of the order that made it */
    enum payment_status status;
    struct money amount;
    int64_t refunded_minor; /* 0: nothing */
    bool disputed;
    int64_t created_ms;
};

struct payment_refund {
    const char *key; /* idempotency key */
    const char *checkout;
    int64_t minor; /* 0: all of it */
};

struct payment_event {
    char id[PAYMENT_EVENT_TEXT];
    char about[CHECKOUT_TEXT]; /* to be fetched; "": nothing for us */
};

typedef void payment_fn(void *arg, const struct payment_state *state);

struct payment_provider {
    void *self;

    struct outcome (*create)(void *self, const struct payment_order *order,
                             struct payment_state *out);
    /* about: a checkout, or what an event gave. */
    struct outcome (*fetch)(void *self, const char *about,
                            struct payment_state *out);
    /* The checkout that an order made, if it did, looked for among those made
     * since since_ms: after FETCH_FIRST, or with a stale key. REFUSED
     * "not_found": it made none; order anew under another key. */
    struct outcome (*find)(void *self, const char *key, int64_t since_ms,
                           struct payment_state *out);
    /* Closes the page; FETCH_FIRST when it was not open any more. */
    struct outcome (*expire)(void *self, const char *checkout);
    struct outcome (*refund)(void *self, const struct payment_refund *refund);
    /* Every checkout made since, for reconciliation. */
    struct outcome (*list)(void *self, int64_t since_ms, payment_fn *each,
                           void *arg);

    /* Pure, any thread. 0; -EPERM: not signed by the provider, or too old;
     * -EBADMSG: not readable. */
    int (*read_event)(const void *self, struct slice body,
                      const char *signature, int64_t now_ms,
                      struct payment_event *out);
};

#endif
