/* The two papers without anything clinical: receipt and letter. */
#include "signaling/paper/letter.h"
#include "signaling/paper/receipt.h"
#include "tests/unit/paper/pdf.h"

#include <errno.h>

#define TEXT_MAX 16384

static struct receipt_paper paid_by_card(void)
{
    return (struct receipt_paper){
        .locale = "fr",
        .created_ms = 1795700000000,
        .clinic = "Clinique des Tilleuls",
        .address = "1 rue des Tilleuls, 37000 Tours",
        .phone = "+33536490001",
        .practitioner = "Dr Camille Exemple",
        .identifier = "10000000001",
        .family = "HÉBERT",
        .given = "Noël",
        .visit = { 2026, 11, 26 },
        .paid = { 2026, 11, 27 },
        .amount = { 3005, "EUR" },
        .how = SETTLEMENT_PAID,
        .reference = "cs_test_1",
    };
}

static struct letter_paper by_post(void)
{
    return (struct letter_paper){
        .locale = "fr",
        .created_ms = 1795700000000,
        .clinic = "Clinique des Tilleuls",
        .address = "1 rue des Tilleuls, 37000 Tours",
        .phone = "+33536490001",
        .family = "HÉBERT",
        .given = "Noël",
        .practitioner = "Dr Camille Exemple",
        .when = "jeudi 26 novembre 2026 à 14 h 40",
        .link = "https://visio.tilleuls.example/v/"
                "AQIDBAUGBwgJCgsMDQ4PEAQIDBAUGBwgJCgsMDQ4PEAQIDBAUG",
        .join = "https://visio.tilleuls.example/join",
        .code = "K7MPQ2XA",
    };
}

static void assert_said(const char *text, const char *const *words,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strstr(text, words[i]))
            fail_msg("not on the page: %s\n%s", words[i], text);
}

static void a_receipt_says_who_paid_what_and_how(void **state)
{
    static const char *const words[] = {
        "Reçu de paiement",   "Clinique des Tilleuls",
        "Dr Camille Exemple", "10000000001",
        "HÉBERT Noël",        "26/11/2026",
        "27/11/2026",         "30,05 €",
        "Carte, en ligne",    "cs_test_1",
    };
    struct receipt_paper content = paid_by_card();
    char text[TEXT_MAX];
    struct pdf pdf;

    assert_int_equal(receipt_print(*state, &content, &pdf.data, &pdf.length),
                     0);
    pdf_keep(&pdf);
    pdf_assert_sound(&pdf);
    pdf_text(&pdf, text, sizeof(text));
    assert_said(text, words, sizeof(words) / sizeof(words[0]));
    assert_null(strstr(text, "remboursé"));
    pdf_release(&pdf);
}

static void a_refund_is_said_and_in_english(void **state)
{
    static const char *const words[] = { "Receipt of payment", "30.05 CHF",
                                         "Cash", "This amount was refunded." };
    struct receipt_paper content = paid_by_card();
    char text[TEXT_MAX];
    struct pdf pdf;

    content.locale = "en";
    content.how = SETTLEMENT_CASH;
    content.refunded = true;
    memcpy(content.amount.currency, "CHF", 4);
    assert_int_equal(receipt_print(*state, &content, &pdf.data, &pdf.length),
                     0);
    pdf_keep(&pdf);
    pdf_text(&pdf, text, sizeof(text));
    assert_said(text, words, sizeof(words) / sizeof(words[0]));
    pdf_release(&pdf);
}

static void no_receipt_for_what_was_not_paid(void **state)
{
    static const enum settlement unpaid[] = {
        SETTLEMENT_OPEN,        SETTLEMENT_NOTHING_DUE, SETTLEMENT_WAIVED,
        SETTLEMENT_THIRD_PARTY, SETTLEMENT_DEFERRED,
    };
    struct receipt_paper content = paid_by_card();
    uint8_t *data = NULL;
    size_t length = 0;

    for (size_t i = 0; i < sizeof(unpaid) / sizeof(unpaid[0]); i++) {
        content.how = unpaid[i];
        assert_int_equal(receipt_print(*state, &content, &data, &length),
                         -EINVAL);
    }
    content = paid_by_card();
    content.amount.minor = 0;
    assert_int_equal(receipt_print(*state, &content, &data, &length), -EINVAL);
    assert_null(data);
}

