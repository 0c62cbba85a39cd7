#include "tests/story/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static const struct practitioner_id practitioner_1 = { { 1 } };
static const struct practitioner_id practitioner_2 = { { 2 } };
static const struct clinic_id clinic = { { 7 } };
static const struct consultation_id visit_id = { { 9 } };

void story_begin(struct story *story)
{
    *story = (struct story){
        .now_ms = START - HOUR,
        .policy = { .opens_before_ms = 30 * MINUTE,
                    .released_for_ms = 30 * DAY,
                    .payment_key = true },
    };
    consultation_init(&story->visit, visit_id);
    agenda_init(&story->agenda, practitioner_1);
    agenda_init(&story->agenda_to, practitioner_2);
}

static enum role first_role(enum command_kind kind)
{
    for (int role = ROLE_PATIENT; role <= ROLE_SYSTEM; role++)
        if (command_roles(kind) & ROLE_BIT(role))
            return (enum role)role;
    return ROLE_SYSTEM;
}

static struct identity somebody(void)
{
    return (struct identity){
        .family = "Exemple",
        .given = "Zoé",
        .birth = { 1958, 3, 2 },
        .sex = SEX_FEMALE,
        .mobile = "+33639981200",
        .mail = "zoe@clinique.example",
    };
}

static void fill_book(struct command *command)
{
    command->book.identity = somebody();
    command->book.start_ms = START;
    command->book.duration_min = 20;
    command->book.fee_max_minor = 3000;
    memcpy(command->book.reason, "Suivi", 6);
    memcpy(command->book.locale, "fr", 3);
}

static void fill_payment(const struct story *story, struct command *command)
{
    char checkout[CHECKOUT_TEXT] = { 0 };

    (void)snprintf(checkout, sizeof(checkout), "cs_%u",
                   story->visit.checkout_attempt);
    if (command->kind == COMMAND_PAYMENT_READY) {
        memcpy(command->payment_ready.checkout, checkout, CHECKOUT_TEXT);
        memcpy(command->payment_ready.url, "https://payment.example/1", 26);
        return;
    }
    memcpy(command->payment_news.checkout, checkout, CHECKOUT_TEXT);
    command->payment_news.amount.minor = story->visit.due_minor;
    memcpy(command->payment_news.amount.currency, "EUR", CURRENCY_TEXT);
}

static void fill_rest(const struct story *story, struct command *command)
{
    switch (command->kind) {
    case COMMAND_RESCHEDULE:
    case COMMAND_REASSIGN:
        command->practitioner = practitioner_2;
        command->move.start_ms = story->visit.start_ms + DAY;
        command->move.duration_min = 20;
        break;
    case COMMAND_CORRECT_IDENTITY:
        command->correct.identity = story->visit.identity;
        memcpy(command->correct.identity.given, "Zoë", 5);
        break;
    case COMMAND_CLAIM:
    case COMMAND_PROVE:
        command->claim.birth = somebody().birth;
        command->claim.link_generation = story->visit.link_generation;
        break;
    case COMMAND_CONSENT:
        command->consent.accepted = true;
        memcpy(command->consent.version, "1", 2);
        memset(command->consent.hash, 0xc0, HASH_BYTES);
        break;
    case COMMAND_SITUATE:
        memcpy(command->situate.place, "Chez moi", 9);
        break;
    case COMMAND_CHECK_DEVICE:
        command->check.camera = DEVICE_WORKS;
        command->check.microphone = DEVICE_WORKS;
        break;
    case COMMAND_TELL_DELAY:
        command->practitioner = practitioner_1;
        command->delay.minutes = 10;
        break;
    case COMMAND_DRAFT_PRESCRIPTION:
        command->draft.bytes = 1000;
        memset(command->draft.hash, 1, HASH_BYTES);
        break;
    case COMMAND_APPROVE:
        command->approve.version = story->visit.drafted_version;
        memcpy(command->approve.hash, story->visit.drafted_hash, HASH_BYTES);
        break;
    case COMMAND_REVOKE:
    case COMMAND_OVERRIDE:
    case COMMAND_WAIVE:
        memcpy(command->why.reason, "because", 8);
        break;
    case COMMAND_END:
        command->end.amount_minor = story->visit.fee_max_minor;
        command->end.prescription = PLAN_FOLLOWS;
        break;
    case COMMAND_SETTLE:
        command->settle.how = SETTLEMENT_CASH;
        break;
    case COMMAND_INVITE_GUEST:
        memcpy(command->invite.name, "Sam Interprète", 16);
        memcpy(command->invite.mail, "sam@interpretes.example", 24);
        command->invite.kind = GUEST_INTERPRETER;
        break;
    case COMMAND_REISSUE_GUEST_LINK:
    case COMMAND_WITHDRAW_GUEST:
    case COMMAND_OPEN_GUEST_LINK:
    case COMMAND_CLAIM_GUEST:
    case COMMAND_ANSWER_GUEST:
    case COMMAND_ADMIT_GUEST:
    case COMMAND_DISMISS_GUEST:
    case COMMAND_PIN_GUEST:
        command->guest.number = 1;
        command->guest.fits = true;
        command->guest.agreed = true;
        command->guest.link_generation =
            story->visit.guests.each[0].link_generation;
        break;
    default:
        break;
    }
}

struct command story_command(const struct story *story, enum command_kind kind)
{
    struct command command = {
        .kind = kind,
        .now_ms = story->now_ms,
        .consultation = visit_id,
        .actor = { .role = first_role(kind),
                   .clinic = clinic,
                   .practitioner = practitioner_1,
                   .consultation = visit_id,
                   .device_generation = story->visit.device_generation },
    };

