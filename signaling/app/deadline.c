#include "signaling/app/deadline.h"

#include "signaling/app/clock.h"
#include "signaling/store/due.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdlib.h>

#define ROUND_S      2.0
#define DUE_A_ROUND  32
#define LOOK_MIN_MS  (15LL * 1000) /* between two looks at one checkout */
#define LOOK_MAX_MS  (10LL * 60 * 1000)
#define NO_ANSWER_MS (60LL * 1000)

struct deadlines {
    struct ev_loop *loop;
    struct store *store;
    struct engine *engine;
    struct payments *payments;
    ev_timer round;
    size_t open; /* of this round: the next begins when all are done */
    bool stopped;
};

struct firing {
    struct deadlines *deadlines;
    struct due_deadline due;
    int64_t again_ms; /* 0: it is done with */
    int64_t age_ms;   /* of the checkout */
};

static void firing_end(void *arg, int status)
{
    struct firing *firing = arg;

    (void)status; /* it is due again in the next round */
    firing->deadlines->open -= 1;
    free(firing);
}

static int note_run(struct reader_of_store *writer, void *arg)
{
    struct firing *firing = arg;

    if (firing->again_ms == 0)
        return due_remove(writer, &firing->due);
    return due_postpone(writer, &firing->due, firing->again_ms);
}

static void note(struct firing *firing, int64_t again_ms)
{
    firing->again_ms = again_ms;
    store_change(firing->deadlines->store, note_run, firing_end, firing);
}

/* ---- a visit that nobody came to
 * -------------------------------------------------- */

static void lapsed(void *arg, const struct answer *answer)
{
    struct firing *firing = arg;

    if (answer->refusal == REFUSED_TRY_AGAIN)
        note(firing, clock_now_ms() + NO_ANSWER_MS);
    else if (answer->refusal == REFUSED_NOT_YET)
        note(firing, clock_now_ms() + LOOK_MAX_MS);
    else if (answer->first == EVENT_KINDS)
        note(firing, 0); /* there was nothing to do */
    else
        firing_end(firing, 0); /* its append replaced the deadlines */
}

static void lapse(struct firing *firing)
{
    struct command command = {
        .kind = COMMAND_LAPSE,
        .actor = { .role = ROLE_SYSTEM },
        .consultation = firing->due.visit,
    };
    uint8_t name[ID_BYTES + 9];
    uint8_t hash[32];

    memcpy(name, firing->due.visit.bytes, ID_BYTES);
    for (int i = 0; i < 8; i++)
        name[ID_BYTES + i] = (uint8_t)(firing->due.seq >> (56 - 8 * i));
    name[ID_BYTES + 8] = (uint8_t)firing->due.kind;
    (void)SHA256(name, sizeof(name), hash);
    memcpy(command.id.bytes, hash, ID_BYTES);
    engine_submit(firing->deadlines->engine, &command, lapsed, firing);
}

/* ---- a checkout
 * ---------------------------------------------------------------------- */

/* Seldomer as it gets older. */
static void checked(void *arg, const struct outcome *outcome)
{
    struct firing *firing = arg;
    int64_t wait_ms = firing->age_ms / 4;

    if (wait_ms < LOOK_MIN_MS)
        wait_ms = LOOK_MIN_MS;
    if (wait_ms > LOOK_MAX_MS)
        wait_ms = LOOK_MAX_MS;
    if (outcome->kind == OUTCOME_RETRY && wait_ms < NO_ANSWER_MS)
        wait_ms = NO_ANSWER_MS;
    note(firing, clock_now_ms() + wait_ms);
}

static void check_state(void *arg, const struct consultation *visit,
                        const struct agenda *agenda)
{
    struct firing *firing = arg;
    struct payments *payments = firing->deadlines->payments;

    (void)agenda;
    if (!visit || visit->checkout[0] == '\0') {
        note(firing, 0);
        return;
    }
    if (!payments) {
        note(firing, clock_now_ms() + LOOK_MAX_MS);
        return;
    }
    firing->age_ms = clock_now_ms() - visit->checkout_ms;
    payments_check(payments, visit->id, visit->checkout, checked, firing);
}

static void fire(struct firing *firing)
{
    switch (firing->due.kind) {
    case DEADLINE_LAPSE:
        lapse(firing);
        break;
    case DEADLINE_CHECKOUT:
        engine_state(firing->deadlines->engine, firing->due.visit, check_state,
                     firing);
        break;
    }
}

/* ---- rounds
 * ------------------------------------------------------------------------------
 */

struct round {
    struct deadlines *deadlines;
    int64_t now_ms;
    struct due_deadline due[DUE_A_ROUND];
    size_t count;
};

static int keep_due(void *arg, const struct due_deadline *due)
{
    struct round *round = arg;

    if (round->count < DUE_A_ROUND)
        round->due[round->count++] = *due;
    return 0;
}

static int round_run(struct reader_of_store *reader, void *arg)
{
    struct round *round = arg;

    return due_read(reader, round->now_ms, DUE_A_ROUND, keep_due, round);
}

static void round_done(void *arg, int status)
{
    struct round *round = arg;
    struct deadlines *deadlines = round->deadlines;

    for (size_t i = 0; status == 0 && i < round->count; i++) {
        struct firing *firing = calloc(1, sizeof(*firing));
        assert(firing);
        firing->deadlines = deadlines;
        firing->due = round->due[i];
        deadlines->open += 1;
        fire(firing);
    }
    free(round);
    deadlines->open -= 1;
}

static void on_round(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct deadlines *deadlines = timer->data;

    (void)loop;
    (void)events;
    if (deadlines->open > 0)
        return;
    struct round *round = calloc(1, sizeof(*round));
    assert(round);
    deadlines->open = 1;
    round->deadlines = deadlines;
    round->now_ms = clock_now_ms();
    store_ask(deadlines->store, round_run, round_done, round);
}

struct deadlines *deadlines_new(struct ev_loop *loop, struct store *store,
                                struct engine *engine,
                                struct payments *payments)
{
    struct deadlines *deadlines = calloc(1, sizeof(*deadlines));

    assert(deadlines);
    deadlines->loop = loop;
    deadlines->store = store;
    deadlines->engine = engine;
    deadlines->payments = payments;
    ev_timer_init(&deadlines->round, on_round, ROUND_S, ROUND_S);
    deadlines->round.data = deadlines;
    ev_timer_start(loop, &deadlines->round);
    return deadlines;
}

void deadlines_stop(struct deadlines *deadlines)
{
    if (deadlines)
        ev_timer_stop(deadlines->loop, &deadlines->round);
}

void deadlines_free(struct deadlines *deadlines)
{
    if (!deadlines)
        return;
    deadlines_stop(deadlines);
    free(deadlines);
}
