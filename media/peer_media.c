/* peer, the part that moves sound and pictures. */
#include "media/peer_inner.h"

#include "base/log.h"
#include "base/secret.h"
#include "media/rtp/clock.h"
#include "media/transport/demux.h"

#include <assert.h>
#include <errno.h>

#define RTT_LEAST_US   20000 /* do not ask again sooner than this */
#define RTT_MOST_US    1000000
#define EVEN_STEP      8       /* bytes; frames' packets differ by less */
#define EVEN_LEAST     200     /* smaller frames are one packet */
#define SCREEN_FREE_US 2000000 /* after that another's screen may be shown */

static bool is_due(uint64_t due_us, uint64_t now_us)
{
    return due_us != TIMER_NEVER && now_us >= due_us;
}

/* ---- encrypt and send ------------------------------------------------------
 */

/* By its SSRC, which SRTP leaves readable. */
static bool is_picture(const struct peer *to, struct slice packet)
{
    uint32_t ssrc;

    if (packet.length < 12 || demux(packet) != PACKET_RTP)
        return false;
    ssrc = (uint32_t)packet.data[8] << 24 | (uint32_t)packet.data[9] << 16 |
           (uint32_t)packet.data[10] << 8 | packet.data[11];
    for (size_t i = OUTGOING_VIDEO + 1; i < OUTGOINGS; i++)
        if (to->streams[i].ssrc == ssrc || to->streams[i].rtx_ssrc == ssrc)
            return true;
    return false;
}

void peer_depart_tcp(struct peer *peer, const struct writer *packet,
                     const struct endpoint *to)
{
    struct slice bytes = writer_done(packet);

    if (peer->env->tcp)
        tcp_send(peer->env->tcp, to, bytes, is_picture(peer, bytes));
}

static void sealed(struct peer *to, const struct writer *packet, int err)
{
    /* A number used twice would give the key stream away. */
    assert(err != -EALREADY);
    if (!err)
        peer_depart(to, packet, &to->path);
}

void peer_send_rtp(struct peer *to, const struct writer *plain)
{
    struct writer out = writer_into(plain->data, EGRESS_BYTES);

    sealed(
        to, &out,
        srtp_out_rtp(&to->srtp_out, slice(plain->data, plain->length), &out));
}

/* A header that lies in an egress place, and a payload that is encrypted from
 * where it is to behind the header. */
static void send_parts(struct peer *to, const struct writer *header,
                       struct slice payload)
{
    struct writer out = writer_into(header->data, EGRESS_BYTES);

    sealed(to, &out,
           srtp_out_rtp_parts(&to->srtp_out,
                              slice(header->data, header->length), payload,
                              &out));
}

void peer_send_rtcp(struct peer *to, const struct writer *plain)
{
    struct writer out = writer_into(plain->data, EGRESS_BYTES);

    if (plain->failed || plain->length == 0)
        return;
    if (srtp_out_rtcp(&to->srtp_out, slice(plain->data, plain->length), &out) ==
        0)
        peer_depart(to, &out, &to->path);
}

uint32_t peer_own_ssrc(const struct peer *peer)
{
    return peer->streams[OUTGOING_HOUSE].present
               ? peer->streams[OUTGOING_HOUSE].ssrc
               : 1;
}

/* ---- from one person to another --------------------------------------------
 */

static size_t stream_for(enum track track, unsigned slot)
{
    switch (track) {
    case TRACK_MICROPHONE:
        return OUTGOING_AUDIO + slot;
    case TRACK_CAMERA:
    case TRACK_CAMERA_MIDDLE:
    case TRACK_CAMERA_LARGE:
        return OUTGOING_VIDEO + slot;
    case TRACK_SCREEN:
    case TRACKS:
        break;
    }
    return OUTGOING_SCREEN;
}

static void send_report(struct peer *to, struct outgoing *stream,
                        const struct source_clock *clock, uint64_t now_us)
{
    struct writer out = egress_place(to->env->egress);

    outgoing_report(stream, clock, now_us, &out);
    peer_send_rtcp(to, &out);
}

/* There is one place for a screen: it is given to whoever shows one, and to
 * another only when the first has stopped. */
static bool screen_is_free(struct peer *to, struct peer *from, uint64_t now_us)
{
    struct outgoing *stream = &to->streams[OUTGOING_SCREEN];

    if (to->screen == from)
        return true;
    if (to->screen && now_us - stream->sent_us < SCREEN_FREE_US)
        return false;
    to->screen = from;
    outgoing_switch(stream);
    return true;
}

