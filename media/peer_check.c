/* peer, the part that checks a page's voice and line before it is in company.
 * What was said lies in peer->echo and nowhere else, until it was played. */
#include "media/peer_inner.h"

#include <stdlib.h>

/* ---- the voice -------------------------------------------------------------
 */

void peer_end_echo(struct peer *peer)
{
    echo_check_free(peer->echo);
    peer->echo = NULL;
    if (peer->house.play == HOUSE_ECHO)
        peer->house.play = HOUSE_SILENT;
}

enum media_refusal peer_echo(struct peer *peer, uint64_t now_us)
{
    if (peer->target_count > 0)
        return MEDIA_ROUTED;
    peer_end_echo(peer);
    peer->echo = echo_check_new(now_us);
    if (!peer->echo)
        return MEDIA_FULL;
    peer->house.play = HOUSE_ECHO;
    peer->house.due_us = TIMER_NEVER;
    outgoing_switch(&peer->streams[OUTGOING_HOUSE]);
    peer_touch(peer);
    return MEDIA_TAKEN;
}

static void tell_heard(struct peer *peer)
{
    struct echo_loudness loudness = echo_check_loudness(peer->echo);

    peer->env->tell(peer->env->arg,
                    &(struct media_event){
                        .kind = MEDIA_HEARD,
                        .peer = peer->name,
                        .heard = {
                            .loudness_db = loudness.db,
                            .spoken_ms = loudness.spoken_ms,
                            .playing_ms = echo_check_playing_ms(peer->echo),
                        },
                    });
}

void peer_check_sound(struct peer *peer, const struct media_packet *packet,
                      uint64_t now_us)
{
    if (!peer->echo || echo_check_state(peer->echo) != ECHO_LISTENING)
        return;
    echo_check_take(peer->echo, packet->seq, packet->timestamp, packet->payload,
                    now_us);
    if (echo_check_state(peer->echo) != ECHO_LISTENING)
        tell_heard(peer);
}

static void play_echo(struct peer *peer, uint64_t now_us)
{
    bool listened = echo_check_state(peer->echo) == ECHO_LISTENING;
    struct echo_packet packet;

    echo_check_tick(peer->echo, now_us);
    if (listened && echo_check_state(peer->echo) != ECHO_LISTENING)
        tell_heard(peer);
    while (echo_check_next(peer->echo, now_us, &packet))
        peer_send_house(peer,
                        &(struct media_packet){
                            .seq = packet.seq,
                            .timestamp = packet.timestamp,
                            .payload = packet.payload,
                        },
                        now_us);
    if (echo_check_state(peer->echo) == ECHO_DONE)
        peer_end_echo(peer);
}

/* ---- the line --------------------------------------------------------------
 */

/* The stream in whose retransmissions padding can travel. */
static struct outgoing *padded_stream(struct peer *peer)
{
    for (size_t i = OUTGOING_VIDEO + 1; i < OUTGOINGS; i++) {
        struct outgoing *stream = &peer->streams[i];

        if (stream->present && stream->rtx_ssrc != 0 &&
            stream->rtx_payload_type != 0)
            return stream;
    }
    return NULL;
}

enum media_refusal peer_probe(struct peer *peer, uint64_t now_us)
{
    struct outgoing *stream = padded_stream(peer);
    struct source_clock clock = { .known = false };
    struct writer out;

    if (peer->target_count > 0)
        return MEDIA_ROUTED;
    if (!peer->keyed || !stream)
        return MEDIA_UNKNOWN_PEER;
    if (!peer->probe)
        peer->probe = malloc(sizeof(*peer->probe));
    if (!peer->probe)
        return MEDIA_FULL;
    line_probe_begin(peer->probe, now_us);
    peer->rtt_newest_us = 0;
    for (size_t i = 0; i < TRACKS; i++)
        if (peer->tracks[i].offered)
            reception_mark(&peer->tracks[i].reception);
    /* What the page reports on the padding tells the way there and back, once
     * it has a sender's report to refer to. */
    out = egress_place(peer->env->egress);
    outgoing_report(stream, &clock, now_us, &out);
    peer_send_rtcp(peer, &out);
    peer_touch(peer);
    return MEDIA_TAKEN;
}

bool peer_check_report(struct peer *peer, const struct rtcp_block *block,
                       uint64_t now_us)
{
    const struct outgoing *stream = padded_stream(peer);

    if (!peer->probe || !stream || block->ssrc != stream->rtx_ssrc)
        return false;
    line_probe_report(peer->probe, block->highest_seq, block->lost, now_us);
    return true;
}

/* Sound tells of jitter better than a picture, whose packets of one moment
 * are sent one after the other. */
static unsigned jitter_of(const struct peer *peer)
{
    for (size_t i = 0; i < TRACKS; i++) {
        const struct incoming *in = &peer->tracks[i];

        if (in->offered && in->heard_us >= peer->probe->began_us)
            return (in->reception.jitter >> 4) / (in->rate / 1000);
    }
    return 0;
}

/* What came up since the probe began, over all that the page sends. */
static void measure_up(const struct peer *peer, struct media_line *line)
{
    uint64_t expected = 0, received = 0;

    for (size_t i = 0; i < TRACKS; i++) {
        const struct incoming *in = &peer->tracks[i];
        struct reception_count count;

        if (!in->offered || in->heard_us < peer->probe->began_us)
            continue;
        count = reception_since_mark(&in->reception);
        expected += count.expected;
        received += count.received;
    }
    line->up_known = received > 0;
    line->up_kbps = line_probe_up_kbps(peer->probe);
    line->jitter_ms = jitter_of(peer);
    if (expected > received)
        line->loss_up = (double)(expected - received) / (double)expected;
}

static void tell_line(struct peer *peer)
{
    struct media_event event = { .kind = MEDIA_PROBED, .peer = peer->name };
    const struct line_probe *probe = peer->probe;

    event.line.down_known = probe->down_known;
    event.line.down_kbps = (unsigned)(probe->down_bps / 1000);
    event.line.loss_down = probe->loss_down;
    event.line.rtt_known = peer->rtt_newest_us > 0;
    event.line.rtt_ms = (unsigned)(peer->rtt_newest_us / 1000);
    measure_up(peer, &event.line);
    peer->env->tell(peer->env->arg, &event);
}

static void end_probe(struct peer *peer)
{
    free(peer->probe);
    peer->probe = NULL;
}

static void probe_on(struct peer *peer, uint64_t now_us)
{
    struct outgoing *stream = padded_stream(peer);

    for (unsigned n = line_probe_send(peer->probe, now_us); n > 0; n--) {
        struct writer out = egress_place(peer->env->egress);

        if (outgoing_padding(stream, LINE_PROBE_PADDING, now_us, &out))
            peer_send_rtp(peer, &out);
    }
    if (!line_probe_is_over(peer->probe, now_us))
        return;
    tell_line(peer);
    end_probe(peer);
}

/* ---- both ------------------------------------------------------------------
 */

void peer_check_end(struct peer *peer)
{
    peer_end_echo(peer);
    end_probe(peer);
}

void peer_check_tick(struct peer *peer, uint64_t now_us)
{
    if (peer->echo)
        play_echo(peer, now_us);
    if (peer->probe)
        probe_on(peer, now_us);
}

uint64_t peer_check_deadline(const struct peer *peer)
{
    uint64_t due = TIMER_NEVER;

    if (peer->echo)
        due = echo_check_deadline(peer->echo);
    if (peer->probe && line_probe_deadline(peer->probe) < due)
        due = line_probe_deadline(peer->probe);
    return due;
}
