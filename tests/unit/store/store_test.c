/* store: what is appended comes back, in whole or not at all, once. */
#include "signaling/store/connection.h"
#include "tests/unit/store/given.h"

#include <semaphore.h>
#include <sys/wait.h>

static void an_event_comes_back(void **state)
{
    struct given *given = *state;
    struct stream_copy copy = { .stream = new_stream(STREAM_CONSULTATION) };
    struct append *append = new_append();

    add_event(append, copy.stream, 1, "{\"a\":1}");
    add_event(append, copy.stream, 2, "");
    struct append_answer answer = append_now(given->store, append);
    assert_int_equal(answer.result, APPEND_COMMITTED);
    assert_int_equal(answer.first_seq, 1);
    assert_int_equal(answer.seq, 2);

    assert_int_equal(store_ask_now(given->store, run_copy, &copy), 0);
    assert_int_equal(copy.count, 2);
    assert_int_equal(copy.events[0].seq, 1);
    assert_int_equal(copy.events[0].at_ms, 1001);
    assert_int_equal(copy.events[0].role, ROLE_SECRETARY);
    assert_string_equal(copy.events[0].kind, "arrived");
    assert_string_equal(copy.events[0].record, "{\"a\":1}");
    assert_string_equal(copy.events[1].record, "");
    assert_int_equal(head_now(given->store, copy.stream), 2);

    copy.after = 1;
    assert_int_equal(store_ask_now(given->store, run_copy, &copy), 0);
    assert_int_equal(copy.count, 1);
    assert_int_equal(copy.events[0].seq, 2);
}

static void an_unknown_stream_is_empty(void **state)
{
    struct given *given = *state;
    struct stream_copy copy = { .stream = new_stream(STREAM_AGENDA) };

    assert_int_equal(store_ask_now(given->store, run_copy, &copy), 0);
    assert_int_equal(copy.count, 0);
    assert_int_equal(head_now(given->store, copy.stream), 0);
}

static void another_head_is_a_conflict(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);

    append_now(given->store, one_event(stream, 1, "first"));
    static const uint64_t wrong[] = { 1, 3, 100 };
    for (size_t i = 0; i < 3; i++) {
        struct append_answer answer =
            append_now(given->store, one_event(stream, wrong[i], "late"));
        assert_int_equal(answer.result, APPEND_CONFLICT);
        assert_int_equal(answer.seq, 0);
    }
    struct append_answer gap = append_now(
        given->store, one_event(new_stream(STREAM_AGENDA), 2, "no first"));
    assert_int_equal(gap.result, APPEND_CONFLICT);
    assert_int_equal(head_now(given->store, stream), 1);
}

struct asked_command {
    struct stream_id stream;
    struct command_id command;
    const uint8_t *content;
    struct append_answer answer;
};

static int run_command(struct reader_of_store *reader, void *arg)
{
    struct asked_command *asked = arg;

    return read_command(reader, asked->stream, given_actor, asked->command,
                        asked->content, &asked->answer);
}

static struct append *append_of(struct command_id command,
                                const uint8_t content[32],
                                struct stream_id stream, uint64_t seq)
{
    struct append *append = append_new(command, given_actor, content);

    add_event(append, stream, seq, "{}");
    return append;
}

static void a_command_is_carried_out_once(void **state)
{
    static const uint8_t other[32] = "something else";
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct command_id command = new_command();

    append_now(given->store, one_event(stream, 1, "before"));
    append_now(given->store, append_of(command, given_content, stream, 2));
    append_now(given->store, one_event(stream, 3, "after"));

    struct append_answer again =
        append_now(given->store, append_of(command, given_content, stream, 4));
    assert_int_equal(again.result, APPEND_REPEATED);
    assert_int_equal(again.first_seq, 2);
    assert_int_equal(again.seq, 2);
    again = append_now(given->store, append_of(command, other, stream, 4));
    assert_int_equal(again.result, APPEND_MISUSED);
    assert_int_equal(head_now(given->store, stream), 3);

    /* The same id from someone else, or for another stream, is another. */
    struct append *stranger =
        append_new(command, (const uint8_t *)"somebody else...", other);
    add_event(stranger, stream, 4, "{}");
    assert_int_equal(append_now(given->store, stranger).result,
                     APPEND_COMMITTED);
    struct stream_id elsewhere = new_stream(STREAM_CONSULTATION);
    assert_int_equal(
        append_now(given->store, append_of(command, other, elsewhere, 1))
            .result,
        APPEND_COMMITTED);
}

