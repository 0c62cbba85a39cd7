#include "base/timer_wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define START UINT64_C(4000000000000123)

static void fires_when_due_and_not_before(void **state)
{
    static struct timer_wheel wheel;
    struct timer timer;

    (void)state;
    timer_wheel_init(&wheel, START);
    timer_init(&timer);
    assert_int_equal(timer_wheel_next(&wheel), TIMER_NEVER);
    timer_wheel_set(&wheel, &timer, START + 5000);
    assert_null(timer_wheel_take(&wheel, START + 4999));
    assert_true(timer_wheel_next(&wheel) <= START + 6000);
    assert_ptr_equal(timer_wheel_take(&wheel, START + 6000), &timer);
    assert_null(timer_wheel_take(&wheel, START + 6000));
    assert_int_equal(timer_wheel_next(&wheel), TIMER_NEVER);
}

static void moves_and_takes_out(void **state)
{
    static struct timer_wheel wheel;
    struct timer a, b;

    (void)state;
    timer_wheel_init(&wheel, START);
    timer_init(&a);
    timer_init(&b);
    timer_wheel_set(&wheel, &a, START + 5000);
    timer_wheel_set(&wheel, &b, START + 5000);
    timer_wheel_set(&wheel, &a, START + 500000);
    timer_wheel_set(&wheel, &b, TIMER_NEVER);
    assert_null(timer_wheel_take(&wheel, START + 10000));
    timer_wheel_set(&wheel, &a, 0); /* long ago: at once */
    assert_ptr_equal(timer_wheel_take(&wheel, START + 10000), &a);
}

/* Against the plainest model: every timer fires in the first turn at least a
 * slot after its time, whatever was set and moved before. */
static void agrees_with_a_plain_list(void **state)
{
    static struct timer_wheel wheel;
    static struct timer timers[200];
    uint64_t now = START;

    (void)state;
    srandom(5);
    timer_wheel_init(&wheel, now);
    for (size_t i = 0; i < 200; i++)
        timer_init(&timers[i]);
    for (int turn = 0; turn < 20000; turn++) {
        struct timer *fired;
        uint64_t next;

        for (int i = 0; i < 3; i++)
            timer_wheel_set(&wheel, &timers[random() % 200],
                            random() % 9 == 0
                                ? TIMER_NEVER
                                : now + (uint64_t)(random() % 3000000));
        now += (uint64_t)(random() % (turn % 100 == 0 ? 2000000 : 3000));
        while ((fired = timer_wheel_take(&wheel, now)) != NULL)
            assert_int_equal(fired->due_us, TIMER_NEVER);
        next = timer_wheel_next(&wheel);
        for (size_t i = 0; i < 200; i++) {
            if (timers[i].due_us == TIMER_NEVER)
                continue;
            assert_true(timers[i].due_us + TIMER_WHEEL_SLOT_US > now);
            assert_true(next <= timers[i].due_us + TIMER_WHEEL_SLOT_US);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fires_when_due_and_not_before),
        cmocka_unit_test(moves_and_takes_out),
        cmocka_unit_test(agrees_with_a_plain_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
