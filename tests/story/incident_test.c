/* What went wrong in a call, told as stories. */
#include "tests/story/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SECOND INT64_C(1000)

static enum refusal report(struct story *story, enum incident incident,
                           enum incident_side side, int64_t start_ms,
                           int64_t end_ms)
{
    struct command command = story_command(story, COMMAND_REPORT_INCIDENT);

    story->now_ms += SECOND;
    command.now_ms = story->now_ms;
    command.incident = (struct incident_report){
        .incident = incident,
        .side = side,
        .start_ms = start_ms,
        .end_ms = end_ms,
    };
    return story_tell(story, &command);
}

static struct incident_shown shown(const struct story *story, size_t index)
{
    assert_true(index < story->visit.incidents.count);
    return incidents_at(&story->visit.incidents, index);
}

static int64_t begin(struct story *story)
{
    story_begin(story);
    story_until_admitted(story);
    return story->now_ms;
}

static void a_lost_line_has_a_beginning_and_an_end(void **state)
{
    struct story story;
    int64_t t = begin(&story);

    (void)state;
    assert_int_equal(report(&story, INCIDENT_PATIENT_LINE_LOST, SIDE_SERVICE,
                            t - 5 * SECOND, 0),
                     REFUSED_NOTHING);
    story_happened(&story, EVENT_INCIDENT, EVENT_KINDS);
    assert_int_equal(shown(&story, 0).side, SIDE_PATIENT);
    assert_int_equal(shown(&story, 0).start_ms, t - 5 * SECOND);
    assert_int_equal(shown(&story, 0).end_ms, 0);
    /* Heard once more, by another process: nothing new. */
    report(&story, INCIDENT_PATIENT_LINE_LOST, SIDE_PATIENT, t - 4 * SECOND, 0);
    story_happened(&story, EVENT_KINDS);

    report(&story, INCIDENT_PATIENT_LINE_LOST, SIDE_PATIENT, 0, t + 7 * SECOND);
    story_happened(&story, EVENT_INCIDENT, EVENT_KINDS);
    assert_int_equal(story.last.events[0].event.incident.start_ms,
                     t - 5 * SECOND);
    assert_int_equal(story.visit.incidents.count, 1);
    assert_int_equal(shown(&story, 0).end_ms, t + 7 * SECOND);
    /* An end of nothing is none. */
    report(&story, INCIDENT_PATIENT_LINE_LOST, SIDE_PATIENT, 0, t + 9 * SECOND);
    story_happened(&story, EVENT_KINDS);
    assert_false(story.visit.service_failed);
}

static void what_is_left_open_lasts_until_the_end(void **state)
{
    struct story story;
    int64_t t = begin(&story);

    (void)state;
    report(&story, INCIDENT_SOUND_ONLY, SIDE_DOCTOR, t, 0);
    story_do(&story, COMMAND_END);
    report(&story, INCIDENT_SOUND_ONLY, SIDE_DOCTOR, 0, t + 60 * SECOND);
    story_happened(&story, EVENT_KINDS);
    assert_int_equal(shown(&story, 0).end_ms, 0);
}

static void gaps_close_together_are_one(void **state)
{
    struct story story;
    int64_t t = begin(&story);

    (void)state;
    report(&story, INCIDENT_SOUND_GAP, SIDE_PATIENT, t, t + 1500);
    report(&story, INCIDENT_SOUND_GAP, SIDE_PATIENT, t + 4000, t + 6200);
    report(&story, INCIDENT_SOUND_GAP, SIDE_PATIENT, t + 60000, t + 63000);
    assert_int_equal(story.visit.incidents.count, 2);
    assert_int_equal(story.visit.incidents.events, 3);
    assert_int_equal(shown(&story, 0).times, 2);
    assert_int_equal(shown(&story, 0).start_ms, t);
    assert_int_equal(shown(&story, 0).end_ms, t + 6200);
    assert_int_equal(shown(&story, 1).times, 1);
    assert_int_equal(shown(&story, 1).end_ms - shown(&story, 1).start_ms, 3000);
}

static void what_is_explained_by_something_else_is_no_second_one(void **state)
{
    struct story story;
    int64_t t = begin(&story);

    (void)state;
    report(&story, INCIDENT_DOCTOR_LINE_LOST, SIDE_DOCTOR, t, 0);
    report(&story, INCIDENT_DOCTOR_LINE_LOST, SIDE_DOCTOR, 0, t + 12000);
    /* The silence of a lost line, seen by the relay and by the other end. */
    report(&story, INCIDENT_SOUND_GAP, SIDE_DOCTOR, t, t + 12000);
    report(&story, INCIDENT_PICTURE_FROZEN, SIDE_PATIENT, t + 500, t + 12900);
    assert_int_equal(story.visit.incidents.count, 1);
    /* One gap that both ends saw. */
    report(&story, INCIDENT_SOUND_GAP, SIDE_PATIENT, t + 50000, t + 53000);
    report(&story, INCIDENT_SOUND_GAP, SIDE_DOCTOR, t + 50200, t + 53300);
    assert_int_equal(story.visit.incidents.count, 2);
    assert_int_equal(shown(&story, 1).side, SIDE_PATIENT);
    /* But a frozen picture beside it is one. */
    report(&story, INCIDENT_PICTURE_FROZEN, SIDE_DOCTOR, t + 50200, t + 54000);
    assert_int_equal(story.visit.incidents.count, 3);
}

