#include "signaling/edge/wire.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ID "AAAAAAAAAAAAAAAAAAAAAQ"
#define OF "AAAAAAAAAAAAAAAAAAAAAg"

static struct wire_complaint why;

/* A value that fits the member; `other` gives a second one. */
static json_t *value_for(const struct field *field, bool other)
{
    switch (field->type) {
    case FIELD_TEXT:
        return json_string(other ? "\xc3\xa9!" : "a");
    case FIELD_SLICE:
        return json_string(other ? "two\nlines" : "one");
    case FIELD_BOOL:
        return json_boolean(other);
    case FIELD_U32:
        return json_integer(other ? UINT32_MAX : 1);
    case FIELD_I64:
        return json_integer(other ? INT64_MAX : -1);
    case FIELD_ENUM:
        return json_string(field->names[other && field->names[1] ? 1 : 0]);
    case FIELD_ID:
        return json_string(other ? OF : ID);
    case FIELD_HASH:
        return json_string("00112233445566778899aabbccddeeff"
                           "00112233445566778899aabbccddeeff");
    case FIELD_DATE:
        return json_string(other ? "2024-02-29" : "1950-03-02");
    }
    return NULL;
}

static json_t *members_of(enum command_kind kind, bool other)
{
    json_t *with = json_object();

    for (const struct field *field = command_fields(kind); field->name; field++)
        json_object_set_new(with, field->name, value_for(field, other));
    return with;
}

static json_t *frame_with(enum command_kind kind, json_t *with)
{
    return json_pack("{s:s,s:s,s:s,s:o}", "id", ID, "of", OF, "do",
                     command_verb(kind), "with", with);
}

/* Reads a frame and, when it is one, its command. */
static int read_command(json_t *value, enum command_kind kind)
{
    char *text = wire_text(value);
    struct wire_frame frame;
    struct command command;

    why.say[0] = '\0';
    int err = wire_frame_read(slice_of_text(text), &frame, &why);
    if (!err) {
        err = wire_command_read(&frame, kind, &command, &why);
        wire_frame_release(&frame);
    }
    free(text);
    return err;
}

static void every_command_comes_back(void **state)
{
    (void)state;
    for (int kind = 0; kind < COMMAND_KINDS; kind++)
        for (int other = 0; other < 2; other++) {
            json_t *with = members_of((enum command_kind)kind, other);
            json_t *sent = frame_with((enum command_kind)kind, with);
            char *text = json_dumps(sent, JSON_COMPACT);
            struct wire_frame frame;
            struct command command;
            assert_int_equal(wire_frame_read(slice_of_text(text), &frame, &why),
                             0);
            assert_int_equal(command_of_verb(frame.verb), kind);
            if (wire_command_read(&frame, (enum command_kind)kind, &command,
                                  &why))
                fail_msg("%s: %s", command_verb((enum command_kind)kind),
                         why.say);
            json_t *back =
                wire_members(command_fields((enum command_kind)kind), &command);
            assert_true(json_equal(back, with));
            json_decref(back);
            wire_frame_release(&frame);
            free(text);
            json_decref(sent);
        }
}

/* Every member of every command: left out, of another type, in excess. */
static void every_bad_member_is_named(void **state)
{
    char quoted[64];

    (void)state;
    for (int i = 0; i < COMMAND_KINDS; i++) {
        enum command_kind kind = (enum command_kind)i;
        for (const struct field *field = command_fields(kind); field->name;
             field++) {
            snprintf(quoted, sizeof(quoted), "\"%s\"", field->name);
            json_t *with = members_of(kind, false);
            json_object_del(with, field->name);
            int err = read_command(frame_with(kind, with), kind);
            assert_int_equal(err != 0, !field->optional);
            if (err)
                assert_non_null(strstr(why.say, quoted));
            with = members_of(kind, false);
            json_object_set_new(with, field->name, json_array());
            assert_int_not_equal(read_command(frame_with(kind, with), kind), 0);
            assert_non_null(strstr(why.say, quoted));
            with = members_of(kind, false);
            json_object_set_new(with, field->name, json_null());
            assert_int_not_equal(read_command(frame_with(kind, with), kind), 0);
        }
        json_t *with = members_of(kind, false);
        json_object_set_new(with, "surprise", json_true());
        assert_int_not_equal(read_command(frame_with(kind, with), kind), 0);
        assert_non_null(strstr(why.say, "\"surprise\""));
    }
}

static int read_member(enum command_kind kind, const char *name, json_t *value)
{
    json_t *with = members_of(kind, false);

    json_object_set_new(with, name, value);
    return read_command(frame_with(kind, with), kind);
}

static void values_have_bounds(void **state)
{
    char long_text[MESSAGE_MAX + 2];

    (void)state;
    memset(long_text, 'a', sizeof(long_text));
    long_text[SHORT_TEXT] = '\0';
    assert_int_not_equal(
        read_member(COMMAND_SITUATE, "place", json_string(long_text)), 0);
    long_text[SHORT_TEXT - 1] = '\0';
    assert_int_equal(
        read_member(COMMAND_SITUATE, "place", json_string(long_text)), 0);
    memset(long_text, 'a', sizeof(long_text));
    long_text[MESSAGE_MAX + 1] = '\0';
    assert_int_not_equal(
        read_member(COMMAND_SEND_MESSAGE, "text", json_string(long_text)), 0);
    long_text[MESSAGE_MAX] = '\0';
    assert_int_equal(
        read_member(COMMAND_SEND_MESSAGE, "text", json_string(long_text)), 0);
    assert_int_not_equal(
        read_member(COMMAND_SITUATE, "place", json_string("a\nb")), 0);
    assert_int_not_equal(
        read_member(COMMAND_SITUATE, "place", json_string("a\x1b[0m")), 0);
    assert_int_not_equal(
        read_member(COMMAND_TELL_DELAY, "minutes", json_integer(-1)), 0);
    assert_int_not_equal(read_member(COMMAND_TELL_DELAY, "minutes",
                                     json_integer(INT64_C(1) << 32)),
                         0);
    assert_int_not_equal(
        read_member(COMMAND_TELL_DELAY, "minutes", json_real(5.0)), 0);
    assert_int_not_equal(
        read_member(COMMAND_SETTLE, "how", json_string("beads")), 0);
}

