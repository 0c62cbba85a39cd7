/*
 * rtcp: reads compound RTCP packets (RFC 3550, section 6; feedback RFC 4585,
 * RFC 5104) message by message, and writes the messages that the relay sends.
 */
#ifndef MEDIA_RTP_RTCP_H
#define MEDIA_RTP_RTCP_H

#include "base/slice.h"
#include "base/writer.h"

#define RTCP_BLOCKS_MAX 31 /* the count field has five bits */

enum rtcp_kind {
    RTCP_OTHER, /* SDES, BYE, APP, XR, and feedback that we do not use */
    RTCP_SENDER_REPORT,
    RTCP_RECEIVER_REPORT,
    RTCP_NACK,
    RTCP_PLI,
    RTCP_FIR,
    RTCP_REMB,
};

/* RFC 3550, section 6.4.1: how one stream of ours arrives over there. */
struct rtcp_block {
    uint32_t ssrc;
    uint8_t fraction_lost; /* of 256 */
    int32_t lost;          /* in all; repetitions make it negative */
    uint32_t highest_seq;  /* extended */
    uint32_t jitter;       /* in timestamp units */
    uint32_t last_report;  /* middle of our report's NTP time; 0: none */
    uint32_t since_report; /* 1/65536 s */
};

struct rtcp_sender_info {
    uint64_t ntp; /* 32.32 fixed point */
    uint32_t rtp;
    uint32_t packets;
    uint32_t octets;
};

struct rtcp_message {
    enum rtcp_kind kind;
    uint32_t sender_ssrc;
    uint32_t media_ssrc;            /* NACK, PLI; the first entry of FIR */
    struct rtcp_sender_info sender; /* RTCP_SENDER_REPORT */
    size_t block_count;             /* SR and RR */
    struct slice blocks;
    struct slice nacks; /* RTCP_NACK: pairs of PID and BLP */
    uint64_t remb_bps;  /* RTCP_REMB */
};

/* Takes the next message off the packet. 1: out is filled, 0: the end,
 * -EBADMSG: the rest cannot be read. What is cut short or contradicts its
 * length is RTCP_OTHER. */
int rtcp_next(struct slice *packet, struct rtcp_message *out);

/* index < message->block_count. */
struct rtcp_block rtcp_block_at(const struct rtcp_message *message,
                                size_t index);

/* Unfolds a NACK: numbers up to max, returns how many. */
size_t rtcp_nack_list(const struct rtcp_message *message, uint16_t *out,
                      size_t max);

/* ---- writing --------------------------------------------------------------
 * A compound packet that leaves begins with a report and its SDES. */

void rtcp_write_sender_report(struct writer *out, uint32_t ssrc,
                              const struct rtcp_sender_info *info);
void rtcp_write_receiver_report(struct writer *out, uint32_t ssrc,
                                const struct rtcp_block *blocks, size_t count);
void rtcp_write_cname(struct writer *out, uint32_t ssrc, const char *cname);

/* seqs ascend (in wrapping order). */
void rtcp_write_nack(struct writer *out, uint32_t sender, uint32_t media,
                     const uint16_t *seqs, size_t count);
void rtcp_write_pli(struct writer *out, uint32_t sender, uint32_t media);
void rtcp_write_remb(struct writer *out, uint32_t sender, uint64_t bps,
                     const uint32_t *ssrcs, size_t count);

#endif