/* However the lines break, no character is added to the link. */
static void assert_link_can_be_typed(char *text, const char *link)
{
    size_t length = 0;

    for (const char *at = text; *at; at++)
        if (!strchr(" \n\f", *at))
            text[length++] = *at;
    text[length] = '\0';
    assert_non_null(strstr(text, link));
}

static void a_letter_leads_in_by_code_and_by_link(void **state)
{
    static const char *const words[] = {
        "Votre consultation vidéo",
        "Noël HÉBERT",
        "jeudi 26 novembre 2026 à 14 h 40",
        "Dr Camille Exemple",
        "https://visio.tilleuls.example/join",
        "K7MP Q2XA",
        "date de naissance",
        "05 36 49 00 01",
        "Urgence : 15 ou 112 (114 par SMS)",
    };
    struct letter_paper content = by_post();
    char text[TEXT_MAX];
    struct pdf pdf;

    assert_int_equal(letter_print(*state, &content, &pdf.data, &pdf.length), 0);
    pdf_keep(&pdf);
    pdf_assert_sound(&pdf);
    pdf_text(&pdf, text, sizeof(text));
    assert_said(text, words, sizeof(words) / sizeof(words[0]));
    assert_null(strchr(text, '{'));
    assert_int_equal(pdf_ask(&pdf, "pdftotext -raw", "-", text, sizeof(text)),
                     0);
    assert_link_can_be_typed(text, content.link);
    pdf_qr(&pdf, text, sizeof(text));
    assert_string_equal(text, content.link);
    pdf_release(&pdf);
}

static void an_invitation_asks_for_its_code_and_no_birth_date(void **state)
{
    static const char *const words[] = {
        "Votre invitation à une consultation vidéo",
        "Sam Interprète",
        "471 163",
        "La page vous demande ce code",
        "05 36 49 00 01",
    };
    struct letter_paper content = by_post();
    char text[TEXT_MAX];
    struct pdf pdf;

    content.guest = true;
    content.family = "Sam Interprète";
    content.given = "";
    content.code = "471163";
    assert_int_equal(letter_print(*state, &content, &pdf.data, &pdf.length), 0);
    pdf_keep(&pdf);
    pdf_assert_sound(&pdf);
    pdf_text(&pdf, text, sizeof(text));
    assert_said(text, words, sizeof(words) / sizeof(words[0]));
    assert_null(strstr(text, "date de naissance"));
    assert_null(strstr(text, "/join"));
    pdf_qr(&pdf, text, sizeof(text));
    assert_string_equal(text, content.link);
    pdf_release(&pdf);
}

static void a_letter_speaks_english(void **state)
{
    static const char *const words[] = { "Your video consultation",
                                         "birth date", "K7MP Q2XA",
                                         "Emergency: 15 or 112" };
    struct letter_paper content = by_post();
    char text[TEXT_MAX];
    struct pdf pdf;

    content.locale = "en";
    assert_int_equal(letter_print(*state, &content, &pdf.data, &pdf.length), 0);
    pdf_keep(&pdf);
    pdf_text(&pdf, text, sizeof(text));
    assert_said(text, words, sizeof(words) / sizeof(words[0]));
    pdf_release(&pdf);
}

static void a_letter_with_half_a_code_is_refused(void **state)
{
    struct letter_paper content = by_post();
    uint8_t *data = NULL;
    size_t length = 0;

    content.code = "K7MP";
    assert_int_equal(letter_print(*state, &content, &data, &length), -EINVAL);
    assert_null(data);
}

static int open_paper(void **state)
{
    return paper_open(NULL, (struct paper **)state);
}

static int free_paper(void **state)
{
    paper_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_says_who_paid_what_and_how),
        cmocka_unit_test(a_refund_is_said_and_in_english),
        cmocka_unit_test(no_receipt_for_what_was_not_paid),
        cmocka_unit_test(a_letter_leads_in_by_code_and_by_link),
        cmocka_unit_test(an_invitation_asks_for_its_code_and_no_birth_date),
        cmocka_unit_test(a_letter_speaks_english),
        cmocka_unit_test(a_letter_with_half_a_code_is_refused),
    };

    return cmocka_run_group_tests(tests, open_paper, free_paper);
}
