/*
 * receipt: says that a visit was paid, by whom, how and when. Nothing clinical,
 * so that it can be shown to whoever reimburses.
 */
#ifndef PAPER_RECEIPT_H
#define PAPER_RECEIPT_H

#include "signaling/core/field.h"
#include "signaling/core/money.h"
#include "signaling/core/visit_words.h"
#include "signaling/paper/paper.h"

/* Texts are borrowed for the call. */
struct receipt_paper {
    const char *locale;
    int64_t created_ms;
    const char *clinic;
    const char *address;
    const char *phone;
    const char *practitioner;
    const char *identifier; /* RPPS; may be "" */
    const char *family;
    const char *given;
    struct date visit; /* the day of the consultation, where the clinic is */
    struct date paid;
    struct money amount;
    enum settlement how;   /* SETTLEMENT_PAID, or settled at the desk */
    const char *reference; /* of the payment; may be "" */
    bool refunded;
};

/* The PDF, malloc'ed. -EINVAL when nothing was settled. */
int receipt_print(struct paper *paper, const struct receipt_paper *content,
                  uint8_t **out, size_t *out_length);

#endif
