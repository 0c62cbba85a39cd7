#include "signaling/core/decide.h"

#include "signaling/core/access.h"
#include "signaling/core/release.h"
#include "signaling/core/rules.h"

#include <assert.h>

struct event *decision_add(struct decision *out, enum target target,
                           enum event_kind kind)
{
    assert(out->count < DECISION_EVENTS_MAX);

    struct event *event = &out->events[out->count].event;
    out->events[out->count].target = target;
    out->count += 1;
    *event = (struct event){ .kind = kind };
    return event;
}

enum refusal refuse_unless_open(const struct consultation *visit)
{
    switch (visit->phase) {
    case PHASE_NONE:
        return REFUSED_UNKNOWN;
    case PHASE_BOOKED:
    case PHASE_WAITING:
    case PHASE_ADMITTED:
        return REFUSED_NOTHING;
    case PHASE_CANCELLED:
        return REFUSED_CANCELLED;
    case PHASE_ENDED:
    case PHASE_NO_SHOW:
    case PHASE_LAPSED:
        return REFUSED_ENDED;
    }
    return REFUSED_UNKNOWN;
}

void slot_event(struct decision *out, enum target target, enum event_kind kind,
                const struct consultation *visit)
{
    struct event *event = decision_add(out, target, kind);

    event->slot.consultation = visit->id;
    event->slot.start_ms = visit->start_ms;
    event->slot.end_ms = consultation_end_ms(visit);
}

typedef enum refusal decide_fn(const struct situation *at,
                               const struct command *command,
                               struct decision *out);

/* Whose rules a command follows. */
static decide_fn *rules_of(enum command_kind kind)
{
    switch (kind) {
    case COMMAND_BOOK:
    case COMMAND_RESCHEDULE:
    case COMMAND_REASSIGN:
    case COMMAND_CANCEL:
    case COMMAND_CORRECT_IDENTITY:
    case COMMAND_REISSUE_LINK:
    case COMMAND_OPEN_LINK:
    case COMMAND_CLAIM:
    case COMMAND_PROVE:
    case COMMAND_LAPSE:
        return booking_decide;
    case COMMAND_CONSENT:
    case COMMAND_SITUATE:
    case COMMAND_CHECK_DEVICE:
        return preparation_decide;
    case COMMAND_ARRIVE:
    case COMMAND_LEAVE:
    case COMMAND_KEEP_PLACE:
    case COMMAND_ASK_CALLBACK:
    case COMMAND_CALLBACK_DONE:
    case COMMAND_ASK_OTHER_TIME:
    case COMMAND_TELL_DELAY:
    case COMMAND_SUMMON:
    case COMMAND_ADMIT:
    case COMMAND_PUT_BACK:
        return waiting_room_decide;
    case COMMAND_CONFIRM_IDENTITY:
    case COMMAND_CONTINUE_BY_TELEPHONE:
    case COMMAND_SEND_MESSAGE:
    case COMMAND_SAVE_NOTE:
    case COMMAND_END:
    case COMMAND_NO_SHOW:
    case COMMAND_REPORT_INCIDENT:
        return encounter_decide;
    case COMMAND_OPEN_PAYMENT:
    case COMMAND_PAY_OTHERWISE:
    case COMMAND_PAYMENT_READY:
    case COMMAND_PAYMENT_NEWS:
    case COMMAND_SETTLE:
    case COMMAND_WAIVE:
    case COMMAND_REFUND:
        return payment_decide;
    case COMMAND_DRAFT_PRESCRIPTION:
    case COMMAND_APPROVE:
    case COMMAND_REVOKE:
    case COMMAND_OVERRIDE:
    case COMMAND_CLOSE_WITHOUT_PRESCRIPTION:
    case COMMAND_FETCH:
        return prescription_decide;
    case COMMAND_INVITE_GUEST:
    case COMMAND_REISSUE_GUEST_LINK:
    case COMMAND_WITHDRAW_GUEST:
    case COMMAND_OPEN_GUEST_LINK:
    case COMMAND_CLAIM_GUEST:
    case COMMAND_ANSWER_GUEST:
    case COMMAND_ADMIT_GUEST:
    case COMMAND_DISMISS_GUEST:
    case COMMAND_PIN_GUEST:
        return guest_decide;
    case COMMAND_KINDS:
        break;
    }
    return NULL;
}

static enum refusal check_access(const struct situation *at,
                                 const struct command *command)
{
    const struct actor *actor = &command->actor;
    enum refusal refusal;

    if (!(command_roles(command->kind) & ROLE_BIT(actor->role)))
        return REFUSED_FORBIDDEN;
    if (command->kind == COMMAND_BOOK || command->kind == COMMAND_TELL_DELAY)
        return access_agenda(actor, command->practitioner, at->agenda_clinic);
    refusal = access_visit(actor, at->visit);
    if (refusal == REFUSED_NOTHING && command->kind == COMMAND_REASSIGN)
        refusal =
            access_agenda(actor, command->practitioner, at->agenda_to_clinic);
    return refusal;
}

/* The visit as it will be once the decision's events were applied. */
static struct consultation foresee(const struct consultation *visit,
                                   const struct decision *decision)
{
    struct consultation next = *visit;

    for (size_t i = 0; i < decision->count; i++)
        if (decision->events[i].target == TARGET_VISIT)
            consultation_apply(&next, &decision->events[i].event);
    return next;
}

/* Both keys turned by what was decided: the release is part of it. */
static void complete_release(const struct situation *at, struct decision *out)
{
    if (!at->visit || out->count == 0)
        return;

    struct consultation next = foresee(at->visit, out);
    if (!release_is_due(&next, at->policy))
        return;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_RELEASED);
    event->document.version = next.approved_version;
    event->document.bytes = next.drafted_bytes;
    memcpy(event->document.hash, next.drafted_hash, HASH_BYTES);
}

/* Time never runs backwards within a stream. */
static int64_t moment(const struct situation *at, int64_t now_ms)
{
    if (at->visit && at->visit->last_ms > now_ms)
        now_ms = at->visit->last_ms;
    if (at->agenda && at->agenda->last_ms > now_ms)
        now_ms = at->agenda->last_ms;
    if (at->agenda_to && at->agenda_to->last_ms > now_ms)
        now_ms = at->agenda_to->last_ms;
    return now_ms;
}

static void stamp(struct decision *out, size_t from,
                  const struct command *command, int64_t at_ms)
{
    for (size_t i = from; i < out->count; i++) {
        struct event *event = &out->events[i].event;
        event->at_ms = at_ms;
        event->role = command->actor.role;
        event->staff = command->actor.staff;
    }
}

void decide(const struct situation *situation, const struct command *command,
            struct decision *out)
{
    decide_fn *rules = command->actor.role == ROLE_GUEST
                           ? guest_decide
                           : rules_of(command->kind);

    assert(rules);
    out->count = 0;
    out->refusal = check_access(situation, command);
    if (out->refusal == REFUSED_NOTHING)
        out->refusal = rules(situation, command, out);
    if (out->refusal != REFUSED_NOTHING) {
        out->count = 0;
        return;
    }

    int64_t at_ms = moment(situation, command->now_ms);
    stamp(out, 0, command, at_ms);
    size_t decided = out->count;
    complete_release(situation, out);
    stamp(out, decided, command, at_ms);
}
