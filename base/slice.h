/*
 * slice: bytes that somebody else owns, with their length.
 * A slice never outlives what it points into; it is passed by value.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *data;
    size_t length; /* bytes */
};

static inline struct slice slice(const void *data, size_t length)
{
    return (struct slice){ .data = data, .length = length };
}

/* The bytes of a terminated string, without its terminator. */
static inline struct slice slice_of_text(const char *text)
{
    return slice(text, strlen(text));
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.length == b.length &&
           (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool slice_is_text(struct slice bytes, const char *text)
{
    return slice_equal(bytes, slice_of_text(text));
}

#endif
