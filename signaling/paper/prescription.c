#include "signaling/paper/prescription.h"
#include "signaling/paper/sheet.h"

#include "base/phone.h"
#include "base/phrase.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define GAP         8.0
#define QR_SIZE     84.0
#define FOOT_HEIGHT 26.0
#define SIGN_HEIGHT 84.0 /* the place right under the last line */
#define HEAD_WIDTH  (SHEET_INNER - QR_SIZE - 2 * GAP)
#define LINE_INDENT 22.0
#define LINE_WIDTH  (SHEET_INNER - LINE_INDENT)

struct words {
    const char *title;
    char decimal;
    const char *identifier;
    const char *phone;
    const char *mail;
    const char *date;
    const char *patient;
    const char *birth;
    const char *sex;
    const char *sexes[4]; /* by enum sex */
    const char *weight;
    const char *height;
    const char *duration;
    const char *renewals;
    const char *not_renewed;
    const char *signature;
    const char *verify;
    const char *foot;
    const char *next;
};

static const struct words catalogue[PAPER_LANGUAGES] = {
    [PAPER_FRENCH] = {
        .title = "Ordonnance",
        .decimal = ',',
        .identifier = "N° RPPS : ",
        .phone = "Tél. : ",
        .mail = "Courriel : ",
        .date = "Le {day}",
        .patient = "Patient : ",
        .birth = "Date de naissance : {day}",
        .sex = "Sexe : ",
        .sexes = { "non précisé", "féminin", "masculin", "autre" },
        .weight = "   Poids : {number} kg",
        .height = "   Taille : {number} cm",
        .duration = "Durée ou quantité : ",
        .renewals = "À renouveler {number} fois",
        .not_renewed = "Non renouvelable",
        .signature = "Signature du prescripteur",
        .verify = "Code propre à Vestibule (pas l'ordonnance numérique "
                  "nationale)",
        .foot = "Ordonnance, version {version} – page {page} sur {pages}",
        .next = "Suite page suivante",
    },
    [PAPER_ENGLISH] = {
        .title = "Prescription",
        .decimal = '.',
        .identifier = "RPPS number: ",
        .phone = "Telephone: ",
        .mail = "Mail: ",
        .date = "Date (day/month/year): {day}",
        .patient = "Patient: ",
        .birth = "Born (day/month/year): {day}",
        .sex = "Sex: ",
        .sexes = { "not stated", "female", "male", "other" },
        .weight = "   Weight: {number} kg",
        .height = "   Height: {number} cm",
        .duration = "Duration or quantity: ",
        .renewals = "Renew {number} times",
        .not_renewed = "Not to be renewed",
        .signature = "Signature of the prescriber",
        .verify = "Vestibule's own code (not the national e-prescription)",
        .foot = "Prescription, version {version} – page {page} of {pages}",
        .next = "Continued on the next page",
    },
};

/* One document being laid out. */
struct layout {
    struct sheet *sheet;
    const struct words *words;
    const struct prescription_paper *content;
    size_t page_of[PRESCRIPTION_LINES_MAX];
    size_t pages;
};

static double head_text(struct sheet *sheet, double y, enum sheet_style style,
                        const char *label, const char *value)
{
    char text[512];

    (void)snprintf(text, sizeof(text), "%s%s", label, value);
    return y + sheet_text(sheet, SHEET_MARGIN, y, HEAD_WIDTH, style, text);
}

static double draw_prescriber(const struct layout *layout, double y)
{
    const struct prescription_paper *content = layout->content;
    const struct words *words = layout->words;
    struct sheet *sheet = layout->sheet;
    char phone[PHONE_SAID];

    phone_international(content->phone, phone);
    y = head_text(sheet, y, SHEET_STRONG, content->prescriber, "");
    y = head_text(sheet, y, SHEET_BODY, content->quality, "");
    y = head_text(sheet, y, SHEET_BODY, content->speciality, "");
    y = head_text(sheet, y, SHEET_BODY, words->identifier, content->identifier);
    y = head_text(sheet, y + GAP / 2, SHEET_STRONG, content->clinic, "");
    y = head_text(sheet, y, SHEET_BODY, content->address, "");
    y = head_text(sheet, y, SHEET_BODY, content->country, "");
    y = head_text(sheet, y, SHEET_BODY, words->phone, phone);
    return head_text(sheet, y, SHEET_BODY, words->mail, content->mail);
}

