/* What leaves the house, to the demo's mailbox and payment sandbox. */
#include "tests/unit/app/counterpart.h"

#include "base/text.h"
#include "signaling/app/reconciliation.h"
#include "signaling/store/chore.h"

#include <errno.h>
#include <openssl/hmac.h>

#define HOUR_MS (60 * MINUTE_MS)

static struct counterpart mailbox;
static struct counterpart sandbox;
static char mail_url[80];
static char sms_url[120];
static char mailbox_api[120];
static char payment_url[120];

static int counterparts_start(void **state)
{
    int port = 0;
    int smtp = 0;

    (void)state;
    setenv("SANDBOX_KEY", "sk_test_1", 1);
    setenv("MAILBOX_SMS_KEY", "sms", 1);
    counterpart_start(&mailbox, "deploy/demo/mailbox.mjs");
    assert_int_equal(sscanf(mailbox.line,
                            "mailbox ready http://mailbox.localhost:%d smtp %d",
                            &port, &smtp),
                     2);
    snprintf(mail_url, sizeof(mail_url), "smtp://127.0.0.1:%d", smtp);
    snprintf(sms_url, sizeof(sms_url), "http://127.0.0.1:%d/sms", port);
    snprintf(mailbox_api, sizeof(mailbox_api),
             "http://127.0.0.1:%d/api/messages", port);
    counterpart_start(&sandbox, "deploy/demo/sandbox.mjs");
    const char *colon = strrchr(sandbox.line, ':');
    assert_non_null(colon);
    snprintf(payment_url, sizeof(payment_url), "http://127.0.0.1%s", colon);
    return 0;
}

static int counterparts_stop(void **state)
{
    (void)state;
    counterpart_stop(&mailbox);
    counterpart_stop(&sandbox);
    return 0;
}

static int given_with_counterparts(void **state)
{
    int err = given_new(state);
    struct given *given = *state;

    stop(given);
    given->mail_url = mail_url;
    given->sms_url = sms_url;
    given->payment_url = payment_url;
    start(given);
    return err;
}

/* ---- messages
 * ----------------------------------------------------------------- */

struct awaited {
    struct given *given;
    struct consultation_id visit;
    enum delivery delivery;
    bool done;
    bool moved;
};

static void row_seen(void *arg, enum refusal refusal,
                     const struct query_row *rows, size_t count)
{
    struct awaited *awaited = arg;

    assert_int_equal(refusal, REFUSED_NOTHING);
    assert_int_equal(count, 1);
    awaited->delivery = rows[0].delivery;
    awaited->done = true;
}

static void row_moved(void *arg, const struct app_moved *moved)
{
    struct awaited *awaited = arg;

    if (moved->seq == 0)
        awaited->moved = true;
}

static enum delivery delivery_of(struct given *given, struct consultation_id id)
{
    struct awaited awaited = { .done = false };

    query_row(given->app->query, &given->secretary, id, row_seen, &awaited);
    turn_until(given, &awaited.done);
    return awaited.delivery;
}

static void await_sent(struct given *given, struct consultation_id id)
{
    ev_tstamp begin = ev_time();

    while (delivery_of(given, id) != DELIVERY_SENT && ev_time() - begin < 10.)
        ev_run(given->loop, EVRUN_ONCE);
    assert_int_equal(delivery_of(given, id), DELIVERY_SENT);
}

static void a_booking_is_told_by_mail_and_sms(void **state)
{
    struct given *given = *state;
    char token[LINK_TOKEN_TEXT];
    char url[200];
    static struct page page;

    struct consultation_id id = booked(given);
    await_sent(given, id);
    token_of(given, id, token);
    snprintf(url, sizeof(url), "%s?to=zoe@patients.example", mailbox_api);
    assert_int_equal(http(url, NULL, &page), 200);
    assert_non_null(strstr(page.text, token));
    assert_null(strstr(page.text, "Médecine")); /* no speciality */
    snprintf(url, sizeof(url), "%s?to=%%2B33639980001", mailbox_api);
    assert_int_equal(http(url, NULL, &page), 200);
    assert_non_null(strstr(page.text, token));
}

