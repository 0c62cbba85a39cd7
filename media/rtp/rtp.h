/*
 * rtp: reads an RTP packet (RFC 3550, section 5.1) into values and writes one
 * from values. Headers are always rebuilt, never patched, so nothing a sender
 * wrote into one reaches a receiver by accident.
 */
#ifndef MEDIA_RTP_RTP_H
#define MEDIA_RTP_RTP_H

#include "base/slice.h"
#include "base/writer.h"

#define RTP_HEADER_SIZE       12     /* bytes, without CSRCs and extension */
#define RTP_EXTENSION_ONEBYTE 0xbede /* RFC 8285, section 4.2 */
#define RTP_EXTENSION_TWOBYTE                                                  \
    0x1000 /* RFC 8285, section 4.3; low nibble free */

/* Slices point into the packet that was read. */
struct rtp_packet {
    bool marker;
    uint8_t payload_type;
    uint16_t seq;
    uint32_t timestamp;
    uint32_t ssrc;
    uint16_t extension_profile; /* 0: no header extension */
    struct slice extension;     /* its body */
    struct slice payload;       /* without padding */
    uint8_t padding;            /* bytes behind it; written only after none */
    bool padded; /* to write: the payload that follows brings its padding */
};

/* True when a is later than b, in arithmetic that wraps. */
static inline bool seq_is_newer(uint16_t a, uint16_t b)
{
    return (int16_t)(uint16_t)(a - b) > 0;
}

/* The extended number nearest to `near` that ends in seq. */
static inline int64_t seq_extend(int64_t near, uint16_t seq)
{
    return near + (int16_t)(uint16_t)(seq - (uint16_t)near);
}

/* -EBADMSG when the packet contradicts itself. CSRCs are skipped. */
int rtp_read(struct slice bytes, struct rtp_packet *out);

/* The fixed header and the extension; the payload is the caller's next write,
 * unless the packet is only padding. The extension's body is padded to a
 * multiple of four. */
void rtp_write_header(const struct rtp_packet *packet, struct writer *out);

#endif
