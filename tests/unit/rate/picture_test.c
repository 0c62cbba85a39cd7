#include "media/rate/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NOW UINT64_C(4000000000000000)
#define S   UINT64_C(1000000)

static bool update(struct picture *picture, uint64_t limit_bps, bool suffers,
                   uint64_t now_us)
{
    struct picture_line line = { .limit_bps = limit_bps,
                                 .full_bps = limit_bps,
                                 .sent_bps = 90000,
                                 .speech_suffers = suffers };

    return picture_update(picture, &line, now_us);
}

static void it_goes_only_after_a_while(void **state)
{
    struct picture picture = { 0 };

    (void)state;
    assert_false(update(&picture, UINT64_MAX, false, NOW));
    assert_false(update(&picture, 90000, false, NOW));
    assert_false(update(&picture, 90000, false, NOW + S / 2));
    assert_false(update(&picture, 110000, false, NOW + S - 1));
    assert_false(update(&picture, 90000, false, NOW + 2 * S));
    assert_true(update(&picture, 90000, false, NOW + 3 * S));
    assert_true(picture.off);
}

static void it_comes_back_when_the_line_carries_more_than_it_needs(void **state)
{
    struct picture picture = { .off = true, .changed_us = NOW };

    (void)state;
    assert_false(update(&picture, 900000, false, NOW + S)); /* early */
    assert_false(update(&picture, 150000, false, NOW + 9 * S));
    assert_false(update(&picture, 180000, true, NOW + 9 * S));
    assert_true(update(&picture, 180000, false, NOW + 9 * S));
    assert_false(picture.off);
    assert_false(update(&picture, 120000, false, NOW + 20 * S));
}

static void speech_that_gets_lost_sends_a_narrow_picture_away(void **state)
{
    struct picture picture = { 0 };

    (void)state;
    assert_false(update(&picture, 800000, true, NOW));
    assert_false(update(&picture, 800000, true, NOW + 9 * S));
    assert_false(update(&picture, 200000, true, NOW + 10 * S));
    assert_true(update(&picture, 200000, true, NOW + 12 * S));
}

static void a_line_that_shrinks_under_the_picture_loses_it_at_once(void **state)
{
    struct picture picture = { 0 };
    struct picture_line line = { 290000, 320000, 600000, false };

    (void)state;
    assert_false(picture_update(&picture, &line, NOW)); /* wide enough */
    line.full_bps = 290000;
    line.sent_bps = 400000;
    assert_false(picture_update(&picture, &line, NOW)); /* it adapts */
    line.sent_bps = 480000;
    assert_true(picture_update(&picture, &line, NOW));
    /* What came back is given time to adapt. */
    line.full_bps = 250000;
    assert_true(picture_update(&picture, &line, NOW + 4 * S));
    assert_false(picture_update(&picture, &line, NOW + 5 * S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_only_after_a_while),
        cmocka_unit_test(
            it_comes_back_when_the_line_carries_more_than_it_needs),
        cmocka_unit_test(speech_that_gets_lost_sends_a_narrow_picture_away),
        cmocka_unit_test(
            a_line_that_shrinks_under_the_picture_loses_it_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
