#include "signaling/edge/wire.h"

#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Out of memory ends the process: half a frame must not leave. */
static json_t *must(json_t *value)
{
    if (!value)
        abort();
    return value;
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, must(value)))
        abort();
}

/* Our texts are clean UTF-8 when they come in; what is stored was checked. */
static json_t *text_value(const char *text, size_t length)
{
    json_t *value = json_stringn(text, length);
    return value ? value : must(json_string(""));
}

json_t *wire_id(const uint8_t id[ID_BYTES])
{
    char text[ID_TEXT];

    text_base64url(slice(id, ID_BYTES), text);
    return must(json_string(text));
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i])
            return false;
    return true;
}

static json_t *date_value(const struct date *date)
{
    char text[24];

    snprintf(text, sizeof(text), "%04u-%02u-%02u", date->year, date->month,
             date->day);
    return json_string(text);
}

static json_t *hash_value(const uint8_t *hash)
{
    char text[HASH_BYTES * 2 + 1];

    text_hex(slice(hash, HASH_BYTES), text);
    return json_string(text);
}

/* An id, a hash or a day that is none is left out. */
static bool is_absent(const struct field *field, const void *at)
{
    switch (field->type) {
    case FIELD_ID:
        return is_zero(at, ID_BYTES);
    case FIELD_HASH:
        return is_zero(at, HASH_BYTES);
    case FIELD_DATE:
        return ((const struct date *)at)->year == 0;
    case FIELD_TEXT:
    case FIELD_SLICE:
    case FIELD_BOOL:
    case FIELD_U32:
    case FIELD_I64:
    case FIELD_ENUM:
        return false;
    }
    return false;
}

static json_t *field_value(const struct field *field, const void *at)
{
    switch (field->type) {
    case FIELD_TEXT:
        return text_value(at, strnlen(at, field->size));
    case FIELD_SLICE: {
        const struct slice *text = at;
        return text_value((const char *)text->data, text->length);
    }
    case FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case FIELD_U32:
        return json_integer(*(const uint32_t *)at);
    case FIELD_I64:
        return json_integer(*(const int64_t *)at);
    case FIELD_ENUM:
        return json_string(field->names[*(const int *)at]);
    case FIELD_ID:
        return wire_id(at);
    case FIELD_HASH:
        return hash_value(at);
    case FIELD_DATE:
        return date_value(at);
    }
    return NULL;
}

json_t *wire_members(const struct field *fields, const void *base)
{
    json_t *object = must(json_object());

    for (; fields->name; fields++) {
        const void *at = (const char *)base + fields->offset;
        if (!is_absent(fields, at))
            put(object, fields->name, field_value(fields, at));
    }
    return object;
}

/* A member without a role bit is nobody's: here the table is a wall. */
static json_t *members_for(const struct field *fields, const void *base,
                           enum role role)
{
    json_t *object = must(json_object());

    for (const struct field *field = fields; field->name; field++) {
        const void *at = (const char *)base + field->offset;
        if (field->roles & ROLE_BIT(role) && !is_absent(field, at))
            put(object, field->name, field_value(field, at));
    }
    return object;
}

json_t *wire_view(const struct view *view, enum role role)
{
    json_t *object = members_for(view_fields, view, role);
    json_t *guests = must(json_array());

    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (view->guests[i].guest)
            json_array_append_new(
                guests, members_for(guest_view_fields, &view->guests[i], role));
    put(object, "guests", guests);
    return object;
}

static json_t *reply(const char *re)
{
    json_t *frame = must(json_object());

    put(frame, "re", re && *re ? json_string(re) : json_null());
    return frame;
}

json_t *wire_ok(const char *re)
{
    json_t *frame = reply(re);

    put(frame, "ok", json_true());
    return frame;
}

json_t *wire_done(const char *re, struct consultation_id of, uint64_t seq)
{
    json_t *frame = wire_ok(re);

    if (!consultation_id_is_none(of))
        put(frame, "of", wire_id(of.bytes));
    put(frame, "seq", json_integer((json_int_t)seq));
    return frame;
}

json_t *wire_refused(const char *re, const char *code, const char *say)
{
    json_t *frame = reply(re);

    put(frame, "refused", json_string(code));
    put(frame, "say", text_value(say, strlen(say)));
    return frame;
}

json_t *wire_view_frame(struct consultation_id of, uint64_t seq,
                        const struct view *view, enum role role)
{
    json_t *frame = must(json_object());

    put(frame, "of", wire_id(of.bytes));
    put(frame, "seq", json_integer((json_int_t)seq));
    put(frame, "view", wire_view(view, role));
    return frame;
}

json_t *wire_flag(const char *name, bool value)
{
    json_t *frame = must(json_object());

    put(frame, name, json_boolean(value));
    return frame;
}

json_t *wire_problem(unsigned status, const char *code, const char *say)
{
    json_t *problem = must(json_object());

    put(problem, "type", json_string("about:blank"));
    put(problem, "status", json_integer(status));
    put(problem, "code", json_string(code));
    put(problem, "title", text_value(say, strlen(say)));
    return problem;
}

char *wire_text(json_t *value)
{
    char *text = json_dumps(must(value), JSON_COMPACT);

    if (!text)
        abort();
    json_decref(value);
    return text;
}
