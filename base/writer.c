#include "base/writer.h"

#include <stdarg.h>
#include <stdio.h>

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
