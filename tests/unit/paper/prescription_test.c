#include "signaling/paper/prescription.h"
#include "tests/unit/paper/pdf.h"

#include <errno.h>

#define TEXT_MAX 65536

static const struct prescription_line two_lines[] = {
    { "Amoxicilline 1 g, comprimé dispersible",
      "1 comprimé matin et soir au début des repas, voie orale", "6 jours", 0 },
    { "Paracétamol 500 mg, gélule",
      "1 à 2 gélules si douleur, 6 par jour "
      "au plus",
      "30 gélules", 2 },
};

static struct prescription_paper complete(void)
{
    return (struct prescription_paper){
        .consultation = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                            16 } },
        .version = 3,
        .locale = "fr",
        .date = { 2026, 11, 26 },
        .created_ms = 1795700000000,
        .clinic = "Clinique des Tilleuls",
        .prescriber = "Dr Camille Exemple",
        .quality = "Docteur en médecine",
        .speciality = "Médecine générale",
        .identifier = "10000000001",
        .address = "1 rue des Tilleuls, 37000 Tours",
        .country = "France",
        .phone = "+33536490001",
        .mail = "camille@tilleuls.example",
        .family = "ŒUVRARD-D'HAŸ",
        .given = "Zoé",
        .sex = SEX_FEMALE,
        .birth = { 1950, 3, 2 },
        .weight_g = 62500,
        .height_cm = 168,
        .lines = two_lines,
        .line_count = 2,
    };
}

static void print(struct paper *paper, const struct prescription_paper *content,
                  struct pdf *out)
{
    assert_int_equal(
        prescription_print(paper, content, &out->data, &out->length), 0);
    pdf_keep(out);
}

static void holds_every_field_the_law_asks(void **state)
{
    static const char *const words[] = {
        "Ordonnance",
        "Clinique des Tilleuls",
        "Dr Camille Exemple",
        "Docteur en médecine",
        "Médecine générale",
        "10000000001",
        "1 rue des Tilleuls, 37000 Tours",
        "France",
        "+33 5 36 49 00 01",
        "camille@tilleuls.example",
        "26/11/2026",
        "ŒUVRARD-D'HAŸ Zoé",
        "Sexe : féminin",
        "02/03/1950",
        "62,5 kg",
        "168 cm",
        "Amoxicilline 1 g, comprimé dispersible",
        "1 comprimé matin et soir au début des repas, voie orale",
        "6 jours – Non renouvelable",
        "30 gélules – À renouveler 2 fois",
        "Signature du prescripteur",
        "version 3",
        "page 1 sur 1",
    };
    struct prescription_paper content = complete();
    static char text[TEXT_MAX];
    struct pdf pdf;

    print(*state, &content, &pdf);
    pdf_assert_sound(&pdf);
    pdf_text(&pdf, text, sizeof(text));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!strstr(text, words[i]))
            fail_msg("not on the page: %s\n%s", words[i], text);
    pdf_release(&pdf);
}

static void speaks_english_too(void **state)
{
    struct prescription_paper content = complete();
    static char text[TEXT_MAX];
    struct pdf pdf;

    content.locale = "en";
    print(*state, &content, &pdf);
    pdf_text(&pdf, text, sizeof(text));
    assert_non_null(strstr(text, "Prescription"));
    assert_non_null(strstr(text, "Sex: female"));
    assert_non_null(strstr(text, "62.5 kg"));
    assert_non_null(strstr(text, "Renew 2 times"));
    assert_null(strstr(text, "Ordonnance"));
    pdf_release(&pdf);
}

static void says_which_version_it_is_in_a_code(void **state)
{
    struct prescription_paper content = complete();
    char mark[PRESCRIPTION_MARK_TEXT];
    char other[PRESCRIPTION_MARK_TEXT];
    struct prescription_line changed[2];
    char read[256];
    struct pdf pdf;

    prescription_mark(&content, mark);
    assert_memory_equal(mark,
                        "vestibule:prescription:AQIDBAUGBwgJCgsMDQ4PEA:3:", 48);
    print(*state, &content, &pdf);
    pdf_qr(&pdf, read, sizeof(read));
    assert_string_equal(read, mark);
    pdf_release(&pdf);

    /* Another renewal is another mark. */
    memcpy(changed, two_lines, sizeof(changed));
    changed[1].renewals = 3;
    content.lines = changed;
    prescription_mark(&content, other);
    assert_string_not_equal(other, mark);
}

