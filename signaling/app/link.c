#include "signaling/app/link.h"

#include "base/secret.h"
#include "base/text.h"
#include "base/writer.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <openssl/hmac.h>

#define CLEAR_BYTES 21 /* visit, person, generation */
#define MAC_BYTES   16 /* of HMAC-SHA-256's 32: beyond guessing */

/* 30 signs, 8 places: 39 bits; wrong tries are counted and end the link. */
static const char code_signs[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

static void hmac(const uint8_t key[LINK_KEY_BYTES], struct slice message,
                 uint8_t out[32])
{
    unsigned length = 32;
    const uint8_t *done = HMAC(EVP_sha256(), key, LINK_KEY_BYTES, message.data,
                               message.length, out, &length);

    assert(done && length == 32);
    (void)done;
}

void link_keys_init(struct link_keys *keys, struct slice secret)
{
    uint8_t root[32];
    unsigned length = 32;

    assert(secret.length >= 16);
    (void)HMAC(EVP_sha256(), "vestibule keys 1", 16, secret.data, secret.length,
               root, &length);
    hmac(root, slice_of_text("link"), keys->link);
    hmac(root, slice_of_text("finder"), keys->finder);
    secret_wipe(root, sizeof(root));
}

/* label keeps tokens and codes of one link apart. */
static void sign(const struct link_keys *keys, const char *label,
                 const struct link *link, uint8_t clear[CLEAR_BYTES],
                 uint8_t out[32])
{
    uint8_t message[16 + CLEAR_BYTES];
    struct writer fields = writer_into(clear, CLEAR_BYTES);
    struct writer all = writer_into(message, sizeof(message));

    writer_bytes(&fields, slice(link->visit.bytes, ID_BYTES));
    writer_u8(&fields, (uint8_t)link->person);
    writer_u32(&fields, link->generation);
    writer_text(&all, label);
    writer_u8(&all, 0);
    writer_bytes(&all, slice(clear, CLEAR_BYTES));
    assert(!fields.failed && !all.failed);
    hmac(keys->link, writer_done(&all), out);
}

void link_token(const struct link_keys *keys, const struct link *link,
                char out[LINK_TOKEN_TEXT])
{
    uint8_t token[LINK_TOKEN_BYTES];
    uint8_t mac[32];

    sign(keys, "token", link, token, mac);
    memcpy(token + CLEAR_BYTES, mac, MAC_BYTES);
    text_base64url(slice(token, sizeof(token)), out);
}

int link_read(const struct link_keys *keys, struct slice text, struct link *out)
{
    uint8_t token[LINK_TOKEN_BYTES];
    uint8_t clear[CLEAR_BYTES];
    uint8_t mac[32];
    struct link link = { .person = LINK_PATIENT };

    if (text_base64url_read(text, token, sizeof(token)))
        return -EBADMSG;
    memcpy(link.visit.bytes, token, ID_BYTES);
    if (token[ID_BYTES] > LINK_GUEST_3)
        return -EBADMSG;
    link.person = (enum link_person)token[ID_BYTES];
    for (int i = 0; i < 4; i++)
        link.generation = link.generation << 8 | token[ID_BYTES + 1 + i];
    sign(keys, "token", &link, clear, mac);
    if (!secret_equal(mac, token + CLEAR_BYTES, MAC_BYTES))
        return -EBADMSG;
    *out = link;
    return 0;
}

void link_code(const struct link_keys *keys, const struct link *link,
               char out[LINK_CODE_TEXT])
{
    uint8_t clear[CLEAR_BYTES];
    uint8_t mac[32];

    sign(keys, "code", link, clear, mac);
    /* Three bytes a place: what the remainder favours is below 1 in 500000. */
    for (size_t i = 0; i < LINK_CODE_TEXT - 1; i++) {
        uint32_t draw = (uint32_t)mac[3 * i] << 16 |
                        (uint32_t)mac[3 * i + 1] << 8 | mac[3 * i + 2];
        out[i] = code_signs[draw % (sizeof(code_signs) - 1)];
    }
    out[LINK_CODE_TEXT - 1] = '\0';
}

void link_pin(const struct link_keys *keys, const struct link *link,
              char out[LINK_PIN_TEXT])
{
    uint8_t clear[CLEAR_BYTES];
    uint8_t mac[32];

    sign(keys, "pin", link, clear, mac);
    for (size_t i = 0; i < LINK_PIN_TEXT - 1; i++)
        out[i] =
            (char)('0' + ((uint32_t)mac[2 * i] << 8 | mac[2 * i + 1]) % 10);
    out[LINK_PIN_TEXT - 1] = '\0';
}

bool link_pin_fits(const struct link_keys *keys, const struct link *link,
                   struct slice typed)
{
    char pin[LINK_PIN_TEXT];
    char read[LINK_PIN_TEXT] = "";
    size_t length = 0;

    for (size_t i = 0; i < typed.length; i++) {
        if (typed.data[i] == ' ' || typed.data[i] == '-')
            continue;
        if (length == LINK_PIN_TEXT - 1)
            return false;
        read[length++] = (char)typed.data[i];
    }
    link_pin(keys, link, pin);
    return secret_equal(pin, read, LINK_PIN_TEXT);
}

bool link_code_read(struct slice typed, char out[LINK_CODE_TEXT])
{
    char code[LINK_CODE_TEXT];
    size_t length = 0;

    for (size_t i = 0; i < typed.length; i++) {
        int sign = toupper(typed.data[i]);
        if (sign == ' ' || sign == '-' || sign == '.')
            continue;
        if (sign == '\0' || !strchr(code_signs, sign) ||
            length == LINK_CODE_TEXT - 1)
            return false;
        code[length++] = (char)sign;
    }
    if (length != LINK_CODE_TEXT - 1)
        return false;
    code[length] = '\0';
    memcpy(out, code, sizeof(code));
    return true;
}
