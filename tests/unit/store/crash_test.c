/* kill -9 in the middle of appends: what was acknowledged is there. */
#include "tests/unit/store/given.h"

#include "signaling/store/verify.h"

#include <signal.h>
#include <sys/wait.h>

#define STREAMS 8
#define ROUNDS  25

/* What the child tells through the pipe: this is durable. */
struct acknowledged {
    uint32_t stream;
    uint64_t seq;
};

static struct stream_id stream_number(uint32_t number)
{
    struct stream_id stream = { .kind = STREAM_CONSULTATION };

    memset(stream.bytes, (int)number + 1, sizeof(stream.bytes));
    return stream;
}

/* ---- the child: appends as fast as it can until it is killed
 * ----------------- */

struct writer_child {
    struct store *store;
    int pipe;
    struct lane {
        struct writer_child *child;
        struct acknowledged next;
    } lanes[STREAMS];
};

static void append_next(struct lane *lane);

static void tell_and_go_on(void *arg, const struct append_answer *answer)
{
    struct lane *lane = arg;

    if (answer->result != APPEND_COMMITTED ||
        write(lane->child->pipe, &lane->next, sizeof(lane->next)) !=
            sizeof(lane->next))
        _exit(1);
    lane->next.seq += 1;
    append_next(lane);
}

static void append_next(struct lane *lane)
{
    struct stream_id stream = stream_number(lane->next.stream);
    struct append *append = one_event(stream, lane->next.seq, "{}");

    append_text(append, visit_of(stream), TEXT_NOTE, 1, 1, ROLE_DOCTOR,
                slice_of_text("the newest note"));
    store_append(lane->child->store, append, tell_and_go_on, lane);
}

static void run_child(struct given *given, int pipe_end)
{
    struct writer_child child = { .pipe = pipe_end };
    char error[300];

    if (given_open(given, error, sizeof(error)) != 0)
        _exit(2);
    child.store = given->store;
    for (uint32_t i = 0; i < STREAMS; i++) {
        child.lanes[i] = (struct lane){ &child, { .stream = i } };
        child.lanes[i].next.seq = head_now(child.store, stream_number(i)) + 1;
        append_next(&child.lanes[i]);
    }
    for (;;)
        turn(child.store);
}

/* ---- the parent
 * --------------------------------------------------------------- */

static int run_verify(struct reader_of_store *reader, void *arg)
{
    return store_verify(reader, arg);
}

/* Kills after so many acknowledgements; keeps the newest of each stream. */
static void kill_a_writer(struct given *given, unsigned after,
                          uint64_t newest[STREAMS])
{
    struct acknowledged told;
    int ends[2], status;
    unsigned count = 0;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        run_child(given, ends[1]);
    }
    close(ends[1]);
    while (read(ends[0], &told, sizeof(told)) == sizeof(told)) {
        newest[told.stream] = told.seq;
        if (++count == after)
            assert_int_equal(kill(child, SIGKILL), 0);
    }
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void nothing_acknowledged_is_lost(void **state)
{
    struct given given;
    uint64_t newest[STREAMS] = { 0 };
    uint64_t events = 0;

    (void)state;
    log_threshold(LOG_LEVEL_ERROR);
    given_folder(&given);
    for (unsigned round = 0; round < ROUNDS; round++) {
        char error[300];
        kill_a_writer(&given, 1 + round * 7, newest);
        assert_int_equal(given_open(&given, error, sizeof(error)), 0);

        struct verify_report report;
        assert_int_equal(store_ask_now(given.store, run_verify, &report), 0);
        assert_int_equal(report.fault, VERIFY_FINE);
        events = 0;
        for (uint32_t i = 0; i < STREAMS; i++) {
            uint64_t head = head_now(given.store, stream_number(i));
            assert_true(head >= newest[i]);
            /* At most the one in flight was not told. */
            assert_true(head <= newest[i] + 1);
            newest[i] = head;
            events += head;
        }
        assert_int_equal(report.events, events);
        store_close(given.store);
        given.store = NULL;
    }
    assert_true(events > ROUNDS * STREAMS);
    given_remove(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
