#include "media/rate/downlink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NOW    UINT64_C(4000000000000000)
#define SECOND UINT64_C(1000000)

static void until_it_falls_the_double_is_allowed(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    assert_true(downlink_limit(&downlink) == DOWNLINK_UNKNOWN);
    assert_false(downlink_remb(&downlink, 800000, NOW));
    assert_int_equal(downlink_limit(&downlink), 1600000);
    assert_false(downlink_remb(&downlink, 790000, NOW));
    assert_int_equal(downlink_limit(&downlink), 1600000);
}

static void a_falling_estimate_is_the_limit(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    downlink_remb(&downlink, 800000, NOW);
    assert_true(downlink_remb(&downlink, 500000, NOW));
    assert_int_equal(downlink_limit(&downlink), 500000);
    assert_false(downlink_remb(&downlink, 540000, NOW + SECOND));
    assert_int_equal(downlink_limit(&downlink), 540000);
    assert_true(downlink_remb(&downlink, 300000, NOW + 2 * SECOND));
    assert_int_equal(downlink_limit(&downlink), 300000);
}

static void what_a_probe_showed_is_believed_until_it_falls(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    downlink_remb(&downlink, 800000, NOW);
    downlink_remb(&downlink, 200000, NOW);
    downlink_carries(&downlink, 300000);
    assert_int_equal(downlink_limit(&downlink), 300000);
    /* What is received now grows more slowly: no news. */
    downlink_remb(&downlink, 210000, NOW + SECOND);
    assert_int_equal(downlink_limit(&downlink), 300000);
    downlink_carries(&downlink, 250000);
    assert_int_equal(downlink_limit(&downlink), 300000);
    downlink_remb(&downlink, 190000, NOW + 2 * SECOND);
    assert_int_equal(downlink_limit(&downlink), 190000);
}

static void heavy_loss_lowers_it_and_its_end_raises_it(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    downlink_remb(&downlink, 1000000, NOW);
    downlink_remb(&downlink, 900000, NOW);
    assert_false(downlink_loss(&downlink, 100, 5, NOW)); /* RTX mends it */
    assert_int_equal(downlink_limit(&downlink), 900000);
    assert_true(downlink_loss(&downlink, 100, 40, NOW + SECOND));
    assert_int_equal(downlink_limit(&downlink), 720000);
    assert_true(downlink_loss(&downlink, 100, 20, NOW + 2 * SECOND));
    assert_int_equal(downlink_limit(&downlink), 648000);
    for (int i = 0; i < 10; i++)
        assert_false(downlink_loss(&downlink, 100, 0, NOW + 3 * SECOND));
    assert_int_equal(downlink_limit(&downlink), 900000);
}

static void loss_that_stays_is_the_lines_own(void **state)
{
    struct downlink downlink = { 0 };
    int i;

    (void)state;
    downlink_remb(&downlink, 1000000, NOW);
    downlink_remb(&downlink, 900000, NOW);
    for (i = 0; i < 20; i++)
        if (!downlink_loss(&downlink, 100, 15 + (uint32_t)i % 2, NOW))
            break;
    assert_int_equal(i, DOWNLINK_CUTS_MAX);
    assert_int_equal(downlink_limit(&downlink), 900000);
    assert_true(downlink_excess(&downlink) < 0.01);
    for (i = 0; i < 20; i++)
        assert_false(downlink_loss(&downlink, 100, 15, NOW));
    /* More than that again is a full queue. */
    assert_true(downlink_loss(&downlink, 100, 45, NOW));
    assert_true(downlink_limit(&downlink) < 900000);
}

static void a_probe_shows_that_loss_is_the_lines_own(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    downlink_remb(&downlink, 1000000, NOW);
    downlink_remb(&downlink, 200000, NOW);
    assert_true(downlink_loss(&downlink, 100, 20, NOW));
    assert_false(downlink_loss(&downlink, 100, 8, NOW));
    assert_int_equal(downlink_limit(&downlink), 180000);
    downlink_carries(&downlink, 190000);
    assert_int_equal(downlink_limit(&downlink), 200000);
    assert_true(downlink_excess(&downlink) == 0);
}

