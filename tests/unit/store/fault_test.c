/* The n-th write or sync fails, the disk is full, the power goes: for every n
 * nothing acknowledged is lost, nothing refused turns up, and it works again
 * afterwards. */
/* What is durable is said by bad_disk: no need of a real one. */
#define GIVEN_ROOT "/dev/shm"
#include "tests/unit/store/given.h"

#include "signaling/store/erase.h"
#include "signaling/store/session.h"
#include "signaling/store/verify.h"
#include "tests/unit/store/bad_disk.h"

#define STEPS 6

struct scene {
    struct given given;
    struct stream_id streams[STEPS];
    struct command_id commands[STEPS];
    enum append_result results[STEPS];
    size_t tried;
    bool session_stored;
    bool erased;
    struct stream_id to_erase;
    unsigned n;
};

/* ---- what is asked of the store
 * ---------------------------------------------- */

static int run_verify(struct reader_of_store *reader, void *arg)
{
    return store_verify(reader, arg);
}

static int run_session_put(struct reader_of_store *writer, void *arg)
{
    struct session session = { .token_hash = "somebody" };

    (void)arg;
    return session_put(writer, &session);
}

static int run_session_find(struct reader_of_store *reader, void *arg)
{
    uint8_t hash[32] = "somebody";

    return session_find(reader, hash, arg);
}

static int run_erase(struct reader_of_store *writer, void *arg)
{
    struct scene *scene = arg;

    return visit_erase(writer, visit_of(scene->to_erase), 1);
}

struct lookup {
    struct scene *scene;
    size_t step;
    struct append_answer answer;
};

static int run_lookup(struct reader_of_store *reader, void *arg)
{
    struct lookup *lookup = arg;
    struct scene *scene = lookup->scene;

    return read_command(reader, scene->streams[lookup->step], given_actor,
                        scene->commands[lookup->step], given_content,
                        &lookup->answer);
}

/* ---- what was promised
 * ---------------------------------------------------------- */

static void check_promises(struct scene *scene, struct store *store,
                           const char *when)
{
    struct verify_report report;
    struct session session;

    assert_int_equal(store_ask_now(store, run_verify, &report), 0);
    if (report.fault != VERIFY_FINE)
        fail_msg("n=%u %s: %s", scene->n, when,
                 verify_fault_names[report.fault]);
    for (size_t i = 0; i < scene->tried; i++) {
        uint64_t head = head_now(store, scene->streams[i]);
        if (scene->results[i] == APPEND_COMMITTED && head != 1)
            fail_msg("n=%u %s: step %zu was lost", scene->n, when, i);
        if (scene->results[i] == APPEND_NOT_STORED && head != 0)
            fail_msg("n=%u %s: step %zu turned up", scene->n, when, i);
    }
    int found = store_ask_now(store, run_session_find, &session);
    if (scene->session_stored && found != 0)
        fail_msg("n=%u %s: a session was lost", scene->n, when);
    struct stream_copy copy = { .stream = scene->to_erase };
    int read = store_ask_now(store, run_copy, &copy);
    if (read != (scene->erased ? -ENOKEY : 0) && scene->erased)
        fail_msg("n=%u %s: an erased visit is back", scene->n, when);
}

/* The power goes now: what does the next start find? */
static void check_after_power_cut(struct scene *scene, unsigned seed,
                                  const char *when)
{
    struct given left;
    char error[300] = "";

    given_folder(&left);
    bad_disk_cut(left.folder, seed);
    if (given_open(&left, error, sizeof(error)) != 0)
        fail_msg("n=%u %s: %s", scene->n, when, error);
    check_promises(scene, left.store, when);
    store_close(left.store);
    given_remove(&left);
}

/* ---- the scene
 * -------------------------------------------------------------------- */

static void try_step(struct scene *scene, size_t i)
{
    struct store *store = scene->given.store;
    struct append *append;
    char large[5000];

    scene->streams[i] = new_stream(STREAM_CONSULTATION);
    scene->commands[i] = new_command();
    append = append_new(scene->commands[i], given_actor, given_content);
    add_event(append, scene->streams[i], 1, "{}");
    if (i % 3 == 2) {
        memset(large, 'x', sizeof(large));
        append_document(append, visit_of(scene->streams[i]),
                        DOCUMENT_PRESCRIPTION, 1, slice(large, sizeof(large)));
    }
    scene->results[i] = append_now(store, append).result;
    scene->tried = i + 1;
    if (scene->results[i] == APPEND_CONFLICT)
        fail_msg("n=%u: step %zu met a conflict", scene->n, i);
}

