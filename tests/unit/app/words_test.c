/* Links, codes, finders and records: pure. */
#include "signaling/app/finder.h"
#include "signaling/app/link.h"
#include "signaling/app/query.h"
#include "signaling/app/record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct link_keys keys;

static int keys_make(void **state)
{
    (void)state;
    link_keys_init(&keys, slice_of_text("a secret of the tests alone"));
    return 0;
}

static const struct link some_link = { .visit = { { 1, 2, 3 } },
                                       .person = LINK_PATIENT,
                                       .generation = 7 };

static void a_token_is_read_back(void **state)
{
    char token[LINK_TOKEN_TEXT];
    struct link read;

    (void)state;
    link_token(&keys, &some_link, token);
    assert_int_equal(strlen(token), LINK_TOKEN_TEXT - 1);
    assert_int_equal(link_read(&keys, slice_of_text(token), &read), 0);
    assert_int_equal(read.generation, 7);
    assert_memory_equal(&read.visit, &some_link.visit, ID_BYTES);
}

static void a_changed_token_is_nothing(void **state)
{
    char token[LINK_TOKEN_TEXT];
    struct link_keys other;
    struct link read;

    (void)state;
    link_token(&keys, &some_link, token);
    for (size_t i = 0; i < strlen(token); i++) {
        char before = token[i];
        token[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(link_read(&keys, slice_of_text(token), &read),
                         -EBADMSG);
        token[i] = before;
    }
    link_keys_init(&other, slice_of_text("another secret of tests"));
    assert_int_equal(link_read(&other, slice_of_text(token), &read), -EBADMSG);
    assert_int_equal(link_read(&keys, slice_of_text(""), &read), -EBADMSG);
}

static void a_code_belongs_to_its_generation(void **state)
{
    char code[LINK_CODE_TEXT];
    char next[LINK_CODE_TEXT];
    char read[LINK_CODE_TEXT];
    struct link link = some_link;

    (void)state;
    link_code(&keys, &link, code);
    link.generation = 8;
    link_code(&keys, &link, next);
    assert_string_not_equal(code, next);
    assert_true(link_code_read(slice_of_text(code), read));
    assert_string_equal(code, read);
    assert_true(link_code_read(slice_of_text(" abcd-2345 "), read));
    assert_string_equal(read, "ABCD2345");
    assert_false(link_code_read(slice_of_text("ABCD234"), read));
    assert_false(link_code_read(slice_of_text("ABCD23456"), read));
    assert_false(link_code_read(slice_of_text("ABCD2340"), read));
    assert_false(link_code_read(slice("ABCD234\0", 8), read));
}

static void same_words(const char *a, const char *b, bool same)
{
    uint8_t left[FINDER_WORDS_MAX][32];
    uint8_t right[FINDER_WORDS_MAX][32];

    assert_int_equal(finder_words(&keys, a, left), 1);
    assert_int_equal(finder_words(&keys, b, right), 1);
    assert_int_equal(memcmp(left[0], right[0], 32) == 0, same);
}

static void words_lose_case_and_accents(void **state)
{
    uint8_t words[FINDER_WORDS_MAX][32];

    (void)state;
    same_words("Élodie", "elodie", true);
    same_words("E\xcc\x81lodie", "elodie", true); /* a combining accent */
    same_words("Œdipe", "OEDIPE", true);
    same_words("Strauß", "strauss", true);
    same_words("Łódź", "lodz", true);
    same_words("Zoé", "Zola", false);
    same_words("Жанна", "Жанна", true);
    assert_int_equal(finder_words(&keys, "Jean-Pierre d’Or", words), 4);
    assert_int_equal(finder_words(&keys, "Anne ANNE", words), 1);
    assert_int_equal(finder_words(&keys, " -- ", words), 0);
    assert_int_equal(finder_words(&keys, "a b c d e f g h i j k l m n", words),
                     FINDER_WORDS_MAX);
    assert_int_equal(finder_words(&keys, "broken \xc3", words), 1);
}

static void contacts_match_as_people_write_them(void **state)
{
    uint8_t stored[32];
    uint8_t typed[32];
    static const char *const same[] = { "06 39 98 00 01", "+33 6 39 98 00 01",
                                        "0033639980001", "06.39.98.00.01" };

    (void)state;
    assert_true(finder_contact(&keys, "+33639980001", stored));
    for (size_t i = 0; i < 4; i++) {
        assert_true(finder_contact(&keys, same[i], typed));
        assert_memory_equal(stored, typed, 32);
    }
    assert_true(finder_contact(&keys, "+33639980002", typed));
    assert_memory_not_equal(stored, typed, 32);
    assert_false(finder_contact(&keys, "hello", typed));
    assert_false(finder_contact(&keys, "", typed));
    assert_true(finder_contact(&keys, " Zoe@Patients.example ", stored));
    assert_true(finder_contact(&keys, "zoe@patients.example", typed));
    assert_memory_equal(stored, typed, 32);
}

/* Any bit pattern that its fields allow comes back as it was. */
static void fill(const struct field *fields, struct event *event)
{
    for (const struct field *field = fields; field->name; field++) {
        uint8_t *at = (uint8_t *)event + field->offset;
        switch (field->type) {
        case FIELD_TEXT:
            memcpy(at, "é\"\\", field->size < 5 ? 0 : 5);
            break;
        case FIELD_BOOL:
            *(bool *)at = true;
            break;
        case FIELD_U32:
            *(uint32_t *)(void *)at = UINT32_MAX;
            break;
        case FIELD_I64:
            *(int64_t *)(void *)at = INT64_MIN + 1;
            break;
        case FIELD_ENUM:
            *(int *)(void *)at = field->names[1] ? 1 : 0;
            break;
        case FIELD_ID:
            memset(at, 0xfe, ID_BYTES);
            break;
        case FIELD_HASH:
            memset(at, 0xfe, HASH_BYTES);
            break;
        case FIELD_DATE:
            *(struct date *)(void *)at = (struct date){ 2026, 11, 22 };
            break;
        case FIELD_SLICE:
            fail_msg("no event has long texts");
        }
    }
}

static void every_event_is_read_back(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        struct event event;
        struct event read;
        memset(&event, 0, sizeof(event));
        event.kind = (enum event_kind)kind;
        fill(event_fields(event.kind), &event);
        char *json = record_write(&event);
        assert_int_equal(record_read(slice_of_text(json), event.kind, &read),
                         0);
        char *again = record_write(&read);
        assert_string_equal(json, again);
        free(json);
        free(again);
    }
}

