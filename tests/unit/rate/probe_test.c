#include "media/rate/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NOW UINT64_C(4000000000000000)
#define MS  UINT64_C(1000)

/* Runs a probe from `begin` on, beside a picture of so many bit/s, until it
 * watches; returns the padding in bytes. */
static size_t send_it(struct probe *probe, uint64_t begin, uint64_t media_bps)
{
    size_t padding = 0;

    for (uint64_t now = begin; probe->phase == PROBE_SENDS; now += 10 * MS) {
        size_t bytes = probe_padding(probe, now);

        assert_true(bytes <= 4000);
        probe_sent(probe, bytes);
        padding += bytes;
        probe_sent(probe, (size_t)(media_bps / 8 / 100));
    }
    assert_int_equal(probe->phase, PROBE_WATCHES);
    return padding;
}

static void it_fills_up_to_the_step(void **state)
{
    struct probe probe = { 0 };
    size_t padding;
    uint64_t result;

    (void)state;
    assert_true(probe_begin(&probe, 400000, NOW));
    assert_false(probe_begin(&probe, 400000, NOW)); /* one at a time */
    padding = send_it(&probe, NOW, 400000);
    /* The half of 400 kbit/s for half a second, less the last ticks. */
    assert_in_range(padding, 11000, 12500);
    probe_told(&probe, 60 * MS, NOW + 550 * MS); /* said before it had all */
    assert_int_equal(probe_result(&probe, NOW + 600 * MS), 0);
    assert_int_equal(probe_result(&probe, probe_deadline(&probe)), 0);
    probe_told(&probe, 60 * MS, NOW + 1600 * MS);
    result = probe_result(&probe, probe_deadline(&probe));
    assert_in_range(result, 570000, 610000);
    assert_true(probe_deadline(&probe) == PROBE_NEVER);
    assert_int_equal(probe_result(&probe, NOW + 5000 * MS), 0); /* told once */
}

static void a_picture_that_is_off_is_replaced_by_padding(void **state)
{
    struct probe probe = { 0 };

    (void)state;
    assert_true(probe_begin(&probe, 80000, NOW)); /* 64 more: the least step */
    assert_in_range(send_it(&probe, NOW, 0), 8500, 9000);
}

static void a_complaint_ends_it_and_each_wait_is_longer(void **state)
{
    struct probe probe = { 0 };
    uint64_t now = NOW, last = 0;

    (void)state;
    for (int i = 0; i < 6; i++) {
        uint64_t failed = now;

        assert_true(probe_begin(&probe, 100000, now));
        (void)probe_padding(&probe, now + 50 * MS);
        probe_failed(&probe, now);
        assert_int_equal(probe_padding(&probe, now + 100 * MS), 0);
        while (!probe_begin(&probe, 100000, now))
            now += 100 * MS;
        probe.phase = PROBE_RESTS;
        probe.not_before = 0;
        assert_true(now - failed >= last);
        assert_true(now - failed <= PROBE_WAIT_MAX);
        last = now - failed;
    }
    assert_int_equal(last, PROBE_WAIT_MAX);
}

static void silence_is_no_consent(void **state)
{
    struct probe probe = { 0 };
    uint64_t now;

    (void)state;
    assert_true(probe_begin(&probe, 400000, NOW));
    (void)send_it(&probe, NOW, 400000);
    while ((now = probe_deadline(&probe)) != PROBE_NEVER)
        assert_int_equal(probe_result(&probe, now), 0);
    /* Nor is it a complaint. */
    assert_true(probe_begin(&probe, 400000, NOW + 4600 * MS));
}

static void success_makes_the_waits_short_again(void **state)
{
    struct probe probe = { .wait_us = PROBE_WAIT_MAX };

    (void)state;
    assert_true(probe_begin(&probe, 400000, NOW));
    (void)send_it(&probe, NOW, 400000);
    probe_told(&probe, 0, NOW + 1000 * MS);
    assert_true(probe_result(&probe, NOW + 5000 * MS) > 0);
    assert_true(probe_begin(&probe, 600000, NOW + 5400 * MS));
}

static void trouble_of_the_lines_own_puts_it_off(void **state)
{
    struct probe probe = { 0 };

    (void)state;
    probe_failed(&probe, NOW);
    assert_false(probe_begin(&probe, 400000, NOW + PROBE_WAIT_US - 1));
    assert_true(probe_begin(&probe, 400000, NOW + PROBE_WAIT_US));
    assert_int_equal(probe.wait_us, 0);
}

static void what_was_not_sent_proves_nothing(void **state)
{
    struct probe probe = { 0 };

    (void)state;
    assert_true(probe_begin(&probe, 1000000, NOW));
    probe_sent(&probe, probe_padding(&probe, NOW + 400 * MS)); /* it slept */
    (void)probe_padding(&probe, NOW + 500 * MS);
    assert_int_equal(probe_result(&probe, NOW + 5000 * MS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_fills_up_to_the_step),
        cmocka_unit_test(a_picture_that_is_off_is_replaced_by_padding),
        cmocka_unit_test(a_complaint_ends_it_and_each_wait_is_longer),
        cmocka_unit_test(silence_is_no_consent),
        cmocka_unit_test(success_makes_the_waits_short_again),
        cmocka_unit_test(trouble_of_the_lines_own_puts_it_off),
        cmocka_unit_test(what_was_not_sent_proves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
