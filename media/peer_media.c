/* peer, the part that moves sound and pictures. */
#include "media/peer.h"

#include "base/log.h"
#include "base/secret.h"
#include "media/rtp/clock.h"

#include <assert.h>
#include <errno.h>

#define RTT_LEAST_US   20000 /* do not ask again sooner than this */
#define RTT_MOST_US    1000000
#define SCREEN_FREE_US 2000000 /* after that another's screen may be shown */
#define NACKS_MAX      128     /* numbers answered of one message */
#define REMB_FLOOR     100000  /* bit/s; below, the page would stop */
#define REMB_NO_LIMIT  UINT64_C(20000000)

static bool is_due(uint64_t due_us, uint64_t now_us)
{
    return due_us != TIMER_NEVER && now_us >= due_us;
}

/* ---- encrypt and send ------------------------------------------------------
 */

/* The plain packet lies in an egress place already. */
static void send_rtp(struct peer *to, const struct writer *plain)
{
    struct writer out = writer_into(plain->data, EGRESS_BYTES);
    int err =
        srtp_out_rtp(&to->srtp_out, slice(plain->data, plain->length), &out);

    /* A number used twice would give the key stream away. */
    assert(err != -EALREADY);
    if (!err)
        egress_add(to->env->egress, &out, &to->path);
}

static void send_rtcp(struct peer *to, const struct writer *plain)
{
    struct writer out = writer_into(plain->data, EGRESS_BYTES);

    if (plain->failed || plain->length == 0)
        return;
    if (srtp_out_rtcp(&to->srtp_out, slice(plain->data, plain->length), &out) ==
        0)
        egress_add(to->env->egress, &out, &to->path);
}

/* RTCP needs the name of a stream of ours; the house's always serves. */
static uint32_t own_ssrc(const struct peer *peer)
{
    return peer->streams[OUTGOING_HOUSE].present
               ? peer->streams[OUTGOING_HOUSE].ssrc
               : 1;
}

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

static struct source_clock clock_of(const struct peer *from, enum track track)
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

/* ---- from one person to another --------------------------------------------
 */

