#include "media/rate/pace.h"

#define CREDIT_MAX 4000     /* bytes at once: three packets */
#define BPS_LEAST  300000   /* a repair that comes too late is none */
#define BPS_MOST   10000000 /* also when nothing is known of the line */

static struct pace_repeat *waiting(struct pace *pace, size_t index)
{
    return &pace->waiting[(pace->first + index) % PACE_WAITING_MAX];
}

void pace_ask(struct pace *pace, struct pace_repeat repeat, uint64_t now_us)
{
    for (size_t i = 0; i < pace->count; i++)
        if (waiting(pace, i)->seq == repeat.seq &&
            waiting(pace, i)->stream == repeat.stream)
            return;
    if (pace->count == PACE_WAITING_MAX)
        return;
    if (pace->count == 0)
        pace->due_us = now_us;
    *waiting(pace, pace->count++) = repeat;
}

static void fill(struct pace *pace, uint64_t bps, uint64_t now_us)
{
    uint64_t since = now_us - pace->filled_us;

    if (bps < BPS_LEAST)
        bps = BPS_LEAST;
    if (bps > BPS_MOST)
        bps = BPS_MOST;
    if (since > 1000000)
        since = 1000000;
    pace->filled_us = now_us;
    pace->credit += (int64_t)(bps / 8 * since / 1000000);
    if (pace->credit > CREDIT_MAX)
        pace->credit = CREDIT_MAX;
}

bool pace_next(struct pace *pace, uint64_t bps, uint64_t now_us,
               struct pace_repeat *out)
{
    if (pace->count == 0)
        return false;
    fill(pace, bps, now_us);
    if (pace->credit <= 0) {
        pace->due_us = now_us + PACE_TICK_US;
        return false;
    }
    *out = *waiting(pace, 0);
    pace->first = (pace->first + 1) % PACE_WAITING_MAX;
    pace->count -= 1;
    return true;
}

void pace_spend(struct pace *pace, size_t bytes)
{
    pace->credit -= (int64_t)bytes;
}

uint64_t pace_deadline(const struct pace *pace)
{
    return pace->count == 0 ? PACE_NEVER : pace->due_us;
}
