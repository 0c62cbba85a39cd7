/* peer, the part that hears what a page reports and asks for. */
#include "media/peer_inner.h"

#include "media/rtp/clock.h"

#define RTT_ABSURD_US 10000000
#define NACKS_MAX     128 /* numbers answered of one message */

/* ---- one person's clock ----------------------------------------------------
 */

/* The page's clock against ours: the quickest way a report ever took is the
 * nearest to the truth; drift is followed slowly. One value for sound and
 * picture, so that they stay together. */
static void learn_clock(struct peer *peer, uint64_t page_us, uint64_t now_us)
{
    int64_t shift = (int64_t)(now_us - page_us);

    if (!peer->clock_known || shift < peer->clock_shift)
        peer->clock_shift = shift;
    else
        peer->clock_shift += (shift - peer->clock_shift) / 256;
    peer->clock_known = true;
}

struct source_clock peer_clock(const struct peer *from, enum track track)
{
    const struct incoming *in = &from->tracks[track];

    if (!in->reported || !from->clock_known)
        return (struct source_clock){ .known = false };
    return (struct source_clock){
        .known = true,
        .capture_us = in->report_us + (uint64_t)from->clock_shift,
        .capture_rtp = in->report_rtp,
    };
}

/* ---- what the page says of what it receives --------------------------------
 */

struct peer *peer_source(const struct peer *peer, size_t stream,
                         enum track *out)
{
    if (stream == OUTGOING_SCREEN) {
        *out = TRACK_SCREEN;
        return peer->screen;
    }
    if (stream > OUTGOING_VIDEO) {
        *out = peer_layer_track(peer->streams[stream].layer);
        return peer->shown[stream - OUTGOING_VIDEO];
    }
    *out = TRACK_MICROPHONE;
    return stream == OUTGOING_HOUSE ? NULL
                                    : peer->shown[stream - OUTGOING_AUDIO];
}

static size_t stream_by_ssrc(const struct peer *peer, uint32_t ssrc)
{
    for (size_t i = 0; i < OUTGOINGS; i++)
        if (peer->streams[i].present && peer->streams[i].ssrc == ssrc)
            return i;
    return OUTGOINGS;
}

static void take_nack(struct peer *peer, const struct rtcp_message *message,
                      uint64_t now_us)
{
    uint16_t seqs[NACKS_MAX];
    size_t stream = stream_by_ssrc(peer, message->media_ssrc);
    size_t count = rtcp_nack_list(message, seqs, NACKS_MAX);

    if (stream == OUTGOINGS)
        return;
    for (size_t i = 0; i < count; i++)
        pace_ask(&peer->rate.pace,
                 (struct pace_repeat){ (uint8_t)stream, seqs[i] }, now_us);
    peer_rate_tick(peer, now_us);
}

static void take_picture_request(struct peer *peer, uint32_t ssrc)
{
    size_t stream = stream_by_ssrc(peer, ssrc);
    enum track track;
    struct peer *from;

    if (stream == OUTGOINGS || peer->rate.picture.off)
        return;
    from = peer_source(peer, stream, &track);
    if (!from || !from->tracks[track].offered || !from->tracks[track].video)
        return;
    keyframe_want(&from->tracks[track].keyframe);
    peer_touch(from);
}

/* RFC 3550, section 6.4.1: the way there and back from our own report. */
static void learn_rtt(struct peer *peer, const struct rtcp_block *block,
                      uint64_t now_us)
{
    uint32_t now = (uint32_t)(ntp_of(now_us) >> 16);
    uint32_t spent = now - block->last_report - block->since_report;
    uint64_t rtt = ((uint64_t)spent * 1000000) >> 16;

    if (block->last_report == 0 || rtt > RTT_ABSURD_US)
        return;
    peer->rtt_us = (peer->rtt_us * 3 + rtt) / 4;
    peer->rtt_newest_us = rtt > 0 ? rtt : 1;
}

static void take_blocks(struct peer *peer, const struct rtcp_message *message,
                        uint64_t now_us)
{
    for (size_t i = 0; i < message->block_count; i++) {
        struct rtcp_block block = rtcp_block_at(message, i);
        size_t stream = stream_by_ssrc(peer, block.ssrc);

        if (peer_check_report(peer, &block, now_us))
            learn_rtt(peer, &block, now_us);
        if (stream == OUTGOINGS)
            continue;
        peer->streams[stream].loss = block.fraction_lost / 256.0;
        peer_rate_block(&peer->streams[stream], &block);
        peer->streams[stream].jitter = block.jitter;
        learn_rtt(peer, &block, now_us);
    }
}

static void take_sender_report(struct peer *peer,
                               const struct rtcp_message *message,
                               uint64_t now_us)
{
    for (size_t i = 0; i < TRACKS; i++) {
        struct incoming *in = &peer->tracks[i];

        if (!in->offered || in->ssrc == 0 || in->ssrc != message->sender_ssrc)
            continue;
        incoming_sender_report(in, &message->sender, now_us);
        learn_clock(peer, in->report_us, now_us);
    }
}

void peer_rtcp(struct peer *peer, uint8_t *bytes, size_t length,
               const struct endpoint *from, uint64_t now_us)
{
    struct slice packet;
    struct rtcp_message message;

    if (!peer->keyed ||
        srtp_in_rtcp(&peer->srtp_in, bytes, length, &length) != 0)
        return;
    peer_heard(peer, from, now_us);
    packet = slice(bytes, length);
    while (rtcp_next(&packet, &message) == 1) {
        switch (message.kind) {
        case RTCP_SENDER_REPORT:
            take_sender_report(peer, &message, now_us);
            take_blocks(peer, &message, now_us);
            peer_rate_told(peer, now_us);
            break;
        case RTCP_RECEIVER_REPORT:
            take_blocks(peer, &message, now_us);
            peer_rate_told(peer, now_us);
            break;
        case RTCP_NACK:
            take_nack(peer, &message, now_us);
            break;
        case RTCP_PLI:
        case RTCP_FIR:
            take_picture_request(peer, message.media_ssrc);
            break;
        case RTCP_REMB:
            peer_rate_remb(peer, message.remb_bps, now_us);
            break;
        case RTCP_OTHER:
            break;
        }
    }
    peer_touch(peer);
}