static void equal_input_gives_equal_bytes(void **state)
{
    struct prescription_paper content = complete();
    struct paper *another;
    struct pdf first;
    struct pdf second;

    assert_int_equal(paper_open(NULL, &another), 0);
    print(*state, &content, &first);
    print(another, &content, &second);
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.data, second.data, first.length);
    pdf_release(&first);
    pdf_release(&second);
    paper_free(another);
}

/* Given twenty long lines, when printed, then every page names prescriber and
 * patient, no line is lost and the signature stands once, on the last page. */
static void long_ones_go_over_several_pages(void **state)
{
    struct prescription_line lines[PRESCRIPTION_LINES_MAX];
    struct prescription_paper content = complete();
    static char text[TEXT_MAX];
    char *page;
    size_t pages = 0;
    size_t signatures = 0;
    struct pdf pdf;

    for (uint32_t i = 0; i < PRESCRIPTION_LINES_MAX; i++) {
        (void)snprintf(lines[i].drug, sizeof(lines[i].drug),
                       "Produit-%02u chlorhydrate de substance imaginaire à "
                       "libération prolongée, 250 mg par comprimé",
                       i + 1);
        (void)snprintf(lines[i].dosage, sizeof(lines[i].dosage),
                       "2 comprimés le matin, 1 à midi et 2 le soir, avec un "
                       "grand verre d'eau, sans les croquer, à distance du "
                       "lait et des pansements gastriques");
        (void)snprintf(lines[i].duration, sizeof(lines[i].duration),
                       "90 jours");
        lines[i].renewals = 1;
    }
    content.lines = lines;
    content.line_count = PRESCRIPTION_LINES_MAX;

    print(*state, &content, &pdf);
    pdf_assert_sound(&pdf);
    pdf_text(&pdf, text, sizeof(text));
    for (uint32_t i = 0; i < PRESCRIPTION_LINES_MAX; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "Produit-%02u", i + 1);
        assert_non_null(strstr(text, name));
    }
    for (page = strtok(text, "\f"); page; page = strtok(NULL, "\f")) {
        bool signed_here = strstr(page, "Signature du prescripteur") != NULL;

        pages += 1;
        signatures += signed_here;
        assert_non_null(strstr(page, "Dr Camille Exemple"));
        assert_non_null(strstr(page, "ŒUVRARD-D'HAŸ Zoé"));
        assert_int_not_equal(signed_here,
                             strstr(page, "Suite page suivante") != NULL);
    }
    assert_true(pages >= 2);
    assert_int_equal(signatures, 1);
    pdf_release(&pdf);
}

/* Nothing that somebody typed is read as markup. */
static void typed_text_is_only_text(void **state)
{
    struct prescription_line line = { "<b>Produit</b> & \"Cie\" 5 %", "%s%n",
                                      "7 jours", 0 };
    struct prescription_paper content = complete();
    static char text[TEXT_MAX];
    struct pdf pdf;

    content.lines = &line;
    content.line_count = 1;
    print(*state, &content, &pdf);
    pdf_text(&pdf, text, sizeof(text));
    assert_non_null(strstr(text, "<b>Produit</b> & \"Cie\" 5 %"));
    assert_non_null(strstr(text, "%s%n"));
    pdf_release(&pdf);
}

/* ---- a mutation per field ------------------------------------------------ */

static void refused(void **state, const struct prescription_paper *content,
                    const char *field)
{
    struct prescription_fault fault = { "" };
    uint8_t *data = NULL;
    size_t length = 0;

    assert_int_equal(prescription_check(content, &fault), -EINVAL);
    assert_string_equal(fault.field, field);
    assert_int_equal(prescription_print(*state, content, &data, &length),
                     -EINVAL);
    assert_null(data);
}

