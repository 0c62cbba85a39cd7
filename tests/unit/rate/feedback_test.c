#include "base/reader.h"
#include "media/rate/feedback.h"
#include "media/rtp/rtcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define START UINT64_C(4000000000000000)

/* What a sender understands of a message, read as the draft says, section 3.1:
 * arrival times in 250 us ticks, -1 where a packet was lost. */
struct understood {
    uint16_t base;
    size_t count;
    int64_t ticks[65536];
};

static struct understood told;

static void read_symbols(struct reader *in, size_t count, uint8_t *symbols)
{
    size_t at = 0;

    while (at < count) {
        uint16_t chunk = reader_u16(in);

        assert_false(in->failed);
        if (chunk >> 15 == 0) {
            for (unsigned i = chunk & 0x1fff; i > 0 && at < count; i--)
                symbols[at++] = chunk >> 13 & 3;
        } else if (chunk >> 14 & 1) {
            for (int shift = 12; shift >= 0 && at < count; shift -= 2)
                symbols[at++] = chunk >> shift & 3;
        } else {
            for (int shift = 13; shift >= 0 && at < count; shift -= 1)
                symbols[at++] = chunk >> shift & 1;
        }
    }
}

static void understand(struct slice message)
{
    static uint8_t symbols[65536];
    struct reader in = reader_of(message);
    int64_t clock;

    assert_int_equal(reader_u8(&in) & 0xdf, 0x8f);
    assert_int_equal(reader_u8(&in), 205);
    assert_int_equal((reader_u16(&in) + 1) * 4, message.length);
    (void)reader_u64(&in);
    told.base = reader_u16(&in);
    told.count = reader_u16(&in);
    clock = (int64_t)reader_u24(&in) * 256;
    (void)reader_u8(&in);
    read_symbols(&in, told.count, symbols);
    for (size_t i = 0; i < told.count; i++) {
        told.ticks[i] = -1;
        if (symbols[i] == 0)
            continue;
        if (symbols[i] == 1)
            clock += reader_u8(&in);
        else
            clock += (int16_t)reader_u16(&in);
        told.ticks[i] = clock;
    }
    assert_false(in.failed);
    assert_true(in.rest.length < 4); /* padding */
}

static int64_t tick(uint64_t us)
{
    return (int64_t)(us / 250 % (UINT64_C(256) << 24));
}

static bool ask(struct feedback *feedback, uint64_t now_us)
{
    uint8_t bytes[FEEDBACK_SIZE_MAX];
    struct writer out = writer_into(bytes, sizeof(bytes));

    if (!feedback_write(feedback, 1, 2, now_us, &out))
        return false;
    assert_false(out.failed);
    understand(writer_done(&out));
    return true;
}

static void tells_when_each_packet_came(void **state)
{
    static struct feedback feedback;

    (void)state;
    feedback_init(&feedback);
    assert_int_equal(feedback_deadline(&feedback), FEEDBACK_NEVER);
    assert_false(ask(&feedback, START));
    feedback_packet(&feedback, 65534, START + 1000);
    feedback_packet(&feedback, 65535, START + 1250);
    feedback_packet(&feedback, 2, START + 90000); /* 0 and 1 are lost */
    feedback_packet(&feedback, 3, START + 89000); /* came before its number */
    assert_int_equal(feedback_deadline(&feedback),
                     START + 1000 + FEEDBACK_SPARSE_US);
    assert_true(ask(&feedback, START + 101000));
    assert_int_equal(told.base, 65534);
    assert_int_equal(told.count, 6);
    assert_int_equal(told.ticks[0], tick(START + 1000));
    assert_int_equal(told.ticks[1], tick(START + 1250));
    assert_int_equal(told.ticks[2], -1);
    assert_int_equal(told.ticks[3], -1);
    assert_int_equal(told.ticks[4], tick(START + 90000));
    assert_int_equal(told.ticks[5], tick(START + 89000));
    assert_int_equal(feedback_deadline(&feedback), FEEDBACK_NEVER);
    assert_false(ask(&feedback, START + 102000));
}

static void tells_sooner_where_much_comes(void **state)
{
    static struct feedback feedback;

    (void)state;
    feedback_init(&feedback);
    for (uint16_t i = 0; i < FEEDBACK_MANY; i++) {
        assert_true(i == 0 ||
                    feedback_deadline(&feedback) == START + FEEDBACK_SPARSE_US);
        feedback_packet(&feedback, i, START + i * 1000);
    }
    assert_int_equal(feedback_deadline(&feedback),
                     START + FEEDBACK_INTERVAL_US);
}

