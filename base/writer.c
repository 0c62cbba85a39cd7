#include "base/writer.h"

#include <stdarg.h>
#include <stdio.h>

static uint8_t *claim(struct writer *out, size_t length)
{
    if (out->failed || length > out->capacity - out->length) {
        out->failed = true;
        return NULL;
    }

    uint8_t *place = out->data + out->length;
    out->length += length;
    return place;
}

static void write_number(struct writer *out, uint64_t value, size_t length)
{
    uint8_t *place = claim(out, length);

    if (!place)
        return;
    for (size_t i = length; i > 0; i--) {
        place[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

void writer_u8(struct writer *out, uint8_t value)
{
    write_number(out, value, 1);
}

void writer_u16(struct writer *out, uint16_t value)
{
    write_number(out, value, 2);
}

void writer_u24(struct writer *out, uint32_t value)
{
    write_number(out, value, 3);
}

void writer_u32(struct writer *out, uint32_t value)
{
    write_number(out, value, 4);
}

void writer_u64(struct writer *out, uint64_t value)
{
    write_number(out, value, 8);
}

void writer_bytes(struct writer *out, struct slice bytes)
{
    uint8_t *place = claim(out, bytes.length);

    if (place && bytes.length > 0)
        memcpy(place, bytes.data, bytes.length);
}

void writer_text(struct writer *out, const char *text)
{
    writer_bytes(out, slice_of_text(text));
}

void writer_format(struct writer *out, const char *format, ...)
{
    if (out->failed)
        return;

    size_t room = out->capacity - out->length;
    va_list args;
    va_start(args, format);
    int length = vsnprintf((char *)out->data + out->length, room, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= room) {
        out->failed = true;
        return;
    }
    out->length += (size_t)length;
}
