/*
 * demux: which protocol a datagram on the one port belongs to, by its first
 * bytes (RFC 7983, section 7; RFC 5761, section 4) and its length. A pure
 * function of the packet: what it says is only a hint until the protocol's own
 * check has passed.
 */
#ifndef MEDIA_TRANSPORT_DEMUX_H
#define MEDIA_TRANSPORT_DEMUX_H

#include "base/slice.h"

enum packet_kind {
    PACKET_JUNK, /* empty, longer than PACKET_BYTES_MAX, or nothing of ours */
    PACKET_STUN, /* at least 20 bytes, with the magic cookie */
    PACKET_DTLS, /* at least 13 bytes */
    PACKET_RTP,  /* at least 12 bytes, version 2 */
    PACKET_RTCP, /* at least 8 bytes, version 2 */
};

enum packet_kind demux(struct slice packet);

#endif
