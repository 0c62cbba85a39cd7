#include "signaling/core/rules.h"

#define DURATION_MIN_MIN 5
#define DURATION_MIN_MAX 240
#define BOOKED_AHEAD_MS  (INT64_C(2) * 366 * 24 * 60 * 60 * 1000)
/* Moved by less than this, a patient who waits simply goes on waiting. */
#define SAME_WAIT_MS (INT64_C(60) * 60 * 1000)

static const struct consultation_id no_visit;

static int64_t end_of(int64_t start_ms, uint32_t duration_min)
{
    return start_ms + (int64_t)duration_min * 60000;
}

/* Is [start, start + duration) a time that this agenda has free? */
static enum refusal check_time(const struct agenda *agenda, int64_t start_ms,
                               uint32_t duration_min, int64_t now_ms,
                               struct consultation_id except)
{
    if (duration_min < DURATION_MIN_MIN || duration_min > DURATION_MIN_MAX)
        return REFUSED_INVALID;
    if (start_ms < 0 || start_ms > now_ms + BOOKED_AHEAD_MS)
        return REFUSED_INVALID;
    int64_t end_ms = end_of(start_ms, duration_min);
    if (end_ms <= now_ms)
        return REFUSED_IN_THE_PAST;
    if (agenda_overlaps(agenda, start_ms, end_ms, except))
        return REFUSED_OVERLAP;
    if (agenda->count >= AGENDA_SLOTS_MAX)
        return REFUSED_AGENDA_FULL;
    return REFUSED_NOTHING;
}

static void take_slot(struct decision *out, enum target target,
                      struct consultation_id visit, int64_t start_ms,
                      uint32_t duration_min)
{
    struct event *slot = decision_add(out, target, EVENT_SLOT_TAKEN);

    slot->slot.consultation = visit;
    slot->slot.start_ms = start_ms;
    slot->slot.end_ms = end_of(start_ms, duration_min);
}

static bool fee_is_valid(const struct command *command)
{
    if (command->book.nothing_due)
        return command->book.fee_max_minor == 0;
    return command->book.fee_max_minor > 0 &&
           command->book.fee_max_minor <= AMOUNT_MAX;
}

