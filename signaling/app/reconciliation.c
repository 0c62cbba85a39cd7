#include "signaling/app/reconciliation.h"

#include "base/log.h"
#include "signaling/app/clock.h"
#include "signaling/app/payment_news.h"
#include "signaling/app/worker.h"
#include "signaling/outbox/stripe.h"
#include "signaling/store/chore.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define LOOK_S     5.0 /* is it due? A read, seldom more */
#define HOUR_MS    (60 * 60 * 1000LL)
#define DAY_MS     (24 * HOUR_MS)
#define MISSED_MS  (5 * 60 * 1000LL) /* the provider was away: so much later */
#define STATES_MAX 200000 /* ours: a hundred days of a very large house */

static const struct schedule {
    const char *chore;
    int64_t every_ms;
    int64_t back_ms;
} schedules[] = {
    { RECONCILE_DAILY, DAY_MS, 120 * DAY_MS }, /* card schemes' longest */
    { RECONCILE_HOURLY, HOUR_MS, 3 * DAY_MS },
};
#define SCHEDULES (sizeof(schedules) / sizeof(schedules[0]))

struct reconciliation {
    struct payments_options with;
    struct stripe *stripe;
    struct payment_provider provider;
    struct worker *worker; /* one thread */
    ev_timer look;
    ev_timer step;
    struct run *run; /* the one under way, or NULL */
    bool stopped;
};

/* One pass over the provider's list. */
struct run {
    struct reconciliation *reconciliation;
    const struct schedule *schedule;
    int64_t now_ms;
    int64_t again_ms; /* when the chore is to be put off to */
    struct outcome outcome;
    struct payment_state *states; /* those that may be news */
    size_t count;
    size_t capacity;
    size_t at;
    size_t repaired;
    bool incomplete;
};

/* ---- the end --------------------------------------------------------------
 */

static void run_free(struct run *run)
{
    run->reconciliation->run = NULL;
    free(run->states);
    free(run);
}

static int put_off_run(struct reader_of_store *writer, void *arg)
{
    struct run *run = arg;

    return chore_put(writer, run->schedule->chore, run->again_ms);
}

static void put_off_done(void *arg, int status)
{
    (void)status; /* then it is the next time's */
    run_free(arg);
}

static void run_end(struct run *run)
{
    bool whole = run->outcome.kind == OUTCOME_DONE && !run->incomplete;

    log_notice("reconciled chore=%s looked_at=%zu repaired=%zu why=%s",
               run->schedule->chore, run->count, run->repaired,
               whole             ? "-"
               : run->incomplete ? "not_stored"
                                 : run->outcome.why);
    if (whole || run->reconciliation->stopped) {
        run_free(run);
        return;
    }
    run->again_ms = clock_now_ms() + MISSED_MS;
    store_change(run->reconciliation->with.store, put_off_run, put_off_done,
                 run);
}

/* ---- one state after the other --------------------------------------------
 */

static void next_state(struct run *run);

static void told(void *arg, bool stored)
{
    struct run *run = arg;

    run->incomplete |= !stored;
    run->repaired += stored;
    next_state(run);
}

static void compare(void *arg, const struct consultation *visit,
                    const struct agenda *agenda)
{
    struct run *run = arg;
    const struct payment_state *state = &run->states[run->at++];

    (void)agenda;
    /* Without a visit it is another house's on the same account, or erased. */
    if (!visit || payment_news_is_known(state, visit)) {
        run->incomplete |=
            !visit && engine_absent(run->reconciliation->with.engine) ==
                          REFUSED_TRY_AGAIN;
        next_state(run);
        return;
    }
    payment_news_tell(run->reconciliation->with.engine, state, visit->id, told,
                      run);
}

/* Each in a turn of the loop of its own: a list is long. */
static void next_state(struct run *run)
{
    struct reconciliation *reconciliation = run->reconciliation;

    if (reconciliation->stopped) {
        run_end(run);
        return;
    }
    ev_timer_set(&reconciliation->step, 0., 0.);
    ev_timer_start(reconciliation->with.loop, &reconciliation->step);
}

static void on_step(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct reconciliation *reconciliation = timer->data;
    struct run *run = reconciliation->run;
    struct consultation_id visit;

    (void)loop;
    (void)events;
    while (run->at < run->count &&
           !payment_news_visit(&run->states[run->at], &visit))
        run->at += 1;
    if (run->at == run->count)
        run_end(run);
    else
        engine_state(reconciliation->with.engine, visit, compare, run);
}

