/*
 * Every command in every state from every role, and long random walks: nobody
 * does what is not theirs, a refusal changes nothing, and what must always be
 * true stays true.
 */
#include "tests/story/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void until_booked(struct story *story)
{
    story_do(story, COMMAND_BOOK);
}

static void until_claimed(struct story *story)
{
    until_booked(story);
    story_do(story, COMMAND_CLAIM);
}

static void until_refused(struct story *story)
{
    until_claimed(story);
    struct command no = story_command(story, COMMAND_CONSENT);
    no.consent.accepted = false;
    assert_int_equal(story_tell(story, &no), REFUSED_NOTHING);
}

static void until_hung_up(struct story *story)
{
    story_until_admitted(story);
    story_do(story, COMMAND_LEAVE);
}

static void until_put_back(struct story *story)
{
    story_until_admitted(story);
    story_do(story, COMMAND_PUT_BACK);
}

static void until_telephone(struct story *story)
{
    story_until_admitted(story);
    story_do(story, COMMAND_CONTINUE_BY_TELEPHONE);
}

static void until_paying(struct story *story)
{
    story_until_ended(story);
    story_do(story, COMMAND_OPEN_PAYMENT);
    story_do(story, COMMAND_PAYMENT_READY);
}

static void until_paid(struct story *story)
{
    story_until_ended(story);
    assert_int_equal(story_pay(story), REFUSED_NOTHING);
}

static void until_approved(struct story *story)
{
    story_until_ended(story);
    (void)story_draft(story, 1);
    (void)story_approve(story);
}

static void until_released(struct story *story)
{
    until_approved(story);
    assert_int_equal(story_pay(story), REFUSED_NOTHING);
}

static void until_revoked(struct story *story)
{
    until_released(story);
    story_do(story, COMMAND_REVOKE);
}

static void until_cancelled(struct story *story)
{
    until_booked(story);
    story_do(story, COMMAND_CANCEL);
}

static void until_no_show(struct story *story)
{
    until_booked(story);
    story->now_ms = START + HOUR;
    story_do(story, COMMAND_NO_SHOW);
}

static void until_lapsed(struct story *story)
{
    until_booked(story);
    story->now_ms = START + 2 * DAY;
    story_do(story, COMMAND_LAPSE);
}

static void until_guest_ready(struct story *story)
{
    until_claimed(story);
    story_guest_ready(story);
}

static void until_guest_waits(struct story *story)
{
    story_until_admitted(story);
    story_guest_waits(story);
}

static void until_guest_is_in(struct story *story)
{
    until_guest_waits(story);
    story_do(story, COMMAND_ANSWER_GUEST);
    story_do(story, COMMAND_ADMIT_GUEST);
}

static void until_guest_dismissed(struct story *story)
{
    until_guest_is_in(story);
    story_do(story, COMMAND_DISMISS_GUEST);
}

static void until_guest_withdrawn(struct story *story)
{
    until_guest_is_in(story);
    story_do(story, COMMAND_WITHDRAW_GUEST);
}

static void until_nothing(struct story *story)
{
    (void)story;
}

typedef void until_fn(struct story *story);
static until_fn *const states[] = {
    until_nothing,         until_booked,          until_claimed,
    until_refused,         story_until_waiting,   story_until_admitted,
    until_hung_up,         until_put_back,        until_telephone,
    story_until_ended,     until_paying,          until_paid,
    until_approved,        until_released,        until_revoked,
    until_cancelled,       until_no_show,         until_lapsed,
    until_guest_ready,     until_guest_waits,     until_guest_is_in,
    until_guest_dismissed, until_guest_withdrawn,
};
#define STATES (sizeof(states) / sizeof(*states))

static bool has_slot(const struct agenda *agenda, struct consultation_id visit)
{
    for (uint32_t i = 0; i < agenda->count; i++)
        if (consultation_id_equal(agenda->slots[i].consultation, visit))
            return true;
    return false;
}

/* Nobody is in but whom the doctor let in, of whom the patient knows. */
static void check_guests(const struct consultation *visit)
{
    for (uint32_t number = 1; number <= GUESTS_MAX; number++) {
        const struct guest *guest = consultation_guest(visit, number);
        if (!guest || guest->state != GUEST_ADMITTED)
            continue;
        assert_int_equal(visit->phase, PHASE_ADMITTED);
        assert_true(guest->agreed == AGREEMENT_YES ||
                    guest->agreed == AGREEMENT_TOLD);
        assert_true(guest->claimed);
    }
    if (consultation_is_open(visit) && visit->guests.pinned)
        assert_int_equal(visit->guests.each[visit->guests.pinned - 1].state,
                         GUEST_ADMITTED);
}

