/*
 * tcp: the TCP connections of a worker, for pages whose network lets no UDP
 * through (RFC 6544, passive; framing in transport/ice_tcp). A page's packets
 * come in as datagrams would; what leaves is gathered a turn and written at
 * once. Each connection has a queue of 64 KiB, half of which pictures may fill.
 * A connection that belongs to no peer is closed: nobody holds one without
 * passing an ICE check. Owned by one worker; UDP never comes here.
 */
#ifndef MEDIA_TCP_H
#define MEDIA_TCP_H

#include "media/egress.h"

#define TCP_CONNECTIONS_MAX 2048              /* of one worker */
#define TCP_STRANGERS_MAX   256               /* that passed no check */
#define TCP_STRANGERS_EACH  32                /* of these, from one address */
#define TCP_STRANGER_US     UINT64_C(5000000) /* without a valid check */

struct tcp;

/* What tcp asks of the worker. */
struct tcp_user {
    /* One packet, which may be spoilt. */
    void (*packet)(void *arg, uint8_t *bytes, size_t length,
                   const struct endpoint *from);
    /* Whether this connection is one of a peer's ways. */
    bool (*knows)(void *arg, const struct address *remote);
    /* The connection is closed: no way leads through it any more. */
    void (*gone)(void *arg, const struct address *remote);
    void *arg;
};

int tcp_new(const struct tcp_user *user, struct tcp **out);
void tcp_free(struct tcp *tcp);

/* Listens there too. Negative errno. */
int tcp_listen(struct tcp *tcp, const struct address *listen);

/* Becomes readable when tcp_turn has something to do. */
int tcp_descriptor(const struct tcp *tcp);

/* Accepts, reads, writes what is possible now. Returns how many packets came.
 */
size_t tcp_turn(struct tcp *tcp, uint64_t now_us);

/* Queues a packet for a connection that a packet came from, or loses it. */
void tcp_send(struct tcp *tcp, const struct endpoint *to, struct slice packet,
              bool picture);

/* The end of a worker's turn: writes what was queued; once a second looks for
 * connections that nobody owns. */
void tcp_settle(struct tcp *tcp, uint64_t now_us);

#endif
