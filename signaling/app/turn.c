#include "signaling/app/turn.h"

#include "base/secret.h"
#include "base/text.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#define SHA1_BYTES 20
#define NAME_BYTES 16

void turn_init(struct turn *turn, const char *urls, const char *secret)
{
    *turn = (struct turn){ .secret = secret };
    while (urls && turn->url_count < TURN_URLS_MAX) {
        size_t length;

        urls += strspn(urls, ", ");
        length = strcspn(urls, ", ");
        if (length == 0)
            return;
        if (text_copy(turn->urls[turn->url_count], TURN_TEXT,
                      slice(urls, length)))
            turn->url_count += 1;
        urls += length;
    }
}

/* The server looks no user up: the name carries its own end, and a random part
 * so that its counts are per page and tell nothing. */
void turn_ticket(const struct turn *turn, int64_t now_ms,
                 struct turn_ticket *out)
{
    uint8_t name[NAME_BYTES], mac[SHA1_BYTES] = { 0 };
    char text[32];
    unsigned length = sizeof(mac);

    secret_random(name, sizeof(name));
    text_base64url(slice(name, sizeof(name)), text);
    snprintf(out->user, sizeof(out->user), "%" PRId64 ":%s",
             now_ms / 1000 + TURN_VALID_S, text);
    (void)HMAC(EVP_sha1(), turn->secret, (int)strlen(turn->secret),
               (const uint8_t *)out->user, strlen(out->user), mac, &length);
    EVP_EncodeBlock((uint8_t *)out->password, mac, sizeof(mac));
    secret_wipe(mac, sizeof(mac));
}
