/*
 * pace: retransmissions wait here for their turn, so that what repairs a full
 * line does not fill it. Ordinary packets never wait. Pure; time is passed in;
 * bounded.
 */
#ifndef MEDIA_RATE_PACE_H
#define MEDIA_RATE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACE_WAITING_MAX 128
#define PACE_TICK_US     5000
#define PACE_NEVER       UINT64_MAX

struct pace_repeat {
    uint8_t stream;
    uint16_t seq;
};

struct pace {
    struct pace_repeat waiting[PACE_WAITING_MAX]; /* a ring */
    size_t first;
    size_t count;
    int64_t credit; /* bytes that may leave now */
    uint64_t filled_us;
    uint64_t due_us;
};

/* Asked for once more; once is enough while it waits. The line that is full of
 * requests takes no more. */
void pace_ask(struct pace *pace, struct pace_repeat repeat, uint64_t now_us);

/* The next one whose turn it is at this rate. False: none now. */
bool pace_next(struct pace *pace, uint64_t bps, uint64_t now_us,
               struct pace_repeat *out);

/* So many bytes left because of it. */
void pace_spend(struct pace *pace, size_t bytes);

/* When pace_next has something to give; PACE_NEVER if nothing waits. */
uint64_t pace_deadline(const struct pace *pace);

#endif
