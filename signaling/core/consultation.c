#include "signaling/core/consultation.h"

#include "signaling/core/rules.h"

_Static_assert(sizeof(struct consultation) <= 2560,
               "a visit's facts stay small: thousands are in memory");

void consultation_init(struct consultation *visit, struct consultation_id id)
{
    *visit = (struct consultation){ .id = id };
}

void consultation_apply(struct consultation *visit, const struct event *event)
{
    booking_apply(visit, event);
    preparation_apply(visit, event);
    waiting_room_apply(visit, event);
    encounter_apply(visit, event);
    payment_apply(visit, event);
    prescription_apply(visit, event);
    guest_apply(visit, event);
    visit->seq += 1;
    visit->last_ms = event->at_ms;
}

bool consultation_is_open(const struct consultation *visit)
{
    return refuse_unless_open(visit) == REFUSED_NOTHING;
}

bool consultation_is_unfinished(const struct consultation *visit)
{
    if (visit->phase != PHASE_ENDED || visit->declined)
        return false;
    if (visit->drafted_version > 0)
        return visit->drafted_version > visit->released_version;
    return visit->plan == PLAN_FOLLOWS;
}

bool consultation_needs_doctor(const struct consultation *visit)
{
    return visit->phase == PHASE_WAITING || visit->phase == PHASE_ADMITTED ||
           consultation_is_unfinished(visit);
}

bool consultation_needs_call(const struct consultation *visit)
{
    return visit->callback_asked;
}

_Static_assert(sizeof(struct guests) <= URL_TEXT,
               "guests fit where the provider's page is kept later");

const struct guest *consultation_guest(const struct consultation *visit,
                                       uint32_t number)
{
    if (number == 0 || number > GUESTS_MAX || !consultation_is_open(visit))
        return NULL;
    const struct guest *guest = &visit->guests.each[number - 1];
    return guest_is_there(guest) ? guest : NULL;
}

bool consultation_is_minor(const struct consultation *visit)
{
    return date_age(visit->identity.birth, visit->start_ms) < ADULT_AGE;
}

bool consultation_has_receipt(const struct consultation *visit)
{
    return visit->settlement == SETTLEMENT_PAID ||
           visit->settlement == SETTLEMENT_CASH ||
           visit->settlement == SETTLEMENT_CHEQUE ||
           visit->settlement == SETTLEMENT_TRANSFER;
}

bool consultation_is_settled(const struct consultation *visit,
                             const struct policy *policy)
{
    return !policy->payment_key || visit->settlement != SETTLEMENT_OPEN;
}
