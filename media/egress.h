/*
 * egress: the datagrams that leave a worker together. Packets are encrypted
 * straight into its buffers. Those of equal size to one destination make a run,
 * which the kernel takes as one message and cuts (UDP GSO): that is most of
 * what sending costs. All runs go with one sendmmsg when it is full or the
 * worker's turn ends. The packets to one destination keep their order. Owned by
 * one worker; allocates nothing after init.
 */
#ifndef MEDIA_EGRESS_H
#define MEDIA_EGRESS_H

#include "base/writer.h"
#include "media/transport/address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define EGRESS_PACKETS 256
#define EGRESS_BYTES   1600 /* of one packet: an MTU and what SRTP adds */
/* Bytes: IP_PKTINFO or IPV6_PKTINFO, and UDP_SEGMENT. */
#define EGRESS_CONTROL                                                         \
    (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)))

/* The two ends of a way: where a page is, and at which of our addresses it
 * found us. Answers leave from there. */
struct endpoint {
    struct address remote;
    struct address local; /* ADDRESS_NONE: let the kernel choose */
    int socket;
    uint32_t age_us; /* of a datagram: since the kernel took it */
};

struct egress;

struct egress *egress_new(void);
void egress_free(struct egress *egress);

/* Where to put the next packet. Flushes first when there is no room; valid
 * until the next call. */
struct writer egress_place(struct egress *egress);

/* What was written there leaves for `to`. Nothing is sent after a failure of
 * the writer. */
void egress_add(struct egress *egress, const struct writer *packet,
                const struct endpoint *to);

/* Hands everything to the kernel. What it will not take is lost, as on any
 * network. */
void egress_flush(struct egress *egress);

#endif