static size_t stream_for(enum track track, unsigned slot)
{
    switch (track) {
    case TRACK_MICROPHONE:
        return OUTGOING_AUDIO + slot;
    case TRACK_CAMERA:
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
    send_rtcp(to, &out);
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
    struct source_clock clock = clock_of(from, track);
    struct writer out;
    bool first;

    assert(slot >= 1 && slot <= MEDIA_SLOTS && to->shown[slot] == from);
    assert(from->room && from->room == to->room);
    if (!to->keyed || !stream->present)
        return;
    if (track == TRACK_SCREEN && !screen_is_free(to, from, now_us))
        return;
    if (stream->gated) {
        if (!packet->whole || packet->repaired) {
            keyframe_want(&from->tracks[track].keyframe);
            peer_touch(from);
            return;
        }
        stream->gated = false;
    }

    out = egress_place(to->env->egress);
    if (!outgoing_write(stream, packet, &clock, now_us, &out, &first))
        return;
    send_rtp(to, &out);
    if (first)
        send_report(to, stream, &clock, now_us);
}

static void forward(struct peer *from, enum track track,
                    const struct media_packet *packet, uint64_t now_us)
{
    for (size_t i = 0; i < from->target_count; i++)
        peer_send(from, track, from->targets[i].to, from->targets[i].slot,
                  packet, now_us);
}

static void restart_streams(struct peer *from, enum track track)
{
    for (size_t i = 0; i < from->target_count; i++) {
        struct peer *to = from->targets[i].to;

        if (track != TRACK_SCREEN || to->screen == from)
            outgoing_switch(
                &to->streams[stream_for(track, from->targets[i].slot)]);
    }
}

void peer_rtp(struct peer *peer, uint8_t *bytes, size_t length,
              const struct endpoint *from, uint64_t now_us)
{
    struct rtp_packet packet;
    struct extensions extensions;
    struct media_packet taken;

    if (!peer->keyed ||
        srtp_in_rtp(&peer->srtp_in, bytes, length, &length) != 0)
        return;
    peer_media_heard(peer, from, now_us);
    if (rtp_read(slice(bytes, length), &packet) != 0)
        return;
    extensions_read(&packet, &peer->ids, &extensions);
    if (extensions.has_transport_seq)
        feedback_packet(&peer->feedback, extensions.transport_seq, now_us);
    peer_touch(peer);

    for (enum track track = 0; track < TRACKS; track++) {
        struct incoming *in = &peer->tracks[track];

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
        forward(peer, track, &taken, now_us);
        return;
    }
}

/* ---- what the page says of what it receives --------------------------------
 */

static struct peer *source_of(const struct peer *peer, size_t stream,
                              enum track *out)
{
    if (stream == OUTGOING_SCREEN) {
        *out = TRACK_SCREEN;
        return peer->screen;
    }
    if (stream > OUTGOING_VIDEO) {
        *out = TRACK_CAMERA;
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
    enum track track;
    struct peer *from;

    if (stream == OUTGOINGS)
        return;
    from = source_of(peer, stream, &track);
    if (!from || !from->tracks[track].offered)
        return;
    for (size_t i = 0; i < count; i++) {
        struct writer out = egress_place(peer->env->egress);

        if (outgoing_repeat(&peer->streams[stream], &from->tracks[track].cache,
                            seqs[i], now_us, &out))
            send_rtp(peer, &out);
    }
}

static void take_picture_request(struct peer *peer, uint32_t ssrc)
{
    size_t stream = stream_by_ssrc(peer, ssrc);
    enum track track;
    struct peer *from;

    if (stream == OUTGOINGS)
        return;
    from = source_of(peer, stream, &track);
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

    if (block->last_report == 0 || rtt > RTT_MOST_US * 10)
        return;
    peer->rtt_us = (peer->rtt_us * 3 + rtt) / 4;
}

static void take_blocks(struct peer *peer, const struct rtcp_message *message,
                        uint64_t now_us)
{
    for (size_t i = 0; i < message->block_count; i++) {
        struct rtcp_block block = rtcp_block_at(message, i);
        size_t stream = stream_by_ssrc(peer, block.ssrc);

        if (stream == OUTGOINGS)
            continue;
        peer->streams[stream].loss = block.fraction_lost / 256.0;
        if (peer->streams[stream].video)
            downlink_loss(&peer->downlink, peer->streams[stream].loss, now_us);
        peer->streams[stream].jitter = block.jitter;
        learn_rtt(peer, &block, now_us);
    }
}

/* What the slowest of a sender's receivers can take. */
static uint64_t cap_of(const struct peer *from, uint64_t now_us)
{
    uint64_t cap = REMB_NO_LIMIT;

    for (size_t i = 0; i < from->target_count; i++) {
        uint64_t bps = downlink_limit(&from->targets[i].to->downlink, now_us);

        if (bps < cap)
            cap = bps;
    }
    return cap < REMB_FLOOR ? REMB_FLOOR : cap;
}

static void send_cap(struct peer *from, uint64_t now_us)
{
    const struct incoming *camera = &from->tracks[TRACK_CAMERA];
    struct writer out;

    if (!from->keyed || !camera->offered || camera->ssrc == 0)
        return;
    out = egress_place(from->env->egress);
    rtcp_write_remb(&out, own_ssrc(from), cap_of(from, now_us), &camera->ssrc,
                    1);
    send_rtcp(from, &out);
}

static void take_remb(struct peer *peer, uint64_t bps, uint64_t now_us)
{
    downlink_remb(&peer->downlink, bps, now_us);
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++)
        if (peer->shown[slot])
            send_cap(peer->shown[slot], now_us);
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
    peer_media_heard(peer, from, now_us);
    packet = slice(bytes, length);
    while (rtcp_next(&packet, &message) == 1) {
        switch (message.kind) {
        case RTCP_SENDER_REPORT:
            take_sender_report(peer, &message, now_us);
            take_blocks(peer, &message, now_us);
            break;
        case RTCP_RECEIVER_REPORT:
            take_blocks(peer, &message, now_us);
            break;
        case RTCP_NACK:
            take_nack(peer, &message, now_us);
            break;
        case RTCP_PLI:
        case RTCP_FIR:
            take_picture_request(peer, message.media_ssrc);
            break;
        case RTCP_REMB:
            take_remb(peer, message.remb_bps, now_us);
            break;
        case RTCP_OTHER:
            break;
        }
    }
    peer_touch(peer);
}

/* ---- the house --------------------------------------------------------------
 */

void peer_play(struct peer *peer, enum house_play play, uint64_t now_us)
{
    struct peer_house *house = &peer->house;
    uint32_t spread;

    if (house->play == play)
        return;
    house->play = play;
    house->due_us = TIMER_NEVER;
    if (play == HOUSE_HOLD) {
        /* Listeners are spread over the frame, not all served at once. */
        secret_random(&spread, sizeof(spread));
        house->frame = 0;
        house->due_us = now_us + spread % HOLD_AUDIO_FRAME_US;
        house->timestamp = rtp_clock(house->due_us, HOLD_AUDIO_RATE);
    }
    peer_touch(peer);
}

static void play_frame(struct peer *peer, uint64_t now_us)
{
    struct peer_house *house = &peer->house;
    struct outgoing *stream = &peer->streams[OUTGOING_HOUSE];
    struct source_clock clock = { .known = false };
    struct writer out;
    bool first;

    if (!peer->keyed || !stream->present)
        return;
    out = egress_place(peer->env->egress);
    if (!outgoing_write(
            stream,
            &(struct media_packet){
                .marker = house->frame == 0,
                .seq = house->seq++,
                .timestamp = house->timestamp,
                .payload = hold_audio_frame(peer->env->hold, house->frame),
            },
            &clock, now_us, &out, &first))
        return;
    send_rtp(peer, &out);
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

void peer_media_connected(struct peer *peer, uint64_t now_us)
{
    (void)now_us;
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++) {
        struct peer *from = peer->shown[slot];

        if (!from)
            continue;
        keyframe_want_now(&from->tracks[TRACK_CAMERA].keyframe);
        peer_touch(from);
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

    out = egress_place(peer->env->egress);
    for (size_t i = 0; i < TRACKS; i++)
        incoming_ask(&peer->tracks[i], own_ssrc(peer), ask_interval(peer),
                     now_us, &out);
    send_rtcp(peer, &out);

    for (int i = 0; i < 4 && is_due(feedback_deadline(&peer->feedback), now_us);
         i++) {
        out = egress_place(peer->env->egress);
        if (feedback_write(&peer->feedback, own_ssrc(peer),
                           any_media_ssrc(peer), now_us, &out))
            send_rtcp(peer, &out);
    }
}

uint64_t peer_media_deadline(const struct peer *peer)
{
    uint64_t due = TIMER_NEVER;

    if (!peer->keyed)
        return due;
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

static void report_receptions(struct peer *peer, uint64_t now_us)
{
    struct rtcp_block blocks[TRACKS];
    size_t count = 0;
    struct writer out;

    for (size_t i = 0; i < TRACKS; i++) {
        struct incoming *in = &peer->tracks[i];

        if (in->offered && in->heard_us + 2 * PEER_PERIOD_US > now_us)
            blocks[count++] = reception_block(&in->reception, in->ssrc, now_us);
    }
    if (count == 0)
        return;
    out = egress_place(peer->env->egress);
    rtcp_write_receiver_report(&out, own_ssrc(peer), blocks, count);
    rtcp_write_cname(&out, own_ssrc(peer), "house");
    send_rtcp(peer, &out);
}

void peer_media_period(struct peer *peer, uint64_t now_us)
{
    if (!peer->keyed)
        return;
    report_receptions(peer, now_us);
    for (size_t i = 0; i < OUTGOINGS; i++) {
        struct source_clock clock = { .known = false };
        enum track track;
        struct peer *from;

        if (!outgoing_report_due(&peer->streams[i], now_us))
            continue;
        from = source_of(peer, i, &track);
        if (from)
            clock = clock_of(from, track);
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
