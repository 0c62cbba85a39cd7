/* A view of anything, also of texts that are none: each role gets valid JSON
 * with the members of that role and no other, with the values that were there.
 */
#include "signaling/edge/wire.h"
#include "tests/fuzz/fields.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct field *field_named(const char *name)
{
    for (const struct field *field = view_fields; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

static void check_member(const struct field *field, const struct view *view,
                         const json_t *value)
{
    const void *at = fields_at(field, view);

    if (field->type == FIELD_TEXT &&
        text_is_clean(slice(at, strlen(at)), false))
        assert(strcmp(json_string_value(value), at) == 0);
    if (field->type == FIELD_I64)
        assert(json_integer_value(value) == *(const int64_t *)at);
    if (field->type == FIELD_U32)
        assert(json_integer_value(value) == *(const uint32_t *)at);
    if (field->type == FIELD_BOOL)
        assert(json_is_true(value) == *(const bool *)at);
    if (field->type == FIELD_ENUM)
        assert(field_enum_value(field->names, json_string_value(value)) ==
               *(const int *)at);
}

static void check_guests(const json_t *list, const struct view *view,
                         enum role role)
{
    size_t at = 0;

    assert(json_is_array(list));
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        if (!view->guests[i].guest)
            continue;
        json_t *guest = json_array_get(list, at++);
        size_t due = 0;
        for (const struct field *field = guest_view_fields; field->name;
             field++)
            due += (field->roles & ROLE_BIT(role)) != 0;
        assert(json_object_size(guest) == due);
    }
    assert(json_array_size(list) == at);
}

static void show(const struct view *view, enum role role)
{
    struct consultation_id of = { { 1 } };
    char *text = wire_text(wire_view_frame(of, 7, view, role));
    json_t *frame = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    json_t *members = json_object_get(frame, "view");
    const char *name;
    json_t *value;
    size_t plain = 0;

    assert(json_is_object(members));
    json_object_foreach(members, name, value)
    {
        const struct field *field = field_named(name);
        if (strcmp(name, "guests") == 0) {
            check_guests(value, view, role);
            continue;
        }
        assert(field && field->roles & ROLE_BIT(role));
        check_member(field, view, value);
        plain += field->type < FIELD_ID;
    }
    /* Only ids, hashes and days may be left out. */
    for (const struct field *field = view_fields; field->name; field++)
        plain -= field->type < FIELD_ID && field->roles & ROLE_BIT(role);
    assert(plain == 0);
    json_decref(frame);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader in = reader_of(slice(data, size));
    struct view view;

    memset(&view, 0, sizeof(view));
    fields_fill(view_fields, &in, &view, false);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        fields_fill(guest_view_fields, &in, &view.guests[i], false);
    show(&view, ROLE_PATIENT);
    show(&view, ROLE_SECRETARY);
    show(&view, ROLE_DOCTOR);
    show(&view, ROLE_GUEST);
    return 0;
}
