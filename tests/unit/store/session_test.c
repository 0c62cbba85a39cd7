/* session: who is signed in; and how asking and changing work, shown by it. */
#include "tests/unit/store/given.h"

#include "signaling/store/session.h"

/* ---- sessions -------------------------------------------------------------
 */

static int run_session_put(struct reader_of_store *writer, void *arg)
{
    return session_put(writer, arg);
}

static int run_session_find(struct reader_of_store *reader, void *arg)
{
    struct session *session = arg;

    return session_find(reader, session->token_hash, session);
}

static int run_session_remove(struct reader_of_store *writer, void *arg)
{
    const struct session *session = arg;

    return session_remove(writer, session->token_hash);
}

static int run_session_sweep(struct reader_of_store *writer, void *arg)
{
    return session_sweep(writer, *(int64_t *)arg);
}

static void a_session_is_found_until_it_ends(void **state)
{
    struct given *given = *state;
    struct session put = { .token_hash = "a hash",
                           .actor = { .role = ROLE_PATIENT,
                                      .consultation = { "a visit" },
                                      .device_generation = 3 },
                           .created_ms = 1,
                           .expires_ms = 100,
                           .proved_ms = 50 };
    struct session got = { .token_hash = "a hash" };
    int64_t now_ms = 99;

    assert_int_equal(store_ask_now(given->store, run_session_find, &got),
                     -ENOENT);
    assert_int_equal(store_change_now(given->store, run_session_put, &put), 0);
    put.proved_ms = 60;
    assert_int_equal(store_change_now(given->store, run_session_put, &put), 0);
    assert_int_equal(store_ask_now(given->store, run_session_find, &got), 0);
    assert_int_equal(got.actor.role, ROLE_PATIENT);
    assert_int_equal(got.actor.device_generation, 3);
    assert_memory_equal(got.actor.consultation.bytes,
                        put.actor.consultation.bytes, 16);
    assert_int_equal(got.proved_ms, 60);

    store_change_now(given->store, run_session_sweep, &now_ms);
    assert_int_equal(store_ask_now(given->store, run_session_find, &got), 0);
    now_ms = 100;
    store_change_now(given->store, run_session_sweep, &now_ms);
    assert_int_equal(store_ask_now(given->store, run_session_find, &got),
                     -ENOENT);
    store_change_now(given->store, run_session_put, &put);
    store_change_now(given->store, run_session_remove, &put);
    assert_int_equal(store_ask_now(given->store, run_session_find, &got),
                     -ENOENT);
}

/* ---- asking ---------------------------------------------------------------
 */

static int run_half(struct reader_of_store *writer, void *arg)
{
    int err = session_put(writer, arg);

    return err ? err : -EINVAL;
}

static void a_change_that_fails_changes_nothing(void **state)
{
    struct given *given = *state;
    struct session session = { .token_hash = "half" };

    assert_int_equal(store_change_now(given->store, run_half, &session),
                     -EINVAL);
    assert_int_equal(store_ask_now(given->store, run_session_find, &session),
                     -ENOENT);
}

struct told {
    int count;
    int status;
};

static int run_status(struct reader_of_store *reader, void *arg)
{
    (void)reader;
    (void)arg;
    return -ERANGE;
}

static void be_told(void *arg, int status)
{
    struct told *told = arg;

    told->count += 1;
    told->status = status;
}

static void who_asks_is_told_once_on_the_loop(void **state)
{
    struct given *given = *state;
    struct told told = { 0, 0 };

    store_ask(given->store, run_status, be_told, &told);
    store_change(given->store, run_status, be_told, &told);
    assert_int_equal(told.count, 0); /* nobody polled yet */
    while (told.count < 2)
        turn(given->store);
    assert_int_equal(told.status, -ERANGE);
    store_poll(given->store);
    assert_int_equal(told.count, 2);
}

int main(void)
{
#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, given_store, then_removed)
    const struct CMUnitTest tests[] = {
        with_store(a_session_is_found_until_it_ends),
        with_store(a_change_that_fails_changes_nothing),
        with_store(who_asks_is_told_once_on_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
