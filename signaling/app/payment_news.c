#include "signaling/app/payment_news.h"

#include "base/log.h"
#include "base/text.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#define NEWS_MAX 3 /* paid, refunded, disputed */

struct telling {
    struct engine *engine;
    struct payment_state state;
    struct consultation_id visit;
    enum payment_news news[NEWS_MAX];
    size_t count;
    size_t at;
    bool stored;
    payment_news_fn *done;
    void *arg;
};

struct command_id payment_news_id(const char *what,
                                  const struct payment_state *state)
{
    struct command_id id;
    uint8_t hash[32];
    char text[256];

    int length =
        snprintf(text, sizeof(text), "payment %s %s %s %lld %lld", what,
                 state->checkout, state->key, (long long)state->amount.minor,
                 (long long)state->refunded_minor);
    (void)SHA256((const uint8_t *)text, (size_t)length, hash);
    memcpy(id.bytes, hash, sizeof(id.bytes));
    return id;
}

bool payment_news_visit(const struct payment_state *state,
                        struct consultation_id *out)
{
    return !text_base64url_read(slice_of_text(state->reference), out->bytes,
                                ID_BYTES);
}

static bool is_known_as_paid(const struct payment_state *state,
                             const struct consultation *visit)
{
    if (strcmp(visit->checkout, state->checkout) == 0 &&
        visit->checkout_state == CHECKOUT_PAID)
        return state->refunded_minor == 0 || visit->refunded;
    if (strcmp(visit->surplus_checkout, state->checkout) == 0)
        return state->refunded_minor == 0 || !visit->surplus;
    /* Of a page that was replaced since: it came and it went. */
    return state->refunded_minor >= state->amount.minor;
}

bool payment_news_is_known(const struct payment_state *state,
                           const struct consultation *visit)
{
    if (state->disputed && !visit->disputed)
        return false;
    switch (state->status) {
    case PAYMENT_OPEN:
        return true;
    case PAYMENT_DECLINED:
    case PAYMENT_EXPIRED: /* matters while the page is the visit's own */
        return strcmp(visit->checkout, state->checkout) != 0 ||
               (visit->checkout_state != CHECKOUT_READY &&
                visit->checkout_state != CHECKOUT_ASKED);
    case PAYMENT_PAID:
        return is_known_as_paid(state, visit);
    }
    return true;
}

static void gather(struct telling *telling)
{
    const struct payment_state *state = &telling->state;

    switch (state->status) {
    case PAYMENT_OPEN:
        break;
    case PAYMENT_DECLINED:
        telling->news[telling->count++] = NEWS_FAILED;
        break;
    case PAYMENT_EXPIRED:
        telling->news[telling->count++] = NEWS_EXPIRED;
        break;
    case PAYMENT_PAID:
        telling->news[telling->count++] = NEWS_PAID;
        break;
    }
    if (state->refunded_minor > 0)
        telling->news[telling->count++] = NEWS_REFUNDED;
    if (state->disputed)
        telling->news[telling->count++] = NEWS_DISPUTED;
}

static void tell_next(struct telling *telling);

static void answered(void *arg, const struct answer *answer)
{
    struct telling *telling = arg;
    char visit[ID_TEXT];

    if (answer->refusal == REFUSED_TRY_AGAIN)
        telling->stored = false;
    else if (answer->refusal != REFUSED_NOTHING) {
        text_base64url(slice(answer->consultation.bytes, ID_BYTES), visit);
        log_warning("payment news refused visit=%s news=%s code=%s", visit,
                    payment_news_names[telling->news[telling->at - 1]],
                    refusal_code(answer->refusal));
    }
    tell_next(telling);
}

static void tell_next(struct telling *telling)
{
    struct command command = {
        .kind = COMMAND_PAYMENT_NEWS,
        .actor = { .role = ROLE_SYSTEM },
        .consultation = telling->visit,
    };
    const struct payment_state *state = &telling->state;

    if (telling->at == telling->count) {
        telling->done(telling->arg, telling->stored);
        free(telling);
        return;
    }
    enum payment_news news = telling->news[telling->at++];
    command.id = payment_news_id(payment_news_names[news], state);
    command.payment_news.news = news;
    command.payment_news.amount = state->amount;
    if (news == NEWS_REFUNDED)
        command.payment_news.amount.minor = state->refunded_minor;
    memcpy(command.payment_news.checkout, state->checkout, CHECKOUT_TEXT);
    engine_submit(telling->engine, &command, answered, telling);
}

void payment_news_tell(struct engine *engine, const struct payment_state *state,
                       struct consultation_id visit, payment_news_fn *done,
                       void *arg)
{
    struct telling *telling = calloc(1, sizeof(*telling));

    assert(telling);
    telling->engine = engine;
    telling->state = *state;
    telling->visit = visit;
    telling->stored = true;
    telling->done = done;
    telling->arg = arg;
    gather(telling);
    tell_next(telling);
}
