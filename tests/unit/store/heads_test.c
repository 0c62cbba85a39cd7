/* heads: a copy that was kept elsewhere tells what the log alone cannot: that
 * its end is missing, or all of it. */
#include "tests/unit/store/given.h"

#include "signaling/store/heads.h"
#include "signaling/store/verify.h"

#include <inttypes.h>

#define STREAMS 5
#define LENGTH  4 /* of each */

struct copy {
    struct given *given;
    struct stream_id streams[STREAMS];
    char text[200 * 1200];
    uint64_t lines;
};

static int run_write(struct reader_of_store *reader, void *arg)
{
    struct copy *copy = arg;
    FILE *to = fmemopen(copy->text, sizeof(copy->text), "w");
    int err = heads_write(reader, 1790000000000, to, &copy->lines);

    fclose(to);
    return err;
}

struct comparison {
    struct copy *copy;
    uint64_t lines;
    size_t different;
    struct heads_difference last;
};

static void keep(void *arg, const struct heads_difference *difference)
{
    struct comparison *comparison = arg;

    comparison->different += 1;
    comparison->last = *difference;
}

static int run_compare(struct reader_of_store *reader, void *arg)
{
    struct comparison *comparison = arg;
    char *text = comparison->copy->text;
    FILE *from = fmemopen(text, strlen(text), "r");
    int err = heads_compare(reader, from, keep, comparison, &comparison->lines);

    fclose(from);
    return err;
}

static struct comparison compare(struct copy *copy)
{
    struct comparison comparison = { .copy = copy };

    assert_int_equal(
        store_ask_now(copy->given->store, run_compare, &comparison), 0);
    return comparison;
}

static int run_verify(struct reader_of_store *reader, void *arg)
{
    return store_verify(reader, arg);
}

static enum verify_fault verify_now(struct given *given)
{
    struct verify_report report;

    assert_int_equal(store_ask_now(given->store, run_verify, &report), 0);
    return report.fault;
}

/* Some streams, and the copy of their heads. */
static void given_copy(struct copy *copy, struct given *given)
{
    copy->given = given;
    for (size_t i = 0; i < STREAMS; i++) {
        copy->streams[i] = new_stream((enum stream_kind)(i % 3));
        copy->streams[i].bytes[0] = (uint8_t)i; /* found again by SQL */
        for (uint64_t seq = 1; seq <= LENGTH; seq++)
            append_now(given->store, one_event(copy->streams[i], seq, "{}"));
    }
    assert_int_equal(store_ask_now(given->store, run_write, copy), 0);
    assert_int_equal(copy->lines, STREAMS);
}

static void what_only_grew_agrees(void **state)
{
    static struct copy copy;

    given_copy(&copy, *state);
    assert_int_equal(compare(&copy).different, 0);
    assert_int_equal(compare(&copy).lines, STREAMS);
    append_now(copy.given->store, one_event(copy.streams[0], LENGTH + 1, "{}"));
    append_now(copy.given->store,
               one_event(new_stream(STREAM_AGENDA), 1, "{}"));
    assert_int_equal(compare(&copy).different, 0);
}

/* Cuts streams (all: those whose id begins with any byte) after an event, so
 * that the log agrees with itself. */
static void cut(struct given *given, int stream, uint64_t after)
{
    char sql[1000], which[100] = "1 = 1";

    if (stream >= 0)
        snprintf(which, sizeof(which), "substr(hex(stream), 1, 2) = '%02X'",
                 stream);
    if (given_server() && stream >= 0)
        snprintf(which, sizeof(which), "get_byte(stream, 0) = %d", stream);
    snprintf(sql, sizeof(sql),
             "DELETE FROM event WHERE %s AND seq > %" PRIu64 ";"
             "DELETE FROM head WHERE %s AND NOT EXISTS (SELECT 1 FROM event "
             "WHERE event.stream = head.stream);"
             "UPDATE head SET seq = %" PRIu64
             ", hash = (SELECT hash FROM event "
             "WHERE event.stream = head.stream AND event.seq = %" PRIu64
             ") WHERE %s",
             which, after, which, after, after, which);
    given_sql(given->path, sql);
}