static bool currency_is_valid(const char *currency)
{
    return currency[0] == '\0' ||
           strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static enum refusal book(const struct situation *at,
                         const struct command *command, struct decision *out)
{
    if (at->visit->phase != PHASE_NONE)
        return REFUSED_ALREADY_EXISTS;
    if (!identity_is_valid(&command->book.identity) || !fee_is_valid(command) ||
        !currency_is_valid(command->book.currency) ||
        command->book.reason[0] == '\0')
        return REFUSED_INVALID;
    enum refusal refusal =
        check_time(at->agenda, command->book.start_ms,
                   command->book.duration_min, command->now_ms, no_visit);
    if (refusal != REFUSED_NOTHING)
        return refusal;

    struct event *booked = decision_add(out, TARGET_VISIT, EVENT_BOOKED);
    booked->booked.clinic = at->agenda_clinic;
    booked->booked.practitioner = command->practitioner;
    booked->booked.identity = command->book.identity;
    booked->booked.who_connects = command->book.who_connects;
    booked->booked.contact_of = command->book.contact_of;
    booked->booked.start_ms = command->book.start_ms;
    booked->booked.duration_min = command->book.duration_min;
    booked->booked.fee_max_minor = command->book.fee_max_minor;
    booked->booked.nothing_due = command->book.nothing_due;
    memcpy(booked->booked.reason, command->book.reason, REASON_TEXT);
    memcpy(booked->booked.locale, command->book.locale, LOCALE_TEXT);
    if (command->book.currency[0] == '\0')
        memcpy(booked->booked.currency, "EUR", CURRENCY_TEXT);
    else
        memcpy(booked->booked.currency, command->book.currency, CURRENCY_TEXT);
    decision_add(out, TARGET_VISIT, EVENT_LINK_ISSUED)->link.generation = 1;
    take_slot(out, TARGET_AGENDA, command->consultation, command->book.start_ms,
              command->book.duration_min);
    return REFUSED_NOTHING;
}

/* Moving is for visits that did not begin. */
static enum refusal refuse_unless_movable(const struct consultation *visit)
{
    if (visit->phase == PHASE_ADMITTED)
        return REFUSED_NOT_ENDED;
    return refuse_unless_open(visit);
}

static enum refusal reschedule(const struct situation *at,
                               const struct command *command,
                               struct decision *out)
{
    const struct consultation *visit = at->visit;
    enum refusal refusal = refuse_unless_movable(visit);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (visit->start_ms == command->move.start_ms &&
        visit->duration_min == command->move.duration_min)
        return REFUSED_NOTHING;
    refusal =
        check_time(at->agenda, command->move.start_ms,
                   command->move.duration_min, command->now_ms, visit->id);
    if (refusal != REFUSED_NOTHING)
        return refusal;

    struct event *moved = decision_add(out, TARGET_VISIT, EVENT_RESCHEDULED);
    moved->moved.practitioner = visit->practitioner;
    moved->moved.start_ms = command->move.start_ms;
    moved->moved.duration_min = command->move.duration_min;
    take_slot(out, TARGET_AGENDA, visit->id, command->move.start_ms,
              command->move.duration_min);
    return REFUSED_NOTHING;
}

static enum refusal reassign(const struct situation *at,
                             const struct command *command,
                             struct decision *out)
{
    const struct consultation *visit = at->visit;
    enum refusal refusal = refuse_unless_movable(visit);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (practitioner_id_equal(visit->practitioner, command->practitioner))
        return REFUSED_INVALID;
    refusal =
        check_time(at->agenda_to, command->move.start_ms,
                   command->move.duration_min, command->now_ms, visit->id);
    if (refusal != REFUSED_NOTHING)
        return refusal;

    struct event *moved = decision_add(out, TARGET_VISIT, EVENT_REASSIGNED);
    moved->moved.practitioner = command->practitioner;
    moved->moved.start_ms = command->move.start_ms;
    moved->moved.duration_min = command->move.duration_min;
    slot_event(out, TARGET_AGENDA, EVENT_SLOT_FREED, visit);
    take_slot(out, TARGET_AGENDA_TO, visit->id, command->move.start_ms,
              command->move.duration_min);
    return REFUSED_NOTHING;
}

static enum refusal cancel(const struct situation *at,
                           const struct command *command, struct decision *out)
{
    if (at->visit->phase == PHASE_CANCELLED)
        return REFUSED_NOTHING;
    enum refusal refusal = refuse_unless_movable(at->visit);
    if (refusal != REFUSED_NOTHING)
        return refusal;

    decision_add(out, TARGET_VISIT, EVENT_CANCELLED)->cancelled.by =
        command->cancel.by;
    slot_event(out, TARGET_AGENDA, EVENT_SLOT_FREED, at->visit);
    return REFUSED_NOTHING;
}

static enum refusal correct_identity(const struct situation *at,
                                     const struct command *command,
                                     struct decision *out)
{
    const struct consultation *visit = at->visit;

    if (visit->phase == PHASE_CANCELLED)
        return REFUSED_CANCELLED;
    if (!identity_is_valid(&command->correct.identity))
        return REFUSED_INVALID;
    decision_add(out, TARGET_VISIT, EVENT_IDENTITY_CORRECTED)
        ->corrected.identity = command->correct.identity;
    /* What the doctor approved names somebody else now. */
    if (visit->approved_version > visit->released_version)
        decision_add(out, TARGET_VISIT, EVENT_APPROVAL_VOID);
    return REFUSED_NOTHING;
}

static enum refusal reissue_link(const struct consultation *visit,
                                 struct decision *out)
{
    if (visit->phase == PHASE_CANCELLED)
        return REFUSED_CANCELLED;
    if (visit->phase == PHASE_LAPSED)
        return REFUSED_ENDED;
    decision_add(out, TARGET_VISIT, EVENT_LINK_ISSUED)->link.generation =
        visit->link_generation + 1;
    return REFUSED_NOTHING;
}

static enum refusal open_link(const struct consultation *visit,
                              struct decision *out)
{
    if (!visit->link_opened || visit->was_moved)
        decision_add(out, TARGET_VISIT, EVENT_LINK_OPENED);
    return REFUSED_NOTHING;
}

static bool dates_equal(struct date a, struct date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

static enum refusal refuse_tries(const struct consultation *visit,
                                 int64_t now_ms)
{
    if (visit->claim_failures >= CLAIMS_BEFORE_END)
        return REFUSED_LINK_ENDED;
    if (now_ms < visit->claim_paused_until_ms)
        return REFUSED_LINK_PAUSED;
    return REFUSED_NOTHING;
}

/* The birth date opens the visit for a device, or proves anew who holds it. */
static enum refusal claim(const struct situation *at,
                          const struct command *command, struct decision *out)
{
    const struct consultation *visit = at->visit;

    if (visit->phase == PHASE_CANCELLED)
        return REFUSED_CANCELLED;
    if (command->kind == COMMAND_CLAIM &&
        command->claim.link_generation != visit->link_generation)
        return REFUSED_WRONG_LINK;
    enum refusal refusal = refuse_tries(visit, command->now_ms);
    if (refusal != REFUSED_NOTHING)
        return refusal;

    if (!dates_equal(command->claim.birth, visit->identity.birth))
        decision_add(out, TARGET_VISIT, EVENT_CLAIM_FAILED);
    else if (command->kind == COMMAND_PROVE)
        decision_add(out, TARGET_VISIT, EVENT_PROVED);
    else
        decision_add(out, TARGET_VISIT, EVENT_CLAIMED)->link.generation =
            visit->device_generation + 1;
    return REFUSED_NOTHING;
}

static enum refusal lapse(const struct situation *at,
                          const struct command *command, struct decision *out)
{
    const struct consultation *visit = at->visit;

    if (visit->phase != PHASE_BOOKED && visit->phase != PHASE_WAITING)
        return REFUSED_NOTHING;
    if (command->now_ms < consultation_end_ms(visit) + LAPSE_AFTER_MS)
        return REFUSED_NOT_YET;
    decision_add(out, TARGET_VISIT, EVENT_LAPSED);
    slot_event(out, TARGET_AGENDA, EVENT_SLOT_FREED, visit);
    return REFUSED_NOTHING;
}

enum refusal booking_decide(const struct situation *at,
                            const struct command *command, struct decision *out)
{
    if (command->kind == COMMAND_BOOK)
        return book(at, command, out);
    if (command->kind == COMMAND_RESCHEDULE)
        return reschedule(at, command, out);
    if (command->kind == COMMAND_REASSIGN)
        return reassign(at, command, out);
    if (command->kind == COMMAND_CANCEL)
        return cancel(at, command, out);
    if (command->kind == COMMAND_CORRECT_IDENTITY)
        return correct_identity(at, command, out);
    if (command->kind == COMMAND_REISSUE_LINK)
        return reissue_link(at->visit, out);
    if (command->kind == COMMAND_OPEN_LINK)
        return open_link(at->visit, out);
    if (command->kind == COMMAND_LAPSE)
        return lapse(at, command, out);
    return claim(at, command, out);
}

static void apply_booked(struct consultation *visit, const struct event *event)
{
    visit->phase = PHASE_BOOKED;
    visit->clinic = event->booked.clinic;
    visit->practitioner = event->booked.practitioner;
    visit->identity = event->booked.identity;
    visit->who_connects = event->booked.who_connects;
    visit->contact_of = event->booked.contact_of;
    visit->start_ms = event->booked.start_ms;
    visit->duration_min = event->booked.duration_min;
    visit->fee_max_minor = event->booked.fee_max_minor;
    memcpy(visit->reason, event->booked.reason, REASON_TEXT);
    memcpy(visit->locale, event->booked.locale, LOCALE_TEXT);
    memcpy(visit->currency, event->booked.currency, CURRENCY_TEXT);
    if (event->booked.nothing_due)
        visit->settlement = SETTLEMENT_NOTHING_DUE;
}

static void apply_moved(struct consultation *visit, const struct event *event)
{
    if (event->moved.start_ms > event->at_ms + SAME_WAIT_MS) {
        visit->phase = PHASE_BOOKED;
        visit->waiting_since_ms = 0;
        visit->was_put_back = false;
        visit->place_kept = false;
    }
    visit->practitioner = event->moved.practitioner;
    visit->start_ms = event->moved.start_ms;
    visit->duration_min = event->moved.duration_min;
    visit->was_moved = true;
    visit->other_time_asked = false;
}

static void apply_claim_failed(struct consultation *visit, int64_t at_ms)
{
    visit->claim_failures += 1;
    if (visit->claim_failures % CLAIMS_BEFORE_PAUSE == 0)
        visit->claim_paused_until_ms = at_ms + CLAIM_PAUSE_MS;
}

static void clear_failures(struct consultation *visit)
{
    visit->claim_failures = 0;
    visit->claim_paused_until_ms = 0;
}

void booking_apply(struct consultation *visit, const struct event *event)
{
    switch (event->kind) {
    case EVENT_BOOKED:
        apply_booked(visit, event);
        break;
    case EVENT_RESCHEDULED:
    case EVENT_REASSIGNED:
        apply_moved(visit, event);
        break;
    case EVENT_CANCELLED:
        visit->phase = PHASE_CANCELLED;
        visit->cancelled_by = event->cancelled.by;
        visit->ended_ms = event->at_ms;
        break;
    case EVENT_IDENTITY_CORRECTED:
        visit->identity = event->corrected.identity;
        visit->identity_confirmed = false;
        break;
    case EVENT_LINK_ISSUED:
        visit->link_generation = event->link.generation;
        visit->link_opened = false;
        /* Whoever holds the old link is sent away with it. */
        if (visit->claimed)
            visit->device_generation += 1;
        visit->claimed = false;
        clear_failures(visit);
        break;
    case EVENT_LINK_OPENED:
        visit->link_opened = true;
        visit->was_moved = false;
        break;
    case EVENT_CLAIMED:
        visit->device_generation = event->link.generation;
        visit->claimed = true;
        visit->link_opened = true;
        clear_failures(visit);
        break;
    case EVENT_PROVED:
        clear_failures(visit);
        break;
    case EVENT_CLAIM_FAILED:
        apply_claim_failed(visit, event->at_ms);
        break;
    case EVENT_LAPSED:
        visit->phase = PHASE_LAPSED;
        visit->ended_ms = event->at_ms;
        break;
    default: /* another noun's */
        break;
    }
}
