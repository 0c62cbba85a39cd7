#include "signaling/core/rules.h"

#define MESSAGES_MAX 1000 /* a visit; ours */

static enum refusal confirm_identity(const struct consultation *visit,
                                     const struct command *command,
                                     struct decision *out)
{
    if (visit->phase != PHASE_ADMITTED)
        return REFUSED_NOT_ADMITTED;
    struct event *event =
        decision_add(out, TARGET_VISIT, EVENT_IDENTITY_CONFIRMED);
    memcpy(event->confirmed.present, command->confirm.present, SHORT_TEXT);
    return REFUSED_NOTHING;
}

/* Video failed, or never began: the same visit goes on by telephone. */
static enum refusal continue_by_telephone(const struct situation *at,
                                          const struct command *command,
                                          struct decision *out)
{
    const struct consultation *visit = at->visit;
    enum refusal refusal = refuse_unless_open(visit);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (visit->by_telephone)
        return REFUSED_NOTHING;
    if (visit->phase != PHASE_ADMITTED) {
        if (!consultation_id_is_none(at->agenda->admitted))
            return REFUSED_ANOTHER_ADMITTED;
        if (consultation_is_minor(visit) && visit->adult[0] == '\0')
            return REFUSED_NEEDS_ADULT;
        decision_add(out, TARGET_VISIT, EVENT_CALLED_IN);
        slot_event(out, TARGET_AGENDA, EVENT_ADMITTED, visit);
    }
    decision_add(out, TARGET_VISIT, EVENT_CONTINUED_BY_TELEPHONE)
        ->telephone.cause = command->telephone.cause;
    return REFUSED_NOTHING;
}

static enum refusal send_message(const struct consultation *visit,
                                 const struct command *command,
                                 struct decision *out)
{
    enum refusal refusal = refuse_unless_open(visit);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (command->text.length == 0 || command->text.length > MESSAGE_MAX ||
        visit->messages >= MESSAGES_MAX)
        return REFUSED_INVALID;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_MESSAGE_SENT);
    event->message.number = visit->messages + 1;
    event->message.from_clinic = command->actor.role == ROLE_SECRETARY;
    return REFUSED_NOTHING;
}

static enum refusal save_note(const struct consultation *visit,
                              const struct command *command,
                              struct decision *out)
{
    if (visit->phase == PHASE_CANCELLED)
        return REFUSED_CANCELLED;
    if (command->text.length > NOTE_MAX)
        return REFUSED_INVALID;
    decision_add(out, TARGET_VISIT, EVENT_NOTE_SAVED);
    return REFUSED_NOTHING;
}

static enum refusal fix_fee(const struct consultation *visit,
                            const struct command *command, struct decision *out)
{
    int64_t minor = command->end.amount_minor;

    switch (command->end.due) {
    case DUE_AMOUNT:
        if (minor < 0)
            return REFUSED_INVALID;
        if (minor > visit->fee_max_minor)
            return REFUSED_AMOUNT_TOO_HIGH;
        if (minor > 0) {
            decision_add(out, TARGET_VISIT, EVENT_FEE_FIXED)->fee.minor = minor;
            return REFUSED_NOTHING;
        }
        decision_add(out, TARGET_VISIT, EVENT_NOTHING_DUE);
        return REFUSED_NOTHING;
    case DUE_NOTHING:
        decision_add(out, TARGET_VISIT, EVENT_NOTHING_DUE);
        return REFUSED_NOTHING;
    case DUE_THIRD_PARTY:
        decision_add(out, TARGET_VISIT, EVENT_SETTLED)->settled.how =
            SETTLEMENT_THIRD_PARTY;
        return REFUSED_NOTHING;
    }
    return REFUSED_INVALID;
}

