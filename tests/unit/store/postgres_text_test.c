#include "signaling/store/postgres_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void reads(const char *ours, const char *theirs)
{
    char out[200];

    assert_true(postgres_text(slice_of_text(ours), out, sizeof(out)));
    assert_string_equal(out, theirs);
}

static void parameters_are_numbered_their_way(void **state)
{
    (void)state;
    reads("SELECT a FROM b WHERE c = ?1 AND d > ?12",
          "SELECT a FROM b WHERE c = $1 AND d > $12");
}

static void types_have_their_names(void **state)
{
    (void)state;
    reads("a INTEGER NOT NULL, b BLOB, c TEXT",
          "a BIGINT NOT NULL, b BYTEA, c TEXT");
    reads("INTEGERS BLOB_ a_BLOB", "INTEGERS BLOB_ a_BLOB");
}

static void what_is_quoted_or_a_comment_stays(void **state)
{
    (void)state;
    reads("why = 'a BLOB?', b = ?2", "why = 'a BLOB?', b = $2");
    reads("-- INTEGER? yes\nINTEGER", "-- INTEGER? yes\nBIGINT");
    reads("'never closed BLOB", "'never closed BLOB");
    reads("-- never ended ?1", "-- never ended ?1");
}

static void too_long_is_told(void **state)
{
    char out[8];

    (void)state;
    assert_true(postgres_text(slice_of_text("1234567"), out, sizeof(out)));
    assert_false(postgres_text(slice_of_text("12345678"), out, sizeof(out)));
    assert_false(postgres_text(slice_of_text("a INTEGER"), out, sizeof(out)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_numbered_their_way),
        cmocka_unit_test(types_have_their_names),
        cmocka_unit_test(what_is_quoted_or_a_comment_stays),
        cmocka_unit_test(too_long_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
