#include "signaling/bus/bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int bus_make(void **state)
{
    *state = bus_local_new();
    return 0;
}

static int bus_end(void **state)
{
    bus_free(*state);
    return 0;
}

struct heard {
    unsigned count;
    uint64_t seq;
};

static void hear_moved(void *arg, struct slice key, uint64_t seq)
{
    struct heard *heard = arg;

    assert_true(slice_is_text(key, "key"));
    heard->count += 1;
    heard->seq = seq;
}

static void hear_lease(void *arg, struct slice key)
{
    struct heard *heard = arg;

    assert_true(slice_is_text(key, "key"));
    heard->count += 1;
}

static void all_who_subscribed_hear(void **state)
{
    struct heard one = { 0 };
    struct heard two = { 0 };

    bus_subscribe(*state, hear_moved, &one);
    bus_subscribe(*state, hear_moved, &two);
    bus_publish(*state, slice_of_text("key"), 42);
    assert_int_equal(one.count, 1);
    assert_int_equal(two.seq, 42);
}

static void count_member(void *arg, struct slice member, struct slice value)
{
    (void)member;
    assert_true(value.length > 0);
    *(unsigned *)arg += 1;
}

static unsigned members(struct bus *bus, int64_t now_ms)
{
    unsigned count = 0;

    bus_leases(bus, slice_of_text("key"), now_ms, count_member, &count);
    return count;
}

static void lease(struct bus *bus, const char *member, const char *value,
                  int64_t until_ms)
{
    bus_lease(bus, slice_of_text("key"), slice_of_text(member),
              slice_of_text(value), until_ms);
}

static void a_lease_runs_out_unless_renewed(void **state)
{
    struct heard heard = { 0 };

    bus_subscribe_leases(*state, hear_lease, &heard);
    lease(*state, "a", "1", 100);
    lease(*state, "b", "1", 100);
    assert_int_equal(heard.count, 2);
    lease(*state, "a", "1", 200); /* renewed: not told */
    assert_int_equal(heard.count, 2);
    lease(*state, "a", "2", 200);
    assert_int_equal(heard.count, 3);
    assert_int_equal(members(*state, 99), 2);
    assert_int_equal(members(*state, 100), 1); /* gone, swept or not */
    bus_sweep(*state, 100);
    assert_int_equal(heard.count, 4);
    bus_sweep(*state, 100);
    assert_int_equal(heard.count, 4);
    lease(*state, "a", "", 0); /* given back */
    assert_int_equal(heard.count, 5);
    assert_int_equal(members(*state, 100), 0);
    lease(*state, "a", "", 0);
    assert_int_equal(heard.count, 5);
}

static void a_bucket_refills_with_time(void **state)
{
    struct slice key = slice_of_text("key");

    for (int i = 0; i < 3; i++)
        assert_true(bus_take(*state, key, 60, 3, 1000));
    assert_false(bus_take(*state, key, 60, 3, 1000));
    assert_false(bus_take(*state, key, 60, 3, 1900));
    assert_true(bus_take(*state, key, 60, 3, 2000));
    assert_false(bus_take(*state, key, 60, 3, 2000));
    assert_true(bus_take(*state, slice_of_text("other"), 60, 3, 2000));
    bus_sweep(*state, 1000000); /* full ones are forgotten, and full again */
    assert_true(bus_take(*state, key, 60, 3, 1000000));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, bus_make, bus_end)
    const struct CMUnitTest tests[] = {
        CASE(all_who_subscribed_hear),
        CASE(a_lease_runs_out_unless_renewed),
        CASE(a_bucket_refills_with_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
