#include "signaling/app/payment_inbox.h"

#include "base/text.h"
#include "signaling/app/clock.h"
#include "signaling/store/inbox.h"

#include <assert.h>
#include <stdlib.h>

#define INBOX_LIMIT 16
#define INBOX_S     5.0 /* what could not be fetched is tried again */

struct payment_inbox {
    struct ev_loop *loop;
    struct store *store;
    struct payments *payments;
    ev_timer again;
    bool reading;
    bool read_again;
    bool stopped;
};

struct hints {
    struct payment_inbox *inbox;
    struct {
        char event_id[PAYMENT_EVENT_TEXT];
        char about[CHECKOUT_TEXT];
    } all[INBOX_LIMIT];
    size_t count;
    size_t open; /* not finished yet */
};

static void inbox_read(struct payment_inbox *inbox);

static void hints_end(struct hints *hints)
{
    struct payment_inbox *inbox = hints->inbox;

    free(hints);
    inbox->reading = false;
    if (inbox->read_again)
        inbox_read(inbox);
}

struct hint {
    struct hints *hints;
    size_t index;
};

static int hint_done_run(struct reader_of_store *writer, void *arg)
{
    struct hint *hint = arg;

    return inbox_done(writer, hint->hints->all[hint->index].event_id);
}

static void hint_done(void *arg, int status)
{
    struct hint *hint = arg;
    struct hints *hints = hint->hints;

    (void)status; /* still pending: it is fetched once more */
    free(hint);
    hints->open -= 1;
    if (hints->open == 0)
        hints_end(hints);
}

static void hint_fetched(void *arg, const struct outcome *outcome)
{
    struct hint *hint = arg;

    if (outcome->kind == OUTCOME_RETRY)
        hint_done(hint, 0); /* stays in the inbox */
    else
        store_change(hint->hints->inbox->store, hint_done_run, hint_done, hint);
}

static int hints_keep(void *arg, const char *event_id, const char *about)
{
    struct hints *hints = arg;

    if (hints->count == INBOX_LIMIT)
        return 0;
    (void)text_copy(hints->all[hints->count].event_id, PAYMENT_EVENT_TEXT,
                    slice_of_text(event_id));
    (void)text_copy(hints->all[hints->count].about, CHECKOUT_TEXT,
                    slice_of_text(about));
    hints->count += 1;
    return 0;
}

static int hints_run(struct reader_of_store *reader, void *arg)
{
    return inbox_pending(reader, INBOX_LIMIT, hints_keep, arg);
}

static void hints_read(void *arg, int status)
{
    struct hints *hints = arg;
    struct consultation_id unknown = { { 0 } };
    size_t count = hints->count;

    if (status || count == 0) {
        hints_end(hints);
        return;
    }
    hints->open = count;
    for (size_t i = 0; i < count; i++) {
        struct hint *hint = calloc(1, sizeof(*hint));
        assert(hint);
        hint->hints = hints;
        hint->index = i;
        payments_check(hints->inbox->payments, unknown, hints->all[i].about,
                       hint_fetched, hint);
    }
}

static void inbox_read(struct payment_inbox *inbox)
{
    inbox->read_again = inbox->reading;
    if (inbox->reading || inbox->stopped)
        return;
    inbox->reading = true;
    struct hints *hints = calloc(1, sizeof(*hints));
    assert(hints);
    hints->inbox = inbox;
    store_ask(inbox->store, hints_run, hints_read, hints);
}

static void on_again(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct payment_inbox *inbox = timer->data;

    (void)loop;
    (void)events;
    if (!inbox->reading)
        inbox_read(inbox);
}

/* ---- a new one ------------------------------------------------------------
 */

struct arrival {
    struct payment_inbox *inbox;
    struct payment_event event;
    int64_t now_ms;
    webhook_fn *done;
    void *arg;
};

static int arrival_run(struct reader_of_store *writer, void *arg)
{
    struct arrival *arrival = arg;

    return inbox_put(writer, arrival->event.id, arrival->event.about,
                     arrival->now_ms);
}

static void arrival_kept(void *arg, int status)
{
    struct arrival *arrival = arg;

    arrival->done(arrival->arg, status < 0 ? status : 0);
    if (status > 0)
        inbox_read(arrival->inbox);
    free(arrival);
}

void payment_inbox_put(struct payment_inbox *inbox,
                       const struct payment_event *event, webhook_fn *done,
                       void *arg)
{
    struct arrival *arrival = calloc(1, sizeof(*arrival));

    assert(arrival);
    arrival->inbox = inbox;
    arrival->event = *event;
    arrival->now_ms = clock_now_ms();
    arrival->done = done;
    arrival->arg = arg;
    store_change(inbox->store, arrival_run, arrival_kept, arrival);
}

/* ---- life -----------------------------------------------------------------
 */

struct payment_inbox *payment_inbox_new(struct ev_loop *loop,
                                        struct store *store,
                                        struct payments *payments)
{
    struct payment_inbox *inbox = calloc(1, sizeof(*inbox));

    assert(inbox);
    inbox->loop = loop;
    inbox->store = store;
    inbox->payments = payments;
    ev_timer_init(&inbox->again, on_again, INBOX_S, INBOX_S);
    inbox->again.data = inbox;
    ev_timer_start(loop, &inbox->again);
    inbox_read(inbox);
    return inbox;
}

void payment_inbox_stop(struct payment_inbox *inbox)
{
    if (!inbox)
        return;
    inbox->stopped = true;
    ev_timer_stop(inbox->loop, &inbox->again);
}

void payment_inbox_free(struct payment_inbox *inbox)
{
    payment_inbox_stop(inbox);
    free(inbox);
}
