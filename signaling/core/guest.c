#include "signaling/core/rules.h"

static const struct guest *guest_of(const struct situation *at,
                                    const struct command *command)
{
    return consultation_guest(at->visit, command->guest.number);
}

static void add_about(struct decision *out, enum event_kind kind,
                      uint32_t number)
{
    decision_add(out, TARGET_VISIT, kind)->guest.number = number;
}

static void issue_link(const struct consultation *visit, uint32_t number,
                       struct decision *out)
{
    struct event *event =
        decision_add(out, TARGET_VISIT, EVENT_GUEST_LINK_ISSUED);

    event->guest.number = number;
    event->guest.generation =
        visit->guests.each[number - 1].link_generation + 1;
}

/* ---- what staff do --------------------------------------------------------
 */

static enum refusal invite(const struct consultation *visit,
                           const struct command *command, struct decision *out)
{
    uint32_t number = 1;

    if (!identity_name_is_valid(command->invite.name) ||
        !identity_phone_is_valid(command->invite.mobile) ||
        !identity_mail_is_valid(command->invite.mail))
        return REFUSED_INVALID;
    while (number <= GUESTS_MAX && consultation_guest(visit, number))
        number += 1;
    if (number > GUESTS_MAX)
        return REFUSED_GUESTS_FULL;

    struct event *event = decision_add(out, TARGET_VISIT, EVENT_GUEST_INVITED);
    event->invited.number = number;
    event->invited.kind = command->invite.kind;
    memcpy(event->invited.name, command->invite.name, NAME_TEXT);
    memcpy(event->invited.mobile, command->invite.mobile, PHONE_TEXT);
    memcpy(event->invited.mail, command->invite.mail, MAIL_TEXT);
    memcpy(event->invited.locale, command->invite.locale, LOCALE_TEXT);
    issue_link(visit, number, out);
    return REFUSED_NOTHING;
}

/* The patient knows before anybody sees or hears them: by their own answer, or
 * because the doctor asked them. Their no is theirs to take back. */
static enum refusal admit(const struct consultation *visit,
                          const struct guest *guest,
                          const struct command *command, struct decision *out)
{
    if (visit->phase != PHASE_ADMITTED || visit->by_telephone)
        return REFUSED_NOT_ADMITTED;
    if (guest->state == GUEST_ADMITTED)
        return REFUSED_NOTHING;
    if (guest->state != GUEST_WAITING && guest->state != GUEST_DISMISSED)
        return REFUSED_GUEST_NOT_WAITING;
    if (guest->agreed == AGREEMENT_NO)
        return REFUSED_PATIENT_DECLINED;
    if (guest->agreed == AGREEMENT_OPEN && !command->guest.told)
        return REFUSED_PATIENT_NOT_TOLD;

    struct event *event = decision_add(out, TARGET_VISIT, EVENT_GUEST_ADMITTED);
    event->guest.number = command->guest.number;
    event->guest.told = guest->agreed == AGREEMENT_OPEN;
    return REFUSED_NOTHING;
}

static enum refusal dismiss(const struct guest *guest,
                            const struct command *command, struct decision *out)
{
    if (guest->state == GUEST_DISMISSED)
        return REFUSED_NOTHING;
    if (guest->state != GUEST_ADMITTED)
        return REFUSED_GUEST_NOT_WAITING;
    add_about(out, EVENT_GUEST_DISMISSED, command->guest.number);
    return REFUSED_NOTHING;
}

static enum refusal pin(const struct consultation *visit,
                        const struct command *command, struct decision *out)
{
    uint32_t number = command->guest.number;
    const struct guest *guest = consultation_guest(visit, number);

    if (number != 0 && !guest)
        return REFUSED_NO_GUEST;
    if (guest && guest->state != GUEST_ADMITTED)
        return REFUSED_GUEST_NOT_WAITING;
    if (visit->guests.pinned != number)
        add_about(out, EVENT_GUEST_PINNED, number);
    return REFUSED_NOTHING;
}

/* ---- what the patient says ------------------------------------------------
 */

