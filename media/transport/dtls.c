#include "media/transport/dtls_inner.h"

#include "base/reader.h"
#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>

#define LAST_RETRANSMIT_US 5000000      /* intervals double up to here; ours */
#define RANDOM_BYTES       ((size_t)32) /* RFC 5246, section 7.4.1.2 */
#define MASTER_BYTES       48           /* RFC 5246, section 8.1 */
#define CM_SALT_BYTES      14           /* RFC 5764, section 4.1.2 */
#define GCM_SALT_BYTES     12           /* RFC 7714, section 12 */
#define KEY_BYTES          ((size_t)16)

/* ---- the other side's certificate ------------------------------------------
 */

static const EVP_MD *digest_of(enum dtls_hash hash)
{
    switch (hash) {
    case DTLS_SHA256:
        return EVP_sha256();
    case DTLS_SHA384:
        return EVP_sha384();
    case DTLS_SHA512:
        return EVP_sha512();
    case DTLS_HASH_NONE:
        break;
    }
    return NULL;
}

int dtls_verify(X509_STORE_CTX *store, void *argument)
{
    SSL *ssl =
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    const struct dtls *dtls = SSL_get_app_data(ssl);
    const X509 *certificate = X509_STORE_CTX_get0_cert(store);
    const EVP_MD *digest = digest_of(dtls->expected.hash);
    struct dtls_fingerprint seen = { .hash = dtls->expected.hash };
    unsigned int length = 0;

    (void)argument;
    static_assert(DTLS_FINGERPRINT_MAX >= EVP_MAX_MD_SIZE, "room for SHA-512");
    if (digest && certificate &&
        X509_digest(certificate, digest, seen.bytes, &length)) {
        seen.length = length;
        if (dtls_fingerprint_equal(&seen, &dtls->expected))
            return 1;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

/* ---- datagrams in and out of OpenSSL --------------------------------------
 */

static int bio_write(BIO *bio, const char *bytes, int length)
{
    struct dtls *dtls = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    /* What does not fit is lost, as on a network, and repeated later. */
    if (dtls->sink && length > 0)
        (void)packets_add(dtls->sink, slice(bytes, (size_t)length));
    return length;
}

static int bio_read(BIO *bio, char *bytes, int room)
{
    struct dtls *dtls = BIO_get_data(bio);
    size_t length = dtls->incoming.length;

    BIO_clear_retry_flags(bio);
    if (length == 0 || room <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    if (length > (size_t)room)
        length = (size_t)room; /* the rest of a datagram is lost, as ever */
    memcpy(bytes, dtls->incoming.data, length);
    dtls->incoming = slice(NULL, 0);
    return (int)length;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return DTLS_MTU;
    default:
        return 0;
    }
}

BIO_METHOD *dtls_bio_method(void)
{
    BIO_METHOD *method =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagram");

    if (!method || !BIO_meth_set_write(method, bio_write) ||
        !BIO_meth_set_read(method, bio_read) ||
        !BIO_meth_set_ctrl(method, bio_control)) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

/* ---- life -----------------------------------------------------------------
 */

static unsigned int next_retransmit(SSL *ssl, unsigned int before_us)
{
    (void)ssl;
    if (before_us == 0)
        return DTLS_FIRST_RETRANSMIT_US;
    if (before_us >= LAST_RETRANSMIT_US / 2)
        return LAST_RETRANSMIT_US;
    return before_us * 2;
}

int dtls_init(struct dtls *dtls, struct dtls_context *context,
              const struct dtls_fingerprint *expected)
{
    BIO *bio = BIO_new(context->bio_method);

    *dtls = (struct dtls){ .expected = *expected };
    dtls->ssl = SSL_new(context->ssl_ctx);
    if (!dtls->ssl || !bio) {
        BIO_free(bio);
        SSL_free(dtls->ssl);
        dtls->ssl = NULL;
        ERR_clear_error();
        return -ENOMEM;
    }
    BIO_set_data(bio, dtls);
    BIO_set_init(bio, 1);
    SSL_set_bio(dtls->ssl, bio, bio);
    SSL_set_app_data(dtls->ssl, dtls);
    SSL_set_mtu(dtls->ssl, DTLS_MTU);
    DTLS_set_timer_cb(dtls->ssl, next_retransmit);
    SSL_set_accept_state(dtls->ssl);
    return 0;
}

void dtls_release(struct dtls *dtls)
{
    SSL_free(dtls->ssl);
    secret_wipe(dtls, sizeof(*dtls));
}

void dtls_forget_session(struct dtls *dtls)
{
    if (dtls->state != DTLS_CONNECTED)
        return;
    SSL_free(dtls->ssl);
    dtls->ssl = NULL;
    srtp_keys_wipe(&dtls->keys);
}

/* ---- keys -----------------------------------------------------------------
 */

/* RFC 5764, section 4.2: client key, server key, client salt, server salt. */
static int export_srtp_keys(SSL *ssl, struct srtp_keys *out)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    const SRTP_PROTECTION_PROFILE *chosen = SSL_get_selected_srtp_profile(ssl);
    uint8_t material[2 * SRTP_MASTER_MAX];

    if (!chosen)
        return -EPROTO;
    bool gcm = chosen->id == SRTP_AEAD_AES_128_GCM;
    size_t salt = gcm ? GCM_SALT_BYTES : CM_SALT_BYTES;
    if (SSL_export_keying_material(ssl, material, 2 * (KEY_BYTES + salt), label,
                                   sizeof(label) - 1, NULL, 0, 0) != 1)
        return -EPROTO;

    *out = (struct srtp_keys){ 0 };
    out->profile =
        gcm ? SRTP_PROFILE_AES128_GCM : SRTP_PROFILE_AES128_CM_SHA1_80;
    const uint8_t *salts = material + 2 * KEY_BYTES;
    memcpy(out->remote, material, KEY_BYTES);
    memcpy(out->local, material + KEY_BYTES, KEY_BYTES);
    memcpy(out->remote + KEY_BYTES, salts, salt);
    memcpy(out->local + KEY_BYTES, salts + salt, salt);
    secret_wipe(material, sizeof(material));
    return 0;
}

/* P_SHA256 of RFC 5246, section 5, over the label and both randoms. */
static int expand_master(uint8_t *master, size_t master_length, uint8_t *seed,
                         size_t seed_length, uint8_t *out, size_t length)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master,
                                          master_length),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed,
                                          seed_length),
        OSSL_PARAM_construct_end(),
    };
    int done = ctx ? EVP_KDF_derive(ctx, out, length, params) : 0;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return done == 1 ? 0 : -EPROTO;
}

