/*
 * identity: who the patient is and how to reach whoever connects.
 */
#ifndef CORE_IDENTITY_H
#define CORE_IDENTITY_H

#include "signaling/core/field.h"
#include "signaling/core/visit_words.h"

#define NAME_TEXT  64
#define PHONE_TEXT 20
#define MAIL_TEXT  100

struct identity {
    char family[NAME_TEXT]; /* birth name or name in use, as the card says */
    char given[NAME_TEXT];
    struct date birth;
    enum sex sex;
    char mobile[PHONE_TEXT]; /* "" or + and digits */
    char mail[MAIL_TEXT];    /* "" or an address */
};

/* Names there, the day of birth real, the contact well formed or empty. */
bool identity_is_valid(const struct identity *identity);

/* Empty, or + and 8 to 15 digits (ITU-T E.164). */
bool identity_phone_is_valid(const char *phone);

/* Empty, or an address. */
bool identity_mail_is_valid(const char *mail);

/* Something one can call a person by. */
bool identity_name_is_valid(const char *name);

#endif