/* Who is admitted leaves with the patient's no. */
static enum refusal answer(const struct guest *guest,
                           const struct command *command, struct decision *out)
{
    enum agreement wanted =
        command->guest.agreed ? AGREEMENT_YES : AGREEMENT_NO;

    if (guest->agreed == wanted)
        return REFUSED_NOTHING;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_GUEST_ANSWERED);
    event->guest.number = command->guest.number;
    event->guest.agreed = command->guest.agreed;
    if (wanted == AGREEMENT_NO && guest->state == GUEST_ADMITTED)
        add_about(out, EVENT_GUEST_DISMISSED, command->guest.number);
    return REFUSED_NOTHING;
}

/* ---- the way in -----------------------------------------------------------
 */

static enum refusal claim(const struct guest *guest,
                          const struct command *command, struct decision *out)
{
    if (command->guest.link_generation != guest->link_generation)
        return REFUSED_WRONG_LINK;
    if (guest->claim_failures >= CLAIMS_BEFORE_END)
        return REFUSED_LINK_ENDED;
    if (command->now_ms < guest->claim_paused_until_ms)
        return REFUSED_LINK_PAUSED;
    if (!command->guest.fits) {
        add_about(out, EVENT_GUEST_CLAIM_FAILED, command->guest.number);
        return REFUSED_NOTHING;
    }
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_GUEST_CLAIMED);
    event->guest.number = command->guest.number;
    event->guest.generation = guest->device_generation + 1;
    return REFUSED_NOTHING;
}

static enum refusal about_guest(const struct situation *at,
                                const struct command *command,
                                struct decision *out)
{
    const struct guest *guest = guest_of(at, command);

    if (!guest)
        return command->kind == COMMAND_CLAIM_GUEST ? REFUSED_WRONG_LINK
                                                    : REFUSED_NO_GUEST;
    if (command->kind == COMMAND_CLAIM_GUEST)
        return claim(guest, command, out);
    if (command->kind == COMMAND_ADMIT_GUEST)
        return admit(at->visit, guest, command, out);
    if (command->kind == COMMAND_DISMISS_GUEST)
        return dismiss(guest, command, out);
    if (command->kind == COMMAND_ANSWER_GUEST)
        return answer(guest, command, out);
    if (command->kind == COMMAND_REISSUE_GUEST_LINK)
        issue_link(at->visit, command->guest.number, out);
    else if (command->kind == COMMAND_WITHDRAW_GUEST)
        add_about(out, EVENT_GUEST_WITHDRAWN, command->guest.number);
    else if (!guest->link_opened)
        add_about(out, EVENT_GUEST_LINK_OPENED, command->guest.number);
    return REFUSED_NOTHING;
}

/* ---- what a guest does for themselves -------------------------------------
 */

static bool has_promised(const struct guest *guest)
{
    return guest->state >= GUEST_READY && guest->state <= GUEST_DISMISSED;
}

static enum refusal promise(const struct guest *guest,
                            const struct command *command, struct decision *out)
{
    static const uint8_t nothing[HASH_BYTES];
    bool accepted = command->consent.accepted;

    if (command->consent.version[0] == '\0' ||
        memcmp(command->consent.hash, nothing, HASH_BYTES) == 0)
        return REFUSED_INVALID;
    if (accepted ? has_promised(guest) : guest->state == GUEST_DECLINED)
        return REFUSED_NOTHING;
    struct event *event =
        decision_add(out, TARGET_VISIT,
                     accepted ? EVENT_GUEST_PROMISED : EVENT_GUEST_DECLINED);
    event->guest.number = command->actor.guest;
    memcpy(event->guest.version, command->consent.version, VERSION_TEXT);
    memcpy(event->guest.hash, command->consent.hash, HASH_BYTES);
    return REFUSED_NOTHING;
}

static enum refusal check_device(const struct guest *guest,
                                 const struct command *command,
                                 struct decision *out)
{
    if (!has_promised(guest))
        return REFUSED_NO_CONSENT;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_GUEST_CHECKED);
    event->guest.number = command->actor.guest;
    event->guest.camera = command->check.camera;
    event->guest.microphone = command->check.microphone;
    event->guest.sound_only = command->check.sound_only;
    event->guest.line = command->check.line;
    event->guest.voice = command->check.voice;
    return REFUSED_NOTHING;
}

