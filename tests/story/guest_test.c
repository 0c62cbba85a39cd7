/*
 * Guests: invited by the clinic, known to the patient, admitted by the doctor,
 * and out again; what each of them sees.
 */
#include "tests/story/story.h"

#include "signaling/core/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static enum guest_state state_of(const struct story *story)
{
    return story->visit.guests.each[0].state;
}

static struct view see_as_guest(const struct story *story, uint32_t number)
{
    struct view view;

    view_make_guest(&story->visit, &story->agenda, &story->policy, number,
                    &view);
    return view;
}

static void an_invitation_has_a_link_of_its_own(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    story_do(&story, COMMAND_INVITE_GUEST);
    HAPPENED(&story, EVENT_GUEST_INVITED, EVENT_GUEST_LINK_ISSUED);
    assert_int_equal(story.visit.link_generation, 1);
    assert_int_equal(story.visit.guests.each[0].link_generation, 1);
    struct view patients = story_see(&story, ROLE_PATIENT);
    assert_int_equal(patients.guests[0].guest, 1);
    assert_string_equal(patients.guests[0].name, "Sam Interprète");
    assert_string_equal(patients.guests[0].mail, "");
    assert_string_equal(story_see(&story, ROLE_SECRETARY).guests[0].mail,
                        "sam@interpretes.example");
    assert_int_equal(patients.guests[1].guest, 0);
}

static void three_guests_are_enough(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    for (int i = 0; i < GUESTS_MAX; i++)
        story_do(&story, COMMAND_INVITE_GUEST);
    struct command fourth = story_command(&story, COMMAND_INVITE_GUEST);
    assert_int_equal(story_tell(&story, &fourth), REFUSED_GUESTS_FULL);
    story_do(&story, COMMAND_WITHDRAW_GUEST);
    assert_int_equal(story_tell(&story, &fourth), REFUSED_NOTHING);
    /* The next one on this place has no link of the one before. */
    assert_int_equal(story.visit.guests.each[0].link_generation, 2);
}

static void invitations_that_are_not_right_are_refused(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    struct command good = story_command(&story, COMMAND_INVITE_GUEST);
    struct command bad = good;
    bad.invite.name[0] = '\0';
    assert_int_equal(story_tell(&story, &bad), REFUSED_INVALID);
    bad = good;
    memcpy(bad.invite.mobile, "0639981200", 11);
    assert_int_equal(story_tell(&story, &bad), REFUSED_INVALID);
    bad = good;
    memcpy(bad.invite.mail, "sam@nowhere", 12);
    assert_int_equal(story_tell(&story, &bad), REFUSED_INVALID);
    story_do(&story, COMMAND_CANCEL);
    assert_int_equal(story_tell(&story, &good), REFUSED_CANCELLED);
}

static void wrong_codes_pause_and_then_end_the_link(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    story_do(&story, COMMAND_INVITE_GUEST);
    struct command wrong = story_command(&story, COMMAND_CLAIM_GUEST);
    wrong.guest.fits = false;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 5; i++) {
            wrong.now_ms = story.now_ms;
            assert_int_equal(story_tell(&story, &wrong), REFUSED_NOTHING);
            HAPPENED(&story, EVENT_GUEST_CLAIM_FAILED);
        }
        if (round < 2)
            assert_int_equal(story_tell(&story, &wrong), REFUSED_LINK_PAUSED);
        story.now_ms += 16 * MINUTE;
    }
    struct command right = story_command(&story, COMMAND_CLAIM_GUEST);
    assert_int_equal(story_tell(&story, &right), REFUSED_LINK_ENDED);
    story_do(&story, COMMAND_REISSUE_GUEST_LINK);
    assert_int_equal(story_tell(&story, &right), REFUSED_WRONG_LINK);
    story_do(&story, COMMAND_CLAIM_GUEST);
    /* The patient's own link has nothing to do with it. */
    assert_int_equal(story.visit.claim_failures, 0);
}

