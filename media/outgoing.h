/*
 * outgoing: one stream that a page receives: a slot's sound or picture, the
 * screen, or the house. It lives as long as the page; sources take turns in it.
 * Writes plain packets; encrypting and sending them is the peer's. No I/O.
 */
#ifndef MEDIA_OUTGOING_H
#define MEDIA_OUTGOING_H

#include "media/incoming.h"
#include "media/rtp/seq_map.h"

#define OUTGOING_CNAME_MAX 32
#define OUTGOING_REPORT_US 1000000 /* between two sender reports */

struct outgoing {
    bool present; /* the page offered to receive it */
    bool video;
    bool gated;        /* waits for a whole picture */
    uint8_t layer;     /* which of the camera's encodings is shown */
    uint8_t wanted;    /* which one as soon as it shows a whole picture */
    uint64_t layer_us; /* when that was decided last */
    uint32_t rate;
    uint32_t ssrc;
    uint32_t rtx_ssrc;
    uint8_t payload_type;
    uint8_t rtx_payload_type;
    struct extension_ids ids;
    char cname[OUTGOING_CNAME_MAX + 1];

    struct seq_map map;
    struct vp8_map vp8; /* of pictures */
    uint16_t rtx_seq;
    uint32_t clock_base; /* this stream's clock: base + rtp_clock(now) */
    uint32_t packets;    /* for sender reports; wrap as RFC 3550 lets them */
    uint32_t octets;
    uint32_t timestamp;   /* of the newest packet */
    uint64_t sent_us;     /* when it was sent; 0: never */
    uint64_t reported_us; /* the last sender report */
    uint32_t repeats;     /* retransmissions still allowed this second */
    uint64_t repeats_us;

    /* What the page says of it. */
    double loss;
    uint32_t jitter;
    bool told;             /* a report came */
    uint32_t told_highest; /* extended number, and lost so far */
    int32_t told_lost;
    uint32_t expected; /* since the period began */
    uint32_t lost;
};

/* What the source's clock and ours have to do with each other. */
struct source_clock {
    bool known;
    uint64_t capture_us;  /* a moment, in our clock */
    uint32_t capture_rtp; /* the same moment, in the source's RTP clock */
};

/* Chooses SSRCs, first number and clock at random. */
void outgoing_init(struct outgoing *out, bool video, bool rtx);

/* Another source, or the same one behind a wall. A picture waits for a whole
 * one. */
void outgoing_switch(struct outgoing *out);

/* The header with which the packet's payload goes to the page; a picture's
 * payload gets this stream's VP8 numbers. False when it must not leave. first
 * tells that it is the first since the switch. */
bool outgoing_header(struct outgoing *out, const struct media_packet *packet,
                     const struct source_clock *clock, uint64_t now_us,
                     struct writer *to, bool *first);

/* A packet once more, by RTX: only what was sent since the switch. False when
 * there is nothing to repeat. */
bool outgoing_repeat(struct outgoing *out, const struct packet_cache *cache,
                     uint16_t seq, uint64_t now_us, struct writer *to);

/* Bytes without meaning among the retransmissions, at most 255: to find out
 * what a line carries. False when the page takes no retransmissions. */
bool outgoing_padding(struct outgoing *out, uint8_t bytes, uint64_t now_us,
                      struct writer *to);

/* A sender report is due: packets have left since the last one. */
bool outgoing_report_due(const struct outgoing *out, uint64_t now_us);
void outgoing_report(struct outgoing *out, const struct source_clock *clock,
                     uint64_t now_us, struct writer *to);

#endif
