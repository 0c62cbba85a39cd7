/* Which relay a practitioner lives on: whoever knows the newest row moves it.
 */
#include "tests/unit/store/given.h"

#include "signaling/store/placement_rows.h"

static struct placement_row row_of(uint8_t practitioner, const char *relay,
                                   uint64_t generation)
{
    struct placement_row row = { .practitioner = { { practitioner } },
                                 .generation = generation };

    strcpy(row.relay, relay);
    return row;
}

static int run_write(struct reader_of_store *writer, void *arg)
{
    return placement_write(writer, arg);
}

static int put(struct given *given, uint8_t practitioner, const char *relay,
               uint64_t generation)
{
    struct placement_row row = row_of(practitioner, relay, generation);

    return store_change_now(given->store, run_write, &row);
}

static int run_read(struct reader_of_store *reader, void *arg)
{
    struct placement_row *row = arg;

    return placement_read(reader, row->practitioner, row);
}

static void the_first_to_place_wins(void **state)
{
    struct given *given = *state;
    struct placement_row row = row_of(1, "", 0);

    assert_int_equal(store_ask_now(given->store, run_read, &row), -ENOENT);
    assert_int_equal(put(given, 1, "west", 1), 1);
    assert_int_equal(put(given, 1, "east", 1), 0); /* came second */
    assert_int_equal(store_ask_now(given->store, run_read, &row), 0);
    assert_string_equal(row.relay, "west");
    assert_int_equal(row.generation, 1);
}

static void only_who_knows_the_newest_row_moves_it(void **state)
{
    struct given *given = *state;
    struct placement_row row = row_of(1, "", 0);

    assert_int_equal(put(given, 1, "east", 2), 0); /* there is none to move */
    assert_int_equal(put(given, 1, "west", 1), 1);
    assert_int_equal(put(given, 1, "east", 2), 1);
    assert_int_equal(put(given, 1, "north", 2), 0); /* a node that slept */
    assert_int_equal(put(given, 1, "north", 4), 0);
    assert_int_equal(store_ask_now(given->store, run_read, &row), 0);
    assert_string_equal(row.relay, "east");
    assert_int_equal(row.generation, 2);
}

struct all {
    size_t count;
    struct placement_row rows[4];
};

static int keep(void *arg, const struct placement_row *row)
{
    struct all *all = arg;

    assert_true(all->count < 4);
    all->rows[all->count++] = *row;
    return 0;
}

static int run_each(struct reader_of_store *reader, void *arg)
{
    return placement_each(reader, keep, arg);
}

static void each_practitioner_has_one(void **state)
{
    struct given *given = *state;
    struct all all = { .count = 0 };

    assert_int_equal(put(given, 1, "west", 1), 1);
    assert_int_equal(put(given, 2, "west", 1), 1);
    assert_int_equal(put(given, 2, "east", 2), 1);
    assert_int_equal(store_ask_now(given->store, run_each, &all), 0);
    assert_int_equal(all.count, 2);
    for (size_t i = 0; i < all.count; i++)
        assert_string_equal(all.rows[i].relay,
                            all.rows[i].practitioner.bytes[0] == 1 ? "west"
                                                                   : "east");
}

int main(void)
{
#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, given_store, then_removed)
    const struct CMUnitTest tests[] = {
        with_store(the_first_to_place_wins),
        with_store(only_who_knows_the_newest_row_moves_it),
        with_store(each_practitioner_has_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
