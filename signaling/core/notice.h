/*
 * notice: what must leave the house because of an event: messages to whoever
 * connects, and orders to the payment provider. The app writes each as an
 * outbox row in the event's own transaction.
 */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

#include "signaling/core/consultation.h"

enum notice_kind {
    /* messages, by mail and SMS to the contact on file */
    NOTICE_BOOKED,
    NOTICE_CHANGED, /* other time or practitioner */
    NOTICE_CANCELLED,
    NOTICE_LINK, /* a new link */
    NOTICE_DOCTOR_WAITS,
    NOTICE_RELEASED,
    /* the payment provider */
    NOTICE_OPEN_CHECKOUT,
    NOTICE_EXPIRE_CHECKOUT,
    NOTICE_REFUND,
    /* messages to a guest, by mail and SMS to theirs */
    NOTICE_GUEST_LINK,
    NOTICE_GUEST_CHANGED,
    NOTICE_GUEST_CANCELLED, /* the visit, or this invitation */
};
extern const char *const notice_kind_names[];
/* booked changed cancelled link doctor_waits released open_checkout
 * expire_checkout refund guest_link guest_changed guest_cancelled */

#define NOTICES_MAX 4

/* before and after the event; returns how many, at most NOTICES_MAX. */
size_t notices_of(const struct consultation *before,
                  const struct consultation *after, const struct event *event,
                  enum notice_kind out[NOTICES_MAX]);

/* The same for guests: each of them gets their own. */
struct guest_notice {
    enum notice_kind kind;
    uint32_t number;
    struct guest guest; /* as reached: before, when the event ends it all */
};
size_t guest_notices_of(const struct consultation *before,
                        const struct consultation *after,
                        const struct event *event,
                        struct guest_notice out[GUESTS_MAX]);

static inline bool notice_is_message(enum notice_kind kind)
{
    return kind <= NOTICE_RELEASED || kind >= NOTICE_GUEST_LINK;
}

/* What is due when, as a command the house gives itself. */
enum deadline_kind {
    DEADLINE_LAPSE,    /* COMMAND_LAPSE, a day after the end of the slot */
    DEADLINE_CHECKOUT, /* ask the provider how the checkout went */
};
extern const char *const deadline_kind_names[]; /* lapse checkout */
#define DEADLINES_MAX 2

struct deadline {
    enum deadline_kind kind;
    int64_t at_ms;
};

/* All deadlines of a visit as it is now; replaces what was stored of it. */
size_t deadlines_of(const struct consultation *visit,
                    struct deadline out[DEADLINES_MAX]);

#endif