static void a_guest_promises_tests_and_waits(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    story_do(&story, COMMAND_INVITE_GUEST);
    story_do(&story, COMMAND_CLAIM_GUEST);
    assert_int_equal(see_as_guest(&story, 1).guest_step, GUEST_STEP_CONSENT);
    assert_int_equal(story_guest(&story, COMMAND_ARRIVE), REFUSED_NO_CONSENT);
    assert_int_equal(story_guest(&story, COMMAND_CONSENT), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_GUEST_PROMISED);
    assert_int_equal(see_as_guest(&story, 1).guest_step, GUEST_STEP_CHECK);
    assert_int_equal(story_guest(&story, COMMAND_ARRIVE), REFUSED_NOT_YET);
    assert_int_equal(story_guest(&story, COMMAND_CHECK_DEVICE),
                     REFUSED_NOTHING);
    assert_int_equal(story_guest(&story, COMMAND_ARRIVE), REFUSED_TOO_EARLY);
    story.now_ms = START - 10 * MINUTE;
    assert_int_equal(story_guest(&story, COMMAND_ARRIVE), REFUSED_NOTHING);
    assert_int_equal(see_as_guest(&story, 1).guest_step, GUEST_STEP_WAITING);
    /* None of it is the patient's own. */
    assert_int_equal(story.visit.phase, PHASE_BOOKED);
    assert_int_equal(story.visit.consent, CONSENT_NONE);
    assert_false(story.visit.device_checked);
}

static void nobody_is_admitted_before_the_patient_knows(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    story_guest_waits(&story);
    struct command admit = story_command(&story, COMMAND_ADMIT_GUEST);
    assert_int_equal(story_tell(&story, &admit), REFUSED_NOT_ADMITTED);
    story_do(&story, COMMAND_ADMIT);
    assert_int_equal(story_tell(&story, &admit), REFUSED_PATIENT_NOT_TOLD);
    story_do(&story, COMMAND_ANSWER_GUEST);
    assert_int_equal(story_tell(&story, &admit), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_GUEST_ADMITTED);
    assert_int_equal(see_as_guest(&story, 1).guest_step, GUEST_STEP_CALL);
    assert_int_equal(story_tell(&story, &admit), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_KINDS);
}

static void the_doctor_may_ask_the_patient_aloud(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    story_guest_waits(&story);
    struct command admit = story_command(&story, COMMAND_ADMIT_GUEST);
    admit.guest.told = true;
    assert_int_equal(story_tell(&story, &admit), REFUSED_NOTHING);
    assert_int_equal(story_see(&story, ROLE_PATIENT).guests[0].agreed,
                     AGREEMENT_TOLD);
}

static void a_patients_no_keeps_out_and_puts_out(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    story_guest_waits(&story);
    struct command admit = story_command(&story, COMMAND_ADMIT_GUEST);
    struct command answer = story_command(&story, COMMAND_ANSWER_GUEST);
    admit.guest.told = true;
    answer.guest.agreed = false;
    assert_int_equal(story_tell(&story, &answer), REFUSED_NOTHING);
    assert_int_equal(story_tell(&story, &admit), REFUSED_PATIENT_DECLINED);
    answer.guest.agreed = true;
    assert_int_equal(story_tell(&story, &answer), REFUSED_NOTHING);
    assert_int_equal(story_tell(&story, &admit), REFUSED_NOTHING);
    answer.guest.agreed = false;
    assert_int_equal(story_tell(&story, &answer), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_GUEST_ANSWERED, EVENT_GUEST_DISMISSED);
    assert_int_equal(state_of(&story), GUEST_DISMISSED);
}

