#include "media/transport/ice_tcp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static void packets_come_out_as_they_went_in(void **state)
{
    static const uint8_t stream[] = { 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0 };
    struct slice rest = slice(stream, sizeof(stream));
    struct slice packet;

    (void)state;
    assert_int_equal(ice_tcp_next(&rest, &packet), 1);
    assert_true(slice_is_text(packet, "abc"));
    assert_int_equal(ice_tcp_next(&rest, &packet), 1); /* the empty one too */
    assert_true(slice_is_text(packet, "d"));
    assert_int_equal(ice_tcp_next(&rest, &packet), 0);
    assert_int_equal(rest.length, 1); /* half a length */
}

static void half_a_packet_waits_for_the_rest(void **state)
{
    static uint8_t stream[ICE_TCP_FRAME_MAX] = { PACKET_BYTES_MAX >> 8,
                                                 PACKET_BYTES_MAX & 255 };
    struct slice packet;

    (void)state;
    for (size_t length = 0; length < sizeof(stream); length++) {
        struct slice rest = slice(stream, length);

        assert_int_equal(ice_tcp_next(&rest, &packet), 0);
        assert_int_equal(rest.length, length);
    }
    struct slice rest = slice(stream, sizeof(stream));
    assert_int_equal(ice_tcp_next(&rest, &packet), 1);
    assert_int_equal(packet.length, PACKET_BYTES_MAX);
}

static void a_length_that_cannot_be_ends_the_connection(void **state)
{
    static const char web[] = "GET / HTTP/1.1\r\n";
    static const uint8_t long_one[] = { (PACKET_BYTES_MAX + 1) >> 8,
                                        (PACKET_BYTES_MAX + 1) & 255 };
    struct slice rest = slice_of_text(web);
    struct slice packet;

    (void)state;
    assert_int_equal(ice_tcp_next(&rest, &packet), -EBADMSG);
    rest = slice(long_one, sizeof(long_one));
    assert_int_equal(ice_tcp_next(&rest, &packet), -EBADMSG);
}

static void pictures_leave_half_of_the_queue_to_sound(void **state)
{
    static uint8_t picture[1198], sound[118];
    struct ice_tcp_queue queue = { .bytes = NULL };
    size_t pictures = 0, sounds = 0;

    (void)state;
    while (ice_tcp_queue_add(&queue, slice(picture, sizeof(picture)), true))
        pictures += 1;
    assert_int_equal(pictures, ICE_TCP_QUEUE_HALF / 1200);
    while (ice_tcp_queue_add(&queue, slice(sound, sizeof(sound)), false))
        sounds += 1;
    assert_int_equal(sounds, (ICE_TCP_QUEUE_BYTES - pictures * 1200) / 120);
    assert_int_equal(queue.length, pictures * 1200 + sounds * 120);

    /* As soon as half of it is free, pictures may come again. */
    ice_tcp_queue_written(&queue, queue.length - ICE_TCP_QUEUE_HALF);
    assert_false(ice_tcp_queue_add(&queue, slice(picture, 10), true));
    ice_tcp_queue_written(&queue, 12);
    assert_true(ice_tcp_queue_add(&queue, slice(picture, 10), true));
    ice_tcp_queue_release(&queue);
}

/* Written in whatever pieces, the other end reads the same packets. */
static void partial_writes_finish(void **state)
{
    static uint8_t stream[400000];
    struct ice_tcp_queue queue = { .bytes = NULL };
    struct slice rest, packet;
    size_t read = 0, written = 0, number = 0;

    (void)state;
    for (size_t added = 0; added < 300; added++) {
        uint8_t bytes[1300];
        size_t length = 1 + added * 7 % sizeof(bytes);

        memset(bytes, (int)added, length);
        while (!ice_tcp_queue_add(&queue, slice(bytes, length), false)) {
            struct slice front = ice_tcp_queue_front(&queue);
            size_t piece = 1 + (written * 31 + added) % front.length;

            memcpy(stream + written, front.data, piece);
            written += piece;
            ice_tcp_queue_written(&queue, piece);
        }
    }
    rest = ice_tcp_queue_front(&queue);
    memcpy(stream + written, rest.data, rest.length);
    written += rest.length;
    ice_tcp_queue_written(&queue, rest.length);
    assert_int_equal(ice_tcp_queue_front(&queue).length, 0);

    rest = slice(stream, written);
    while (ice_tcp_next(&rest, &packet) == 1) {
        assert_int_equal(packet.length, 1 + number * 7 % 1300);
        for (size_t i = 0; i < packet.length; i++)
            assert_int_equal(packet.data[i], (uint8_t)number);
        number += 1;
        read += packet.length;
    }
    assert_int_equal(number, 300);
    assert_int_equal(rest.length, 0);
    assert_int_equal(read + 2 * number, written);
    ice_tcp_queue_release(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_come_out_as_they_went_in),
        cmocka_unit_test(half_a_packet_waits_for_the_rest),
        cmocka_unit_test(a_length_that_cannot_be_ends_the_connection),
        cmocka_unit_test(pictures_leave_half_of_the_queue_to_sound),
        cmocka_unit_test(partial_writes_finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
