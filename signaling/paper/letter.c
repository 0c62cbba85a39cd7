#include "signaling/paper/letter.h"
#include "signaling/paper/sheet.h"

#include "base/phone.h"
#include "base/phrase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define GAP     10.0
#define QR_SIZE 150.0

struct words {
    const char *title;
    const char *phone;
    const char *to;
    const char *when;
    const char *with;
    const char *first;
    const char *scan;
    const char *type;
    const char *otherwise; /* address of the join page */
    const char *birth;
    const char *early;
    const char *help; /* phone */
    const char *emergency;
    const char *guest_title;
    const char *guest_code;
    const char *guest_early;
};

static const struct words catalogue[PAPER_LANGUAGES] = {
    [PAPER_FRENCH] = {
        .title = "Votre consultation vidéo",
        .phone = "Tél. : ",
        .to = "Pour : ",
        .when = "Quand : ",
        .with = "Avec : ",
        .first = "Il vous faut un téléphone, une tablette ou un ordinateur "
                 "avec une caméra. Il n'y a rien à installer et aucun compte à "
                 "créer.",
        .scan = "1. Visez ce code avec l'appareil photo de votre téléphone.",
        .type = "Ou recopiez cette adresse dans votre navigateur :",
        .otherwise = "Ou allez sur {join} et donnez ce code :",
        .birth = "2. La page vous demande la date de naissance du patient. "
                 "C'est ainsi que nous savons que c'est bien vous.",
        .early = "3. Vous pouvez essayer votre caméra et votre micro dès "
                 "aujourd'hui. La salle d'attente ouvre 30 minutes avant "
                 "l'heure.",
        .help = "Une question, une difficulté ? Appelez-nous au {phone}.",
        .emergency = "Urgence : 15 ou 112 (114 par SMS)",
        .guest_title = "Votre invitation à une consultation vidéo",
        .guest_code = "2. La page vous demande ce code :",
        .guest_early = "3. Vous pouvez essayer votre caméra et votre micro dès "
                       "aujourd'hui. La salle d'attente ouvre 30 minutes avant "
                       "l'heure, et le médecin vous fait entrer.",
    },
    [PAPER_ENGLISH] = {
        .title = "Your video consultation",
        .phone = "Telephone: ",
        .to = "For: ",
        .when = "When: ",
        .with = "With: ",
        .first = "You need a phone, a tablet or a computer with a camera. "
                 "There is nothing to install and no account to create.",
        .scan = "1. Point your phone's camera at this code.",
        .type = "Or type this address into your browser:",
        .otherwise = "Or go to {join} and give this code:",
        .birth = "2. The page asks for the patient's birth date. That is how "
                 "we know that it is you.",
        .early = "3. You can try your camera and microphone from today on. The "
                 "waiting room opens 30 minutes before the time.",
        .help = "A question, a difficulty? Call us on {phone}.",
        .emergency = "Emergency: 15 or 112 (114 by text message)",
        .guest_title = "Your invitation to a video consultation",
        .guest_code = "2. The page asks for this code:",
        .guest_early = "3. You can try your camera and microphone from today "
                       "on. The waiting room opens 30 minutes before the time, "
                       "and the doctor lets you in.",
    },
};

static double say(struct sheet *sheet, double y, enum sheet_style style,
                  const char *label, const char *value)
{
    char text[700];

    (void)snprintf(text, sizeof(text), "%s%s", label, value);
    return y + sheet_text(sheet, SHEET_MARGIN, y, SHEET_INNER, style, text);
}

static double draw_head(struct sheet *sheet, const struct words *words,
                        const struct letter_paper *content)
{
    char name[200];
    char phone[PHONE_SAID];
    double y =
        say(sheet, SHEET_MARGIN, SHEET_LETTER_STRONG, content->clinic, "");

    (void)snprintf(name, sizeof(name), "%s%s%s", content->given,
                   content->given[0] ? " " : "", content->family);
    phone_national(content->phone, phone);
    y = say(sheet, y, SHEET_LETTER, content->address, "");
    y = say(sheet, y, SHEET_LETTER, words->phone, phone);
    sheet_rule(sheet, y + GAP / 2);
    y = say(sheet, y + 2 * GAP, SHEET_TITLE,
            content->guest ? words->guest_title : words->title, "") +
        GAP;
    y = say(sheet, y, SHEET_LETTER, words->to, name);
    y = say(sheet, y, SHEET_LETTER_STRONG, words->when, content->when);
    return say(sheet, y, SHEET_LETTER, words->with, content->practitioner) +
           GAP;
}

/* The link as a code to scan, and beside it the two ways to type. */
static double draw_ways(struct sheet *sheet, double y,
                        const struct words *words,
                        const struct letter_paper *content)
{
    double x = SHEET_MARGIN + QR_SIZE + GAP;
    double width = SHEET_INNER - QR_SIZE - GAP;
    double at = y + GAP;
    const struct phrase_value values[] = { { "join", content->join }, { 0 } };
    char text[700];

    sheet_qr(sheet, SHEET_MARGIN, y, QR_SIZE, content->link);
    at += sheet_text(sheet, x, at, width, SHEET_LETTER, words->type);
    at += sheet_text(sheet, x, at, width, SHEET_LETTER_STRONG, content->link) +
          GAP;
    if (content->guest)
        (void)snprintf(text, sizeof(text), "%s", words->guest_code);
    else
        (void)phrase_fill(text, sizeof(text), words->otherwise, values);
    at += sheet_text(sheet, x, at, width, SHEET_LETTER, text);
    size_t half = strlen(content->code) / 2;
    (void)snprintf(text, sizeof(text), "%.*s %s", (int)half, content->code,
                   content->code + half);
    at += sheet_text(sheet, x, at, width, SHEET_LARGE_CODE, text);
    return (at > y + QR_SIZE ? at : y + QR_SIZE) + GAP;
}

static void draw(struct sheet *sheet, const struct words *words,
                 const struct letter_paper *content)
{
    double y = draw_head(sheet, words, content);
    char phone[PHONE_SAID];
    const struct phrase_value values[] = { { "phone", phone }, { 0 } };
    char help[160];

    phone_national(content->phone, phone);
    (void)phrase_fill(help, sizeof(help), words->help, values);
    y = say(sheet, y, SHEET_LETTER, words->first, "") + GAP;
    y = say(sheet, y, SHEET_LETTER, words->scan, "");
    y = draw_ways(sheet, y, words, content);
    if (!content->guest)
        y = say(sheet, y, SHEET_LETTER, words->birth, "") + GAP;
    y = say(sheet, y, SHEET_LETTER,
            content->guest ? words->guest_early : words->early, "") +
        GAP;
    y = say(sheet, y, SHEET_LETTER, help, "") + GAP;
    (void)say(sheet, y, SHEET_LETTER_STRONG, words->emergency, "");
}

int letter_print(struct paper *paper, const struct letter_paper *content,
                 uint8_t **out, size_t *out_length)
{
    enum paper_language language = paper_language_of(content->locale);
    const struct words *words = &catalogue[language];
    struct sheet *sheet;

    if (!content->guest && strlen(content->code) != LETTER_CODE_LENGTH)
        return -EINVAL;
    sheet = sheet_new(paper, language,
                      content->guest ? words->guest_title : words->title,
                      content->clinic, content->created_ms);
    if (!sheet)
        return -ENOMEM;
    draw(sheet, words, content);
    return sheet_finish(sheet, out, out_length);
}
