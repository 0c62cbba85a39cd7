#include "signaling/core/rules.h"

#define DELAY_MIN_MAX   240
#define SUMMON_AGAIN_MS 60000 /* a second message within a minute is a slip */

static enum refusal arrive(const struct situation *at,
                           const struct command *command, struct decision *out)
{
    const struct consultation *visit = at->visit;

    if (visit->phase == PHASE_WAITING)
        return REFUSED_NOTHING;
    if (visit->phase == PHASE_ADMITTED) {
        if (visit->hung_up)
            decision_add(out, TARGET_VISIT, EVENT_ARRIVED);
        return REFUSED_NOTHING;
    }
    if (visit->consent != CONSENT_GIVEN)
        return REFUSED_NO_CONSENT;
    if (!visit->situated || !visit->device_checked)
        return REFUSED_NOT_YET;
    if (command->now_ms < visit->start_ms - at->policy->opens_before_ms)
        return REFUSED_TOO_EARLY;
    decision_add(out, TARGET_VISIT, EVENT_ARRIVED);
    return REFUSED_NOTHING;
}

static enum refusal leave(const struct consultation *visit,
                          struct decision *out)
{
    if (visit->phase == PHASE_WAITING ||
        (visit->phase == PHASE_ADMITTED && !visit->hung_up))
        decision_add(out, TARGET_VISIT, EVENT_LEFT);
    return REFUSED_NOTHING;
}

static enum refusal keep_place(const struct consultation *visit,
                               struct decision *out)
{
    if (visit->phase != PHASE_WAITING)
        return REFUSED_NOT_WAITING;
    if (!visit->place_kept || visit->other_time_asked)
        decision_add(out, TARGET_VISIT, EVENT_PLACE_KEPT);
    return REFUSED_NOTHING;
}

static enum refusal callback(const struct consultation *visit,
                             enum command_kind kind, struct decision *out)
{
    bool asks = kind == COMMAND_ASK_CALLBACK;

    if (visit->phase == PHASE_NONE)
        return REFUSED_UNKNOWN;
    if (asks && !visit->phone[0] && !visit->identity.mobile[0])
        return REFUSED_NO_NUMBER;
    if (visit->callback_asked != asks)
        decision_add(out, TARGET_VISIT,
                     asks ? EVENT_CALLBACK_ASKED : EVENT_CALLBACK_DONE);
    return REFUSED_NOTHING;
}

static enum refusal ask_other_time(const struct consultation *visit,
                                   struct decision *out)
{
    if (visit->phase == PHASE_ADMITTED)
        return REFUSED_NOT_ENDED;
    if (!visit->other_time_asked)
        decision_add(out, TARGET_VISIT, EVENT_OTHER_TIME_ASKED);
    return REFUSED_NOTHING;
}

static enum refusal tell_delay(const struct agenda *agenda,
                               const struct command *command,
                               struct decision *out)
{
    if (command->delay.minutes > DELAY_MIN_MAX)
        return REFUSED_INVALID;
    if (agenda->delay_min != command->delay.minutes ||
        command->delay.minutes > 0)
        decision_add(out, TARGET_AGENDA, EVENT_DELAY_TOLD)->delay.minutes =
            command->delay.minutes;
    return REFUSED_NOTHING;
}

static enum refusal summon(const struct consultation *visit,
                           const struct command *command, struct decision *out)
{
    if (visit->summoned_ms > 0 &&
        command->now_ms < visit->summoned_ms + SUMMON_AGAIN_MS)
        return REFUSED_NOTHING;
    decision_add(out, TARGET_VISIT, EVENT_SUMMONED);
    return REFUSED_NOTHING;
}

static enum refusal admit(const struct situation *at,
                          const struct command *command, struct decision *out)
{
    const struct consultation *visit = at->visit;
    const char *adult = command->admit.adult;

    if (visit->phase == PHASE_ADMITTED)
        return REFUSED_NOTHING;
    if (visit->phase != PHASE_WAITING)
        return REFUSED_NOT_WAITING;
    if (!consultation_id_is_none(at->agenda->admitted))
        return REFUSED_ANOTHER_ADMITTED;
    if (consultation_is_minor(visit) && adult[0] == '\0' &&
        visit->adult[0] == '\0')
        return REFUSED_NEEDS_ADULT;

    struct event *event = decision_add(out, TARGET_VISIT, EVENT_CALLED_IN);
    memcpy(event->called_in.adult, adult, NAME_TEXT);
    slot_event(out, TARGET_AGENDA, EVENT_ADMITTED, visit);
    return REFUSED_NOTHING;
}

