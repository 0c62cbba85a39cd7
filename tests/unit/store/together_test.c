/* together: what becomes of a group when one of it cannot be written. On
 * PostgreSQL a group is first written as one; these are what it is undone for,
 * and written again one by one. */
#include "tests/unit/store/beside.h"

#include "signaling/store/group.h"
#include "signaling/store/verify.h"

#include <pthread.h>
#include <time.h>

#define MEMBERS 5

/* A visit each, with its first event. */
static void new_members(struct stream_id streams[MEMBERS],
                        struct append *members[MEMBERS])
{
    for (size_t i = 0; i < MEMBERS; i++) {
        streams[i] = new_stream(STREAM_CONSULTATION);
        members[i] = one_event(streams[i], 1, "{\"as\":\"written\"}");
    }
}

static void write_group(struct scene *scene, struct append *members[MEMBERS])
{
    int silent = hush(); /* what cannot be written is logged */

    group_write(&scene->writer, members, MEMBERS);
    unhush(silent);
}

static void free_all(struct append *members[MEMBERS])
{
    for (size_t i = 0; i < MEMBERS; i++)
        append_free(members[i]);
}

/* One deadline of a kind is all that a visit may have. */
static void break_a_constraint(struct append *append, struct stream_id stream)
{
    struct deadline twice[2] = { { .kind = 0, .at_ms = 1 },
                                 { .kind = 0, .at_ms = 2 } };

    append_deadlines(append, visit_of(stream), 1, twice, 2);
}

static int run_verify(struct reader_of_store *reader, void *arg)
{
    return store_verify(reader, arg);
}

static void assert_chained(struct scene *scene, uint64_t events)
{
    struct verify_report report;

    assert_int_equal(store_ask_now(scene->given.store, run_verify, &report), 0);
    assert_int_equal(report.fault, VERIFY_FINE);
    assert_int_equal(report.events, events);
}

/* It can be opened, too: its key is there. */
static void assert_stored(struct scene *scene, struct stream_id stream,
                          size_t events)
{
    struct stream_copy copy = { .stream = stream };

    assert_int_equal(store_ask_now(scene->given.store, run_copy, &copy), 0);
    assert_int_equal(copy.count, events);
    assert_int_equal(head_now(scene->given.store, stream), events);
    if (events > 0)
        assert_string_equal(copy.events[0].record, "{\"as\":\"written\"}");
}

static void a_row_that_breaks_a_constraint_keeps_nobody_out(void **state)
{
    struct scene *scene = *state;
    struct stream_id streams[MEMBERS];
    struct append *members[MEMBERS];

    new_members(streams, members);
    break_a_constraint(members[2], streams[2]);
    write_group(scene, members);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(members[i]->answer.result,
                         i == 2 ? APPEND_NOT_STORED : APPEND_COMMITTED);
        assert_int_equal(members[i]->answer.seq, i == 2 ? 0 : 1);
        assert_stored(scene, streams[i], i == 2 ? 0 : 1);
    }
    free_all(members);
    assert_chained(scene, MEMBERS - 1);

    /* Its key was not kept in memory only: what comes next can be read. */
    new_members(streams + 0, members);
    write_group(scene, members);
    for (size_t i = 0; i < MEMBERS; i++)
        assert_stored(scene, streams[i], 1);
    free_all(members);
    assert_chained(scene, 2 * MEMBERS - 1);
}

/* The same again, by the same visit: no key of the undone time is left. */
static void what_was_undone_can_be_written_later(void **state)
{
    struct scene *scene = *state;
    struct stream_id streams[MEMBERS];
    struct append *members[MEMBERS];

    new_members(streams, members);
    break_a_constraint(members[0], streams[0]);
    write_group(scene, members);
    assert_int_equal(members[0]->answer.result, APPEND_NOT_STORED);
    free_all(members);

    struct append *alone = one_event(streams[0], 1, "{\"as\":\"written\"}");
    group_write(&scene->writer, &alone, 1);
    assert_int_equal(alone->answer.result, APPEND_COMMITTED);
    append_free(alone);
    assert_stored(scene, streams[0], 1);
    assert_chained(scene, MEMBERS);
}

/* Each is told its own: committed, conflict, repeated, other content under the
 * same id, not stored. */
