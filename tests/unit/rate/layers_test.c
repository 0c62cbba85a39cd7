#include "media/rate/layers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct layer all[LAYERS_MAX] = { { true, 100000 },
                                              { true, 350000 },
                                              { true, 900000 } };

static unsigned chosen(const struct layer layers[LAYERS_MAX], unsigned current,
                       uint64_t limit_bps)
{
    return layers_choose(layers, current, limit_bps).layer;
}

static void the_largest_that_fits(void **state)
{
    (void)state;
    assert_int_equal(chosen(all, 0, UINT64_MAX), 2);
    assert_int_equal(chosen(all, 2, 900000), 2);
    assert_int_equal(chosen(all, 2, 899999), 1);
    assert_int_equal(chosen(all, 2, 120000), 0);
    assert_int_equal(chosen(all, 2, 50000), 0); /* or none: picture.h */
}

static void going_up_takes_more_room(void **state)
{
    (void)state;
    assert_int_equal(chosen(all, 0, 400000), 0);
    assert_int_equal(chosen(all, 0, 460000), 1);
    assert_int_equal(chosen(all, 1, 400000), 1);
    assert_int_equal(chosen(all, 1, 1000000), 1);
    assert_int_equal(chosen(all, 1, 1200000), 2);
}

static void a_wider_line_is_wanted_only_where_more_is_sent(void **state)
{
    const struct layer one[LAYERS_MAX] = { { true, 800000 } };

    (void)state;
    assert_true(layers_choose(all, 1, 400000).starved);
    assert_false(layers_choose(all, 2, 2000000).starved);
    assert_false(layers_choose(one, 0, 100000).starved);
}

static void what_is_not_sent_is_not_chosen(void **state)
{
    const struct layer two[LAYERS_MAX] = { { true, 100000 },
                                           { true, 350000 },
                                           { false, 900000 } };
    const struct layer none[LAYERS_MAX] = { { false, 0 } };
    const struct layer high[LAYERS_MAX] = { [2] = { true, 900000 } };

    (void)state;
    assert_int_equal(chosen(two, 2, UINT64_MAX), 1);
    assert_int_equal(chosen(none, 1, UINT64_MAX), 1);
    assert_int_equal(chosen(high, 0, 1000), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_that_fits),
        cmocka_unit_test(going_up_takes_more_room),
        cmocka_unit_test(a_wider_line_is_wanted_only_where_more_is_sent),
        cmocka_unit_test(what_is_not_sent_is_not_chosen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
