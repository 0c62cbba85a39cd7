#include "signaling/core/notice.h"

#define CHECKOUT_AFTER_MS (INT64_C(30) * 1000)

/* After a declined card the page waits for another one. */
static bool checkout_at_provider(const struct consultation *visit)
{
    return visit->checkout_state == CHECKOUT_READY ||
           visit->checkout_state == CHECKOUT_FAILED;
}

/* Settled another way, or on another page. */
static bool checkout_was_left(const struct consultation *before,
                              const struct consultation *after)
{
    return checkout_at_provider(before) &&
           (after->checkout_state == CHECKOUT_NONE ||
            strcmp(before->checkout, after->checkout) != 0);
}

static size_t messages_of(const struct event *event,
                          enum notice_kind out[NOTICES_MAX])
{
    switch (event->kind) {
    case EVENT_RESCHEDULED:
    case EVENT_REASSIGNED:
        out[0] = NOTICE_CHANGED;
        return 1;
    case EVENT_CANCELLED:
        out[0] = NOTICE_CANCELLED;
        return 1;
    case EVENT_LINK_ISSUED:
        /* The first link is what the booking's message brings. */
        out[0] = event->link.generation == 1 ? NOTICE_BOOKED : NOTICE_LINK;
        return 1;
    case EVENT_SUMMONED:
        out[0] = NOTICE_DOCTOR_WAITS;
        return 1;
    case EVENT_RELEASED:
        out[0] = NOTICE_RELEASED;
        return 1;
    default: /* says nothing to anybody outside */
        return 0;
    }
}

size_t notices_of(const struct consultation *before,
                  const struct consultation *after, const struct event *event,
                  enum notice_kind out[NOTICES_MAX])
{
    size_t count = messages_of(event, out);

    if (event->kind == EVENT_PAYMENT_OPENED)
        out[count++] = NOTICE_OPEN_CHECKOUT;
    if (event->kind == EVENT_REFUND_ASKED)
        out[count++] = NOTICE_REFUND;
    /* Its page must not be paid any more. */
    if (checkout_was_left(before, after))
        out[count++] = NOTICE_EXPIRE_CHECKOUT;
    return count;
}

static size_t add_guest(const struct consultation *visit, uint32_t number,
                        enum notice_kind kind, size_t count,
                        struct guest_notice out[GUESTS_MAX])
{
    const struct guest *guest = consultation_guest(visit, number);

    if (!guest || guest->state == GUEST_DECLINED)
        return count;
    out[count].kind = kind;
    out[count].number = number;
    out[count].guest = *guest;
    return count + 1;
}

size_t guest_notices_of(const struct consultation *before,
                        const struct consultation *after,
                        const struct event *event,
                        struct guest_notice out[GUESTS_MAX])
{
    size_t count = 0;

    switch (event->kind) {
    case EVENT_GUEST_LINK_ISSUED:
        return add_guest(after, event->guest.number, NOTICE_GUEST_LINK, 0, out);
    case EVENT_GUEST_WITHDRAWN:
        return add_guest(before, event->guest.number, NOTICE_GUEST_CANCELLED, 0,
                         out);
    case EVENT_RESCHEDULED:
    case EVENT_REASSIGNED:
        for (uint32_t i = 1; i <= GUESTS_MAX; i++)
            count = add_guest(after, i, NOTICE_GUEST_CHANGED, count, out);
        return count;
    case EVENT_CANCELLED:
        for (uint32_t i = 1; i <= GUESTS_MAX; i++)
            count = add_guest(before, i, NOTICE_GUEST_CANCELLED, count, out);
        return count;
    default: /* says nothing to guests outside */
        return 0;
    }
}

size_t deadlines_of(const struct consultation *visit,
                    struct deadline out[DEADLINES_MAX])
{
    size_t count = 0;

    if (visit->phase == PHASE_BOOKED || visit->phase == PHASE_WAITING)
        out[count++] = (struct deadline){
            .kind = DEADLINE_LAPSE,
            .at_ms = consultation_end_ms(visit) + LAPSE_AFTER_MS,
        };
    if (checkout_at_provider(visit))
        out[count++] = (struct deadline){
            .kind = DEADLINE_CHECKOUT,
            .at_ms = visit->checkout_ms + CHECKOUT_AFTER_MS,
        };
    return count;
}
