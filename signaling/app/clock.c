#include "signaling/app/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t ahead_ms;

int64_t clock_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 +
           atomic_load(&ahead_ms);
}

void clock_advance(int64_t ms)
{
    atomic_fetch_add(&ahead_ms, ms);
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
