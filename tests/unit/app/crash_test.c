/* Heads that moved under us, and a process that dies between its steps. */
#include "tests/unit/app/given.h"

#include "signaling/app/ledger.h"
#include "signaling/app/record.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static void hear_append(void *arg, const struct append_answer *answer)
{
    assert_int_equal(answer->result, APPEND_COMMITTED);
    *(bool *)arg = true;
}

/* As another node would: an event behind the engine's back. */
static void append_elsewhere(struct given *given, struct stream_id stream,
                             uint64_t seq, const struct event *event)
{
    static const uint8_t nobody[ID_BYTES];
    static const uint8_t nothing[32];
    struct append *append = append_new(random_id(), nobody, nothing);
    char *record = record_write(event);
    bool done = false;

    append_event(append, stream, seq, event_name(event->kind), clock_now_ms(),
                 ROLE_SYSTEM, event->staff, slice_of_text(record));
    free(record);
    store_append(given->app->store, append, hear_append, &done);
    turn_until(given, &done);
}

static void a_moved_head_is_read_and_decided_anew(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct actor patient = a_patient(given, id);
    struct consultation before = state_of(given, id);
    struct event asked = { .kind = EVENT_CALLBACK_ASKED };

    append_elsewhere(given, ledger_visit_stream(id), before.seq + 1, &asked);
    waits(given, patient);
    struct consultation after = state_of(given, id);
    assert_true(after.callback_asked);
    assert_int_equal(after.phase, PHASE_WAITING);

    stop(given);
    start(given);
    struct consultation again = state_of(given, id);
    assert_memory_equal(&again, &after, sizeof(after));
}

static void a_moved_head_may_turn_a_yes_into_a_refusal(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct seen seen = { .done = false };
    struct command book = a_booking(given, clock_now_ms() + 30 * MINUTE_MS);
    struct event taken = {
        .kind = EVENT_SLOT_TAKEN,
        .slot = { .consultation = { { 5 } },
                  .start_ms = book.book.start_ms,
                  .end_ms = book.book.start_ms + 15 * MINUTE_MS },
    };

    engine_state(given->app->engine, id, see, &seen);
    turn_until(given, &seen.done);
    append_elsewhere(given, ledger_agenda_stream(given->doctor.id),
                     seen.agenda.seq + 1, &taken);
    assert_int_equal(submit(given, &book).refusal, REFUSED_OVERLAP);
}

/* What the child says before it dies, in memory both see. */
struct testimony {
    volatile unsigned acknowledged;
    struct consultation_id visits[64];
    uint64_t seqs[64];
};

struct pressing {
    struct given *given;
    struct testimony *testimony;
};

static void press(struct pressing *pressing);

static void pressed(void *arg, const struct answer *answer)
{
    struct pressing *pressing = arg;
    unsigned count = pressing->testimony->acknowledged;

    if (answer->refusal == REFUSED_NOTHING && count < 64) {
        pressing->testimony->visits[count] = answer->consultation;
        pressing->testimony->seqs[count] = answer->seq;
        pressing->testimony->acknowledged = count + 1;
    }
    press(pressing);
}

/* Books one visit after the other, for as long as it lives. */
static void press(struct pressing *pressing)
{
    unsigned count = pressing->testimony->acknowledged;
    struct command book =
        a_booking(pressing->given,
                  clock_now_ms() + (int64_t)(count + 1) * 20 * MINUTE_MS);

    if (count < 64)
        engine_submit(pressing->given->app->engine, &book, pressed, pressing);
}

static void what_was_acknowledged_survives_a_kill(void **state)
{
    struct given *given = *state;
    struct testimony *testimony =
        mmap(NULL, sizeof(*testimony), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(testimony != MAP_FAILED);
    stop(given);
    pid_t child = fork();
    if (child == 0) {
        struct pressing pressing = { given, testimony };
        given->loop = ev_loop_new(EVFLAG_AUTO);
        start(given);
        press(&pressing);
        ev_run(given->loop, 0);
        _exit(0);
    }
    for (int i = 0; i < 10000 && testimony->acknowledged < 7; i++)
        usleep(1000); /* another process: there is no event to await */
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(testimony->acknowledged >= 7);

    start(given);
    for (unsigned i = 0; i < testimony->acknowledged; i++) {
        struct consultation visit = state_of(given, testimony->visits[i]);
        assert_int_equal(visit.phase, PHASE_BOOKED);
        assert_true(visit.seq >= testimony->seqs[i]);
    }
    munmap(testimony, sizeof(*testimony));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, given_new, given_free)
    const struct CMUnitTest tests[] = {
        CASE(a_moved_head_is_read_and_decided_anew),
        CASE(a_moved_head_may_turn_a_yes_into_a_refusal),
        CASE(what_was_acknowledged_survives_a_kill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
