/*
 * backoff: when to try again. Waits double from five seconds to a quarter of an
 * hour, spread by the row's own number so that rows which failed together do
 * not come back together. Pure.
 */
#ifndef OUTBOX_BACKOFF_H
#define OUTBOX_BACKOFF_H

#include "signaling/outbox/outcome.h"

#include <stdbool.h>

#define BACKOFF_FIRST_MS   5000
#define BACKOFF_CAP_MS     (15LL * 60 * 1000)
#define BACKOFF_GIVE_UP_MS (24LL * 60 * 60 * 1000)
#define BACKOFF_ASKED_MAX  (60LL * 60 * 1000) /* what others may ask of us */

/* A provider forgets idempotency keys after a day: an order older than this is
 * looked up before it is sent again. */
#define BACKOFF_KEY_LIVES_MS (23LL * 60 * 60 * 1000)

struct backoff {
    int64_t row;       /* any number of its own: the spread */
    uint32_t attempts; /* before this one */
    int64_t created_ms;
    int64_t now_ms;
};

/* Milliseconds to wait after attempt number attempts + 1 failed. */
int64_t backoff_wait_ms(const struct backoff *backoff);

/* UTC milliseconds of the next attempt, or 0: never again (refused, or a day
 * has passed). What store's outbox_failed takes. */
int64_t backoff_next_ms(const struct backoff *backoff,
                        const struct outcome *outcome);

/* Must the order be looked up at the provider before it is sent? */
bool backoff_key_is_stale(const struct backoff *backoff);

#endif
