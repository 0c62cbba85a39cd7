#include "media/transport/aead.h"

#include "base/secret.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>

#ifdef HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

/* ---- OpenSSL ---------------------------------------------------------------
 */

static int openssl_init(struct aead *aead, enum aead_direction direction,
                        const uint8_t *key)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx && EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, NULL,
                                 direction == AEAD_SEAL) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        ctx = NULL;
    }
    aead->openssl = ctx;
    return ctx ? 0 : -ENOMEM;
}

static bool pass(EVP_CIPHER_CTX *ctx, struct slice clear, struct slice text,
                 uint8_t *out)
{
    int length;

    return EVP_CipherUpdate(ctx, NULL, &length, clear.data,
                            (int)clear.length) == 1 &&
           (text.length == 0 || EVP_CipherUpdate(ctx, out, &length, text.data,
                                                 (int)text.length) == 1);
}

static int openssl_seal(EVP_CIPHER_CTX *ctx, const uint8_t *iv,
                        struct slice clear, struct slice text, uint8_t *out)
{
    OSSL_PARAM tag[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG,
                                          out + text.length, AEAD_TAG_BYTES),
        OSSL_PARAM_construct_end(),
    };
    int length;

    if (EVP_EncryptInit_ex2(ctx, NULL, NULL, iv, NULL) != 1 ||
        !pass(ctx, clear, text, out) ||
        EVP_EncryptFinal_ex(ctx, out + text.length, &length) != 1 ||
        EVP_CIPHER_CTX_get_params(ctx, tag) != 1)
        return -EIO;
    return 0;
}

static int openssl_open(EVP_CIPHER_CTX *ctx, const uint8_t *iv,
                        struct slice clear, uint8_t *text, size_t length)
{
    OSSL_PARAM tag[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG,
                                          text + length, AEAD_TAG_BYTES),
        OSSL_PARAM_construct_end(),
    };
    int rest;

    if (EVP_DecryptInit_ex2(ctx, NULL, NULL, iv, tag) != 1 ||
        !pass(ctx, clear, slice(text, length), text) ||
        EVP_DecryptFinal_ex(ctx, text + length, &rest) != 1)
        return -EACCES;
    return 0;
}

/* ---- ipsec-mb --------------------------------------------------------------
 */

#ifdef HAVE_IPSEC_MB

#define CACHE_LINE 64 /* bytes; the library wants its keys to begin one */

/* What it has chosen for this processor; NULL: nothing. */
static struct {
    aes_gcm_pre_t expand;
    aes_gcm_enc_dec_t seal;
    aes_gcm_enc_dec_t open;
} ipsec_mb;

/* Of its large manager only these three are needed. Without the processor's
 * own AES the library would only emulate it. */
static bool ipsec_mb_look(void)
{
    const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    IMB_MGR *manager = alloc_mb_mgr(0);
    bool found = false;

    if (!manager)
        return false;
    init_mb_mgr_auto(manager, NULL);
    if ((manager->features & needed) == needed && imb_get_errno(manager) == 0) {
        ipsec_mb.expand = manager->gcm128_pre;
        ipsec_mb.seal = manager->gcm128_enc;
        ipsec_mb.open = manager->gcm128_dec;
        found = true;
    }
    free_mb_mgr(manager);
    return found;
}

static int ipsec_mb_init(struct aead *aead, const uint8_t *key)
{
    aead->ipsec_mb =
        aligned_alloc(CACHE_LINE, (sizeof(*aead->ipsec_mb) + CACHE_LINE - 1) /
                                      CACHE_LINE * CACHE_LINE);
    if (!aead->ipsec_mb)
        return -ENOMEM;
    ipsec_mb.expand(key, aead->ipsec_mb);
    return 0;
}

static void ipsec_mb_release(struct aead *aead)
{
    if (!aead->ipsec_mb)
        return;
    secret_wipe(aead->ipsec_mb, sizeof(*aead->ipsec_mb));
    free(aead->ipsec_mb);
}

static int ipsec_mb_seal(const struct aead *aead, const uint8_t *iv,
                         struct slice clear, struct slice text, uint8_t *out)
{
    struct gcm_context_data context;

    ipsec_mb.seal(aead->ipsec_mb, &context, out, text.data, text.length, iv,
                  clear.data, clear.length, out + text.length, AEAD_TAG_BYTES);
    return 0;
}

static int ipsec_mb_open(const struct aead *aead, const uint8_t *iv,
                         struct slice clear, uint8_t *text, size_t length)
{
    struct gcm_context_data context;
    uint8_t tag[AEAD_TAG_BYTES];

    ipsec_mb.open(aead->ipsec_mb, &context, text, text, length, iv, clear.data,
                  clear.length, tag, sizeof(tag));
    return secret_equal(tag, text + length, sizeof(tag)) ? 0 : -EACCES;
}

#else

static bool ipsec_mb_look(void)
{
    return false;
}

static int ipsec_mb_init(struct aead *aead, const uint8_t *key)
{
    (void)aead;
    (void)key;
    return -ENOSYS;
}

static void ipsec_mb_release(struct aead *aead)
{
    (void)aead;
}

static int ipsec_mb_seal(const struct aead *aead, const uint8_t *iv,
                         struct slice clear, struct slice text, uint8_t *out)
{
    (void)aead;
    (void)iv;
    (void)clear;
    (void)text;
    (void)out;
    return -ENOSYS;
}

static int ipsec_mb_open(const struct aead *aead, const uint8_t *iv,
                         struct slice clear, uint8_t *text, size_t length)
{
    (void)aead;
    (void)iv;
    (void)clear;
    (void)text;
    (void)length;
    return -ENOSYS;
}

#endif

/* ---- either ----------------------------------------------------------------
 */

/* Set once, at start (srtp_start), and only read afterwards. */
static bool looked;
static bool has_ipsec_mb;
static enum aead_maker chosen;

enum aead_maker aead_maker(void)
{
    if (!looked) {
        looked = true;
        has_ipsec_mb = ipsec_mb_look();
        chosen = has_ipsec_mb ? AEAD_IPSEC_MB : AEAD_OPENSSL;
    }
    return chosen;
}

bool aead_choose(enum aead_maker maker)
{
    (void)aead_maker();
    if (maker == AEAD_IPSEC_MB && !has_ipsec_mb)
        return false;
    chosen = maker;
    return true;
}

int aead_init(struct aead *aead, enum aead_direction direction,
              const uint8_t key[AEAD_KEY_BYTES])
{
    *aead = (struct aead){ 0 };
    return aead_maker() == AEAD_IPSEC_MB ? ipsec_mb_init(aead, key)
                                         : openssl_init(aead, direction, key);
}

void aead_release(struct aead *aead)
{
    EVP_CIPHER_CTX_free(aead->openssl); /* wipes the key schedule */
    ipsec_mb_release(aead);
    *aead = (struct aead){ 0 };
}

int aead_seal(const struct aead *aead, const uint8_t iv[AEAD_IV_BYTES],
              struct slice clear, struct slice text, uint8_t *out)
{
    return aead->ipsec_mb ? ipsec_mb_seal(aead, iv, clear, text, out)
                          : openssl_seal(aead->openssl, iv, clear, text, out);
}

int aead_open(const struct aead *aead, const uint8_t iv[AEAD_IV_BYTES],
              struct slice clear, uint8_t *text, size_t length)
{
    return aead->ipsec_mb
               ? ipsec_mb_open(aead, iv, clear, text, length)
               : openssl_open(aead->openssl, iv, clear, text, length);
}
