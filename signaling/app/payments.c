#include "signaling/app/payments.h"

#include "base/log.h"
#include "base/text.h"
#include "signaling/app/clock.h"
#include "signaling/app/payment_inbox.h"
#include "signaling/app/payment_news.h"
#include "signaling/app/reconciliation.h"
#include "signaling/app/worker.h"
#include "signaling/outbox/backoff.h"
#include "signaling/outbox/stripe.h"

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#define CALLS_WAITING 256

struct payments {
    struct payments_options with;
    struct stripe *stripe;
    struct payment_provider provider;
    struct worker *caller; /* one thread */
    struct payment_inbox *inbox;
    struct reconciliation *reconciliation;
    bool stopped;
};

enum call_kind { CALL_CREATE, CALL_EXPIRE, CALL_REFUND, CALL_FETCH };

/* One order or question, until its news are in the log. */
struct call {
    struct payments *payments;
    enum call_kind kind;
    struct consultation_id visit; /* FETCH: none when only the hint is known */
    uint64_t seq;
    uint32_t attempts;
    int64_t created_ms;
    struct outgoing outgoing;
    char about[CHECKOUT_TEXT];

    struct outcome outcome;
    bool known; /* state is what the provider says */
    struct payment_state state;
    payments_done_fn *done;
    void *arg;
};

/* ---- on the worker
 * ------------------------------------------------------------- */

static void order_key(const struct call *call, uint32_t attempt,
                      char out[PAYMENT_KEY_TEXT])
{
    char visit[ID_TEXT];

    text_base64url(slice(call->visit.bytes, ID_BYTES), visit);
    (void)snprintf(out, PAYMENT_KEY_TEXT, "checkout-%s-%u-%u", visit,
                   call->outgoing.attempt, attempt);
}

/* An earlier attempt may have made the page although we never heard of it: it
 * is looked for before another is made, under a key of its own. */
static bool find_earlier(struct payment_provider *provider, struct call *call)
{
    char key[PAYMENT_KEY_TEXT];

    for (uint32_t attempt = 0; attempt < call->attempts; attempt++) {
        order_key(call, attempt, key);
        call->outcome = provider->find(provider->self, key,
                                       call->created_ms - 60000, &call->state);
        if (call->outcome.kind == OUTCOME_DONE)
            return true;
        if (call->outcome.kind != OUTCOME_REFUSED)
            return true; /* not known now: nothing new is ordered */
    }
    return false;
}

static void run_create(struct payment_provider *provider, struct call *call)
{
    const char *base = call->payments->with.public_url;
    char visit[ID_TEXT];
    char key[PAYMENT_KEY_TEXT];
    char paid[256];
    char left[256];

    if (find_earlier(provider, call))
        return;
    text_base64url(slice(call->visit.bytes, ID_BYTES), visit);
    (void)snprintf(paid, sizeof(paid), "%s/visit/%s?from=payment", base, visit);
    (void)snprintf(left, sizeof(left), "%s/visit/%s?from=payment&left=1", base,
                   visit);
    order_key(call, call->attempts, key);
    struct payment_order order = {
        .key = key,
        .reference = visit,
        .amount = call->outgoing.amount,
        .locale = call->outgoing.locale,
        .success_url = paid,
        .cancel_url = left,
    };
    call->outcome = provider->create(provider->self, &order, &call->state);
}

static void run_fetch(struct payment_provider *provider, struct call *call)
{
    call->outcome = provider->fetch(provider->self, call->about, &call->state);
    call->known = call->outcome.kind == OUTCOME_DONE;
}

