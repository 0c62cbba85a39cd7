#include "media/outgoing.h"

#include "base/secret.h"
#include "media/rtp/clock.h"

#include <string.h>

#define REPEATS_PER_SECOND 500     /* retransmissions of one stream; ours */
#define CAPTURE_LIMIT_US   5000000 /* a capture time further off is nonsense */
#define VIDEO_STEP         900     /* 10 ms: least advance over a switch */
#define AUDIO_STEP         960     /* 20 ms */

static uint32_t random_u32(void)
{
    uint32_t value;

    secret_random(&value, sizeof(value));
    return value;
}

static uint32_t random_ssrc(void)
{
    uint32_t ssrc;

    do
        ssrc = random_u32();
    while (ssrc == 0);
    return ssrc;
}

void outgoing_init(struct outgoing *out, bool video, bool rtx)
{
    *out = (struct outgoing){
        .present = true,
        .video = video,
        .gated = video,
        .rate = video ? 90000 : 48000,
        .ssrc = random_ssrc(),
        .rtx_ssrc = rtx ? random_ssrc() : 0,
        .rtx_seq = (uint16_t)(random_u32() & 0x7fff),
        .clock_base = random_u32(),
    };
    seq_map_init(&out->map, (uint16_t)random_u32());
}

void outgoing_switch(struct outgoing *out)
{
    seq_map_switch(&out->map);
    vp8_map_switch(&out->vp8);
    out->gated = out->video;
}

/* When the packet was captured, in our clock; as good as now when its sender
 * has not reported yet. */
static uint64_t capture_time(const struct outgoing *out, uint32_t timestamp,
                             const struct source_clock *clock, uint64_t now_us)
{
    int64_t late;
    uint64_t capture;

    if (!clock->known)
        return now_us;
    capture = clock->capture_us +
              (uint64_t)rtp_span_us((int32_t)(timestamp - clock->capture_rtp),
                                    out->rate);
    late = (int64_t)(now_us - capture);
    if (late > CAPTURE_LIMIT_US || late < -CAPTURE_LIMIT_US)
        return now_us;
    return capture;
}

static void write_extensions(const struct outgoing *out,
                             const struct media_packet *packet, uint64_t now_us,
                             struct writer *to)
{
    if (packet->has_audio_level)
        extension_write_audio_level(to, out->ids.audio_level,
                                    packet->audio_level);
    extension_write_abs_send_time(to, out->ids.abs_send_time, now_us);
}

bool outgoing_header(struct outgoing *out, const struct media_packet *packet,
                     const struct source_clock *clock, uint64_t now_us,
                     struct writer *to, bool *first)
{
    uint64_t capture = capture_time(out, packet->timestamp, clock, now_us);
    uint32_t line = out->clock_base + rtp_clock(capture, out->rate);
    uint8_t bytes[16];
    struct writer extensions = writer_into(bytes, sizeof(bytes));
    struct seq_mapped mapped;
    bool newest;

    if (!seq_map_pass(&out->map, packet->seq, packet->timestamp, line,
                      out->video ? VIDEO_STEP : AUDIO_STEP, &mapped))
        return false;

    write_extensions(out, packet, now_us, &extensions);
    rtp_write_header(
        &(struct rtp_packet){
            /* Sound after a switch begins a talkspurt (RFC 3551, 4.1). */
            .marker = packet->marker || (mapped.first && !out->video),
            .padded = packet->padding > 0,
            .payload_type = out->payload_type,
            .seq = mapped.seq,
            .timestamp = mapped.timestamp,
            .ssrc = out->ssrc,
            .extension_profile = RTP_EXTENSION_ONEBYTE,
            .extension = writer_done(&extensions),
        },
        to);

    out->packets += 1;
    out->octets += (uint32_t)packet->payload.length - packet->padding;
    newest = mapped.first || (int32_t)(mapped.timestamp - out->timestamp) >= 0;
    if (newest) {
        out->timestamp = mapped.timestamp;
        out->sent_us = now_us;
    }
    if (packet->own) {
        vp8_map_pass(&out->vp8, &packet->vp8, newest);
        vp8_map_write(&out->vp8, &packet->vp8, packet->own);
    }
    *first = mapped.first;
    return !to->failed;
}

