/* The rules of the visit, told as stories. */
#include "signaling/core/notice.h"
#include "tests/story/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void booking_takes_a_slot_and_issues_a_link(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    HAPPENED(&story, EVENT_BOOKED, EVENT_LINK_ISSUED, EVENT_SLOT_TAKEN);
    assert_int_equal(story.agenda.count, 1);
    assert_string_equal(story.visit.currency, "EUR");
    assert_int_equal(story_say(&story, COMMAND_BOOK), REFUSED_ALREADY_EXISTS);
}

static void the_message_of_a_booking_carries_its_first_link(void **state)
{
    struct story story;
    struct consultation visit;
    enum notice_kind notices[NOTICES_MAX];

    (void)state;
    story_begin(&story);
    consultation_init(&visit, story.visit.id);
    story_do(&story, COMMAND_BOOK);
    size_t told = 0;
    for (size_t i = 0; i < story.last.count; i++) {
        struct consultation before = visit;
        if (story.last.events[i].target != TARGET_VISIT)
            continue;
        consultation_apply(&visit, &story.last.events[i].event);
        size_t count =
            notices_of(&before, &visit, &story.last.events[i].event, notices);
        if (count == 0)
            continue;
        told += count;
        assert_int_equal(notices[0], NOTICE_BOOKED);
        assert_int_equal(visit.link_generation, 1);
    }
    assert_int_equal(told, 1);
}

static void booking_refuses_what_is_not_right(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    struct command good = story_command(&story, COMMAND_BOOK);
    struct command bad = good;
    bad.book.identity.family[0] = '\0';
    assert_int_equal(story_tell(&story, &bad), REFUSED_INVALID);
    bad = good;
    bad.book.identity.birth.month = 13;
    assert_int_equal(story_tell(&story, &bad), REFUSED_INVALID);
    bad = good;
    memcpy(bad.book.identity.mail, "a@b", 4);
    assert_int_equal(story_tell(&story, &bad), REFUSED_INVALID);
    bad = good;
    memcpy(bad.book.identity.mobile, "0639981200", 11);
    assert_int_equal(story_tell(&story, &bad), REFUSED_INVALID);
    bad = good;
    bad.book.nothing_due = true; /* and a fee */
    assert_int_equal(story_tell(&story, &bad), REFUSED_INVALID);
    bad = good;
    bad.book.duration_min = 0;
    assert_int_equal(story_tell(&story, &bad), REFUSED_INVALID);
    bad = good;
    bad.book.start_ms = story.now_ms - DAY;
    assert_int_equal(story_tell(&story, &bad), REFUSED_IN_THE_PAST);
    bad = good;
    bad.actor.clinic = (struct clinic_id){ { 8 } };
    assert_int_equal(story_tell(&story, &bad), REFUSED_UNKNOWN);
    assert_int_equal(story.visit.seq, 0);
}

static void overlaps_are_refused_and_freed_slots_are_free(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    struct consultation other;
    struct consultation_id other_id = { { 10 } };
    struct consultation first = story.visit;
    consultation_init(&other, other_id);
    story.visit = other;
    struct command book = story_command(&story, COMMAND_BOOK);
    book.consultation = other_id;
    book.book.start_ms = START + 19 * MINUTE;
    assert_int_equal(story_tell(&story, &book), REFUSED_OVERLAP);
    book.book.start_ms = START + 20 * MINUTE;
    assert_int_equal(story_tell(&story, &book), REFUSED_NOTHING);
    assert_int_equal(story.agenda.count, 2);

    story.visit = first;
    story_do(&story, COMMAND_CANCEL);
    assert_int_equal(story.agenda.count, 1);
}

static void moving_keeps_a_short_wait_and_ends_a_long_one(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    struct command move = story_command(&story, COMMAND_RESCHEDULE);
    move.move.start_ms = START + 15 * MINUTE;
    assert_int_equal(story_tell(&story, &move), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_RESCHEDULED, EVENT_SLOT_TAKEN);
    assert_int_equal(story.visit.phase, PHASE_WAITING);
    assert_int_equal(story.agenda.count, 1);

    story_do(&story, COMMAND_RESCHEDULE); /* a day later */
    assert_int_equal(story.visit.phase, PHASE_BOOKED);
    assert_true(story_see(&story, ROLE_PATIENT).was_moved);
}

