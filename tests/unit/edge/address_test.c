#include "signaling/edge/address.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct address at(const char *text)
{
    struct address address;

    assert_int_equal(address_read(slice_of_text(text), &address), 0);
    return address;
}

static void assert_same(struct address a, struct address b)
{
    assert_memory_equal(a.bytes, b.bytes, sizeof(a.bytes));
}

static void one_address_has_one_spelling(void **state)
{
    struct address address;

    (void)state;
    assert_same(at("192.0.2.1"), at("::ffff:192.0.2.1"));
    assert_same(at("[2001:db8::1]"), at("2001:db8:0:0::1"));
    assert_int_equal(address_read(slice_of_text("192.0.2"), &address), -EINVAL);
    assert_int_equal(address_read(slice_of_text("localhost"), &address),
                     -EINVAL);
    assert_int_equal(address_read(slice_of_text(""), &address), -EINVAL);
}

static void networks_know_their_members(void **state)
{
    struct networks networks;

    (void)state;
    assert_int_equal(
        networks_read("10.0.0.0/8, 192.0.2.7,2001:db8::/33", &networks), 0);
    assert_int_equal(networks.count, 3);
    assert_true(networks_have(&networks, at("10.255.0.1")));
    assert_false(networks_have(&networks, at("11.0.0.1")));
    assert_true(networks_have(&networks, at("192.0.2.7")));
    assert_false(networks_have(&networks, at("192.0.2.8")));
    assert_true(networks_have(&networks, at("2001:db8:7fff::1")));
    assert_false(networks_have(&networks, at("2001:db8:8000::1")));
    assert_int_equal(networks_read("", &networks), 0);
    assert_int_equal(networks.count, 0);
}

static void refuses_malformed_networks(void **state)
{
    static const char *const bad[] = {
        "10.0.0.0/33", "10.0.0.0/", "10/8", "::/129", "a", "1.2.3.4/x"
    };
    struct networks networks = { .count = 7 };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(networks_read(bad[i], &networks), -EINVAL);
    assert_int_equal(networks.count, 7);
}

static void believes_only_trusted_proxies(void **state)
{
    struct networks trusted;

    (void)state;
    assert_int_equal(networks_read("127.0.0.1, 10.0.0.0/8", &trusted), 0);
    /* A stranger may write anything. */
    assert_same(address_of_client(at("198.51.100.1"), "203.0.113.9", &trusted),
                at("198.51.100.1"));
    assert_same(address_of_client(at("127.0.0.1"), "203.0.113.9", &trusted),
                at("203.0.113.9"));
    /* What stands left of the first stranger is the stranger's word. */
    assert_same(address_of_client(at("127.0.0.1"),
                                  "1.1.1.1, 203.0.113.9, 10.0.0.3", &trusted),
                at("203.0.113.9"));
    assert_same(address_of_client(at("127.0.0.1"), "garbage", &trusted),
                at("127.0.0.1"));
    assert_same(
        address_of_client(at("127.0.0.1"), "10.0.0.1,10.0.0.2", &trusted),
        at("10.0.0.1"));
    assert_same(address_of_client(at("127.0.0.1"), "", &trusted),
                at("127.0.0.1"));
}

static void households_share_a_64(void **state)
{
    (void)state;
    assert_same(address_group(at("2001:db8:1:2:3::9")),
                address_group(at("2001:db8:1:2:4::1")));
    assert_memory_not_equal(address_group(at("192.0.2.1")).bytes,
                            address_group(at("192.0.2.2")).bytes, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_has_one_spelling),
        cmocka_unit_test(networks_know_their_members),
        cmocka_unit_test(refuses_malformed_networks),
        cmocka_unit_test(believes_only_trusted_proxies),
        cmocka_unit_test(households_share_a_64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
