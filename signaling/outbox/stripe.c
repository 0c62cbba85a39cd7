#include "signaling/outbox/stripe.h"

#include "base/secret.h"
#include "base/text.h"
#include "base/writer.h"
#include "signaling/outbox/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Answers keep the shape of this version whatever the account's default is. */
#define API_VERSION "2024-06-20"

#define FORM_MAX   4096 /* bytes of an order; ours */
#define URL_SIZE   512
#define SECRET_MAX 256
#define PAGE_SIZE  100 /* the provider's own maximum */
#define PAGES_MAX  1000

struct stripe {
    char url[URL_SIZE];
    char authorization[SECRET_MAX + 32];
    char webhook_secret[SECRET_MAX];
};

int stripe_new(const char *url, const char *key, const char *webhook_secret,
               struct stripe **out)
{
    struct stripe *stripe;

    if (!http_url_is_safe(url) || strlen(url) >= URL_SIZE ||
        strlen(key) >= SECRET_MAX || strlen(webhook_secret) >= SECRET_MAX ||
        !text_is_clean(slice_of_text(key), false))
        return -EINVAL;
    stripe = calloc(1, sizeof(*stripe));
    if (!stripe)
        return -ENOMEM;

    (void)text_copy(stripe->url, sizeof(stripe->url), slice_of_text(url));
    (void)text_copy(stripe->webhook_secret, sizeof(stripe->webhook_secret),
                    slice_of_text(webhook_secret));
    (void)snprintf(stripe->authorization, sizeof(stripe->authorization),
                   "Authorization: Bearer %s", key);
    *out = stripe;
    return 0;
}

void stripe_free(struct stripe *stripe)
{
    if (!stripe)
        return;
    secret_wipe(stripe, sizeof(*stripe));
    free(stripe);
}

/* ---- requests ------------------------------------------------------------ */

static void put_pair(struct writer *form, const char *name, const char *value)
{
    char *escaped = curl_easy_escape(NULL, value, 0);

    if (!escaped) {
        form->failed = true;
        return;
    }
    writer_format(form, "%s%s=%s", form->length ? "&" : "", name, escaped);
    curl_free(escaped);
}

static void put_number(struct writer *form, const char *name, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRId64, value);
    put_pair(form, name, text);
}

/* What the provider says in its error object decides over the bare status. */
static struct outcome outcome_of_answer(const struct http_response *response)
{
    struct outcome outcome =
        outcome_of_http(response->status, response->retry_after_s, true);
    json_t *answer;
    const json_t *error;
    const char *type;
    const char *code;

    if (outcome.kind != OUTCOME_REFUSED)
        return outcome;
    answer = json_loadb((const char *)response->body.data,
                        response->body.length, 0, NULL);
    error = json_object_get(answer, "error");
    type = json_string_value(json_object_get(error, "type"));
    code = json_string_value(json_object_get(error, "code"));
    /* The key was used for another order: ours must exist already. */
    if (type && strcmp(type, "idempotency_error") == 0)
        outcome = outcome_of(OUTCOME_FETCH_FIRST, "key_used");
    else if (code && strcmp(code, "charge_already_refunded") == 0)
        outcome = outcome_of(OUTCOME_FETCH_FIRST, "refunded_already");
    json_decref(answer);
    return outcome;
}

/* key NULL: a GET of path; else a POST of form under that key. */
static struct outcome ask(const struct stripe *stripe, const char *path,
                          const char *key, const struct writer *form,
                          struct http_response *out)
{
    char url[2 * URL_SIZE];
    char once[PAYMENT_KEY_TEXT + 32];
    struct http_request request = {
        .method = key ? "POST" : "GET",
        .url = url,
        .headers = { stripe->authorization, "Stripe-Version: " API_VERSION,
                     key ? "Content-Type: application/x-www-form-urlencoded"
                         : NULL,
                     once },
    };
    struct outcome outcome;

    assert(!key || strlen(key) < PAYMENT_KEY_TEXT);
    (void)snprintf(url, sizeof(url), "%s%s", stripe->url, path);
    (void)snprintf(once, sizeof(once), "Idempotency-Key: %s", key ? key : "");
    if (form && form->failed)
        return outcome_of(OUTCOME_REFUSED, "order_too_long");
    if (form)
        request.body = writer_done(form);

    outcome = http_send(&request, out);
    if (outcome.kind != OUTCOME_DONE) {
        /* Reading, or under a key the provider knows: safe to send again. */
        if (outcome.kind == OUTCOME_FETCH_FIRST)
            outcome.kind = OUTCOME_RETRY;
        return outcome;
    }
    outcome = outcome_of_answer(out);
    if (!key && outcome.kind == OUTCOME_FETCH_FIRST)
        outcome.kind = OUTCOME_RETRY;
    if (outcome.kind != OUTCOME_DONE)
        http_response_release(out);
    return outcome;
}

static struct outcome take_session(struct http_response *response,
                                   struct payment_state *out)
{
    struct payment_state read;
    int err = stripe_read_session(response->body, &read);

