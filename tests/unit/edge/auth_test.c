#include "signaling/edge/auth.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void configured_origins_are_ours(void **state)
{
    struct auth_origins ours = {
        .origin = "https://tele.example.org",
        .origins = "https://a.example, https://b.example:8443",
    };

    (void)state;
    assert_true(auth_origin_is_ours(&ours, "https://tele.example.org", "x"));
    assert_true(auth_origin_is_ours(&ours, "https://a.example", "x"));
    assert_true(auth_origin_is_ours(&ours, "https://b.example:8443", "x"));
    assert_false(auth_origin_is_ours(&ours, "https://b.example", "x"));
    assert_false(auth_origin_is_ours(&ours, "http://tele.example.org", "x"));
    assert_false(auth_origin_is_ours(
        &ours, "https://tele.example.org.evil.example", "x"));
    assert_false(auth_origin_is_ours(&ours, "null", "x"));
    assert_false(auth_origin_is_ours(&ours, "", "x"));
    /* With TLS the host asked for proves nothing. */
    assert_false(
        auth_origin_is_ours(&ours, "http://localhost:1", "localhost:1"));
}

static void plain_http_takes_its_own_loopback_name(void **state)
{
    struct auth_origins ours = {
        .origin = "http://localhost:8443",
        .origins = "",
        .plain = true,
    };

    (void)state;
    assert_true(auth_origin_is_ours(&ours, "http://doctor.localhost:8443",
                                    "doctor.localhost:8443"));
    assert_false(auth_origin_is_ours(&ours, "http://doctor.localhost:8443",
                                     "secretary.localhost:8443"));
    /* A name that an attacker points at 127.0.0.1 (DNS rebinding). */
    assert_false(auth_origin_is_ours(&ours, "http://evil.example:8443",
                                     "evil.example:8443"));
    assert_false(auth_origin_is_ours(&ours, "http://127.0.0.1.evil.example",
                                     "127.0.0.1.evil.example"));
}

static void loopback_names(void **state)
{
    (void)state;
    assert_true(auth_host_is_loopback("localhost"));
    assert_true(auth_host_is_loopback("LOCALHOST:80"));
    assert_true(auth_host_is_loopback("a.localhost:80"));
    assert_true(auth_host_is_loopback("127.0.0.1:80"));
    assert_true(auth_host_is_loopback("[::1]:80"));
    assert_false(auth_host_is_loopback("notlocalhost"));
    assert_false(auth_host_is_loopback("localhost.evil.example"));
    assert_false(auth_host_is_loopback("127.evil.example"));
    assert_false(auth_host_is_loopback("127..."));
    assert_false(auth_host_is_loopback("127.0.0.256"));
    assert_false(auth_host_is_loopback(""));
    assert_false(auth_host_is_loopback("["));
}

static void finds_a_cookie_by_its_whole_name(void **state)
{
    const char *header = "a=1; desk=two;__Host-desk=three; xdesk=four; e=";

    (void)state;
    assert_true(slice_is_text(auth_cookie(header, "desk"), "two"));
    assert_true(slice_is_text(auth_cookie(header, "__Host-desk"), "three"));
    assert_int_equal(auth_cookie(header, "des").length, 0);
    assert_int_equal(auth_cookie(header, "e").length, 0);
    assert_int_equal(auth_cookie("", "desk").length, 0);
    assert_int_equal(auth_cookie(NULL, "desk").length, 0);
    assert_int_equal(auth_cookie("desk", "desk").length, 0);
    assert_int_equal(auth_cookie(";;; ;", "desk").length, 0);
}

static void cookies_are_locked_down(void **state)
{
    struct consultation_id visit = { { 1 } };
    char name[COOKIE_NAME_TEXT];
    char line[SET_COOKIE_TEXT];

    (void)state;
    auth_visit_cookie(true, visit, name);
    assert_string_equal(name, "__Host-v-AQAAAAAAAAAAAAAAAAAAAA");
    auth_set_cookie(name, "value", true, 60, line);
    assert_string_equal(line, "__Host-v-AQAAAAAAAAAAAAAAAAAAAA=value; Path=/; "
                              "Max-Age=60; HttpOnly; SameSite=Lax; Secure");
    auth_desk_cookie(false, name);
    auth_set_cookie(name, "", false, 0, line);
    assert_string_equal(line,
                        "desk=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configured_origins_are_ours),
        cmocka_unit_test(plain_http_takes_its_own_loopback_name),
        cmocka_unit_test(loopback_names),
        cmocka_unit_test(finds_a_cookie_by_its_whole_name),
        cmocka_unit_test(cookies_are_locked_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