static void a_command_can_be_looked_up(void **state)
{
    static const uint8_t other[32] = "something else";
    struct given *given = *state;
    struct asked_command asked = { .stream = new_stream(STREAM_AGENDA),
                                   .command = new_command(),
                                   .content = given_content };

    assert_int_equal(store_ask_now(given->store, run_command, &asked), -ENOENT);
    append_now(given->store,
               append_of(asked.command, given_content, asked.stream, 1));
    assert_int_equal(store_ask_now(given->store, run_command, &asked), 0);
    assert_int_equal(asked.answer.result, APPEND_REPEATED);
    assert_int_equal(asked.answer.seq, 1);
    asked.content = other;
    assert_int_equal(store_ask_now(given->store, run_command, &asked), 0);
    assert_int_equal(asked.answer.result, APPEND_MISUSED);
}

static void streams_are_written_together_or_not_at_all(void **state)
{
    struct given *given = *state;
    struct stream_id visit = new_stream(STREAM_CONSULTATION);
    struct stream_id agenda = new_stream(STREAM_AGENDA);

    struct append *both = new_append();
    add_event(both, visit, 1, "visit");
    add_event(both, agenda, 1, "agenda");
    add_event(both, visit, 2, "visit again");
    struct append_answer answer = append_now(given->store, both);
    assert_int_equal(answer.result, APPEND_COMMITTED);
    assert_int_equal(answer.seq, 2);

    /* The agenda moved on meanwhile: the visit must not. */
    append_now(given->store, one_event(agenda, 2, "someone else"));
    struct append *stale = new_append();
    add_event(stale, visit, 3, "visit");
    append_text(stale, visit_of(visit), TEXT_NOTE, 1, 5, ROLE_DOCTOR,
                slice_of_text("a note"));
    add_event(stale, agenda, 2, "agenda");
    assert_int_equal(append_now(given->store, stale).result, APPEND_CONFLICT);
    assert_int_equal(head_now(given->store, visit), 2);
    assert_int_equal(head_now(given->store, agenda), 2);
}

static void all_that_wait_are_answered(void **state)
{
    enum { STREAMS = 20, EACH = 10 };
    struct given *given = *state;
    struct stream_id streams[STREAMS];
    struct waited waited[STREAMS * EACH] = { { .answered = false } };

    for (size_t i = 0; i < STREAMS; i++)
        streams[i] = new_stream(STREAM_CONSULTATION);
    for (size_t i = 0; i < STREAMS * EACH; i++)
        store_append(given->store,
                     one_event(streams[i % STREAMS], i / STREAMS + 1, "{}"),
                     take_answer, &waited[i]);
    for (size_t i = 0; i < STREAMS * EACH; i++) {
        while (!waited[i].answered)
            turn(given->store);
        /* In order within each stream, though 200 waited at once. */
        assert_int_equal(waited[i].answer.result, APPEND_COMMITTED);
        assert_int_equal(waited[i].answer.seq, i / STREAMS + 1);
    }
}

static void of_two_for_one_place_one_wins(void **state)
{
    struct given *given = *state;
    struct stream_id agenda = new_stream(STREAM_AGENDA);
    struct waited waited[50] = { { .answered = false } };
    size_t committed = 0;

    for (size_t i = 0; i < 50; i++)
        store_append(given->store, one_event(agenda, 1, "mine"), take_answer,
                     &waited[i]);
    for (size_t i = 0; i < 50; i++) {
        while (!waited[i].answered)
            turn(given->store);
        committed += waited[i].answer.result == APPEND_COMMITTED;
    }
    assert_int_equal(committed, 1);
    assert_int_equal(waited[0].answer.result, APPEND_COMMITTED);
}

static void closing_finishes_what_was_accepted(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CLINIC);
    struct waited waited[100] = { { .answered = false } };

    for (size_t i = 0; i < 100; i++)
        store_append(given->store, one_event(stream, i + 1, "{}"), take_answer,
                     &waited[i]);
    given_reopen(given);
    for (size_t i = 0; i < 100; i++) {
        assert_true(waited[i].answered);
        assert_int_equal(waited[i].answer.result, APPEND_COMMITTED);
    }
    assert_int_equal(head_now(given->store, stream), 100);
}

/* ---- opening --------------------------------------------------------------
 */

static void another_master_key_is_refused(void **state)
{
    struct given *given = *state;
    struct store_options options = { .url = given->path };
    struct store *other = NULL;
    char error[300] = "";
    static const uint8_t wiped[32];

    store_close(given->store);
    given->store = NULL;
    memset(options.master_key, 7, 32);
    assert_int_equal(store_open(&options, &other, error, sizeof(error)),
                     -EACCES);
    assert_non_null(strstr(error, "master key"));
    assert_memory_equal(options.master_key, wiped, 32);
    assert_int_equal(given_open(given, error, sizeof(error)), 0);
}