static void reassigning_frees_here_and_takes_there(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    story_do(&story, COMMAND_REASSIGN);
    HAPPENED(&story, EVENT_REASSIGNED, EVENT_SLOT_FREED, EVENT_SLOT_TAKEN);
    assert_int_equal(story.agenda.count, 0);
    assert_int_equal(story.agenda_to.count, 1);
    /* It is not the first doctor's patient any more. */
    assert_int_equal(story_say(&story, COMMAND_NO_SHOW), REFUSED_UNKNOWN);
}

static void wrong_birth_dates_pause_and_then_end_the_link(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    for (int i = 1; i <= CLAIMS_BEFORE_END; i++) {
        struct command claim = story_command(&story, COMMAND_CLAIM);
        claim.claim.birth.day = 3;
        assert_int_equal(story_tell(&story, &claim), REFUSED_NOTHING);
        HAPPENED(&story, EVENT_CLAIM_FAILED);
        if (i % CLAIMS_BEFORE_PAUSE == 0 && i < CLAIMS_BEFORE_END) {
            assert_int_equal(story_say(&story, COMMAND_CLAIM),
                             REFUSED_LINK_PAUSED);
            story.now_ms += CLAIM_PAUSE_MS;
        }
    }
    story.now_ms += DAY;
    assert_int_equal(story_say(&story, COMMAND_CLAIM), REFUSED_LINK_ENDED);
    assert_int_equal(story_see(&story, ROLE_SECRETARY).claim_failures, 15);

    struct command stale = story_command(&story, COMMAND_CLAIM);
    story_do(&story, COMMAND_REISSUE_LINK);
    assert_int_equal(story_tell(&story, &stale), REFUSED_WRONG_LINK);
    story_do(&story, COMMAND_CLAIM);
    HAPPENED(&story, EVENT_CLAIMED);
}

static void a_second_device_fences_the_first(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    struct command old = story_command(&story, COMMAND_LEAVE);
    story_do(&story, COMMAND_CLAIM);
    assert_int_equal(story_tell(&story, &old), REFUSED_ELSEWHERE);
    assert_int_equal(story.visit.phase, PHASE_WAITING);
    assert_int_equal(story.visit.waiting_since_ms, START - 10 * MINUTE);
}

static void a_new_link_sends_the_old_device_away(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    struct command old = story_command(&story, COMMAND_LEAVE);
    story_do(&story, COMMAND_REISSUE_LINK);
    assert_false(story_see(&story, ROLE_SECRETARY).claimed);
    assert_int_equal(story_tell(&story, &old), REFUSED_ELSEWHERE);
    assert_int_equal(story.visit.phase, PHASE_WAITING); /* keeps the place */
    story_do(&story, COMMAND_CLAIM);
    assert_true(story_see(&story, ROLE_SECRETARY).claimed);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_WAITING);
}

static void the_waiting_room_asks_for_consent_and_the_hour(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    story_do(&story, COMMAND_CLAIM);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_CONSENT);
    assert_int_equal(story_say(&story, COMMAND_ARRIVE), REFUSED_NO_CONSENT);
    assert_int_equal(story_say(&story, COMMAND_SITUATE), REFUSED_NO_CONSENT);
    story_do(&story, COMMAND_CONSENT);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_PLACE);
    story_do(&story, COMMAND_SITUATE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_CHECK);
    assert_int_equal(story_say(&story, COMMAND_ARRIVE), REFUSED_NOT_YET);
    story_do(&story, COMMAND_CHECK_DEVICE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_READY);
    story.now_ms = START - 31 * MINUTE;
    assert_int_equal(story_say(&story, COMMAND_ARRIVE), REFUSED_TOO_EARLY);
    story.now_ms = START - 30 * MINUTE;
    story_do(&story, COMMAND_ARRIVE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_WAITING);
}

