#include "signaling/edge/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void gives_the_burst_then_the_rate(void **state)
{
    struct bucket bucket = { 0 };
    int taken = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        taken += bucket_take(&bucket, 1200, 60, 1000);
    assert_int_equal(taken, 60);
    assert_false(bucket_take(&bucket, 1200, 60, 1049)); /* 20 a second */
    assert_true(bucket_take(&bucket, 1200, 60, 1050));
    assert_false(bucket_take(&bucket, 1200, 60, 1051));
}

static void never_holds_more_than_the_burst(void **state)
{
    struct bucket bucket = { 0 };

    (void)state;
    assert_true(bucket_take(&bucket, 5, 2, 1));
    assert_true(bucket_take(&bucket, 5, 2, INT64_C(1) << 60));
    assert_true(bucket_take(&bucket, 5, 2, INT64_C(1) << 60));
    assert_false(bucket_take(&bucket, 5, 2, INT64_C(1) << 60));
}

static void time_that_runs_backwards_gives_nothing(void **state)
{
    struct bucket bucket = { 0 };

    (void)state;
    assert_true(bucket_take(&bucket, 60, 1, 10000));
    assert_false(bucket_take(&bucket, 60, 1, 5000));
    assert_false(bucket_take(&bucket, 60, 1, 10500));
    assert_true(bucket_take(&bucket, 60, 1, 11000));
}

static void keys_do_not_share(void **state)
{
    struct limit limit;

    (void)state;
    limit_init(&limit, 5, 1);
    assert_true(limit_take(&limit, slice_of_text("a"), 1000));
    assert_false(limit_take(&limit, slice_of_text("a"), 1000));
    assert_true(limit_take(&limit, slice_of_text("b"), 1000));
    limit_release(&limit);
}

/* A flood of new addresses neither grows the table nor locks anyone out. */
static void stays_bounded(void **state)
{
    struct limit limit;
    char key[16];

    (void)state;
    limit_init(&limit, 5, 2);
    for (int i = 0; i < LIMIT_KEYS_MAX + 50; i++) {
        snprintf(key, sizeof(key), "%d", i);
        assert_true(limit_take(&limit, slice_of_text(key), 1000 + i));
        assert_true(limit.buckets.count <= LIMIT_KEYS_MAX);
    }
    limit_release(&limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_burst_then_the_rate),
        cmocka_unit_test(never_holds_more_than_the_burst),
        cmocka_unit_test(time_that_runs_backwards_gives_nothing),
        cmocka_unit_test(keys_do_not_share),
        cmocka_unit_test(stays_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
