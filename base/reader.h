/*
 * reader: takes big-endian fields off the front of a slice.
 * It remembers its first failure, so that one check serves many reads: after a
 * read past the end every result is zero or empty and `failed` stays true.
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "base/slice.h"

struct reader {
    struct slice rest;
    bool failed;
};

static inline struct reader reader_of(struct slice bytes)
{
    return (struct reader){ .rest = bytes };
}

/* The next length bytes, still owned by whoever owns the packet. */
static inline struct slice reader_bytes(struct reader *in, size_t length)
{
    struct slice taken = slice(in->rest.data, length);

    if (in->failed || length > in->rest.length) {
        in->failed = true;
        return slice(NULL, 0);
    }
    in->rest.data += length;
    in->rest.length -= length;
    return taken;
}

static inline uint8_t reader_u8(struct reader *in)
{
    const uint8_t *at = reader_bytes(in, 1).data;

    if (!at)
        return 0;
    return at[0];
}

static inline uint16_t reader_u16(struct reader *in)
{
    const uint8_t *at = reader_bytes(in, 2).data;

    if (!at)
        return 0;
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t reader_u24(struct reader *in)
{
    const uint8_t *at = reader_bytes(in, 3).data;

    return at ? (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2] : 0;
}

static inline uint32_t reader_u32(struct reader *in)
{
    const uint8_t *at = reader_bytes(in, 4).data;

    return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
                    (uint32_t)at[2] << 8 | at[3]
              : 0;
}

static inline uint64_t reader_u64(struct reader *in)
{
    uint64_t high;

    if (in->rest.length < 8)
        in->failed = true;
    high = reader_u32(in);
    return high << 32 | reader_u32(in);
}

#endif