static void refusing_consent_is_as_easy_and_ends_the_wait(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    struct command no = story_command(&story, COMMAND_CONSENT);
    no.consent.accepted = false;
    assert_int_equal(story_tell(&story, &no), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_CONSENT_REFUSED);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step,
                     STEP_CONSENT_REFUSED);
    assert_int_equal(story_say(&story, COMMAND_ADMIT), REFUSED_NOT_WAITING);
}

static void a_place_in_line_survives_leaving_and_being_put_back(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    story_do(&story, COMMAND_LEAVE);
    story.now_ms += 5 * MINUTE;
    story_do(&story, COMMAND_ARRIVE);
    assert_int_equal(story_see(&story, ROLE_DOCTOR).waiting_since_ms,
                     START - 10 * MINUTE);
    story_do(&story, COMMAND_ADMIT);
    story_do(&story, COMMAND_PUT_BACK);
    HAPPENED(&story, EVENT_PUT_BACK, EVENT_ADMISSION_OVER);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_PUT_BACK);
    assert_int_equal(story_see(&story, ROLE_DOCTOR).waiting_since_ms,
                     START - 10 * MINUTE);
}

static void only_one_patient_is_admitted_at_a_time(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    story.agenda.admitted = (struct consultation_id){ { 99 } };
    assert_int_equal(story_say(&story, COMMAND_ADMIT),
                     REFUSED_ANOTHER_ADMITTED);
    assert_int_equal(story_say(&story, COMMAND_CONTINUE_BY_TELEPHONE),
                     REFUSED_ANOTHER_ADMITTED);
    story.agenda.admitted = (struct consultation_id){ { 0 } };
    story_do(&story, COMMAND_ADMIT);
    HAPPENED(&story, EVENT_CALLED_IN, EVENT_ADMITTED);
    story_do(&story, COMMAND_ADMIT); /* a double click */
    assert_int_equal(story.last.count, 0);
}

static void a_minor_is_not_admitted_without_a_named_adult(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    story.visit.identity.birth = (struct date){ 2008, 11, 23 };
    assert_int_equal(story_say(&story, COMMAND_ADMIT), REFUSED_NEEDS_ADULT);
    struct command admit = story_command(&story, COMMAND_ADMIT);
    memcpy(admit.admit.adult, "Ada", 4);
    assert_int_equal(story_tell(&story, &admit), REFUSED_NOTHING);
    assert_string_equal(story.visit.adult, "Ada");
    story.visit.identity.birth = (struct date){ 2008, 11, 22 };
    assert_false(consultation_is_minor(&story.visit)); /* 18 that day */
}

static void hanging_up_is_not_the_end(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    story_do(&story, COMMAND_LEAVE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_CALL_LEFT);
    assert_true(story_see(&story, ROLE_DOCTOR).hung_up);
    story_do(&story, COMMAND_ARRIVE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_CALL);
}

static void the_telephone_is_the_same_visit(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    story.now_ms = START;
    story_do(&story, COMMAND_CONTINUE_BY_TELEPHONE);
    HAPPENED(&story, EVENT_CALLED_IN, EVENT_ADMITTED,
             EVENT_CONTINUED_BY_TELEPHONE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_TELEPHONE);
    struct command end = story_command(&story, COMMAND_END);
    end.end.how = ENDED_TELEPHONE;
    end.end.due = DUE_NOTHING;
    end.end.prescription = PLAN_NONE;
    assert_int_equal(story_tell(&story, &end), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_ENDED, EVENT_ADMISSION_OVER, EVENT_NOTHING_DUE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_DONE);
}

static void who_was_only_telephoned_is_put_back_to_booked(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    story_do(&story, COMMAND_CONTINUE_BY_TELEPHONE);
    story_do(&story, COMMAND_PUT_BACK);
    assert_int_equal(story.visit.phase, PHASE_BOOKED);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_CONSENT);
}

static void the_amount_stays_below_what_was_announced(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    struct command end = story_command(&story, COMMAND_END);
    end.end.amount_minor = 3001;
    assert_int_equal(story_tell(&story, &end), REFUSED_AMOUNT_TOO_HIGH);
    assert_int_equal(story.visit.phase, PHASE_ADMITTED);
    end.end.amount_minor = -1;
    assert_int_equal(story_tell(&story, &end), REFUSED_INVALID);
    end.end.amount_minor = 2500;
    assert_int_equal(story_tell(&story, &end), REFUSED_NOTHING);
    assert_int_equal(story_see(&story, ROLE_PATIENT).due_minor, 2500);
}

