/* The reading side of Stripe; tests/outbox has the real stripe package sign. */
#include "signaling/outbox/http.h"
#include "signaling/outbox/stripe.h"

#include "base/text.h"

#include <errno.h>
#include <openssl/hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS 1795700000000
#define SECRET "whsec_test"
#define ZEROS  "0000000000000000000000000000000000000000000000000000000000000000"

static const char body[] =
    "{\"id\":\"evt_1\",\"type\":\"checkout.session.completed\",\"data\":"
    "{\"object\":{\"object\":\"checkout.session\",\"id\":\"cs_test_1\"}}}";

/* The signature by OpenSSL, of "t.body". */
static void sign(const char *secret, int64_t time_s, const char *text,
                 char out[65])
{
    uint8_t digest[32];
    unsigned int length = sizeof(digest);
    char signed_text[1024];
    int size = snprintf(signed_text, sizeof(signed_text), "%lld.%s",
                        (long long)time_s, text);

    assert_non_null(HMAC(EVP_sha256(), secret, (int)strlen(secret),
                         (const uint8_t *)signed_text, (size_t)size, digest,
                         &length));
    text_hex(slice(digest, sizeof(digest)), out);
}

static int verdict(int64_t time_s, const char *v1, const char *text)
{
    char header[256];

    (void)snprintf(header, sizeof(header), "t=%lld,v1=%s,v0=abc",
                   (long long)time_s, v1);
    return stripe_verify(SECRET, slice_of_text(text), header, NOW_MS);
}

static void a_good_signature_passes_for_five_minutes(void **state)
{
    char v1[65];

    (void)state;
    for (int age = -300; age <= 300; age += 100) {
        sign(SECRET, NOW_MS / 1000 - age, body, v1);
        assert_int_equal(verdict(NOW_MS / 1000 - age, v1, body), 0);
    }
    sign(SECRET, NOW_MS / 1000 - 301, body, v1);
    assert_int_equal(verdict(NOW_MS / 1000 - 301, v1, body), -EPERM);
    sign(SECRET, NOW_MS / 1000 + 301, body, v1);
    assert_int_equal(verdict(NOW_MS / 1000 + 301, v1, body), -EPERM);
}

static void every_altered_byte_is_refused(void **state)
{
    char altered[sizeof(body)];
    char v1[65];

    (void)state;
    sign(SECRET, NOW_MS / 1000, body, v1);
    for (size_t i = 0; i < sizeof(body) - 1; i++) {
        memcpy(altered, body, sizeof(body));
        altered[i] ^= 1;
        assert_int_equal(verdict(NOW_MS / 1000, v1, altered), -EPERM);
    }
    for (size_t i = 0; i < 64; i++) {
        char digit = v1[i];

        v1[i] = digit == '0' ? '1' : '0';
        assert_int_equal(verdict(NOW_MS / 1000, v1, body), -EPERM);
        v1[i] = digit;
    }
    assert_int_equal(verdict(NOW_MS / 1000 + 1, v1, body), -EPERM);
    sign("whsec_other", NOW_MS / 1000, body, v1);
    assert_int_equal(verdict(NOW_MS / 1000, v1, body), -EPERM);
}

static void any_of_several_signatures_may_be_ours(void **state)
{
    char ours[65];
    char theirs[65];
    char header[400];

    (void)state;
    sign(SECRET, NOW_MS / 1000, body, ours);
    sign("whsec_old", NOW_MS / 1000, body, theirs);
    (void)snprintf(header, sizeof(header), "t=%lld,v1=%s,v1=%s",
                   (long long)(NOW_MS / 1000), theirs, ours);
    assert_int_equal(stripe_verify(SECRET, slice_of_text(body), header, NOW_MS),
                     0);
}

static void a_header_that_says_nothing_is_unreadable(void **state)
{
    static const char *const headers[] = {
        "",
        ",",
        "t=",
        "v1=",
        "t=1795700000",
        "t=12x,v1=00",
        "t=1,v1=zz",
        "v1=" ZEROS,
        "t=123456789012345678901234567890,v1=" ZEROS,
    };

    (void)state;
    assert_int_equal(stripe_verify(SECRET, slice_of_text(body), NULL, NOW_MS),
                     -EBADMSG);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        assert_int_equal(
            stripe_verify(SECRET, slice_of_text(body), headers[i], NOW_MS),
            -EBADMSG);
}

static void events_say_what_to_fetch(void **state)
{
    static const struct {
        const char *body;
        const char *about;
    } rows[] = {
        { body, "cs_test_1" },
        { "{\"id\":\"evt_2\",\"data\":{\"object\":{\"object\":"
          "\"payment_intent\",\"id\":\"pi_1\"}}}",
          "pi_1" },
        { "{\"id\":\"evt_3\",\"data\":{\"object\":{\"object\":\"charge\","
          "\"id\":\"ch_1\",\"payment_intent\":\"pi_2\"}}}",
          "pi_2" },
        { "{\"id\":\"evt_4\",\"data\":{\"object\":{\"object\":\"customer\","
          "\"id\":\"cus_1\"}}}",
          "" },
        { "{\"id\":\"evt_5\"}", "" },
    };
    static const char *const unreadable[] = { "",   "{",          "[]",  "7",
                                              "{}", "{\"id\":3}", "null" };
    struct payment_event event;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(stripe_read_event(slice_of_text(rows[i].body), &event),
                         0);
        assert_memory_equal(event.id, "evt_", 4);
        assert_string_equal(event.about, rows[i].about);
    }
    for (size_t i = 0; i < sizeof(unreadable) / sizeof(unreadable[0]); i++)
        assert_int_equal(
            stripe_read_event(slice_of_text(unreadable[i]), &event), -EBADMSG);
}

