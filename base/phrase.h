/*
 * phrase: fills the named places of a sentence, "{clinic}", so that catalogues
 * of any language can order their words as they need. Any thread.
 */
#ifndef BASE_PHRASE_H
#define BASE_PHRASE_H

#include <stdbool.h>
#include <stddef.h>

struct phrase_value {
    const char *name;
    const char *text;
};

/* values ends with a name that is NULL; a place without a value is our bug.
 * Values are put in as they are, and not searched for places. False (out is
 * "") when it does not fit. */
bool phrase_fill(char *out, size_t size, const char *sentence,
                 const struct phrase_value *values);

#endif
