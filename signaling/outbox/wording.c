#include "signaling/outbox/wording.h"

#include "base/phone.h"
#include "base/phrase.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MESSAGES (NOTICE_GUEST_CANCELLED + 1)

enum language { FRENCH, ENGLISH, LANGUAGES };

struct sentences {
    const char *subject;
    const char *text;
    const char *sms;
};

#define PREPARE_FR                                                             \
    "Ouvrez ce lien dès maintenant pour essayer votre caméra et votre "      \
    "micro, puis à l'heure du rendez-vous :\n{link}\n\n"                      \
    "La date de naissance du patient vous sera demandée. Il n'y a rien à "   \
    "installer.\n\n"
#define CALL_FR                                                                \
    "Une question ? Appelez {clinic} au {phone}.\n"                            \
    "Urgence : 15 ou 112 (114 par SMS)\n"
#define PREPARE_EN                                                             \
    "Open this link now to try your camera and microphone, and again at the "  \
    "time of the appointment:\n{link}\n\n"                                     \
    "You will be asked for the patient's birth date. There is nothing to "     \
    "install.\n\n"
#define CALL_EN                                                                \
    "A question? Call {clinic} on {phone}.\n"                                  \
    "Emergency: 15 or 112 (114 by text message)\n"

#define GUEST_FR                                                                \
    "Ouvrez ce lien dès maintenant pour essayer votre caméra et votre "       \
    "micro, puis à l'heure du rendez-vous :\n{link}\n\n"                       \
    "Votre code : {code}\n\n{practitioner} vous fera entrer. Il n'y a rien à " \
    "installer.\n\n"
#define GUEST_EN                                                               \
    "Open this link now to try your camera and microphone, and again at the "  \
    "time of the appointment:\n{link}\n\n"                                     \
    "Your code: {code}\n\n{practitioner} will let you in. There is nothing "   \
    "to "                                                                      \
    "install.\n\n"