static void a_no_show_never_came_and_we_never_failed(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    assert_int_equal(story_say(&story, COMMAND_NO_SHOW), REFUSED_NOT_YET);
    story.now_ms = START + 15 * MINUTE;
    struct story came = story;
    came.visit.ever_arrived = true;
    assert_int_equal(story_say(&came, COMMAND_NO_SHOW), REFUSED_PATIENT_CAME);
    struct story failed = story;
    story_do(&failed, COMMAND_REPORT_INCIDENT);
    assert_int_equal(story_say(&failed, COMMAND_NO_SHOW), REFUSED_PATIENT_CAME);
    story_do(&story, COMMAND_NO_SHOW);
    HAPPENED(&story, EVENT_NO_SHOW, EVENT_SLOT_FREED);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_NO_SHOW);
}

static void a_delay_is_told_rounded_up_and_only_to_who_still_waits(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_waiting(&story);
    struct command delay = story_command(&story, COMMAND_TELL_DELAY);
    delay.delay.minutes = 11;
    assert_int_equal(story_tell(&story, &delay), REFUSED_NOTHING);
    assert_int_equal(story_see(&story, ROLE_PATIENT).delay_min, 15);
    story_do(&story, COMMAND_ADMIT);
    assert_int_equal(story_see(&story, ROLE_PATIENT).delay_min, 0);
    delay.delay.minutes = 241;
    assert_int_equal(story_tell(&story, &delay), REFUSED_INVALID);
}

static void nobody_came_and_the_visit_lapses(void **state)
{
    struct story story;
    struct deadline due[DEADLINES_MAX];

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    assert_int_equal(deadlines_of(&story.visit, due), 1);
    assert_int_equal(due[0].kind, DEADLINE_LAPSE);
    assert_int_equal(story_say(&story, COMMAND_LAPSE), REFUSED_NOT_YET);
    story.now_ms = due[0].at_ms;
    story_do(&story, COMMAND_LAPSE);
    HAPPENED(&story, EVENT_LAPSED, EVENT_SLOT_FREED);
    assert_int_equal(deadlines_of(&story.visit, due), 0);
}

static void time_never_runs_backwards(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    int64_t booked_ms = story.visit.last_ms;
    story.now_ms -= HOUR; /* somebody set the clock */
    story_do(&story, COMMAND_CLAIM);
    assert_int_equal(story.visit.last_ms, booked_ms);
}

static void a_secretary_sees_nothing_clinical(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    (void)story_draft(&story, 0x5a);
    (void)story_approve(&story);
    (void)story_pay(&story);
    struct view view = story_see(&story, ROLE_SECRETARY);
    assert_true(view.document_ready);
    assert_int_equal(view.drafted_version, 0);
    assert_int_equal(view.drafted_hash[0], 0);
    assert_int_equal(view.prescription, PRESCRIPTION_NONE);
    assert_string_equal(view.place, "");
    for (const struct field *field = view_fields; field->name; field++) {
        static const char *const clinical[] = {
            "place",        "prescription", "drafted_version",
            "drafted_hash", "note_saved",   "overridden",
            "messages",     "present",      "checkout_url"
        };
        for (size_t i = 0; i < sizeof(clinical) / sizeof(*clinical); i++)
            if (strcmp(field->name, clinical[i]) == 0)
                assert_false(field->roles & ROLE_BIT(ROLE_SECRETARY));
    }
}

