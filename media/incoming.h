/*
 * incoming: one of the three things a page sends (microphone, camera, screen)
 * as it arrives: which packets are new, what is missing, what is kept to be
 * repeated, when a whole picture is needed. No I/O; time is passed in.
 */
#ifndef MEDIA_INCOMING_H
#define MEDIA_INCOMING_H

#include "media/rtp/extensions.h"
#include "media/rtp/keyframe.h"
#include "media/rtp/packet_cache.h"
#include "media/rtp/reception.h"
#include "media/rtp/vp8.h"
#include "media/sdp/offer.h"

enum track {
    TRACK_MICROPHONE,
    TRACK_CAMERA, /* its only encoding, or the smallest of three */
    TRACK_SCREEN,
    TRACK_CAMERA_MIDDLE,
    TRACK_CAMERA_LARGE,
    TRACKS,
};

struct incoming {
    bool offered;
    bool video;
    char mid[OFFER_MID_MAX + 1];
    char rid[OFFER_RID_MAX + 1]; /* of one encoding of several; "": the only */
    uint32_t rate;               /* Hz of its timestamps */
    uint8_t payload_type;
    uint8_t rtx_payload_type;
    uint32_t ssrc; /* 0 until the offer or a packet told */
    uint32_t rtx_ssrc;
    uint64_t heard_us; /* the last packet; 0: none */
    uint64_t octets;   /* of payload since the last incoming_measure */
    uint64_t bps;      /* before it */

    struct reception reception;
    struct keyframe keyframe;
    struct packet_cache cache; /* of pictures only */

    /* The page's last sender report: its clock as microseconds since 1900. */
    bool reported;
    uint64_t report_us;
    uint32_t report_rtp;
};

/* One packet on its way through the relay, free of who sent it how. */
struct media_packet {
    bool marker;
    bool repaired; /* it came as a retransmission */
    uint16_t seq;
    uint32_t timestamp;
    bool has_audio_level;
    uint8_t audio_level;
    struct slice payload;      /* with its padding */
    uint8_t *own;              /* the same bytes; NULL: not to be written to */
    struct vp8_descriptor vp8; /* of a picture, as it came */
    uint8_t padding;           /* RTP padding at the payload's end, bytes */
};

enum incoming_verdict {
    INCOMING_DROP,
    INCOMING_FORWARD,
    INCOMING_RESTARTED, /* forward; the numbers have nothing to do with the
                           last ones */
};

/* encoding: which of the section's rids; 0 also where there are none. */
void incoming_init(struct incoming *in, const struct offer_section *section,
                   size_t encoding, struct cache_pool *pool);
void incoming_release(struct incoming *in);

/* The packet's SSRC is this track's, or becomes it: Chromium names the section
 * (MID) only until it hears that we know, so what was learnt is remembered. */
bool incoming_claims(struct incoming *in, const struct rtp_packet *packet,
                     const struct extensions *extensions);

/* A packet that was claimed. Retransmissions are unwrapped (RFC 4588). */
enum incoming_verdict incoming_take(struct incoming *in,
                                    const struct rtp_packet *packet,
                                    const struct extensions *extensions,
                                    uint64_t now_us, struct media_packet *out);

/* Counts what came in such an interval. */
void incoming_measure(struct incoming *in, uint64_t interval_us);

void incoming_sender_report(struct incoming *in,
                            const struct rtcp_sender_info *info,
                            uint64_t now_us);

/* Appends the requests that are due: NACK and PLI. */
void incoming_ask(struct incoming *in, uint32_t own_ssrc, uint64_t rtt_us,
                  uint64_t now_us, struct writer *out);

/* When incoming_ask has something to do; UINT64_MAX if never. */
uint64_t incoming_deadline(const struct incoming *in);

#endif
