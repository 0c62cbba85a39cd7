#include "signaling/outbox/wording.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Sunday 29 March 2026, 01:00 UTC: clocks in Paris go from 2 to 3. */
#define SPRING 1774746000000

static struct wording_facts facts_of(enum notice_kind kind, const char *locale)
{
    return (struct wording_facts){
        .kind = kind,
        .locale = locale,
        .clinic = "Clinique des Tilleuls",
        .phone = "+33536490001",
        .practitioner = "Dr Camille Exemple",
        .when = { { 2026, 11, 26 }, 4, 14, 40 },
        .link = "https://visio.tilleuls.example/v/abc",
        .code = "471163",
    };
}

static void the_wall_clock_follows_the_clinics_zone(void **state)
{
    struct wall_time time;

    (void)state;
    assert_int_equal(zone_wall_time("Europe/Paris", SPRING - 60000, &time), 0);
    assert_int_equal(time.hour, 1);
    assert_int_equal(time.minute, 59);
    assert_int_equal(time.weekday, 7);
    assert_int_equal(zone_wall_time("Europe/Paris", SPRING, &time), 0);
    assert_int_equal(time.hour, 3);
    assert_int_equal(time.date.day, 29);
    assert_int_equal(zone_wall_time("Indian/Reunion", SPRING, &time), 0);
    assert_int_equal(time.hour, 5);
    assert_int_equal(zone_wall_time("Europe/Nowhere", SPRING, &time), -ENOENT);
}

static void times_are_said_as_people_say_them(void **state)
{
    struct wall_time when = { { 2026, 11, 26 }, 4, 14, 40 };
    char text[WORDING_WHEN];

    (void)state;
    wording_when("fr", &when, text);
    assert_string_equal(text, "jeudi 26 novembre 2026 à 14 h 40");
    wording_when("en", &when, text);
    assert_string_equal(text, "Thursday 26 November 2026 at 14:40");
    when = (struct wall_time){ { 2026, 2, 1 }, 7, 9, 0 };
    wording_when("fr-FR", &when, text);
    assert_string_equal(text, "dimanche 1er février 2026 à 9 h");
    wording_when("en", &when, text);
    assert_string_equal(text, "Sunday 1 February 2026 at 9:00");
    when.minute = 5;
    wording_when("de", &when, text); /* not yet: French */
    assert_string_equal(text, "dimanche 1er février 2026 à 9 h 05");
}

static void a_booking_says_when_with_whom_and_how(void **state)
{
    struct wording_facts facts = facts_of(NOTICE_BOOKED, "fr");
    struct wording made;

    (void)state;
    assert_int_equal(wording_make(&facts, &made), 0);
    assert_string_equal(made.subject, "Votre rendez-vous vidéo du jeudi 26 "
                                      "novembre 2026");
    assert_non_null(strstr(made.text, "avec Dr Camille Exemple est prévu le "
                                      "jeudi 26 novembre 2026 à 14 h 40."));
    assert_non_null(
        strstr(made.text, "\nhttps://visio.tilleuls.example/v/abc\n"));
    assert_non_null(strstr(made.text, "au 05 36 49 00 01."));
    assert_non_null(strstr(made.text, "15 ou 112 (114 par SMS)"));
    assert_non_null(strstr(made.sms, "https://visio.tilleuls.example/v/abc"));
}

/* Every message in every language: filled in, with the clinic's number in the
 * mail, the link where there is something to open, and nothing clinical. */
static void every_message_is_whole_and_says_nothing_clinical(void **state)
{
    static const char *const locales[] = { "fr", "en" };
    static const char *const clinical[] = { "rdonnance", "rescription",
                                            "ymptom",    "aladie",
                                            "édicament", "octor ",
                                            "édecin" };

    (void)state;
    for (int kind = NOTICE_BOOKED; kind <= NOTICE_GUEST_CANCELLED; kind++)
        for (size_t i = 0; i < 2 && notice_is_message(kind); i++) {
            struct wording_facts facts = facts_of(kind, locales[i]);
            bool links =
                kind != NOTICE_CANCELLED && kind != NOTICE_GUEST_CANCELLED;
            bool codes = links && kind >= NOTICE_GUEST_LINK;
            struct wording made;

            assert_int_equal(wording_make(&facts, &made), 0);
            assert_true(strlen(made.subject) > 10);
            assert_null(strpbrk(made.subject, "{}\n"));
            assert_null(strpbrk(made.text, "{}\r"));
            assert_null(strpbrk(made.sms, "{}\n"));
            assert_non_null(strstr(made.text, "05 36 49 00 01"));
            assert_int_equal(strstr(made.text, facts.link) != NULL, links);
            assert_int_equal(strstr(made.sms, facts.link) != NULL, links);
            assert_int_equal(strstr(made.text, facts.code) != NULL, codes);
            assert_int_equal(strstr(made.sms, facts.code) != NULL, codes);
            for (size_t j = 0; j < sizeof(clinical) / sizeof(char *); j++) {
                assert_null(strstr(made.subject, clinical[j]));
                assert_null(strstr(made.text, clinical[j]));
                assert_null(strstr(made.sms, clinical[j]));
            }
        }
}

static void a_text_that_does_not_fit_is_refused(void **state)
{
    struct wording_facts facts = facts_of(NOTICE_BOOKED, "fr");
    char link[WORDING_SMS + 1];
    struct wording made = { "kept", "", "" };

    (void)state;
    memset(link, 'x', sizeof(link) - 1);
    link[sizeof(link) - 1] = '\0';
    facts.link = link;
    assert_int_equal(wording_make(&facts, &made), -ENAMETOOLONG);
    assert_string_equal(made.subject, "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wall_clock_follows_the_clinics_zone),
        cmocka_unit_test(times_are_said_as_people_say_them),
        cmocka_unit_test(a_booking_says_when_with_whom_and_how),
        cmocka_unit_test(every_message_is_whole_and_says_nothing_clinical),
        cmocka_unit_test(a_text_that_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