static void draw_mark(const struct layout *layout)
{
    char mark[PRESCRIPTION_MARK_TEXT];
    double x = SHEET_WIDTH - SHEET_MARGIN - QR_SIZE;

    prescription_mark(layout->content, mark);
    sheet_qr(layout->sheet, x, SHEET_MARGIN, QR_SIZE, mark);
    (void)sheet_text(layout->sheet, x, SHEET_MARGIN + QR_SIZE, QR_SIZE,
                     SHEET_SMALL, layout->words->verify);
}

static void say_day(const char *sentence, struct date day, char *out,
                    size_t size)
{
    char text[16];
    const struct phrase_value values[] = { { "day", text }, { 0 } };

    (void)snprintf(text, sizeof(text), "%02u/%02u/%04u", day.day, day.month,
                   day.year);
    (void)phrase_fill(out, size, sentence, values);
}

static void say_number(const char *sentence, const char *number, char *out,
                       size_t size)
{
    const struct phrase_value values[] = { { "number", number }, { 0 } };

    (void)phrase_fill(out, size, sentence, values);
}

static void say_body(const struct layout *layout, char *out, size_t size)
{
    const struct prescription_paper *content = layout->content;
    const struct words *words = layout->words;
    char birth[60];
    char number[16];
    char weight[40] = "";
    char height[40] = "";

    say_day(words->birth, content->birth, birth, sizeof(birth));
    if (content->weight_g) {
        (void)snprintf(number, sizeof(number), "%u%c%u",
                       content->weight_g / 1000, words->decimal,
                       content->weight_g % 1000 / 100);
        say_number(words->weight, number, weight, sizeof(weight));
    }
    if (content->height_cm) {
        (void)snprintf(number, sizeof(number), "%u", content->height_cm);
        say_number(words->height, number, height, sizeof(height));
    }
    (void)snprintf(out, size, "%s   %s%s%s%s", birth, words->sex,
                   words->sexes[content->sex], weight, height);
}

static double draw_patient(const struct layout *layout, double y)
{
    const struct prescription_paper *content = layout->content;
    char text[400];

    (void)snprintf(text, sizeof(text), "%s%s %s", layout->words->patient,
                   content->family, content->given);
    y += sheet_text(layout->sheet, SHEET_MARGIN, y, SHEET_INNER, SHEET_STRONG,
                    text);
    say_body(layout, text, sizeof(text));
    return y + sheet_text(layout->sheet, SHEET_MARGIN, y, SHEET_INNER,
                          SHEET_BODY, text);
}

/* Every page carries the whole head, so that it can stand alone. */
static double draw_head(const struct layout *layout)
{
    struct sheet *sheet = layout->sheet;
    char text[80];
    double y;

    draw_mark(layout);
    y = draw_prescriber(layout, SHEET_MARGIN);
    if (y < SHEET_MARGIN + QR_SIZE + 48) /* the words under the code */
        y = SHEET_MARGIN + QR_SIZE + 48;
    sheet_rule(sheet, y + GAP / 2);
    y += GAP + 4;

    say_day(layout->words->date, layout->content->date, text, sizeof(text));
    (void)sheet_text_right(sheet, SHEET_MARGIN, y + 5, SHEET_INNER, SHEET_BODY,
                           text);
    y += sheet_text(sheet, SHEET_MARGIN, y, SHEET_INNER / 2, SHEET_TITLE,
                    layout->words->title);
    y = draw_patient(layout, y + GAP);
    sheet_rule(sheet, y + GAP / 2);
    return y + 2 * GAP;
}

static void say_duration(const struct layout *layout,
                         const struct prescription_line *line, char *out,
                         size_t size)
{
    const struct words *words = layout->words;
    char renewals[60];
    char number[16];

    (void)snprintf(number, sizeof(number), "%u", line->renewals);
    say_number(line->renewals ? words->renewals : words->not_renewed, number,
               renewals, sizeof(renewals));
    (void)snprintf(out, size, "%s%s – %s", words->duration, line->duration,
                   renewals);
}

static double line_height(const struct layout *layout,
                          const struct prescription_line *line)
{
    char text[200];

    say_duration(layout, line, text, sizeof(text));
    return sheet_measure(layout->sheet, LINE_WIDTH, SHEET_STRONG, line->drug) +
           sheet_measure(layout->sheet, LINE_WIDTH, SHEET_BODY, line->dosage) +
           sheet_measure(layout->sheet, LINE_WIDTH, SHEET_BODY, text) + GAP;
}