static void every_cut_is_told(void **state)
{
    static struct copy copy;

    (void)state;
    for (int stream = 0; stream < STREAMS; stream++)
        for (uint64_t after = 0; after < LENGTH; after++) {
            void *fresh;
            given_store(&fresh);
            given_copy(&copy, fresh);
            cut(copy.given, stream, after);

            assert_int_equal(verify_now(copy.given), VERIFY_FINE);
            struct comparison found = compare(&copy);
            assert_int_equal(found.different, 1);
            assert_int_equal(found.last.fault,
                             after == 0 ? HEADS_GONE : HEADS_SHORTER);
            assert_int_equal(found.last.kept, LENGTH);
            assert_int_equal(found.last.now, after);
            assert_int_equal(found.last.stream.kind, copy.streams[stream].kind);
            assert_memory_equal(found.last.stream.bytes,
                                copy.streams[stream].bytes, ID_BYTES);
            then_removed(&fresh);
        }
}

/* Somebody with the keys writes the end anew: longer than it was, and whole. */
static void another_history_is_told(void **state)
{
    static struct copy copy;

    given_copy(&copy, *state);
    cut(copy.given, 2, LENGTH - 1);
    given_reopen(copy.given);
    for (uint64_t seq = LENGTH; seq < LENGTH + 3; seq++)
        assert_int_equal(
            append_now(copy.given->store,
                       one_event(copy.streams[2], seq, "{\"x\":1}"))
                .result,
            APPEND_COMMITTED);

    assert_int_equal(verify_now(copy.given), VERIFY_FINE);
    struct comparison found = compare(&copy);
    assert_int_equal(found.different, 1);
    assert_int_equal(found.last.fault, HEADS_OTHER);
    assert_int_equal(found.last.now, LENGTH + 2);
    assert_memory_equal(found.last.stream.bytes, copy.streams[2].bytes,
                        ID_BYTES);
}

static void an_older_database_is_told_whole(void **state)
{
    static struct copy copy;

    given_copy(&copy, *state);
    cut(copy.given, -1, 1);
    assert_int_equal(verify_now(copy.given), VERIFY_FINE);
    assert_int_equal(compare(&copy).different, STREAMS);
}

static void forget(void *arg, const struct append_answer *answer)
{
    (void)arg;
    assert_int_equal(answer->result, APPEND_COMMITTED);
}

/* More than one page of them. */
static void a_large_house_is_copied_whole(void **state)
{
    static struct copy copy;

    copy.given = *state;
    for (size_t i = 0; i < 1001; i++) {
        struct append *append = new_append();
        add_event(append, new_stream(STREAM_CONSULTATION), 1, "{}");
        store_append(copy.given->store, append, forget, NULL);
        if (i % 100 == 0)
            append_now(copy.given->store,
                       one_event(new_stream(STREAM_AGENDA), 1, "{}"));
    }
    append_now(copy.given->store,
               one_event(new_stream(STREAM_CLINIC), 1, "{}"));
    assert_int_equal(store_ask_now(copy.given->store, run_write, &copy), 0);
    assert_int_equal(copy.lines, 1001 + 11 + 1);
    assert_int_equal(compare(&copy).lines, copy.lines);
    assert_int_equal(compare(&copy).different, 0);
}

/* Half a list must not pass for a whole one. */
static void what_is_no_list_is_refused(void **state)
{
    static struct copy copy, changed;

    given_copy(&copy, *state);
    size_t length = strlen(copy.text);
    for (size_t kept = 0; kept < length; kept++) {
        struct comparison comparison = { .copy = &changed };
        changed = copy;
        changed.text[kept] = kept % 2 ? '\0' : '~';
        int err =
            kept == 0 && changed.text[0] == '\0'
                ? -EBADMSG
                : store_ask_now(copy.given->store, run_compare, &comparison);
        bool of_date = kept >= strlen("vestibule heads 1 ") &&
                       kept < strlen("vestibule heads 1 2026-09-21T14:13:20Z");
        if (!of_date && err != -EBADMSG && comparison.different == 0)
            fail_msg("byte %zu: %d", kept, err);
    }
}

int main(void)
{
#define WITH_STORE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, given_store, then_removed)
    const struct CMUnitTest tests[] = {
        WITH_STORE(what_only_grew_agrees),
        cmocka_unit_test(every_cut_is_told),
        WITH_STORE(another_history_is_told),
        WITH_STORE(an_older_database_is_told_whole),
        WITH_STORE(a_large_house_is_copied_whole),
        WITH_STORE(what_is_no_list_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
