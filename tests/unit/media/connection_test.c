#include "media/connection.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/certificates.h"

struct line {
    int far; /* the other end */
    SSL *far_tls;
    struct connection near;
    SSL_CTX *contexts[2];
    struct certificates certificates;
};

static int begin(void **state)
{
    struct line *line = calloc(1, sizeof(*line));
    struct control_visitor visitor = { 0 };
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends),
                     0);
    line->far = ends[1];
    visitor.fd = ends[0];
    assert_int_equal(connection_init(&line->near, &visitor, 1), 0);
    assert_true(line->near.open);
    *state = line;
    return 0;
}

static SSL_CTX *context(struct line *line, const char *name)
{
    struct mutual_tls_files files =
        certificates_of(&line->certificates, name, "authority");
    char error[MUTUAL_TLS_ERROR_TEXT];
    SSL_CTX *ctx;

    assert_int_equal(mutual_tls_new(&files, &ctx, error), 0);
    return ctx;
}

/* The same by TLS; far's certificate is of this name. Both sides have said all
 * that they can say. */
static void begin_tls_as(struct line *line, const char *far)
{
    struct control_visitor visitor = { 0 };
    int ends[2];

    (void)signal(SIGPIPE, SIG_IGN);
    certificates_begin(&line->certificates);
    line->contexts[0] = context(line, "relay");
    line->contexts[1] = context(line, far);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends),
                     0);
    line->far = ends[1];
    line->far_tls =
        mutual_tls_begin(line->contexts[1], MUTUAL_TLS_CLIENT, ends[1]);
    visitor.fd = ends[0];
    visitor.tls =
        mutual_tls_begin(line->contexts[0], MUTUAL_TLS_SERVER, ends[0]);
    assert_int_equal(connection_init(&line->near, &visitor, 1), 0);
    for (int i = 0; i < 6 && !line->near.doomed; i++) {
        assert_false(line->near.open);
        (void)mutual_tls_shake(line->far_tls);
        connection_shake(&line->near);
        if (line->near.open)
            break;
    }
}

static int begin_tls(void **state)
{
    struct line *line = calloc(1, sizeof(*line));

    begin_tls_as(line, "node");
    assert_true(line->near.open);
    *state = line;
    return 0;
}

static int end(void **state)
{
    struct line *line = *state;

    connection_release(&line->near);
    SSL_free(line->far_tls);
    close(line->far);
    if (line->contexts[0])
        certificates_end(&line->certificates);
    SSL_CTX_free(line->contexts[0]);
    SSL_CTX_free(line->contexts[1]);
    free(line);
    return 0;
}

static void hear(struct line *line, const char *text)
{
    ssize_t put = line->far_tls
                      ? mutual_tls_write(line->far_tls, text, strlen(text))
                      : write(line->far, text, strlen(text));

    assert_int_equal(put, strlen(text));
    while (connection_receive(&line->near))
        ;
}

static ssize_t far_read(struct line *line, char *out, size_t size)
{
    return line->far_tls ? mutual_tls_read(line->far_tls, out, size)
                         : read(line->far, out, size);
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
    for (int i = 0; i < 5000 && length < (size_t)30 * 65536; i++) {
        ssize_t n = far_read(line, got + length, sizeof(got) - length);

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

static void assert_nobody_comes_in_as(const char *far)
{
    struct line *line = calloc(1, sizeof(*line));
    char got[64];
    void *state = line;

    begin_tls_as(line, far);
    assert_true(line->near.doomed);
    assert_false(line->near.open);
    assert_null(line->near.in); /* no room was given */
    assert_true(mutual_tls_read(line->far_tls, got, sizeof(got)) < 0);
    end(&state);
}

static void strangers_stay_outside(void **state)
{
    (void)state;
    assert_nobody_comes_in_as("stranger");
    assert_nobody_comes_in_as("late");
    assert_nobody_comes_in_as("relay");
    assert_nobody_comes_in_as("bare");
}

static void plain_words_are_no_handshake(void **state)
{
    struct line *line = calloc(1, sizeof(*line));
    struct control_visitor visitor = { 0 };
    int ends[2];

    certificates_begin(&line->certificates);
    line->contexts[0] = context(line, "relay");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends),
                     0);
    line->far = ends[1];
    visitor.fd = ends[0];
    visitor.tls =
        mutual_tls_begin(line->contexts[0], MUTUAL_TLS_SERVER, ends[0]);
    assert_int_equal(connection_init(&line->near, &visitor, 1), 0);
    connection_shake(&line->near);
    assert_false(line->near.doomed); /* nothing came yet */
    assert_int_equal(write(line->far, "{\"id\":1}\n", 9), 9);
    connection_shake(&line->near);
    assert_true(line->near.doomed);
    *state = line;
    end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_come_whole, begin, end),
        cmocka_unit_test_setup_teardown(a_line_without_end_dooms, begin, end),
        cmocka_unit_test_setup_teardown(a_reader_that_sleeps_dooms, begin, end),
        cmocka_unit_test_setup_teardown(what_waits_is_sent_later_in_order,
                                        begin, end),
        cmocka_unit_test_setup_teardown(lines_come_whole, begin_tls, end),
        cmocka_unit_test_setup_teardown(a_line_without_end_dooms, begin_tls,
                                        end),
        cmocka_unit_test_setup_teardown(a_reader_that_sleeps_dooms, begin_tls,
                                        end),
        cmocka_unit_test_setup_teardown(what_waits_is_sent_later_in_order,
                                        begin_tls, end),
        cmocka_unit_test(strangers_stay_outside),
        cmocka_unit_test(plain_words_are_no_handshake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
