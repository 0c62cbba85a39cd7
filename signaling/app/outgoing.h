/*
 * outgoing: what a row of the outbox holds, as the JSON that the store seals:
 * enough to deliver it later without asking the visit. Pure.
 */
#ifndef APP_OUTGOING_H
#define APP_OUTGOING_H

#include "signaling/core/consultation.h"
#include "signaling/core/notice.h"

struct outgoing {
    char to[MAIL_TEXT]; /* messages: an address or a number */
    char locale[LOCALE_TEXT];
    struct clinic_id clinic;
    struct practitioner_id practitioner;
    int64_t start_ms;
    uint32_t generation;          /* of the link */
    uint32_t guest;               /* whose link: 0 is the patient's */
    uint32_t attempt;             /* OPEN_CHECKOUT */
    struct money amount;          /* OPEN_CHECKOUT, REFUND */
    char checkout[CHECKOUT_TEXT]; /* EXPIRE_CHECKOUT, REFUND */
};

#define OUTGOING_CHANNELS_MAX 2

/* Which ways this house has. */
struct outgoing_ways {
    bool mail;
    bool sms;
};

/* The channels a notice goes by: "mail" and "sms" by what contact there is and
 * which ways we have, or "payment". A contact that no way leads to gives a
 * channel all the same: that it failed has to show. */
size_t outgoing_channels(const struct consultation *visit,
                         enum notice_kind kind,
                         const struct outgoing_ways *ways,
                         const char *out[OUTGOING_CHANNELS_MAX]);

/* The channels to a contact; either may be "". */
size_t outgoing_ways_to(const char *mail, const char *mobile,
                        const struct outgoing_ways *ways,
                        const char *out[OUTGOING_CHANNELS_MAX]);

/* before: the visit before the event; after: with it. */
void outgoing_fill(const struct consultation *before,
                   const struct consultation *after, const struct event *event,
                   enum notice_kind kind, const char *channel,
                   struct outgoing *out);

/* What a guest is told. */
void outgoing_fill_guest(const struct consultation *after,
                         const struct guest_notice *notice, const char *channel,
                         struct outgoing *out);

/* malloc'ed. */
char *outgoing_write(const struct outgoing *outgoing);
int outgoing_read(struct slice json, struct outgoing *out);

#endif