/* What is true of a visit whatever happened to it. */
static void check_always(const struct story *story)
{
    const struct consultation *visit = &story->visit;
    bool admitted = visit->phase == PHASE_ADMITTED;
    bool here =
        practitioner_id_equal(visit->practitioner, story->agenda.practitioner);
    const struct agenda *agenda = here ? &story->agenda : &story->agenda_to;
    const struct agenda *other = here ? &story->agenda_to : &story->agenda;

    assert_int_equal(consultation_id_equal(agenda->admitted, visit->id),
                     admitted);
    assert_true(consultation_id_is_none(other->admitted));
    assert_false(has_slot(other, visit->id));
    if (consultation_is_open(visit))
        assert_true(has_slot(agenda, visit->id));
    if (visit->phase == PHASE_WAITING)
        assert_true(visit->waiting_since_ms > 0);
    if (visit->phase == PHASE_WAITING)
        assert_int_equal(visit->consent, CONSENT_GIVEN);
    assert_true(visit->approved_version == 0 ||
                visit->approved_version == visit->drafted_version);
    assert_true(visit->released_version <= visit->drafted_version);
    assert_true(visit->revoked_version <= visit->released_version);
    assert_false(release_is_due(visit, &story->policy));
    check_guests(visit);
}

static void roles_do_only_what_is_theirs(void **state)
{
    (void)state;
    for (size_t i = 0; i < STATES; i++) {
        struct story story;
        story_begin(&story);
        states[i](&story);
        for (int kind = 0; kind < COMMAND_KINDS; kind++) {
            for (int role = ROLE_PATIENT; role <= ROLE_GUEST; role++) {
                struct story next = story;
                struct command command =
                    story_command(&next, (enum command_kind)kind);
                story_as(&next, &command, (enum role)role);
                enum refusal refusal = story_tell(&next, &command);
                bool may =
                    command_roles((enum command_kind)kind) & ROLE_BIT(role);
                assert_int_equal(refusal == REFUSED_FORBIDDEN, !may);
                if (refusal != REFUSED_NOTHING)
                    assert_memory_equal(&next.visit, &story.visit,
                                        sizeof(story.visit));
                check_always(&next);
            }
        }
    }
}

static void strangers_learn_nothing(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    for (int kind = 0; kind < COMMAND_KINDS; kind++) {
        struct command command = story_command(&story, (enum command_kind)kind);
        if (command.actor.role == ROLE_SYSTEM)
            continue;
        command.actor.clinic = (struct clinic_id){ { 66 } };
        command.actor.practitioner = (struct practitioner_id){ { 66 } };
        command.actor.consultation = (struct consultation_id){ { 66 } };
        struct story next = story;
        assert_int_equal(story_tell(&next, &command), REFUSED_UNKNOWN);
    }
}

static void random_walks_keep_what_must_always_be_true(void **state)
{
    (void)state;
    srand(20261122);
    for (int walk = 0; walk < 2000; walk++) {
        struct story story;
        story_begin(&story);
        story_do(&story, COMMAND_BOOK);
        for (int step = 0; step < 60; step++) {
            enum command_kind kind =
                (enum command_kind)(rand() % COMMAND_KINDS);
            struct command command = story_command(&story, kind);
            if (kind == COMMAND_PAYMENT_NEWS)
                command.payment_news.news =
                    (enum payment_news)(rand() % (NEWS_DISPUTED + 1));
            if (kind == COMMAND_DRAFT_PRESCRIPTION)
                memset(command.draft.hash, rand() % 3 + 1, HASH_BYTES);
            if (command_roles(kind) & ROLE_BIT(ROLE_GUEST) && rand() % 2)
                story_as(&story, &command, ROLE_GUEST);
            if (kind == COMMAND_ANSWER_GUEST || kind == COMMAND_ADMIT_GUEST)
                command.guest.agreed = command.guest.told = rand() % 2;
            if (kind >= COMMAND_REISSUE_GUEST_LINK &&
                kind <= COMMAND_PIN_GUEST && rand() % 2)
                command.guest.number = (uint32_t)rand() % (GUESTS_MAX + 2);
            command.actor.practitioner = story.visit.practitioner;
            if (kind == COMMAND_REASSIGN && rand() % 2)
                command.practitioner = story.agenda.practitioner;
            uint64_t seq = story.visit.seq;
            if (story_tell(&story, &command) != REFUSED_NOTHING)
                assert_int_equal(story.visit.seq, seq);
            story.now_ms += rand() % (3 * MINUTE);
            check_always(&story);
        }
    }
}

/* Everything free that a patient or a doctor writes carries this word. */
#define CANARY "canary"

static void no_clinical_word_reaches_the_desk(void **state)
{
    struct story story;
    struct view view;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    memcpy(story.visit.place, CANARY, sizeof(CANARY));
    memcpy(story.visit.present, CANARY, sizeof(CANARY));
    memcpy(story.visit.checkout_url, CANARY, sizeof(CANARY));
    view_make(&story.visit, &story.agenda, &story.policy, ROLE_SECRETARY,
              &view);
    assert_null(memmem(&view, sizeof(view), CANARY, sizeof(CANARY) - 1));
    view_make(&story.visit, &story.agenda, &story.policy, ROLE_DOCTOR, &view);
    assert_non_null(memmem(&view, sizeof(view), CANARY, sizeof(CANARY) - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_do_only_what_is_theirs),
        cmocka_unit_test(strangers_learn_nothing),
        cmocka_unit_test(random_walks_keep_what_must_always_be_true),
        cmocka_unit_test(no_clinical_word_reaches_the_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