/*
 * The only way by which something that a person sent reaches another person.
 * Whoever calls this without a route that says so has a bug that must not
 * survive: the process ends rather than show one patient to another.
 */
static void peer_send(struct peer *from, enum track track, struct peer *to,
                      unsigned slot, const struct media_packet *packet,
                      uint64_t now_us)
{
    struct outgoing *stream = &to->streams[stream_for(track, slot)];
    struct source_clock clock = peer_clock(from, track);
    struct writer out;
    bool first;

    assert(slot >= 1 && slot <= MEDIA_SLOTS && to->shown[slot] == from);
    assert(from->room && from->room == to->room);
    if (!to->keyed || !stream->present)
        return;
    if (track == TRACK_SCREEN && !screen_is_free(to, from, now_us))
        return;
    if (stream->video && to->rate.picture.off)
        return;
    if (peer_is_camera(track) && !peer_layer_passes(stream, track, packet))
        return;
    if (stream->gated) {
        if (!packet->vp8.whole || packet->repaired) {
            keyframe_want(&from->tracks[track].keyframe);
            peer_touch(from);
            return;
        }
        stream->gated = false;
    }

    out = egress_place(to->env->egress);
    if (!outgoing_header(stream, packet, &clock, now_us, &out, &first))
        return;
    send_parts(to, &out, packet->payload);
    if (stream->video)
        peer_rate_sent(to, packet->payload.length + RTP_HEADER_SIZE);
    if (!first)
        return;
    send_report(to, stream, &clock, now_us);
    /* What the last receiver could take is no measure for this one. */
    if (peer_is_camera(track))
        peer_send_cap(from);
}

static void forward(struct peer *from, enum track track,
                    const struct media_packet *packet, uint64_t now_us)
{
    int64_t number = seq_extend(
        reception_newest(&from->tracks[track].reception), packet->seq);

    for (size_t i = 0; i < from->target_count; i++) {
        const struct peer_target *target = &from->targets[i];

        if (number > target->wall[track])
            peer_send(from, track, target->to, target->slot, packet, now_us);
    }
}

/*
 * Browsers cut a frame into packets that differ by a byte, and only equal ones
 * leave as one run. A little padding (RFC 3550, section 5.1) makes most frames
 * one run. It lies where the packet's own padding and tag were.
 */
static void even_out(struct media_packet *packet, uint8_t *bytes, size_t size)
{
    size_t length = packet->payload.length;
    size_t padding = (EVEN_STEP - length % EVEN_STEP) % EVEN_STEP;
    size_t end = (size_t)(packet->payload.data - bytes) + length;

    if (length < EVEN_LEAST || padding == 0 || end + padding > size)
        return;
    memset(bytes + end, 0, padding);
    bytes[end + padding - 1] = (uint8_t)padding;
    packet->payload.length += padding;
    packet->padding = (uint8_t)padding;
}

static void restart_streams(struct peer *from, enum track track)
{
    for (size_t i = 0; i < from->target_count; i++) {
        struct peer *to = from->targets[i].to;
        struct outgoing *stream =
            &to->streams[stream_for(track, from->targets[i].slot)];

        from->targets[i].wall[track] = -1; /* numbers begin anew */
        if (track == TRACK_SCREEN && to->screen != from)
            continue;
        if (peer_is_camera(track) && peer_layer_track(stream->layer) != track)
            continue;
        outgoing_switch(stream);
    }
}

/* Somebody was not heard for a while although a route wants them to be. */
static void tell_gap(struct peer *peer, uint64_t heard_us, uint64_t now_us)
{
    if (peer->target_count == 0 || heard_us <= peer->routed_us ||
        now_us - heard_us < PEER_GAP_US)
        return;
    peer->env->tell(peer->env->arg,
                    &(struct media_event){
                        .kind = MEDIA_GAP,
                        .peer = peer->name,
                        .gap_ms = (unsigned)((now_us - heard_us) / 1000),
                    });
}

