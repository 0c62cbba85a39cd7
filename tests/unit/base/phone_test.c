#include "base/phone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void french_numbers_are_read_in_pairs(void **state)
{
    char out[PHONE_SAID];

    (void)state;
    phone_national("+33536490001", out);
    assert_string_equal(out, "05 36 49 00 01");
    phone_international("+33536490001", out);
    assert_string_equal(out, "+33 5 36 49 00 01");
}

static void others_stay_as_they_are(void **state)
{
    static const char *const numbers[] = { "",
                                           "+",
                                           "+3353649000",
                                           "+335364900012",
                                           "+41 22 555 01 00",
                                           "+33 5 36 49 00 01",
                                           "112" };
    char out[PHONE_SAID];

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        phone_national(numbers[i], out);
        assert_string_equal(out, numbers[i]);
        phone_international(numbers[i], out);
        assert_string_equal(out, numbers[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(french_numbers_are_read_in_pairs),
        cmocka_unit_test(others_stay_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
