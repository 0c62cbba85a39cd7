#include "media/rate/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NOW    UINT64_C(4000000000000000)
#define PACKET 1000

/* All that leaves at this moment. */
static size_t drain(struct pace *pace, uint64_t bps, uint64_t now)
{
    struct pace_repeat repeat;
    size_t count = 0;

    while (pace_next(pace, bps, now, &repeat)) {
        pace_spend(pace, PACKET);
        count += 1;
    }
    return count;
}

static void ask(struct pace *pace, uint16_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pace_ask(pace, (struct pace_repeat){ 1, (uint16_t)(first + i) }, NOW);
}

static void a_few_leave_at_once_and_the_rest_in_their_turn(void **state)
{
    struct pace pace = { 0 };
    size_t sent;

    (void)state;
    assert_true(pace_deadline(&pace) == PACE_NEVER);
    ask(&pace, 100, 100);
    assert_int_equal(pace_deadline(&pace), NOW);
    assert_int_equal(drain(&pace, 800000, NOW), 4);
    assert_int_equal(pace_deadline(&pace), NOW + PACE_TICK_US);
    sent = 4;
    for (uint64_t ms = 5; ms <= 500; ms += 5)
        sent += drain(&pace, 800000, NOW + ms * 1000);
    assert_in_range(sent, 53, 54); /* 100 kB/s */
    for (uint64_t ms = 505; ms <= 1000; ms += 5)
        sent += drain(&pace, 800000, NOW + ms * 1000);
    assert_int_equal(sent, 100);
    assert_true(pace_deadline(&pace) == PACE_NEVER);
}

static void what_waits_is_not_asked_for_twice(void **state)
{
    struct pace pace = { 0 };

    (void)state;
    ask(&pace, 7, 1);
    ask(&pace, 7, 1);
    pace_ask(&pace, (struct pace_repeat){ 2, 7 }, NOW);
    assert_int_equal(drain(&pace, 1000000, NOW), 2);
}

static void it_is_bounded(void **state)
{
    struct pace pace = { 0 };

    (void)state;
    ask(&pace, 0, 3 * PACE_WAITING_MAX);
    assert_int_equal(pace.count, PACE_WAITING_MAX);
}

static void an_unknown_line_is_not_flooded(void **state)
{
    struct pace pace = { 0 };

    (void)state;
    ask(&pace, 0, PACE_WAITING_MAX);
    assert_int_equal(drain(&pace, UINT64_MAX, NOW), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_leave_at_once_and_the_rest_in_their_turn),
        cmocka_unit_test(what_waits_is_not_asked_for_twice),
        cmocka_unit_test(it_is_bounded),
        cmocka_unit_test(an_unknown_line_is_not_flooded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