static void run_refund(struct payment_provider *provider, struct call *call)
{
    char visit[ID_TEXT];
    char key[PAYMENT_KEY_TEXT];

    text_base64url(slice(call->visit.bytes, ID_BYTES), visit);
    (void)snprintf(key, sizeof(key), "refund-%s-%llu", visit,
                   (unsigned long long)call->seq);
    struct payment_refund refund = {
        .key = key,
        .checkout = call->about,
        .minor = call->outgoing.amount.minor,
    };
    /* Somebody may have given it back at the provider's own desk already. */
    run_fetch(provider, call);
    if (!call->known || (call->state.refunded_minor > 0 &&
                         call->state.refunded_minor >= refund.minor))
        return;
    call->known = false;
    call->outcome = provider->refund(provider->self, &refund);
    if (call->outcome.kind == OUTCOME_DONE)
        run_fetch(provider, call);
    else if (call->outcome.kind == OUTCOME_FETCH_FIRST)
        call->outcome.kind = OUTCOME_RETRY; /* which fetches first */
}

static void run_call(void *state, void *arg)
{
    struct payment_provider *provider = state;
    struct call *call = arg;

    switch (call->kind) {
    case CALL_CREATE:
        run_create(provider, call);
        break;
    case CALL_EXPIRE:
        call->outcome = provider->expire(provider->self, call->about);
        if (call->outcome.kind == OUTCOME_FETCH_FIRST)
            run_fetch(provider, call);
        break;
    case CALL_REFUND:
        run_refund(provider, call);
        break;
    case CALL_FETCH:
        run_fetch(provider, call);
        break;
    }
}

/* ---- into the log
 * ------------------------------------------------------------------ */

static void call_end(struct call *call)
{
    if (call->outcome.kind == OUTCOME_FETCH_FIRST)
        call->outcome.kind = OUTCOME_RETRY; /* the next attempt looks first */
    if (call->done)
        call->done(call->arg, &call->outcome);
    free(call);
}

static void news_told(void *arg, bool stored)
{
    struct call *call = arg;

    if (!stored)
        call->outcome = outcome_of(OUTCOME_RETRY, "not_stored");
    call_end(call);
}

/* False: it is none of ours. */
static bool tell_news(struct call *call)
{
    struct consultation_id visit;

    if (!payment_news_visit(&call->state, &visit) ||
        (!consultation_id_is_none(call->visit) &&
         !consultation_id_equal(call->visit, visit)))
        return false;
    payment_news_tell(call->payments->with.engine, &call->state, visit,
                      news_told, call);
    return true;
}

/* ---- a page that was made
 * -------------------------------------------------------------- */

static void called(void *arg);

/* The visit went another way meanwhile: nobody shall pay on that page. */
static void ready_state(void *arg, const struct consultation *visit,
                        const struct agenda *agenda)
{
    struct call *call = arg;

    (void)agenda;
    if (!visit || strcmp(visit->checkout, call->state.checkout) == 0) {
        call_end(call);
        return;
    }
    call->kind = CALL_EXPIRE;
    memcpy(call->about, call->state.checkout, CHECKOUT_TEXT);
    if (!worker_give(call->payments->caller, run_call, called, call)) {
        call->outcome = outcome_of(OUTCOME_RETRY, "busy");
        call_end(call);
    }
}

static void ready_answered(void *arg, const struct answer *answer)
{
    struct call *call = arg;

    if (answer->refusal == REFUSED_TRY_AGAIN) {
        call->outcome = outcome_of(OUTCOME_RETRY, "not_stored");
        call_end(call);
        return;
    }
    engine_state(call->payments->with.engine, call->visit, ready_state, call);
}

static void page_made(struct call *call)
{
    struct command command = {
        .kind = COMMAND_PAYMENT_READY,
        .id = payment_news_id("ready", &call->state),
        .actor = { .role = ROLE_SYSTEM },
        .consultation = call->visit,
    };

    memcpy(command.payment_ready.checkout, call->state.checkout, CHECKOUT_TEXT);
    memcpy(command.payment_ready.url, call->state.url, URL_TEXT);
    engine_submit(call->payments->with.engine, &command, ready_answered, call);
}

static void called(void *arg)
{
    struct call *call = arg;

    if (call->outcome.kind == OUTCOME_DONE && call->kind == CALL_CREATE)
        page_made(call);
    else if (!call->known || !tell_news(call))
        call_end(call);
}

static void call_begin(struct call *call)
{
    if (worker_give(call->payments->caller, run_call, called, call))
        return;
    call->outcome = outcome_of(OUTCOME_RETRY, "busy");
    call_end(call);
}

