#include "base/mutual_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>

#define CHAIN_MAX 3 /* certificates between ours and the authority */

static int wrong(char *error, const char *what, const char *path)
{
    unsigned long code = ERR_peek_error();
    const char *reason = ERR_reason_error_string(code);

    if (ERR_SYSTEM_ERROR(code))
        reason = strerror(ERR_GET_REASON(code));
    snprintf(error, MUTUAL_TLS_ERROR_TEXT, "%s %.150s cannot be used: %s.",
             what, path, reason ? reason : "it holds nothing of the kind");
    ERR_clear_error();
    return -EINVAL;
}

/* A terminal is not asked for the words that a key is locked with. */
static int no_password(char *out, int size, int writing, void *arg)
{
    if (size > 0)
        out[0] = '\0';
    (void)writing;
    (void)arg;
    return -1;
}

static bool may_be(X509 *certificate, uint32_t usage)
{
    return (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) &&
           (X509_get_extended_key_usage(certificate) & usage);
}

/* Besides what the library checks: it takes a certificate without any extended
 * key usage for both sides. */
static int verify(int good, X509_STORE_CTX *store)
{
    const SSL *tls =
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    uint32_t usage = SSL_is_server(tls) ? XKU_SSL_CLIENT : XKU_SSL_SERVER;

    if (!good || X509_STORE_CTX_get_error_depth(store) > 0 ||
        may_be(X509_STORE_CTX_get_current_cert(store), usage))
        return good;
    X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
    return 0;
}

static int read_files(SSL_CTX *ctx, const struct mutual_tls_files *files,
                      char *error)
{
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(ctx, files->certificate) != 1)
        return wrong(error, "The certificate", files->certificate);
    if (SSL_CTX_use_PrivateKey_file(ctx, files->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1)
        return wrong(error, "The key", files->key);
    if (SSL_CTX_load_verify_file(ctx, files->authority) != 1)
        return wrong(error, "The authority", files->authority);
    return 0;
}

static void configure(SSL_CTX *ctx)
{
    SSL_CTX_set_default_passwd_cb(ctx, no_password);
    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify_depth(ctx, CHAIN_MAX);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       verify);
}

int mutual_tls_new(const struct mutual_tls_files *files, SSL_CTX **out,
                   char error[MUTUAL_TLS_ERROR_TEXT])
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    if (!ctx)
        return -ENOMEM;
    configure(ctx);
    int err = read_files(ctx, files, error);
    if (err)
        SSL_CTX_free(ctx);
    else
        *out = ctx;
    return err;
}

bool mutual_tls_is_good(SSL_CTX *ctx, enum mutual_tls_side side,
                        char error[MUTUAL_TLS_ERROR_TEXT])
{
    bool server = side == MUTUAL_TLS_SERVER;
    X509 *own = SSL_CTX_get0_certificate(ctx);
    X509_STORE_CTX *store = X509_STORE_CTX_new();
    STACK_OF(X509) *chain = NULL;
    const char *reason = NULL;

    SSL_CTX_get0_chain_certs(ctx, &chain);
    if (!store || X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(ctx), own,
                                      chain) != 1)
        reason = "memory is short";
    else if (X509_STORE_CTX_set_default(store, server ? "ssl_server"
                                                      : "ssl_client") != 1 ||
             X509_verify_cert(store) != 1)
        reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
    else if (!may_be(own, server ? XKU_SSL_SERVER : XKU_SSL_CLIENT))
        reason = "it names no purpose";
    X509_STORE_CTX_free(store);
    ERR_clear_error();
    if (reason)
        snprintf(error, MUTUAL_TLS_ERROR_TEXT,
                 "Our certificate for the control line (extendedKeyUsage "
                 "%sAuth) would be refused: %s.",
                 server ? "server" : "client", reason);
    return !reason;
}

SSL *mutual_tls_begin(SSL_CTX *ctx, enum mutual_tls_side side, int fd)
{
    SSL *tls = SSL_new(ctx);

    if (!tls)
        return NULL;
    if (SSL_set_fd(tls, fd) != 1) {
        SSL_free(tls);
        return NULL;
    }
    if (side == MUTUAL_TLS_SERVER)
        SSL_set_accept_state(tls);
    else
        SSL_set_connect_state(tls);
    return tls;
}

/* ---- rehearsal
 * --------------------------------------------------------------- */

static SSL *rehearsal_end(SSL_CTX *ctx, BIO *bio)
{
    SSL *tls = SSL_new(ctx);

    if (tls)
        SSL_set_bio(tls, bio, bio);
    else
        BIO_free(bio);
    return tls;
}

void mutual_tls_rehearse(SSL_CTX *ctx)
{
    BIO *near = NULL, *far = NULL;

    if (BIO_new_bio_pair(&near, 0, &far, 0) != 1)
        return;
    SSL *server = rehearsal_end(ctx, near);
    SSL *client = rehearsal_end(ctx, far);
    if (server && client) {
        SSL_set_accept_state(server);
        SSL_set_connect_state(client);
        /* The client does not mind whom it speaks to; its own certificate is
         * looked at, and refused for its purpose. */
        SSL_set_verify(client, SSL_VERIFY_NONE, NULL);
        for (int turn = 0; turn < 8; turn++) {
            (void)SSL_do_handshake(client);
            (void)SSL_do_handshake(server);
        }
    }
    SSL_free(server);
    SSL_free(client);
    ERR_clear_error();
}

/* ---- bytes
 * ------------------------------------------------------------------- */

static int error_of(SSL *tls, int result)
{
    switch (SSL_get_error(tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        return -ECONNRESET;
    default:
        return -EPROTO;
    }
}

int mutual_tls_shake(SSL *tls)
{
    ERR_clear_error();
    int result = SSL_do_handshake(tls);

    if (result == 1)
        return 0;
    return error_of(tls, result) == -EAGAIN ? -EAGAIN : -EPROTO;
}

ssize_t mutual_tls_read(SSL *tls, void *out, size_t size)
{
    size_t got = 0;

    ERR_clear_error();
    return SSL_read_ex(tls, out, size, &got) == 1 ? (ssize_t)got
                                                  : error_of(tls, 0);
}

ssize_t mutual_tls_write(SSL *tls, const void *bytes, size_t length)
{
    size_t put = 0;

    ERR_clear_error();
    if (SSL_write_ex(tls, bytes, length, &put) == 1)
        return (ssize_t)put;
    int err = error_of(tls, 0);
    return err ? err : -ECONNRESET;
}

void mutual_tls_reason(const SSL *tls, char *out, size_t size)
{
    long verified = SSL_get_verify_result(tls);
    const char *reason = verified != X509_V_OK
                             ? X509_verify_cert_error_string(verified)
                             : ERR_reason_error_string(ERR_peek_error());

    snprintf(out, size, "%s", reason ? reason : "the other end closed it");
    ERR_clear_error();
}
