#include "signaling/outbox/backoff.h"

#define SPREAD_PERCENT 25 /* a wait is up to this much longer */

/* Scatters neighbouring numbers (SplitMix64's finalizer). */
static uint64_t scatter(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

int64_t backoff_wait_ms(const struct backoff *backoff)
{
    int64_t wait = BACKOFF_FIRST_MS;
    uint64_t seed = (uint64_t)backoff->row * 1000003u + backoff->attempts;

    for (uint32_t i = 0; i < backoff->attempts && wait < BACKOFF_CAP_MS; i++)
        wait *= 2;
    if (wait > BACKOFF_CAP_MS)
        wait = BACKOFF_CAP_MS;
    return wait +
           (int64_t)(scatter(seed) % (uint64_t)(wait * SPREAD_PERCENT / 100));
}

int64_t backoff_next_ms(const struct backoff *backoff,
                        const struct outcome *outcome)
{
    int64_t wait = backoff_wait_ms(backoff);

    if (outcome->kind == OUTCOME_REFUSED || outcome->kind == OUTCOME_DONE)
        return 0;
    if (outcome->wait_ms > wait)
        wait = outcome->wait_ms;
    if (wait > BACKOFF_ASKED_MAX)
        wait = BACKOFF_ASKED_MAX;
    if (backoff->now_ms + wait > backoff->created_ms + BACKOFF_GIVE_UP_MS)
        return 0;
    return backoff->now_ms + wait;
}

bool backoff_key_is_stale(const struct backoff *backoff)
{
    return backoff->now_ms - backoff->created_ms > BACKOFF_KEY_LIVES_MS;
}