static double draw_line(const struct layout *layout, double y, size_t index)
{
    const struct prescription_line *line = &layout->content->lines[index];
    struct sheet *sheet = layout->sheet;
    double x = SHEET_MARGIN + LINE_INDENT;
    char text[200];

    (void)snprintf(text, sizeof(text), "%zu.", index + 1);
    (void)sheet_text(sheet, SHEET_MARGIN, y, LINE_INDENT, SHEET_STRONG, text);
    y += sheet_text(sheet, x, y, LINE_WIDTH, SHEET_STRONG, line->drug);
    y += sheet_text(sheet, x, y, LINE_WIDTH, SHEET_BODY, line->dosage);
    say_duration(layout, line, text, sizeof(text));
    y += sheet_text(sheet, x, y, LINE_WIDTH, SHEET_BODY, text);
    return y + GAP;
}

/* A line is never cut in two, and the signature never stands without one. */
static void share_out(struct layout *layout, double top)
{
    double bottom = SHEET_HEIGHT - SHEET_MARGIN - FOOT_HEIGHT - SIGN_HEIGHT;
    double y = top;
    size_t page = 0;

    for (size_t i = 0; i < layout->content->line_count; i++) {
        double height = line_height(layout, &layout->content->lines[i]);

        if (y + height > bottom && y > top) {
            page += 1;
            y = top;
        }
        layout->page_of[i] = page;
        y += height;
    }
    layout->pages = page + 1;
}

static double draw_signature(const struct layout *layout, double y)
{
    double x = SHEET_MARGIN + SHEET_INNER / 2;
    double width = SHEET_INNER / 2;
    double at = y;

    at += sheet_text(layout->sheet, x, at, width, SHEET_STRONG,
                     layout->words->signature);
    (void)sheet_text(layout->sheet, x, at, width, SHEET_BODY,
                     layout->content->prescriber);
    return y + SIGN_HEIGHT;
}

static void draw_foot(const struct layout *layout, double y, size_t page)
{
    double foot = SHEET_HEIGHT - SHEET_MARGIN - FOOT_HEIGHT;
    char numbers[3][16];
    const struct phrase_value values[] = { { "version", numbers[0] },
                                           { "page", numbers[1] },
                                           { "pages", numbers[2] },
                                           { 0 } };
    char text[100];

    if (page + 1 == layout->pages)
        y = draw_signature(layout, y);
    else
        y += sheet_text(layout->sheet, SHEET_MARGIN, y, SHEET_INNER,
                        SHEET_SMALL, layout->words->next);
    sheet_strike(layout->sheet, y + 2, foot - y - 2);
    (void)snprintf(numbers[0], sizeof(numbers[0]), "%u",
                   layout->content->version);
    (void)snprintf(numbers[1], sizeof(numbers[1]), "%zu", page + 1);
    (void)snprintf(numbers[2], sizeof(numbers[2]), "%zu", layout->pages);
    (void)phrase_fill(text, sizeof(text), layout->words->foot, values);
    (void)sheet_text(layout->sheet, SHEET_MARGIN, foot + GAP, SHEET_INNER,
                     SHEET_SMALL, text);
}

static void draw(struct layout *layout)
{
    double top = draw_head(layout);
    double y = top;
    size_t page = 0;

    share_out(layout, top);
    for (size_t i = 0; i < layout->content->line_count; i++) {
        if (layout->page_of[i] != page) {
            draw_foot(layout, y, page);
            sheet_next(layout->sheet);
            page = layout->page_of[i];
            y = draw_head(layout);
        }
        y = draw_line(layout, y, i);
    }
    draw_foot(layout, y, page);
}

int prescription_print(struct paper *paper,
                       const struct prescription_paper *content, uint8_t **out,
                       size_t *out_length)
{
    enum paper_language language = paper_language_of(content->locale);
    struct layout layout = { .words = &catalogue[language],
                             .content = content };
    struct prescription_fault fault = { "" };

    if (prescription_check(content, &fault))
        return -EINVAL;
    layout.sheet = sheet_new(paper, language, layout.words->title,
                             content->prescriber, content->created_ms);
    if (!layout.sheet)
        return -ENOMEM;
    draw(&layout);
    return sheet_finish(layout.sheet, out, out_length);
}
