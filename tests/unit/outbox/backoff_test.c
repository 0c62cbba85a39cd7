#include "signaling/outbox/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOON 1795700000000

static struct backoff after(uint32_t attempts)
{
    return (struct backoff){
        .row = 7, .attempts = attempts, .created_ms = NOON, .now_ms = NOON
    };
}

static void waits_double_up_to_a_cap(void **state)
{
    int64_t at_least = BACKOFF_FIRST_MS;

    (void)state;
    for (uint32_t attempts = 0; attempts < 40; attempts++) {
        struct backoff backoff = after(attempts);
        int64_t wait = backoff_wait_ms(&backoff);

        assert_in_range(wait, at_least, at_least + at_least / 4);
        at_least =
            at_least * 2 < BACKOFF_CAP_MS ? at_least * 2 : BACKOFF_CAP_MS;
    }
    /* However long it went on, nothing wraps. */
    assert_in_range(
        backoff_wait_ms(&(struct backoff){ .row = -1, .attempts = UINT32_MAX }),
        BACKOFF_CAP_MS, BACKOFF_CAP_MS + BACKOFF_CAP_MS / 4);
}

static void rows_that_failed_together_come_back_apart(void **state)
{
    struct backoff one = after(3);
    struct backoff other = after(3);

    (void)state;
    other.row = 8;
    assert_int_not_equal(backoff_wait_ms(&one), backoff_wait_ms(&other));
}

static void what_was_asked_is_waited_for_within_reason(void **state)
{
    struct backoff backoff = after(0);
    struct outcome outcome = outcome_of_http(429, 120, false);

    (void)state;
    assert_int_equal(outcome.kind, OUTCOME_RETRY);
    assert_int_equal(backoff_next_ms(&backoff, &outcome), NOON + 120000);
    outcome = outcome_of_http(429, 80000, false);
    assert_int_equal(backoff_next_ms(&backoff, &outcome),
                     NOON + BACKOFF_ASKED_MAX);
}

static void gives_up_after_a_day_or_a_refusal(void **state)
{
    struct backoff backoff = after(30);
    struct outcome retry = outcome_of(OUTCOME_RETRY, "no_connection");
    struct outcome fetch = outcome_of(OUTCOME_FETCH_FIRST, "timeout");
    struct outcome refused = outcome_of(OUTCOME_REFUSED, "http_404");

    (void)state;
    assert_true(backoff_next_ms(&backoff, &retry) > NOON);
    assert_true(backoff_next_ms(&backoff, &fetch) > NOON);
    assert_int_equal(backoff_next_ms(&backoff, &refused), 0);
    backoff.now_ms = NOON + BACKOFF_GIVE_UP_MS;
    assert_int_equal(backoff_next_ms(&backoff, &retry), 0);
}

static void an_old_order_is_looked_up_first(void **state)
{
    struct backoff backoff = after(1);

    (void)state;
    backoff.now_ms = NOON + BACKOFF_KEY_LIVES_MS;
    assert_false(backoff_key_is_stale(&backoff));
    backoff.now_ms += 1;
    assert_true(backoff_key_is_stale(&backoff));
}

static void each_status_has_its_meaning(void **state)
{
    static const struct {
        long status;
        bool replays;
        enum outcome_kind kind;
        const char *why;
    } rows[] = {
        { 200, true, OUTCOME_DONE, "" },
        { 204, false, OUTCOME_DONE, "" },
        { 302, false, OUTCOME_REFUSED, "http_302" },
        { 400, true, OUTCOME_REFUSED, "http_400" },
        { 401, true, OUTCOME_RETRY, "http_401" },
        { 404, true, OUTCOME_REFUSED, "http_404" },
        { 409, true, OUTCOME_RETRY, "http_409" },
        { 429, true, OUTCOME_RETRY, "http_429" },
        { 500, true, OUTCOME_FETCH_FIRST, "http_500" },
        { 500, false, OUTCOME_RETRY, "http_500" },
        { 503, false, OUTCOME_RETRY, "http_503" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct outcome outcome =
            outcome_of_http(rows[i].status, 0, rows[i].replays);

        assert_int_equal(outcome.kind, rows[i].kind);
        assert_string_equal(outcome.why, rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_a_cap),
        cmocka_unit_test(rows_that_failed_together_come_back_apart),
        cmocka_unit_test(what_was_asked_is_waited_for_within_reason),
        cmocka_unit_test(gives_up_after_a_day_or_a_refusal),
        cmocka_unit_test(an_old_order_is_looked_up_first),
        cmocka_unit_test(each_status_has_its_meaning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
