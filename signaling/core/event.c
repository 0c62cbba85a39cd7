#include "signaling/core/event.h"

#include <string.h>

static const char *const names[EVENT_KINDS] = {
#define X(kind, name) [EVENT_##kind] = name,
    EVENTS(X)
#undef X
};

const char *event_name(enum event_kind kind)
{
    return names[kind];
}

enum event_kind event_of_name(const char *name)
{
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        if (strcmp(names[kind], name) == 0)
            return (enum event_kind)kind;
    return EVENT_KINDS;
}

#define MEMBER(label, kind, member) FIELD(struct event, label, kind, member)
#define WORD(label, member, words)                                             \
    FIELD(struct event, label, FIELD_ENUM, member, .names = words)
#define IDENTITY_MEMBERS(path)                                                 \
    MEMBER("family", FIELD_TEXT, path.family),                                 \
        MEMBER("given", FIELD_TEXT, path.given),                               \
        MEMBER("birth", FIELD_DATE, path.birth),                               \
        WORD("sex", path.sex, sex_names),                                      \
        MEMBER("mobile", FIELD_TEXT, path.mobile),                             \
        MEMBER("mail", FIELD_TEXT, path.mail)

static const struct field none[] = { FIELDS_END };

static const struct field booked[] = {
    MEMBER("clinic", FIELD_ID, booked.clinic),
    MEMBER("practitioner", FIELD_ID, booked.practitioner),
    IDENTITY_MEMBERS(booked.identity),
    WORD("who_connects", booked.who_connects, connecting_names),
    WORD("contact_of", booked.contact_of, connecting_names),
    MEMBER("reason", FIELD_TEXT, booked.reason),
    MEMBER("locale", FIELD_TEXT, booked.locale),
    MEMBER("start_ms", FIELD_I64, booked.start_ms),
    MEMBER("duration_min", FIELD_U32, booked.duration_min),
    MEMBER("fee_max_minor", FIELD_I64, booked.fee_max_minor),
    MEMBER("currency", FIELD_TEXT, booked.currency),
    MEMBER("nothing_due", FIELD_BOOL, booked.nothing_due),
    FIELDS_END,
};

static const struct field moved[] = {
    MEMBER("practitioner", FIELD_ID, moved.practitioner),
    MEMBER("start_ms", FIELD_I64, moved.start_ms),
    MEMBER("duration_min", FIELD_U32, moved.duration_min),
    FIELDS_END,
};

static const struct field cancelled[] = {
    WORD("by", cancelled.by, cancelled_by_names),
    FIELDS_END,
};

static const struct field corrected[] = {
    IDENTITY_MEMBERS(corrected.identity),
    FIELDS_END,
};

static const struct field link[] = {
    MEMBER("generation", FIELD_U32, link.generation),
    FIELDS_END,
};

static const struct field consent[] = {
    MEMBER("version", FIELD_TEXT, consent.version),
    MEMBER("hash", FIELD_HASH, consent.hash),
    FIELDS_END,
};

static const struct field situated[] = {
    MEMBER("place", FIELD_TEXT, situated.place),
    MEMBER("phone", FIELD_TEXT, situated.phone),
    MEMBER("adult", FIELD_TEXT, situated.adult),
    FIELDS_END,
};

static const struct field checked[] = {
    WORD("camera", checked.camera, device_state_names),
    WORD("microphone", checked.microphone, device_state_names),
    MEMBER("speaker_heard", FIELD_BOOL, checked.speaker_heard),
    MEMBER("sound_only", FIELD_BOOL, checked.sound_only),
    WORD("line", checked.line, line_names),
    WORD("voice", checked.voice, voice_names),
    FIELDS_END,
};

static const struct field called_in[] = {
    MEMBER("adult", FIELD_TEXT, called_in.adult),
    FIELDS_END,
};

static const struct field confirmed[] = {
    MEMBER("present", FIELD_TEXT, confirmed.present),
    FIELDS_END,
};

static const struct field telephone[] = {
    WORD("cause", telephone.cause, telephone_cause_names),
    FIELDS_END,
};