static void a_call_back_is_open_until_somebody_talked_with_them(void **state)
{
    static const struct {
        enum cancelled_by by;
        bool still;
    } cancels[] = { { CANCELLED_BY_PATIENT, false },
                    { CANCELLED_BY_CLINIC, true },
                    { CANCELLED_BY_PRACTITIONER, true } };
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    assert_false(consultation_needs_call(&story.visit));
    story.now_ms += MINUTE;
    story_do(&story, COMMAND_ASK_CALLBACK);
    assert_true(consultation_needs_call(&story.visit));
    assert_int_equal(story_see(&story, ROLE_SECRETARY).callback_asked_ms,
                     story.now_ms);
    int64_t asked_ms = story.now_ms;
    story.now_ms += MINUTE;
    story_do(&story, COMMAND_ASK_CALLBACK); /* said already */
    story_do(&story, COMMAND_RESCHEDULE);
    assert_int_equal(story.visit.callback_asked_ms, asked_ms);
    assert_int_equal(story_see(&story, ROLE_PATIENT).callback_asked_ms, 0);
    struct consultation asked = story.visit;

    story_do(&story, COMMAND_CALLBACK_DONE);
    assert_false(consultation_needs_call(&story.visit));
    assert_int_equal(story.visit.callback_asked_ms, 0);
    for (size_t i = 0; i < sizeof(cancels) / sizeof(cancels[0]); i++) {
        struct event event = { .kind = EVENT_CANCELLED,
                               .cancelled.by = cancels[i].by };
        struct consultation visit = asked;
        consultation_apply(&visit, &event);
        assert_int_equal(consultation_needs_call(&visit), cancels[i].still);
    }
    consultation_apply(&asked, &(struct event){ .kind = EVENT_NO_SHOW });
    assert_true(consultation_needs_call(&asked));
}

static void a_consultation_answers_the_call_an_interrupted_one_does_not(
    void **state)
{
    struct story story;

    (void)state;
    for (int interrupted = 0; interrupted < 2; interrupted++) {
        story_begin(&story);
        story_until_waiting(&story);
        story_do(&story, COMMAND_ASK_CALLBACK);
        story_do(&story, COMMAND_ADMIT);
        assert_true(consultation_needs_call(&story.visit));
        struct command end = story_command(&story, COMMAND_END);
        end.end.how = interrupted ? ENDED_INTERRUPTED : ENDED_VIDEO;
        assert_int_equal(story_tell(&story, &end), REFUSED_NOTHING);
        assert_int_equal(consultation_needs_call(&story.visit), interrupted);
        story_do(&story, COMMAND_ASK_CALLBACK); /* after the visit too */
        assert_true(consultation_needs_call(&story.visit));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(booking_takes_a_slot_and_issues_a_link),
        cmocka_unit_test(the_message_of_a_booking_carries_its_first_link),
        cmocka_unit_test(a_call_back_is_open_until_somebody_talked_with_them),
        cmocka_unit_test(
            a_consultation_answers_the_call_an_interrupted_one_does_not),
        cmocka_unit_test(booking_refuses_what_is_not_right),
        cmocka_unit_test(overlaps_are_refused_and_freed_slots_are_free),
        cmocka_unit_test(moving_keeps_a_short_wait_and_ends_a_long_one),
        cmocka_unit_test(reassigning_frees_here_and_takes_there),
        cmocka_unit_test(wrong_birth_dates_pause_and_then_end_the_link),
        cmocka_unit_test(a_second_device_fences_the_first),
        cmocka_unit_test(a_new_link_sends_the_old_device_away),
        cmocka_unit_test(the_waiting_room_asks_for_consent_and_the_hour),
        cmocka_unit_test(refusing_consent_is_as_easy_and_ends_the_wait),
        cmocka_unit_test(a_place_in_line_survives_leaving_and_being_put_back),
        cmocka_unit_test(only_one_patient_is_admitted_at_a_time),
        cmocka_unit_test(a_minor_is_not_admitted_without_a_named_adult),
        cmocka_unit_test(hanging_up_is_not_the_end),
        cmocka_unit_test(the_telephone_is_the_same_visit),
        cmocka_unit_test(who_was_only_telephoned_is_put_back_to_booked),
        cmocka_unit_test(the_amount_stays_below_what_was_announced),
        cmocka_unit_test(a_no_show_never_came_and_we_never_failed),
        cmocka_unit_test(
            a_delay_is_told_rounded_up_and_only_to_who_still_waits),
        cmocka_unit_test(nobody_came_and_the_visit_lapses),
        cmocka_unit_test(time_never_runs_backwards),
        cmocka_unit_test(a_secretary_sees_nothing_clinical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
