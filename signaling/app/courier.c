#include "signaling/app/courier.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "signaling/app/clock.h"
#include "signaling/app/worker.h"
#include "signaling/outbox/backoff.h"
#include "signaling/outbox/wording.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUND_S      1.0
#define LEASE_MS     120000 /* longer than any attempt's time limits */
#define ROWS_A_ROUND 16
#define THREADS      2
#define WAITING      64
#define ID_SIZE      64

struct courier {
    struct courier_options with;
    struct worker *messengers;
    ev_timer round;
    bool claiming;
    bool again;
    bool stopped;
    courier_fn *told;
    void *arg;
};

/* One row, from its claim until its outcome is noted. */
struct parcel {
    struct list link; /* while it is being claimed */
    struct courier *courier;
    struct outbox_row row; /* its detail is gone */
    struct outgoing outgoing;
    struct wording wording;
    char clinic[sizeof(((struct clinic *)0)->name)];
    char id[ID_SIZE];
    struct outcome outcome;
    int64_t next_ms;
    int64_t now_ms;
};

/* ---- the outcome
 * --------------------------------------------------------------- */

static int note_run(struct reader_of_store *writer, void *arg)
{
    struct parcel *parcel = arg;

    if (parcel->outcome.kind == OUTCOME_DONE)
        return outbox_sent(writer, parcel->row.id, parcel->now_ms);
    return outbox_failed(writer, parcel->row.id, parcel->next_ms,
                         parcel->outcome.why);
}

static void note_done(void *arg, int status)
{
    struct parcel *parcel = arg;
    struct courier *courier = parcel->courier;

    if (status < 0)
        log_warning("outbox not noted row=%lld error=%d",
                    (long long)parcel->row.id, -status);
    else if (courier->told && notice_is_message(parcel->row.kind))
        courier->told(courier->arg, parcel->row.visit);
    secret_wipe(parcel, sizeof(*parcel));
    free(parcel);
}

static void parcel_end(struct parcel *parcel)
{
    parcel->now_ms = clock_now_ms();
    struct backoff backoff = {
        .row = parcel->row.id,
        .attempts = parcel->row.attempts,
        .created_ms = parcel->row.created_ms,
        .now_ms = parcel->now_ms,
    };

    parcel->next_ms = backoff_next_ms(&backoff, &parcel->outcome);
    if (parcel->outcome.kind != OUTCOME_DONE && parcel->next_ms == 0)
        payments_give_up(parcel->courier->with.engine, &parcel->row);
    if (parcel->outcome.kind != OUTCOME_DONE)
        log_notice("outbox row=%lld kind=%s channel=%s attempt=%u why=%s "
                   "again=%d",
                   (long long)parcel->row.id,
                   notice_kind_names[parcel->row.kind], parcel->row.channel,
                   parcel->row.attempts + 1, parcel->outcome.why,
                   parcel->next_ms != 0);
    store_change(parcel->courier->with.store, note_run, note_done, parcel);
}

static void parcel_failed(struct parcel *parcel, enum outcome_kind kind,
                          const char *why)
{
    parcel->outcome = outcome_of(kind, why);
    parcel_end(parcel);
}

/* ---- messages
 * --------------------------------------------------------------------- */

static void send_mail(void *state, void *arg)
{
    struct parcel *parcel = arg;
    struct mail mail = {
        .to = parcel->outgoing.to,
        .from_name = parcel->clinic,
        .subject = parcel->wording.subject,
        .text = parcel->wording.text,
        .locale = parcel->outgoing.locale,
        .id = parcel->id,
        .created_ms = parcel->row.created_ms,
    };

    (void)state;
    parcel->outcome = mail_send(&parcel->courier->with.mail, &mail);
}

static void send_sms(void *state, void *arg)
{
    struct parcel *parcel = arg;
    struct sms sms = {
        .to = parcel->outgoing.to,
        .text = parcel->wording.sms,
        .id = parcel->id,
    };

    (void)state;
    parcel->outcome = sms_send(&parcel->courier->with.sms, &sms);
}

static void message_sent(void *arg)
{
    parcel_end(arg);
}

/* The words. False: they do not fit or the clinic is unknown. */
static bool word(struct parcel *parcel)
{
    const struct courier_options *with = &parcel->courier->with;
    const struct outgoing *outgoing = &parcel->outgoing;
    const struct clinic *clinic =
        directory_find_clinic(with->directory, outgoing->clinic);
    const struct practitioner *practitioner =
        directory_find_practitioner(with->directory, outgoing->practitioner);
    struct link link = { .visit = parcel->row.visit,
                         .person = (enum link_person)outgoing->guest,
                         .generation = outgoing->generation };
    char token[LINK_TOKEN_TEXT];
    char code[LINK_PIN_TEXT] = "";
    char address[256] = "";

    if (!clinic || !practitioner)
        return false;
    link_token(with->keys, &link, token);
    if (outgoing->guest)
        link_pin(with->keys, &link, code);
    if (parcel->row.kind != NOTICE_CANCELLED &&
        parcel->row.kind != NOTICE_GUEST_CANCELLED)
        (void)snprintf(address, sizeof(address), "%s/v/%s", with->public_url,
                       token);
    struct wording_facts facts = {
        .kind = parcel->row.kind,
        .locale = outgoing->locale[0] ? outgoing->locale : clinic->locale,
        .clinic = clinic->name,
        .phone = clinic->phone,
        .practitioner = practitioner->name,
        .link = address,
        .code = code,
    };
    if (zone_wall_time(clinic->time_zone, outgoing->start_ms, &facts.when) &&
        zone_wall_time("UTC", outgoing->start_ms, &facts.when))
        return false;
    memcpy(parcel->clinic, clinic->name, sizeof(parcel->clinic));
    return wording_make(&facts, &parcel->wording) == 0;
}