static enum refusal arrive(const struct situation *at,
                           const struct guest *guest,
                           const struct command *command, struct decision *out)
{
    if (!has_promised(guest))
        return REFUSED_NO_CONSENT;
    if (guest->state != GUEST_READY)
        return REFUSED_NOTHING;
    if (!guest->device_checked)
        return REFUSED_NOT_YET;
    if (command->now_ms < at->visit->start_ms - at->policy->opens_before_ms)
        return REFUSED_TOO_EARLY;
    add_about(out, EVENT_GUEST_ARRIVED, command->actor.guest);
    return REFUSED_NOTHING;
}

/* Who leaves of their own will is admitted anew: patient and doctor may have
 * come to something that is not for everybody. */
static enum refusal leave(const struct guest *guest,
                          const struct command *command, struct decision *out)
{
    if (has_promised(guest) && guest->state != GUEST_READY)
        add_about(out, EVENT_GUEST_LEFT, command->actor.guest);
    return REFUSED_NOTHING;
}

static enum refusal own(const struct situation *at,
                        const struct command *command, struct decision *out)
{
    const struct guest *guest =
        consultation_guest(at->visit, command->actor.guest);

    if (!guest)
        return REFUSED_NO_GUEST;
    if (command->kind == COMMAND_CONSENT)
        return promise(guest, command, out);
    if (command->kind == COMMAND_CHECK_DEVICE)
        return check_device(guest, command, out);
    if (command->kind == COMMAND_ARRIVE)
        return arrive(at, guest, command, out);
    return leave(guest, command, out);
}

enum refusal guest_decide(const struct situation *at,
                          const struct command *command, struct decision *out)
{
    enum refusal refusal = refuse_unless_open(at->visit);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (command->actor.role == ROLE_GUEST)
        return own(at, command, out);
    if (command->kind == COMMAND_INVITE_GUEST)
        return invite(at->visit, command, out);
    if (command->kind == COMMAND_PIN_GUEST)
        return pin(at->visit, command, out);
    return about_guest(at, command, out);
}

/* ---- what happened --------------------------------------------------------
 */

/* A free place's generations go on. */
static void apply_invited(struct guest *guest, const struct event *event)
{
    *guest = (struct guest){
        .state = GUEST_INVITED,
        .kind = event->invited.kind,
        .link_generation = guest->link_generation,
        .device_generation = guest->device_generation,
    };
    memcpy(guest->name, event->invited.name, NAME_TEXT);
    memcpy(guest->mobile, event->invited.mobile, PHONE_TEXT);
    memcpy(guest->mail, event->invited.mail, MAIL_TEXT);
    memcpy(guest->locale, event->invited.locale, LOCALE_TEXT);
}

/* Whoever holds the old link is sent away with it. */
static void send_away(struct guest *guest)
{
    if (guest->claimed)
        guest->device_generation += 1;
    guest->claimed = false;
    guest->link_opened = false;
    guest->device_checked = false;
    guest->claim_failures = 0;
    guest->claim_paused_until_ms = 0;
    guest->waiting_since_ms = 0;
    guest->admitted_ms = 0;
}

static void apply_claimed(struct guest *guest, const struct event *event)
{
    guest->device_generation = event->guest.generation;
    guest->claimed = true;
    guest->link_opened = true;
    guest->claim_failures = 0;
    guest->claim_paused_until_ms = 0;
}

static void apply_claim_failed(struct guest *guest, int64_t at_ms)
{
    guest->claim_failures += 1;
    if (guest->claim_failures % CLAIMS_BEFORE_PAUSE == 0)
        guest->claim_paused_until_ms = at_ms + CLAIM_PAUSE_MS;
}

static void apply_arrived(struct guest *guest, int64_t at_ms)
{
    guest->state = GUEST_WAITING;
    if (guest->waiting_since_ms == 0)
        guest->waiting_since_ms = at_ms;
}

static void apply_admitted(struct guest *guest, const struct event *event)
{
    guest->state = GUEST_ADMITTED;
    guest->admitted_ms = event->at_ms;
    if (event->guest.told)
        guest->agreed = AGREEMENT_TOLD;
}