static struct call *call_new(struct payments *payments, enum call_kind kind,
                             payments_done_fn *done, void *arg)
{
    struct call *call = calloc(1, sizeof(*call));

    assert(call);
    call->payments = payments;
    call->kind = kind;
    call->done = done;
    call->arg = arg;
    return call;
}

void payments_deliver(struct payments *payments, const struct outbox_row *row,
                      const struct outgoing *outgoing, payments_done_fn *done,
                      void *arg)
{
    struct call *call = call_new(payments, CALL_CREATE, done, arg);

    assert(!notice_is_message(row->kind));
    if (row->kind == NOTICE_EXPIRE_CHECKOUT)
        call->kind = CALL_EXPIRE;
    if (row->kind == NOTICE_REFUND)
        call->kind = CALL_REFUND;
    call->visit = row->visit;
    call->seq = row->seq;
    call->attempts = row->attempts;
    call->created_ms = row->created_ms;
    call->outgoing = *outgoing;
    memcpy(call->about, outgoing->checkout, CHECKOUT_TEXT);
    call_begin(call);
}

void payments_give_up(struct engine *engine, const struct outbox_row *row)
{
    struct command command = {
        .kind = COMMAND_PAYMENT_NEWS,
        .actor = { .role = ROLE_SYSTEM },
        .consultation = row->visit,
        .payment_news = { .news = NEWS_FAILED },
    };
    char text[64];
    uint8_t hash[32];

    if (row->kind != NOTICE_OPEN_CHECKOUT)
        return;
    int length =
        snprintf(text, sizeof(text), "no checkout %lld", (long long)row->id);
    (void)SHA256((const uint8_t *)text, (size_t)length, hash);
    memcpy(command.id.bytes, hash, ID_BYTES);
    engine_submit(engine, &command, NULL, NULL);
}

void payments_check(struct payments *payments, struct consultation_id visit,
                    const char *checkout, payments_done_fn *done, void *arg)
{
    struct call *call = call_new(payments, CALL_FETCH, done, arg);

    call->visit = visit;
    (void)text_copy(call->about, sizeof(call->about), slice_of_text(checkout));
    call_begin(call);
}

void payments_webhook(struct payments *payments, struct slice body,
                      const char *signature, webhook_fn *done, void *arg)
{
    struct payment_event event;
    int err = payments->provider.read_event(payments->provider.self, body,
                                            signature, clock_now_ms(), &event);

    if (err || event.about[0] == '\0')
        done(arg, err);
    else
        payment_inbox_put(payments->inbox, &event, done, arg);
}

/* ---- life
 * ---------------------------------------------------------------------------------
 */

int payments_new(const struct payments_options *options, struct payments **out)
{
    struct payments *payments = calloc(1, sizeof(*payments));

    if (!payments)
        return -ENOMEM;
    payments->with = *options;
    int err = stripe_new(options->url, options->key ? options->key : "",
                         options->webhook_secret ? options->webhook_secret : "",
                         &payments->stripe);
    if (!err) {
        payments->provider = stripe_provider(payments->stripe);
        err = worker_new(options->loop, 1, CALLS_WAITING, &payments->provider,
                         &payments->caller);
    }
    if (!err)
        err = reconciliation_new(options, &payments->reconciliation);
    if (err) {
        payments_free(payments);
        return err;
    }
    payments->inbox =
        payment_inbox_new(options->loop, options->store, payments);
    *out = payments;
    return 0;
}

void payments_stop(struct payments *payments)
{
    if (!payments || payments->stopped)
        return;
    payments->stopped = true;
    payment_inbox_stop(payments->inbox);
    reconciliation_stop(payments->reconciliation);
    worker_stop(payments->caller);
}

void payments_free(struct payments *payments)
{
    if (!payments)
        return;
    payments_stop(payments);
    payment_inbox_free(payments->inbox);
    reconciliation_free(payments->reconciliation);
    worker_free(payments->caller);
    stripe_free(payments->stripe);
    free(payments);
}
