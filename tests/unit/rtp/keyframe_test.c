#include "media/rtp/keyframe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void asks_at_once_then_each_interval(void **state)
{
    struct keyframe keyframe = { 0 };

    (void)state;
    assert_false(keyframe_due(&keyframe, 1000));
    keyframe_want(&keyframe);
    assert_true(keyframe_due(&keyframe, 1000));
    keyframe_want(&keyframe);
    assert_false(keyframe_due(&keyframe, 1000 + KEYFRAME_INTERVAL_US - 1));
    assert_int_equal(keyframe_deadline(&keyframe), 1000 + KEYFRAME_INTERVAL_US);
    assert_true(keyframe_due(&keyframe, 1000 + KEYFRAME_INTERVAL_US));
    keyframe_came(&keyframe);
    assert_int_equal(keyframe_deadline(&keyframe), KEYFRAME_NEVER);
}

static void a_route_does_not_wait_for_the_interval(void **state)
{
    struct keyframe keyframe = { 0 };

    (void)state;
    keyframe_want(&keyframe);
    assert_true(keyframe_due(&keyframe, 1000));
    keyframe_want_now(&keyframe);
    assert_true(keyframe_due(&keyframe, 1001));
    assert_false(keyframe_due(&keyframe, 1002));
}

static void gives_up_on_a_sender_without_picture(void **state)
{
    struct keyframe keyframe = { 0 };
    uint64_t now = 1;
    unsigned asked = 0;

    (void)state;
    keyframe_want(&keyframe);
    for (int i = 0; i < 100; i++, now += KEYFRAME_INTERVAL_US)
        asked += keyframe_due(&keyframe, now);
    assert_int_equal(asked, KEYFRAME_TRIES);
    keyframe_want(&keyframe);
    assert_true(keyframe_due(&keyframe, now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_at_once_then_each_interval),
        cmocka_unit_test(a_route_does_not_wait_for_the_interval),
        cmocka_unit_test(gives_up_on_a_sender_without_picture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
