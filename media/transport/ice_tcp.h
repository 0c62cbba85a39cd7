/*
 * ice_tcp: how packets travel in one TCP connection (RFC 6544): each behind its
 * length in two bytes (RFC 4571), STUN, DTLS and SRTP alike; and the queue of
 * what the kernel would not take yet. No I/O.
 */
#ifndef MEDIA_TRANSPORT_ICE_TCP_H
#define MEDIA_TRANSPORT_ICE_TCP_H

#include "media/transport/packets.h"

#define ICE_TCP_HEADER      2 /* bytes; RFC 4571, section 2 */
#define ICE_TCP_FRAME_MAX   (ICE_TCP_HEADER + PACKET_BYTES_MAX)
#define ICE_TCP_QUEUE_BYTES 65536 /* a page that reads no faster is behind */
#define ICE_TCP_QUEUE_HALF  (ICE_TCP_QUEUE_BYTES / 2)

/*
 * Takes the next packet from the front of what came: 1 and it is in out, 0 when
 * more has to come first, -EBADMSG for a length that no packet of ours has:
 * then nothing behind it can be read any more. Empty packets are skipped.
 */
int ice_tcp_next(struct slice *rest, struct slice *out);

/*
 * Whole packets, in order. Half of it is for what a call cannot do without:
 * above that, pictures are refused, so that sound never waits behind them for
 * long.
 */
struct ice_tcp_queue {
    uint8_t *bytes; /* NULL until the first packet */
    size_t begin;
    size_t length;
};

void ice_tcp_queue_release(struct ice_tcp_queue *queue);

/* Copies the packet behind the others. False when there is no room for one of
 * its kind, or no memory: it is lost, whole. */
bool ice_tcp_queue_add(struct ice_tcp_queue *queue, struct slice packet,
                       bool picture);

/* What is to be written next, and how much of it was. */
struct slice ice_tcp_queue_front(const struct ice_tcp_queue *queue);
void ice_tcp_queue_written(struct ice_tcp_queue *queue, size_t bytes);

#endif