static void what_failed_for_good_shows(void **state)
{
    struct given *given = *state;
    struct awaited awaited = { .given = given };

    stop(given);
    given->sms_url = NULL;
    start(given);
    app_on_moved(given->app, row_moved, &awaited);
    struct command book = a_booking(given, clock_now_ms() + 5 * MINUTE_MS);
    book.book.identity.mail[0] = '\0'; /* only a number, and no gateway */
    struct answer answer = submit(given, &book);
    turn_until(given, &awaited.moved);
    assert_int_equal(delivery_of(given, answer.consultation), DELIVERY_FAILED);
}

static void a_lost_link_is_sent_again(void **state)
{
    struct given *given = *state;
    struct awaited awaited = { .given = given };
    struct consultation_id id = booked(given);
    static struct page page;
    static struct page before;
    char url[200];

    await_sent(given, id);
    snprintf(url, sizeof(url), "%s?to=zoe@patients.example", mailbox_api);
    assert_int_equal(http(url, NULL, &before), 200);
    app_on_moved(given->app, row_moved, &awaited);
    account_resend(given->app->account, "ZOE@patients.example",
                   (struct date){ 1951, 1, 1 }, NULL, NULL);
    account_resend(given->app->account, " zoe@patients.example",
                   (struct date){ 1950, 3, 2 }, NULL, NULL);
    turn_until(given, &awaited.moved);
    await_sent(given, id);
    assert_int_equal(http(url, NULL, &page), 200);
    assert_true(page.length > before.length);
}

/* ---- money
 * -------------------------------------------------------------------------- */

struct waiting_for {
    struct given *given;
    struct consultation_id visit;
    enum checkout checkout;
    bool refunded;
    bool done;
};

static void checkout_seen(void *arg, const struct consultation *visit,
                          const struct agenda *agenda)
{
    struct waiting_for *waiting = arg;

    (void)agenda;
    waiting->done = visit->checkout_state == waiting->checkout &&
                    visit->refunded == waiting->refunded;
}

static void visit_moved(void *arg, const struct app_moved *moved)
{
    struct waiting_for *waiting = arg;

    if (consultation_id_equal(moved->visit, waiting->visit))
        engine_state(waiting->given->app->engine, waiting->visit, checkout_seen,
                     waiting);
}

static void await_checkout(struct given *given, struct consultation_id id,
                           enum checkout checkout, bool refunded)
{
    struct waiting_for waiting = {
        .given = given, .visit = id, .checkout = checkout, .refunded = refunded
    };

    app_on_moved(given->app, visit_moved, &waiting);
    engine_state(given->app->engine, id, checkout_seen, &waiting);
    turn_until(given, &waiting.done);
    app_on_moved(given->app, NULL, NULL);
}

static struct actor a_due_visit(struct given *given)
{
    struct actor patient = a_patient(given, booked(given));

    admitted(given, patient);
    ended(given, patient, 2500);
    struct command pay =
        a_command(COMMAND_OPEN_PAYMENT, patient, patient.consultation);
    must(given, &pay);
    await_checkout(given, patient.consultation, CHECKOUT_READY, false);
    return patient;
}

static void act(struct given *given, struct consultation_id id,
                const char *what)
{
    struct consultation visit = state_of(given, id);
    static struct page page;
    char url[200];
    char body[200];

    snprintf(url, sizeof(url), "%s/sandbox/act", payment_url);
    snprintf(body, sizeof(body), "{\"checkout\":\"%s\",\"do\":\"%s\"}",
             visit.checkout, what);
    assert_in_range(http(url, body, &page), 200, 299);
}

static void hear_webhook(void *arg, int status)
{
    *(int *)arg = status;
}