void peer_rtp(struct peer *peer, uint8_t *bytes, size_t length,
              const struct endpoint *from, uint64_t now_us)
{
    struct rtp_packet packet;
    struct extensions extensions;
    struct media_packet taken;
    size_t size = length;

    if (!peer->keyed ||
        srtp_in_rtp(&peer->srtp_in, bytes, length, &length) != 0)
        return;
    peer_heard(peer, from, now_us);
    if (rtp_read(slice(bytes, length), &packet) != 0)
        return;
    extensions_read(&packet, &peer->ids, &extensions);
    if (extensions.has_transport_seq)
        feedback_packet(&peer->feedback, extensions.transport_seq,
                        now_us - from->age_us);
    peer_touch(peer);

    if (peer->probe)
        line_probe_received(peer->probe, size, now_us);

    for (enum track track = 0; track < TRACKS; track++) {
        struct incoming *in = &peer->tracks[track];
        uint64_t heard = in->heard_us;

        if (!incoming_claims(in, &packet, &extensions))
            continue;
        switch (incoming_take(in, &packet, &extensions, now_us, &taken)) {
        case INCOMING_DROP:
            return;
        case INCOMING_RESTARTED:
            restart_streams(peer, track);
            break;
        case INCOMING_FORWARD:
            break;
        }
        if (track == TRACK_MICROPHONE) {
            tell_gap(peer, heard, now_us);
            peer_check_sound(peer, &taken, now_us);
        } else {
            taken.own = bytes + (taken.payload.data - bytes);
            even_out(&taken, bytes, size);
        }
        forward(peer, track, &taken, now_us);
        return;
    }
}

/* ---- the house --------------------------------------------------------------
 */

enum media_refusal peer_play(struct peer *peer, enum house_play play,
                             uint64_t now_us)
{
    struct peer_house *house = &peer->house;
    uint32_t spread;

    if (play == HOUSE_ECHO)
        return peer_echo(peer, now_us);
    if (house->play == play)
        return MEDIA_TAKEN;
    peer_end_echo(peer);
    house->play = play;
    house->due_us = TIMER_NEVER;
    if (play == HOUSE_HOLD) {
        /* Listeners are spread over the frame, not all served at once. */
        secret_random(&spread, sizeof(spread));
        house->frame = 0;
        house->due_us = now_us + spread % HOLD_AUDIO_FRAME_US;
        house->timestamp = rtp_clock(house->due_us, HOLD_AUDIO_RATE);
        outgoing_switch(&peer->streams[OUTGOING_HOUSE]);
    }
    peer_touch(peer);
    return MEDIA_TAKEN;
}

void peer_send_house(struct peer *peer, const struct media_packet *packet,
                     uint64_t now_us)
{
    struct outgoing *stream = &peer->streams[OUTGOING_HOUSE];
    struct source_clock clock = { .known = false };
    struct writer out;
    bool first;

    if (!peer->keyed || !stream->present)
        return;
    out = egress_place(peer->env->egress);
    if (outgoing_header(stream, packet, &clock, now_us, &out, &first))
        send_parts(peer, &out, packet->payload);
}

static void play_frame(struct peer *peer, uint64_t now_us)
{
    struct peer_house *house = &peer->house;

    peer_send_house(
        peer,
        &(struct media_packet){
            .marker = house->frame == 0,
            .seq = house->seq++,
            .timestamp = house->timestamp,
            .payload = hold_audio_frame(peer->env->hold, house->frame),
        },
        now_us);
    house->frame += 1;
}

static void play(struct peer *peer, uint64_t now_us)
{
    struct peer_house *house = &peer->house;

    if (!is_due(house->due_us, now_us))
        return;
    play_frame(peer, now_us);
    house->due_us += HOLD_AUDIO_FRAME_US;
    house->timestamp += HOLD_AUDIO_SAMPLES;
    /* A worker that was held up does not make up for it. */
    if (house->due_us + HOLD_AUDIO_FRAME_US < now_us) {
        house->due_us = now_us + HOLD_AUDIO_FRAME_US;
        house->timestamp = rtp_clock(house->due_us, HOLD_AUDIO_RATE);
    }
}

/* ---- time -------------------------------------------------------------------
 */

void peer_media_connected(struct peer *peer)
{
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++) {
        if (peer->shown[slot])
            peer_layer_want(peer, slot);
    }
}

static uint64_t ask_interval(const struct peer *peer)
{
    if (peer->rtt_us < RTT_LEAST_US)
        return RTT_LEAST_US;
    return peer->rtt_us > RTT_MOST_US ? RTT_MOST_US : peer->rtt_us;
}

static uint32_t any_media_ssrc(const struct peer *peer)
{
    for (size_t i = TRACKS; i-- > 0;)
        if (peer->tracks[i].heard_us != 0)
            return peer->tracks[i].ssrc;
    return 0;
}

