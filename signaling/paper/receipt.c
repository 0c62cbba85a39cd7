#include "signaling/paper/receipt.h"
#include "signaling/paper/sheet.h"

#include "base/phone.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL_WIDTH 170.0
#define ROW_GAP     6.0

struct words {
    const char *title;
    const char *identifier;
    const char *phone;
    const char *practitioner;
    const char *patient;
    const char *visit;
    const char *paid;
    const char *amount;
    const char *how;
    const char *reference;
    const char *refunded;
    const char *settlements[SETTLEMENT_DEFERRED + 1]; /* NULL: no receipt */
};

static const struct words catalogue[PAPER_LANGUAGES] = {
    [PAPER_FRENCH] = {
        .title = "Reçu de paiement",
        .identifier = " – N° RPPS : ",
        .phone = "Tél. : ",
        .practitioner = "Praticien",
        .patient = "Patient",
        .visit = "Consultation vidéo du",
        .paid = "Réglé le",
        .amount = "Montant réglé",
        .how = "Mode de règlement",
        .reference = "Référence",
        .refunded = "Ce montant a été remboursé.",
        .settlements = {
            [SETTLEMENT_PAID] = "Carte, en ligne",
            [SETTLEMENT_CASH] = "Espèces",
            [SETTLEMENT_CHEQUE] = "Chèque",
            [SETTLEMENT_TRANSFER] = "Virement",
        },
    },
    [PAPER_ENGLISH] = {
        .title = "Receipt of payment",
        .identifier = " – RPPS number: ",
        .phone = "Telephone: ",
        .practitioner = "Practitioner",
        .patient = "Patient",
        .visit = "Video consultation of",
        .paid = "Paid on",
        .amount = "Amount paid",
        .how = "Paid by",
        .reference = "Reference",
        .refunded = "This amount was refunded.",
        .settlements = {
            [SETTLEMENT_PAID] = "Card, online",
            [SETTLEMENT_CASH] = "Cash",
            [SETTLEMENT_CHEQUE] = "Cheque",
            [SETTLEMENT_TRANSFER] = "Bank transfer",
        },
    },
};

static double row(struct sheet *sheet, double y, const char *label,
                  const char *value)
{
    double height = sheet_text(sheet, SHEET_MARGIN + LABEL_WIDTH, y,
                               SHEET_INNER - LABEL_WIDTH, SHEET_BODY, value);

    (void)sheet_text(sheet, SHEET_MARGIN, y, LABEL_WIDTH, SHEET_STRONG, label);
    return y + height + ROW_GAP;
}

static double row_of_day(struct sheet *sheet, double y, const char *label,
                         struct date day)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%02u/%02u/%04u", day.day, day.month,
                   day.year);
    return row(sheet, y, label, text);
}

static double draw_head(struct sheet *sheet, const struct words *words,
                        const struct receipt_paper *content)
{
    double y = SHEET_MARGIN;
    char said[PHONE_SAID];
    char phone[80];

    phone_national(content->phone, said);
    (void)snprintf(phone, sizeof(phone), "%s%s", words->phone, said);
    y += sheet_text(sheet, SHEET_MARGIN, y, SHEET_INNER, SHEET_STRONG,
                    content->clinic);
    y += sheet_text(sheet, SHEET_MARGIN, y, SHEET_INNER, SHEET_BODY,
                    content->address);
    y += sheet_text(sheet, SHEET_MARGIN, y, SHEET_INNER, SHEET_BODY, phone);
    sheet_rule(sheet, y + ROW_GAP);
    y += 4 * ROW_GAP;
    y += sheet_text(sheet, SHEET_MARGIN, y, SHEET_INNER, SHEET_TITLE,
                    words->title);
    return y + 2 * ROW_GAP;
}

static void draw(struct sheet *sheet, const struct words *words,
                 enum paper_language language,
                 const struct receipt_paper *content)
{
    double y = draw_head(sheet, words, content);
    const struct money *amount = &content->amount;
    bool identified = content->identifier[0] != '\0';
    char text[300];

    (void)snprintf(text, sizeof(text), "%s%s%s", content->practitioner,
                   identified ? words->identifier : "", content->identifier);
    y = row(sheet, y, words->practitioner, text);
    (void)snprintf(text, sizeof(text), "%s %s", content->family,
                   content->given);
    y = row(sheet, y, words->patient, text);
    y = row_of_day(sheet, y, words->visit, content->visit);
    y = row_of_day(sheet, y, words->paid, content->paid);
    (void)snprintf(text, sizeof(text), "%" PRId64 "%s%02" PRId64 " %s",
                   amount->minor / 100, language == PAPER_ENGLISH ? "." : ",",
                   amount->minor % 100,
                   strcmp(amount->currency, "EUR") == 0 ? "€"
                                                        : amount->currency);
    y = row(sheet, y, words->amount, text);
    y = row(sheet, y, words->how, words->settlements[content->how]);
    if (content->reference[0])
        y = row(sheet, y, words->reference, content->reference);
    if (content->refunded)
        (void)sheet_text(sheet, SHEET_MARGIN, y + ROW_GAP, SHEET_INNER,
                         SHEET_STRONG, words->refunded);
}

int receipt_print(struct paper *paper, const struct receipt_paper *content,
                  uint8_t **out, size_t *out_length)
{
    enum paper_language language = paper_language_of(content->locale);
    const struct words *words = &catalogue[language];
    struct sheet *sheet;

    if (content->how > SETTLEMENT_DEFERRED ||
        !words->settlements[content->how] || content->amount.minor <= 0)
        return -EINVAL;
    sheet = sheet_new(paper, language, words->title, content->clinic,
                      content->created_ms);
    if (!sheet)
        return -ENOMEM;
    draw(sheet, words, language, content);
    return sheet_finish(sheet, out, out_length);
}