/* ---- the list -------------------------------------------------------------
 */

static void keep_state(void *arg, const struct payment_state *state)
{
    struct run *run = arg;

    if (state->status == PAYMENT_OPEN || run->count == STATES_MAX)
        return;
    if (run->count == run->capacity) {
        run->capacity = run->capacity ? run->capacity * 2 : 64;
        run->states =
            realloc(run->states, run->capacity * sizeof(run->states[0]));
        assert(run->states);
    }
    run->states[run->count++] = *state;
}

static void list_run(void *state, void *arg)
{
    struct payment_provider *provider = state;
    struct run *run = arg;

    run->outcome = provider->list(
        provider->self, run->now_ms - run->schedule->back_ms, keep_state, run);
}

static void listed(void *arg)
{
    next_state(arg);
}

/* ---- is it due? -----------------------------------------------------------
 */

static int claim_run(struct reader_of_store *writer, void *arg)
{
    struct run *run = arg;

    return chore_claim(writer, run->schedule->chore, run->now_ms,
                       run->now_ms + run->schedule->every_ms);
}

static void claimed(void *arg, int status)
{
    struct run *run = arg;

    if (status != 1 || run->reconciliation->stopped ||
        !worker_give(run->reconciliation->worker, list_run, listed, run))
        run_free(run); /* another node was faster */
}

static int due_run(struct reader_of_store *reader, void *arg)
{
    struct run *run = arg;

    for (size_t i = 0; i < SCHEDULES; i++) {
        int due = chore_is_due(reader, schedules[i].chore, run->now_ms);
        if (due < 0)
            return due;
        if (due && !run->schedule)
            run->schedule = &schedules[i];
    }
    return 0;
}

static void due_done(void *arg, int status)
{
    struct run *run = arg;

    if (status < 0 || !run->schedule || run->reconciliation->stopped)
        run_free(run);
    else
        store_change(run->reconciliation->with.store, claim_run, claimed, run);
}

static void on_look(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct reconciliation *reconciliation = timer->data;

    (void)loop;
    (void)events;
    if (reconciliation->run)
        return;
    struct run *run = calloc(1, sizeof(*run));
    assert(run);
    run->reconciliation = reconciliation;
    run->now_ms = clock_now_ms();
    run->outcome = outcome_done();
    reconciliation->run = run;
    store_ask(reconciliation->with.store, due_run, due_done, run);
}

/* ---- life -----------------------------------------------------------------
 */

int reconciliation_new(const struct payments_options *options,
                       struct reconciliation **out)
{
    struct reconciliation *reconciliation = calloc(1, sizeof(*reconciliation));

    if (!reconciliation)
        return -ENOMEM;
    reconciliation->with = *options;
    int err = stripe_new(options->url, options->key ? options->key : "", "",
                         &reconciliation->stripe);
    if (!err) {
        reconciliation->provider = stripe_provider(reconciliation->stripe);
        err = worker_new(options->loop, 1, 1, &reconciliation->provider,
                         &reconciliation->worker);
    }
    ev_timer_init(&reconciliation->look, on_look, LOOK_S, LOOK_S);
    ev_timer_init(&reconciliation->step, on_step, 0., 0.);
    reconciliation->look.data = reconciliation->step.data = reconciliation;
    if (err) {
        reconciliation_free(reconciliation);
        return err;
    }
    ev_timer_start(options->loop, &reconciliation->look);
    *out = reconciliation;
    return 0;
}

void reconciliation_stop(struct reconciliation *reconciliation)
{
    if (!reconciliation || reconciliation->stopped)
        return;
    reconciliation->stopped = true;
    ev_timer_stop(reconciliation->with.loop, &reconciliation->look);
    ev_timer_stop(reconciliation->with.loop, &reconciliation->step);
    if (reconciliation->worker)
        worker_stop(reconciliation->worker);
}

void reconciliation_free(struct reconciliation *reconciliation)
{
    if (!reconciliation)
        return;
    reconciliation_stop(reconciliation);
    if (reconciliation->run) /* it was stopped between two states */
        run_free(reconciliation->run);
    worker_free(reconciliation->worker);
    stripe_free(reconciliation->stripe);
    free(reconciliation);
}