/* The log is folded into the database in the middle of it (erasing does). */
static void play(struct scene *scene, enum badness badness)
{
    bool cut = false;

    for (size_t i = 0; i < STEPS; i++) {
        try_step(scene, i);
        if (i == 2)
            scene->session_stored =
                store_change_now(scene->given.store, run_session_put, NULL) ==
                0;
        if (i == 4)
            scene->erased =
                store_change_now(scene->given.store, run_erase, scene) == 0;
        if (bad_disk.fired && !cut) {
            /* By turns: all that was written is there, or any part of it. */
            bool all = scene->n % 2 || badness == DISK_SYNC_WARNS;
            check_after_power_cut(scene, all ? 0 : scene->n,
                                  "cut at the fault");
            cut = true;
        }
    }
}

/* What is unknown stays so while the disk is bad, and only so long. */
static void settle_unknown(struct scene *scene, bool mended)
{
    for (size_t i = 0; i < scene->tried; i++) {
        struct lookup lookup = { .scene = scene, .step = i };
        if (scene->results[i] != APPEND_UNKNOWN)
            continue;
        int err = store_ask_now(scene->given.store, run_lookup, &lookup);
        if (!mended) {
            assert_int_equal(err, -EAGAIN);
            continue;
        }
        assert_true(err == 0 || err == -ENOENT);
        scene->results[i] = err == 0 ? APPEND_COMMITTED : APPEND_NOT_STORED;
    }
}

/* True when the fault came. */
static bool run_scene(enum badness badness, unsigned n, size_t *unknown)
{
    struct scene scene = { .n = n };
    char error[300] = "";

    given_folder(&scene.given);
    bad_disk_watch(scene.given.folder);
    if (given_open(&scene.given, error, sizeof(error)) != 0)
        fail_msg("%s", error);
    scene.to_erase = new_stream(STREAM_CONSULTATION);
    append_now(scene.given.store, one_event(scene.to_erase, 1, "{}"));

    bad_disk_becomes(badness, n);
    play(&scene, badness);
    bool fired = bad_disk.fired;
    check_after_power_cut(&scene, n + 1000, "cut before mending");
    settle_unknown(&scene, false);
    bad_disk_becomes(DISK_GOOD, 0);

    /* It works again, and then everything is known. */
    struct append_answer answer = append_now(
        scene.given.store, one_event(new_stream(STREAM_AGENDA), 1, "{}"));
    if (answer.result != APPEND_COMMITTED)
        fail_msg("n=%u: does not work again", n);
    for (size_t i = 0; i < scene.tried; i++)
        *unknown += scene.results[i] == APPEND_UNKNOWN;
    settle_unknown(&scene, true);
    check_promises(&scene, scene.given.store, "mended");
    check_after_power_cut(&scene, n + 2000, "cut after mending");
    given_reopen(&scene.given);
    check_promises(&scene, scene.given.store, "opened again");
    store_close(scene.given.store);
    bad_disk_watch("");
    given_remove(&scene.given);
    return fired;
}

static void for_every_n(enum badness badness, unsigned at_least,
                        size_t *unknown)
{
    unsigned n = 1;

    int kept = hush();
    while (run_scene(badness, n, unknown))
        n += 1;
    unhush(kept);
    if (n <= at_least)
        fail_msg("only %u faults", n - 1);
}

static void any_write_may_fail(void **state)
{
    size_t unknown = 0;

    (void)state;
    for_every_n(DISK_WRITE_FAILS, 40, &unknown);
}

static void any_sync_may_fail(void **state)
{
    size_t unknown = 0;

    (void)state;
    for_every_n(DISK_SYNC_FAILS, 8, &unknown);
    assert_int_equal(unknown, 0); /* the marker makes sure */
}

static void a_sync_that_failed_may_have_worked(void **state)
{
    size_t unknown = 0;

    (void)state;
    for_every_n(DISK_SYNC_WARNS, 8, &unknown);
    assert_int_equal(unknown, 0);
}

static void syncs_may_fail_for_long(void **state)
{
    size_t unknown = 0;

    (void)state;
    for_every_n(DISK_SYNCS_FAIL, 8, &unknown);
    assert_true(unknown > 0); /* nobody could be sure */
}