static void deliver_message(struct parcel *parcel)
{
    const struct courier_options *with = &parcel->courier->with;
    bool mail = strcmp(parcel->row.channel, "mail") == 0;
    const char *url = mail ? with->mail.url : with->sms.url;
    char visit[ID_TEXT];

    if (!url || !url[0]) {
        parcel_failed(parcel, OUTCOME_REFUSED, mail ? "no_mail" : "no_sms");
        return;
    }
    if (!word(parcel)) {
        parcel_failed(parcel, OUTCOME_REFUSED, "no_words");
        return;
    }
    text_base64url(slice(parcel->row.visit.bytes, ID_BYTES), visit);
    (void)snprintf(parcel->id, sizeof(parcel->id), "%s-%lld", visit,
                   (long long)parcel->row.id);
    if (!worker_give(parcel->courier->messengers, mail ? send_mail : send_sms,
                     message_sent, parcel))
        parcel_failed(parcel, OUTCOME_RETRY, "busy");
}

/* ---- orders to the provider
 * ----------------------------------------------------------- */

static void order_done(void *arg, const struct outcome *outcome)
{
    struct parcel *parcel = arg;

    parcel->outcome = *outcome;
    parcel_end(parcel);
}

static void deliver(struct parcel *parcel)
{
    struct courier *courier = parcel->courier;

    if (notice_is_message(parcel->row.kind))
        deliver_message(parcel);
    else if (!courier->with.payments)
        parcel_failed(parcel, OUTCOME_REFUSED, "no_provider");
    else
        payments_deliver(courier->with.payments, &parcel->row,
                         &parcel->outgoing, order_done, parcel);
}

/* ---- claiming
 * ----------------------------------------------------------------------------
 */

struct claiming {
    struct courier *courier;
    int64_t now_ms;
    struct list parcels;
    size_t count;
};

static int keep_row(void *arg, const struct outbox_row *row)
{
    struct claiming *claiming = arg;
    struct parcel *parcel = calloc(1, sizeof(*parcel));

    assert(parcel);
    parcel->courier = claiming->courier;
    parcel->row = *row;
    parcel->row.detail = slice(NULL, 0);
    /* Unreadable: it stays blank, has no clinic and fails with its reason. */
    (void)outgoing_read(row->detail, &parcel->outgoing);
    list_append(&claiming->parcels, &parcel->link);
    claiming->count += 1;
    return 0;
}

static int claim_run(struct reader_of_store *writer, void *arg)
{
    struct claiming *claiming = arg;

    return outbox_claim(writer, claiming->now_ms, LEASE_MS, ROWS_A_ROUND,
                        keep_row, claiming);
}

static void claim_done(void *arg, int status)
{
    struct claiming *claiming = arg;
    struct courier *courier = claiming->courier;
    bool more = claiming->count == ROWS_A_ROUND;

    courier->claiming = false;
    list_each (link, after, &claiming->parcels) {
        struct parcel *parcel = list_member(link, struct parcel, link);
        list_remove(link);
        if (status < 0 || courier->stopped)
            free(parcel); /* not claimed, or claimed again after its lease */
        else
            deliver(parcel);
    }
    free(claiming);
    if (status >= 0 && (more || courier->again))
        courier_wake(courier);
}

void courier_wake(struct courier *courier)
{
    courier->again = courier->claiming;
    if (courier->claiming || courier->stopped)
        return;
    struct claiming *claiming = calloc(1, sizeof(*claiming));
    assert(claiming);
    courier->claiming = true;
    claiming->courier = courier;
    claiming->now_ms = clock_now_ms();
    list_init(&claiming->parcels);
    store_change(courier->with.store, claim_run, claim_done, claiming);
}

static void on_round(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct courier *courier = timer->data;

    (void)loop;
    (void)events;
    if (!courier->claiming)
        courier_wake(courier);
}

/* ---- life
 * ----------------------------------------------------------------------------------
 */

int courier_new(const struct courier_options *options, struct courier **out)
{
    struct courier *courier = calloc(1, sizeof(*courier));

    if (!courier)
        return -ENOMEM;
    courier->with = *options;
    int err =
        worker_new(options->loop, THREADS, WAITING, NULL, &courier->messengers);
    if (err) {
        free(courier);
        return err;
    }
    ev_timer_init(&courier->round, on_round, 0., ROUND_S);
    courier->round.data = courier;
    ev_timer_start(options->loop, &courier->round);
    *out = courier;
    return 0;
}

void courier_on_delivery(struct courier *courier, courier_fn *told, void *arg)
{
    courier->told = told;
    courier->arg = arg;
}

void courier_stop(struct courier *courier)
{
    if (!courier || courier->stopped)
        return;
    courier->stopped = true;
    courier->told = NULL;
    ev_timer_stop(courier->with.loop, &courier->round);
    worker_stop(courier->messengers);
}

void courier_free(struct courier *courier)
{
    if (!courier)
        return;
    courier_stop(courier);
    worker_free(courier->messengers);
    free(courier);
}
