#include "base/list.h"
#include "base/map.h"
#include "base/queue.h"
#include "base/reader.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/writer.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void reader_remembers_its_first_failure(void **state)
{
    const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
    struct reader in = reader_of(slice(bytes, sizeof(bytes)));

    (void)state;
    assert_int_equal(reader_u24(&in), 0x010203);
    assert_int_equal(reader_u32(&in), 0);
    assert_true(in.failed);
    assert_int_equal(reader_u8(&in), 0);
}

static void writer_writes_nothing_after_a_failure(void **state)
{
    uint8_t bytes[4] = { 0 };
    struct writer out = writer_into(bytes, sizeof(bytes));

    (void)state;
    writer_u16(&out, 0x0102);
    writer_u32(&out, 7);
    assert_true(out.failed);
    writer_u8(&out, 9);
    assert_int_equal(bytes[2], 0);
    assert_int_equal(writer_done(&out).length, 0);
}

static void map_keeps_finding_through_growth_and_removal(void **state)
{
    struct map map;
    int values[500];

    (void)state;
    map_init(&map);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 500; i++)
            map_put(&map, slice(&i, sizeof(i)), &values[i]);
        assert_int_equal(map.count, 500);
        for (int i = 0; i < 500; i++)
            assert_ptr_equal(map_get(&map, slice(&i, sizeof(i))), &values[i]);
        for (int i = 0; i < 500; i += 2)
            assert_ptr_equal(map_remove(&map, slice(&i, sizeof(i))),
                             &values[i]);
        assert_null(map_get(&map, slice(&(int){ 4 }, sizeof(int))));
    }
    size_t cursor = 0;
    int seen = 0;
    while (map_next(&map, &cursor))
        seen += 1;
    assert_int_equal(seen, 250);
    map_release(&map);
}

static void queue_is_bounded_and_polls_readable(void **state)
{
    struct queue *queue = queue_new(2, sizeof(int));
    struct pollfd poll_queue = { .fd = queue_descriptor(queue),
                                 .events = POLLIN };
    int value = 0;

    (void)state;
    assert_int_equal(poll(&poll_queue, 1, 0), 0);
    assert_true(queue_push(queue, &(int){ 1 }));
    assert_true(queue_push(queue, &(int){ 2 }));
    assert_false(queue_push(queue, &(int){ 3 }));
    assert_int_equal(poll(&poll_queue, 1, 0), 1);
    assert_true(queue_pop(queue, &value));
    assert_int_equal(value, 1);
    queue_close(queue);
    assert_true(queue_wait(queue, &value));
    assert_int_equal(value, 2);
    assert_false(queue_wait(queue, &value));
    assert_int_equal(poll(&poll_queue, 1, 0), 0);
    queue_free(queue);
}

static void base64url_has_one_spelling(void **state)
{
    uint8_t bytes[16], again[16];
    char text[BASE64URL_SIZE(16)];

    (void)state;
    secret_random(bytes, sizeof(bytes));
    text_base64url(slice(bytes, 16), text);
    assert_int_equal(strlen(text), 22);
    assert_int_equal(text_base64url_read(slice_of_text(text), again, 16), 0);
    assert_memory_equal(bytes, again, 16);
    assert_int_equal(text_base64url_read(slice_of_text("AB"), again, 1),
                     -EBADMSG);
    assert_int_equal(text_base64url_read(slice_of_text("AA"), again, 1), 0);
    assert_int_equal(text_base64url_read(slice_of_text("A="), again, 1),
                     -EBADMSG);
}

static void clean_text_is_utf8_without_controls(void **state)
{
    (void)state;
    assert_true(text_is_clean(slice_of_text("Zoé Œ 😀"), false));
    assert_false(text_is_clean(slice_of_text("a\nb"), false));
    assert_true(text_is_clean(slice_of_text("a\nb"), true));
    assert_false(text_is_clean(slice_of_text("\xc0\x80"), true));
    assert_false(text_is_clean(slice_of_text("\xed\xa0\x80"), true));
    assert_false(text_is_clean(slice_of_text("\xf4\x90\x80\x80"), true));
    assert_false(text_is_clean(slice("a\0b", 3), true));
    assert_false(text_is_clean(slice_of_text("\xe2\x82"), true));
}

static void list_keeps_order_and_forgets_removed(void **state)
{
    struct list head, a, b;

    (void)state;
    list_init(&head);
    list_append(&head, &a);
    list_append(&head, &b);
    list_remove(&a);
    list_remove(&a);
    assert_ptr_equal(list_first(&head), &b);
    list_remove(&b);
    assert_true(list_is_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_remembers_its_first_failure),
        cmocka_unit_test(writer_writes_nothing_after_a_failure),
        cmocka_unit_test(map_keeps_finding_through_growth_and_removal),
        cmocka_unit_test(queue_is_bounded_and_polls_readable),
        cmocka_unit_test(base64url_has_one_spelling),
        cmocka_unit_test(clean_text_is_utf8_without_controls),
        cmocka_unit_test(list_keeps_order_and_forgets_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