static void a_full_queue_is_found_by_lowering(void **state)
{
    struct downlink downlink = { 0 };
    const double carries = 300000;

    (void)state;
    downlink_remb(&downlink, 1000000, NOW);
    for (uint64_t i = 0; i < 30; i++) {
        double sent = (double)downlink_limit(&downlink);
        double lost = sent > carries ? 1 - carries / sent : 0;

        if (sent > 1000000)
            sent = 1000000;
        /* The page's REMB follows what arrives. */
        downlink_remb(&downlink, (uint64_t)(sent * (1 - lost) * 1.1),
                      NOW + i * SECOND);
        downlink_loss(&downlink, 100, (uint32_t)(lost * 100), NOW + i * SECOND);
    }
    assert_true(downlink_limit(&downlink) < 400000);
    assert_true(downlink_limit(&downlink) > 200000);
}

static void without_remb_loss_and_queues_tell(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    assert_false(downlink_feel(&downlink, 500000, false, NOW));
    assert_true(downlink_limit(&downlink) == DOWNLINK_UNKNOWN);
    assert_true(downlink_feel(&downlink, 500000, true, NOW));
    assert_int_equal(downlink_limit(&downlink), 425000);
    assert_false(downlink_feel(&downlink, 500000, true, NOW)); /* drains */
    assert_false(downlink_feel(&downlink, 400000, true, NOW + SECOND));
    assert_true(downlink_feel(&downlink, 400000, true, NOW + 2 * SECOND));
    assert_int_equal(downlink_limit(&downlink), 340000);
    assert_false(downlink_feel(&downlink, 340000, false, NOW + 3 * SECOND));
    assert_int_equal(downlink_limit(&downlink), 350200);
    /* Nothing is sent while no picture is shown: nothing is learnt. */
    assert_false(downlink_feel(&downlink, 0, true, NOW + 9 * SECOND));

    (void)downlink_loss(&downlink, 100, 40, NOW + 3 * SECOND);
    assert_true(downlink_feel(&downlink, 340000, false, NOW + 9 * SECOND));
    assert_true(downlink_limit(&downlink) < 340000 * 0.6);

    /* Loss alone, before there is any limit, must not stand in its way. */
    struct downlink fresh = { 0 };
    assert_false(downlink_loss(&fresh, 100, 40, NOW));
    assert_true(downlink_feel(&fresh, 340000, false, NOW));
    assert_true(downlink_limit(&fresh) < 340000 * 0.6);

    /* Where REMB comes it counts alone. */
    downlink_remb(&downlink, 600000, NOW + 20 * SECOND);
    assert_false(downlink_feel(&downlink, 340000, true, NOW + 21 * SECOND));
    assert_true(downlink_feel(&downlink, 300000, true, NOW + 23 * SECOND));
}

static void few_packets_say_nothing(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    downlink_remb(&downlink, 1000000, NOW);
    assert_false(downlink_loss(&downlink, 10, 5, NOW));
    assert_true(downlink_excess(&downlink) == 0);
    assert_true(downlink_loss(&downlink, 40, 20, NOW)); /* together 50 */
}

static void an_absurd_estimate_does_not_wrap(void **state)
{
    struct downlink downlink = { 0 };

    (void)state;
    downlink_remb(&downlink, UINT64_MAX / 2, NOW);
    assert_true(downlink_limit(&downlink) <= UINT64_C(2000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(until_it_falls_the_double_is_allowed),
        cmocka_unit_test(a_falling_estimate_is_the_limit),
        cmocka_unit_test(what_a_probe_showed_is_believed_until_it_falls),
        cmocka_unit_test(heavy_loss_lowers_it_and_its_end_raises_it),
        cmocka_unit_test(loss_that_stays_is_the_lines_own),
        cmocka_unit_test(a_probe_shows_that_loss_is_the_lines_own),
        cmocka_unit_test(a_full_queue_is_found_by_lowering),
        cmocka_unit_test(without_remb_loss_and_queues_tell),
        cmocka_unit_test(few_packets_say_nothing),
        cmocka_unit_test(an_absurd_estimate_does_not_wrap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
