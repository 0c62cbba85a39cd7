/*
 * extensions: the RTP header extensions (RFC 8285) that we understand, under
 * the ids that one page negotiated.
 */
#ifndef MEDIA_RTP_EXTENSIONS_H
#define MEDIA_RTP_EXTENSIONS_H

#include "base/slice.h"
#include "base/writer.h"

#include "media/rtp/rtp.h"

/* 0 where the page did not negotiate it. */
struct extension_ids {
    uint8_t mid;           /* RFC 9143, section 15 */
    uint8_t rid;           /* RFC 8852 */
    uint8_t repaired_rid;  /* RFC 8852 */
    uint8_t audio_level;   /* RFC 6464 */
    uint8_t abs_send_time; /* webrtc.org experiments */
    uint8_t transport_cc;  /* draft-holmer-rmcat-transport-wide-cc-01 */
};

struct extensions {
    struct slice mid; /* empty where absent; points into the packet */
    struct slice rid;
    struct slice repaired_rid;
    bool has_audio_level;
    uint8_t audio_level; /* RFC 6464: voice bit, then -dBov */
    bool has_transport_seq;
    uint16_t transport_seq;
};

/* What cannot be read is absent. */
void extensions_read(const struct rtp_packet *packet,
                     const struct extension_ids *ids, struct extensions *out);

/* Elements of the one-byte form, to become a packet's extension body. Each
 * writes nothing when id is 0. */
void extension_write_audio_level(struct writer *out, uint8_t id, uint8_t level);
void extension_write_abs_send_time(struct writer *out, uint8_t id,
                                   uint64_t now_us);
void extension_write_mid(struct writer *out, uint8_t id, struct slice mid);

#endif
