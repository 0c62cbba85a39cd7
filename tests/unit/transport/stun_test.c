/* The sample messages of RFC 5769, read and written byte for byte. */
#include "media/transport/stun.h"

#include <errno.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"

static const uint8_t transaction[12] = {
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
};

/* clang-format off */
static const uint8_t request[] = { /* section 2.1 */
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42,
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
    0x80, 0x22, 0x00, 0x10, /* SOFTWARE */
    0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
    0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74,
    0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, /* PRIORITY */
    0x80, 0x29, 0x00, 0x08, /* ICE-CONTROLLED */
    0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36,
    0x00, 0x06, 0x00, 0x09, /* USERNAME */
    0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20,
    0x00, 0x08, 0x00, 0x14, /* MESSAGE-INTEGRITY */
    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e,
    0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2,
    0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf, /* FINGERPRINT */
};

static const uint8_t response_ipv4[] = { /* section 2.2 */
    0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42,
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
    0x80, 0x22, 0x00, 0x0b, /* SOFTWARE */
    0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20,
    0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
    0x00, 0x08, 0x00, 0x14, /* MESSAGE-INTEGRITY */
    0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74,
    0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7,
    0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96, /* FINGERPRINT */
};

static const uint8_t response_ipv6[] = { /* section 2.3 */
    0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42,
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
    0x80, 0x22, 0x00, 0x0b, /* SOFTWARE */
    0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20,
    0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, /* XOR-MAPPED-ADDRESS */
    0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79,
    0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
    0x00, 0x08, 0x00, 0x14, /* MESSAGE-INTEGRITY */
    0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84,
    0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75, 0xbf, 0xe3, 0xed, 0x41,
    0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c, /* FINGERPRINT */
};

static const uint8_t long_term[] = { /* section 2.4 */
    0x00, 0x01, 0x00, 0x60, 0x21, 0x12, 0xa4, 0x42,
    0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0, 0x29, 0xda, 0x41, 0x2e,
    0x00, 0x06, 0x00, 0x12, /* USERNAME */
    0xe3, 0x83, 0x9e, 0xe3, 0x83, 0x88, 0xe3, 0x83, 0xaa, 0xe3,
    0x83, 0x83, 0xe3, 0x82, 0xaf, 0xe3, 0x82, 0xb9, 0x00, 0x00,
    0x00, 0x15, 0x00, 0x1c, /* NONCE */
    0x66, 0x2f, 0x2f, 0x34, 0x39, 0x39, 0x6b, 0x39, 0x35, 0x34,
    0x64, 0x36, 0x4f, 0x4c, 0x33, 0x34, 0x6f, 0x4c, 0x39, 0x46,
    0x53, 0x54, 0x76, 0x79, 0x36, 0x34, 0x73, 0x41,
    0x00, 0x14, 0x00, 0x0b, /* REALM */
    0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6f, 0x72, 0x67, 0x00,
    0x00, 0x08, 0x00, 0x14, /* MESSAGE-INTEGRITY */
    0xf6, 0x70, 0x24, 0x65, 0x6d, 0xd6, 0x4a, 0x3e, 0x02, 0xb8,
    0xe0, 0x71, 0x2e, 0x85, 0xc9, 0xa2, 0x8c, 0xa8, 0x96, 0x66,
};
/* clang-format on */

static void reads_the_sample_request(void **state)
{
    struct stun_message message;

    (void)state;
    assert_int_equal(stun_read(slice(request, sizeof(request)), &message), 0);
    assert_int_equal(message.class, STUN_REQUEST);
    assert_int_equal(message.method, STUN_BINDING);
    assert_memory_equal(message.transaction, transaction, 12);
    assert_true(slice_is_text(message.software, "STUN test client"));
    assert_true(slice_is_text(message.username, "evtj:h6vY"));
    assert_true(message.has_priority);
    assert_int_equal(message.priority, 0x6e0001ff);
    assert_true(message.controlled && !message.controlling);
    assert_true(message.tie_breaker == 0x932ff9b151263b36);
    assert_true(message.has_fingerprint);
    assert_true(stun_integrity_ok(&message, slice_of_text(PASSWORD)));
    assert_false(stun_integrity_ok(&message, slice_of_text("another")));
    assert_true(slice_is_text(
        stun_peek_username(slice(request, sizeof(request))), "evtj:h6vY"));
}

static void check_response(struct slice packet, struct address expected)
{
    struct stun_message message;

    assert_int_equal(stun_read(packet, &message), 0);
    assert_int_equal(message.class, STUN_SUCCESS);
    assert_true(slice_is_text(message.software, "test vector"));
    assert_true(address_equal(&message.mapped, &expected));
    assert_true(message.has_fingerprint);
    assert_true(stun_integrity_ok(&message, slice_of_text(PASSWORD)));
}

static struct address sample_ipv4(void)
{
    return address_ipv4((const uint8_t[]){ 192, 0, 2, 1 }, 32853);
}

static struct address sample_ipv6(void)
{
    static const uint8_t bytes[16] = {
        0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, 0x78,
        0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
    };
    return address_ipv6(bytes, 32853);
}

