#include "signaling/edge/wire.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* Deeper than anything the protocol has; jansson itself allows 2,048. */
#define WIRE_DEPTH_MAX 8

static int __attribute__((format(printf, 2, 3)))
complain(struct wire_complaint *why, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why->say, sizeof(why->say), format, arguments);
    va_end(arguments);
    return -EBADMSG;
}

/* Refuses nesting before anything is built of it, so that a short message
 * cannot make a deep tree. */
static bool is_shallow(struct slice text)
{
    int depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.length; i++) {
        uint8_t c = text.data[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > WIRE_DEPTH_MAX)
                return false;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return true;
}

int wire_body_read(struct slice text, json_t **out, struct wire_complaint *why)
{
    json_error_t error;

    if (text.length > WIRE_MESSAGE_MAX)
        return complain(why, "The message is too long.");
    if (!is_shallow(text))
        return complain(why, "The message is nested too deeply.");
    json_t *root = json_loadb((const char *)text.data, text.length,
                              JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return complain(why, "The message is not JSON as RFC 8259 has it, or "
                             "names a member twice.");
    if (!json_is_object(root)) {
        json_decref(root);
        return complain(why, "The message is not a JSON object.");
    }
    *out = root;
    return 0;
}

static struct slice string_slice(const json_t *value)
{
    return slice(json_string_value(value), json_string_length(value));
}

static int read_id(const json_t *value, const char *name, uint8_t *out,
                   struct wire_complaint *why)
{
    if (!json_is_string(value) ||
        text_base64url_read(string_slice(value), out, ID_BYTES))
        return complain(why, "\"%s\" is not an id of 22 characters.", name);
    return 0;
}

static bool is_frame_member(const char *name)
{
    return strcmp(name, "id") == 0 || strcmp(name, "of") == 0 ||
           strcmp(name, "do") == 0 || strcmp(name, "with") == 0;
}

/* A member's name for a sentence: ours are short, theirs may be anything. */
#define NAME "%.40s"

static int read_envelope(struct wire_frame *frame, struct wire_complaint *why)
{
    json_t *root = frame->root;
    const json_t *of = json_object_get(root, "of");
    const json_t *verb = json_object_get(root, "do");
    const char *name;
    json_t *value;

    int err = read_id(json_object_get(root, "id"), "id", frame->id.bytes, why);
    if (err)
        return err;
    text_base64url(slice(frame->id.bytes, ID_BYTES), frame->id_text);
    json_object_foreach(root, name, value) if (
        !is_frame_member(name)) return complain(why,
                                                "\"" NAME
                                                "\" is no member of a frame.",
                                                name);
    if (!json_is_string(verb) || string_slice(verb).length == 0 ||
        !text_copy(frame->verb, sizeof(frame->verb), string_slice(verb)))
        return complain(why, "\"do\" is not a verb.");
    bool of_nothing = json_is_string(of) && json_string_length(of) == 0;
    if (of && !of_nothing) {
        err = read_id(of, "of", frame->of, why);
        if (err)
            return err;
        frame->has_of = true;
    }
    frame->with = json_object_get(root, "with");
    if (frame->with && !json_is_object(frame->with))
        return complain(why, "\"with\" is not an object.");
    return 0;
}

int wire_frame_read(struct slice text, struct wire_frame *out,
                    struct wire_complaint *why)
{
    *out = (struct wire_frame){ .root = NULL };
    int err = wire_body_read(text, &out->root, why);
    if (err)
        return err;
    err = read_envelope(out, why);
    if (err)
        wire_frame_release(out);
    return err;
}

void wire_frame_release(struct wire_frame *frame)
{
    json_decref(frame->root);
    frame->root = NULL;
    frame->with = NULL;
}

static int read_text(const json_t *value, const struct field *field, char *at,
                     struct wire_complaint *why)
{
    if (!json_is_string(value))
        return complain(why, "\"%s\" is not a text.", field->name);
    if (!text_is_clean(string_slice(value), false))
        return complain(why, "\"%s\" has characters that are no text.",
                        field->name);
    if (!text_copy(at, field->size, string_slice(value)))
        return complain(why, "\"%s\" is longer than %zu bytes.", field->name,
                        field->size - 1);
    return 0;
}

static int read_long(const json_t *value, const struct field *field,
                     struct slice *at, struct wire_complaint *why)
{
    if (!json_is_string(value))
        return complain(why, "\"%s\" is not a text.", field->name);
    struct slice text = string_slice(value);
    if (text.length > field->size)
        return complain(why, "\"%s\" is longer than %zu bytes.", field->name,
                        field->size);
    if (!text_is_clean(text, true))
        return complain(why, "\"%s\" has characters that are no text.",
                        field->name);
    *at = text;
    return 0;
}

static int read_number(const json_t *value, const struct field *field, void *at,
                       struct wire_complaint *why)
{
    if (!json_is_integer(value))
        return complain(why, "\"%s\" is not a whole number.", field->name);
    json_int_t number = json_integer_value(value);
    if (field->type == FIELD_I64) {
        *(int64_t *)at = number;
        return 0;
    }
    if (number < 0 || number > UINT32_MAX)
        return complain(why, "\"%s\" is out of range.", field->name);
    *(uint32_t *)at = (uint32_t)number;
    return 0;
}

static int read_word(const json_t *value, const struct field *field, void *at,
                     struct wire_complaint *why)
{
    int number = json_is_string(value)
                     ? field_enum_value(field->names, json_string_value(value))
                     : -1;
    if (number < 0)
        return complain(why, "\"%s\" is none of the words it may be.",
                        field->name);
    *(int *)at = number;
    return 0;
}

/* "1950-03-02", digits and dashes in their places. */
static int read_date(const json_t *value, const struct field *field,
                     struct date *at, struct wire_complaint *why)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    unsigned part[3] = { 0 };
    size_t i = 0;

    for (int at_part = 0; text[i] && i < 10; i++) {
        if (i == 4 || i == 7) {
            if (text[i] != '-')
                break;
            at_part++;
        } else if (text[i] >= '0' && text[i] <= '9') {
            part[at_part] = part[at_part] * 10 + (unsigned)(text[i] - '0');
        } else {
            break;
        }
    }
    struct date date = { (uint16_t)part[0], (uint8_t)part[1],
                         (uint8_t)part[2] };
    if (i != 10 || text[10] || json_string_length(value) != 10 ||
        !date_is_real(date))
        return complain(why, "\"%s\" is not a day such as 1950-03-02.",
                        field->name);
    *at = date;
    return 0;
}

