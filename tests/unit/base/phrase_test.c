#include "base/phrase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct phrase_value values[] = {
    { "clinic", "Les Tilleuls" },
    { "when", "{clinic}" }, /* a value is never searched for places */
    { NULL, NULL },
};

static void fills_places_once(void **state)
{
    char out[64];

    (void)state;
    assert_true(phrase_fill(out, sizeof(out), "{clinic} : {when}.", values));
    assert_string_equal(out, "Les Tilleuls : {clinic}.");
    assert_true(phrase_fill(out, sizeof(out), "{clinic}{clinic}", values));
    assert_string_equal(out, "Les TilleulsLes Tilleuls");
    assert_true(phrase_fill(out, sizeof(out), "plain", values));
    assert_string_equal(out, "plain");
}

static void says_when_it_does_not_fit(void **state)
{
    char out[13];

    (void)state;
    assert_true(phrase_fill(out, sizeof(out), "{clinic}", values));
    assert_string_equal(out, "Les Tilleuls");
    assert_false(phrase_fill(out, sizeof(out), "{clinic}!", values));
    assert_string_equal(out, "");
    assert_false(phrase_fill(out, sizeof(out), "much too long a text", values));
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_places_once),
        cmocka_unit_test(says_when_it_does_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
