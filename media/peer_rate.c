/* peer, the part that keeps to what the page's line carries. */
#include "media/peer_inner.h"

#include "base/log.h"

#define CAP_LEAST 100000 /* bit/s; below, the sender would stop */
#define CAP_AGAIN 4      /* periods; then a cap is told though it is the same */
#define CAP_NONE  UINT64_C(20000000)
#define CAP_SPEECH                                                             \
    48000 /* a cap is of all that is sent, a limit of pictures                 \
           */
#define ENOUGH_BPS   2500000 /* nobody's camera needs more */
#define USED         0.6     /* of the limit: the picture would take more */
#define QUEUED_US    250000
#define SPEECH_LOSES 0.20 /* Opus cannot repair that */
#define PROBE_LOSES  0.10 /* a probe that did that showed nothing */

/* ---- what senders are told --------------------------------------------------
 */

/* What the slowest of a sender's receivers can take of it; from the third
 * person on each gets the encoding that it can take. Who is shown no pictures
 * does not count; when that is everyone, the sender is kept at what a picture
 * that comes back may begin with. */
static uint64_t cap_of(const struct peer *from)
{
    uint64_t cap = CAP_NONE;
    bool seen = false;

    if (peer_has_layers(from))
        return cap;

    for (size_t i = 0; i < from->target_count; i++) {
        const struct peer *to = from->targets[i].to;
        uint64_t bps = downlink_limit(&to->rate.downlink);

        if (to->rate.picture.off)
            continue;
        seen = true;
        if (bps != DOWNLINK_UNKNOWN && bps / peer_shown_count(to) < cap)
            cap = bps / peer_shown_count(to);
    }
    if (!seen && from->target_count > 0)
        cap = PICTURE_BACK_BPS;
    return (cap < CAP_LEAST ? CAP_LEAST : cap) + CAP_SPEECH;
}

void peer_send_cap(struct peer *from)
{
    const struct incoming *camera = &from->tracks[TRACK_CAMERA];
    uint64_t cap = cap_of(from);
    struct writer out;

    if (!from->keyed || !camera->offered || camera->ssrc == 0 ||
        cap == from->rate.told_bps)
        return;
    from->rate.told_bps = cap;
    out = egress_place(from->env->egress);
    rtcp_write_remb(&out, peer_own_ssrc(from), cap, &camera->ssrc, 1);
    peer_send_rtcp(from, &out);
}

static void send_caps(struct peer *to)
{
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++)
        if (to->shown[slot])
            peer_send_cap(to->shown[slot]);
}

/* ---- the last rung ----------------------------------------------------------
 */

static void pictures_begin_anew(struct peer *to)
{
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++) {
        outgoing_switch(&to->streams[OUTGOING_VIDEO + slot]);
        if (to->shown[slot] && !to->rate.picture.off)
            peer_layer_want(to, slot);
    }
    outgoing_switch(&to->streams[OUTGOING_SCREEN]);
    if (to->screen && !to->rate.picture.off) {
        keyframe_want_now(&to->screen->tracks[TRACK_SCREEN].keyframe);
        peer_touch(to->screen);
    }
}

static void picture_changed(struct peer *peer)
{
    bool shown = !peer->rate.picture.off;

    log_notice("picture peer=%s shown=%d limit=%llu speech_loss=%.2f",
               peer->name.text, shown,
               (unsigned long long)downlink_limit(&peer->rate.downlink),
               peer->rate.speech_loss);
    pictures_begin_anew(peer);
    send_caps(peer);
    peer->env->tell(peer->env->arg, &(struct media_event){
                                        .kind = MEDIA_PICTURE,
                                        .peer = peer->name,
                                        .shown = shown,
                                    });
}

/* Several people are shown smaller: two take what one and a half do. */
static uint64_t share(uint64_t limit_bps, unsigned shown)
{
    if (limit_bps == DOWNLINK_UNKNOWN || shown < 2)
        return limit_bps;
    return limit_bps * 2 / (shown + 1);
}