static void each_missing_text_is_refused_by_name(void **state)
{
    static const struct {
        const char *field;
        size_t offset;
    } texts[] = {
#define TEXT(member) { #member, offsetof(struct prescription_paper, member) }
        TEXT(clinic),     TEXT(prescriber), TEXT(quality), TEXT(speciality),
        TEXT(identifier), TEXT(address),    TEXT(country), TEXT(phone),
        TEXT(mail),       TEXT(family),     TEXT(given),
#undef TEXT
    };
    static const char *const empty[] = { NULL, "", "  ", "a\x01z" };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (size_t j = 0; j < sizeof(empty) / sizeof(empty[0]); j++) {
            struct prescription_paper content = complete();

            memcpy((char *)&content + texts[i].offset, &empty[j],
                   sizeof(empty[j]));
            refused(state, &content, texts[i].field);
        }
}

static void what_is_no_text_is_checked_too(void **state)
{
    struct prescription_paper content = complete();

    content.sex = SEX_UNKNOWN;
    refused(state, &content, "sex");
    content = complete();
    content.birth = (struct date){ 0 };
    refused(state, &content, "birth");
    content = complete();
    content.date = (struct date){ 2026, 2, 30 };
    refused(state, &content, "date");
    content = complete();
    content.version = 0;
    refused(state, &content, "version");
    content = complete();
    memset(&content.consultation, 0, sizeof(content.consultation));
    refused(state, &content, "consultation");
}

static void malformed_ones_are_refused(void **state)
{
    static const char *const phones[] = { "05 36 49 00 01", "+", "+33 5 x",
                                          "+33 5 36 49 00 01 36 49 00 01" };
    struct prescription_paper content;

    for (size_t i = 0; i < sizeof(phones) / sizeof(phones[0]); i++) {
        content = complete();
        content.phone = phones[i];
        refused(state, &content, "phone");
    }
    content = complete();
    content.identifier = "1000000001";
    refused(state, &content, "identifier");
    content.identifier = "1000000000A";
    refused(state, &content, "identifier");
    content = complete();
    content.mail = "nobody";
    refused(state, &content, "mail");
}

static void each_line_must_be_whole(void **state)
{
    struct prescription_line lines[PRESCRIPTION_LINES_MAX + 1];
    struct prescription_paper content = complete();

    content.lines = lines;
    content.line_count = 0;
    refused(state, &content, "lines");
    content.line_count = PRESCRIPTION_LINES_MAX + 1;
    refused(state, &content, "lines");

    content.line_count = 2;
    memcpy(lines, two_lines, sizeof(two_lines));
    lines[1].drug[0] = '\0';
    refused(state, &content, "lines.2.drug");
    memcpy(lines, two_lines, sizeof(two_lines));
    lines[0].dosage[0] = '\0';
    refused(state, &content, "lines.1.dosage");
    memcpy(lines, two_lines, sizeof(two_lines));
    lines[1].duration[0] = '\0';
    refused(state, &content, "lines.2.duration");
    memcpy(lines, two_lines, sizeof(two_lines));
    lines[1].renewals = PRESCRIPTION_RENEWALS_MAX + 1;
    refused(state, &content, "lines.2.renewals");
}

static void missing_fonts_are_an_error(void **state)
{
    struct paper *paper = NULL;

    (void)state;
    assert_int_equal(paper_open("/nonexistent", &paper), -ENOENT);
    assert_null(paper);
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
        cmocka_unit_test(holds_every_field_the_law_asks),
        cmocka_unit_test(speaks_english_too),
        cmocka_unit_test(says_which_version_it_is_in_a_code),
        cmocka_unit_test(equal_input_gives_equal_bytes),
        cmocka_unit_test(long_ones_go_over_several_pages),
        cmocka_unit_test(typed_text_is_only_text),
        cmocka_unit_test(each_missing_text_is_refused_by_name),
        cmocka_unit_test(what_is_no_text_is_checked_too),
        cmocka_unit_test(malformed_ones_are_refused),
        cmocka_unit_test(each_line_must_be_whole),
        cmocka_unit_test(missing_fonts_are_an_error),
    };

    return cmocka_run_group_tests(tests, open_paper, free_paper);
}