void peer_media_tick(struct peer *peer, uint64_t now_us)
{
    struct writer out;

    if (!peer->keyed)
        return;
    play(peer, now_us);
    peer_check_tick(peer, now_us);
    peer_rate_tick(peer, now_us);

    out = egress_place(peer->env->egress);
    for (size_t i = 0; i < TRACKS; i++)
        incoming_ask(&peer->tracks[i], peer_own_ssrc(peer), ask_interval(peer),
                     now_us, &out);
    peer_send_rtcp(peer, &out);

    for (int i = 0; i < 4 && is_due(feedback_deadline(&peer->feedback), now_us);
         i++) {
        out = egress_place(peer->env->egress);
        if (feedback_write(&peer->feedback, peer_own_ssrc(peer),
                           any_media_ssrc(peer), now_us, &out))
            peer_send_rtcp(peer, &out);
    }
}

uint64_t peer_media_deadline(const struct peer *peer)
{
    uint64_t due = TIMER_NEVER;

    if (!peer->keyed)
        return due;
    due = peer_rate_deadline(peer);
    if (peer_check_deadline(peer) < due)
        due = peer_check_deadline(peer);
    if (peer->house.due_us < due)
        due = peer->house.due_us;
    if (feedback_deadline(&peer->feedback) < due)
        due = feedback_deadline(&peer->feedback);
    for (size_t i = 0; i < TRACKS; i++) {
        uint64_t track = incoming_deadline(&peer->tracks[i]);

        if (track < due)
            due = track;
    }
    return due;
}

/* Opus repairs itself (FEC) as far as its sender knows of loss: it is told what
 * the worst of its listeners misses, not only what was lost on the way here. */
static void tell_listeners_loss(const struct peer *peer,
                                struct rtcp_block *block)
{
    for (size_t i = 0; i < peer->target_count; i++) {
        const struct peer_target *target = &peer->targets[i];
        double loss = target->to->streams[OUTGOING_AUDIO + target->slot].loss;

        if (loss * 256 > block->fraction_lost)
            block->fraction_lost = (uint8_t)(loss * 255);
    }
}

static void report_receptions(struct peer *peer, uint64_t now_us)
{
    struct rtcp_block blocks[TRACKS];
    size_t count = 0;
    struct writer out;

    for (size_t i = 0; i < TRACKS; i++) {
        struct incoming *in = &peer->tracks[i];

        if (in->offered && in->heard_us + 2 * PEER_PERIOD_US > now_us)
            blocks[count++] = reception_block(&in->reception, in->ssrc, now_us);
        if (i == TRACK_MICROPHONE && count > 0)
            tell_listeners_loss(peer, &blocks[0]);
    }
    if (count == 0)
        return;
    out = egress_place(peer->env->egress);
    rtcp_write_receiver_report(&out, peer_own_ssrc(peer), blocks, count);
    rtcp_write_cname(&out, peer_own_ssrc(peer), "house");
    peer_send_rtcp(peer, &out);
}

void peer_media_period(struct peer *peer, uint64_t now_us)
{
    if (!peer->keyed)
        return;
    peer_rate_period(peer, now_us);
    report_receptions(peer, now_us);
    for (size_t i = 0; i < OUTGOINGS; i++) {
        struct source_clock clock = { .known = false };
        enum track track;
        struct peer *from;

        if (!outgoing_report_due(&peer->streams[i], now_us))
            continue;
        from = peer_source(peer, i, &track);
        if (from)
            clock = peer_clock(from, track);
        send_report(peer, &peer->streams[i], &clock, now_us);
    }
}

struct media_quality peer_media_quality(const struct peer *peer)
{
    struct media_quality quality = { .rtt_ms =
                                         (unsigned)(peer->rtt_us / 1000) };

    for (size_t i = 0; i < TRACKS; i++)
        if (peer->tracks[i].reception.loss > quality.loss_up)
            quality.loss_up = peer->tracks[i].reception.loss;
    for (size_t i = 0; i < OUTGOINGS; i++) {
        const struct outgoing *stream = &peer->streams[i];
        unsigned jitter;

        if (!stream->present)
            continue;
        jitter = stream->jitter / (stream->rate / 1000);
        if (stream->loss > quality.loss_down)
            quality.loss_down = stream->loss;
        if (jitter > quality.jitter_ms)
            quality.jitter_ms = jitter;
    }
    return quality;
}
