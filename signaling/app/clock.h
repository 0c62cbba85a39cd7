/*
 * clock: UTC in milliseconds, the one place of the app that asks for it.
 */
#ifndef APP_CLOCK_H
#define APP_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);

/* For how long things take: never set back. */
int64_t clock_monotonic_us(void);

/* Tests and demonstrations let time pass. */
void clock_advance(int64_t ms);

#endif
