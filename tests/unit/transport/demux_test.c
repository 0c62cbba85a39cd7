#include "media/transport/address.h"
#include "media/transport/demux.h"
#include "media/transport/packets.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static enum packet_kind kind_of(uint8_t first, uint8_t second, size_t length)
{
    uint8_t bytes[2000] = { first, second, 0, 0, 0x21, 0x12, 0xa4, 0x42 };

    return demux(slice(bytes, length));
}

static void sorts_by_the_first_byte(void **state)
{
    (void)state;
    for (unsigned int first = 0; first < 256; first++) {
        enum packet_kind expected = PACKET_JUNK;
        if (first <= 3)
            expected = PACKET_STUN;
        else if (first >= 20 && first <= 63)
            expected = PACKET_DTLS;
        else if (first >= 128 && first <= 191)
            expected = PACKET_RTP;
        assert_int_equal(kind_of((uint8_t)first, 1, 100), expected);
    }
}

static void tells_rtcp_from_rtp(void **state)
{
    (void)state;
    for (unsigned int second = 0; second < 256; second++)
        assert_int_equal(kind_of(0x80, (uint8_t)second, 100),
                         second >= 192 && second <= 223 ? PACKET_RTCP
                                                        : PACKET_RTP);
}

static void drops_what_is_too_short_or_too_long(void **state)
{
    (void)state;
    assert_int_equal(kind_of(0, 1, 0), PACKET_JUNK);
    assert_int_equal(kind_of(0, 1, 1), PACKET_JUNK);
    assert_int_equal(kind_of(0, 1, 19), PACKET_JUNK);
    assert_int_equal(kind_of(0, 1, 20), PACKET_STUN);
    assert_int_equal(kind_of(22, 254, 12), PACKET_JUNK);
    assert_int_equal(kind_of(22, 254, 13), PACKET_DTLS);
    assert_int_equal(kind_of(128, 111, 11), PACKET_JUNK);
    assert_int_equal(kind_of(128, 111, 12), PACKET_RTP);
    assert_int_equal(kind_of(128, 201, 7), PACKET_JUNK);
    assert_int_equal(kind_of(128, 201, 8), PACKET_RTCP);
    assert_int_equal(kind_of(128, 111, PACKET_BYTES_MAX), PACKET_RTP);
    assert_int_equal(kind_of(128, 111, PACKET_BYTES_MAX + 1), PACKET_JUNK);
}

static void wants_the_magic_cookie(void **state)
{
    uint8_t bytes[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x43 };

    (void)state;
    assert_int_equal(demux(slice(bytes, sizeof(bytes))), PACKET_JUNK);
}

static void unwraps_mapped_addresses(void **state)
{
    const uint8_t mapped[16] = { [10] = 0xff, 0xff, 10, 77, 9, 1 };
    struct address a = address_ipv6(mapped, 4000);
    struct address b = address_ipv4((const uint8_t[]){ 10, 77, 9, 1 }, 4000);

    (void)state;
    assert_true(address_equal(&a, &b));
    b.connection = 3;
    assert_false(address_equal(&a, &b));
}

static void check_text(struct address address, const char *expected)
{
    char text[ADDRESS_TEXT_SIZE];

    address_text(&address, text);
    assert_string_equal(text, expected);
}

static void writes_addresses(void **state)
{
    (void)state;
    const uint8_t doc[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
    const uint8_t one[16] = { [15] = 1 };
    const uint8_t any[16] = { 0 };
    const uint8_t two_runs[16] = { 0x20, 1, [6] = 0, 1, [14] = 0, 1 };
    const uint8_t single[16] = {
        0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1
    };
    struct address tcp = address_ipv4((const uint8_t[]){ 127, 0, 0, 1 }, 1);

    check_text(address_ipv6(doc, 443), "[2001:db8::1]:443");
    check_text(address_ipv6(one, 0), "[::1]:0");
    check_text(address_ipv6(any, 65535), "[::]:65535");
    check_text(address_ipv6(two_runs, 1), "[2001:0:0:1::1]:1");
    check_text(address_ipv6(single, 1), "[1:0:1:1:1:1:1:1]:1");
    tcp.connection = 1;
    check_text(tcp, "127.0.0.1:1/tcp");
    check_text((struct address){ 0 }, "none:0");
    assert_true(address_is_loopback(&tcp));
    assert_true(address_is_loopback(
        &(struct address){ .family = ADDRESS_IPV6, .bytes = { [15] = 1 } }));
}

static void packets_keep_within_their_room(void **state)
{
    static struct packets packets;
    uint8_t bytes[PACKET_BYTES_MAX] = { 7 };

    (void)state;
    packets_clear(&packets);
    for (int i = 0; i < PACKETS_MAX; i++)
        assert_true(packets_add(&packets, slice(bytes, sizeof(bytes))));
    assert_false(packets_add(&packets, slice(bytes, 1)));
    assert_int_equal(packets.count, PACKETS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_by_the_first_byte),
        cmocka_unit_test(tells_rtcp_from_rtp),
        cmocka_unit_test(drops_what_is_too_short_or_too_long),
        cmocka_unit_test(wants_the_magic_cookie),
        cmocka_unit_test(unwraps_mapped_addresses),
        cmocka_unit_test(writes_addresses),
        cmocka_unit_test(packets_keep_within_their_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
