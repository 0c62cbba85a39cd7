#include "signaling/core/rules.h"

static bool checkout_is_open(const struct consultation *visit)
{
    return visit->checkout_state == CHECKOUT_ASKED ||
           visit->checkout_state == CHECKOUT_READY;
}

/* Something is owed: the fee is fixed and nobody settled it. */
static enum refusal refuse_unless_owed(const struct consultation *visit)
{
    if (visit->phase != PHASE_ENDED)
        return REFUSED_NOT_ENDED;
    if (visit->settlement != SETTLEMENT_OPEN)
        return visit->settlement == SETTLEMENT_NOTHING_DUE
                   ? REFUSED_NOT_DUE
                   : REFUSED_ALREADY_SETTLED;
    if (!visit->fee_fixed || visit->due_minor <= 0)
        return REFUSED_NOT_DUE;
    return REFUSED_NOTHING;
}

static struct money money_due(const struct consultation *visit)
{
    struct money due = { .minor = visit->due_minor };

    memcpy(due.currency, visit->currency, CURRENCY_TEXT);
    return due;
}

static enum refusal open_payment(const struct consultation *visit,
                                 struct decision *out)
{
    enum refusal refusal = refuse_unless_owed(visit);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (checkout_is_open(visit)) /* one open checkout a visit */
        return REFUSED_NOTHING;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_PAYMENT_OPENED);
    event->opened.attempt = visit->checkout_attempt + 1;
    event->opened.amount = money_due(visit);
    return REFUSED_NOTHING;
}

static enum refusal pay_otherwise(const struct consultation *visit,
                                  struct decision *out)
{
    enum refusal refusal = refuse_unless_owed(visit);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (!visit->pay_otherwise)
        decision_add(out, TARGET_VISIT, EVENT_PAY_OTHERWISE_ASKED);
    return REFUSED_NOTHING;
}

static enum refusal payment_ready(const struct consultation *visit,
                                  const struct command *command,
                                  struct decision *out)
{
    if (command->payment_ready.checkout[0] == '\0' ||
        command->payment_ready.url[0] == '\0')
        return REFUSED_INVALID;
    if (visit->checkout_state != CHECKOUT_ASKED)
        return REFUSED_NOTHING; /* asked meanwhile to pay another way */
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_PAYMENT_READY);
    memcpy(event->ready.checkout, command->payment_ready.checkout,
           CHECKOUT_TEXT);
    memcpy(event->ready.url, command->payment_ready.url, URL_TEXT);
    return REFUSED_NOTHING;
}

static struct event *add_news(struct decision *out, enum event_kind kind,
                              const struct command *command)
{
    struct event *event = decision_add(out, TARGET_VISIT, kind);

    memcpy(event->paid.checkout, command->payment_news.checkout, CHECKOUT_TEXT);
    event->paid.amount = command->payment_news.amount;
    return event;
}

static bool is_current(const struct consultation *visit,
                       const struct command *command)
{
    return strcmp(visit->checkout, command->payment_news.checkout) == 0;
}

static bool is_surplus(const struct consultation *visit,
                       const struct command *command)
{
    return strcmp(visit->surplus_checkout, command->payment_news.checkout) == 0;
}

static enum refusal news_paid(const struct consultation *visit,
                              const struct command *command,
                              struct decision *out)
{
    const struct money *paid = &command->payment_news.amount;

    if (is_surplus(visit, command) ||
        (visit->checkout_state == CHECKOUT_PAID && is_current(visit, command)))
        return REFUSED_NOTHING;
    if (visit->settlement == SETTLEMENT_OPEN && !visit->refunded) {
        if (!visit->fee_fixed || paid->minor != visit->due_minor ||
            strcmp(paid->currency, visit->currency) != 0)
            return REFUSED_AMOUNT_MISMATCH;
        add_news(out, EVENT_PAID, command);
        return REFUSED_NOTHING;
    }

