#include "media/rtp/clock.h"
#include "media/rtp/reception.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define START UINT64_C(4000000000000000)

static struct reception fresh(void)
{
    static struct reception_hole holes[RECEPTION_HOLES_MAX];
    struct reception reception;

    reception_init(&reception, 90000, true);
    reception_lend(&reception, holes);
    return reception;
}

static enum reception_verdict come(struct reception *reception, uint16_t seq,
                                   uint64_t ms)
{
    return reception_packet(reception, seq, (uint32_t)(ms * 90), false,
                            START + ms * 1000);
}

static void asks_for_a_hole_until_it_is_filled(void **state)
{
    struct reception reception = fresh();
    uint16_t seqs[8];
    bool gave_up;

    (void)state;
    assert_int_equal(come(&reception, 65535, 0), RECEPTION_RESTART);
    assert_int_equal(come(&reception, 2, 10), RECEPTION_NEW);
    assert_int_equal(
        reception_ask(&reception, START + 11000, 50000, seqs, 8, &gave_up),
        0); /* it may be reordered */
    assert_int_equal(reception_deadline(&reception), START + 20000);
    assert_int_equal(
        reception_ask(&reception, START + 20000, 50000, seqs, 8, &gave_up), 2);
    assert_int_equal(seqs[0], 0);
    assert_int_equal(seqs[1], 1);
    assert_int_equal(come(&reception, 0, 30), RECEPTION_LATE);
    assert_int_equal(
        reception_ask(&reception, START + 69999, 50000, seqs, 8, &gave_up), 0);
    assert_int_equal(
        reception_ask(&reception, START + 70000, 50000, seqs, 8, &gave_up), 1);
    assert_int_equal(seqs[0], 1);
    assert_int_equal(come(&reception, 1, 71), RECEPTION_LATE);
    assert_int_equal(reception_deadline(&reception), RECEPTION_NEVER);
}

static void gives_up_after_ten_tries_or_a_second(void **state)
{
    struct reception reception = fresh();
    uint16_t seqs[8];
    bool gave_up;
    unsigned asked = 0;

    (void)state;
    come(&reception, 1, 0);
    come(&reception, 3, 1);
    for (uint64_t ms = 12; ms < 400; ms += 20) {
        asked += (unsigned)reception_ask(&reception, START + ms * 1000, 20000,
                                         seqs, 8, &gave_up);
        if (gave_up)
            break;
    }
    assert_true(gave_up);
    assert_int_equal(asked, RECEPTION_TRIES_MAX);

    come(&reception, 5, 500);
    assert_int_equal(
        reception_ask(&reception, START + 1500000, 20000, seqs, 8, &gave_up),
        0);
    assert_true(gave_up);
}

static void does_not_ask_after_an_outage_or_a_restart(void **state)
{
    struct reception reception = fresh();

    (void)state;
    come(&reception, 1, 0);
    assert_int_equal(come(&reception, 2 + RECEPTION_HOLES_MAX + 1, 1),
                     RECEPTION_OUTAGE);
    assert_int_equal(reception_deadline(&reception), RECEPTION_NEVER);
    assert_int_equal(come(&reception, 30000, 2), RECEPTION_RESTART);
    assert_int_equal(reception_deadline(&reception), RECEPTION_NEVER);
}

static void reports_loss_and_the_time_since_a_report(void **state)
{
    struct reception reception = fresh();
    struct rtcp_block block;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        if (i % 4 != 1)
            come(&reception, (uint16_t)(65500 + i), i * 10);
    /* Repairs do not hide what the line lost. */
    reception_packet(&reception, (uint16_t)(65500 + 1), 0, true, START);
    reception_sender_report(&reception, UINT64_C(0xaaaabbbbccccdddd),
                            START + 1000000);
    block = reception_block(&reception, 5, START + 1500000);
    assert_int_equal(block.ssrc, 5);
    assert_int_equal(block.fraction_lost, 63);
    assert_int_equal(block.lost, 25);
    assert_int_equal(block.highest_seq, 65536 + 63);
    assert_int_equal(block.last_report, 0xbbbbcccc);
    assert_int_equal(block.since_report, 32768);
    assert_int_equal(block.jitter, 0);

    for (unsigned i = 100; i < 110; i++)
        come(&reception, (uint16_t)(65500 + i), i * 10);
    block = reception_block(&reception, 5, START + 2000000);
    assert_int_equal(block.fraction_lost, 0);
    assert_int_equal(block.lost, 25);
}

static void measures_jitter(void **state)
{
    struct reception reception = fresh();

    (void)state;
    for (unsigned i = 0; i < 1000; i++) /* every other 10 ms late */
        reception_packet(&reception, (uint16_t)i, i * 900, false,
                         START + i * 10000 + i % 2 * 10000);
    assert_in_range(reception_block(&reception, 1, START).jitter, 800, 900);
}

static void clock_converts_both_ways(void **state)
{
    uint64_t us = UINT64_C(4004341777644123);

    (void)state;
    assert_in_range(ntp_to_us(ntp_of(us)), us - 1, us);
    assert_int_equal(
        (uint32_t)(rtp_clock(us + 1000000, 90000) - rtp_clock(us, 90000)),
        90000);
    assert_int_equal(rtp_span(-1500000, 48000), -72000);
    assert_int_equal(rtp_span_us(-45000, 90000), -500000);
}

static void without_memory_a_hole_is_an_outage(void **state)
{
    struct reception_hole holes[RECEPTION_HOLES_MAX];
    struct reception reception;

    (void)state;
    reception_init(&reception, 90000, true);
    come(&reception, 1, 0);
    assert_int_equal(come(&reception, 3, 10), RECEPTION_OUTAGE);
    assert_true(reception_deadline(&reception) == RECEPTION_NEVER);
    assert_int_equal(come(&reception, 2, 12), RECEPTION_LATE);

    reception_lend(&reception, holes);
    assert_int_equal(come(&reception, 5, 20), RECEPTION_NEW);
    assert_true(reception_deadline(&reception) != RECEPTION_NEVER);
    reception_lend(&reception, NULL);
    assert_true(reception_deadline(&reception) == RECEPTION_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_a_hole_until_it_is_filled),
        cmocka_unit_test(gives_up_after_ten_tries_or_a_second),
        cmocka_unit_test(does_not_ask_after_an_outage_or_a_restart),
        cmocka_unit_test(reports_loss_and_the_time_since_a_report),
        cmocka_unit_test(measures_jitter),
        cmocka_unit_test(clock_converts_both_ways),
        cmocka_unit_test(without_memory_a_hole_is_an_outage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
