#include "signaling/store/seal.h"

#include "base/secret.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>

int sealer_init(struct sealer *sealer)
{
    /* Fetched once: looking the cipher up by name costs more than using it. */
    sealer->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    sealer->context = EVP_CIPHER_CTX_new();
    if (sealer->cipher && sealer->context)
        return 0;

    sealer_release(sealer);
    return -ENOMEM;
}

void sealer_release(struct sealer *sealer)
{
    EVP_CIPHER_free(sealer->cipher);
    EVP_CIPHER_CTX_free(sealer->context);
    *sealer = (struct sealer){ NULL, NULL };
}

int seal(struct sealer *sealer, const uint8_t key[SEAL_KEY],
         struct slice header, struct slice plain, uint8_t *nonce, uint8_t *out)
{
    EVP_CIPHER_CTX *context = sealer->context;
    int length;

    if (plain.length > INT_MAX - SEAL_TAG || header.length > INT_MAX)
        return -E2BIG;

    secret_random(nonce, SEAL_NONCE);
    bool ok =
        EVP_EncryptInit_ex2(context, sealer->cipher, key, nonce, NULL) == 1 &&
        EVP_EncryptUpdate(context, NULL, &length, header.data,
                          (int)header.length) == 1 &&
        (plain.length == 0 ||
         EVP_EncryptUpdate(context, out, &length, plain.data,
                           (int)plain.length) == 1) &&
        EVP_EncryptFinal_ex(context, out + plain.length, &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG,
                            out + plain.length) == 1;
    EVP_CIPHER_CTX_reset(context);
    return ok ? 0 : -EIO;
}

int unseal(struct sealer *sealer, const uint8_t key[SEAL_KEY],
           struct slice header, struct slice nonce, struct slice sealed,
           uint8_t *out)
{
    EVP_CIPHER_CTX *context = sealer->context;
    uint8_t tag[SEAL_TAG];
    int length;

    if (nonce.length != SEAL_NONCE || sealed.length < SEAL_TAG ||
        sealed.length > INT_MAX)
        return -EBADMSG;

    size_t plain = sealed.length - SEAL_TAG;
    memcpy(tag, sealed.data + plain, SEAL_TAG);
    bool ok = EVP_DecryptInit_ex2(context, sealer->cipher, key, nonce.data,
                                  NULL) == 1 &&
              EVP_DecryptUpdate(context, NULL, &length, header.data,
                                (int)header.length) == 1 &&
              (plain == 0 || EVP_DecryptUpdate(context, out, &length,
                                               sealed.data, (int)plain) == 1) &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG,
                                  tag) == 1 &&
              EVP_DecryptFinal_ex(context, out + plain, &length) == 1;
    EVP_CIPHER_CTX_reset(context);
    if (!ok)
        secret_wipe(out, plain);
    return ok ? 0 : -EBADMSG;
}
