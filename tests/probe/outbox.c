/*
 * outbox: lets the tests under tests/outbox call our deliveries, so that the
 * other side can be a program we did not write. One line of JSON comes out.
 *
 *   outbox verify SECRET HEADER NOW_MS        body on standard input
 *   outbox mail URL FROM TO ID [AUTHORITY]    text on standard input
 *   outbox sms URL KEY TO ID                  text on standard input
 *   outbox create URL KEY ORDER REFERENCE MINOR CURRENCY LOCALE
 *   outbox fetch URL KEY ABOUT
 *   outbox find URL KEY ORDER SINCE_MS
 *   outbox expire URL KEY CHECKOUT
 *   outbox refund URL KEY ORDER CHECKOUT MINOR
 *   outbox list URL KEY SINCE_MS
 */
#include "signaling/outbox/mail.h"
#include "signaling/outbox/sms.h"
#include "signaling/outbox/stripe.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (1024 * 1024)
#define NOW_MS    1795700000000

static char input[INPUT_MAX];

static size_t read_input(void)
{
    size_t length = fread(input, 1, sizeof(input) - 1, stdin);

    input[length] = '\0';
    return length;
}

static json_t *state_json(const struct payment_state *state)
{
    static const char *const names[] = { "open", "declined", "paid",
                                         "expired" };

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:b}", "checkout",
        state->checkout, "url", state->url, "reference", state->reference,
        "key", state->key, "status", names[state->status], "minor",
        (json_int_t)state->amount.minor, "currency", state->amount.currency,
        "refunded", (json_int_t)state->refunded_minor, "disputed",
        (int)state->disputed);
}

static int say(json_t *answer)
{
    char *text = json_dumps(answer, JSON_COMPACT);

    puts(text);
    free(text);
    json_decref(answer);
    return 0;
}

static int say_outcome(struct outcome outcome, json_t *more)
{
    static const char *const names[] = { "done", "retry", "fetch_first",
                                         "refused" };
    json_t *answer =
        json_pack("{s:s, s:s, s:I}", "outcome", names[outcome.kind], "why",
                  outcome.why, "wait_ms", (json_int_t)outcome.wait_ms);

    if (more && outcome.kind == OUTCOME_DONE)
        json_object_update(answer, more);
    json_decref(more);
    return say(answer);
}

static int verify(char **arguments)
{
    struct slice body = slice(input, read_input());
    struct stripe *stripe = NULL;
    struct payment_provider provider;
    struct payment_event event = { "", "" };
    int err;

    if (stripe_new("http://localhost", "sk", arguments[0], &stripe))
        return 2;
    provider = stripe_provider(stripe);
    err = provider.read_event(provider.self, body, arguments[1],
                              strtoll(arguments[2], NULL, 10), &event);
    stripe_free(stripe);
    return say(json_pack("{s:s, s:s, s:s}", "verdict",
                         err == 0        ? "good"
                         : err == -EPERM ? "refused"
                                         : "unreadable",
                         "id", event.id, "about", event.about));
}

static int mail(char **arguments, int count)
{
    struct mail_server server = { .url = arguments[0],
                                  .from = arguments[1],
                                  .always_tls = count > 4,
                                  .authority =
                                      count > 4 ? arguments[4] : NULL };
    struct mail message = {
        .to = arguments[2],
        .from_name = "Clinique des Tilleuls – équipe d'accueil",
        .subject = "Votre rendez-vous vidéo du jeudi 26 novembre 2026 : où, "
                   "quand et comment, même très tôt à l'été",
        .text = input,
        .locale = "fr",
        .id = arguments[3],
        .created_ms = NOW_MS,
    };

    (void)read_input();
    return say_outcome(mail_send(&server, &message), NULL);
}

static int sms(char **arguments)
{
    struct sms_gateway gateway = { .url = arguments[0],
                                   .key = arguments[1],
                                   .from = "Tilleuls" };
    struct sms message = { .to = arguments[2],
                           .text = input,
                           .id = arguments[3] };

    (void)read_input();
    return say_outcome(sms_send(&gateway, &message), NULL);
}

static void add(void *arg, const struct payment_state *state)
{
    json_array_append_new(arg, state_json(state));
}

static struct outcome create(struct payment_provider *provider,
                             char **arguments, struct payment_state *out)
{
    struct payment_order order = {
        .key = arguments[0],
        .reference = arguments[1],
        .amount = { .minor = strtoll(arguments[2], NULL, 10) },
        .locale = arguments[4],
        .success_url = "http://patient.localhost:8443/paid?a=1&b=é",
        .cancel_url = "http://patient.localhost:8443/back",
    };

    (void)snprintf(order.amount.currency, CURRENCY_TEXT, "%.3s", arguments[3]);
    return provider->create(provider->self, &order, out);
}

static int pay(const char *verb, char **arguments)
{
    struct stripe *stripe = NULL;
    struct payment_provider provider;
    struct payment_state state = { .status = PAYMENT_OPEN };
    struct outcome outcome = outcome_of(OUTCOME_REFUSED, "usage");
    json_t *more = NULL;

    if (stripe_new(arguments[0], arguments[1], "", &stripe))
        return say_outcome(outcome_of(OUTCOME_REFUSED, "bad_url"), NULL);
    provider = stripe_provider(stripe);
    if (strcmp(verb, "create") == 0)
        outcome = create(&provider, arguments + 2, &state);
    else if (strcmp(verb, "fetch") == 0)
        outcome = provider.fetch(provider.self, arguments[2], &state);
    else if (strcmp(verb, "find") == 0)
        outcome = provider.find(provider.self, arguments[2],
                                strtoll(arguments[3], NULL, 10), &state);
    else if (strcmp(verb, "expire") == 0)
        outcome = provider.expire(provider.self, arguments[2]);
    else if (strcmp(verb, "refund") == 0)
        outcome = provider.refund(
            provider.self, &(struct payment_refund){
                               .key = arguments[2],
                               .checkout = arguments[3],
                               .minor = strtoll(arguments[4], NULL, 10) });
    else if (strcmp(verb, "list") == 0) {
        json_t *all = json_array();

        outcome = provider.list(provider.self, strtoll(arguments[2], NULL, 10),
                                add, all);
        more = json_pack("{s:o}", "all", all);
    }
    if (state.checkout[0])
        more = state_json(&state);
    stripe_free(stripe);
    return say_outcome(outcome, more);
}

int main(int argc, char **argv)
{
    if (argc >= 5 && strcmp(argv[1], "verify") == 0)
        return verify(argv + 2);
    if (argc >= 6 && strcmp(argv[1], "mail") == 0)
        return mail(argv + 2, argc - 2);
    if (argc >= 6 && strcmp(argv[1], "sms") == 0)
        return sms(argv + 2);
    if (argc >= 5)
        return pay(argv[1], argv + 2);
    return 2;
}
