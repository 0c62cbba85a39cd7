/*
 * timer_wheel: many timers of one thread, in slots of a millisecond. Adding,
 * moving and removing take constant time and allocate nothing: a timer lies in
 * whatever it is for. Time is passed in, in microseconds.
 */
#ifndef BASE_TIMER_WHEEL_H
#define BASE_TIMER_WHEEL_H

#include "base/list.h"

#include <stdint.h>

#define TIMER_WHEEL_SLOTS   1024 /* longer timers go round several times */
#define TIMER_WHEEL_SLOT_US 1000
#define TIMER_NEVER         UINT64_MAX

struct timer {
    struct list link;
    uint64_t due_us; /* TIMER_NEVER while it is not set */
};

struct timer_wheel {
    uint64_t now; /* slots since time began; all before it were handled */
    uint64_t filled[TIMER_WHEEL_SLOTS / 64]; /* a bit for each slot in use */
    struct list slots[TIMER_WHEEL_SLOTS];
};

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_us);

void timer_init(struct timer *timer);

/* Also moves a timer that is set; TIMER_NEVER takes it out. */
void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer,
                     uint64_t due_us);

/* Takes out one timer that is due; NULL when there is none (any more). */
struct timer *timer_wheel_take(struct timer_wheel *wheel, uint64_t now_us);

/* When to look again: not later than the next timer, TIMER_NEVER without any.
 */
uint64_t timer_wheel_next(const struct timer_wheel *wheel);

#endif