    /* Settled already: what came on top goes back. */
    add_news(out, EVENT_PAID, command)->paid.surplus = true;
    add_news(out, EVENT_REFUND_ASKED, command)->paid.surplus = true;
    return REFUSED_NOTHING;
}

static enum refusal news_refunded(const struct consultation *visit,
                                  const struct command *command,
                                  struct decision *out)
{
    if (is_surplus(visit, command)) {
        if (visit->surplus)
            add_news(out, EVENT_REFUNDED, command)->paid.surplus = true;
        return REFUSED_NOTHING;
    }
    if (!is_current(visit, command) || visit->checkout_state != CHECKOUT_PAID)
        return REFUSED_NO_PAYMENT;
    if (!visit->refunded)
        add_news(out, EVENT_REFUNDED, command);
    return REFUSED_NOTHING;
}

static enum refusal payment_news(const struct consultation *visit,
                                 const struct command *command,
                                 struct decision *out)
{
    bool open = is_current(visit, command) && checkout_is_open(visit);

    switch (command->payment_news.news) {
    case NEWS_PAID:
        return news_paid(visit, command, out);
    case NEWS_FAILED:
        if (open)
            add_news(out, EVENT_PAYMENT_FAILED, command);
        return REFUSED_NOTHING;
    case NEWS_EXPIRED:
        if (open)
            add_news(out, EVENT_PAYMENT_EXPIRED, command);
        return REFUSED_NOTHING;
    case NEWS_REFUNDED:
        return news_refunded(visit, command, out);
    case NEWS_DISPUTED:
        if (!visit->disputed)
            add_news(out, EVENT_DISPUTED, command);
        return REFUSED_NOTHING;
    }
    return REFUSED_INVALID;
}

static enum refusal settle(const struct consultation *visit,
                           const struct command *command, struct decision *out)
{
    enum refusal refusal = refuse_unless_owed(visit);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (command->settle.how < SETTLEMENT_CASH ||
        command->settle.how > SETTLEMENT_DEFERRED)
        return REFUSED_INVALID;
    decision_add(out, TARGET_VISIT, EVENT_SETTLED)->settled.how =
        command->settle.how;
    return REFUSED_NOTHING;
}

static enum refusal waive(const struct consultation *visit,
                          const struct command *command, struct decision *out)
{
    if (visit->phase == PHASE_CANCELLED)
        return REFUSED_CANCELLED;
    if (visit->settlement != SETTLEMENT_OPEN)
        return REFUSED_ALREADY_SETTLED;
    if (command->why.reason[0] == '\0')
        return REFUSED_INVALID;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_WAIVED);
    memcpy(event->why.reason, command->why.reason, SHORT_TEXT);
    return REFUSED_NOTHING;
}

static enum refusal refund(const struct consultation *visit,
                           struct decision *out)
{
    if (visit->checkout_state != CHECKOUT_PAID)
        return REFUSED_NO_PAYMENT;
    if (visit->refund_asked)
        return REFUSED_NOTHING;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_REFUND_ASKED);
    memcpy(event->paid.checkout, visit->checkout, CHECKOUT_TEXT);
    event->paid.amount.minor = visit->paid_minor;
    memcpy(event->paid.amount.currency, visit->currency, CURRENCY_TEXT);
    return REFUSED_NOTHING;
}

enum refusal payment_decide(const struct situation *at,
                            const struct command *command, struct decision *out)
{
    if (command->kind == COMMAND_OPEN_PAYMENT)
        return open_payment(at->visit, out);
    if (command->kind == COMMAND_PAY_OTHERWISE)
        return pay_otherwise(at->visit, out);
    if (command->kind == COMMAND_PAYMENT_READY)
        return payment_ready(at->visit, command, out);
    if (command->kind == COMMAND_PAYMENT_NEWS)
        return payment_news(at->visit, command, out);
    if (command->kind == COMMAND_SETTLE)
        return settle(at->visit, command, out);
    if (command->kind == COMMAND_WAIVE)
        return waive(at->visit, command, out);
    return refund(at->visit, out);
}