static enum refusal end(const struct situation *at,
                        const struct command *command, struct decision *out)
{
    const struct consultation *visit = at->visit;

    if (visit->phase == PHASE_ENDED)
        return REFUSED_ENDED;
    if (visit->phase != PHASE_ADMITTED)
        return REFUSED_NOT_ADMITTED;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_ENDED);
    event->ended.how = command->end.how;
    event->ended.prescription = command->end.prescription;
    slot_event(out, TARGET_AGENDA, EVENT_ADMISSION_OVER, visit);
    return fix_fee(visit, command, out);
}

static enum refusal no_show(const struct situation *at,
                            const struct command *command, struct decision *out)
{
    const struct consultation *visit = at->visit;

    if (visit->phase == PHASE_NO_SHOW)
        return REFUSED_NOTHING;
    enum refusal refusal = refuse_unless_open(visit);
    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (visit->ever_arrived || visit->by_telephone || visit->service_failed)
        return REFUSED_PATIENT_CAME;
    if (command->now_ms < visit->start_ms)
        return REFUSED_NOT_YET;
    decision_add(out, TARGET_VISIT, EVENT_NO_SHOW);
    slot_event(out, TARGET_AGENDA, EVENT_SLOT_FREED, visit);
    return REFUSED_NOTHING;
}

static enum refusal report_incident(const struct consultation *visit,
                                    const struct command *command,
                                    struct decision *out)
{
    struct incident_report report = command->incident;

    if (report.incident == INCIDENT_PATIENT_LINE_LOST)
        report.side = SIDE_PATIENT;
    if (report.incident == INCIDENT_DOCTOR_LINE_LOST)
        report.side = SIDE_DOCTOR;
    if (report.incident == INCIDENT_GUEST_LINE_LOST)
        report.side = SIDE_GUEST;
    if (incident_is_ours(report.incident))
        report.side = SIDE_SERVICE;
    if (consultation_is_open(visit) &&
        incidents_want(&visit->incidents, &report))
        decision_add(out, TARGET_VISIT, EVENT_INCIDENT)->incident = report;
    return REFUSED_NOTHING;
}

enum refusal encounter_decide(const struct situation *at,
                              const struct command *command,
                              struct decision *out)
{
    if (command->kind == COMMAND_CONFIRM_IDENTITY)
        return confirm_identity(at->visit, command, out);
    if (command->kind == COMMAND_CONTINUE_BY_TELEPHONE)
        return continue_by_telephone(at, command, out);
    if (command->kind == COMMAND_SEND_MESSAGE)
        return send_message(at->visit, command, out);
    if (command->kind == COMMAND_SAVE_NOTE)
        return save_note(at->visit, command, out);
    if (command->kind == COMMAND_END)
        return end(at, command, out);
    if (command->kind == COMMAND_NO_SHOW)
        return no_show(at, command, out);
    return report_incident(at->visit, command, out);
}

void encounter_apply(struct consultation *visit, const struct event *event)
{
    switch (event->kind) {
    case EVENT_IDENTITY_CONFIRMED:
        visit->identity_confirmed = true;
        memcpy(visit->present, event->confirmed.present, SHORT_TEXT);
        break;
    case EVENT_CONTINUED_BY_TELEPHONE:
        visit->by_telephone = true;
        visit->telephone_cause = event->telephone.cause;
        visit->telephone_ms = event->at_ms;
        break;
    case EVENT_MESSAGE_SENT:
        visit->messages = event->message.number;
        break;
    case EVENT_NOTE_SAVED:
        visit->note_saved = true;
        break;
    case EVENT_ENDED:
        visit->phase = PHASE_ENDED;
        visit->ended_ms = event->at_ms;
        visit->ended_how = event->ended.how;
        visit->plan = event->ended.prescription;
        visit->hung_up = false;
        break;
    case EVENT_NO_SHOW:
        visit->phase = PHASE_NO_SHOW;
        visit->ended_ms = event->at_ms;
        break;
    case EVENT_INCIDENT:
        incidents_add(&visit->incidents, &event->incident, event->at_ms);
        if (incident_is_ours(event->incident.incident))
            visit->service_failed = true;
        break;
    default: /* another noun's */
        break;
    }
}
