/*
 * The relay's DTLS identity, and one handshake with itself at start. The peers'
 * side is in dtls.c.
 */
#include "media/transport/dtls_inner.h"

#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#define CERTIFICATE_DAYS 365 /* nobody checks it; a process lives shorter */

/* What every browser must support (RFC 8827, section 6.5). Only this one, so
 * that an authentic goodbye can be read without an SSL. */
#define CIPHERS "ECDHE-ECDSA-AES128-GCM-SHA256"

/* The server's order wins: GCM costs a third of CM's time here. */
#define SRTP_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"

static X509 *certificate_for(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    uint8_t serial[8];

    if (!certificate)
        return NULL;
    secret_random(serial, sizeof(serial));
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof(serial); i++)
        number = number << 8 | serial[i];

    X509_NAME *name = X509_get_subject_name(certificate);
    if (!X509_set_version(certificate, X509_VERSION_3) ||
        !ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
                                 number >> 1) ||
        !X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) ||
        !X509_gmtime_adj(X509_getm_notAfter(certificate),
                         86400L * CERTIFICATE_DAYS) ||
        !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    (const unsigned char *)"relay", -1, -1,
                                    0) ||
        !X509_set_issuer_name(certificate, name) ||
        !X509_set_pubkey(certificate, key) ||
        !X509_sign(certificate, key, EVP_sha256())) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

static int fingerprint_text(const X509 *certificate,
                            char out[DTLS_FINGERPRINT_TEXT_MAX])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;

    if (!X509_digest(certificate, EVP_sha256(), digest, &length))
        return -EIO;
    size_t at = (size_t)snprintf(out, DTLS_FINGERPRINT_TEXT_MAX, "sha-256 ");
    for (unsigned int i = 0; i < length; i++)
        at += (size_t)snprintf(out + at, DTLS_FINGERPRINT_TEXT_MAX - at,
                               "%s%02X", i ? ":" : "", digest[i]);
    return 0;
}

/* Certificate and key go into ctx, the fingerprint to out. */
static int give_identity(SSL_CTX *ctx, char out[DTLS_FINGERPRINT_TEXT_MAX])
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? certificate_for(key) : NULL;
    int err = -EIO;

    if (certificate && SSL_CTX_use_certificate(ctx, certificate) == 1 &&
        SSL_CTX_use_PrivateKey(ctx, key) == 1)
        err = fingerprint_text(certificate, out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return err;
}

static int configure(SSL_CTX *ctx)
{
    if (!SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) ||
        !SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) ||
        !SSL_CTX_set_cipher_list(ctx, CIPHERS) ||
        !SSL_CTX_set1_groups_list(ctx, "X25519:P-256") ||
        SSL_CTX_set_tlsext_use_srtp(ctx, SRTP_PROFILES) != 0)
        return -EIO;
    SSL_CTX_set_options(
        ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                 SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       NULL);
    SSL_CTX_set_cert_verify_callback(ctx, dtls_verify, NULL);
    return 0;
}

/* ---- rehearsal ------------------------------------------------------------
 */

static int accept_any(X509_STORE_CTX *store, void *argument)
{
    (void)store;
    (void)argument;
    return 1;
}

static SSL *rehearsal_client(SSL_CTX *ctx)
{
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());

    if (!ssl || !in || !out) {
        SSL_free(ssl);
        BIO_free(in);
        BIO_free(out);
        return NULL;
    }
    BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(ssl, in, out);
    SSL_set_mtu(ssl, DTLS_MTU);
    SSL_set_connect_state(ssl);
    return ssl;
}

/* One turn: the client works, its bytes go to the server, and back. A memory
 * BIO joins datagrams, which DTLS reads without harm: records say how long they
 * are. */
static int rehearsal_turn(SSL *client, struct dtls *server,
                          struct packets *packets)
{
    char *bytes = NULL;

    ERR_clear_error();
    (void)SSL_do_handshake(client);
    long length = BIO_get_mem_data(SSL_get_wbio(client), &bytes);
    packets_clear(packets);
    int err = length > 0
                  ? dtls_receive(server, slice(bytes, (size_t)length), packets)
                  : 0;
    (void)BIO_reset(SSL_get_wbio(client));
    for (size_t i = 0; i < packets->count; i++)
        BIO_write(SSL_get_rbio(client), packets->list[i].data,
                  (int)packets->list[i].length);
    return err;
}

static int rehearse_with(SSL *client, struct dtls *server,
                         struct packets *packets)
{
    struct srtp_keys keys;
    char *bytes = NULL;

    for (int turn = 0; turn < 4; turn++) {
        int err = rehearsal_turn(client, server, packets);
        if (err)
            return err;
    }
    if (server->state != DTLS_CONNECTED || !SSL_is_init_finished(client) ||
        dtls_keys(server, &keys))
        return -EIO;
    srtp_keys_wipe(&keys);

    /* The way a visit ends: session forgotten, then goodbye. */
    dtls_forget_session(server);
    (void)SSL_shutdown(client);
    long length = BIO_get_mem_data(SSL_get_wbio(client), &bytes);
    packets_clear(packets);
    (void)dtls_receive(server, slice(bytes, (size_t)length), packets);
    return server->state == DTLS_CLOSED ? 0 : -EIO;
}

/* Everything OpenSSL loads when first used is loaded now, before a sandbox
 * closes; and a relay that could not shake hands does not start. */
static int rehearse(struct dtls_context *context)
{
    SSL_CTX *ctx = SSL_CTX_new(DTLS_client_method());
    char text[DTLS_FINGERPRINT_TEXT_MAX];
    struct dtls_fingerprint fingerprint;
    struct dtls *server = calloc(1, sizeof(*server));
    struct packets *packets = malloc(sizeof(*packets));
    SSL *client = NULL;
    int err = -EIO;

    if (!ctx || !server || !packets || configure(ctx) ||
        give_identity(ctx, text))
        goto out;
    SSL_CTX_set_cert_verify_callback(ctx, accept_any, NULL);
    client = rehearsal_client(ctx);
    if (!client || dtls_fingerprint_read(slice_of_text(text), &fingerprint) ||
        dtls_init(server, context, &fingerprint))
        goto out;
    err = rehearse_with(client, server, packets);
out:
    if (server)
        dtls_release(server);
    SSL_free(client);
    SSL_CTX_free(ctx);
    free(server);
    free(packets);
    ERR_clear_error();
    return err;
}

int dtls_context_init(struct dtls_context *context)
{
    *context = (struct dtls_context){ 0 };
    context->bio_method = dtls_bio_method();
    context->ssl_ctx = SSL_CTX_new(DTLS_server_method());

    int err = -EIO;
    if (context->bio_method && context->ssl_ctx)
        err = configure(context->ssl_ctx);
    if (!err)
        err = give_identity(context->ssl_ctx, context->fingerprint);
    if (!err)
        err = rehearse(context);
    if (err)
        dtls_context_release(context);
    return err;
}

void dtls_context_release(struct dtls_context *context)
{
    SSL_CTX_free(context->ssl_ctx);
    BIO_meth_free(context->bio_method);
    *context = (struct dtls_context){ 0 };
}
