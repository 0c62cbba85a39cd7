/*
 * line: takes SDP text apart: lines, words, numbers (RFC 8866, section 5).
 * Every function works on the front of a slice and moves it on.
 */
#ifndef MEDIA_SDP_LINE_H
#define MEDIA_SDP_LINE_H

#include "base/slice.h"

/* The next line without its end (CRLF or LF); false when there is none left. */
bool line_next(struct slice *text, struct slice *out);

/* Whether text starts with prefix; if so the prefix is taken off. */
bool line_take(struct slice *text, const char *prefix);

/* Up to the first of the separators, which is taken too; the whole rest when
 * there is none. */
struct slice line_word(struct slice *text, const char *separators);

/* A decimal number with nothing around it, at most max. */
bool line_number(struct slice word, uint32_t max, uint32_t *out);

/* ASCII letters compare without case. */
bool line_same(struct slice word, const char *text);

/* Copies a word of 1 to max characters, all of them visible ASCII, and
 * terminates it. False and untouched otherwise. out holds max + 1. */
bool line_copy(struct slice word, size_t max, char *out);

#endif