static const struct sentences catalogue[LANGUAGES][MESSAGES] = {
    [FRENCH] = {
        [NOTICE_BOOKED] = {
            "Votre rendez-vous vidéo du {day}",
            "Bonjour,\n\nVotre rendez-vous vidéo avec {practitioner} est "
            "prévu {when}.\n\n" PREPARE_FR CALL_FR,
            "{clinic} : rendez-vous vidéo avec {practitioner} {when}. Votre "
            "lien : {link}",
        },
        [NOTICE_CHANGED] = {
            "Votre rendez-vous vidéo a changé : {day}",
            "Bonjour,\n\nVotre rendez-vous vidéo a changé. Il est maintenant "
            "prévu {when}, avec {practitioner}. Votre lien reste le "
            "même.\n\n" PREPARE_FR CALL_FR,
            "{clinic} : votre rendez-vous vidéo a changé. Maintenant {when}, "
            "avec {practitioner}. Votre lien : {link}",
        },
        [NOTICE_CANCELLED] = {
            "Votre rendez-vous vidéo du {day} est annulé",
            "Bonjour,\n\nVotre rendez-vous vidéo avec {practitioner}, prévu "
            "{when}, est annulé. Vous n'avez rien à payer.\n\nPour choisir un "
            "autre moment, appelez-nous.\n\n" CALL_FR,
            "{clinic} : votre rendez-vous vidéo {when} est annulé. Pour un "
            "autre moment : {phone}",
        },
        [NOTICE_LINK] = {
            "Votre lien pour le rendez-vous vidéo du {day}",
            "Bonjour,\n\nVoici le lien de votre rendez-vous vidéo avec "
            "{practitioner}, prévu {when}. S'il remplace un lien plus ancien, "
            "celui-ci ne marche plus.\n\n" PREPARE_FR CALL_FR,
            "{clinic} : votre lien pour le rendez-vous vidéo {when} : {link}",
        },
        [NOTICE_DOCTOR_WAITS] = {
            "{practitioner} vous attend",
            "Bonjour,\n\n{practitioner} vous attend maintenant. Ouvrez votre "
            "rendez-vous vidéo :\n{link}\n\n" CALL_FR,
            "{practitioner} vous attend maintenant. Ouvrez votre rendez-vous "
            "vidéo : {link}",
        },
        [NOTICE_RELEASED] = {
            "Un document vous attend",
            "Bonjour,\n\n{practitioner} a mis un document à votre "
            "disposition. Vous pouvez le voir et le télécharger pendant 30 "
            "jours :\n{link}\n\nLa date de naissance du patient vous sera "
            "demandée.\n\n" CALL_FR,
            "{clinic} : un document vous attend pendant 30 jours : {link}",
        },
        [NOTICE_GUEST_LINK] = {
            "Vous êtes attendu à un rendez-vous vidéo le {day}",
            "Bonjour,\n\n{clinic} vous invite à un rendez-vous vidéo avec "
            "{practitioner}, prévu {when}. Si ce lien en remplace un plus "
            "ancien, celui-ci ne marche plus.\n\n" GUEST_FR CALL_FR,
            "{clinic} vous invite à un rendez-vous vidéo {when}. Votre "
            "lien : {link} Votre code : {code}",
        },
        [NOTICE_GUEST_CHANGED] = {
            "Le rendez-vous vidéo a changé : {day}",
            "Bonjour,\n\nLe rendez-vous vidéo auquel vous êtes invité a "
            "changé. Il est maintenant prévu {when}, avec {practitioner}. "
            "Votre lien et votre code restent les mêmes.\n\n" GUEST_FR CALL_FR,
            "{clinic} : le rendez-vous vidéo auquel vous êtes invité est "
            "maintenant {when}. Lien : {link} Code : {code}",
        },
        [NOTICE_GUEST_CANCELLED] = {
            "Vous n'êtes plus attendu au rendez-vous vidéo du {day}",
            "Bonjour,\n\nVotre invitation au rendez-vous vidéo avec "
            "{practitioner}, prévu {when}, est annulée. Vous n'avez rien à "
            "faire.\n\n" CALL_FR,
            "{clinic} : votre invitation au rendez-vous vidéo {when} est "
            "annulée. Vous n'avez rien à faire.",
        },
    },
    [ENGLISH] = {
        [NOTICE_BOOKED] = {
            "Your video appointment on {day}",
            "Hello,\n\nYour video appointment with {practitioner} is on "
            "{when}.\n\n" PREPARE_EN CALL_EN,
            "{clinic}: video appointment with {practitioner} on {when}. Your "
            "link: {link}",
        },
        [NOTICE_CHANGED] = {
            "Your video appointment has changed: {day}",
            "Hello,\n\nYour video appointment has changed. It is now on "
            "{when}, with {practitioner}. Your link stays the "
            "same.\n\n" PREPARE_EN CALL_EN,
            "{clinic}: your video appointment has changed. Now on {when}, with "
            "{practitioner}. Your link: {link}",
        },
        [NOTICE_CANCELLED] = {
            "Your video appointment on {day} is cancelled",
            "Hello,\n\nYour video appointment with {practitioner} on {when} is "
            "cancelled. You have nothing to pay.\n\nTo choose another time, "
            "please call us.\n\n" CALL_EN,
            "{clinic}: your video appointment on {when} is cancelled. For "
            "another time: {phone}",
        },
        [NOTICE_LINK] = {
            "Your link for the video appointment on {day}",
            "Hello,\n\nHere is the link to your video appointment with "
            "{practitioner} on {when}. If it replaces an older link, that one "
            "no longer works.\n\n" PREPARE_EN CALL_EN,
            "{clinic}: your link for the video appointment on {when}: {link}",
        },
        [NOTICE_DOCTOR_WAITS] = {
            "{practitioner} is waiting for you",
            "Hello,\n\n{practitioner} is waiting for you now. Open your video "
            "appointment:\n{link}\n\n" CALL_EN,
            "{practitioner} is waiting for you now. Open your video "
            "appointment: {link}",
        },
        [NOTICE_RELEASED] = {
            "A document is ready for you",
            "Hello,\n\n{practitioner} has made a document available to you. "
            "You can view and download it for 30 days:\n{link}\n\nYou will be "
            "asked for the patient's birth date.\n\n" CALL_EN,
            "{clinic}: a document is ready for you for 30 days: {link}",
        },
        [NOTICE_GUEST_LINK] = {
            "You are invited to a video appointment on {day}",
            "Hello,\n\n{clinic} invites you to a video appointment with "
            "{practitioner} on {when}. If this link replaces an older one, "
            "that one no longer works.\n\n" GUEST_EN CALL_EN,
            "{clinic} invites you to a video appointment on {when}. Your "
            "link: {link} Your code: {code}",
        },
        [NOTICE_GUEST_CHANGED] = {
            "The video appointment has changed: {day}",
            "Hello,\n\nThe video appointment you are invited to has changed. "
            "It is now on {when}, with {practitioner}. Your link and your "
            "code stay the same.\n\n" GUEST_EN CALL_EN,
            "{clinic}: the video appointment you are invited to is now on "
            "{when}. Link: {link} Code: {code}",
        },
        [NOTICE_GUEST_CANCELLED] = {
            "You are no longer expected at the video appointment on {day}",
            "Hello,\n\nYour invitation to the video appointment with "
            "{practitioner} on {when} is cancelled. There is nothing for you "
            "to do.\n\n" CALL_EN,
            "{clinic}: your invitation to the video appointment on {when} is "
            "cancelled. There is nothing for you to do.",
        },
    },
};

