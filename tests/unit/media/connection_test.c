#include "media/connection.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

struct line {
    int far; /* the other end */
    struct connection near;
};

static int begin(void **state)
{
    struct line *line = calloc(1, sizeof(*line));
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends),
                     0);
    line->far = ends[1];
    assert_int_equal(connection_init(&line->near, ends[0], 1), 0);
    *state = line;
    return 0;
}

static int end(void **state)
{
    struct line *line = *state;

    connection_release(&line->near);
    close(line->far);
    free(line);
    return 0;
}

static void hear(struct line *line, const char *text)
{
    assert_int_equal(write(line->far, text, strlen(text)), strlen(text));
    connection_receive(&line->near);
}

static void lines_come_whole(void **state)
{
    struct line *line = *state;
    struct slice one;
    size_t cursor = 0;

    hear(line, "fir");
    assert_false(connection_line(&line->near, &cursor, &one));
    hear(line, "st\nsecond\n\nthi");
    cursor = 0;
    assert_true(connection_line(&line->near, &cursor, &one));
    assert_true(slice_is_text(one, "first"));
    assert_true(connection_line(&line->near, &cursor, &one));
    assert_true(slice_is_text(one, "second"));
    assert_true(connection_line(&line->near, &cursor, &one));
    assert_int_equal(one.length, 0);
    assert_false(connection_line(&line->near, &cursor, &one));
    hear(line, "rd\n");
    cursor = 0;
    assert_true(connection_line(&line->near, &cursor, &one));
    assert_true(slice_is_text(one, "third"));
}

static void a_line_without_end_dooms(void **state)
{
    struct line *line = *state;
    static char text[4096];
    struct slice one;
    size_t cursor;

    memset(text, 'x', sizeof(text) - 1);
    for (int i = 0; i < 60 && !line->near.doomed; i++) {
        hear(line, text);
        cursor = 0;
        assert_false(connection_line(&line->near, &cursor, &one));
    }
    assert_true(line->near.doomed);
}

static void a_reader_that_sleeps_dooms(void **state)
{
    struct line *line = *state;

    for (int i = 0; i < 200 && !line->near.doomed; i++) {
        char *text = malloc(65537);

        memset(text, 'y', 65536);
        text[65536] = '\0';
        connection_say(&line->near, text);
        assert_true(line->near.out_length <= CONNECTION_OUTPUT_MAX);
    }
    assert_true(line->near.doomed);
}

static void what_waits_is_sent_later_in_order(void **state)
{
    struct line *line = *state;
    static char got[8 << 20];
    size_t length = 0, lines = 0;

    for (unsigned i = 0; i < 30; i++) {
        char *text = malloc(65537);

        memset(text, 'a' + (int)(i % 26), 65536);
        text[65535] = '\n';
        text[65536] = '\0';
        connection_say(&line->near, text);
    }
    assert_true(line->near.out_length > 0);
    for (int i = 0; i < 1000 && length < (size_t)30 * 65536; i++) {
        ssize_t n = read(line->far, got + length, sizeof(got) - length);

        length += n > 0 ? (size_t)n : 0;
        connection_flush(&line->near);
    }
    assert_int_equal(length, 30 * 65536);
    for (size_t i = 0; i < length; i++)
        if (got[i] == '\n')
            lines += 1;
        else
            assert_int_equal(got[i], 'a' + (int)(lines % 26));
    assert_int_equal(lines, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_come_whole, begin, end),
        cmocka_unit_test_setup_teardown(a_line_without_end_dooms, begin, end),
        cmocka_unit_test_setup_teardown(a_reader_that_sleeps_dooms, begin, end),
        cmocka_unit_test_setup_teardown(what_waits_is_sent_later_in_order,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
