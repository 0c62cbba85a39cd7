#include "base/text.h"

#include <errno.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void text_base64url(struct slice bytes, char *out)
{
    uint32_t bits = 0;
    unsigned have = 0;

    for (size_t i = 0; i < bytes.length; i++) {
        bits = bits << 8 | bytes.data[i];
        have += 8;
        while (have >= 6) {
            have -= 6;
            *out++ = alphabet[bits >> have & 63];
        }
    }
    if (have > 0)
        *out++ = alphabet[bits << (6 - have) & 63];
    *out = '\0';
}

int text_base64url_read(struct slice text, void *out, size_t length)
{
    if (text.length != BASE64URL_SIZE(length) - 1 || length > 256)
        return -EBADMSG;

    uint8_t bytes[256];
    size_t done = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.length; i++) {
        const char *at = text.data[i] ? strchr(alphabet, text.data[i]) : NULL;
        if (!at)
            return -EBADMSG;
        bits = bits << 6 | (uint32_t)(at - alphabet);
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes[done++] = (uint8_t)(bits >> have);
        }
    }
    if (bits & ((1u << have) - 1)) /* spare bits: a second spelling */
        return -EBADMSG;
    memcpy(out, bytes, length);
    return 0;
}

void text_hex(struct slice bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.length; i++) {
        *out++ = digits[bytes.data[i] >> 4];
        *out++ = digits[bytes.data[i] & 15];
    }
    *out = '\0';
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int text_hex_read(struct slice text, void *out, size_t length)
{
    uint8_t *bytes = out;

    if (text.length != length * 2)
        return -EBADMSG;
    for (size_t i = 0; i < text.length; i++)
        if (hex_digit(text.data[i]) < 0)
            return -EBADMSG;
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(hex_digit(text.data[2 * i]) << 4 |
                             hex_digit(text.data[2 * i + 1]));
    return 0;
}

bool text_copy(char *out, size_t size, struct slice text)
{
    if (text.length >= size) {
        out[0] = '\0';
        return false;
    }
    if (text.length > 0)
        memcpy(out, text.data, text.length);
    out[text.length] = '\0';
    return true;
}

/* Bytes that follow the first one of a UTF-8 sequence; -1: not a first byte. */
static int following(uint8_t first)
{
    if (first < 0x80)
        return 0;
    if (first >= 0xc2 && first <= 0xdf)
        return 1;
    if (first >= 0xe0 && first <= 0xef)
        return 2;
    if (first >= 0xf0 && first <= 0xf4)
        return 3;
    return -1;
}

static bool is_scalar(uint32_t code, int more)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };

    if (code < least[more] || code > 0x10ffff)
        return false;
    return code < 0xd800 || code > 0xdfff;
}

bool text_is_clean(struct slice text, bool lines)
{
    for (size_t i = 0; i < text.length; i++) {
        uint8_t c = text.data[i];
        int more = following(c);
        if (more < 0 || (size_t)more > text.length - i - 1)
            return false;
        uint32_t code = more == 0 ? c : c & (0x3fu >> more);
        for (int k = 0; k < more; k++) {
            uint8_t next = text.data[++i];
            if ((next & 0xc0) != 0x80)
                return false;
            code = code << 6 | (next & 0x3f);
        }
        if (!is_scalar(code, more))
            return false;
        if (code == '\n' || code == '\t') {
            if (!lines)
                return false;
        } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            return false;
        }
    }
    return true;
}