static void tells_nothing_twice(void **state)
{
    static struct feedback feedback;

    (void)state;
    feedback_init(&feedback);
    feedback_packet(&feedback, 10, START);
    assert_true(ask(&feedback, START));
    feedback_packet(&feedback, 10, START + 1000);
    feedback_packet(&feedback, 9, START + 1000);
    assert_false(ask(&feedback, START + 2000));
    feedback_packet(&feedback, 11, START + 3000);
    assert_true(ask(&feedback, START + 4000));
    assert_int_equal(told.base, 11);
    assert_int_equal(told.count, 1);
}

static void a_silence_too_long_for_a_delta_begins_a_message(void **state)
{
    static struct feedback feedback;

    (void)state;
    feedback_init(&feedback);
    feedback_packet(&feedback, 1, START);
    feedback_packet(&feedback, 2, START + 9000000);
    assert_true(ask(&feedback, START + 9000000));
    assert_int_equal(told.count, 1);
    assert_int_equal(feedback_deadline(&feedback), START + 9000000);
    assert_true(ask(&feedback, START + 9000000));
    assert_int_equal(told.base, 2);
    assert_int_equal(told.ticks[0], tick(START + 9000000));
}

/* Whatever is lost, late or jumps, what is told is what came. */
static void tells_the_truth_of_random_traffic(void **state)
{
    static struct feedback feedback;
    static uint64_t came[65536];
    uint64_t now = START;
    uint16_t seq = 65000;

    (void)state;
    srandom(3);
    feedback_init(&feedback);
    for (int round = 0; round < 2000; round++) {
        int burst = (int)(random() % 300);

        for (int i = 0; i < burst; i++) {
            seq =
                (uint16_t)(seq + (random() % 50 == 0 ? 1 + random() % 400 : 1));
            now += (uint64_t)(random() % 3000);
            came[seq] = now;
            if (random() % 10)
                feedback_packet(&feedback, seq, now);
            else
                came[seq] = 0;
        }
        while (ask(&feedback, now))
            for (size_t i = 0; i < told.count; i++)
                if (told.ticks[i] >= 0)
                    assert_int_equal(told.ticks[i],
                                     tick(came[(uint16_t)(told.base + i)]));
    }
}

static void is_rtcp(void **state)
{
    static struct feedback feedback;
    uint8_t bytes[FEEDBACK_SIZE_MAX];
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct rtcp_message message;
    struct slice rest;

    (void)state;
    feedback_init(&feedback);
    for (uint16_t i = 0; i < 600; i = (uint16_t)(i + 3))
        feedback_packet(&feedback, i, START + i * 5000u);
    assert_true(feedback_write(&feedback, 1, 2, START + 3000000, &out));
    rest = writer_done(&out);
    assert_int_equal(rtcp_next(&rest, &message), 1);
    assert_int_equal(rtcp_next(&rest, &message), 0);
}

/* Nobody asked for so long: arrivals are kept in 32 bits. */
static void what_waited_a_minute_is_not_told(void **state)
{
    static struct feedback feedback;

    (void)state;
    feedback_init(&feedback);
    feedback_packet(&feedback, 7, START + 1000);
    feedback_packet(&feedback, 8, START); /* a little before the first */
    feedback_packet(&feedback, 9, START + FEEDBACK_LONGEST_US + 1000);
    assert_true(ask(&feedback, START + FEEDBACK_LONGEST_US + 300000));
    assert_int_equal(told.base, 9);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.ticks[0], tick(START + FEEDBACK_LONGEST_US + 1000));

    feedback_packet(&feedback, 10, START + FEEDBACK_LONGEST_US * 2);
    feedback_packet(&feedback, 11, START + FEEDBACK_LONGEST_US * 2 - 10);
    assert_true(ask(&feedback, START + FEEDBACK_LONGEST_US * 2 + 300000));
    assert_int_equal(told.base, 10);
    assert_int_equal(told.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_when_each_packet_came),
        cmocka_unit_test(tells_sooner_where_much_comes),
        cmocka_unit_test(tells_nothing_twice),
        cmocka_unit_test(a_silence_too_long_for_a_delta_begins_a_message),
        cmocka_unit_test(tells_the_truth_of_random_traffic),
        cmocka_unit_test(what_waited_a_minute_is_not_told),
        cmocka_unit_test(is_rtcp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
