/*
 * fields: values of the core's tables for fuzz targets: filled from the input,
 * checked against their bounds, compared.
 */
#ifndef FUZZ_FIELDS_H
#define FUZZ_FIELDS_H

#include "base/reader.h"
#include "base/text.h"
#include "signaling/core/command.h"

#include <assert.h>

static inline int fields_words(const struct field *field)
{
    int count = 0;

    while (field->names[count])
        count++;
    assert(count > 0);
    return count;
}

static inline void *fields_at(const struct field *field, const void *base)
{
    return (char *)base + field->offset;
}

/* Bytes of the input as text. clean: text that the core would hold. */
static inline void fields_fill_text(struct reader *in, char *out, size_t size,
                                    bool clean)
{
    size_t length = reader_u8(in);

    if (length > size - 1)
        length = size - 1;
    struct slice bytes = reader_bytes(in, length);
    memset(out, 0, size);
    if (bytes.length > 0)
        memcpy(out, bytes.data, bytes.length);
    if (clean && !text_is_clean(slice(out, strlen(out)), false))
        memset(out, 0, size);
}

static inline void fields_fill(const struct field *fields, struct reader *in,
                               void *base, bool clean)
{
    for (const struct field *field = fields; field->name; field++) {
        void *at = fields_at(field, base);
        struct slice bytes;

        switch (field->type) {
        case FIELD_TEXT:
            fields_fill_text(in, at, field->size, clean);
            break;
        case FIELD_SLICE:
            *(struct slice *)at = reader_bytes(in, reader_u8(in));
            break;
        case FIELD_BOOL:
            *(bool *)at = reader_u8(in) & 1;
            break;
        case FIELD_U32:
            *(uint32_t *)at = reader_u32(in);
            break;
        case FIELD_I64:
            *(int64_t *)at = (int64_t)reader_u64(in);
            break;
        case FIELD_ENUM:
            *(int *)at = reader_u8(in) % fields_words(field);
            break;
        case FIELD_ID:
        case FIELD_HASH:
            bytes = reader_bytes(in, field->type == FIELD_ID ? ID_BYTES
                                                             : HASH_BYTES);
            if (bytes.length > 0)
                memcpy(at, bytes.data, bytes.length);
            break;
        case FIELD_DATE:
            *(struct date *)at =
                (struct date){ (uint16_t)(reader_u16(in) % 10000),
                               reader_u8(in) % 13, reader_u8(in) % 32 };
            break;
        }
    }
}

/* strict: as a page may say it; else as a record may. */
static inline void fields_check(const struct field *fields, const void *base,
                                bool strict)
{
    for (const struct field *field = fields; field->name; field++) {
        const void *at = fields_at(field, base);

        if (field->type == FIELD_TEXT) {
            struct slice text = slice(at, strnlen(at, field->size));
            assert(text.length < field->size);
            assert(!strict || text_is_clean(text, false));
        } else if (field->type == FIELD_SLICE) {
            const struct slice *text = at;
            assert(text->length <= field->size && text_is_clean(*text, true));
        } else if (field->type == FIELD_ENUM) {
            assert(*(const int *)at >= 0 &&
                   *(const int *)at < fields_words(field));
        } else if (field->type == FIELD_DATE && strict) {
            const struct date *date = at;
            assert(date->year == 0 || date_is_real(*date));
        }
    }
}

static inline bool fields_one_same(const struct field *field, const void *a,
                                   const void *b)
{
    switch (field->type) {
    case FIELD_TEXT:
        return strcmp(a, b) == 0;
    case FIELD_SLICE:
        return slice_equal(*(const struct slice *)a, *(const struct slice *)b);
    case FIELD_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case FIELD_U32:
        return *(const uint32_t *)a == *(const uint32_t *)b;
    case FIELD_I64:
        return *(const int64_t *)a == *(const int64_t *)b;
    case FIELD_ENUM:
        return *(const int *)a == *(const int *)b;
    case FIELD_ID:
        return memcmp(a, b, ID_BYTES) == 0;
    case FIELD_HASH:
        return memcmp(a, b, HASH_BYTES) == 0;
    case FIELD_DATE:
        return memcmp(a, b, sizeof(struct date)) == 0;
    }
    return false;
}

static inline bool fields_same(const struct field *fields, const void *a,
                               const void *b)
{
    for (const struct field *field = fields; field->name; field++)
        if (!fields_one_same(field, fields_at(field, a), fields_at(field, b)))
            return false;
    return true;
}

#endif
