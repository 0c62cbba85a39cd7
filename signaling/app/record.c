#include "signaling/app/record.h"

#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

static json_t *date_text(const struct date *date)
{
    char text[40];

    (void)snprintf(text, sizeof(text), "%04u-%02u-%02u", date->year,
                   date->month, date->day);
    return json_string(text);
}

static json_t *write_member(const struct field *field, const void *value)
{
    const uint8_t *at = (const uint8_t *)value + field->offset;
    char text[80];

    switch (field->type) {
    case FIELD_TEXT:
        return json_string((const char *)at);
    case FIELD_SLICE: {
        const struct slice *bytes = (const void *)at;
        return json_stringn((const char *)bytes->data, bytes->length);
    }
    case FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case FIELD_U32:
        return json_integer(*(const uint32_t *)(const void *)at);
    case FIELD_I64:
        return json_integer(*(const int64_t *)(const void *)at);
    case FIELD_ENUM:
        return json_string(field->names[*(const int *)(const void *)at]);
    case FIELD_ID:
        text_base64url(slice(at, ID_BYTES), text);
        return json_string(text);
    case FIELD_HASH:
        text_hex(slice(at, HASH_BYTES), text);
        return json_string(text);
    case FIELD_DATE:
        return date_text((const void *)at);
    }
    return NULL;
}

json_t *record_object(const struct field *fields, const void *value)
{
    json_t *object = json_object();

    assert(object);
    for (const struct field *field = fields; field->name; field++) {
        int err = json_object_set_new(object, field->name,
                                      write_member(field, value));
        assert(!err); /* the core holds clean UTF-8 only */
        (void)err;
    }
    return object;
}

char *record_write(const struct event *event)
{
    json_t *object = record_object(event_fields(event->kind), event);
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

    assert(text);
    json_decref(object);
    return text;
}

/* digits decimal digits at text; -1: there are none. */
static int read_digits(const char *text, int digits)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int read_date(const char *text, struct date *out)
{
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return -EBADMSG;
    int year = read_digits(text, 4);
    int month = read_digits(text + 5, 2);
    int day = read_digits(text + 8, 2);
    if (year < 0 || month < 0 || day < 0)
        return -EBADMSG;
    *out = (struct date){ .year = (uint16_t)year,
                          .month = (uint8_t)month,
                          .day = (uint8_t)day };
    return 0;
}

static int read_number(const struct field *field, const json_t *member,
                       uint8_t *at)
{
    if (!json_is_integer(member))
        return -EBADMSG;
    json_int_t number = json_integer_value(member);
    if (field->type == FIELD_I64) {
        *(int64_t *)(void *)at = number;
        return 0;
    }
    if (number < 0 || number > UINT32_MAX)
        return -EBADMSG;
    *(uint32_t *)(void *)at = (uint32_t)number;
    return 0;
}

static int read_word(const struct field *field, const char *text, uint8_t *at)
{
    struct slice bytes = slice_of_text(text);

    switch (field->type) {
    case FIELD_TEXT:
        return text_copy((char *)at, field->size, bytes) ? 0 : -EBADMSG;
    case FIELD_ENUM: {
        int value = field_enum_value(field->names, text);
        if (value < 0)
            return -EBADMSG;
        *(int *)(void *)at = value;
        return 0;
    }
    case FIELD_ID:
        return text_base64url_read(bytes, at, ID_BYTES);
    case FIELD_HASH:
        return text_hex_read(bytes, at, HASH_BYTES);
    case FIELD_DATE:
        return read_date(text, (void *)at);
    case FIELD_SLICE: /* long texts lie beside the log */
    case FIELD_BOOL:
    case FIELD_U32:
    case FIELD_I64:
        break;
    }
    return -EBADMSG;
}

static int read_member(const struct field *field, const json_t *member,
                       void *value)
{
    uint8_t *at = (uint8_t *)value + field->offset;

    switch (field->type) {
    case FIELD_BOOL:
        if (!json_is_boolean(member))
            return -EBADMSG;
        *(bool *)at = json_is_true(member);
        return 0;
    case FIELD_U32:
    case FIELD_I64:
        return read_number(field, member, at);
    case FIELD_TEXT:
    case FIELD_ENUM:
    case FIELD_ID:
    case FIELD_HASH:
    case FIELD_DATE:
    case FIELD_SLICE:
        break;
    }
    if (!json_is_string(member))
        return -EBADMSG;
    return read_word(field, json_string_value(member), at);
}

int record_members(struct slice json, const struct field *fields, void *value)
{
    int err = 0;
    json_t *object = json_loadb((const char *)json.data, json.length, 0, NULL);

    if (!json_is_object(object))
        err = -EBADMSG;
    for (const struct field *field = fields; !err && field->name; field++) {
        const json_t *member = json_object_get(object, field->name);
        if (member)
            err = read_member(field, member, value);
    }
    json_decref(object);
    return err;
}

int record_read(struct slice json, enum event_kind kind, struct event *out)
{
    struct event event = { .kind = kind };
    int err = record_members(json, event_fields(kind), &event);

    if (err)
        return err;
    *out = event;
    return 0;
}
