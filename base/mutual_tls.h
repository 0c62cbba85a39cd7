/*
 * mutual_tls: TLS 1.3 between two machines of ours, where both show a
 * certificate of one private authority (docs/relay-control.md). Who may be
 * which side stands in the certificate: its extended key usage has to name
 * serverAuth or clientAuth itself. Host names are not looked at.
 */
#ifndef BASE_MUTUAL_TLS_H
#define BASE_MUTUAL_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define MUTUAL_TLS_ERROR_TEXT 300

enum mutual_tls_side { MUTUAL_TLS_CLIENT, MUTUAL_TLS_SERVER };

struct mutual_tls_files {
    const char *certificate; /* PEM, with intermediate ones behind it */
    const char *key;
    const char *authority; /* the only one that is believed */
};

/* Reads the files. Negative errno; error is a sentence that names the file.
 * SSL_CTX_free ends it. */
int mutual_tls_new(const struct mutual_tls_files *files, SSL_CTX **out,
                   char error[MUTUAL_TLS_ERROR_TEXT]);

/* Whether the other side would believe our own certificate now; false: why. */
bool mutual_tls_is_good(SSL_CTX *ctx, enum mutual_tls_side side,
                        char error[MUTUAL_TLS_ERROR_TEXT]);

/* Takes over neither; NULL when memory is short. fd is non-blocking. */
SSL *mutual_tls_begin(SSL_CTX *ctx, enum mutual_tls_side side, int fd);

/* A handshake with itself that leads nowhere: whatever libcrypto loads when
 * first used is then there. */
void mutual_tls_rehearse(SSL_CTX *ctx);

/* As recv and send on a non-blocking socket: bytes, 0 at the end, -EAGAIN, or
 * another negative errno. SIGPIPE has to be ignored. */
ssize_t mutual_tls_read(SSL *tls, void *out, size_t size);
ssize_t mutual_tls_write(SSL *tls, const void *bytes, size_t length);

/* 0 when the handshake is over, -EAGAIN while it is not, -EPROTO when it
 * failed. */
int mutual_tls_shake(SSL *tls);

/* Why the last handshake failed, for the log: a few words of the library's. */
void mutual_tls_reason(const SSL *tls, char *out, size_t size);

#endif
