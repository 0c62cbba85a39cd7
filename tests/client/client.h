/*
 * client: a browser's end of a connection to a media server, for tests and for
 * load: an offer's lines, ICE checks, DTLS (OpenSSL's client) and SRTP with
 * GCM. What is sent and received over it is its owner's. One thread; ends the
 * process when something of its own does not work.
 */
#ifndef TESTS_CLIENT_H
#define TESTS_CLIENT_H

#include "media/transport/srtp.h"

#include <netinet/in.h>
#include <openssl/ssl.h>

#define CLIENT_PWD  "0123456789012345678901"
#define CLIENT_OPUS 111 /* payload types that are offered */
#define CLIENT_VP8  96
#define CLIENT_RTX  97

/* A certificate; several connections may share one. */
struct client_identity {
    SSL_CTX *tls;
    char fingerprint[128]; /* as in an offer */
};

void client_identity_init(struct client_identity *identity);
void client_identity_release(struct client_identity *identity);

struct client {
    const struct client_identity *identity;
    char own_ufrag[32];
    int socket;            /* non-blocking */
    struct sockaddr_in to; /* once DTLS began */
    SSL *ssl;
    bool keyed;
    char ufrag[256]; /* the server's */
    char pwd[256];
    struct srtp_in in;
    struct srtp_out out;
};

/* A socket that is bound to `own`; port 0: any. */
void client_open(struct client *client, const struct client_identity *identity,
                 const char *own_ufrag, const struct sockaddr_in *own);
void client_close(struct client *client);

/* ---- offer and answer ------------------------------------------------------
 */

struct client_section {
    unsigned mid;
    bool video;
    const char *direction; /* sendrecv, … */
    const char *setup;     /* actpass, active */
    uint32_t ssrc;         /* 0: not told */
    uint32_t rtx_ssrc;     /* 0: not told */
};

/* The lines before the first of `count` sections. */
void client_write_head(struct writer *out, unsigned count);
void client_write_section(const struct client *client,
                          const struct client_section *section,
                          struct writer *out);

/* What a page of ours offers (docs/relay-control.md). The caller frees it. */
struct client_ssrcs {
    uint32_t microphone;
    uint32_t camera;
    uint32_t camera_rtx;
};
char *client_offer(const struct client *client,
                   const struct client_ssrcs *ssrcs);

/* Takes the other side's credentials out of its description. */
void client_answered(struct client *client, const char *sdp);

/* ---- the way ---------------------------------------------------------------
 */

/* A binding request that nominates, ready to be sent. */
void client_write_check(const struct client *client, struct writer *out);

/* The answer to a server's own binding request; false when it is none. */
bool client_write_reply(struct slice request, const struct sockaddr_in *from,
                        struct writer *out);

/* Begins DTLS over the socket, which becomes connected to `to`. */
void client_shake(struct client *client, const struct sockaddr_in *to);

/* Goes on with it; true once the keys are there. */
bool client_shaken(struct client *client);

/* Keys that both sides know without a handshake. */
void client_take_keys(struct client *client, const struct srtp_keys *keys);

#endif
