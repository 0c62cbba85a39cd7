/*
 * gcm: SRTP and SRTCP under AEAD_AES_128_GCM (RFC 7714), one direction of one
 * peer. libsrtp can do it too, but Debian's runs on NSS: two
 * to three times the time and many times the memory. One thread. Allocates when
 * a stream is new, never for a packet. Callers check lengths.
 */
#ifndef MEDIA_TRANSPORT_GCM_H
#define MEDIA_TRANSPORT_GCM_H

#include "media/transport/aead.h"

#define GCM_MASTER_BYTES 28 /* key and salt */
#define GCM_SALT_BYTES   12
#define GCM_TAG_BYTES    AEAD_TAG_BYTES
#define GCM_INDEX_BYTES  4 /* E flag and SRTCP index, behind the tag */

#define GCM_SSRCS 8

struct gcm_stream;

struct gcm {
    struct aead rtp;
    struct aead rtcp;
    uint8_t rtp_salt[GCM_SALT_BYTES];
    uint8_t rtcp_salt[GCM_SALT_BYTES];
    struct gcm_stream *streams; /* one an SSRC */
    uint32_t ssrcs[GCM_SSRCS];  /* of the first streams, for a quick look */
    size_t stream_count;
    size_t stream_room;
    size_t stream_max;
};

enum gcm_direction {
    GCM_OPEN,
    GCM_SEAL,
};

/* At most stream_max SSRCs. -ENOMEM. */
int gcm_init(struct gcm *gcm, enum gcm_direction direction,
             const uint8_t master[GCM_MASTER_BYTES], size_t stream_max);

/* Wipes the keys. Fine after a failed init and for zeroes. */
void gcm_release(struct gcm *gcm);

/*
 * Seals an RTP packet of header and payload to out, which has room for both and
 * GCM_TAG_BYTES; either may lie there already. -EALREADY: this (SSRC, rollover,
 * number) was sealed before; -ESTALE: more than REPLAY_WINDOW packets late;
 * -ENOSPC: one SSRC too many. Nothing of use is in out after a failure.
 */
int gcm_seal_rtp(struct gcm *gcm, struct slice header, struct slice payload,
                 uint8_t *out);

/* Opens in place. Beyond the above, -EACCES: not authentic, the payload's bytes
 * are spoilt. */
int gcm_open_rtp(struct gcm *gcm, uint8_t *packet, size_t header_length,
                 size_t length);

/* The same for RTCP: out has room for GCM_TAG_BYTES and GCM_INDEX_BYTES more.
 */
int gcm_seal_rtcp(struct gcm *gcm, struct slice plain, uint8_t *out);
int gcm_open_rtcp(struct gcm *gcm, uint8_t *packet, size_t length);

#endif