static const struct field message[] = {
    MEMBER("number", FIELD_U32, message.number),
    MEMBER("from_clinic", FIELD_BOOL, message.from_clinic),
    FIELDS_END,
};

static const struct field document[] = {
    MEMBER("version", FIELD_U32, document.version),
    MEMBER("hash", FIELD_HASH, document.hash),
    MEMBER("bytes", FIELD_U32, document.bytes),
    FIELDS_END,
};

static const struct field why[] = {
    MEMBER("reason", FIELD_TEXT, why.reason),
    FIELDS_END,
};

static const struct field revoked[] = {
    MEMBER("version", FIELD_U32, revoked.version),
    MEMBER("reason", FIELD_TEXT, revoked.reason),
    FIELDS_END,
};

static const struct field fetched[] = {
    WORD("document", fetched.document, document_kind_names),
    FIELDS_END,
};

static const struct field ended[] = {
    WORD("how", ended.how, ended_how_names),
    WORD("prescription", ended.prescription, prescription_plan_names),
    FIELDS_END,
};

static const struct field fee[] = {
    MEMBER("minor", FIELD_I64, fee.minor),
    FIELDS_END,
};

static const struct field opened[] = {
    MEMBER("attempt", FIELD_U32, opened.attempt),
    MEMBER("minor", FIELD_I64, opened.amount.minor),
    MEMBER("currency", FIELD_TEXT, opened.amount.currency),
    FIELDS_END,
};

static const struct field ready[] = {
    MEMBER("checkout", FIELD_TEXT, ready.checkout),
    MEMBER("url", FIELD_TEXT, ready.url),
    FIELDS_END,
};

static const struct field paid[] = {
    MEMBER("checkout", FIELD_TEXT, paid.checkout),
    MEMBER("minor", FIELD_I64, paid.amount.minor),
    MEMBER("currency", FIELD_TEXT, paid.amount.currency),
    MEMBER("surplus", FIELD_BOOL, paid.surplus),
    FIELDS_END,
};

static const struct field settled[] = {
    WORD("how", settled.how, settlement_names),
    FIELDS_END,
};

static const struct field incident[] = {
    WORD("incident", incident.incident, incident_names),
    WORD("side", incident.side, incident_side_names),
    MEMBER("start_ms", FIELD_I64, incident.start_ms),
    MEMBER("end_ms", FIELD_I64, incident.end_ms),
    FIELDS_END,
};

static const struct field slot[] = {
    MEMBER("consultation", FIELD_ID, slot.consultation),
    MEMBER("start_ms", FIELD_I64, slot.start_ms),
    MEMBER("end_ms", FIELD_I64, slot.end_ms),
    FIELDS_END,
};

static const struct field invited[] = {
    MEMBER("guest", FIELD_U32, invited.number),
    MEMBER("name", FIELD_TEXT, invited.name),
    WORD("kind", invited.kind, guest_kind_names),
    MEMBER("mobile", FIELD_TEXT, invited.mobile),
    MEMBER("mail", FIELD_TEXT, invited.mail),
    MEMBER("locale", FIELD_TEXT, invited.locale),
    FIELDS_END,
};

static const struct field guest[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    FIELDS_END,
};

static const struct field guest_link[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    MEMBER("generation", FIELD_U32, guest.generation),
    FIELDS_END,
};

static const struct field guest_promise[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    MEMBER("version", FIELD_TEXT, guest.version),
    MEMBER("hash", FIELD_HASH, guest.hash),
    FIELDS_END,
};

static const struct field guest_checked[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    WORD("camera", guest.camera, device_state_names),
    WORD("microphone", guest.microphone, device_state_names),
    MEMBER("sound_only", FIELD_BOOL, guest.sound_only),
    WORD("line", guest.line, line_names),
    WORD("voice", guest.voice, voice_names),
    FIELDS_END,
};

static const struct field guest_answered[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    MEMBER("agreed", FIELD_BOOL, guest.agreed),
    FIELDS_END,
};

static const struct field guest_admitted[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    MEMBER("told", FIELD_BOOL, guest.told),
    FIELDS_END,
};