static const char *const weekdays[LANGUAGES][7] = {
    [FRENCH] = { "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi",
                 "dimanche" },
    [ENGLISH] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
                  "Saturday", "Sunday" },
};

static const char *const months[LANGUAGES][12] = {
    [FRENCH] = { "janvier", "février", "mars", "avril", "mai", "juin",
                 "juillet", "août", "septembre", "octobre", "novembre",
                 "décembre" },
    [ENGLISH] = { "January", "February", "March", "April", "May", "June",
                  "July", "August", "September", "October", "November",
                  "December" },
};

static enum language language_of(const char *locale)
{
    return strncmp(locale, "en", 2) == 0 ? ENGLISH : FRENCH;
}

static void say_day(enum language language, const struct wall_time *when,
                    char out[WORDING_WHEN])
{
    struct date date = when->date;
    bool first = language == FRENCH && date.day == 1; /* « 1er » */

    assert(when->weekday >= 1 && when->weekday <= 7);
    assert(date.month >= 1 && date.month <= 12);
    (void)snprintf(out, WORDING_WHEN, "%s %u%s %s %u",
                   weekdays[language][when->weekday - 1], date.day,
                   first ? "er" : "", months[language][date.month - 1],
                   date.year);
}

void wording_when(const char *locale, const struct wall_time *when,
                  char out[WORDING_WHEN])
{
    enum language language = language_of(locale);
    size_t length;

    say_day(language, when, out);
    length = strlen(out);
    if (language == ENGLISH)
        (void)snprintf(out + length, WORDING_WHEN - length, " at %u:%02u",
                       when->hour, when->minute);
    else if (when->minute == 0)
        (void)snprintf(out + length, WORDING_WHEN - length, " à %u h",
                       when->hour);
    else
        (void)snprintf(out + length, WORDING_WHEN - length, " à %u h %02u",
                       when->hour, when->minute);
}

/* « prévu le jeudi … »: the article belongs to the sentence in French. */
static void say_when(enum language language, const char *locale,
                     const struct wall_time *when, char out[WORDING_WHEN])
{
    char text[WORDING_WHEN];

    wording_when(locale, when, text);
    (void)snprintf(out, WORDING_WHEN, "%s%.70s",
                   language == FRENCH ? "le " : "", text);
}

int wording_make(const struct wording_facts *facts, struct wording *out)
{
    enum language language = language_of(facts->locale);
    const struct sentences *sentences;
    char day[WORDING_WHEN];
    char when[WORDING_WHEN];
    char phone[PHONE_SAID];
    const struct phrase_value values[] = {
        { "clinic", facts->clinic },
        { "phone", phone },
        { "practitioner", facts->practitioner },
        { "day", day },
        { "when", when },
        { "link", facts->link },
        { "code", facts->code ? facts->code : "" },
        { NULL, NULL },
    };
    struct wording made = { "", "", "" };

    assert(notice_is_message(facts->kind));
    phone_national(facts->phone, phone);
    sentences = &catalogue[language][facts->kind];
    say_day(language, &facts->when, day);
    say_when(language, facts->locale, &facts->when, when);
    if (!phrase_fill(made.subject, sizeof(made.subject), sentences->subject,
                     values) ||
        !phrase_fill(made.text, sizeof(made.text), sentences->text, values) ||
        !phrase_fill(made.sms, sizeof(made.sms), sentences->sms, values))
        return -ENAMETOOLONG;

    *out = made;
    return 0;
}