static void a_second_process_is_refused(void **state)
{
    struct given *given = *state;
    struct given second = *given;
    char error[300] = "", number[32];

    ONLY_WITH_FILES();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int err = given_open(&second, error, sizeof(error));
        snprintf(number, sizeof(number), "process %ld", (long)getppid());
        _exit(err == -EBUSY && strstr(error, "server is running") &&
                      strstr(error, number)
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    /* Nor is the first one's hold lost by the try. */
    assert_int_equal(given_open(&second, error, sizeof(error)), -EBUSY);
}

static void only_the_owner_reads_the_files(void **state)
{
    struct given *given = *state;
    static const char *const ends[] = { "", "-wal", "-shm", "-lock" };

    ONLY_WITH_FILES();
    append_now(given->store,
               one_event(new_stream(STREAM_AGENDA), 1, "something"));
    for (size_t i = 0; i < 4; i++) {
        char path[192];
        struct stat found;
        snprintf(path, sizeof(path), "%s%s", given->path, ends[i]);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 0777, 0600);
    }
}

static void a_strange_url_is_refused(void **state)
{
    struct store_options options = { .url = "mysql://u:secret@db/v" };
    struct store *store = NULL;
    char error[300] = "";

    (void)state;
    assert_int_equal(store_open(&options, &store, error, sizeof(error)),
                     -ENOSYS);
    assert_null(strstr(error, "secret"));
    options.url = "/nowhere/at/all/v.db";
    assert_true(store_open(&options, &store, error, sizeof(error)) < 0);
    assert_non_null(strstr(error, "/nowhere/at/all"));
}

/* ---- asks that share a reading ---------------------------------------------
 */

/* One ask holds the reading thread, so that the others come together. */
struct holding {
    sem_t runs;
    sem_t may_end;
};

static int run_hold(struct reader_of_store *reader, void *arg)
{
    struct holding *holding = arg;

    (void)reader;
    sem_post(&holding->runs);
    sem_wait(&holding->may_end);
    return 0;
}

struct asked {
    struct head_copy copy;
    bool spoils;
    bool done;
    int status;
};

static int run_asked(struct reader_of_store *reader, void *arg)
{
    struct asked *asked = arg;

    if (asked->spoils) /* a server is deaf until that transaction is over */
        return sql_run(reader->sql, "SELECT nothing FROM nowhere",
                       SQL_NO_VALUES, NULL, NULL);
    return run_head(reader, &asked->copy);
}

static void take_asked(void *arg, int status)
{
    struct asked *asked = arg;

    asked->done = true;
    asked->status = status;
}

static void asks_that_come_together_stay_apart(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct asked asked[40] = { { .spoils = false } };
    struct holding holding;
    int kept = hush();

    sem_init(&holding.runs, 0, 0);
    sem_init(&holding.may_end, 0, 0);
    store_ask(given->store, run_hold, NULL, &holding);
    sem_wait(&holding.runs);
    append_now(given->store, one_event(stream, 1, "acknowledged before"));
    for (size_t i = 0; i < 40; i++) {
        asked[i].copy.stream = stream;
        asked[i].spoils = i % 3 == 1;
        store_ask(given->store, run_asked, take_asked, &asked[i]);
    }
    sem_post(&holding.may_end);
    for (size_t i = 0; i < 40; i++)
        while (!asked[i].done)
            turn(given->store);
    unhush(kept);
    for (size_t i = 0; i < 40; i++) {
        assert_true(asked[i].spoils ? asked[i].status < 0
                                    : asked[i].status == 0);
        assert_true(asked[i].spoils || asked[i].copy.seq == 1);
    }
    sem_destroy(&holding.runs);
    sem_destroy(&holding.may_end);
}

int main(void)
{
#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, given_store, then_removed)
    const struct CMUnitTest tests[] = {
        with_store(an_event_comes_back),
        with_store(an_unknown_stream_is_empty),
        with_store(another_head_is_a_conflict),
        with_store(a_command_is_carried_out_once),
        with_store(a_command_can_be_looked_up),
        with_store(streams_are_written_together_or_not_at_all),
        with_store(all_that_wait_are_answered),
        with_store(of_two_for_one_place_one_wins),
        with_store(asks_that_come_together_stay_apart),
        with_store(closing_finishes_what_was_accepted),
        with_store(another_master_key_is_refused),
        with_store(a_second_process_is_refused),
        with_store(only_the_owner_reads_the_files),
        cmocka_unit_test(a_strange_url_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
