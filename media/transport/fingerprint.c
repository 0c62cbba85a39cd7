#include "media/transport/fingerprint.h"

#include <errno.h>

static const struct {
    const char *name; /* RFC 8122, section 5 */
    enum dtls_hash hash;
    size_t length;
} hashes[] = {
    { "sha-256", DTLS_SHA256, 32 },
    { "sha-384", DTLS_SHA384, 48 },
    { "sha-512", DTLS_SHA512, 64 },
};

bool dtls_fingerprint_equal(const struct dtls_fingerprint *a,
                            const struct dtls_fingerprint *b)
{
    return a->hash != DTLS_HASH_NONE && a->hash == b->hash &&
           a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static int digit(uint8_t character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* "AB:CD:…", exactly length bytes. */
static int read_colon_hex(struct slice text, size_t length, uint8_t *out)
{
    if (text.length != 3 * length - 1)
        return -EBADMSG;
    for (size_t i = 0; i < length; i++) {
        int high = digit(text.data[3 * i]);
        int low = digit(text.data[3 * i + 1]);
        bool colon = i + 1 == length || text.data[3 * i + 2] == ':';
        if (high < 0 || low < 0 || !colon)
            return -EBADMSG;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

static bool same_letters(struct slice a, const char *b)
{
    if (a.length != strlen(b))
        return false;
    for (size_t i = 0; i < a.length; i++)
        if ((a.data[i] | 0x20) != (uint8_t)(b[i] | 0x20))
            return false;
    return true;
}

int dtls_fingerprint_read(struct slice text, struct dtls_fingerprint *out)
{
    const uint8_t *space =
        text.length ? memchr(text.data, ' ', text.length) : NULL;

    if (!space)
        return -EBADMSG;
    struct slice name = slice(text.data, (size_t)(space - text.data));
    struct slice hex = slice(space + 1, text.length - name.length - 1);
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        struct dtls_fingerprint read = {
            .hash = hashes[i].hash,
            .length = hashes[i].length,
        };
        if (!same_letters(name, hashes[i].name))
            continue;
        int err = read_colon_hex(hex, read.length, read.bytes);
        if (!err)
            *out = read;
        return err;
    }
    return -ENOTSUP;
}