static void the_disk_may_be_full(void **state)
{
    size_t unknown = 0;

    (void)state;
    for_every_n(DISK_FULL, 40, &unknown);
    assert_int_equal(unknown, 0);
}

static void one_write_may_find_no_space(void **state)
{
    size_t unknown = 0;

    (void)state;
    for_every_n(DISK_FULL_ONCE, 40, &unknown);
    assert_int_equal(unknown, 0);
}

static void a_file_may_not_get_shorter(void **state)
{
    size_t unknown = 0;

    (void)state;
    for_every_n(DISK_STAYS_LONG, 1, &unknown);
    assert_int_equal(unknown, 0);
}

/* ---- the power goes without any fault
 * ------------------------------------------- */

static void power_may_go_at_any_time(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 12; seed++) {
        struct scene scene = { .n = seed };
        char error[300] = "";

        given_folder(&scene.given);
        bad_disk_watch(scene.given.folder);
        assert_int_equal(given_open(&scene.given, error, sizeof(error)), 0);
        scene.to_erase = new_stream(STREAM_CONSULTATION);
        append_now(scene.given.store, one_event(scene.to_erase, 1, "{}"));
        for (size_t i = 0; i < STEPS; i++) {
            try_step(&scene, i);
            if (i == seed % STEPS)
                scene.erased =
                    store_change_now(scene.given.store, run_erase, &scene) == 0;
            check_after_power_cut(&scene, seed * STEPS + (unsigned)i,
                                  "power cut");
        }
        store_close(scene.given.store);
        check_after_power_cut(&scene, seed, "closed");
        bad_disk_watch("");
        given_remove(&scene.given);
    }
}

/* Were syncs missing, these tests would notice. */
static void a_disk_that_lies_is_noticed(void **state)
{
    struct given given, left;
    struct stream_id stream = new_stream(STREAM_AGENDA);
    char error[300] = "";
    bool lost = false;

    (void)state;
    given_folder(&given);
    bad_disk_watch(given.folder);
    assert_int_equal(given_open(&given, error, sizeof(error)), 0);
    bad_disk_becomes(DISK_LIES, 0);
    for (unsigned seed = 1; seed <= 20 && !lost; seed++) {
        assert_int_equal(
            append_now(given.store, one_event(stream, seed, "{}")).result,
            APPEND_COMMITTED);
        given_folder(&left);
        bad_disk_cut(left.folder, seed);
        assert_int_equal(given_open(&left, error, sizeof(error)), 0);
        lost = head_now(left.store, stream) < seed;
        store_close(left.store);
        given_remove(&left);
    }
    assert_true(lost);
    store_close(given.store);
    bad_disk_watch("");
    given_remove(&given);
}

/* ---- opening
 * ------------------------------------------------------------------------ */

static void opening_may_fail_and_says_so(void **state)
{
    static const enum badness kinds[] = { DISK_WRITE_FAILS, DISK_SYNC_FAILS,
                                          DISK_FULL };

    (void)state;
    int kept = hush();
    for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        for (unsigned n = 1;; n++) {
            struct given given;
            char error[300] = "";

            given_folder(&given);
            bad_disk_watch(given.folder);
            bad_disk_becomes(kinds[kind], n);
            int err = given_open(&given, error, sizeof(error));
            bool fired = bad_disk.fired;
            bad_disk_becomes(DISK_GOOD, 0);
            if (err) {
                assert_true(fired);
                assert_true(strlen(error) > 20);
                assert_null(given.store);
                assert_int_equal(given_open(&given, error, sizeof(error)), 0);
            }
            assert_int_equal(
                append_now(given.store,
                           one_event(new_stream(STREAM_AGENDA), 1, "{}"))
                    .result,
                APPEND_COMMITTED);
            store_close(given.store);
            bad_disk_watch("");
            given_remove(&given);
            if (!fired)
                break;
        }
    }
    unhush(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_write_may_fail),
        cmocka_unit_test(any_sync_may_fail),
        cmocka_unit_test(a_sync_that_failed_may_have_worked),
        cmocka_unit_test(syncs_may_fail_for_long),
        cmocka_unit_test(the_disk_may_be_full),
        cmocka_unit_test(one_write_may_find_no_space),
        cmocka_unit_test(a_file_may_not_get_shorter),
        cmocka_unit_test(power_may_go_at_any_time),
        cmocka_unit_test(a_disk_that_lies_is_noticed),
        cmocka_unit_test(opening_may_fail_and_says_so),
    };

    bad_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
