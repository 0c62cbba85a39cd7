/* agenda_facts: an agenda is the same from its kept facts and from its log. */
#include "signaling/app/agenda_facts.h"

#include "signaling/store/connection.h"
#include "tests/unit/app/given.h"

static void see_agenda(struct given *given, struct agenda *out)
{
    static struct seen seen;

    memset(&seen, 0, sizeof(seen));
    engine_agenda(given->app->engine, given->doctor.id, see, &seen);
    turn_until(given, &seen.done);
    *out = seen.agenda;
}

/* With nothing in memory. */
static void see_anew(struct given *given, struct agenda *out)
{
    stop(given);
    start(given);
    see_agenda(given, out);
}

static void assert_same(const struct agenda *a, const struct agenda *b)
{
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->last_ms, b->last_ms);
    assert_memory_equal(&a->practitioner, &b->practitioner, ID_BYTES);
    assert_memory_equal(&a->admitted, &b->admitted, ID_BYTES);
    assert_int_equal(a->delay_min, b->delay_min);
    assert_int_equal(a->delay_told_ms, b->delay_told_ms);
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->slots, b->slots, a->count * sizeof(a->slots[0]));
}

static int change_run(struct reader_of_store *writer, void *arg)
{
    return sql_change(writer->sql, arg, SQL_NO_VALUES) >= 0 ? 0 : -1;
}

static void change(struct given *given, const char *text)
{
    assert_int_equal(
        store_change_now(given->app->store, change_run, (void *)(size_t)text),
        0);
}

/* A few visits, and more than enough to keep the facts. */
static void busy_day(struct given *given)
{
    struct command command = a_booking(given, clock_now_ms() + 5 * MINUTE_MS);

    for (int i = 0; i < 3; i++) {
        command.id = random_id();
        assert_int_equal(submit(given, &command).refusal, REFUSED_NOTHING);
        command.book.start_ms += 20 * MINUTE_MS;
    }
    command = (struct command){ .kind = COMMAND_TELL_DELAY,
                                .actor = given->doctor_actor,
                                .practitioner = given->doctor.id };
    for (uint32_t i = 0; i < AGENDA_FACTS_EVERY + 6; i++) {
        command.id = random_id();
        command.delay.minutes = 5 + i % 2 * 5;
        assert_int_equal(submit(given, &command).refusal, REFUSED_NOTHING);
    }
}

static void facts_and_log_agree(void **state)
{
    struct given *given = *state;
    static struct agenda before, after;

    busy_day(given);
    see_agenda(given, &before);
    assert_int_equal(before.count, 3);
    see_anew(given, &after);
    assert_same(&before, &after);

    /* Of a form that is not known here. */
    change(given, "UPDATE folded SET form = form + 98");
    see_anew(given, &after);
    assert_same(&before, &after);
    change(given, "UPDATE folded SET form = form - 98");

    /* Of another moment: they do not open. */
    change(given, "UPDATE folded SET seq = seq - 1");
    see_anew(given, &after);
    assert_same(&before, &after);
    change(given, "UPDATE folded SET seq = seq + 1");

    /* They are used: what they hold is not read. */
    change(given, "DELETE FROM event WHERE stream_kind = 1 AND seq < 10");
    see_anew(given, &after);
    assert_same(&before, &after);
    change(given, "DELETE FROM folded");
    see_anew(given, &after);
    assert_int_equal(after.seq, before.seq - 9);
}

/* The facts of one log beside another one with equal numbers. */
static void facts_of_another_log_are_ignored(void **state)
{
    struct given *given = *state;
    static struct agenda before, after;

    busy_day(given);
    see_agenda(given, &before);
    change(given, "UPDATE event SET hash = previous WHERE stream_kind = 1 "
                  "AND seq = (SELECT seq FROM folded)");
    see_anew(given, &after);
    assert_same(&before, &after);
    change(given, "DELETE FROM event WHERE stream_kind = 1 AND seq < 10");
    see_anew(given, &after);
    assert_int_equal(after.seq, before.seq - 9);
}

static void bytes_are_read_whole(void **state)
{
    static uint8_t bytes[AGENDA_FACTS_MAX + 1];
    static struct agenda agenda, read;
    struct practitioner_id none = { { 0 } };

    (void)state;
    agenda_init(&agenda, none);
    agenda.seq = 77;
    agenda.last_ms = 1234567890123;
    agenda.delay_min = 10;
    agenda.delay_told_ms = 1234567890000;
    agenda.count = AGENDA_SLOTS_MAX;
    secret_random(agenda.admitted.bytes, ID_BYTES);
    for (uint32_t i = 0; i < agenda.count; i++) {
        secret_random(agenda.slots[i].consultation.bytes, ID_BYTES);
        agenda.slots[i].start_ms = i * 1000;
        agenda.slots[i].end_ms = i * 1000 + 1;
    }
    struct slice written = agenda_facts_write(&agenda, bytes);
    assert_int_equal(written.length, AGENDA_FACTS_MAX);
    agenda_init(&read, none);
    assert_true(agenda_facts_read(written, &read));
    assert_same(&agenda, &read);
    assert_false(agenda_facts_read(slice(bytes, written.length - 1), &read));
    assert_false(agenda_facts_read(slice(bytes, written.length + 1), &read));
    bytes[44] = 0xff; /* of the count */
    assert_false(agenda_facts_read(written, &read));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, given_new, given_free)
    const struct CMUnitTest tests[] = {
        CASE(facts_and_log_agree),
        CASE(facts_of_another_log_are_ignored),
        cmocka_unit_test(bytes_are_read_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