static bool may_repeat(struct outgoing *out, uint64_t now_us)
{
    if (now_us - out->repeats_us >= 1000000) {
        out->repeats_us = now_us;
        out->repeats = REPEATS_PER_SECOND;
    }
    if (out->repeats == 0)
        return false;
    out->repeats -= 1;
    return true;
}

bool outgoing_repeat(struct outgoing *out, const struct packet_cache *cache,
                     uint16_t seq, uint64_t now_us, struct writer *to)
{
    uint8_t bytes[16];
    struct writer extensions = writer_into(bytes, sizeof(bytes));
    struct cached_packet cached;
    struct vp8_descriptor vp8;
    uint16_t source;

    if (out->rtx_ssrc == 0 || out->rtx_payload_type == 0 ||
        !seq_map_source(&out->map, seq, &source) ||
        !packet_cache_get(cache, source, &cached) || !may_repeat(out, now_us))
        return false;

    extension_write_abs_send_time(&extensions, out->ids.abs_send_time, now_us);
    rtp_write_header(
        &(struct rtp_packet){
            .marker = cached.marker,
            .payload_type = out->rtx_payload_type,
            .seq = out->rtx_seq++,
            .timestamp = cached.timestamp + out->map.timestamp_shift,
            .ssrc = out->rtx_ssrc,
            .extension_profile = RTP_EXTENSION_ONEBYTE,
            .extension = writer_done(&extensions),
        },
        to);
    writer_u16(to, seq); /* RFC 4588, section 4 */
    writer_bytes(to, cached.payload);
    if (to->failed)
        return false;
    vp8 = vp8_read(cached.payload);
    vp8_map_write(&out->vp8, &vp8,
                  to->data + to->length - cached.payload.length);
    return true;
}

bool outgoing_padding(struct outgoing *out, uint8_t bytes, uint64_t now_us,
                      struct writer *to)
{
    uint8_t extension[16];
    struct writer extensions = writer_into(extension, sizeof(extension));

    if (out->rtx_ssrc == 0 || out->rtx_payload_type == 0)
        return false;
    extension_write_abs_send_time(&extensions, out->ids.abs_send_time, now_us);
    rtp_write_header(
        &(struct rtp_packet){
            .padding = bytes,
            .payload_type = out->rtx_payload_type,
            .seq = out->rtx_seq++,
            .timestamp = out->timestamp,
            .ssrc = out->rtx_ssrc,
            .extension_profile = RTP_EXTENSION_ONEBYTE,
            .extension = writer_done(&extensions),
        },
        to);
    return !to->failed;
}

bool outgoing_report_due(const struct outgoing *out, uint64_t now_us)
{
    return out->present && out->sent_us > out->reported_us &&
           now_us - out->reported_us >= OUTGOING_REPORT_US;
}

/* Where the stream's RTP clock stands now. With a report of the source it is
 * the source's own clock, so that sound and picture of one person agree. */
static uint32_t rtp_now(const struct outgoing *out,
                        const struct source_clock *clock, uint64_t now_us)
{
    if (!clock->known)
        return out->timestamp +
               (uint32_t)rtp_span((int64_t)(now_us - out->sent_us), out->rate);
    return clock->capture_rtp + out->map.timestamp_shift +
           (uint32_t)rtp_span((int64_t)(now_us - clock->capture_us), out->rate);
}

void outgoing_report(struct outgoing *out, const struct source_clock *clock,
                     uint64_t now_us, struct writer *to)
{
    rtcp_write_sender_report(to, out->ssrc,
                             &(struct rtcp_sender_info){
                                 .ntp = ntp_of(now_us),
                                 .rtp = rtp_now(out, clock, now_us),
                                 .packets = out->packets,
                                 .octets = out->octets,
                             });
    rtcp_write_cname(to, out->ssrc, out->cname);
    out->reported_us = now_us;
}
