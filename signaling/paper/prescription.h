/*
 * prescription: the document a pharmacist reads, with every field that the
 * French CSP asks of it (R.5132-3), the signature's place right under the last
 * line and the rest struck out (R.5132-4). Rendered once per version.
 */
#ifndef PAPER_PRESCRIPTION_H
#define PAPER_PRESCRIPTION_H

#include "signaling/core/field.h"
#include "signaling/core/ids.h"
#include "signaling/core/visit_words.h"
#include "signaling/paper/paper.h"

#define PRESCRIPTION_LINES_MAX    20
#define PRESCRIPTION_DRUG_TEXT    120
#define PRESCRIPTION_USE_TEXT     160
#define PRESCRIPTION_TIME_TEXT    60
#define PRESCRIPTION_RENEWALS_MAX 12 /* a year, month by month */

struct prescription_line {
    char drug[PRESCRIPTION_DRUG_TEXT];     /* or INN, with form and strength */
    char dosage[PRESCRIPTION_USE_TEXT];    /* how much, how often, how taken */
    char duration[PRESCRIPTION_TIME_TEXT]; /* or number of units */
    uint32_t renewals;                     /* 0: none */
};

/* Texts are borrowed for the call. */
struct prescription_paper {
    struct consultation_id consultation;
    uint32_t version; /* from 1 */
    const char *locale;
    struct date date; /* the day it is written, where the clinic is */
    int64_t created_ms;

    const char *clinic;
    const char *prescriber; /* family and given name */
    const char *quality;
    const char *speciality;
    const char *identifier; /* RPPS: eleven digits */
    const char *address;    /* professional, without the country */
    const char *country;    /* "France" */
    const char *phone;      /* with "+33" or another country's prefix */
    const char *mail;

    const char *family;
    const char *given;
    enum sex sex;
    struct date birth;
    uint32_t weight_g; /* 0: not said */
    uint32_t height_cm;

    const struct prescription_line *lines;
    size_t line_count;
};

/* Names the first field that is missing or malformed: "phone",
 * "lines.2.dosage" (counted from 1). */
struct prescription_fault {
    char field[32];
};

/* 0, or -EINVAL with the fault. The lines alone: for a draft being typed. */
int prescription_check(const struct prescription_paper *paper,
                       struct prescription_fault *out);
int prescription_check_lines(const struct prescription_line *lines,
                             size_t count, struct prescription_fault *out);

/* "vestibule:prescription:<consultation>:<version>:<16 digits of SHA-256 over
 * the lines>": says which version a printed page is. Of our own kind; it is not
 * the national e-prescription. */
#define PRESCRIPTION_MARK_TEXT 96
void prescription_mark(const struct prescription_paper *paper,
                       char out[PRESCRIPTION_MARK_TEXT]);

/* The PDF, malloc'ed. -EINVAL when prescription_check refuses. */
int prescription_print(struct paper *paper,
                       const struct prescription_paper *content, uint8_t **out,
                       size_t *out_length);

#endif