static void look_at_picture(struct peer *peer, uint64_t now_us)
{
    struct peer_rate *rate = &peer->rate;
    unsigned shown = peer_shown_count(peer);
    struct picture_line line = {
        .limit_bps = share(downlink_limit(&rate->downlink), shown),
        .full_bps = share(downlink_full(&rate->downlink), shown),
        .sent_bps = peer_sees_layers(peer) ? 0 : rate->picture_bps,
        .speech_suffers =
            rate->speech_loss - rate->downlink.own_loss > SPEECH_LOSES,
    };

    if (shown == 0) {
        /* Nobody to be seen: the next one begins with a picture. */
        if (rate->picture.off) {
            rate->picture = (struct picture){ 0 };
            picture_changed(peer);
        }
        return;
    }
    if (picture_update(&rate->picture, &line, now_us))
        picture_changed(peer);
}

/* ---- what the page reports --------------------------------------------------
 */

void peer_rate_remb(struct peer *peer, uint64_t bps, uint64_t now_us)
{
    if (downlink_remb(&peer->rate.downlink, bps, now_us))
        probe_failed(&peer->rate.probe, now_us);
    peer->rate.starved = peer_layers_choose(peer, now_us);
    send_caps(peer);
    look_at_picture(peer, now_us);
}

void peer_rate_told(struct peer *peer, uint64_t now_us)
{
    probe_told(&peer->rate.probe, peer->rtt_newest_us, now_us);
}

void peer_rate_block(struct outgoing *stream, const struct rtcp_block *block)
{
    if (stream->told) {
        int32_t expected = (int32_t)(block->highest_seq - stream->told_highest);
        int32_t lost = block->lost - stream->told_lost;

        if (expected > 0)
            stream->expected += (uint32_t)expected;
        if (expected > 0 && lost > 0)
            stream->lost += (uint32_t)lost;
    }
    stream->told = true;
    stream->told_highest = block->highest_seq;
    stream->told_lost = block->lost;
}

struct heard {
    uint32_t expected;
    uint32_t lost;
};

static struct heard take_heard(struct peer *peer, bool video)
{
    struct heard sum = { 0, 0 };

    for (size_t i = 0; i < OUTGOINGS; i++) {
        struct outgoing *stream = &peer->streams[i];

        if (!stream->present || stream->video != video)
            continue;
        sum.expected += stream->expected;
        sum.lost += stream->lost;
        stream->expected = 0;
        stream->lost = 0;
    }
    return sum;
}

/* ---- finding out more -------------------------------------------------------
 */

/* A wider line would show a better picture, or one at all. */
static bool is_hungry(const struct peer *peer)
{
    const struct peer_rate *rate = &peer->rate;
    uint64_t limit = downlink_limit(&rate->downlink);

    if (!rate->downlink.fell || limit >= ENOUGH_BPS ||
        peer_shown_count(peer) == 0)
        return false;
    return rate->picture.off || rate->starved ||
           (double)rate->picture_bps >= USED * (double)limit;
}

/* Where padding goes: any picture that the page receives. */
static struct outgoing *padding_stream(struct peer *peer)
{
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++) {
        struct outgoing *stream = &peer->streams[OUTGOING_VIDEO + slot];

        if (stream->present && peer->shown[slot])
            return stream;
    }
    return NULL;
}

static void send_padding(struct peer *peer, size_t bytes, uint64_t now_us)
{
    struct outgoing *stream = padding_stream(peer);

    while (stream && bytes > 0) {
        uint8_t some = bytes > UINT8_MAX ? UINT8_MAX : (uint8_t)bytes;
        struct writer out = egress_place(peer->env->egress);

        if (!outgoing_padding(stream, some, now_us, &out))
            return;
        peer_send_rtp(peer, &out);
        probe_sent(&peer->rate.probe, some + RTP_HEADER_SIZE);
        bytes -= some;
    }
}

