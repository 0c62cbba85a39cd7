/* Both makers of AES-GCM against published vectors and against each other. */
#include "media/transport/aead.h"

#include "base/secret.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAKERS    2
#define TEXT_MOST 1500 /* bytes */
#define TURNS     3000

static const enum aead_maker makers[MAKERS] = { AEAD_OPENSSL, AEAD_IPSEC_MB };

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t length = strlen(hex) / 2;

    for (size_t i = 0; i < length; i++)
        out[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    return length;
}

struct vector {
    const char *key, *iv, *clear, *plain, *sealed;
};

/* McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: test
 * cases 1, 2, 3 and 4. */
static const struct vector vectors[] = {
    { "00000000000000000000000000000000", "000000000000000000000000", "", "",
      "58e2fccefa7e3061367f1d57a4e7455a" },
    { "00000000000000000000000000000000", "000000000000000000000000", "",
      "00000000000000000000000000000000",
      "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf" },
    { "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95"
      "956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b2"
      "5466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f59854d5c2af327cd64a6"
      "2cf35abd2ba6fab4" },
    { "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
      "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95"
      "956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b2"
      "5466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95a"
      "e7121a47" },
};

static void gives_published_results(void **state)
{
    (void)state;
    for (size_t m = 0; m < MAKERS; m++) {
        if (!aead_choose(makers[m]))
            continue;
        for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
            const struct vector *vector = &vectors[i];
            uint8_t key[AEAD_KEY_BYTES], iv[AEAD_IV_BYTES], clear[32];
            uint8_t plain[64], sealed[80], out[80];
            struct aead to, from;
            size_t length = from_hex(vector->plain, plain);
            size_t readable = from_hex(vector->clear, clear);

            from_hex(vector->key, key);
            from_hex(vector->iv, iv);
            from_hex(vector->sealed, sealed);
            assert_int_equal(aead_init(&to, AEAD_SEAL, key), 0);
            assert_int_equal(aead_init(&from, AEAD_OPEN, key), 0);
            assert_int_equal(aead_seal(&to, iv, slice(clear, readable),
                                       slice(plain, length), out),
                             0);
            assert_memory_equal(out, sealed, length + AEAD_TAG_BYTES);
            assert_int_equal(
                aead_open(&from, iv, slice(clear, readable), out, length), 0);
            assert_memory_equal(out, plain, length);
            aead_release(&to);
            aead_release(&from);
        }
    }
}

static void seals(enum aead_maker maker, const uint8_t *key, const uint8_t *iv,
                  struct slice clear, struct slice text, uint8_t *out)
{
    struct aead aead;

    assert_true(aead_choose(maker));
    assert_int_equal(aead_init(&aead, AEAD_SEAL, key), 0);
    assert_int_equal(aead_seal(&aead, iv, clear, text, out), 0);
    aead_release(&aead);
}

static int opens(enum aead_maker maker, const uint8_t *key, const uint8_t *iv,
                 struct slice clear, uint8_t *text, size_t length)
{
    struct aead aead;
    int err;

    assert_true(aead_choose(maker));
    assert_int_equal(aead_init(&aead, AEAD_OPEN, key), 0);
    err = aead_open(&aead, iv, clear, text, length);
    aead_release(&aead);
    return err;
}

static size_t random_below(size_t end)
{
    uint32_t value;

    secret_random(&value, sizeof(value));
    return value % end;
}

/* Any length, from where it lies or in place, and any bit turned over. */
static void makers_agree(void **state)
{
    static uint8_t text[TEXT_MOST], one[TEXT_MOST + AEAD_TAG_BYTES],
        other[TEXT_MOST + AEAD_TAG_BYTES];

    (void)state;
    if (!aead_choose(AEAD_IPSEC_MB))
        skip();
    for (int turn = 0; turn < TURNS; turn++) {
        uint8_t key[AEAD_KEY_BYTES], iv[AEAD_IV_BYTES], bytes[64];
        size_t length = random_below(TEXT_MOST + 1);
        struct slice clear = slice(bytes, 8 + random_below(56));
        size_t flipped = random_below(length + AEAD_TAG_BYTES);

        secret_random(key, sizeof(key));
        secret_random(iv, sizeof(iv));
        secret_random(bytes, sizeof(bytes));
        secret_random(text, sizeof(text));
        seals(AEAD_OPENSSL, key, iv, clear, slice(text, length), one);
        memcpy(other, text, length);
        seals(AEAD_IPSEC_MB, key, iv, clear, slice(other, length), other);
        assert_memory_equal(one, other, length + AEAD_TAG_BYTES);

        assert_int_equal(opens(AEAD_IPSEC_MB, key, iv, clear, one, length), 0);
        assert_memory_equal(one, text, length);
        other[flipped] ^= (uint8_t)(1 << random_below(8));
        memcpy(one, other, sizeof(one));
        assert_int_equal(opens(AEAD_IPSEC_MB, key, iv, clear, one, length),
                         -EACCES);
        assert_int_equal(opens(AEAD_OPENSSL, key, iv, clear, other, length),
                         -EACCES);
    }
}

static void refuses_another_header(void **state)
{
    const uint8_t key[AEAD_KEY_BYTES] = { 1 }, iv[AEAD_IV_BYTES] = { 2 };
    uint8_t clear[12] = { 0x80 }, out[5 + AEAD_TAG_BYTES];

    (void)state;
    for (size_t m = 0; m < MAKERS; m++) {
        if (!aead_choose(makers[m]))
            continue;
        clear[11] = 0;
        seals(makers[m], key, iv, slice(clear, sizeof(clear)),
              slice("voice", 5), out);
        clear[11] = 1;
        assert_int_equal(
            opens(makers[m], key, iv, slice(clear, sizeof(clear)), out, 5),
            -EACCES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_published_results),
        cmocka_unit_test(makers_agree),
        cmocka_unit_test(refuses_another_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
