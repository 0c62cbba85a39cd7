#include "media/rate/downlink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NOW UINT64_C(4000000000000000)

static void a_steady_estimate_is_no_limit(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    assert_true(downlink_limit(&downlink, NOW) == DOWNLINK_UNKNOWN);
    downlink_remb(&downlink, 800000, NOW);
    assert_int_equal(downlink_limit(&downlink, NOW), 1600000);
    downlink_remb(&downlink, 790000, NOW);
    assert_int_equal(downlink_limit(&downlink, NOW), 1580000);
}

static void a_falling_estimate_is_one_for_a_while(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    downlink_remb(&downlink, 800000, NOW);
    downlink_remb(&downlink, 500000, NOW);
    assert_int_equal(downlink_limit(&downlink, NOW), 500000);
    downlink_remb(&downlink, 510000, NOW + 1);
    assert_int_equal(downlink_limit(&downlink, NOW + DOWNLINK_HOLD_US - 1),
                     510000);
    assert_int_equal(downlink_limit(&downlink, NOW + DOWNLINK_HOLD_US),
                     1020000);
}

static void heavy_loss_lowers_it(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    downlink_remb(&downlink, 1000000, NOW);
    downlink_loss(&downlink, 0.05, NOW);
    assert_int_equal(downlink_limit(&downlink, NOW), 2000000);
    downlink_loss(&downlink, 0.5, NOW);
    assert_int_equal(downlink_limit(&downlink, NOW), 750000);
}

static void an_absurd_estimate_does_not_wrap(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    downlink_remb(&downlink, UINT64_MAX / 2, NOW);
    assert_true(downlink_limit(&downlink, NOW) <= UINT64_C(2000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_estimate_is_no_limit),
        cmocka_unit_test(a_falling_estimate_is_one_for_a_while),
        cmocka_unit_test(heavy_loss_lowers_it),
        cmocka_unit_test(an_absurd_estimate_does_not_wrap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
