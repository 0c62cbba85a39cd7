/* What a mail looks like on the wire; tests/outbox has a real server read it.
 */
#include "signaling/outbox/mail.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct mail a_mail(void)
{
    return (struct mail){
        .to = "zoe@patients.example",
        .from_name = "Clinique des Tilleuls",
        .subject = "Votre rendez-vous vidéo du jeudi 26 novembre 2026, à "
                   "l'heure où les élèves sont déjà à l'école",
        .text = "Bonjour,\n\nOuvrez <ceci> & cela :\n"
                "https://visio.tilleuls.example/v/a\n",
        .locale = "fr",
        .id = "42.booked",
        .created_ms = 1795700000000,
    };
}

static void headers_are_ascii_and_short(void **state)
{
    struct mail mail = a_mail();
    char text[MAIL_BYTES];
    const char *line;

    (void)state;
    assert_int_equal(
        mail_compose(&mail, "rdv@tilleuls.example", text, sizeof(text)), 0);
    assert_non_null(strstr(text, "Date: Thu, 26 Nov 2026 13:33:20 +0000\r\n"));
    assert_non_null(strstr(text, "To: <zoe@patients.example>\r\n"));
    assert_non_null(
        strstr(text, "Message-ID: <42.booked@tilleuls.example>\r\n"));
    for (const char *c = text; *c; c++)
        assert_true((uint8_t)*c < 128);
    for (line = text; *line; line = strstr(line, "\r\n") + 2) {
        assert_non_null(strstr(line, "\r\n"));
        assert_true(strstr(line, "\r\n") - line <= 78);
    }
}

static void nothing_can_be_smuggled_into_a_header(void **state)
{
    static const char *const addresses[] = {
        "",
        "nobody",
        "@x.example",
        "a@",
        "a@b@c",
        "a b@c.example",
        "a@c.example\r\nBcc: x@y.example",
        "<a@b.example>",
        "a@b.example,c@d.example",
        "é@b.example",
    };
    struct mail mail;
    char text[MAIL_BYTES] = "kept";

    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        mail = a_mail();
        mail.to = addresses[i];
        assert_int_equal(
            mail_compose(&mail, "rdv@tilleuls.example", text, sizeof(text)),
            -EINVAL);
        mail = a_mail();
        assert_int_equal(mail_compose(&mail, addresses[i], text, sizeof(text)),
                         -EINVAL);
    }
    mail = a_mail();
    mail.subject = "Hello\r\nBcc: x@y.example";
    assert_int_equal(
        mail_compose(&mail, "rdv@tilleuls.example", text, sizeof(text)),
        -EINVAL);
    mail = a_mail();
    mail.id = "1>\r\nBcc: x";
    assert_int_equal(
        mail_compose(&mail, "rdv@tilleuls.example", text, sizeof(text)),
        -EINVAL);
    assert_string_equal(text, "kept");
}

static void too_long_is_an_error_not_a_cut(void **state)
{
    struct mail mail = a_mail();
    char text[700];

    (void)state;
    assert_int_equal(
        mail_compose(&mail, "rdv@tilleuls.example", text, sizeof(text)),
        -ENOSPC);
}

static void a_foreign_server_is_never_spoken_to_in_clear(void **state)
{
    struct mail_server nowhere = { .url = "http://localhost:1",
                                   .from = "rdv@tilleuls.example" };
    struct mail mail = a_mail();
    struct outcome outcome = mail_send(&nowhere, &mail);

    (void)state;
    assert_int_equal(outcome.kind, OUTCOME_REFUSED);
    assert_string_equal(outcome.why, "bad_url");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_ascii_and_short),
        cmocka_unit_test(nothing_can_be_smuggled_into_a_header),
        cmocka_unit_test(too_long_is_an_error_not_a_cut),
        cmocka_unit_test(a_foreign_server_is_never_spoken_to_in_clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
