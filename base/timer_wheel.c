#include "base/timer_wheel.h"

#include <string.h>

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_us)
{
    memset(wheel, 0, sizeof(*wheel));
    wheel->now = now_us / TIMER_WHEEL_SLOT_US;
    for (size_t i = 0; i < TIMER_WHEEL_SLOTS; i++)
        list_init(&wheel->slots[i]);
}

void timer_init(struct timer *timer)
{
    list_init(&timer->link);
    timer->due_us = TIMER_NEVER;
}

static void mark(struct timer_wheel *wheel, uint64_t slot, bool filled)
{
    uint64_t bit = UINT64_C(1) << (slot % 64);

    if (filled)
        wheel->filled[slot / 64] |= bit;
    else
        wheel->filled[slot / 64] &= ~bit;
}

static void take_out(struct timer_wheel *wheel, struct timer *timer)
{
    struct list *neighbour = timer->link.next;

    list_remove(&timer->link);
    /* Whether it was the last of its slot: only a slot's head is in slots. */
    if (list_is_empty(neighbour) && neighbour >= wheel->slots &&
        neighbour < wheel->slots + TIMER_WHEEL_SLOTS)
        mark(wheel, (uint64_t)(neighbour - wheel->slots), false);
}

static void put_in(struct timer_wheel *wheel, struct timer *timer)
{
    /* Rounded up: never early. */
    uint64_t at = timer->due_us / TIMER_WHEEL_SLOT_US + 1;
    uint64_t slot;

    if (at < wheel->now)
        at = wheel->now;
    if (at > wheel->now + TIMER_WHEEL_SLOTS - 1)
        at = wheel->now + TIMER_WHEEL_SLOTS - 1;
    slot = at % TIMER_WHEEL_SLOTS;
    list_append(&wheel->slots[slot], &timer->link);
    mark(wheel, slot, true);
}

void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer,
                     uint64_t due_us)
{
    if (timer->due_us == due_us)
        return;
    if (timer->due_us != TIMER_NEVER)
        take_out(wheel, timer);
    timer->due_us = due_us;
    if (due_us != TIMER_NEVER)
        put_in(wheel, timer);
}

/* Slots from wheel->now to the first in use; TIMER_WHEEL_SLOTS if none is. */
static uint64_t distance(const struct timer_wheel *wheel)
{
    uint64_t start = wheel->now % TIMER_WHEEL_SLOTS;
    uint64_t gone = 0;

    while (gone < TIMER_WHEEL_SLOTS) {
        uint64_t slot = (start + gone) % TIMER_WHEEL_SLOTS;
        uint64_t bits = wheel->filled[slot / 64] >> (slot % 64);

        if (bits)
            return gone + (uint64_t)__builtin_ctzll(bits);
        gone += 64 - slot % 64;
    }
    return TIMER_WHEEL_SLOTS;
}

struct timer *timer_wheel_take(struct timer_wheel *wheel, uint64_t now_us)
{
    uint64_t now = now_us / TIMER_WHEEL_SLOT_US;

    while (wheel->now <= now) {
        uint64_t ahead = distance(wheel);
        struct timer *timer;

        if (ahead >= TIMER_WHEEL_SLOTS || wheel->now + ahead > now) {
            wheel->now = now;
            return NULL;
        }
        wheel->now += ahead;
        timer = list_member(
            list_first(&wheel->slots[wheel->now % TIMER_WHEEL_SLOTS]),
            struct timer, link);
        take_out(wheel, timer);
        if (timer->due_us <= now_us) {
            timer->due_us = TIMER_NEVER;
            return timer;
        }
        /* Not its round yet. */
        put_in(wheel, timer);
    }
    return NULL;
}

uint64_t timer_wheel_next(const struct timer_wheel *wheel)
{
    uint64_t ahead = distance(wheel);

    if (ahead >= TIMER_WHEEL_SLOTS)
        return TIMER_NEVER;
    return (wheel->now + ahead) * TIMER_WHEEL_SLOT_US;
}