static void who_was_asked_out_may_be_asked_in_again(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    story_guest_waits(&story);
    struct command dismiss = story_command(&story, COMMAND_DISMISS_GUEST);
    assert_int_equal(story_tell(&story, &dismiss), REFUSED_GUEST_NOT_WAITING);
    story_do(&story, COMMAND_ANSWER_GUEST);
    story_do(&story, COMMAND_ADMIT_GUEST);
    story_do(&story, COMMAND_PIN_GUEST);
    assert_int_equal(story_see(&story, ROLE_PATIENT).pinned, 1);
    story_do(&story, COMMAND_DISMISS_GUEST);
    assert_int_equal(see_as_guest(&story, 1).guest_step, GUEST_STEP_DISMISSED);
    assert_int_equal(story_see(&story, ROLE_PATIENT).pinned, 0);
    story_do(&story, COMMAND_ADMIT_GUEST);
    assert_int_equal(state_of(&story), GUEST_ADMITTED);
    /* Who leaves of their own will has to be admitted anew. */
    assert_int_equal(story_guest(&story, COMMAND_LEAVE), REFUSED_NOTHING);
    assert_int_equal(state_of(&story), GUEST_READY);
    struct command admit = story_command(&story, COMMAND_ADMIT_GUEST);
    assert_int_equal(story_tell(&story, &admit), REFUSED_GUEST_NOT_WAITING);
    assert_int_equal(story_guest(&story, COMMAND_ARRIVE), REFUSED_NOTHING);
    assert_int_equal(state_of(&story), GUEST_WAITING);
}

static void putting_the_patient_back_puts_guests_back(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    story_guest_waits(&story);
    story_do(&story, COMMAND_ANSWER_GUEST);
    story_do(&story, COMMAND_ADMIT_GUEST);
    story_do(&story, COMMAND_PUT_BACK);
    assert_int_equal(state_of(&story), GUEST_WAITING);
    struct command admit = story_command(&story, COMMAND_ADMIT_GUEST);
    assert_int_equal(story_tell(&story, &admit), REFUSED_NOT_ADMITTED);
}

static void a_new_link_or_none_sends_the_page_away(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    story_guest_waits(&story);
    struct command own = story_command(&story, COMMAND_LEAVE);
    story_as(&story, &own, ROLE_GUEST);
    story_do(&story, COMMAND_REISSUE_GUEST_LINK);
    assert_int_equal(story_tell(&story, &own), REFUSED_ELSEWHERE);
    assert_int_equal(state_of(&story), GUEST_INVITED);
    story_do(&story, COMMAND_CLAIM_GUEST);
    assert_int_equal(story_tell(&story, &own), REFUSED_ELSEWHERE);
    story_do(&story, COMMAND_WITHDRAW_GUEST);
    assert_int_equal(story_guest(&story, COMMAND_LEAVE), REFUSED_ELSEWHERE);
    struct command claim = story_command(&story, COMMAND_CLAIM_GUEST);
    assert_int_equal(story_tell(&story, &claim), REFUSED_WRONG_LINK);
    assert_int_equal(story_see(&story, ROLE_DOCTOR).guests[0].guest, 0);
}

static void the_end_ends_it_for_guests(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    story_guest_waits(&story);
    story_do(&story, COMMAND_ANSWER_GUEST);
    story_do(&story, COMMAND_ADMIT_GUEST);
    struct command own = story_command(&story, COMMAND_ARRIVE);
    story_as(&story, &own, ROLE_GUEST);
    story_do(&story, COMMAND_END);
    assert_int_equal(see_as_guest(&story, 1).guest_step, GUEST_STEP_OVER);
    assert_int_equal(story_see(&story, ROLE_PATIENT).guests[0].guest, 0);
    assert_int_equal(story_tell(&story, &own), REFUSED_ENDED);
    /* And their place becomes the payment page's, with nothing left of them. */
    assert_string_equal(story.visit.checkout_url, "");
    assert_int_equal(story_pay(&story), REFUSED_NOTHING);
    assert_null(consultation_guest(&story.visit, 1));
}

static void money_before_the_end_leaves_guests_alone(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    story_guest_waits(&story);
    story_do(&story, COMMAND_WAIVE);
    assert_int_equal(state_of(&story), GUEST_WAITING);
    assert_string_equal(story_see(&story, ROLE_PATIENT).checkout_url, "");
}

