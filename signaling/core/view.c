#include "signaling/core/view.h"

#include "signaling/core/release.h"

#define P     ROLE_BIT(ROLE_PATIENT)
#define D     ROLE_BIT(ROLE_DOCTOR)
#define S     ROLE_BIT(ROLE_SECRETARY)
#define G     ROLE_BIT(ROLE_GUEST)
#define ALL   (P | D | S)
#define STAFF (D | S)

#define MEMBER(who, kind, member)                                              \
    FIELD(struct view, #member, kind, member, .roles = who)
#define WORD(who, member, words)                                               \
    FIELD(struct view, #member, FIELD_ENUM, member, .names = words,            \
          .roles = who)

const struct field view_fields[] = {
    WORD(ALL | G, phase, phase_names),
    MEMBER(ALL | G, FIELD_I64, start_ms),
    MEMBER(ALL | G, FIELD_U32, duration_min),
    MEMBER(ALL | G, FIELD_I64, opens_ms),
    MEMBER(ALL | G, FIELD_U32, delay_min),
    WORD(ALL, who_connects, connecting_names),
    WORD(ALL, consent, consent_names),
    MEMBER(ALL, FIELD_BOOL, device_checked),
    WORD(ALL, camera, device_state_names),
    WORD(ALL, microphone, device_state_names),
    MEMBER(ALL, FIELD_BOOL, sound_only),
    WORD(ALL, line, line_names),
    WORD(ALL, voice, voice_names),
    MEMBER(ALL, FIELD_BOOL, ever_arrived),
    MEMBER(ALL, FIELD_I64, waiting_since_ms),
    MEMBER(ALL, FIELD_I64, summoned_ms),
    MEMBER(ALL, FIELD_I64, admitted_ms),
    MEMBER(ALL, FIELD_BOOL, hung_up),
    MEMBER(ALL | G, FIELD_BOOL, by_telephone),
    MEMBER(ALL, FIELD_BOOL, callback_asked),
    MEMBER(ALL, FIELD_BOOL, other_time_asked),
    MEMBER(ALL, FIELD_BOOL, place_kept),
    MEMBER(ALL | G, FIELD_I64, ended_ms),
    WORD(ALL, ended_how, ended_how_names),
    MEMBER(ALL, FIELD_I64, fee_max_minor),
    MEMBER(ALL, FIELD_TEXT, currency),
    MEMBER(ALL, FIELD_BOOL, fee_fixed),
    MEMBER(ALL, FIELD_I64, due_minor),
    WORD(ALL, settlement, settlement_names),
    WORD(ALL, checkout, checkout_names),
    MEMBER(ALL, FIELD_BOOL, pay_otherwise),
    MEMBER(ALL, FIELD_BOOL, refunded),
    WORD(ALL, cancelled_by, cancelled_by_names),
    MEMBER(P | D, FIELD_U32, messages),

    MEMBER(ALL | G, FIELD_U32, pinned),
    WORD(G, guest_step, guest_step_names),
    MEMBER(G, FIELD_U32, guest),

    WORD(P, step, step_names),
    MEMBER(ALL, FIELD_BOOL, was_put_back),
    MEMBER(P, FIELD_BOOL, was_moved),
    MEMBER(P, FIELD_TEXT, locale),
    MEMBER(P, FIELD_TEXT, checkout_url),
    WORD(P | D, prescription, prescription_state_names),
    MEMBER(P | D, FIELD_I64, prescription_until_ms),
    MEMBER(P, FIELD_BOOL, receipt),
    MEMBER(ALL, FIELD_BOOL, minor),

    MEMBER(STAFF, FIELD_ID, practitioner),
    MEMBER(STAFF, FIELD_TEXT, family),
    MEMBER(STAFF, FIELD_TEXT, given),
    MEMBER(STAFF, FIELD_DATE, birth),
    WORD(STAFF, sex, sex_names),
    MEMBER(STAFF, FIELD_TEXT, mobile),
    MEMBER(STAFF, FIELD_TEXT, mail),
    WORD(STAFF, contact_of, connecting_names),
    MEMBER(STAFF, FIELD_TEXT, reason),
    MEMBER(STAFF, FIELD_BOOL, link_opened),
    MEMBER(STAFF, FIELD_BOOL, claimed),
    MEMBER(STAFF, FIELD_U32, claim_failures),
    MEMBER(STAFF, FIELD_TEXT, phone),
    MEMBER(STAFF, FIELD_TEXT, adult),
    MEMBER(STAFF, FIELD_BOOL, service_failed),
    MEMBER(STAFF, FIELD_BOOL, surplus),
    MEMBER(STAFF, FIELD_BOOL, disputed),
    MEMBER(STAFF, FIELD_BOOL, document_ready),
    MEMBER(STAFF, FIELD_I64, callback_asked_ms),

    MEMBER(D, FIELD_TEXT, place),
    MEMBER(D, FIELD_BOOL, identity_confirmed),
    MEMBER(D, FIELD_TEXT, present),
    WORD(D, plan, prescription_plan_names),
    MEMBER(D, FIELD_U32, drafted_version),
    MEMBER(D, FIELD_HASH, drafted_hash),
    MEMBER(D, FIELD_U32, approved_version),
    MEMBER(D, FIELD_U32, released_version),
    MEMBER(D, FIELD_U32, revoked_version),
    MEMBER(D, FIELD_BOOL, overridden),
    MEMBER(D, FIELD_BOOL, fetched),
    MEMBER(D, FIELD_BOOL, note_saved),
    { .name = NULL },
};

#undef MEMBER
#undef WORD
#define MEMBER(who, kind, member)                                              \
    FIELD(struct guest_view, #member, kind, member, .roles = who)
#define WORD(who, member, words)                                               \
    FIELD(struct guest_view, #member, FIELD_ENUM, member, .names = words,      \
          .roles = who)

const struct field guest_view_fields[] = {
    MEMBER(ALL | G, FIELD_U32, guest),
    WORD(ALL | G, kind, guest_kind_names),
    WORD(ALL | G, state, guest_state_names),
    MEMBER(ALL | G, FIELD_TEXT, name),
    WORD(ALL, agreed, agreement_names),
    MEMBER(ALL, FIELD_I64, waiting_since_ms),
    MEMBER(ALL, FIELD_I64, admitted_ms),
    MEMBER(ALL | G, FIELD_BOOL, sound_only),
    MEMBER(STAFF, FIELD_BOOL, device_checked),
    WORD(STAFF, line, line_names),
    WORD(STAFF, voice, voice_names),
    MEMBER(STAFF, FIELD_TEXT, mobile),
    MEMBER(STAFF, FIELD_TEXT, mail),
    MEMBER(STAFF, FIELD_BOOL, link_opened),
    MEMBER(STAFF, FIELD_BOOL, claimed),
    MEMBER(STAFF, FIELD_U32, claim_failures),
    { .name = NULL },
};

static enum prescription_state prescription_state(
    const struct consultation *visit)
{
    if (visit->released_version > visit->revoked_version)
        return PRESCRIPTION_RELEASED;
    if (visit->approved_version > visit->released_version)
        return PRESCRIPTION_APPROVED;
    if (visit->declined)
        return PRESCRIPTION_DECLINED;
    if (visit->drafted_version > visit->released_version)
        return PRESCRIPTION_FOLLOWS;
    if (visit->revoked_version > 0)
        return PRESCRIPTION_REVOKED;
    return visit->plan == PLAN_FOLLOWS ? PRESCRIPTION_FOLLOWS
                                       : PRESCRIPTION_NONE;
}

static enum step preparation_step(const struct consultation *visit)
{
    if (visit->consent == CONSENT_REFUSED)
        return STEP_CONSENT_REFUSED;
    if (visit->consent == CONSENT_NONE)
        return STEP_CONSENT;
    if (!visit->situated)
        return STEP_PLACE;
    if (!visit->device_checked)
        return STEP_CHECK;
    return STEP_READY;
}

static enum step admitted_step(const struct consultation *visit)
{
    if (visit->by_telephone)
        return STEP_TELEPHONE;
    return visit->hung_up ? STEP_CALL_LEFT : STEP_CALL;
}

static enum step owed_step(const struct consultation *visit)
{
    if (visit->pay_otherwise)
        return STEP_PAY_OTHERWISE;
    switch (visit->checkout_state) {
    case CHECKOUT_ASKED:
    case CHECKOUT_READY:
        return STEP_PAYING;
    case CHECKOUT_FAILED:
    case CHECKOUT_EXPIRED:
        return STEP_PAYMENT_FAILED;
    case CHECKOUT_NONE:
    case CHECKOUT_PAID:
        break;
    }
    return STEP_DUE;
}

static enum step ended_step(const struct consultation *visit)
{
    enum prescription_state prescription = prescription_state(visit);
    bool owes = visit->settlement == SETTLEMENT_OPEN && visit->fee_fixed &&
                visit->due_minor > 0 && !visit->refunded;

    if (prescription == PRESCRIPTION_RELEASED && !owes)
        return STEP_RELEASED;
    if (owes)
        return owed_step(visit);
    if (prescription == PRESCRIPTION_REVOKED)
        return STEP_REVOKED;
    if (prescription == PRESCRIPTION_FOLLOWS ||
        prescription == PRESCRIPTION_APPROVED)
        return visit->settlement == SETTLEMENT_PAID ? STEP_AWAITING_DOCTOR
                                                    : STEP_FINISHING;
    return visit->ended_how == ENDED_INTERRUPTED ? STEP_INTERRUPTED : STEP_DONE;
}

static enum step step_of(const struct consultation *visit)
{
    switch (visit->phase) {
    case PHASE_NONE:
    case PHASE_BOOKED:
        return preparation_step(visit);
    case PHASE_WAITING:
        return visit->was_put_back ? STEP_PUT_BACK : STEP_WAITING;
    case PHASE_ADMITTED:
        return admitted_step(visit);
    case PHASE_ENDED:
        return ended_step(visit);
    case PHASE_CANCELLED:
        return STEP_CANCELLED;
    case PHASE_NO_SHOW:
        return STEP_NO_SHOW;
    case PHASE_LAPSED:
        return STEP_LAPSED;
    }
    return STEP_CONSENT;
}

/* A delay is told for a day of work, not for ever. */
#define DELAY_HOLDS_MS (INT64_C(6) * 60 * 60 * 1000)

/* Rounded up to five minutes; none once the visit began or long after. */
static uint32_t delay_of(const struct consultation *visit,
                         const struct agenda *agenda)
{
    if (!agenda || agenda->delay_min == 0)
        return 0;
    if (visit->phase != PHASE_BOOKED && visit->phase != PHASE_WAITING)
        return 0;
    int64_t after_ms = visit->start_ms - agenda->delay_told_ms;
    if (after_ms > DELAY_HOLDS_MS || after_ms < -DELAY_HOLDS_MS)
        return 0;
    return (agenda->delay_min + 4) / 5 * 5;
}

static void fill_for_all(const struct consultation *visit,
                         const struct agenda *agenda,
                         const struct policy *policy, struct view *out)
{
    out->phase = visit->phase;
    out->start_ms = visit->start_ms;
    out->duration_min = visit->duration_min;
    out->opens_ms = visit->start_ms - policy->opens_before_ms;
    out->delay_min = delay_of(visit, agenda);
    out->who_connects = visit->who_connects;
    out->consent = visit->consent;
    out->device_checked = visit->device_checked;
    out->camera = visit->camera;
    out->microphone = visit->microphone;
    out->sound_only = visit->sound_only;
    out->line = visit->line;
    out->voice = visit->voice;
    out->ever_arrived = visit->ever_arrived;
    out->waiting_since_ms =
        visit->phase == PHASE_WAITING ? visit->waiting_since_ms : 0;
    out->summoned_ms = visit->summoned_ms;
    out->admitted_ms = visit->phase == PHASE_ADMITTED ? visit->admitted_ms : 0;
    out->hung_up = visit->hung_up;
    out->by_telephone = visit->by_telephone;
    out->was_put_back = visit->was_put_back;
    out->callback_asked = visit->callback_asked;
    out->other_time_asked = visit->other_time_asked;
    out->place_kept = visit->place_kept;
    out->ended_ms = visit->ended_ms;
    out->ended_how = visit->ended_how;
    out->cancelled_by = visit->cancelled_by;
    out->minor = consultation_is_minor(visit);
}

static void fill_money(const struct consultation *visit, struct view *out)
{
    out->fee_max_minor = visit->fee_max_minor;
    memcpy(out->currency, visit->currency, CURRENCY_TEXT);
    out->fee_fixed = visit->fee_fixed;
    out->due_minor = visit->due_minor;
    out->settlement = visit->settlement;
    out->checkout = visit->checkout_state;
    out->pay_otherwise = visit->pay_otherwise;
    out->refunded = visit->refunded;
}

static void fill_for_patient(const struct consultation *visit, struct view *out)
{
    out->step = step_of(visit);
    out->was_moved = visit->was_moved;
    memcpy(out->locale, visit->locale, LOCALE_TEXT);
    /* Until the end the guests have its place. */
    if (visit->phase == PHASE_ENDED)
        memcpy(out->checkout_url, visit->checkout_url, URL_TEXT);
    out->receipt = consultation_has_receipt(visit);
}

static void fill_for_staff(const struct consultation *visit, struct view *out)
{
    out->practitioner = visit->practitioner;
    memcpy(out->family, visit->identity.family, NAME_TEXT);
    memcpy(out->given, visit->identity.given, NAME_TEXT);
    out->birth = visit->identity.birth;
    out->sex = visit->identity.sex;
    memcpy(out->mobile, visit->identity.mobile, PHONE_TEXT);
    memcpy(out->mail, visit->identity.mail, MAIL_TEXT);
    out->contact_of = visit->contact_of;
    memcpy(out->reason, visit->reason, REASON_TEXT);
    out->link_opened = visit->link_opened;
    out->claimed = visit->claimed;
    out->claim_failures = visit->claim_failures;
    memcpy(out->phone, visit->phone, PHONE_TEXT);
    memcpy(out->adult, visit->adult, NAME_TEXT);
    out->service_failed = visit->service_failed;
    out->surplus = visit->surplus;
    out->disputed = visit->disputed;
    out->document_ready = visit->released_version > visit->revoked_version;
    out->callback_asked_ms = visit->callback_asked_ms;
}

static void fill_for_doctor(const struct consultation *visit, struct view *out)
{
    memcpy(out->place, visit->place, SHORT_TEXT);
    out->identity_confirmed = visit->identity_confirmed;
    memcpy(out->present, visit->present, SHORT_TEXT);
    out->plan = visit->plan;
    out->drafted_version = visit->drafted_version;
    memcpy(out->drafted_hash, visit->drafted_hash, HASH_BYTES);
    out->approved_version = visit->approved_version;
    out->released_version = visit->released_version;
    out->revoked_version = visit->revoked_version;
    out->overridden = visit->overridden;
    out->fetched = visit->fetched;
    out->note_saved = visit->note_saved;
}

static void fill_prescription(const struct consultation *visit,
                              const struct policy *policy, struct view *out)
{
    out->messages = visit->messages;
    out->prescription = prescription_state(visit);
    if (out->prescription == PRESCRIPTION_RELEASED)
        out->prescription_until_ms =
            visit->released_ms + policy->released_for_ms;
}

static void fill_guest(const struct guest *guest, uint32_t number,
                       struct guest_view *out)
{
    out->guest = number;
    out->kind = guest->kind;
    out->state = guest->state;
    memcpy(out->name, guest->name, NAME_TEXT);
    out->sound_only = guest->sound_only;
}

static void fill_guest_for_all(const struct guest *guest,
                               struct guest_view *out)
{
    out->agreed = guest->agreed;
    out->waiting_since_ms =
        guest->state == GUEST_WAITING ? guest->waiting_since_ms : 0;
    out->admitted_ms = guest->state == GUEST_ADMITTED ? guest->admitted_ms : 0;
}

static void fill_guest_for_staff(const struct guest *guest,
                                 struct guest_view *out)
{
    out->device_checked = guest->device_checked;
    out->line = guest->line;
    out->voice = guest->voice;
    memcpy(out->mobile, guest->mobile, PHONE_TEXT);
    memcpy(out->mail, guest->mail, MAIL_TEXT);
    out->link_opened = guest->link_opened;
    out->claimed = guest->claimed;
    out->claim_failures = guest->claim_failures;
}

static void fill_guests(const struct consultation *visit, enum role role,
                        struct view *out)
{
    size_t count = 0;

    for (uint32_t number = 1; number <= GUESTS_MAX; number++) {
        const struct guest *guest = consultation_guest(visit, number);
        if (!guest)
            continue;
        fill_guest(guest, number, &out->guests[count]);
        fill_guest_for_all(guest, &out->guests[count]);
        if (role != ROLE_PATIENT)
            fill_guest_for_staff(guest, &out->guests[count]);
        count += 1;
    }
    if (consultation_is_open(visit))
        out->pinned = visit->guests.pinned;
}

/* Themselves; and whom they see, once they are in. */
static void fill_guests_for_guest(const struct consultation *visit,
                                  uint32_t self, struct view *out)
{
    const struct guest *own = consultation_guest(visit, self);
    bool inside = own && own->state == GUEST_ADMITTED;
    size_t count = 0;

    for (uint32_t number = 1; number <= GUESTS_MAX; number++) {
        const struct guest *guest = consultation_guest(visit, number);
        if (guest &&
            (number == self || (inside && guest->state == GUEST_ADMITTED)))
            fill_guest(guest, number, &out->guests[count++]);
    }
    if (inside)
        out->pinned = visit->guests.pinned;
}

static enum guest_step guest_step_of(const struct consultation *visit,
                                     const struct guest *guest)
{
    if (visit->phase == PHASE_CANCELLED)
        return GUEST_STEP_CANCELLED;
    if (!guest)
        return GUEST_STEP_OVER;
    switch (guest->state) {
    case GUEST_NONE:
    case GUEST_WITHDRAWN:
        break;
    case GUEST_INVITED:
        return GUEST_STEP_CONSENT;
    case GUEST_DECLINED:
        return GUEST_STEP_DECLINED;
    case GUEST_READY:
        return guest->device_checked ? GUEST_STEP_READY : GUEST_STEP_CHECK;
    case GUEST_WAITING:
        return GUEST_STEP_WAITING;
    case GUEST_ADMITTED:
        return visit->by_telephone ? GUEST_STEP_TELEPHONE : GUEST_STEP_CALL;
    case GUEST_DISMISSED:
        return GUEST_STEP_DISMISSED;
    }
    return GUEST_STEP_OVER;
}

void view_make_guest(const struct consultation *visit,
                     const struct agenda *agenda, const struct policy *policy,
                     uint32_t guest, struct view *out)
{
    *out = (struct view){
        .phase = visit->phase,
        .start_ms = visit->start_ms,
        .duration_min = visit->duration_min,
        .opens_ms = visit->start_ms - policy->opens_before_ms,
        .delay_min = delay_of(visit, agenda),
        .by_telephone = visit->by_telephone,
        .ended_ms = visit->ended_ms,
        .guest_step = guest_step_of(visit, consultation_guest(visit, guest)),
        .guest = guest,
    };
    fill_guests_for_guest(visit, guest, out);
}

void view_make(const struct consultation *visit, const struct agenda *agenda,
               const struct policy *policy, enum role role, struct view *out)
{
    *out = (struct view){ 0 };
    fill_for_all(visit, agenda, policy, out);
    fill_money(visit, out);
    fill_guests(visit, role, out);
    if (role == ROLE_PATIENT || role == ROLE_DOCTOR)
        fill_prescription(visit, policy, out);
    if (role == ROLE_PATIENT)
        fill_for_patient(visit, out);
    if (role == ROLE_DOCTOR || role == ROLE_SECRETARY)
        fill_for_staff(visit, out);
    if (role == ROLE_DOCTOR)
        fill_for_doctor(visit, out);
}