static void apply_own(struct guest *guest, const struct event *event)
{
    switch (event->kind) {
    case EVENT_GUEST_LINK_ISSUED:
        send_away(guest);
        guest->link_generation = event->guest.generation;
        guest->state = GUEST_INVITED;
        break;
    case EVENT_GUEST_LINK_OPENED:
        guest->link_opened = true;
        break;
    case EVENT_GUEST_CLAIMED:
        apply_claimed(guest, event);
        break;
    case EVENT_GUEST_CLAIM_FAILED:
        apply_claim_failed(guest, event->at_ms);
        break;
    case EVENT_GUEST_PROMISED:
    case EVENT_GUEST_LEFT:
        guest->state = GUEST_READY;
        guest->waiting_since_ms = 0;
        break;
    case EVENT_GUEST_DECLINED:
        guest->state = GUEST_DECLINED;
        break;
    case EVENT_GUEST_CHECKED:
        guest->device_checked = true;
        guest->sound_only = event->guest.sound_only;
        guest->line = event->guest.line;
        guest->voice = event->guest.voice;
        break;
    case EVENT_GUEST_ARRIVED:
        apply_arrived(guest, event->at_ms);
        break;
    case EVENT_GUEST_ANSWERED:
        guest->agreed = event->guest.agreed ? AGREEMENT_YES : AGREEMENT_NO;
        break;
    case EVENT_GUEST_ADMITTED:
        apply_admitted(guest, event);
        break;
    case EVENT_GUEST_DISMISSED:
        guest->state = GUEST_DISMISSED;
        break;
    case EVENT_GUEST_WITHDRAWN:
        send_away(guest);
        guest->state = GUEST_WITHDRAWN;
        break;
    default: /* not about one guest */
        break;
    }
}

/* The doctor put the patient back, or the visit was moved: nobody is in. */
static void apply_over_for_now(struct consultation *visit)
{
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        struct guest *guest = &visit->guests.each[i];
        if (guest->state != GUEST_WAITING && guest->state != GUEST_ADMITTED &&
            guest->state != GUEST_DISMISSED)
            continue;
        if (visit->phase == PHASE_BOOKED)
            guest->state = GUEST_READY;
        else
            guest->state = GUEST_WAITING;
    }
}

static void unpin_who_left(struct guests *guests)
{
    uint32_t pinned = guests->pinned;

    if (pinned > 0 && guests->each[pinned - 1].state != GUEST_ADMITTED)
        guests->pinned = 0;
}

/* The guest that an event is about, or NULL. */
static struct guest *whom(struct consultation *visit, const struct event *event)
{
    uint32_t number = event->guest.number;

    if (event->kind == EVENT_GUEST_INVITED)
        number = event->invited.number;
    else if (event->kind < EVENT_GUEST_LINK_ISSUED ||
             event->kind > EVENT_GUEST_WITHDRAWN ||
             event->kind == EVENT_GUEST_PINNED)
        return NULL;
    return number > 0 && number <= GUESTS_MAX ? &visit->guests.each[number - 1]
                                              : NULL;
}

void guest_apply(struct consultation *visit, const struct event *event)
{
    struct guest *guest = whom(visit, event);

    if (event->kind == EVENT_ENDED || event->kind == EVENT_CANCELLED ||
        event->kind == EVENT_NO_SHOW || event->kind == EVENT_LAPSED) {
        memset(visit->checkout_url, 0, sizeof(visit->checkout_url));
        return;
    }
    if (!consultation_is_open(visit))
        return;
    if (guest && event->kind == EVENT_GUEST_INVITED)
        apply_invited(guest, event);
    else if (guest)
        apply_own(guest, event);
    else if (event->kind == EVENT_GUEST_PINNED)
        visit->guests.pinned = event->guest.number % (GUESTS_MAX + 1);
    else if (event->kind == EVENT_PUT_BACK ||
             event->kind == EVENT_RESCHEDULED ||
             event->kind == EVENT_REASSIGNED)
        apply_over_for_now(visit);
    unpin_who_left(&visit->guests);
}
