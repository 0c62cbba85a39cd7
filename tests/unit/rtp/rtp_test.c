#include "media/rtp/extensions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* A packet with a CSRC, a one-byte extension (id 1: level, id 3: transport
 * number, id 4: "ab") and two bytes of padding. */
static const uint8_t sample[] = {
    0xb1, 0xef, 0x12, 0x34, 0x01, 0x02, 0x03, 0x04, 0xca, 0xfe, 0xba, 0xbe,
    0x00, 0x00, 0x00, 0x09, 0xbe, 0xde, 0x00, 0x03, 0x10, 0x85, 0x31, 0xab,
    0xcd, 0x41, 'a',  'b',  0x00, 0x00, 0x00, 0x00, 'x',  'y',  0x00, 0x02,
};
static const struct extension_ids ids = { .mid = 4,
                                          .audio_level = 1,
                                          .transport_cc = 3 };

static void reads_every_field(void **state)
{
    struct rtp_packet packet;
    struct extensions extensions;

    (void)state;
    assert_int_equal(rtp_read(slice(sample, sizeof(sample)), &packet), 0);
    assert_true(packet.marker);
    assert_int_equal(packet.payload_type, 0x6f);
    assert_int_equal(packet.seq, 0x1234);
    assert_int_equal(packet.timestamp, 0x01020304);
    assert_int_equal(packet.ssrc, 0xcafebabe);
    assert_true(slice_is_text(packet.payload, "xy"));

    extensions_read(&packet, &ids, &extensions);
    assert_true(slice_is_text(extensions.mid, "ab"));
    assert_true(extensions.has_audio_level);
    assert_int_equal(extensions.audio_level, 0x85);
    assert_true(extensions.has_transport_seq);
    assert_int_equal(extensions.transport_seq, 0xabcd);
    assert_int_equal(extensions.rid.length, 0);
}

static void refuses_every_truncation(void **state)
{
    struct rtp_packet packet;

    (void)state;
    /* Up to where the header and its extension end. */
    for (size_t length = 0; length < 32; length++) {
        uint8_t *copy = test_malloc(length + 1);

        memcpy(copy, sample, length);
        assert_int_not_equal(rtp_read(slice(copy, length), &packet), 0);
        test_free(copy);
    }
}

static void refuses_padding_longer_than_the_packet(void **state)
{
    uint8_t bytes[sizeof(sample)];
    struct rtp_packet packet;

    (void)state;
    memcpy(bytes, sample, sizeof(bytes));
    bytes[sizeof(bytes) - 1] = 5;
    assert_int_not_equal(rtp_read(slice(bytes, sizeof(bytes)), &packet), 0);
    bytes[sizeof(bytes) - 1] = 0;
    assert_int_not_equal(rtp_read(slice(bytes, sizeof(bytes)), &packet), 0);
}

static void writes_what_it_reads(void **state)
{
    uint8_t body[16], bytes[64];
    struct writer extension = writer_into(body, sizeof(body));
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct rtp_packet packet = { .marker = true,
                                 .payload_type = 111,
                                 .seq = 65535,
                                 .timestamp = 0xfffffff0,
                                 .ssrc = 7,
                                 .extension_profile = RTP_EXTENSION_ONEBYTE };
    struct rtp_packet read;
    struct extensions extensions;

    (void)state;
    extension_write_audio_level(&extension, 1, 0x7f);
    extension_write_mid(&extension, 4, slice_of_text("0"));
    extension_write_abs_send_time(&extension, 2, 64000000 + 500000);
    packet.extension = writer_done(&extension);
    rtp_write_header(&packet, &out);
    writer_text(&out, "pay");
    assert_int_equal(rtp_read(writer_done(&out), &read), 0);
    assert_int_equal(read.seq, 65535);
    assert_int_equal(read.timestamp, 0xfffffff0);
    assert_true(slice_is_text(read.payload, "pay"));
    extensions_read(&read, &ids, &extensions);
    assert_int_equal(extensions.audio_level, 0x7f);
    assert_true(slice_is_text(extensions.mid, "0"));
    /* Half a second in 6.18 fixed point, from the last element. */
    assert_memory_equal(body + 4, "\x22\x02\x00\x00", 4);
}

static void writes_nothing_for_an_id_that_was_not_negotiated(void **state)
{
    uint8_t body[16];
    struct writer extension = writer_into(body, sizeof(body));

    (void)state;
    extension_write_audio_level(&extension, 0, 1);
    extension_write_abs_send_time(&extension, 15, 1);
    assert_int_equal(extension.length, 0);
}

static void reads_the_two_byte_form(void **state)
{
    static const uint8_t body[] = { 3, 2, 0x01, 0x02, 0, 1, 1, 0x11, 4, 9 };
    struct rtp_packet packet = { .extension_profile = RTP_EXTENSION_TWOBYTE,
                                 .extension = slice(body, sizeof(body)) };
    struct extensions extensions;

    (void)state;
    extensions_read(&packet, &ids, &extensions);
    assert_int_equal(extensions.transport_seq, 0x0102);
    assert_int_equal(extensions.audio_level, 0x11);
    assert_int_equal(extensions.mid.length, 0); /* longer than what is left */
}

static void extends_numbers_across_the_wrap(void **state)
{
    (void)state;
    assert_int_equal(seq_extend(65535, 0), 65536);
    assert_int_equal(seq_extend(65536, 65535), 65535);
    assert_true(seq_is_newer(0, 65535));
    assert_false(seq_is_newer(65535, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_padding_longer_than_the_packet),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(writes_nothing_for_an_id_that_was_not_negotiated),
        cmocka_unit_test(reads_the_two_byte_form),
        cmocka_unit_test(extends_numbers_across_the_wrap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
