/*
 * sheet: A4 pages being drawn, in points (1/72 inch) from the top left corner.
 * Inside paper/ only: the documents place text and codes through it. Errors are
 * remembered and come out of sheet_finish.
 */
#ifndef PAPER_SHEET_H
#define PAPER_SHEET_H

#include "signaling/paper/paper.h"

#include <pango/pango.h>

#define SHEET_WIDTH  595.276 /* ISO 216, A4 */
#define SHEET_HEIGHT 841.890
#define SHEET_MARGIN 48.0
#define SHEET_INNER  (SHEET_WIDTH - 2 * SHEET_MARGIN)

enum sheet_style {
    SHEET_TITLE,
    SHEET_STRONG,
    SHEET_BODY,
    SHEET_LETTER, /* read without glasses */
    SHEET_LETTER_STRONG,
    SHEET_SMALL,
    SHEET_LARGE_CODE, /* characters to be typed off the page */
};

struct sheet;

PangoFontMap *paper_font_map(struct paper *paper);

/* created_ms: the date the file claims, UTC; nothing else in it depends on the
 * clock. NULL when out of memory. */
struct sheet *sheet_new(struct paper *paper, enum paper_language language,
                        const char *title, const char *author,
                        int64_t created_ms);
void sheet_free(struct sheet *sheet);

/* Draws text wrapped to width; returns its height. */
double sheet_text(struct sheet *sheet, double x, double y, double width,
                  enum sheet_style style, const char *text);
double sheet_text_right(struct sheet *sheet, double x, double y, double width,
                        enum sheet_style style, const char *text);
/* The height it would have. */
double sheet_measure(struct sheet *sheet, double width, enum sheet_style style,
                     const char *text);

void sheet_rule(struct sheet *sheet, double y);

/* Crosses out the rectangle, so that nothing can be written into it. */
void sheet_strike(struct sheet *sheet, double y, double height);

/* A QR code (ISO/IEC 18004, level M) of size points a side, quiet zone
 * included. */
void sheet_qr(struct sheet *sheet, double x, double y, double size,
              const char *text);

void sheet_next(struct sheet *sheet);

/* Ends the last page and gives the file, malloc'ed; negative errno when
 * anything before failed. Frees the sheet either way. */
int sheet_finish(struct sheet *sheet, uint8_t **out, size_t *out_length);

#endif
