#include "tests/unit/app/given.h"

#include "signaling/core/access.h"

static void books_and_remembers(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct consultation visit = state_of(given, id);

    assert_int_equal(visit.phase, PHASE_BOOKED);
    assert_string_equal(visit.identity.given, "Zoé");
    assert_int_equal(visit.link_generation, 1);

    stop(given);
    start(given);
    struct consultation again = state_of(given, id);
    assert_memory_equal(&again, &visit, sizeof(visit));
}

static void a_repeated_command_has_the_first_answer(void **state)
{
    struct given *given = *state;
    struct command book = a_booking(given, clock_now_ms() + 5 * MINUTE_MS);
    struct answer first = submit(given, &book);
    struct answer second = submit(given, &book);

    assert_int_equal(first.refusal, REFUSED_NOTHING);
    assert_int_equal(second.refusal, REFUSED_NOTHING);
    assert_memory_equal(&first.consultation, &second.consultation, ID_BYTES);
    assert_int_equal(first.seq, second.seq);
    assert_int_equal(first.first, second.first);

    stop(given);
    start(given);
    second = submit(given, &book);
    assert_int_equal(second.refusal, REFUSED_NOTHING);
    assert_int_equal(first.seq, second.seq);
}

static void the_same_id_for_something_else_is_refused(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct actor patient = a_patient(given, id);

    admitted(given, patient);
    struct command say = a_command(COMMAND_SEND_MESSAGE, patient, id);
    say.text = slice_of_text("Bonjour");
    must(given, &say);
    must(given, &say);
    assert_int_equal(state_of(given, id).messages, 1);
    say.text = slice_of_text("Autre chose");
    assert_int_equal(submit(given, &say).refusal, REFUSED_REPEATED);
    assert_int_equal(state_of(given, id).messages, 1);
}

static void a_repetition_is_ok_when_its_time_has_passed(void **state)
{
    struct given *given = *state;
    struct actor patient = a_patient(given, booked(given));

    waits(given, patient);
    struct command admit =
        a_command(COMMAND_ADMIT, given->doctor_actor, patient.consultation);
    must(given, &admit);
    ended(given, patient, 0);
    must(given, &admit); /* refused anew, but it was done once */
    struct command other =
        a_command(COMMAND_ADMIT, given->doctor_actor, patient.consultation);
    assert_int_equal(submit(given, &other).refusal, REFUSED_ENDED);
}

static void two_bookings_at_once_do_not_overlap(void **state)
{
    struct given *given = *state;
    int64_t start_ms = clock_now_ms() + 5 * MINUTE_MS;
    struct command one = a_booking(given, start_ms);
    struct command two = a_booking(given, start_ms);
    struct heard first = { .done = false };
    struct heard second = { .done = false };

    engine_submit(given->app->engine, &one, hear, &first);
    engine_submit(given->app->engine, &two, hear, &second);
    turn_until(given, &first.done);
    turn_until(given, &second.done);
    assert_int_equal(first.answer.refusal, REFUSED_NOTHING);
    assert_int_equal(second.answer.refusal, REFUSED_OVERLAP);
}

static void a_visit_moves_to_another_practitioner(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct command move = a_command(COMMAND_REASSIGN, given->secretary, id);

    move.practitioner = given->other.id;
    move.move.start_ms = clock_now_ms() + 10 * MINUTE_MS;
    move.move.duration_min = 20;
    must(given, &move);
    struct consultation visit = state_of(given, id);
    assert_memory_equal(&visit.practitioner, &given->other.id, ID_BYTES);
    assert_int_equal(access_visit(&given->doctor_actor, &visit),
                     REFUSED_UNKNOWN);

    stop(given);
    start(given);
    struct consultation again = state_of(given, id);
    assert_memory_equal(&again, &visit, sizeof(visit));
    move = a_command(COMMAND_REASSIGN, given->secretary, id);
    move.practitioner = given->other.id;
    assert_int_equal(submit(given, &move).refusal, REFUSED_INVALID);
}

static void a_reason_comes_from_the_list(void **state)
{
    struct given *given = *state;
    struct command book = a_booking(given, clock_now_ms() + 5 * MINUTE_MS);

    strcpy(book.book.reason, "mal au ventre");
    assert_int_equal(submit(given, &book).refusal, REFUSED_INVALID);
}

static void an_unknown_visit_is_refused(void **state)
{
    struct given *given = *state;
    struct consultation_id nowhere = { { 1, 2, 3 } };
    struct command admit =
        a_command(COMMAND_ADMIT, given->doctor_actor, nowhere);
    struct answer answer = submit(given, &admit);

    assert_int_equal(answer.refusal, REFUSED_UNKNOWN);
}

static void a_delay_is_told_to_the_agenda(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct command delay = {
        .kind = COMMAND_TELL_DELAY,
        .id = random_id(),
        .actor = given->doctor_actor,
        .practitioner = given->doctor.id,
        .delay = { .minutes = 10 },
    };
    struct seen seen = { .done = false };

    assert_int_equal(submit(given, &delay).refusal, REFUSED_NOTHING);
    engine_state(given->app->engine, id, see, &seen);
    turn_until(given, &seen.done);
    assert_int_equal(seen.agenda.delay_min, 10);
}

struct moves {
    unsigned visits;
    unsigned agendas;
    uint64_t seq;
};

static void count_move(void *arg, const struct app_moved *moved)
{
    struct moves *moves = arg;

    if (!consultation_id_is_none(moved->visit)) {
        moves->visits += 1;
        moves->seq = moved->seq;
    } else {
        moves->agendas += 1;
    }
}

static void what_moved_is_told(void **state)
{
    struct given *given = *state;
    struct moves moves = { 0 };

    app_on_moved(given->app, count_move, &moves);
    struct consultation_id id = booked(given);
    assert_int_equal(moves.visits, 1);
    assert_int_equal(moves.agendas, 1);
    assert_int_equal(moves.seq, state_of(given, id).seq);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, given_new, given_free)
    const struct CMUnitTest tests[] = {
        CASE(books_and_remembers),
        CASE(a_repeated_command_has_the_first_answer),
        CASE(the_same_id_for_something_else_is_refused),
        CASE(a_repetition_is_ok_when_its_time_has_passed),
        CASE(two_bookings_at_once_do_not_overlap),
        CASE(a_visit_moves_to_another_practitioner),
        CASE(a_reason_comes_from_the_list),
        CASE(an_unknown_visit_is_refused),
        CASE(a_delay_is_told_to_the_agenda),
        CASE(what_moved_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
