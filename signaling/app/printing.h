/*
 * printing: gathers what a paper says and prints it. Runs on the worker that
 * owns the fonts; touches nothing that is shared.
 */
#ifndef APP_PRINTING_H
#define APP_PRINTING_H

#include "base/slice.h"
#include "signaling/app/link.h"
#include "signaling/core/consultation.h"
#include "signaling/paper/prescription.h"
#include "signaling/store/directory.h"

enum printing_kind { PRINTING_PRESCRIPTION, PRINTING_RECEIPT, PRINTING_LETTER };

/* Copies of all that is said. */
struct printing {
    enum printing_kind kind;
    struct clinic clinic;
    struct practitioner practitioner;
    struct consultation visit;
    int64_t now_ms;

    /* prescription */
    uint32_t version;
    struct prescription_line lines[PRESCRIPTION_LINES_MAX];
    size_t line_count;
    uint32_t weight_kg;
    uint32_t height_cm;

    int64_t paid_ms; /* receipt */

    /* letter */
    char link[256];
    char join[128];
    char code[LINK_CODE_TEXT];
    char guest[NAME_TEXT]; /* whose invitation; "": the patient's letter */

    /* the result */
    int status; /* 0, or -EINVAL with the field at fault */
    char fault[32];
    uint8_t *bytes; /* malloc'ed */
    size_t length;
};

/* Lines as they came in `with`; -EINVAL with the fault: no array of at most
 * PRESCRIPTION_LINES_MAX objects, or a text that is missing or too long. */
int printing_read_lines(struct printing *printing, struct slice json);

void printing_run(struct paper *paper, struct printing *printing);

#endif