static int read_value(const json_t *value, const struct field *field, void *at,
                      struct wire_complaint *why)
{
    switch (field->type) {
    case FIELD_TEXT:
        return read_text(value, field, at, why);
    case FIELD_SLICE:
        return read_long(value, field, at, why);
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return complain(why, "\"%s\" is not true or false.", field->name);
        *(bool *)at = json_is_true(value);
        return 0;
    case FIELD_U32:
    case FIELD_I64:
        return read_number(value, field, at, why);
    case FIELD_ENUM:
        return read_word(value, field, at, why);
    case FIELD_ID:
        return read_id(value, field->name, at, why);
    case FIELD_HASH:
        if (!json_is_string(value) ||
            text_hex_read(string_slice(value), at, HASH_BYTES))
            return complain(why, "\"%s\" is not 64 hexadecimal digits.",
                            field->name);
        return 0;
    case FIELD_DATE:
        return read_date(value, field, at, why);
    }
    return -EBADMSG;
}

static const struct field *field_of(const struct field *fields,
                                    const char *name)
{
    for (; fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

int wire_members_read(const json_t *object, const struct field *fields,
                      void *base, struct wire_complaint *why)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        const struct field *field = field_of(fields, name);
        if (!field)
            return complain(why, "\"" NAME "\" does not belong here.", name);
        int err = read_value(value, field, (char *)base + field->offset, why);
        if (err)
            return err;
    }
    for (; fields->name; fields++)
        if (!fields->optional && !json_object_get(object, fields->name))
            return complain(why, "\"%s\" is missing.", fields->name);
    return 0;
}

/* `of` names a visit, or a practitioner for what concerns an agenda. */
int wire_command_read(const struct wire_frame *frame, enum command_kind kind,
                      struct command *out, struct wire_complaint *why)
{
    *out = (struct command){ .kind = kind, .id = frame->id };
    if (!frame->has_of)
        return complain(why, "\"of\" is missing.");
    if (kind == COMMAND_BOOK || command_scope(kind) == SCOPE_AGENDA)
        memcpy(out->practitioner.bytes, frame->of, ID_BYTES);
    else
        memcpy(out->consultation.bytes, frame->of, ID_BYTES);
    return wire_members_read(frame->with, command_fields(kind), out, why);
}