/*
 * The client's write key and salt out of the key block (RFC 5246, section 6.3:
 * client key, server key, client salt, server salt for an AEAD), to recognise
 * its close_notify when the SSL is gone.
 */
static int keep_goodbye_keys(struct dtls *dtls)
{
    static const char label[] = "key expansion";
    uint8_t master[MASTER_BYTES];
    uint8_t seed[sizeof(label) - 1 + 2 * RANDOM_BYTES];
    uint8_t block[2 * KEY_BYTES + 2 * sizeof(dtls->goodbye_salt)];
    size_t length = SSL_SESSION_get_master_key(SSL_get_session(dtls->ssl),
                                               master, sizeof(master));

    memcpy(seed, label, sizeof(label) - 1);
    SSL_get_server_random(dtls->ssl, seed + sizeof(label) - 1, RANDOM_BYTES);
    SSL_get_client_random(dtls->ssl, seed + sizeof(label) - 1 + RANDOM_BYTES,
                          RANDOM_BYTES);
    int err =
        expand_master(master, length, seed, sizeof(seed), block, sizeof(block));
    if (!err) {
        memcpy(dtls->goodbye_key, block, KEY_BYTES);
        memcpy(dtls->goodbye_salt, block + 2 * KEY_BYTES,
               sizeof(dtls->goodbye_salt));
    }
    secret_wipe(master, sizeof(master));
    secret_wipe(block, sizeof(block));
    return err;
}

int dtls_keys(const struct dtls *dtls, struct srtp_keys *out)
{
    if (dtls->state != DTLS_CONNECTED || !dtls->ssl)
        return -EAGAIN;
    *out = dtls->keys;
    return 0;
}

/* ---- after the SSL was freed ----------------------------------------------
 */

#define ALERT             21 /* RFC 5246, section 6.2.1 */
#define RECORD_HEADER     13 /* bytes; RFC 6347, section 4.1 */
#define EXPLICIT_NONCE    8  /* bytes; RFC 5288, section 3 */
#define GCM_TAG           16
#define SEALED_ALERT      (EXPLICIT_NONCE + 2 + GCM_TAG)
#define CLOSE_NOTIFY_BYTE 0

/* Opens one sealed alert record; true when it is an authentic close_notify. */
static bool is_goodbye(const struct dtls *dtls, const uint8_t *header,
                       const uint8_t *body)
{
    uint8_t nonce[sizeof(dtls->goodbye_salt) + EXPLICIT_NONCE];
    uint8_t aad[RECORD_HEADER];
    uint8_t tag[GCM_TAG];
    uint8_t plain[2];
    int length = 0;

    memcpy(nonce, dtls->goodbye_salt, sizeof(dtls->goodbye_salt));
    memcpy(nonce + sizeof(dtls->goodbye_salt), body, EXPLICIT_NONCE);
    memcpy(tag, body + EXPLICIT_NONCE + 2, GCM_TAG);
    /* Epoch and number, type, version, plain length (RFC 5246, 6.2.3.3). */
    memcpy(aad, header + 3, 8);
    memcpy(aad + 8, header, 3);
    aad[11] = 0;
    aad[12] = 2;

    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool authentic =
        ctx &&
        EVP_DecryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, dtls->goodbye_key,
                           nonce) == 1 &&
        EVP_DecryptUpdate(ctx, NULL, &length, aad, sizeof(aad)) == 1 &&
        EVP_DecryptUpdate(ctx, plain, &length, body + EXPLICIT_NONCE, 2) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, GCM_TAG, tag) == 1 &&
        EVP_DecryptFinal_ex(ctx, plain + 2, &length) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return authentic && plain[1] == CLOSE_NOTIFY_BYTE;
}