static void each_of_a_group_has_its_own_answer(void **state)
{
    struct scene *scene = *state;
    struct stream_id streams[MEMBERS];
    struct append *members[MEMBERS];
    static const uint8_t other_content[32] = "something else";
    static const enum append_result expected[MEMBERS] = {
        APPEND_COMMITTED, APPEND_CONFLICT, APPEND_REPEATED, APPEND_MISUSED,
        APPEND_NOT_STORED
    };
    struct command_id commands[MEMBERS];

    new_members(streams, members);
    write_group(scene, members);
    for (size_t i = 0; i < MEMBERS; i++) {
        commands[i] = members[i]->command;
        append_free(members[i]);
    }

    members[0] = one_event(streams[0], 2, "{}");
    members[1] = one_event(streams[1], 3, "{}");
    members[2] = append_new(commands[2], given_actor, given_content);
    add_event(members[2], streams[2], 2, "{}");
    members[3] = append_new(commands[3], given_actor, other_content);
    add_event(members[3], streams[3], 2, "{}");
    members[4] = one_event(streams[4], 2, "{}");
    break_a_constraint(members[4], streams[4]);
    write_group(scene, members);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(members[i]->answer.result, expected[i]);
        assert_stored(scene, streams[i], i == 0 ? 2 : 1);
    }
    assert_int_equal(members[2]->answer.first_seq, 1);
    free_all(members);
    assert_chained(scene, MEMBERS + 1);
}

static void memory_that_one_lacks_keeps_nobody_out(void **state)
{
    struct scene *scene = *state;
    struct stream_id streams[MEMBERS];
    struct append *members[MEMBERS];

    new_members(streams, members);
    members[4]->failed = true;
    write_group(scene, members);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(members[i]->answer.result,
                         i == 4 ? APPEND_NOT_STORED : APPEND_COMMITTED);
        assert_stored(scene, streams[i], i == 4 ? 0 : 1);
    }
    free_all(members);
    assert_chained(scene, MEMBERS - 1);
}

/* ---- another writer's first event -------------------------------------------
 */

struct writing {
    struct scene *scene;
    struct append **members;
};

static void *write_beside(void *arg)
{
    struct writing *writing = arg;

    group_write(&writing->scene->writer, writing->members, MEMBERS);
    return NULL;
}

static int each_count(void *arg, const struct sql_value *columns)
{
    *(int64_t *)arg = columns[0].number;
    return 0;
}

static void await_one_who_waits(struct sql *sql)
{
    struct timespec moment = { .tv_nsec = 5 * 1000 * 1000 };
    int64_t waiting = 0;

    for (int i = 0; i < 600 && waiting == 0; i++) {
        assert_int_equal(sql_run(sql,
                                 "SELECT count(*) FROM pg_locks "
                                 "WHERE NOT granted",
                                 SQL_NO_VALUES, each_count, &waiting),
                         0);
        nanosleep(&moment, NULL);
    }
    assert_true(waiting > 0);
}

/* A stream that nobody has seen has no head to lock: who comes second learns it
 * only when the rows are not written. */
static void who_was_faster_with_a_new_stream_has_it(void **state)
{
    struct scene *scene = *state;
    struct stream_id streams[MEMBERS];
    struct append *members[MEMBERS];
    struct writing writing = { scene, members };
    struct sql *faster;
    char error[300] = "";
    pthread_t thread;
    uint8_t hash[32] = { 0 };

    if (!given_server())
        return;
    new_members(streams, members);
    assert_int_equal(scene->writer.driver->open(scene->given.path, true,
                                                &faster, error, sizeof(error)),
                     0);
    assert_int_equal(sql_begin(faster, SQL_WRITES), 0);
    assert_int_equal(
        sql_change(faster,
                   "INSERT INTO head (stream_kind, stream, seq, hash) "
                   "VALUES (?1, ?2, 1, ?3)",
                   SQL_VALUES(sql_number(STREAM_CONSULTATION),
                              sql_bytes(streams[3].bytes, ID_BYTES),
                              sql_bytes(hash, sizeof(hash)))),
        1);
    assert_int_equal(pthread_create(&thread, NULL, write_beside, &writing), 0);
    await_one_who_waits(faster);
    assert_int_equal(sql_commit(faster), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    faster->driver->close(faster);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(members[i]->answer.result,
                         i == 3 ? APPEND_CONFLICT : APPEND_COMMITTED);
        if (i != 3)
            assert_stored(scene, streams[i], 1);
    }
    assert_int_equal(head_now(scene->given.store, streams[3]), 1);
    free_all(members);
}

int main(void)
{
#define WITH_SCENE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, scene_new, scene_free)
    const struct CMUnitTest tests[] = {
        WITH_SCENE(a_row_that_breaks_a_constraint_keeps_nobody_out),
        WITH_SCENE(what_was_undone_can_be_written_later),
        WITH_SCENE(each_of_a_group_has_its_own_answer),
        WITH_SCENE(memory_that_one_lacks_keeps_nobody_out),
        WITH_SCENE(who_was_faster_with_a_new_stream_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