static const struct field delay[] = {
    MEMBER("minutes", FIELD_U32, delay.minutes),
    FIELDS_END,
};

const struct field *event_fields(enum event_kind kind)
{
    switch (kind) {
    case EVENT_BOOKED:
        return booked;
    case EVENT_RESCHEDULED:
    case EVENT_REASSIGNED:
        return moved;
    case EVENT_CANCELLED:
        return cancelled;
    case EVENT_IDENTITY_CORRECTED:
        return corrected;
    case EVENT_LINK_ISSUED:
    case EVENT_CLAIMED:
        return link;
    case EVENT_CONSENT_GIVEN:
    case EVENT_CONSENT_REFUSED:
        return consent;
    case EVENT_SITUATED:
        return situated;
    case EVENT_DEVICE_CHECKED:
        return checked;
    case EVENT_CALLED_IN:
        return called_in;
    case EVENT_IDENTITY_CONFIRMED:
        return confirmed;
    case EVENT_CONTINUED_BY_TELEPHONE:
        return telephone;
    case EVENT_MESSAGE_SENT:
        return message;
    case EVENT_PRESCRIPTION_DRAFTED:
    case EVENT_APPROVED:
    case EVENT_RELEASED:
        return document;
    case EVENT_OVERRIDDEN:
    case EVENT_WAIVED:
        return why;
    case EVENT_REVOKED:
        return revoked;
    case EVENT_FETCHED:
        return fetched;
    case EVENT_ENDED:
        return ended;
    case EVENT_FEE_FIXED:
        return fee;
    case EVENT_PAYMENT_OPENED:
        return opened;
    case EVENT_PAYMENT_READY:
        return ready;
    case EVENT_PAID:
    case EVENT_PAYMENT_FAILED:
    case EVENT_PAYMENT_EXPIRED:
    case EVENT_REFUND_ASKED:
    case EVENT_REFUNDED:
    case EVENT_DISPUTED:
        return paid;
    case EVENT_SETTLED:
        return settled;
    case EVENT_INCIDENT:
        return incident;
    case EVENT_GUEST_INVITED:
        return invited;
    case EVENT_GUEST_LINK_ISSUED:
    case EVENT_GUEST_CLAIMED:
        return guest_link;
    case EVENT_GUEST_PROMISED:
    case EVENT_GUEST_DECLINED:
        return guest_promise;
    case EVENT_GUEST_CHECKED:
        return guest_checked;
    case EVENT_GUEST_ANSWERED:
        return guest_answered;
    case EVENT_GUEST_ADMITTED:
        return guest_admitted;
    case EVENT_GUEST_LINK_OPENED:
    case EVENT_GUEST_CLAIM_FAILED:
    case EVENT_GUEST_ARRIVED:
    case EVENT_GUEST_LEFT:
    case EVENT_GUEST_DISMISSED:
    case EVENT_GUEST_PINNED:
    case EVENT_GUEST_WITHDRAWN:
        return guest;
    case EVENT_SLOT_TAKEN:
    case EVENT_SLOT_FREED:
    case EVENT_ADMITTED:
    case EVENT_ADMISSION_OVER:
        return slot;
    case EVENT_DELAY_TOLD:
        return delay;
    case EVENT_LINK_OPENED:
    case EVENT_CLAIM_FAILED:
    case EVENT_PROVED:
    case EVENT_ARRIVED:
    case EVENT_LEFT:
    case EVENT_PLACE_KEPT:
    case EVENT_CALLBACK_ASKED:
    case EVENT_CALLBACK_DONE:
    case EVENT_OTHER_TIME_ASKED:
    case EVENT_SUMMONED:
    case EVENT_PUT_BACK:
    case EVENT_NOTE_SAVED:
    case EVENT_APPROVAL_VOID:
    case EVENT_PRESCRIPTION_DECLINED:
    case EVENT_NO_SHOW:
    case EVENT_LAPSED:
    case EVENT_NOTHING_DUE:
    case EVENT_PAY_OTHERWISE_ASKED:
    case EVENT_KINDS:
        return none;
    }
    return none;
}