static void probe_tick(struct peer *peer, uint64_t now_us)
{
    struct peer_rate *rate = &peer->rate;
    uint64_t carries = probe_result(&rate->probe, now_us);

    if (carries > 0 && downlink_excess(&rate->downlink) < PROBE_LOSES) {
        downlink_carries(&rate->downlink, carries);
        log_debug("probe peer=%s carries=%llu", peer->name.text,
                  (unsigned long long)carries);
        send_caps(peer);
        look_at_picture(peer, now_us);
        if (is_hungry(peer))
            (void)probe_begin(&rate->probe, downlink_limit(&rate->downlink),
                              now_us);
    }
    send_padding(peer, probe_padding(&rate->probe, now_us), now_us);
}

/* ---- retransmissions, each in its turn --------------------------------------
 */

static void repeat_tick(struct peer *peer, uint64_t now_us)
{
    uint64_t limit = downlink_limit(&peer->rate.downlink);
    struct pace_repeat repeat;

    while (pace_next(&peer->rate.pace, limit, now_us, &repeat)) {
        enum track track;
        struct peer *from = peer_source(peer, repeat.stream, &track);
        struct writer out = egress_place(peer->env->egress);

        if (!from || !from->tracks[track].offered ||
            !outgoing_repeat(&peer->streams[repeat.stream],
                             &from->tracks[track].cache, repeat.seq, now_us,
                             &out))
            continue;
        pace_spend(&peer->rate.pace, out.length);
        peer_rate_sent(peer, out.length);
        peer_send_rtp(peer, &out);
    }
}

/* ---- time -------------------------------------------------------------------
 */

void peer_rate_tick(struct peer *peer, uint64_t now_us)
{
    repeat_tick(peer, now_us);
    probe_tick(peer, now_us);
}

uint64_t peer_rate_deadline(const struct peer *peer)
{
    uint64_t repeats = pace_deadline(&peer->rate.pace);
    uint64_t probe = probe_deadline(&peer->rate.probe);

    return repeats < probe ? repeats : probe;
}

/* The way there and back takes longer than it can: something waits. */
static bool is_queued(struct peer *peer)
{
    struct peer_rate *rate = &peer->rate;

    if (peer->rtt_newest_us == 0)
        return false;
    if (rate->rtt_least_us == 0 || peer->rtt_newest_us < rate->rtt_least_us)
        rate->rtt_least_us = peer->rtt_newest_us;
    else /* another network may be slower */
        rate->rtt_least_us += rate->rtt_least_us / 100 + 1;
    return peer->rtt_newest_us > rate->rtt_least_us + QUEUED_US;
}

void peer_rate_period(struct peer *peer, uint64_t now_us)
{
    struct peer_rate *rate = &peer->rate;
    struct heard pictures = take_heard(peer, true);
    struct heard speech = take_heard(peer, false);

    /* What was told may have been lost. */
    if (++rate->periods % CAP_AGAIN == 0)
        rate->told_bps = 0;
    for (size_t i = 0; i < TRACKS; i++)
        incoming_measure(&peer->tracks[i], PEER_PERIOD_US);
    rate->picture_bps = rate->picture_bytes * 8 * 1000000 / PEER_PERIOD_US;
    rate->picture_bytes = 0;
    if (speech.expected > 0)
        rate->speech_loss = (double)speech.lost / (double)speech.expected;
    /* A full queue drops both, and where no picture goes speech tells. */
    if (downlink_loss(&rate->downlink, pictures.expected + speech.expected,
                      pictures.lost + speech.lost, now_us)) {
        probe_failed(&rate->probe, now_us);
        send_caps(peer);
    }
    if (downlink_feel(&rate->downlink, rate->picture_bps, is_queued(peer),
                      now_us)) {
        probe_failed(&rate->probe, now_us);
        send_caps(peer);
    }
    rate->starved = peer_layers_choose(peer, now_us);
    look_at_picture(peer, now_us);
    if (is_hungry(peer))
        (void)probe_begin(&rate->probe, downlink_limit(&rate->downlink),
                          now_us);
}