static void reads_the_sample_responses(void **state)
{
    (void)state;
    check_response(slice(response_ipv4, sizeof(response_ipv4)), sample_ipv4());
    check_response(slice(response_ipv6, sizeof(response_ipv6)), sample_ipv6());
}

static void checks_the_long_term_sample(void **state)
{
    /* The key is MD5 of name, realm and password (RFC 8489, section 9.2.2). */
    static const char text[] =
        "\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82"
        "\xb9:example.org:TheMatrIX";
    struct stun_message message;
    uint8_t key[EVP_MAX_MD_SIZE];
    unsigned int length = 0;

    (void)state;
    EVP_Digest(text, sizeof(text) - 1, key, &length, EVP_md5(), NULL);
    assert_int_equal(stun_read(slice(long_term, sizeof(long_term)), &message),
                     0);
    assert_false(message.has_fingerprint);
    assert_true(stun_integrity_ok(&message, slice(key, length)));
}

static void check_written(const struct stun_content *content,
                          struct slice expected)
{
    uint8_t bytes[256];
    struct writer out = writer_into(bytes, sizeof(bytes));

    assert_int_equal(stun_write(content, slice_of_text(PASSWORD), &out), 0);
    assert_int_equal(out.length, expected.length);
    assert_memory_equal(bytes, expected.data, expected.length);
}

static void writes_the_samples(void **state)
{
    struct address ipv4 = sample_ipv4(), ipv6 = sample_ipv6();
    struct stun_content asked = {
        .class = STUN_REQUEST,
        .method = STUN_BINDING,
        .transaction = transaction,
        .software = slice_of_text("STUN test client"),
        .username = slice_of_text("evtj:h6vY"),
        .priority = 0x6e0001ff,
        .controlled = true,
        .tie_breaker = 0x932ff9b151263b36,
        .padding = ' ',
    };
    struct stun_content answered = {
        .class = STUN_SUCCESS,
        .method = STUN_BINDING,
        .transaction = transaction,
        .software = slice_of_text("test vector"),
        .mapped = &ipv4,
        .padding = ' ',
    };

    (void)state;
    check_written(&asked, slice(request, sizeof(request)));
    check_written(&answered, slice(response_ipv4, sizeof(response_ipv4)));
    answered.mapped = &ipv6;
    check_written(&answered, slice(response_ipv6, sizeof(response_ipv6)));
}

static void refuses_every_shortened_and_every_flipped_packet(void **state)
{
    struct stun_message message;
    uint8_t bytes[sizeof(request)];

    (void)state;
    for (size_t length = 0; length < sizeof(request); length++)
        assert_int_equal(stun_read(slice(request, length), &message), -EBADMSG);
    for (size_t i = 0; i < sizeof(request) * 8; i++) {
        memcpy(bytes, request, sizeof(request));
        bytes[i / 8] ^= (uint8_t)(1u << (i % 8));
        /* A flip in FINGERPRINT's own type hides it; integrity still holds. */
        if (i / 8 == sizeof(request) - 8 || i / 8 == sizeof(request) - 7)
            continue;
        /* A longer attribute may swallow the rest: then nothing is signed. */
        if (stun_read(slice(bytes, sizeof(bytes)), &message) == 0)
            assert_false(stun_integrity_ok(&message, slice_of_text(PASSWORD)));
    }
}

static void ignores_what_follows_integrity(void **state)
{
    /* A nomination smuggled in behind the integrity must not count. */
    uint8_t bytes[sizeof(long_term) + 4];
    struct stun_message message;

    (void)state;
    memcpy(bytes, long_term, sizeof(long_term));
    memcpy(bytes + sizeof(long_term), "\x00\x25\x00\x00", 4);
    bytes[3] = (uint8_t)(bytes[3] + 4);
    assert_int_equal(stun_read(slice(bytes, sizeof(bytes)), &message), 0);
    assert_false(message.use_candidate);
}

static void writes_errors_and_reads_them(void **state)
{
    uint8_t bytes[128];
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct stun_content content = {
        .class = STUN_ERROR,
        .method = STUN_BINDING,
        .transaction = transaction,
        .error_code = STUN_ROLE_CONFLICT,
        .error_reason = "Role Conflict",
    };
    struct stun_message message;

    (void)state;
    assert_int_equal(stun_write(&content, slice_of_text("pwd"), &out), 0);
    assert_int_equal(stun_read(writer_done(&out), &message), 0);
    assert_int_equal(message.class, STUN_ERROR);
    assert_int_equal(message.error_code, 487);
    assert_true(stun_integrity_ok(&message, slice_of_text("pwd")));

    struct writer small = writer_into(bytes, 40);
    assert_int_equal(stun_write(&content, slice_of_text("pwd"), &small),
                     -ENOBUFS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_sample_request),
        cmocka_unit_test(reads_the_sample_responses),
        cmocka_unit_test(checks_the_long_term_sample),
        cmocka_unit_test(writes_the_samples),
        cmocka_unit_test(refuses_every_shortened_and_every_flipped_packet),
        cmocka_unit_test(ignores_what_follows_integrity),
        cmocka_unit_test(writes_errors_and_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
