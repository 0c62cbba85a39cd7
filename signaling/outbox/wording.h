/*
 * wording: the sentences of each message, in French and English. None names the
 * speciality, the reason or the patient: mail and SMS are read by others.
 * Pure.
 */
#ifndef OUTBOX_WORDING_H
#define OUTBOX_WORDING_H

#include "signaling/core/notice.h"
#include "signaling/outbox/zone.h"

#define WORDING_SUBJECT 200
#define WORDING_TEXT    2000
#define WORDING_SMS     600
#define WORDING_WHEN    80

/* Texts are borrowed for the call. */
struct wording_facts {
    enum notice_kind kind; /* a message: notice_is_message */
    const char *locale;
    const char *clinic;
    const char *phone;        /* the clinic's */
    const char *practitioner; /* "Dr Camille Exemple" */
    struct wall_time when;    /* of the visit: zone_wall_time */
    const char *link;         /* may be "" for a cancellation */
    const char *code;         /* a guest's, else "" */
};

struct wording {
    char subject[WORDING_SUBJECT];
    char text[WORDING_TEXT]; /* of a mail; paragraphs, lines end with \n */
    char sms[WORDING_SMS];
};

/* -ENAMETOOLONG when a text does not fit. */
int wording_make(const struct wording_facts *facts, struct wording *out);

/* "jeudi 26 novembre 2026 à 14 h 40", "Thursday 26 November 2026 at 14:40". */
void wording_when(const char *locale, const struct wall_time *when,
                  char out[WORDING_WHEN]);

#endif
