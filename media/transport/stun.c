#include "media/transport/stun.h"

#include "base/reader.h"
#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define COOKIE          0x2112a442u
#define INTEGRITY_BYTES 20
#define FINGERPRINT_XOR 0x5354554eu /* "STUN"; RFC 8489, section 14.7 */

enum attribute {
    MAPPED_ADDRESS = 0x0001,
    USERNAME = 0x0006,
    MESSAGE_INTEGRITY = 0x0008,
    ERROR_CODE = 0x0009,
    UNKNOWN_ATTRIBUTES = 0x000a,
    REALM = 0x0014,
    NONCE = 0x0015,
    XOR_MAPPED_ADDRESS = 0x0020,
    PRIORITY = 0x0024,
    USE_CANDIDATE = 0x0025,
    SOFTWARE = 0x8022,
    FINGERPRINT = 0x8028,
    ICE_CONTROLLED = 0x8029,
    ICE_CONTROLLING = 0x802a,
};

/* CRC-32 of ISO 3309, bit by bit: a binding request is a hundred bytes and
 * comes every few seconds, a table would be one more thing to read. */
static uint32_t crc32_of(struct slice bytes)
{
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < bytes.length; i++) {
        crc ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

/* Byte i of what addresses are masked with: cookie, then transaction
 * (RFC 8489, section 14.2). */
static uint8_t mask_byte(const uint8_t *transaction, size_t i)
{
    static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

    return i < sizeof(cookie) ? cookie[i] : transaction[i - sizeof(cookie)];
}

static size_t padded(size_t length)
{
    return (length + 3) & ~(size_t)3;
}

/*
 * The HMAC covers the packet up to the attribute, with the header's length
 * field saying that the packet ends right after it (RFC 8489, section 14.5).
 */
static bool integrity_of(struct slice before, struct slice key,
                         uint8_t out[INTEGRITY_BYTES])
{
    uint8_t text[2048];
    size_t length = before.length - STUN_HEADER_BYTES + 4 + INTEGRITY_BYTES;
    unsigned int size = INTEGRITY_BYTES;

    if (before.length > sizeof(text) || length > UINT16_MAX ||
        key.length > INT_MAX)
        return false;
    memcpy(text, before.data, before.length);
    text[2] = (uint8_t)(length >> 8);
    text[3] = (uint8_t)length;
    return HMAC(EVP_sha1(), key.data, (int)key.length, text, before.length, out,
                &size) != NULL;
}

bool stun_integrity_ok(const struct stun_message *message, struct slice key)
{
    uint8_t expected[INTEGRITY_BYTES];
    size_t at = message->integrity_at;

    if (at == 0 || key.length == 0 ||
        !integrity_of(slice(message->packet.data, at), key, expected))
        return false;
    return secret_equal(expected, message->packet.data + at + 4,
                        INTEGRITY_BYTES);
}

/* ---- reading --------------------------------------------------------------
 */

static void read_xor_address(struct slice value, const uint8_t *transaction,
                             struct address *out)
{
    struct reader in = reader_of(value);
    uint8_t bytes[16] = { 0 };

    reader_u8(&in);
    uint8_t family = reader_u8(&in);
    uint16_t port = reader_u16(&in) ^ (uint16_t)(COOKIE >> 16);
    size_t length = family == 1 ? 4 : 16;
    struct slice host = reader_bytes(&in, length);
    if (in.failed || (family != 1 && family != 2) || in.rest.length > 0)
        return;

    for (size_t i = 0; i < length; i++)
        bytes[i] = host.data[i] ^ mask_byte(transaction, i);
    *out = family == 1 ? address_ipv4(bytes, port) : address_ipv6(bytes, port);
}

static int read_error_code(struct slice value, uint16_t *out)
{
    struct reader in = reader_of(value);

    reader_u16(&in);
    unsigned int hundreds = reader_u8(&in) & 7u;
    unsigned int rest = reader_u8(&in);
    if (in.failed || hundreds < 3 || hundreds > 6 || rest > 99)
        return -EBADMSG;
    *out = (uint16_t)(hundreds * 100 + rest);
    return 0;
}

static int read_number(struct slice value, size_t length, uint64_t *out)
{
    struct reader in = reader_of(value);

    if (value.length != length)
        return -EBADMSG;
    *out = length == 4 ? reader_u32(&in) : reader_u64(&in);
    return 0;
}

static int read_username(struct slice value, struct stun_message *out)
{
    if (value.length > STUN_USERNAME_MAX)
        return -EBADMSG;
    out->username = value;
    return 0;
}

static int read_role(uint16_t type, struct slice value,
                     struct stun_message *out)
{
    out->controlling = type == ICE_CONTROLLING;
    out->controlled = type == ICE_CONTROLLED;
    return read_number(value, 8, &out->tie_breaker);
}

static int read_priority(struct slice value, struct stun_message *out)
{
    uint64_t number = 0;
    int err = read_number(value, 4, &number);

    out->priority = (uint32_t)number;
    out->has_priority = !err;
    return err;
}

static int read_attribute(uint16_t type, struct slice value,
                          struct stun_message *out)
{
    switch (type) {
    case USERNAME:
        return read_username(value, out);
    case SOFTWARE:
        out->software = value;
        return 0;
    case XOR_MAPPED_ADDRESS:
        read_xor_address(value, out->transaction, &out->mapped);
        return 0;
    case PRIORITY:
        return read_priority(value, out);
    case USE_CANDIDATE:
        out->use_candidate = true;
        return 0;
    case ICE_CONTROLLED:
    case ICE_CONTROLLING:
        return read_role(type, value, out);
    case ERROR_CODE:
        return read_error_code(value, &out->error_code);
    case MAPPED_ADDRESS:
    case UNKNOWN_ATTRIBUTES:
    case REALM:
    case NONCE:
        return 0;
    default:
        /* Types below 0x8000 must be understood (RFC 8489, section 14). */
        if (type < 0x8000 && out->unknown == 0)
            out->unknown = type;
        return 0;
    }
}

static int read_fingerprint(struct slice value, size_t at, struct slice rest,
                            struct stun_message *out)
{
    uint64_t number;

    /* It is the last attribute, always (RFC 8489, section 14.7). */
    if (rest.length > 0 || read_number(value, 4, &number))
        return -EBADMSG;
    if ((crc32_of(slice(out->packet.data, at)) ^ FINGERPRINT_XOR) != number)
        return -EBADMSG;
    out->has_fingerprint = true;
    return 0;
}

static int read_attributes(struct reader *in, struct stun_message *out)
{
    while (in->rest.length > 0) {
        size_t at = out->packet.length - in->rest.length;
        uint16_t type = reader_u16(in);
        size_t length = reader_u16(in);
        struct slice value = reader_bytes(in, length);
        int err = 0;

        reader_bytes(in, padded(length) - length);
        if (in->failed)
            return -EBADMSG;
        if (type == FINGERPRINT)
            err = read_fingerprint(value, at, in->rest, out);
        else if (out->integrity_at != 0)
            continue; /* not covered by it: ignored (RFC 8489, 14.5) */
        else if (type == MESSAGE_INTEGRITY && length == INTEGRITY_BYTES)
            out->integrity_at = at;
        else if (type == MESSAGE_INTEGRITY)
            err = -EBADMSG;
        else
            err = read_attribute(type, value, out);
        if (err)
            return err;
    }
    return 0;
}

/* The class is two single bits in the middle of the method (RFC 8489, 5). */
static void read_type(uint16_t type, struct stun_message *out)
{
    out->class = (enum stun_class)((type >> 4 & 1) | (type >> 7 & 2));
    out->method = (uint16_t)((type & 0x000f) | (type & 0x00e0) >> 1 |
                             (type & 0x3e00) >> 2);
}

/* Header only; in is left at the first attribute. */
static int read_header(struct slice packet, struct reader *in,
                       struct stun_message *out)
{
    *out = (struct stun_message){ .packet = packet };
    *in = reader_of(packet);
    uint16_t type = reader_u16(in);
    uint16_t length = reader_u16(in);
    uint32_t cookie = reader_u32(in);
    struct slice transaction = reader_bytes(in, STUN_TRANSACTION_BYTES);

    if (in->failed || type >= 0x4000 || cookie != COOKIE || length % 4 != 0 ||
        length != in->rest.length)
        return -EBADMSG;
    read_type(type, out);
    memcpy(out->transaction, transaction.data, STUN_TRANSACTION_BYTES);
    return 0;
}

int stun_read(struct slice packet, struct stun_message *out)
{
    struct stun_message message;
    struct reader in;
    int err = read_header(packet, &in, &message);

    if (err)
        return err;
    err = read_attributes(&in, &message);
    if (err)
        return err;
    *out = message;
    return 0;
}

struct slice stun_peek_username(struct slice packet)
{
    struct stun_message message;
    struct reader in;

    if (read_header(packet, &in, &message))
        return slice(NULL, 0);
    while (in.rest.length > 0 && !in.failed) {
        uint16_t type = reader_u16(&in);
        size_t length = reader_u16(&in);
        struct slice value = reader_bytes(&in, length);

        reader_bytes(&in, padded(length) - length);
        if (type == USERNAME && value.length <= STUN_USERNAME_MAX)
            return value;
        if (type == MESSAGE_INTEGRITY)
            break;
    }
    return slice(NULL, 0);
}

/* ---- writing --------------------------------------------------------------
 */

static void write_value(struct writer *out, enum attribute type,
                        struct slice value, uint8_t padding)
{
    writer_u16(out, (uint16_t)type);
    writer_u16(out, (uint16_t)value.length);
    writer_bytes(out, value);
    for (size_t i = value.length; i < padded(value.length); i++)
        writer_u8(out, padding);
}

static void write_xor_address(struct writer *out, const struct address *address,
                              const uint8_t *transaction)
{
    bool ipv6 = address->family == ADDRESS_IPV6;
    size_t length = ipv6 ? 16 : 4;

    writer_u16(out, XOR_MAPPED_ADDRESS);
    writer_u16(out, (uint16_t)(length + 4));
    writer_u8(out, 0);
    writer_u8(out, ipv6 ? 2 : 1);
    writer_u16(out, address->port ^ (uint16_t)(COOKIE >> 16));
    for (size_t i = 0; i < length; i++)
        writer_u8(out, address->bytes[i] ^ mask_byte(transaction, i));
}

static void write_error(struct writer *out, const struct stun_content *content)
{
    const char *reason = content->error_reason ? content->error_reason : "";
    struct slice text = slice_of_text(reason);

    writer_u16(out, ERROR_CODE);
    writer_u16(out, (uint16_t)(text.length + 4));
    writer_u16(out, 0);
    writer_u8(out, (uint8_t)(content->error_code / 100));
    writer_u8(out, (uint8_t)(content->error_code % 100));
    writer_bytes(out, text);
    for (size_t i = text.length; i < padded(text.length); i++)
        writer_u8(out, content->padding);
}

static void write_role(struct writer *out, const struct stun_content *content)
{
    if (!content->controlled && !content->controlling)
        return;
    writer_u16(out, content->controlled ? ICE_CONTROLLED : ICE_CONTROLLING);
    writer_u16(out, 8);
    writer_u64(out, content->tie_breaker);
}

/* The order is that of the samples in RFC 5769. */
static void write_attributes(struct writer *out,
                             const struct stun_content *content)
{
    if (content->software.length > 0)
        write_value(out, SOFTWARE, content->software, content->padding);
    if (content->priority) {
        writer_u16(out, PRIORITY);
        writer_u16(out, 4);
        writer_u32(out, content->priority);
    }
    write_role(out, content);
    if (content->use_candidate)
        write_value(out, USE_CANDIDATE, slice(NULL, 0), 0);
    if (content->username.length > 0)
        write_value(out, USERNAME, content->username, content->padding);
    if (content->error_code)
        write_error(out, content);
    if (content->unknown) {
        writer_u16(out, UNKNOWN_ATTRIBUTES);
        writer_u16(out, 2);
        writer_u16(out, content->unknown);
        writer_u16(out, 0);
    }
    if (content->mapped)
        write_xor_address(out, content->mapped, content->transaction);
}

static void set_length(struct writer *out, size_t length)
{
    if (out->failed)
        return;
    out->data[2] = (uint8_t)(length >> 8);
    out->data[3] = (uint8_t)length;
}

int stun_write(const struct stun_content *content, struct slice key,
               struct writer *out)
{
    unsigned int class = content->class;
    unsigned int method = content->method;
    uint8_t integrity[INTEGRITY_BYTES];

    assert(out->length == 0);
    writer_u16(out, (uint16_t)((method & 0x0f) | (class & 1) << 4 |
                               (method & 0x70) << 1 | (class & 2) << 7 |
                               (method & 0xf80) << 2));
    writer_u16(out, 0);
    writer_u32(out, COOKIE);
    writer_bytes(out, slice(content->transaction, STUN_TRANSACTION_BYTES));
    write_attributes(out, content);

    if (key.length > 0) {
        if (out->failed || !integrity_of(writer_done(out), key, integrity))
            return -ENOBUFS;
        write_value(out, MESSAGE_INTEGRITY, slice(integrity, INTEGRITY_BYTES),
                    0);
    }
    /* The checksum covers a length that already counts the fingerprint. */
    set_length(out, out->length + 8 - STUN_HEADER_BYTES);
    uint32_t crc = crc32_of(writer_done(out)) ^ FINGERPRINT_XOR;
    writer_u16(out, FINGERPRINT);
    writer_u16(out, 4);
    writer_u32(out, crc);
    return out->failed ? -ENOBUFS : 0;
}
