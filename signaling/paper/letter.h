/*
 * letter: what the secretary prints and hands over or posts: when the visit is
 * and how to join it, by link, QR code or the 8-character code. It names
 * neither speciality nor reason.
 */
#ifndef PAPER_LETTER_H
#define PAPER_LETTER_H

#include "signaling/paper/paper.h"

#include <stdbool.h>

#define LETTER_CODE_LENGTH 8

/* Texts are borrowed for the call. */
struct letter_paper {
    const char *locale;
    int64_t created_ms;
    const char *clinic;
    const char *address;
    const char *phone;
    const char *family;
    const char *given;
    const char *practitioner;
    const char *when; /* in words, where the clinic is: wording_when */
    const char *link; /* https://…/v/… */
    const char *join; /* https://…/join */
    const char *code; /* LETTER_CODE_LENGTH characters; a guest's: digits */
    bool guest; /* an invitation: asked for the code instead of a birth date */
};

/* The PDF, malloc'ed. -EINVAL when a patient's code has another length. */
int letter_print(struct paper *paper, const struct letter_paper *content,
                 uint8_t **out, size_t *out_length);

#endif
