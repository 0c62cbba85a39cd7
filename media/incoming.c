#include "media/incoming.h"

#include "media/rtp/clock.h"

#include <string.h>

#define ASK_MAX 64 /* numbers in one NACK */

void incoming_init(struct incoming *in, const struct offer_section *section,
                   size_t encoding, struct cache_pool *pool)
{
    *in = (struct incoming){
        .offered = true,
        .video = section->kind == SDP_VIDEO,
        .rate = section->kind == SDP_VIDEO ? 90000 : 48000,
        .payload_type = section->payload_type,
        .rtx_payload_type = section->rtx_payload_type,
    };
    memcpy(in->mid, section->mid, sizeof(in->mid));
    if (section->rid_count > 0) {
        /* The rid tells, not an SSRC that may be in the offer. */
        memcpy(in->rid, section->rids[encoding], sizeof(in->rid));
    } else if (section->source_count > 0) {
        in->ssrc = section->sources[0].ssrc;
        in->rtx_ssrc = section->sources[0].rtx_ssrc;
    }
    /* Sound is not asked for again: Opus carries its own repair (FEC). */
    reception_init(&in->reception, in->rate, in->video);
    packet_cache_init(&in->cache, pool);
}

void incoming_release(struct incoming *in)
{
    if (in->offered) {
        reception_lend(&in->reception, NULL);
        packet_cache_release(&in->cache);
    }
    in->offered = false;
}

/* Of this encoding, by what the packet says of itself. */
static bool is_encoding(const struct incoming *in, struct slice rid)
{
    return in->rid[0] == '\0' || slice_is_text(rid, in->rid);
}

bool incoming_claims(struct incoming *in, const struct rtp_packet *packet,
                     const struct extensions *extensions)
{
    if (!in->offered)
        return false;
    if (packet->ssrc == in->ssrc || packet->ssrc == in->rtx_ssrc)
        return packet->ssrc != 0;
    if (extensions->mid.length == 0 || !slice_is_text(extensions->mid, in->mid))
        return false;

    if (in->rtx_payload_type != 0 &&
        packet->payload_type == in->rtx_payload_type) {
        if (!is_encoding(in, extensions->repaired_rid))
            return false;
        in->rtx_ssrc = packet->ssrc;
    } else {
        if (!is_encoding(in, extensions->rid))
            return false;
        in->ssrc = packet->ssrc;
        in->reception.begun = false;
        in->reported = false;
    }
    return true;
}

/* RFC 4588, section 4: the original number leads the payload. */
static bool unwrap(const struct incoming *in, const struct rtp_packet *packet,
                   struct media_packet *out)
{
    if (packet->payload_type != in->rtx_payload_type ||
        packet->payload.length <= 2 || !in->reception.begun)
        return false;
    out->repaired = true;
    out->seq =
        (uint16_t)(packet->payload.data[0] << 8 | packet->payload.data[1]);
    out->payload = slice(packet->payload.data + 2, packet->payload.length - 2);
    return true;
}

static void keep(struct incoming *in, const struct media_packet *packet)
{
    packet_cache_put(&in->cache, &(struct cached_packet){
                                     .marker = packet->marker,
                                     .seq = packet->seq,
                                     .timestamp = packet->timestamp,
                                     .payload = packet->payload,
                                 });
}

enum incoming_verdict incoming_take(struct incoming *in,
                                    const struct rtp_packet *packet,
                                    const struct extensions *extensions,
                                    uint64_t now_us, struct media_packet *out)
{
    enum reception_verdict verdict;

    /* Built where it is wanted: copying what was just written would wait for
     * all that is being written, and the cache's lines are cold. */
    *out = (struct media_packet){
        .marker = packet->marker,
        .seq = packet->seq,
        .timestamp = packet->timestamp,
        .has_audio_level = extensions->has_audio_level,
        .audio_level = extensions->audio_level,
        .payload = packet->payload,
    };

    if (packet->ssrc == in->ssrc) {
        if (packet->payload_type != in->payload_type)
            return INCOMING_DROP;
    } else if (!unwrap(in, packet, out)) {
        return INCOMING_DROP; /* an RTX probe is only padding */
    }

    in->heard_us = now_us;
    in->octets += out->payload.length;
    verdict = reception_packet(&in->reception, out->seq, out->timestamp,
                               out->repaired, now_us);
    if (verdict == RECEPTION_RESTART)
        packet_cache_clear(&in->cache);
    if (in->video) {
        out->vp8 = vp8_read(out->payload);
        if (out->vp8.whole)
            keyframe_came(&in->keyframe);
        if (verdict == RECEPTION_OUTAGE)
            keyframe_want(&in->keyframe);
        keep(in, out);
        if (!in->reception.holes)
            reception_lend(&in->reception, packet_cache_holes(&in->cache));
    }
    return verdict == RECEPTION_RESTART ? INCOMING_RESTARTED : INCOMING_FORWARD;
}

void incoming_measure(struct incoming *in, uint64_t interval_us)
{
    in->bps = in->octets * 8 * 1000000 / interval_us;
    in->octets = 0;
}

void incoming_sender_report(struct incoming *in,
                            const struct rtcp_sender_info *info,
                            uint64_t now_us)
{
    reception_sender_report(&in->reception, info->ntp, now_us);
    in->reported = true;
    in->report_us = ntp_to_us(info->ntp);
    in->report_rtp = info->rtp;
}

void incoming_ask(struct incoming *in, uint32_t own_ssrc, uint64_t rtt_us,
                  uint64_t now_us, struct writer *out)
{
    uint16_t missing[ASK_MAX];
    bool gave_up;
    size_t count;

    if (!in->offered || !in->video || in->ssrc == 0)
        return;
    count = reception_ask(&in->reception, now_us, rtt_us, missing, ASK_MAX,
                          &gave_up);
    if (count > 0)
        rtcp_write_nack(out, own_ssrc, in->ssrc, missing, count);
    if (gave_up)
        keyframe_want(&in->keyframe);
    if (keyframe_due(&in->keyframe, now_us))
        rtcp_write_pli(out, own_ssrc, in->ssrc);
}

uint64_t incoming_deadline(const struct incoming *in)
{
    uint64_t missing, picture;

    if (!in->offered || !in->video || in->ssrc == 0)
        return UINT64_MAX;
    missing = reception_deadline(&in->reception);
    picture = keyframe_deadline(&in->keyframe);
    return missing < picture ? missing : picture;
}
