#include "media/rtp/rtcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct rtcp_message only(struct writer *packet)
{
    struct slice rest = writer_done(packet);
    struct rtcp_message message;

    assert_int_equal(rest.length % 4, 0);
    assert_int_equal(rtcp_next(&rest, &message), 1);
    return message;
}

static void reads_back_a_sender_report_and_its_name(void **state)
{
    uint8_t bytes[128];
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct rtcp_sender_info info = { .ntp = UINT64_C(0x1122334455667788),
                                     .rtp = 9,
                                     .packets = 10,
                                     .octets = 11 };
    struct rtcp_message message;
    struct slice rest;

    (void)state;
    rtcp_write_sender_report(&out, 5, &info);
    rtcp_write_cname(&out, 5, "slot1");
    rest = writer_done(&out);
    assert_int_equal(rtcp_next(&rest, &message), 1);
    assert_int_equal(message.kind, RTCP_SENDER_REPORT);
    assert_int_equal(message.sender_ssrc, 5);
    assert_true(message.sender.ntp == info.ntp);
    assert_int_equal(message.sender.rtp, info.rtp);
    assert_int_equal(message.sender.packets, info.packets);
    assert_int_equal(message.sender.octets, info.octets);
    assert_int_equal(rtcp_next(&rest, &message), 1);
    assert_int_equal(message.kind, RTCP_OTHER);
    assert_int_equal(rtcp_next(&rest, &message), 0);
}

static void pads_every_length_of_name(void **state)
{
    (void)state;
    for (size_t length = 0; length < 20; length++) {
        uint8_t bytes[64];
        char name[21] = { 0 };
        struct writer out = writer_into(bytes, sizeof(bytes));
        struct rtcp_message message;

        memset(name, 'n', length);
        rtcp_write_cname(&out, 1, name);
        message = only(&out);
        assert_int_equal(message.kind, RTCP_OTHER);
        assert_int_equal(bytes[out.length - 1], 0); /* the list's end */
    }
}

static void keeps_the_sign_of_lost(void **state)
{
    uint8_t bytes[64];
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct rtcp_block blocks[2] = { { .ssrc = 1, .lost = -3, .jitter = 4 },
                                    { .ssrc = 2,
                                      .fraction_lost = 128,
                                      .lost = 0x7fffff,
                                      .highest_seq = 70000 } };
    struct rtcp_message message;

    (void)state;
    rtcp_write_receiver_report(&out, 9, blocks, 2);
    message = only(&out);
    assert_int_equal(message.kind, RTCP_RECEIVER_REPORT);
    assert_int_equal(message.block_count, 2);
    assert_int_equal(rtcp_block_at(&message, 0).lost, -3);
    assert_int_equal(rtcp_block_at(&message, 1).lost, 0x7fffff);
    assert_int_equal(rtcp_block_at(&message, 1).highest_seq, 70000);
    assert_int_equal(rtcp_block_at(&message, 1).fraction_lost, 128);
}

static void folds_and_unfolds_missing_numbers(void **state)
{
    static const uint16_t missing[] = { 65530, 65531, 2, 10, 11, 300 };
    uint8_t bytes[64];
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct rtcp_message message;
    uint16_t seqs[16];

    (void)state;
    rtcp_write_nack(&out, 1, 2, missing, 6);
    message = only(&out);
    assert_int_equal(message.kind, RTCP_NACK);
    assert_int_equal(message.media_ssrc, 2);
    /* 65530 to 10 lie within 17; 11 begins the second pair. */
    assert_int_equal(message.nacks.length, 12);
    assert_int_equal(rtcp_nack_list(&message, seqs, 16), 6);
    assert_memory_equal(seqs, missing, sizeof(missing));
    assert_int_equal(rtcp_nack_list(&message, seqs, 2), 2);
}

