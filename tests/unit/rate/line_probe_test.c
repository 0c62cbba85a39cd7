/* The line probe against lines of known width and loss. */
#include "media/rate/line_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define START UINT64_C(4000000000000000)

/* A line that carries so much and loses every nth packet besides; what does not
 * fit waits in a queue of half a second, then is dropped. */
struct line {
    uint64_t bps;
    unsigned nth; /* 0: none */
    uint64_t free_us;
    uint32_t seq;
    int32_t lost;
    uint32_t highest;
};

static void carry(struct line *line, uint64_t now)
{
    uint64_t each = LINE_PROBE_PACKET * UINT64_C(8000000) / line->bps;

    line->seq += 1;
    if (line->free_us < now)
        line->free_us = now;
    if ((line->nth && line->seq % line->nth == 0) ||
        line->free_us > now + 500000) {
        line->lost += 1;
        return;
    }
    line->free_us += each;
    line->highest = line->seq;
}

static struct line_probe run(struct line *line, uint64_t *sent_out)
{
    struct line_probe probe;
    uint64_t report = START + 700000;
    uint64_t now = START;
    uint64_t sent = 0;

    line_probe_begin(&probe, now);
    while (!line_probe_is_over(&probe, now)) {
        uint64_t due = line_probe_deadline(&probe);

        now = due < report ? due : report;
        for (unsigned n = line_probe_send(&probe, now); n > 0; n--) {
            carry(line, now);
            sent += 1;
        }
        if (now >= report && line->highest > 0) {
            /* What lies in the queue has not arrived. */
            uint64_t behind = line->free_us > now ? line->free_us - now : 0;
            uint32_t queued =
                (uint32_t)(behind * line->bps /
                           (LINE_PROBE_PACKET * UINT64_C(8000000)));

            line_probe_report(&probe, line->highest - queued, line->lost, now);
        }
        if (now >= report)
            report += 1000000;
    }
    *sent_out = sent;
    return probe;
}

static void a_wide_line_carries_all(void **state)
{
    struct line line = { .bps = 50000000 };
    uint64_t sent;
    struct line_probe probe = run(&line, &sent);

    (void)state;
    assert_true(probe.down_known);
    assert_in_range(probe.down_bps, 1100000, 1200000);
    assert_true(probe.loss_down < 0.001);
    /* 0.75 s × 300, 0.75 s × 600, 2 s × 1,200 kbit/s */
    assert_in_range(sent * LINE_PROBE_PACKET * 8, 3000000, 3100000);
}

static void a_narrow_line_is_measured_and_spared(void **state)
{
    struct line line = { .bps = 200000 };
    uint64_t sent;
    struct line_probe probe = run(&line, &sent);

    (void)state;
    assert_in_range(probe.down_bps, 130000, 260000);
    assert_true(sent * LINE_PROBE_PACKET * 8 < 2000000);
}

static void loss_is_what_the_line_always_loses(void **state)
{
    struct line line = { .bps = 50000000, .nth = 10 };
    uint64_t sent;
    struct line_probe probe = run(&line, &sent);

    (void)state;
    assert_true(probe.loss_down > 0.08 && probe.loss_down < 0.12);
    assert_true(probe.down_bps > 900000);
}

static void without_reports_nothing_is_claimed(void **state)
{
    struct line_probe probe;
    uint64_t now = START;

    (void)state;
    line_probe_begin(&probe, now);
    while (!line_probe_is_over(&probe, now)) {
        now = line_probe_deadline(&probe);
        (void)line_probe_send(&probe, now);
    }
    assert_false(probe.down_known);
    assert_int_equal(now - START, LINE_PROBE_SEND_US + LINE_PROBE_WAIT_US);
    assert_int_equal(line_probe_up_kbps(&probe), 0);
}

static void what_came_up_is_counted_by_the_second(void **state)
{
    struct line_probe probe;

    (void)state;
    line_probe_begin(&probe, START);
    for (uint64_t t = 0; t < 4000000; t += 10000) /* 500, from 2 s on 1,000 */
        line_probe_received(&probe, (t < 2000000 ? 625 : 1250) - 28, START + t);
    assert_in_range(line_probe_up_kbps(&probe), 990, 1010);
    /* Nonsense of a page's does not reach beyond. */
    line_probe_received(&probe, 1000, START + UINT64_C(900000000));
    line_probe_report(&probe, 5, 0, START + 100);
    line_probe_report(&probe, 4000000000u, -3, START + 1000000);
    assert_false(probe.down_known);
    line_probe_report(&probe, 4000000000u, INT32_MAX, START + 2000000);
    line_probe_report(&probe, 3999999999u, INT32_MIN, START + 3000000);
    assert_true(probe.loss_down <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_line_carries_all),
        cmocka_unit_test(a_narrow_line_is_measured_and_spared),
        cmocka_unit_test(loss_is_what_the_line_always_loses),
        cmocka_unit_test(without_reports_nothing_is_claimed),
        cmocka_unit_test(what_came_up_is_counted_by_the_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
