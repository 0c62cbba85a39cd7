/*
 * paper: what is printed or downloaded, as PDF. This part holds the fonts: a
 * private font map that never reads the machine's font configuration, so that
 * equal input gives equal bytes everywhere.
 * One thread at a time; a worker owns it.
 */
#ifndef PAPER_PAPER_H
#define PAPER_PAPER_H

#include <stddef.h>
#include <stdint.h>

/* Where Debian's fonts-dejavu-core puts its files. */
#define PAPER_FONTS "/usr/share/fonts/truetype/dejavu"

struct paper;

/* font_folder holds DejaVuSans.ttf and DejaVuSans-Bold.ttf; NULL: PAPER_FONTS.
 * -ENOENT when they are not there. */
int paper_open(const char *font_folder, struct paper **out);
void paper_free(struct paper *paper);

/* The language of a printed page: 0 French, 1 English. What is neither prints
 * in French. */
enum paper_language { PAPER_FRENCH, PAPER_ENGLISH, PAPER_LANGUAGES };
enum paper_language paper_language_of(const char *locale);

#endif