/* RFC 3550, section 6.4.1: padding is not a request for packet 0. */
static void padding_is_no_content(void **state)
{
    uint8_t nack[] = { 0xa1, 205, 0, 4,  0, 0, 0, 1, 0, 0,
                       0,    2,   0, 17, 0, 0, 0, 0, 0, 4 };
    struct slice rest = slice(nack, sizeof(nack));
    struct rtcp_message message;

    (void)state;
    assert_int_equal(rtcp_next(&rest, &message), 1);
    assert_int_equal(message.kind, RTCP_NACK);
    assert_int_equal(message.nacks.length, 4);
    nack[19] = 20; /* more than there is */
    rest = slice(nack, sizeof(nack));
    assert_int_equal(rtcp_next(&rest, &message), 1);
    assert_int_equal(message.kind, RTCP_OTHER);
    assert_int_equal(rest.length, 0);
}

static void reads_back_picture_requests(void **state)
{
    static const uint8_t fir[] = { 0x84, 206, 0, 4, 0, 0,  0, 1, 0, 0,
                                   0,    0,   0, 0, 0, 77, 5, 0, 0, 0 };
    uint8_t bytes[64];
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct slice rest = slice(fir, sizeof(fir));
    struct rtcp_message message;

    (void)state;
    rtcp_write_pli(&out, 1, 42);
    message = only(&out);
    assert_int_equal(message.kind, RTCP_PLI);
    assert_int_equal(message.media_ssrc, 42);
    assert_int_equal(rtcp_next(&rest, &message), 1);
    assert_int_equal(message.kind, RTCP_FIR);
    assert_int_equal(message.media_ssrc, 77);
}

static void keeps_the_size_of_a_bandwidth(void **state)
{
    static const uint64_t sizes[] = { 0,       1,       0x3ffff,
                                      0x40000, 2500000, UINT64_C(10000000000) };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t bytes[64];
        uint32_t ssrc = 3;
        struct writer out = writer_into(bytes, sizeof(bytes));
        struct rtcp_message message;

        rtcp_write_remb(&out, 1, sizes[i], &ssrc, 1);
        message = only(&out);
        assert_int_equal(message.kind, RTCP_REMB);
        assert_true(message.remb_bps <= sizes[i]);
        assert_true(message.remb_bps >= sizes[i] - sizes[i] / 100000);
    }
}

/* Every message cut short at every byte, and every byte spoilt in every way. */
static void survives_forged_packets(void **state)
{
    uint8_t bytes[256];
    struct writer out = writer_into(bytes, sizeof(bytes));
    uint32_t ssrc = 3;
    uint16_t seqs[] = { 1, 5, 900 };
    struct rtcp_block block = { .ssrc = 1 };

    (void)state;
    rtcp_write_sender_report(&out, 1, &(struct rtcp_sender_info){ 0 });
    rtcp_write_receiver_report(&out, 1, &block, 1);
    rtcp_write_nack(&out, 1, 2, seqs, 3);
    rtcp_write_pli(&out, 1, 2);
    rtcp_write_remb(&out, 1, 1000, &ssrc, 1);
    for (size_t at = 0; at < out.length; at++) {
        for (unsigned value = 0; value < 256; value += 5) {
            uint8_t *copy = test_malloc(out.length);
            struct slice rest = slice(copy, out.length - at % 7);
            struct rtcp_message message;
            uint16_t list[8];

            memcpy(copy, bytes, out.length);
            copy[at] = (uint8_t)value;
            while (rtcp_next(&rest, &message) == 1) {
                for (size_t b = 0; b < message.block_count; b++)
                    (void)rtcp_block_at(&message, b);
                (void)rtcp_nack_list(&message, list, 8);
            }
            test_free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_a_sender_report_and_its_name),
        cmocka_unit_test(pads_every_length_of_name),
        cmocka_unit_test(keeps_the_sign_of_lost),
        cmocka_unit_test(folds_and_unfolds_missing_numbers),
        cmocka_unit_test(padding_is_no_content),
        cmocka_unit_test(reads_back_picture_requests),
        cmocka_unit_test(keeps_the_size_of_a_bandwidth),
        cmocka_unit_test(survives_forged_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