static void days_are_days(void **state)
{
    static const char *const bad[] = {
        "1950-02-30", "1950-2-3", "50-02-03",   "1950-02-03x", "1950/02/03",
        "",           "19500203", "1950-13-01", "-950-01-01",  "1950-01- 1"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!read_member(COMMAND_CLAIM, "birth", json_string(bad[i])))
            fail_msg("took %s", bad[i]);
}

static int read_text(const char *text)
{
    struct wire_frame frame;
    int err = wire_frame_read(slice_of_text(text), &frame, &why);

    if (!err)
        wire_frame_release(&frame);
    return err;
}

static void frames_are_strict(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{}",
        "{\"id\":\"" ID "\"}",
        "{\"id\":1,\"do\":\"arrive\"}",
        "{\"id\":\"short\",\"do\":\"arrive\"}",
        "{\"id\":\"" ID "\",\"do\":1}",
        "{\"id\":\"" ID "\",\"do\":\"\"}",
        "{\"id\":\"" ID "\",\"do\":\"a\",\"do\":\"b\"}",
        "{\"id\":\"" ID "\",\"do\":\"a\",\"of\":5}",
        "{\"id\":\"" ID "\",\"do\":\"a\",\"of\":\"x\"}",
        "{\"id\":\"" ID "\",\"do\":\"a\",\"with\":[]}",
        "{\"id\":\"" ID "\",\"do\":\"a\",\"more\":1}",
        "{\"id\":\"" ID "\",\"do\":\"a\"} tail",
        "{\"id\":\"" ID "\",\"do\":\"\\u0000\"}",
        "{\"id\":\"" ID "\",\"do\":\"a\",\"with\":{\"a\":[[[[[[[[1]]]]]]]]}}",
        "{\"id\":\"" ID "\",\"do\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
        "{\"id\":\"" ID "\",\"do\":\"\xff\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!read_text(bad[i]))
            fail_msg("took %s", bad[i]);
    assert_int_equal(read_text("{\"id\":\"" ID "\",\"do\":\"arrive\"}"), 0);
    assert_int_equal(
        read_text("{\"id\":\"" ID "\",\"do\":\"ping\",\"of\":\"\"}"), 0);
}

static void a_bad_frame_keeps_its_id(void **state)
{
    struct wire_frame frame;

    (void)state;
    assert_int_not_equal(
        wire_frame_read(slice_of_text("{\"id\":\"" ID "\",\"do\":1}"), &frame,
                        &why),
        0);
    assert_string_equal(frame.id_text, ID);
    json_t *refused = wire_refused(frame.id_text, "invalid", why.say);
    assert_string_equal(json_string_value(json_object_get(refused, "re")), ID);
    json_decref(refused);
}

/* The wall between roles, seen from outside: no role gets a member whose table
 * row does not name it, and the secretary none that is clinical. */
static void views_show_what_the_table_says(void **state)
{
    static const char *const clinical[] = {
        "place",      "present",    "prescription",     "drafted_hash",
        "overridden", "note_saved", "approved_version", "messages"
    };
    struct view view;

    (void)state;
    memset(&view, 0, sizeof(view));
    memset(view.drafted_hash, 7, sizeof(view.drafted_hash));
    memset(view.practitioner.bytes, 7, ID_BYTES);
    view.birth = (struct date){ 1950, 3, 2 };
    view.guests[0].guest = 1;
    for (int role = ROLE_PATIENT; role <= ROLE_GUEST; role++) {
        json_t *shown = wire_view(&view, (enum role)role);
        json_t *guests = json_object_get(shown, "guests");
        size_t due = 1;
        assert_int_equal(json_array_size(guests), 1);
        for (const struct field *field = guest_view_fields; field->name;
             field++)
            assert_int_equal(
                json_object_get(json_array_get(guests, 0), field->name) != NULL,
                (field->roles & ROLE_BIT(role)) != 0);
        for (const struct field *field = view_fields; field->name; field++) {
            bool has = json_object_get(shown, field->name) != NULL;
            assert_int_equal(has, (field->roles & ROLE_BIT(role)) != 0);
            due += has;
        }
        assert_int_equal(json_object_size(shown), due);
        json_decref(shown);
    }
    json_t *desk = wire_view(&view, ROLE_SECRETARY);
    for (size_t i = 0; i < sizeof(clinical) / sizeof(clinical[0]); i++)
        assert_null(json_object_get(desk, clinical[i]));
    json_decref(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_comes_back),
        cmocka_unit_test(every_bad_member_is_named),
        cmocka_unit_test(values_have_bounds),
        cmocka_unit_test(days_are_days),
        cmocka_unit_test(frames_are_strict),
        cmocka_unit_test(a_bad_frame_keeps_its_id),
        cmocka_unit_test(views_show_what_the_table_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