/* The provider's page; before the end its place belongs to the guests. */
static void set_page(struct consultation *visit, const char *url)
{
    size_t length = strnlen(url, URL_TEXT - 1);

    if (visit->phase != PHASE_ENDED)
        return;
    memcpy(visit->checkout_url, url, length);
    visit->checkout_url[length] = '\0';
}

static void apply_opened(struct consultation *visit, const struct event *event)
{
    visit->checkout_state = CHECKOUT_ASKED;
    visit->checkout_attempt = event->opened.attempt;
    visit->checkout_ms = event->at_ms;
    visit->checkout[0] = '\0';
    set_page(visit, "");
    visit->pay_otherwise = false;
}

static void apply_paid(struct consultation *visit, const struct event *event)
{
    if (event->paid.surplus) {
        visit->surplus = true;
        memcpy(visit->surplus_checkout, event->paid.checkout, CHECKOUT_TEXT);
        return;
    }
    visit->settlement = SETTLEMENT_PAID;
    visit->checkout_state = CHECKOUT_PAID;
    visit->paid_minor = event->paid.amount.minor;
    visit->pay_otherwise = false;
    memcpy(visit->checkout, event->paid.checkout, CHECKOUT_TEXT);
    set_page(visit, "");
}

/* Settled another way: an open page at the provider is of no use any more. */
static void close_checkout(struct consultation *visit)
{
    if (checkout_is_open(visit) || visit->checkout_state == CHECKOUT_FAILED)
        visit->checkout_state = CHECKOUT_NONE;
    set_page(visit, "");
}

static void apply_refunded(struct consultation *visit,
                           const struct event *event)
{
    if (event->paid.surplus) {
        visit->surplus = false;
        return;
    }
    visit->refunded = true;
    if (visit->settlement == SETTLEMENT_PAID)
        visit->settlement = SETTLEMENT_OPEN; /* that key is turned back */
}

void payment_apply(struct consultation *visit, const struct event *event)
{
    switch (event->kind) {
    case EVENT_FEE_FIXED:
        visit->fee_fixed = true;
        visit->due_minor = event->fee.minor;
        break;
    case EVENT_NOTHING_DUE:
        visit->fee_fixed = true;
        visit->due_minor = 0;
        if (visit->settlement == SETTLEMENT_OPEN)
            visit->settlement = SETTLEMENT_NOTHING_DUE;
        break;
    case EVENT_PAYMENT_OPENED:
        apply_opened(visit, event);
        break;
    case EVENT_PAYMENT_READY:
        visit->checkout_state = CHECKOUT_READY;
        memcpy(visit->checkout, event->ready.checkout, CHECKOUT_TEXT);
        set_page(visit, event->ready.url);
        break;
    case EVENT_PAID:
        apply_paid(visit, event);
        break;
    case EVENT_PAYMENT_FAILED:
        visit->checkout_state = CHECKOUT_FAILED;
        break;
    case EVENT_PAYMENT_EXPIRED:
        visit->checkout_state = CHECKOUT_EXPIRED;
        break;
    case EVENT_PAY_OTHERWISE_ASKED:
        visit->pay_otherwise = true;
        close_checkout(visit);
        break;
    case EVENT_SETTLED:
        visit->settlement = event->settled.how;
        close_checkout(visit);
        break;
    case EVENT_WAIVED:
        visit->settlement = SETTLEMENT_WAIVED;
        close_checkout(visit);
        break;
    case EVENT_REFUND_ASKED:
        if (!event->paid.surplus)
            visit->refund_asked = true;
        break;
    case EVENT_REFUNDED:
        apply_refunded(visit, event);
        break;
    case EVENT_DISPUTED:
        visit->disputed = true;
        break;
    default: /* another noun's */
        break;
    }
}