static void a_broken_record_is_refused(void **state)
{
    static const char *const broken[] = { "", "[]", "{\"consultation\":7}",
                                          "{\"start_ms\":\"x\"}", "{1}" };
    struct event event;

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_int_equal(
            record_read(slice_of_text(broken[i]), EVENT_SLOT_TAKEN, &event),
            -EBADMSG);
    /* an older writer knew less */
    assert_int_equal(record_read(slice_of_text("{}"), EVENT_SLOT_TAKEN, &event),
                     0);
}

static void days_are_those_of_the_wall(void **state)
{
    int64_t from;
    int64_t to;
    struct date day = { 2026, 3, 29 }; /* 23 hours long in France */

    (void)state;
    assert_int_equal(query_day_bounds("Europe/Paris", day, &from, &to), 0);
    assert_int_equal(from, INT64_C(1774738800000)); /* 28th, 23:00 UTC */
    assert_int_equal(to - from, 23 * INT64_C(3600000));
    day = query_day_of("Europe/Paris", from - 1);
    assert_int_equal(day.day, 28);
    day = query_day_of("Europe/Paris", from);
    assert_int_equal(day.day, 29);
    day = query_day_of("Europe/Paris", to - 1);
    assert_int_equal(day.day, 29);
    day.month = 13;
    assert_int_equal(query_day_bounds("Europe/Paris", day, &from, &to),
                     -EINVAL);
    assert_int_equal(query_day_bounds("Nowhere/At-all",
                                      (struct date){ 1970, 1, 1 }, &from, &to),
                     0);
    assert_int_equal(from, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_read_back),
        cmocka_unit_test(a_changed_token_is_nothing),
        cmocka_unit_test(a_code_belongs_to_its_generation),
        cmocka_unit_test(words_lose_case_and_accents),
        cmocka_unit_test(contacts_match_as_people_write_them),
        cmocka_unit_test(every_event_is_read_back),
        cmocka_unit_test(a_broken_record_is_refused),
        cmocka_unit_test(days_are_those_of_the_wall),
    };

    return cmocka_run_group_tests(tests, keys_make, NULL);
}