    http_response_release(response);
    if (err)
        return outcome_of(OUTCOME_FETCH_FIRST, "unreadable");
    /* An address that is longer than we can keep must not be cut. */
    if (read.status == PAYMENT_OPEN && !read.url[0])
        return outcome_of(OUTCOME_REFUSED, "no_url");
    *out = read;
    return outcome_done();
}

static bool is_name(const char *text)
{
    return *text && text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz"
                                      "0123456789_")] == '\0';
}

/* ---- what a provider can do ---------------------------------------------- */

static struct outcome create(void *self, const struct payment_order *order,
                             struct payment_state *out)
{
    uint8_t bytes[FORM_MAX];
    struct writer form = writer_into(bytes, sizeof(bytes));
    struct http_response response;
    struct outcome outcome;
    bool english = strncmp(order->locale, "en", 2) == 0;
    char currency[CURRENCY_TEXT];

    for (size_t i = 0; i < sizeof(currency); i++)
        currency[i] = (char)(order->amount.currency[i] | 0x20);
    currency[CURRENCY_TEXT - 1] = '\0';

    put_pair(&form, "mode", "payment");
    put_pair(&form, "payment_method_types[0]", "card");
    put_pair(&form, "client_reference_id", order->reference);
    put_pair(&form, "metadata[key]", order->key);
    put_pair(&form, "line_items[0][quantity]", "1");
    put_pair(&form, "line_items[0][price_data][currency]", currency);
    put_number(&form, "line_items[0][price_data][unit_amount]",
               order->amount.minor);
    put_pair(&form, "line_items[0][price_data][product_data][name]",
             "Consultation");
    put_pair(&form, "success_url", order->success_url);
    put_pair(&form, "cancel_url", order->cancel_url);
    put_pair(&form, "locale", english ? "en" : "fr");
    put_pair(&form, "expand[0]", "payment_intent.latest_charge");

    outcome = ask(self, "/v1/checkout/sessions", order->key, &form, &response);
    return outcome.kind == OUTCOME_DONE ? take_session(&response, out)
                                        : outcome;
}

typedef int page_fn(void *arg, const struct payment_state *state);

/* Hands over each session of one page of a list; the last one's name in last.
 * Stops when each returns non-zero. */
static struct outcome walk_page(struct slice body, page_fn *each, void *arg,
                                char last[CHECKOUT_TEXT], bool *more)
{
    json_t *page = json_loadb((const char *)body.data, body.length, 0, NULL);
    const json_t *data = json_object_get(page, "data");
    struct outcome outcome = outcome_done();
    size_t index;
    json_t *item;

    if (!json_is_array(data))
        outcome = outcome_of(OUTCOME_RETRY, "unreadable");
    *more = json_is_true(json_object_get(page, "has_more"));
    json_array_foreach(data, index, item)
    {
        struct payment_state state;
        char *text = json_dumps(item, JSON_COMPACT);
        int err =
            text ? stripe_read_session(slice_of_text(text), &state) : -ENOMEM;

        free(text);
        if (err)
            continue; /* a kind of checkout that is not ours */
        memcpy(last, state.checkout, CHECKOUT_TEXT);
        if (each(arg, &state)) {
            *more = false;
            break;
        }
    }
    json_decref(page);
    return outcome;
}

/* path: a list with at least one parameter. */
static struct outcome walk(const struct stripe *stripe, const char *path,
                           page_fn *each, void *arg)
{
    char last[CHECKOUT_TEXT] = "";
    bool more = true;

    for (unsigned i = 0; more && i < PAGES_MAX; i++) {
        struct http_response response;
        struct outcome outcome;
        char page[URL_SIZE];

        (void)snprintf(page, sizeof(page), "%s%s%s", path,
                       last[0] ? "&starting_after=" : "", last);
        outcome = ask(stripe, page, NULL, NULL, &response);
        if (outcome.kind != OUTCOME_DONE)
            return outcome;
        outcome = walk_page(response.body, each, arg, last, &more);
        http_response_release(&response);
        if (outcome.kind != OUTCOME_DONE)
            return outcome;
    }
    return more ? outcome_of(OUTCOME_RETRY, "too_many") : outcome_done();
}

struct search {
    const char *key; /* NULL: the first */
    struct payment_state *out;
    bool found;
};

static int look(void *arg, const struct payment_state *state)
{
    struct search *search = arg;

    if (search->key && strcmp(search->key, state->key) != 0)
        return 0;
    *search->out = *state;
    search->found = true;
    return 1;
}

static struct outcome found(const struct search *search, struct outcome outcome)
{
    if (outcome.kind == OUTCOME_DONE && !search->found)
        return outcome_of(OUTCOME_REFUSED, "not_found");
    return outcome;
}

/* What a session's status needs besides; without it these are only names. */
#define EXPAND_ONE  "?expand%5B0%5D=payment_intent.latest_charge"
#define EXPAND_LIST "&expand%5B0%5D=data.payment_intent.latest_charge"

static struct outcome fetch(void *self, const char *about,
                            struct payment_state *out)
{
    struct search search = { .out = out };
    struct http_response response;
    struct outcome outcome;
    char path[URL_SIZE];