static void listen_for_goodbye(struct dtls *dtls, struct slice packet)
{
    struct reader in = reader_of(packet);

    while (in.rest.length > 0) {
        struct slice header = reader_bytes(&in, RECORD_HEADER);
        if (in.failed)
            return;
        size_t length = (size_t)(header.data[11] << 8 | header.data[12]);
        struct slice body = reader_bytes(&in, length);
        if (in.failed)
            return;
        bool sealed = header.data[3] != 0 || header.data[4] != 0; /* epoch */
        if (header.data[0] == ALERT && sealed && length == SEALED_ALERT &&
            is_goodbye(dtls, header.data, body.data)) {
            dtls->state = DTLS_CLOSED;
            return;
        }
    }
}

/* ---- handshake ------------------------------------------------------------
 */

static int fail(struct dtls *dtls)
{
    bool stranger = SSL_get_verify_result(dtls->ssl) != X509_V_OK;

    dtls->state = DTLS_FAILED;
    ERR_clear_error();
    return stranger ? -EACCES : -EPROTO;
}

static int shake(struct dtls *dtls)
{
    int done = SSL_do_handshake(dtls->ssl);

    if (done != 1) {
        int why = SSL_get_error(dtls->ssl, done);
        return why == SSL_ERROR_WANT_READ ? 0 : fail(dtls);
    }
    if (export_srtp_keys(dtls->ssl, &dtls->keys) || keep_goodbye_keys(dtls))
        return fail(dtls);
    dtls->state = DTLS_CONNECTED;
    return 0;
}

/* Nobody sends data over our DTLS; reading answers a repeated last flight of
 * the client with ours and notices alerts. */
static int drain(struct dtls *dtls)
{
    uint8_t nothing[256];
    int count;

    do {
        count = SSL_read(dtls->ssl, nothing, sizeof(nothing));
    } while (count > 0);
    switch (SSL_get_error(dtls->ssl, count)) {
    case SSL_ERROR_WANT_READ:
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        dtls->state = DTLS_CLOSED;
        return 0;
    default:
        return fail(dtls);
    }
}

int dtls_receive(struct dtls *dtls, struct slice packet, struct packets *out)
{
    int err = 0;

    if (dtls->state == DTLS_CLOSED || dtls->state == DTLS_FAILED)
        return 0;
    if (!dtls->ssl) {
        listen_for_goodbye(dtls, packet);
        return 0;
    }

    ERR_clear_error();
    dtls->sink = out;
    dtls->incoming = packet;
    if (dtls->state == DTLS_SHAKING)
        err = shake(dtls);
    if (!err && dtls->state == DTLS_CONNECTED)
        err = drain(dtls);
    dtls->incoming = slice(NULL, 0);
    dtls->sink = NULL;
    ERR_clear_error();
    return err;
}

uint64_t dtls_deadline(const struct dtls *dtls, uint64_t now_us)
{
    struct timeval left;

    if (!dtls->ssl || dtls->state == DTLS_FAILED ||
        dtls->state == DTLS_CLOSED || !DTLSv1_get_timeout(dtls->ssl, &left))
        return DTLS_NEVER;
    return now_us + (uint64_t)left.tv_sec * 1000000 + (uint64_t)left.tv_usec;
}

int dtls_timeout(struct dtls *dtls, struct packets *out)
{
    if (dtls->state != DTLS_SHAKING || !dtls->ssl)
        return 0;

    ERR_clear_error();
    dtls->sink = out;
    long done = DTLSv1_handle_timeout(dtls->ssl);
    dtls->sink = NULL;
    ERR_clear_error();
    if (done >= 0)
        return 0;
    dtls->state = DTLS_FAILED;
    return -ETIMEDOUT;
}

void dtls_close(struct dtls *dtls, struct packets *out)
{
    if (!dtls->ssl || dtls->state != DTLS_CONNECTED)
        return;
    ERR_clear_error();
    dtls->sink = out;
    (void)SSL_shutdown(dtls->ssl);
    dtls->sink = NULL;
    dtls->state = DTLS_CLOSED;
    ERR_clear_error();
}
