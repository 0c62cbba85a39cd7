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

uint8_t reader_u8(struct reader *in);
uint16_t reader_u16(struct reader *in);
uint32_t reader_u24(struct reader *in);
uint32_t reader_u32(struct reader *in);
uint64_t reader_u64(struct reader *in);

/* The next length bytes, still owned by whoever owns the packet. */
struct slice reader_bytes(struct reader *in, size_t length);

#endif