    if (!is_name(about))
        return outcome_of(OUTCOME_REFUSED, "not_found");
    if (strncmp(about, "pi_", 3) == 0) {
        (void)snprintf(path, sizeof(path),
                       "/v1/checkout/sessions?limit=1&payment_intent=%s%s",
                       about, EXPAND_LIST);
        return found(&search, walk(self, path, look, &search));
    }
    (void)snprintf(path, sizeof(path), "/v1/checkout/sessions/%s%s", about,
                   EXPAND_ONE);
    outcome = ask(self, path, NULL, NULL, &response);
    return outcome.kind == OUTCOME_DONE ? take_session(&response, out)
                                        : outcome;
}

static void say_since(int64_t since_ms, char *out, size_t size)
{
    (void)snprintf(out, size,
                   "/v1/checkout/sessions?limit=%d&created%%5Bgte%%5D=%" PRId64
                   "%s",
                   PAGE_SIZE, since_ms / 1000, EXPAND_LIST);
}

static struct outcome find(void *self, const char *key, int64_t since_ms,
                           struct payment_state *out)
{
    struct search search = { .key = key, .out = out };
    char path[URL_SIZE];

    say_since(since_ms, path, sizeof(path));
    return found(&search, walk(self, path, look, &search));
}

static struct outcome expire(void *self, const char *checkout)
{
    struct http_response response;
    struct outcome outcome;
    char path[URL_SIZE];
    char key[PAYMENT_KEY_TEXT];

    if (!is_name(checkout) || strlen(checkout) >= CHECKOUT_TEXT)
        return outcome_of(OUTCOME_REFUSED, "not_found");
    (void)snprintf(path, sizeof(path), "/v1/checkout/sessions/%s/expire",
                   checkout);
    (void)snprintf(key, sizeof(key), "expire-%s", checkout);
    outcome = ask(self, path, key, NULL, &response);
    /* 400: it was not open any more; whoever asks should know why. */
    if (outcome.kind == OUTCOME_REFUSED && strcmp(outcome.why, "http_400") == 0)
        return outcome_of(OUTCOME_FETCH_FIRST, "not_open");
    if (outcome.kind == OUTCOME_DONE)
        http_response_release(&response);
    return outcome;
}

/* The name of the payment behind a session: refunds are made of that. */
static struct outcome intent_of(const struct stripe *stripe,
                                const char *checkout, char *out, size_t size)
{
    struct http_response response;
    struct outcome outcome;
    json_t *session;
    const char *intent;
    char path[URL_SIZE];

    (void)snprintf(path, sizeof(path), "/v1/checkout/sessions/%s", checkout);
    outcome = ask(stripe, path, NULL, NULL, &response);
    if (outcome.kind != OUTCOME_DONE)
        return outcome;
    session = json_loadb((const char *)response.body.data, response.body.length,
                         0, NULL);
    intent = json_string_value(json_object_get(session, "payment_intent"));
    if (!intent || !text_copy(out, size, slice_of_text(intent)))
        outcome = outcome_of(OUTCOME_REFUSED, "not_paid");
    json_decref(session);
    http_response_release(&response);
    return outcome;
}

static struct outcome refund(void *self, const struct payment_refund *order)
{
    uint8_t bytes[FORM_MAX];
    struct writer form = writer_into(bytes, sizeof(bytes));
    struct http_response response;
    struct outcome outcome;
    char intent[CHECKOUT_TEXT];

    if (!is_name(order->checkout) || strlen(order->checkout) >= CHECKOUT_TEXT)
        return outcome_of(OUTCOME_REFUSED, "not_found");
    outcome = intent_of(self, order->checkout, intent, sizeof(intent));
    if (outcome.kind != OUTCOME_DONE)
        return outcome;

    put_pair(&form, "payment_intent", intent);
    if (order->minor > 0)
        put_number(&form, "amount", order->minor);
    outcome = ask(self, "/v1/refunds", order->key, &form, &response);
    if (outcome.kind == OUTCOME_DONE)
        http_response_release(&response);
    return outcome;
}

struct listing {
    payment_fn *each;
    void *arg;
};

static int pass_on(void *arg, const struct payment_state *state)
{
    struct listing *listing = arg;

    listing->each(listing->arg, state);
    return 0;
}

static struct outcome list(void *self, int64_t since_ms, payment_fn *each,
                           void *arg)
{
    struct listing listing = { .each = each, .arg = arg };
    char path[URL_SIZE];

    say_since(since_ms, path, sizeof(path));
    return walk(self, path, pass_on, &listing);
}

static int read_event(const void *self, struct slice body,
                      const char *signature, int64_t now_ms,
                      struct payment_event *out)
{
    const struct stripe *stripe = self;
    int err = stripe_verify(stripe->webhook_secret, body, signature, now_ms);

    return err ? err : stripe_read_event(body, out);
}

struct payment_provider stripe_provider(struct stripe *stripe)
{
    return (struct payment_provider){
        .self = stripe,
        .create = create,
        .fetch = fetch,
        .find = find,
        .expire = expire,
        .refund = refund,
        .list = list,
        .read_event = read_event,
    };
}
