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

/* The next length bytes, to be filled; NULL when there are not so many. */
static inline uint8_t *writer_claim(struct writer *out, size_t length)
{
    uint8_t *place;

    if (out->failed || length > out->capacity - out->length) {
        out->failed = true;
        return NULL;
    }
    place = out->data + out->length;
    out->length += length;
    return place;
}

static inline void writer_u8(struct writer *out, uint8_t value)
{
    uint8_t *place = writer_claim(out, 1);

    if (place)
        place[0] = value;
}

static inline void writer_u16(struct writer *out, uint16_t value)
{
    uint8_t *place = writer_claim(out, 2);

    if (!place)
        return;
    place[0] = (uint8_t)(value >> 8);
    place[1] = (uint8_t)value;
}

static inline void writer_u24(struct writer *out, uint32_t value)
{
    uint8_t *place = writer_claim(out, 3);

    if (!place)
        return;
    place[0] = (uint8_t)(value >> 16);
    place[1] = (uint8_t)(value >> 8);
    place[2] = (uint8_t)value;
}

static inline void writer_u32(struct writer *out, uint32_t value)
{
    uint8_t *place = writer_claim(out, 4);

    if (!place)
        return;
    place[0] = (uint8_t)(value >> 24);
    place[1] = (uint8_t)(value >> 16);
    place[2] = (uint8_t)(value >> 8);
    place[3] = (uint8_t)value;
}

static inline void writer_u64(struct writer *out, uint64_t value)
{
    writer_u32(out, (uint32_t)(value >> 32));
    writer_u32(out, (uint32_t)value);
}

static inline void writer_bytes(struct writer *out, struct slice bytes)
{
    uint8_t *place = writer_claim(out, bytes.length);

    if (place && bytes.length > 0)
        memcpy(place, bytes.data, bytes.length);
}

void writer_text(struct writer *out, const char *text);

/* printf into the buffer, without a terminator. */
void writer_format(struct writer *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