/* As the provider signs: t=…,v1=HMAC-SHA-256(secret, "t.body"). */
static int webhook(struct given *given, const char *body, const char *secret)
{
    uint8_t mac[32];
    unsigned length = sizeof(mac);
    char message[1000];
    char hex[65];
    char header[120];
    long long now_s = clock_now_ms() / 1000;
    int status = 1;

    int size = snprintf(message, sizeof(message), "%lld.%s", now_s, body);
    HMAC(EVP_sha256(), secret, (int)strlen(secret), (uint8_t *)message,
         (size_t)size, mac, &length);
    text_hex(slice(mac, sizeof(mac)), hex);
    snprintf(header, sizeof(header), "t=%lld,v1=%s", now_s, hex);
    payments_webhook(given->app->payments, slice_of_text(body), header,
                     hear_webhook, &status);
    while (status == 1)
        ev_run(given->loop, EVRUN_ONCE);
    return status;
}

static void a_webhook_is_only_a_hint(void **state)
{
    struct given *given = *state;
    struct actor patient = a_due_visit(given);
    struct consultation_id id = patient.consultation;
    struct consultation visit = state_of(given, id);
    char body[500];

    assert_non_null(strstr(visit.checkout_url, "http"));
    snprintf(body, sizeof(body),
             "{\"id\":\"evt_%d\",\"object\":\"event\","
             "\"type\":\"checkout.session.completed\",\"data\":{\"object\":"
             "{\"id\":\"%s\",\"object\":\"checkout.session\","
             "\"payment_status\":\"paid\"}}}",
             getpid(), visit.checkout);
    assert_int_equal(webhook(given, body, "another secret"), -EPERM);
    /* It says paid; the provider, when asked, does not. */
    assert_int_equal(webhook(given, body, "whsec_test"), 0);
    act(given, id, "pay");
    body[10] = body[10] == '1' ? '2' : '1'; /* another event */
    assert_int_equal(webhook(given, body, "whsec_test"), 0);
    await_checkout(given, id, CHECKOUT_PAID, false);
    visit = state_of(given, id);
    assert_int_equal(visit.settlement, SETTLEMENT_PAID);
    assert_int_equal(visit.paid_minor, 2500);
    assert_int_equal(webhook(given, body, "whsec_test"), 0); /* again */
    assert_int_equal(state_of(given, id).seq, visit.seq);
}

static void a_lost_webhook_is_made_good_by_asking(void **state)
{
    struct given *given = *state;
    struct actor patient = a_due_visit(given);
    struct consultation_id id = patient.consultation;

    act(given, id, "pay");
    clock_advance(31000); /* the deadline to look */
    await_checkout(given, id, CHECKOUT_PAID, false);

    /* Before the clock goes back: the visit's time never does, and what it
     * orders now would be due only then. */
    struct command refund = a_command(COMMAND_REFUND, given->secretary, id);
    must(given, &refund);
    await_checkout(given, id, CHECKOUT_PAID, true);
    clock_advance(-31000);
}

/* ---- reconciliation --------------------------------------------------------
 */

static int chores_just_done(struct reader_of_store *writer, void *arg)
{
    int err = chore_put(writer, RECONCILE_HOURLY, clock_now_ms() + HOUR_MS);

    (void)arg;
    return err ? err
               : chore_put(writer, RECONCILE_DAILY,
                           clock_now_ms() + 24 * HOUR_MS);
}

static void dispute_seen(void *arg, const struct consultation *visit,
                         const struct agenda *agenda)
{
    struct waiting_for *waiting = arg;

    (void)agenda;
    waiting->done = visit->disputed && visit->refunded == waiting->refunded;
}

static void disputed_moved(void *arg, const struct app_moved *moved)
{
    struct waiting_for *waiting = arg;

    if (consultation_id_equal(moved->visit, waiting->visit))
        engine_state(waiting->given->app->engine, waiting->visit, dispute_seen,
                     waiting);
}

/* No webhook comes here at all: only the hourly look sees what happened to a
 * page that is not open any more. */
