#include "signaling/app/outgoing.h"

#include "signaling/app/record.h"

#include <assert.h>
#include <errno.h>

#define MEMBER(label, kind, member) FIELD(struct outgoing, label, kind, member)

static const struct field fields[] = {
    MEMBER("to", FIELD_TEXT, to),
    MEMBER("locale", FIELD_TEXT, locale),
    MEMBER("clinic", FIELD_ID, clinic),
    MEMBER("practitioner", FIELD_ID, practitioner),
    MEMBER("start_ms", FIELD_I64, start_ms),
    MEMBER("generation", FIELD_U32, generation),
    MEMBER("guest", FIELD_U32, guest),
    MEMBER("attempt", FIELD_U32, attempt),
    MEMBER("minor", FIELD_I64, amount.minor),
    MEMBER("currency", FIELD_TEXT, amount.currency),
    MEMBER("checkout", FIELD_TEXT, checkout),
    { .name = NULL },
};

size_t outgoing_ways_to(const char *mail, const char *mobile,
                        const struct outgoing_ways *ways,
                        const char *out[OUTGOING_CHANNELS_MAX])
{
    size_t count = 0;

    if (mail[0] && ways->mail)
        out[count++] = "mail";
    if (mobile[0] && ways->sms)
        out[count++] = "sms";
    if (count == 0 && mail[0])
        out[count++] = "mail";
    else if (count == 0 && mobile[0])
        out[count++] = "sms";
    return count;
}

size_t outgoing_channels(const struct consultation *visit,
                         enum notice_kind kind,
                         const struct outgoing_ways *ways,
                         const char *out[OUTGOING_CHANNELS_MAX])
{
    if (!notice_is_message(kind)) {
        out[0] = "payment";
        return 1;
    }
    return outgoing_ways_to(visit->identity.mail, visit->identity.mobile, ways,
                            out);
}

static void fill_payment(const struct consultation *before,
                         const struct consultation *after,
                         const struct event *event, enum notice_kind kind,
                         struct outgoing *out)
{
    if (kind == NOTICE_OPEN_CHECKOUT) {
        out->attempt = after->checkout_attempt;
        out->amount.minor = after->due_minor;
        memcpy(out->amount.currency, after->currency, CURRENCY_TEXT);
        return;
    }
    if (kind == NOTICE_EXPIRE_CHECKOUT) {
        memcpy(out->checkout, before->checkout, CHECKOUT_TEXT);
        return;
    }
    /* REFUND: the event names the payment that goes back. */
    assert(event->kind == EVENT_PAID || event->kind == EVENT_REFUND_ASKED);
    memcpy(out->checkout, event->paid.checkout, CHECKOUT_TEXT);
    out->amount = event->paid.amount;
}

void outgoing_fill(const struct consultation *before,
                   const struct consultation *after, const struct event *event,
                   enum notice_kind kind, const char *channel,
                   struct outgoing *out)
{
    *out = (struct outgoing){
        .clinic = after->clinic,
        .practitioner = after->practitioner,
        .start_ms = after->start_ms,
        .generation = after->link_generation,
    };
    memcpy(out->locale, after->locale, LOCALE_TEXT);
    if (!notice_is_message(kind))
        fill_payment(before, after, event, kind, out);
    else if (strcmp(channel, "mail") == 0)
        memcpy(out->to, after->identity.mail, MAIL_TEXT);
    else
        memcpy(out->to, after->identity.mobile, PHONE_TEXT);
}

void outgoing_fill_guest(const struct consultation *after,
                         const struct guest_notice *notice, const char *channel,
                         struct outgoing *out)
{
    const struct guest *guest = &notice->guest;

    *out = (struct outgoing){
        .clinic = after->clinic,
        .practitioner = after->practitioner,
        .start_ms = after->start_ms,
        .generation = guest->link_generation,
        .guest = notice->number,
    };
    memcpy(out->locale, guest->locale[0] ? guest->locale : after->locale,
           LOCALE_TEXT);
    if (strcmp(channel, "mail") == 0)
        memcpy(out->to, guest->mail, MAIL_TEXT);
    else
        memcpy(out->to, guest->mobile, PHONE_TEXT);
}

char *outgoing_write(const struct outgoing *outgoing)
{
    json_t *object = record_object(fields, outgoing);
    char *text = json_dumps(object, JSON_COMPACT);

    assert(text);
    json_decref(object);
    return text;
}

int outgoing_read(struct slice json, struct outgoing *out)
{
    struct outgoing read = { .generation = 0 };
    int err = record_members(json, fields, &read);

    if (err)
        return err;
    *out = read;
    return 0;
}