static bool is_blank(const void *member, size_t size)
{
    const uint8_t *bytes = member;

    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

/* Only what the table allows, and only who is in while they are in. */
static void a_guest_sees_who_is_there_and_nothing_else(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    story_guest_waits(&story);
    story_do(&story, COMMAND_INVITE_GUEST);
    struct view view = see_as_guest(&story, 1);
    for (const struct field *field = view_fields; field->name; field++)
        if (!(field->roles & ROLE_BIT(ROLE_GUEST)))
            assert_true(
                is_blank((const char *)&view + field->offset, field->size));
    assert_int_equal(view.guests[0].guest, 1);
    assert_string_equal(view.guests[0].mail, "");
    assert_int_equal(view.guests[1].guest, 0);
    struct command second = story_command(&story, COMMAND_CLAIM_GUEST);
    second.guest.number = 2;
    assert_int_equal(story_tell(&story, &second), REFUSED_NOTHING);
    enum command_kind own[] = { COMMAND_CONSENT, COMMAND_CHECK_DEVICE,
                                COMMAND_ARRIVE };
    for (size_t i = 0; i < 3; i++) {
        struct command command = story_command(&story, own[i]);
        story_as(&story, &command, ROLE_GUEST);
        command.actor.guest = 2;
        assert_int_equal(story_tell(&story, &command), REFUSED_NOTHING);
    }
    struct command admit = story_command(&story, COMMAND_ADMIT_GUEST);
    admit.guest.told = true;
    assert_int_equal(story_tell(&story, &admit), REFUSED_NOTHING);
    assert_int_equal(see_as_guest(&story, 1).guests[1].guest, 0);
    admit.guest.number = 2;
    assert_int_equal(story_tell(&story, &admit), REFUSED_NOTHING);
    view = see_as_guest(&story, 1);
    assert_int_equal(view.guests[1].guest, 2);
    assert_string_equal(view.guests[1].mail, "");
}

static void guests_are_told_what_concerns_them(void **state)
{
    struct story story;
    struct guest_notice notices[GUESTS_MAX];

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    story_do(&story, COMMAND_INVITE_GUEST);
    struct consultation before = story.visit;
    struct event event = { .kind = EVENT_GUEST_LINK_ISSUED,
                           .guest = { .number = 1, .generation = 2 } };
    consultation_apply(&story.visit, &event);
    assert_int_equal(guest_notices_of(&before, &story.visit, &event, notices),
                     1);
    assert_int_equal(notices[0].kind, NOTICE_GUEST_LINK);
    assert_int_equal(notices[0].guest.link_generation, 2);
    story_do(&story, COMMAND_INVITE_GUEST);
    before = story.visit;
    story_do(&story, COMMAND_CANCEL);
    assert_int_equal(guest_notices_of(&before, &story.visit,
                                      &story.last.events[0].event, notices),
                     2);
    assert_int_equal(notices[1].kind, NOTICE_GUEST_CANCELLED);
    assert_int_equal(notices[1].number, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invitation_has_a_link_of_its_own),
        cmocka_unit_test(three_guests_are_enough),
        cmocka_unit_test(invitations_that_are_not_right_are_refused),
        cmocka_unit_test(wrong_codes_pause_and_then_end_the_link),
        cmocka_unit_test(a_guest_promises_tests_and_waits),
        cmocka_unit_test(nobody_is_admitted_before_the_patient_knows),
        cmocka_unit_test(the_doctor_may_ask_the_patient_aloud),
        cmocka_unit_test(a_patients_no_keeps_out_and_puts_out),
        cmocka_unit_test(who_was_asked_out_may_be_asked_in_again),
        cmocka_unit_test(putting_the_patient_back_puts_guests_back),
        cmocka_unit_test(a_new_link_or_none_sends_the_page_away),
        cmocka_unit_test(the_end_ends_it_for_guests),
        cmocka_unit_test(money_before_the_end_leaves_guests_alone),
        cmocka_unit_test(a_guest_sees_who_is_there_and_nothing_else),
        cmocka_unit_test(guests_are_told_what_concerns_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
