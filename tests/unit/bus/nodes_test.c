/* Several nodes' buses, connected by nothing but calls. */
#include "signaling/bus/bus.h"
#include "signaling/bus/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct pair {
    struct bus *one;
    struct bus *other;
    unsigned sent; /* to the other */
};

static void to_other(void *arg, struct slice frame)
{
    struct pair *pair = arg;

    pair->sent += 1;
    bus_heard(pair->other, frame);
}

static void to_one(void *arg, struct slice frame)
{
    struct pair *pair = arg;

    bus_heard(pair->one, frame);
}

static int pair_make(void **state)
{
    struct pair *pair = calloc(1, sizeof(*pair));

    pair->one = bus_local_new();
    pair->other = bus_local_new();
    bus_on_send(pair->one, to_other, pair);
    bus_on_send(pair->other, to_one, pair);
    bus_sweep(pair->one, 1000);
    bus_sweep(pair->other, 9000); /* its clock goes before */
    *state = pair;
    return 0;
}

static int pair_end(void **state)
{
    struct pair *pair = *state;

    bus_free(pair->one);
    bus_free(pair->other);
    free(pair);
    return 0;
}

struct moved {
    unsigned count;
    uint64_t seq;
};

static void hear_moved(void *arg, struct slice key, uint64_t seq)
{
    struct moved *moved = arg;

    assert_true(slice_is_text(key, "stream"));
    moved->count += 1;
    moved->seq = seq;
}

static void what_moved_is_heard_everywhere_once(void **state)
{
    struct pair *pair = *state;
    struct moved here = { 0 }, there = { 0 };

    bus_subscribe(pair->one, hear_moved, &here);
    bus_subscribe(pair->other, hear_moved, &there);
    bus_publish(pair->one, slice_of_text("stream"), UINT64_C(1) << 40);
    assert_int_equal(here.count, 1);
    assert_int_equal(there.count, 1);
    assert_true(there.seq == UINT64_C(1) << 40);
}

static void count_member(void *arg, struct slice member, struct slice value)
{
    (void)member;
    (void)value;
    *(unsigned *)arg += 1;
}

static unsigned members(struct bus *bus, int64_t now_ms)
{
    unsigned count = 0;

    bus_leases(bus, slice_of_text("visit"), now_ms, count_member, &count);
    return count;
}

static void lease(struct bus *bus, const char *member, int64_t until_ms)
{
    bus_lease(bus, slice_of_text("visit"), slice_of_text(member),
              slice_of_text("v"), until_ms);
}

/* Whatever the two clocks say of the hour. */
static void a_lease_holds_as_long_everywhere(void **state)
{
    struct pair *pair = *state;

    lease(pair->one, "page", 1000 + 5000);
    assert_int_equal(members(pair->one, 1000), 1);
    assert_int_equal(members(pair->other, 9000 + 4999), 1);
    assert_int_equal(members(pair->other, 9000 + 5001), 0);
    bus_lease(pair->one, slice_of_text("visit"), slice_of_text("page"),
              slice(NULL, 0), 0);
    assert_int_equal(members(pair->other, 9000), 0);
}

static void who_comes_later_is_told_all(void **state)
{
    struct pair *pair = *state;

    bus_on_send(pair->one, NULL, NULL);
    bus_on_send(pair->other, NULL, NULL);
    lease(pair->one, "a", 6000);
    lease(pair->other, "b", 14000);
    bus_on_send(pair->one, to_other, pair);
    bus_on_send(pair->other, to_one, pair);
    bus_greet(pair->one);
    assert_int_equal(members(pair->one, 1000), 2);
    assert_int_equal(members(pair->other, 9000), 2);
}

/* Without a line each tells its leases in another way, now and then: a page
 * that went from one to the other is told by both for a while. */
static void what_is_told_late_shortens_nothing(void **state)
{
    struct pair *pair = *state;

    bus_on_send(pair->one, NULL, NULL);
    bus_on_send(pair->other, NULL, NULL);
    lease(pair->one, "page", 3000);
    lease(pair->other, "page", 9000 + 6000);
    bus_tell_own(pair->one, to_other, pair);
    assert_int_equal(members(pair->other, 9000 + 5000), 1);
    bus_tell_own(pair->other, to_one, pair);
    assert_int_equal(members(pair->one, 1000 + 5000), 1);
    unsigned told = pair->sent;
    bus_tell_own(pair->one, to_other, pair); /* it is the other's now */
    assert_int_equal(pair->sent, told);
}

static void tokens_are_taken_from_all(void **state)
{
    struct pair *pair = *state;
    struct slice key = slice_of_text("address");

    for (int i = 0; i < 4; i++)
        assert_true(bus_take(i % 2 ? pair->other : pair->one, key, 1, 4,
                             i % 2 ? 9000 : 1000));
    assert_false(bus_take(pair->one, key, 1, 4, 1000));
    assert_false(bus_take(pair->other, key, 1, 4, 9000));
}

static void what_is_no_frame_is_let_pass(void **state)
{
    struct pair *pair = *state;
    static const char *const bad[] = {
        "",
        "\x09xx",
        "\x01\x02",
        "\x02\x00\x00\x10",
        "\x02\x00\x00\x00\x01\xff",
        "\x03\x00\x00",
    };
    struct frame frame;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(frame_read(slice_of_text(bad[i]), &frame));
        bus_heard(pair->one, slice_of_text(bad[i]));
    }
    /* a key that no map would take */
    uint8_t long_key[9 + 200] = { FRAME_MOVED };
    assert_false(frame_read(slice(long_key, sizeof(long_key)), &frame));
    assert_int_equal(members(pair->one, 1000), 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, pair_make, pair_end)
    const struct CMUnitTest tests[] = {
        CASE(what_moved_is_heard_everywhere_once),
        CASE(a_lease_holds_as_long_everywhere),
        CASE(who_comes_later_is_told_all),
        CASE(what_is_told_late_shortens_nothing),
        CASE(tokens_are_taken_from_all),
        CASE(what_is_no_frame_is_let_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
