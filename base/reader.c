#include "base/reader.h"

struct slice reader_bytes(struct reader *in, size_t length)
{
    if (in->failed || length > in->rest.length) {
        in->failed = true;
        return slice(NULL, 0);
    }

    struct slice taken = slice(in->rest.data, length);
    in->rest.data += length;
    in->rest.length -= length;
    return taken;
}

static uint64_t read_number(struct reader *in, size_t length)
{
    struct slice bytes = reader_bytes(in, length);
    uint64_t value = 0;

    for (size_t i = 0; i < bytes.length; i++)
        value = value << 8 | bytes.data[i];
    return value;
}

uint8_t reader_u8(struct reader *in)
{
    return (uint8_t)read_number(in, 1);
}

uint16_t reader_u16(struct reader *in)
{
    return (uint16_t)read_number(in, 2);
}

uint32_t reader_u24(struct reader *in)
{
    return (uint32_t)read_number(in, 3);
}

uint32_t reader_u32(struct reader *in)
{
    return (uint32_t)read_number(in, 4);
}

uint64_t reader_u64(struct reader *in)
{
    return read_number(in, 8);
}