static void our_own_failure_is_never_a_no_show(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_do(&story, COMMAND_BOOK);
    story.now_ms = START;
    report(&story, INCIDENT_RELAY_UNREACHABLE, SIDE_PATIENT, story.now_ms, 0);
    assert_int_equal(shown(&story, 0).side, SIDE_SERVICE);
    assert_true(story.visit.service_failed);
    struct command command = story_command(&story, COMMAND_NO_SHOW);
    command.now_ms = story.now_ms + HOUR;
    assert_int_equal(story_tell(&story, &command), REFUSED_PATIENT_CAME);
}

/* A line that breaks all the time does not fill the log or the facts. */
static void a_flood_is_bounded(void **state)
{
    struct story story;
    int64_t t = begin(&story);

    (void)state;
    for (int i = 0; i < 500; i++)
        report(&story, INCIDENT_SOUND_GAP, SIDE_PATIENT, t + i * 20 * SECOND,
               t + i * 20 * SECOND + 2000);
    assert_int_equal(story.visit.incidents.events, INCIDENTS_MINOR);
    assert_int_equal(story.visit.incidents.count, INCIDENTS_SHOWN);
    assert_int_equal(story.visit.incidents.more,
                     INCIDENTS_MINOR - INCIDENTS_SHOWN);
    /* What weighs more is still written down. */
    for (int i = 0; i < 500; i++) {
        report(&story, INCIDENT_PATIENT_LINE_LOST, SIDE_PATIENT,
               t + (20000 + i * 20) * SECOND, 0);
        report(&story, INCIDENT_PATIENT_LINE_LOST, SIDE_PATIENT, 0,
               t + (20010 + i * 20) * SECOND);
    }
    assert_int_equal(story.visit.incidents.events, INCIDENTS_MAX);
    assert_int_equal(story.visit.incidents.count, INCIDENTS_SHOWN);
    for (size_t i = 0; i < INCIDENTS_SHOWN; i++) {
        assert_int_equal(shown(&story, i).incident, INCIDENT_PATIENT_LINE_LOST);
        assert_true(shown(&story, i).end_ms > 0);
    }
}

static void what_makes_no_sense_changes_nothing(void **state)
{
    struct story story;
    int64_t t = begin(&story);

    (void)state;
    report(&story, INCIDENT_SOUND_GAP, SIDE_PATIENT, t, 0);
    report(&story, INCIDENT_SOUND_GAP, SIDE_PATIENT, 0, t);
    report(&story, INCIDENT_SOUND_ONLY, SIDE_PATIENT, 0, t);
    assert_int_equal(story.visit.incidents.events, 0);
    /* An end before its beginning is as short as can be; years are cut. */
    report(&story, INCIDENT_SOUND_ONLY, SIDE_PATIENT, t, t - HOUR);
    report(&story, INCIDENT_SOUND_ONLY, SIDE_DOCTOR, t - 300 * DAY, t + DAY);
    assert_int_equal(shown(&story, 0).end_ms - shown(&story, 0).start_ms, 100);
    assert_true(shown(&story, 1).end_ms > shown(&story, 1).start_ms);
}

/* A record of an older server: no side, no times. */
static void an_old_record_still_reads(void **state)
{
    struct story story;
    int64_t t = begin(&story);
    struct event event = {
        .kind = EVENT_INCIDENT,
        .at_ms = t + SECOND,
        .incident = { .incident = INCIDENT_RELAY_RESTARTED },
    };

    (void)state;
    consultation_apply(&story.visit, &event);
    assert_int_equal(shown(&story, 0).start_ms, t + SECOND);
    assert_true(story.visit.service_failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_line_has_a_beginning_and_an_end),
        cmocka_unit_test(what_is_left_open_lasts_until_the_end),
        cmocka_unit_test(gaps_close_together_are_one),
        cmocka_unit_test(what_is_explained_by_something_else_is_no_second_one),
        cmocka_unit_test(our_own_failure_is_never_a_no_show),
        cmocka_unit_test(a_flood_is_bounded),
        cmocka_unit_test(what_makes_no_sense_changes_nothing),
        cmocka_unit_test(an_old_record_still_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
