/*
 * outcome: how an attempt to hand something over ended, as a value, and when to
 * try again. Pure.
 */
#ifndef OUTBOX_OUTCOME_H
#define OUTBOX_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#define OUTCOME_WHY 24

enum outcome_kind {
    OUTCOME_DONE,
    OUTCOME_RETRY,       /* the same again, later */
    OUTCOME_FETCH_FIRST, /* nobody knows whether it happened: ask the provider
                          * before anything is sent again */
    OUTCOME_REFUSED,     /* trying again would not help */
};

struct outcome {
    enum outcome_kind kind;
    int64_t wait_ms; /* RETRY: what the other side asked for; 0: nothing */
    char why[OUTCOME_WHY]; /* "" when done; else a code such as "http_503" */
};

struct outcome outcome_done(void);
struct outcome outcome_of(enum outcome_kind kind, const char *why);

/* What an HTTP status means to the sender of an idempotent request.
 * retry_after_s: the header of that name, 0 when absent. A 5xx of a provider
 * that replays its first answer is FETCH_FIRST, of others RETRY. */
struct outcome outcome_of_http(long status, uint32_t retry_after_s,
                               bool replays);

#endif