static enum payment_status status_of(const char *members)
{
    struct payment_state read;
    char text[600];

    (void)snprintf(text, sizeof(text),
                   "{\"object\":\"checkout.session\",\"id\":\"cs_1\",%s}",
                   members);
    assert_int_equal(stripe_read_session(slice_of_text(text), &read), 0);
    return read.status;
}

static void sessions_say_how_the_payment_stands(void **state)
{
    (void)state;
    assert_int_equal(
        status_of("\"status\":\"open\",\"payment_status\":\"unpaid\""),
        PAYMENT_OPEN);
    assert_int_equal(
        status_of("\"status\":\"complete\",\"payment_status\":\"paid\""),
        PAYMENT_PAID);
    assert_int_equal(
        status_of("\"status\":\"complete\",\"payment_status\":\"unpaid\""),
        PAYMENT_OPEN);
    assert_int_equal(
        status_of("\"status\":\"expired\",\"payment_status\":\"unpaid\""),
        PAYMENT_EXPIRED);
    assert_int_equal(
        status_of("\"status\":\"open\",\"payment_status\":\"unpaid\","
                  "\"payment_intent\":{\"last_payment_error\":{\"code\":"
                  "\"card_declined\"}}"),
        PAYMENT_DECLINED);
}

static void a_session_is_read_whole(void **state)
{
    static const char text[] =
        "{\"object\":\"checkout.session\",\"id\":\"cs_1\",\"url\":"
        "\"https://pay.example/c/1\",\"client_reference_id\":"
        "\"AQIDBAUGBwgJCgsMDQ4PEA\",\"metadata\":{\"key\":\"k-1\"},"
        "\"status\":\"complete\",\"payment_status\":\"paid\","
        "\"amount_total\":3000,\"currency\":\"eur\",\"created\":1795700000,"
        "\"payment_intent\":{\"id\":\"pi_1\",\"latest_charge\":"
        "{\"amount_refunded\":1000,\"disputed\":true}}}";
    struct payment_state read;

    (void)state;
    assert_int_equal(stripe_read_session(slice_of_text(text), &read), 0);
    assert_string_equal(read.checkout, "cs_1");
    assert_string_equal(read.url, "https://pay.example/c/1");
    assert_string_equal(read.reference, "AQIDBAUGBwgJCgsMDQ4PEA");
    assert_string_equal(read.key, "k-1");
    assert_int_equal(read.amount.minor, 3000);
    assert_string_equal(read.amount.currency, "EUR");
    assert_int_equal(read.refunded_minor, 1000);
    assert_true(read.disputed);
    assert_int_equal(read.created_ms, NOW_MS);
    assert_int_equal(stripe_read_session(slice_of_text("{}"), &read), -EBADMSG);
}

static void only_tls_leaves_this_machine(void **state)
{
    static const char *const safe[] = {
        "https://api.stripe.com", "http://127.0.0.1:8080",
        "http://localhost:1/x",   "http://payment.localhost:8093",
        "http://[::1]:9",
    };
    static const char *const unsafe[] = {
        "http://api.stripe.com",
        "http://localhost.example.org",
        "http://127.0.0.1.example",
        "ftp://localhost",
        "file:///etc/passwd",
        "",
        "http://localhost@evil.example",
        "smtp://localhost",
        "http://notlocalhost",
        "http://10.0.0.1",
    };
    struct stripe *stripe = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
        if (!http_url_is_safe(safe[i]))
            fail_msg("refused: %s", safe[i]);
    for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
        if (http_url_is_safe(unsafe[i]))
            fail_msg("let through: %s", unsafe[i]);
    assert_int_equal(
        stripe_new("http://api.stripe.com", "sk_1", "whsec_1", &stripe),
        -EINVAL);
    assert_int_equal(stripe_new("https://api.stripe.com", "sk_1\r\nX: y",
                                "whsec_1", &stripe),
                     -EINVAL);
    assert_null(stripe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_signature_passes_for_five_minutes),
        cmocka_unit_test(every_altered_byte_is_refused),
        cmocka_unit_test(any_of_several_signatures_may_be_ours),
        cmocka_unit_test(a_header_that_says_nothing_is_unreadable),
        cmocka_unit_test(events_say_what_to_fetch),
        cmocka_unit_test(sessions_say_how_the_payment_stands),
        cmocka_unit_test(a_session_is_read_whole),
        cmocka_unit_test(only_tls_leaves_this_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
