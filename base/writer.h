/*
 * writer: puts big-endian fields into a buffer of the caller's.
 * It remembers its first failure (the buffer was too small): from then on
 * nothing is written and `failed` stays true.
 */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "base/slice.h"

struct writer {
    uint8_t *data;
    size_t capacity; /* bytes */
    size_t length;   /* bytes written so far */
    bool failed;
};

static inline struct writer writer_into(void *data, size_t capacity)
{
    return (struct writer){ .data = data, .capacity = capacity };
}

/* What was written so far; empty after a failure. */
static inline struct slice writer_done(const struct writer *out)
{
    return out->failed ? slice(NULL, 0) : slice(out->data, out->length);
}

void writer_u8(struct writer *out, uint8_t value);
void writer_u16(struct writer *out, uint16_t value);
void writer_u24(struct writer *out, uint32_t value);
void writer_u32(struct writer *out, uint32_t value);
void writer_u64(struct writer *out, uint64_t value);
void writer_bytes(struct writer *out, struct slice bytes);
void writer_text(struct writer *out, const char *text);

/* printf into the buffer, without a terminator. */
void writer_format(struct writer *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
