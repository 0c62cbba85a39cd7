#include "media/rtp/vp8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void knows_a_key_frame(void **state)
{
    static const struct {
        uint8_t bytes[6];
        size_t length;
        bool whole;
    } cases[] = {
        { { 0x10, 0x00 }, 2, true },                   /* no extension */
        { { 0x10, 0x01 }, 2, false },                  /* inter frame */
        { { 0x00, 0x00 }, 2, false },                  /* not the start */
        { { 0x11, 0x00 }, 2, false },                  /* second partition */
        { { 0x90, 0x80, 0x05, 0x00 }, 4, true },       /* short picture id */
        { { 0x90, 0x80, 0x85, 0x11, 0x00 }, 5, true }, /* long one */
        { { 0x90, 0xe0, 0x85, 0x11, 0x01, 0x20 }, 6, false }, /* cut short */
        { { 0x90, 0x80, 0x85, 0x11, 0x01 }, 5, false },
        { { 0x10 }, 1, false },
        { { 0x10 }, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(vp8_read(slice(cases[i].bytes, cases[i].length)).whole,
                         cases[i].whole);
}

static void reads_what_is_there(void **state)
{
    static const uint8_t all[] = { 0x90, 0xf0, 0x92, 0x34, 0xfe, 0xb1, 0x00 };
    static const uint8_t few[] = { 0x80, 0x50, 0x07, 0x1f };
    struct vp8_descriptor read = vp8_read(slice(all, sizeof(all)));

    (void)state;
    assert_true(read.whole);
    assert_int_equal(read.numbers[VP8_PICTURE].bits, 15);
    assert_int_equal(read.numbers[VP8_PICTURE].value, 0x1234);
    assert_int_equal(read.numbers[VP8_BASE].value, 0xfe);
    assert_int_equal(read.numbers[VP8_KEY].value, 0x11);
    assert_int_equal(read.numbers[VP8_KEY].at, 5);

    read = vp8_read(slice(few, sizeof(few)));
    assert_int_equal(read.numbers[VP8_PICTURE].bits, 0);
    assert_int_equal(read.numbers[VP8_BASE].value, 7);
    assert_int_equal(read.numbers[VP8_BASE].at, 2);
    assert_int_equal(read.numbers[VP8_KEY].value, 0x1f);

    for (size_t cut = 2; cut < sizeof(all) - 1; cut++) {
        read = vp8_read(slice(all, cut));
        assert_int_equal(read.numbers[VP8_PICTURE].bits, 0);
        assert_false(read.whole);
    }
}

/* ---- a stream and its sources ----------------------------------------------
 */

struct frame {
    unsigned bits; /* of its picture id; 0: none */
    uint16_t picture;
    uint8_t base;
    uint8_t key;
    uint8_t layer; /* TID and Y, which belong to nobody else */
};

static size_t write_frame(const struct frame *frame, uint8_t *out)
{
    size_t at = 2;

    out[0] = 0x90;
    out[1] = (uint8_t)(0x70 | (frame->bits > 0 ? 0x80 : 0));
    if (frame->bits > 7)
        out[at++] = (uint8_t)(0x80 | frame->picture >> 8);
    if (frame->bits > 0)
        out[at++] = (uint8_t)frame->picture;
    out[at++] = frame->base;
    out[at++] = (uint8_t)(frame->layer << 5 | frame->key);
    out[at++] = 0;
    return at;
}

/* The frame as it leaves. */
static struct vp8_descriptor sent(struct vp8_map *map, struct frame frame,
                                  bool newest)
{
    uint8_t bytes[16];
    size_t length = write_frame(&frame, bytes);
    struct vp8_descriptor read = vp8_read(slice(bytes, length));

    vp8_map_pass(map, &read, newest);
    vp8_map_write(map, &read, bytes);
    read = vp8_read(slice(bytes, length));
    assert_true(read.whole);
    assert_int_equal(bytes[length - 2] >> 5, frame.layer);
    return read;
}

#define assert_numbers(read, picture, base, key)                               \
    do {                                                                       \
        struct vp8_descriptor is = (read);                                     \
        assert_int_equal(is.numbers[VP8_PICTURE].value, picture);              \
        assert_int_equal(is.numbers[VP8_BASE].value, base);                    \
        assert_int_equal(is.numbers[VP8_KEY].value, key);                      \
    } while (0)

static void the_first_source_keeps_its_numbers(void **state)
{
    struct vp8_map map = { 0 };

    (void)state;
    assert_numbers(sent(&map, (struct frame){ 15, 5, 6, 7, 3 }, true), 5, 6, 7);
    assert_numbers(sent(&map, (struct frame){ 15, 9, 7, 7, 5 }, true), 9, 7, 7);
}

static void numbers_go_on_over_a_switch(void **state)
{
    struct vp8_map map = { 0 };

    (void)state;
    (void)sent(&map, (struct frame){ 15, 100, 20, 3, 0 }, true);
    (void)sent(&map, (struct frame){ 15, 101, 21, 3, 0 }, true);
    vp8_map_switch(&map);
    assert_numbers(sent(&map, (struct frame){ 15, 30000, 200, 30, 1 }, true),
                   102, 22, 4);
    /* Holes stay holes. */
    assert_numbers(sent(&map, (struct frame){ 15, 30005, 203, 31, 6 }, true),
                   107, 25, 5);
    vp8_map_switch(&map);
    assert_numbers(sent(&map, (struct frame){ 15, 102, 22, 4, 0 }, true), 108,
                   26, 6);
}

static void numbers_wrap_where_the_senders_do(void **state)
{
    struct vp8_map map = { 0 };

    (void)state;
    (void)sent(&map, (struct frame){ 15, 32766, 254, 30, 0 }, true);
    vp8_map_switch(&map);
    assert_numbers(sent(&map, (struct frame){ 15, 10, 10, 10, 0 }, true), 32767,
                   255, 31);
    assert_numbers(sent(&map, (struct frame){ 15, 11, 11, 11, 0 }, true), 0, 0,
                   0);
    vp8_map_switch(&map);
    assert_numbers(sent(&map, (struct frame){ 15, 32767, 255, 31, 0 }, true), 1,
                   1, 1);
    assert_numbers(sent(&map, (struct frame){ 15, 0, 0, 0, 0 }, true), 2, 2, 2);
}

static void a_late_packet_keeps_its_place(void **state)
{
    struct vp8_map map = { 0 };

    (void)state;
    (void)sent(&map, (struct frame){ 15, 100, 20, 3, 0 }, true);
    vp8_map_switch(&map);
    (void)sent(&map, (struct frame){ 15, 500, 60, 8, 0 }, true);
    (void)sent(&map, (struct frame){ 15, 503, 63, 8, 0 }, true);
    assert_numbers(sent(&map, (struct frame){ 15, 501, 61, 8, 0 }, false), 102,
                   22, 4);
    /* The next source goes on behind the newest, not behind the late one. */
    vp8_map_switch(&map);
    assert_numbers(sent(&map, (struct frame){ 15, 0, 0, 0, 0 }, true), 105, 25,
                   5);
}

static void short_ids_stay_short(void **state)
{
    struct vp8_map map = { 0 };
    struct vp8_descriptor read;

    (void)state;
    (void)sent(&map, (struct frame){ 7, 126, 0, 0, 0 }, true);
    vp8_map_switch(&map);
    read = sent(&map, (struct frame){ 7, 3, 0, 0, 0 }, true);
    assert_int_equal(read.numbers[VP8_PICTURE].bits, 7);
    assert_int_equal(read.numbers[VP8_PICTURE].value, 127);
    read = sent(&map, (struct frame){ 7, 4, 0, 0, 0 }, true);
    assert_int_equal(read.numbers[VP8_PICTURE].value, 0);
    /* Behind a source with long ones. */
    vp8_map_switch(&map);
    read = sent(&map, (struct frame){ 15, 1000, 0, 0, 0 }, true);
    assert_int_equal(read.numbers[VP8_PICTURE].value, 1);
}

static void a_source_without_them_gets_none(void **state)
{
    struct vp8_map map = { 0 };
    uint8_t bare[] = { 0x10, 0x00 };
    struct vp8_descriptor read = vp8_read(slice(bare, sizeof(bare)));

    (void)state;
    (void)sent(&map, (struct frame){ 15, 100, 20, 3, 0 }, true);
    vp8_map_switch(&map);
    vp8_map_pass(&map, &read, true);
    vp8_map_write(&map, &read, bare);
    assert_int_equal(bare[0], 0x10);
    assert_int_equal(bare[1], 0x00);
    /* They go on from where they were left. */
    vp8_map_switch(&map);
    assert_numbers(sent(&map, (struct frame){ 15, 7, 7, 7, 0 }, true), 101, 21,
                   4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_a_key_frame),
        cmocka_unit_test(reads_what_is_there),
        cmocka_unit_test(the_first_source_keeps_its_numbers),
        cmocka_unit_test(numbers_go_on_over_a_switch),
        cmocka_unit_test(numbers_wrap_where_the_senders_do),
        cmocka_unit_test(a_late_packet_keeps_its_place),
        cmocka_unit_test(short_ids_stay_short),
        cmocka_unit_test(a_source_without_them_gets_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