static enum refusal put_back(const struct consultation *visit,
                             struct decision *out)
{
    if (visit->phase == PHASE_WAITING && visit->was_put_back)
        return REFUSED_NOTHING;
    if (visit->phase != PHASE_ADMITTED)
        return REFUSED_NOT_ADMITTED;
    decision_add(out, TARGET_VISIT, EVENT_PUT_BACK);
    slot_event(out, TARGET_AGENDA, EVENT_ADMISSION_OVER, visit);
    return REFUSED_NOTHING;
}

enum refusal waiting_room_decide(const struct situation *at,
                                 const struct command *command,
                                 struct decision *out)
{
    const struct consultation *visit = at->visit;

    if (command->kind == COMMAND_TELL_DELAY)
        return tell_delay(at->agenda, command, out);
    /* Whoever needs the clinic's voice may ask for it after the visit too. */
    if (command->kind == COMMAND_ASK_CALLBACK ||
        command->kind == COMMAND_CALLBACK_DONE)
        return callback(visit, command->kind, out);

    enum refusal refusal = refuse_unless_open(visit);
    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (command->kind == COMMAND_ARRIVE)
        return arrive(at, command, out);
    if (command->kind == COMMAND_LEAVE)
        return leave(visit, out);
    if (command->kind == COMMAND_KEEP_PLACE)
        return keep_place(visit, out);
    if (command->kind == COMMAND_ASK_OTHER_TIME)
        return ask_other_time(visit, out);
    if (command->kind == COMMAND_SUMMON)
        return summon(visit, command, out);
    if (command->kind == COMMAND_ADMIT)
        return admit(at, command, out);
    return put_back(visit, out);
}

static void apply_arrived(struct consultation *visit, int64_t at_ms)
{
    visit->ever_arrived = true;
    visit->hung_up = false;
    if (visit->phase == PHASE_ADMITTED)
        return;
    visit->phase = PHASE_WAITING;
    if (visit->waiting_since_ms == 0)
        visit->waiting_since_ms = at_ms;
}

static void apply_called_in(struct consultation *visit,
                            const struct event *event)
{
    visit->phase = PHASE_ADMITTED;
    visit->admitted_ms = event->at_ms;
    visit->hung_up = false;
    visit->was_put_back = false;
    visit->other_time_asked = false;
    if (event->called_in.adult[0] != '\0')
        memcpy(visit->adult, event->called_in.adult, NAME_TEXT);
}

/* Whoever talked with the clinic needs no call any more; whoever was only
 * missed, interrupted or told by a message still waits for one. Asking again is
 * open. */
static bool were_talked_to(const struct event *event)
{
    if (event->kind == EVENT_ENDED)
        return event->ended.how != ENDED_INTERRUPTED;
    return event->kind == EVENT_CANCELLED &&
           event->cancelled.by == CANCELLED_BY_PATIENT;
}

static void apply_callback(struct consultation *visit, bool asked,
                           int64_t at_ms)
{
    visit->callback_asked = asked;
    visit->callback_asked_ms = asked ? at_ms : 0;
}

/* Who was only called by telephone never came to wait. */
static void apply_put_back(struct consultation *visit)
{
    bool waits = visit->waiting_since_ms > 0;

    visit->phase = waits ? PHASE_WAITING : PHASE_BOOKED;
    visit->was_put_back = waits;
    visit->hung_up = false;
    visit->by_telephone = false;
}

void waiting_room_apply(struct consultation *visit, const struct event *event)
{
    switch (event->kind) {
    case EVENT_ARRIVED:
        apply_arrived(visit, event->at_ms);
        break;
    case EVENT_LEFT:
        if (visit->phase == PHASE_ADMITTED)
            visit->hung_up = true;
        else
            visit->phase = PHASE_BOOKED; /* waiting_since stays: the place */
        break;
    case EVENT_PLACE_KEPT:
        visit->place_kept = true;
        visit->other_time_asked = false;
        break;
    case EVENT_CALLBACK_ASKED:
        apply_callback(visit, true, event->at_ms);
        break;
    case EVENT_CALLBACK_DONE:
        apply_callback(visit, false, event->at_ms);
        break;
    case EVENT_ENDED:
    case EVENT_CANCELLED:
        if (were_talked_to(event))
            apply_callback(visit, false, event->at_ms);
        break;
    case EVENT_OTHER_TIME_ASKED:
        visit->other_time_asked = true;
        break;
    case EVENT_SUMMONED:
        visit->summoned_ms = event->at_ms;
        break;
    case EVENT_CALLED_IN:
        apply_called_in(visit, event);
        break;
    case EVENT_PUT_BACK:
        apply_put_back(visit);
        break;
    default: /* another noun's */
        break;
    }
}
