/*
 * dtls: the DTLS 1.2 server's side of one peer's handshake (RFC 6347), whose
 * only purpose is SRTP keys (RFC 5764). Packets in, packets out. OpenSSL reads
 * its own clock, so this is the one part that is not given the time; now_us
 * only turns its waiting time into the caller's.
 *
 * dtls_context is made once at start by main and read by all workers; a dtls
 * belongs to one peer and its worker thread. Start it only for an address that
 * passed an ICE check. Both must not move in memory after init.
 */
#ifndef MEDIA_TRANSPORT_DTLS_H
#define MEDIA_TRANSPORT_DTLS_H

#include "media/transport/fingerprint.h"
#include "media/transport/packets.h"
#include "media/transport/srtp.h"

#define DTLS_MTU                  1200 /* bytes; what browsers use themselves */
#define DTLS_FIRST_RETRANSMIT_US  100000
#define DTLS_FINGERPRINT_TEXT_MAX 128
#define DTLS_NEVER                UINT64_MAX

/* ---- the process's identity ---------------------------------------------- */

struct dtls_context {
    struct ssl_ctx_st *ssl_ctx;
    struct bio_method_st *bio_method;
    char fingerprint[DTLS_FINGERPRINT_TEXT_MAX]; /* "sha-256 AB:CD:…" */
};

/*
 * Makes a P-256 key and a self-signed certificate in memory, then plays one
 * whole handshake with itself, so that everything OpenSSL loads lazily is
 * loaded before a sandbox closes. -EIO when OpenSSL cannot.
 */
int dtls_context_init(struct dtls_context *context);
void dtls_context_release(struct dtls_context *context);

/* ---- one peer -------------------------------------------------------------
 */

enum dtls_state {
    DTLS_SHAKING,   /* nothing yet, or on the way */
    DTLS_CONNECTED, /* keys can be taken */
    DTLS_CLOSED,    /* the other side said goodbye (close_notify) */
    DTLS_FAILED,    /* handshake failed or the certificate is not the offer's */
};

struct dtls {
    struct ssl_st *ssl; /* NULL after dtls_forget_session */
    enum dtls_state state;
    struct dtls_fingerprint expected;
    struct srtp_keys keys; /* wiped by dtls_forget_session */
    struct packets *sink;  /* where OpenSSL's writes go during a call */
    struct slice incoming; /* the datagram OpenSSL reads during a call */

    /* Enough of the connection's read state to recognise an authentic goodbye
     * after the SSL (73 KiB) was freed. */
    uint8_t goodbye_key[16];
    uint8_t goodbye_salt[4];
};

/* expected is the fingerprint from the peer's offer. -ENOMEM. */
int dtls_init(struct dtls *dtls, struct dtls_context *context,
              const struct dtls_fingerprint *expected);
void dtls_release(struct dtls *dtls);

/*
 * One datagram from an address that passed ICE. Appends what has to be sent to
 * out. 0 also for what is merely ignored (junk, late repetitions); -EACCES when
 * the certificate is not the offer's, -EPROTO when the handshake failed; then
 * the state is DTLS_FAILED and only release makes sense (out may hold an
 * alert). Look at dtls->state after each call.
 */
int dtls_receive(struct dtls *dtls, struct slice packet, struct packets *out);

/* When to call dtls_timeout next, in the caller's clock; DTLS_NEVER if never.
 */
uint64_t dtls_deadline(const struct dtls *dtls, uint64_t now_us);

/* Repeats the last flight if its time has come. -ETIMEDOUT after a dozen
 * repetitions (half a minute): the state is DTLS_FAILED. */
int dtls_timeout(struct dtls *dtls, struct packets *out);

/* The SRTP keys; only in state DTLS_CONNECTED before dtls_forget_session, else
 * -EAGAIN. Wipe them after use. */
int dtls_keys(const struct dtls *dtls, struct srtp_keys *out);

/*
 * Frees the SSL. Call it at the first authenticated SRTP packet: that the other
 * side sends one proves that it has our last flight. Handshake records that
 * still come are ignored from then on; an authentic close_notify still changes
 * the state to DTLS_CLOSED.
 */
void dtls_forget_session(struct dtls *dtls);

/* Says goodbye (close_notify) if the SSL is still there. */
void dtls_close(struct dtls *dtls, struct packets *out);

#endif