    if (kind == COMMAND_BOOK) {
        command.practitioner = practitioner_1;
        fill_book(&command);
    } else if (kind == COMMAND_PAYMENT_READY || kind == COMMAND_PAYMENT_NEWS) {
        fill_payment(story, &command);
    } else {
        fill_rest(story, &command);
    }
    if (kind == COMMAND_SEND_MESSAGE || kind == COMMAND_SAVE_NOTE ||
        kind == COMMAND_DRAFT_PRESCRIPTION)
        command.text = slice_of_text("text");
    return command;
}

void story_as(const struct story *story, struct command *command,
              enum role role)
{
    command->actor.role = role;
    if (role != ROLE_GUEST)
        return;
    command->actor.guest = 1;
    command->actor.device_generation =
        story->visit.guests.each[0].device_generation;
}

enum refusal story_guest(struct story *story, enum command_kind kind)
{
    struct command command = story_command(story, kind);

    story_as(story, &command, ROLE_GUEST);
    return story_tell(story, &command);
}

void story_guest_ready(struct story *story)
{
    story_do(story, COMMAND_INVITE_GUEST);
    story_do(story, COMMAND_CLAIM_GUEST);
    assert_int_equal(story_guest(story, COMMAND_CONSENT), REFUSED_NOTHING);
    assert_int_equal(story_guest(story, COMMAND_CHECK_DEVICE), REFUSED_NOTHING);
}

void story_guest_waits(struct story *story)
{
    story_guest_ready(story);
    assert_int_equal(story_guest(story, COMMAND_ARRIVE), REFUSED_NOTHING);
}

static struct agenda *agenda_of(struct story *story,
                                struct practitioner_id practitioner)
{
    return practitioner_id_equal(practitioner, practitioner_2)
               ? &story->agenda_to
               : &story->agenda;
}

enum refusal story_tell(struct story *story, const struct command *command)
{
    struct consultation *visit =
        command_scope(command->kind) == SCOPE_AGENDA ? NULL : &story->visit;
    bool booked = visit && visit->phase != PHASE_NONE;
    struct agenda *agenda =
        agenda_of(story, booked ? visit->practitioner : command->practitioner);
    struct agenda *agenda_to = agenda_of(story, command->practitioner);
    struct situation at = {
        .visit = visit,
        .agenda = agenda,
        .agenda_to = agenda_to,
        .agenda_clinic = clinic,
        .agenda_to_clinic = clinic,
        .policy = &story->policy,
    };

    decide(&at, command, &story->last);
    if (story->last.refusal != REFUSED_NOTHING)
        return story->last.refusal;
    for (size_t i = 0; i < story->last.count; i++) {
        const struct event *event = &story->last.events[i].event;
        switch (story->last.events[i].target) {
        case TARGET_VISIT:
            consultation_apply(visit, event);
            break;
        case TARGET_AGENDA:
            agenda_apply(agenda, event);
            break;
        case TARGET_AGENDA_TO:
            agenda_apply(agenda_to, event);
            break;
        }
    }
    return REFUSED_NOTHING;
}

void story_do(struct story *story, enum command_kind kind)
{
    struct command command = story_command(story, kind);
    enum refusal refusal = story_tell(story, &command);

    if (refusal != REFUSED_NOTHING)
        fail_msg("%s was refused: %s", command_verb(kind),
                 refusal_code(refusal));
}

void story_happened(const struct story *story, ...)
{
    va_list kinds;
    size_t i = 0;

    assert_int_equal(story->last.refusal, REFUSED_NOTHING);
    va_start(kinds, story);
    for (int kind = va_arg(kinds, int); kind != EVENT_KINDS;
         kind = va_arg(kinds, int), i++) {
        assert_true(i < story->last.count);
        assert_string_equal(event_name(story->last.events[i].event.kind),
                            event_name((enum event_kind)kind));
    }
    va_end(kinds);
    assert_int_equal(story->last.count, i);
}

void story_until_waiting(struct story *story)
{
    story_do(story, COMMAND_BOOK);
    story_do(story, COMMAND_CLAIM);
    story_do(story, COMMAND_CONSENT);
    story_do(story, COMMAND_SITUATE);
    story_do(story, COMMAND_CHECK_DEVICE);
    story->now_ms = START - 10 * MINUTE;
    story_do(story, COMMAND_ARRIVE);
}

void story_until_admitted(struct story *story)
{
    story_until_waiting(story);
    story->now_ms = START;
    story_do(story, COMMAND_ADMIT);
}

void story_until_ended(struct story *story)
{
    story_until_admitted(story);
    story->now_ms = START + 15 * MINUTE;
    story_do(story, COMMAND_END);
}

enum refusal story_draft(struct story *story, uint8_t mark)
{
    struct command command = story_command(story, COMMAND_DRAFT_PRESCRIPTION);

    memset(command.draft.hash, mark, HASH_BYTES);
    return story_tell(story, &command);
}

enum refusal story_approve(struct story *story)
{
    struct command command = story_command(story, COMMAND_APPROVE);

    return story_tell(story, &command);
}

enum refusal story_pay(struct story *story)
{
    struct command open = story_command(story, COMMAND_OPEN_PAYMENT);
    enum refusal refusal = story_tell(story, &open);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    struct command ready = story_command(story, COMMAND_PAYMENT_READY);
    (void)story_tell(story, &ready);
    struct command paid = story_command(story, COMMAND_PAYMENT_NEWS);
    return story_tell(story, &paid);
}

enum refusal story_say(struct story *story, enum command_kind kind)
{
    struct command command = story_command(story, kind);

    return story_tell(story, &command);
}

struct view story_see(const struct story *story, enum role role)
{
    struct view view;

    view_make(&story->visit, &story->agenda, &story->policy, role, &view);
    return view;
}