static void within_the_hour_everything_is_known(void **state)
{
    struct given *given = *state;
    struct actor patient = a_due_visit(given);
    struct consultation_id id = patient.consultation;
    struct waiting_for waiting = { .given = given,
                                   .visit = id,
                                   .refunded = true };

    act(given, id, "pay");
    clock_advance(31000);
    await_checkout(given, id, CHECKOUT_PAID, false);
    assert_int_equal(
        store_change_now(given->app->store, chores_just_done, NULL), 0);
    act(given, id, "dispute");
    act(given, id, "refund");
    clock_advance(HOUR_MS);
    app_on_moved(given->app, disputed_moved, &waiting);
    turn_until(given, &waiting.done);
    app_on_moved(given->app, NULL, NULL);

    assert_int_equal(state_of(given, id).settlement, SETTLEMENT_OPEN);
    clock_advance(-31000 - HOUR_MS);
}

static void without_a_provider_the_patient_learns_of_it(void **state)
{
    struct given *given = *state;

    stop(given);
    given->payment_url = NULL;
    start(given);
    struct actor patient = a_patient(given, booked(given));
    admitted(given, patient);
    ended(given, patient, 2500);
    struct command pay =
        a_command(COMMAND_OPEN_PAYMENT, patient, patient.consultation);
    must(given, &pay);
    await_checkout(given, patient.consultation, CHECKOUT_FAILED, false);
}

static void a_page_nobody_needs_is_closed(void **state)
{
    struct given *given = *state;
    struct actor patient = a_due_visit(given);
    struct consultation visit = state_of(given, patient.consultation);
    static struct page page;
    char url[300];
    struct command settle =
        a_command(COMMAND_SETTLE, given->secretary, patient.consultation);

    settle.settle.how = SETTLEMENT_CASH;
    must(given, &settle);
    snprintf(url, sizeof(url), "%s/sandbox/sessions", payment_url);
    for (int i = 0; i < 100; i++) {
        ev_run(given->loop, EVRUN_ONCE);
        assert_int_equal(http(url, NULL, &page), 200);
        const char *ours = strstr(page.text, visit.checkout);
        assert_non_null(ours);
        if (strstr(page.text, "\"expired\""))
            return;
    }
    fail_msg("the checkout was not closed");
}

/* ---- deadlines
 * ------------------------------------------------------------------------ */

struct phased {
    struct given *given;
    struct consultation_id visit;
    bool done;
};

static void phase_seen(void *arg, const struct consultation *visit,
                       const struct agenda *agenda)
{
    struct phased *phased = arg;

    (void)agenda;
    phased->done = visit->phase == PHASE_LAPSED;
}

static void phase_moved(void *arg, const struct app_moved *moved)
{
    struct phased *phased = arg;

    if (consultation_id_equal(moved->visit, phased->visit))
        engine_state(phased->given->app->engine, phased->visit, phase_seen,
                     phased);
}

static void a_visit_nobody_came_to_lapses(void **state)
{
    struct given *given = *state;
    struct phased phased = { .given = given };

    phased.visit = booked(given);
    app_on_moved(given->app, phase_moved, &phased);
    clock_advance(25 * 60 * MINUTE_MS);
    turn_until(given, &phased.done);
    clock_advance(-25 * 60 * MINUTE_MS);
}

int main(void)
{
#define CASE(test)                                                             \
    cmocka_unit_test_setup_teardown(test, given_with_counterparts, given_free)
    const struct CMUnitTest tests[] = {
        CASE(a_booking_is_told_by_mail_and_sms),
        CASE(what_failed_for_good_shows),
        CASE(a_lost_link_is_sent_again),
        CASE(a_webhook_is_only_a_hint),
        CASE(a_lost_webhook_is_made_good_by_asking),
        CASE(within_the_hour_everything_is_known),
        CASE(without_a_provider_the_patient_learns_of_it),
        CASE(a_page_nobody_needs_is_closed),
        CASE(a_visit_nobody_came_to_lapses),
    };

    return cmocka_run_group_tests(tests, counterparts_start, counterparts_stop);
}
