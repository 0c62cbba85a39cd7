/*
 * peer_inner: what peer.c (life and way), peer_media.c (sound and pictures),
 * peer_report.c (what the page reports) and peer_rate.c (what its line carries)
 * need of each other; nobody else's.
 */
#ifndef MEDIA_PEER_INNER_H
#define MEDIA_PEER_INNER_H

#include "media/peer.h"

/* ---- peer.c ----------------------------------------------------------------
 */

/* An authenticated media packet came. */
void peer_heard(struct peer *peer, const struct endpoint *from,
                uint64_t now_us);

/* What was written to an egress place leaves. TCP has a way of its own. */
void peer_depart_tcp(struct peer *peer, const struct writer *packet,
                     const struct endpoint *to);

static inline void peer_depart(struct peer *peer, const struct writer *packet,
                               const struct endpoint *to)
{
    peer->env->packets_out += 1;
    if (to->remote.connection == 0)
        egress_add(peer->env->egress, packet, to);
    else
        peer_depart_tcp(peer, packet, to);
}

/* ---- peer_media.c ----------------------------------------------------------
 */

/* Encrypt and send a plain packet that lies in an egress place. */
void peer_send_rtp(struct peer *to, const struct writer *plain);
void peer_send_rtcp(struct peer *to, const struct writer *plain);

/* RTCP needs the name of a stream of ours; the house's always serves. */
uint32_t peer_own_ssrc(const struct peer *peer);

void peer_media_connected(struct peer *peer);
void peer_media_tick(struct peer *peer, uint64_t now_us);
void peer_media_period(struct peer *peer, uint64_t now_us);
uint64_t peer_media_deadline(const struct peer *peer);
struct media_quality peer_media_quality(const struct peer *peer);

/* Plays a packet in the house's stream. */
void peer_send_house(struct peer *peer, const struct media_packet *packet,
                     uint64_t now_us);

/* ---- peer_check.c ----------------------------------------------------------
 */

/* A packet of the page's microphone. */
void peer_check_sound(struct peer *peer, const struct media_packet *packet,
                      uint64_t now_us);
void peer_check_tick(struct peer *peer, uint64_t now_us);
uint64_t peer_check_deadline(const struct peer *peer);

/* The page reports on a stream; true when it was the probe's padding. */
bool peer_check_report(struct peer *peer, const struct rtcp_block *block,
                       uint64_t now_us);

/* Begins to listen to the peer's own voice; ends doing so. */
enum media_refusal peer_echo(struct peer *peer, uint64_t now_us);
void peer_end_echo(struct peer *peer);

/* Wipes and frees what a check keeps; nothing is told any more. */
void peer_check_end(struct peer *peer);

/* ---- peer_report.c ---------------------------------------------------------
 */

/* Who is in this stream of a page's, and which of their tracks; NULL: nobody.
 */
struct peer *peer_source(const struct peer *peer, size_t stream,
                         enum track *out);

struct source_clock peer_clock(const struct peer *from, enum track track);

/* ---- peer_layers.c ---------------------------------------------------------
 */

/* The track of a camera's nth encoding. */
static inline enum track peer_layer_track(size_t nth)
{
    static const enum track tracks[LAYERS_MAX] = { TRACK_CAMERA,
                                                   TRACK_CAMERA_MIDDLE,
                                                   TRACK_CAMERA_LARGE };

    return tracks[nth];
}

static inline bool peer_is_camera(enum track track)
{
    return track == TRACK_CAMERA || track >= TRACK_CAMERA_MIDDLE;
}

/* A packet of an encoding comes to a receiver of the camera: whether it is the
 * one that goes there; moves to the wanted one with a whole picture of it. */
bool peer_layer_passes(struct outgoing *stream, enum track track,
                       const struct media_packet *packet);

/* Chooses for all that the page is shown. True when a wider line would show
 * more. */
bool peer_layers_choose(struct peer *to, uint64_t now_us);

/* How many people the page is shown. */
unsigned peer_shown_count(const struct peer *peer);

/* Somebody else is shown in this slot: begins with what fits. */
void peer_layer_begin(struct peer *to, unsigned slot, uint64_t now_us);

/* It may be sent smaller encodings instead of none. */
bool peer_sees_layers(const struct peer *to);

/* Asks for a whole picture of what is shown in this slot. */
void peer_layer_want(struct peer *to, unsigned slot);

/* It offers several encodings and has several receivers: each gets its own. */
bool peer_has_layers(const struct peer *from);

/* ---- peer_rate.c -----------------------------------------------------------
 */

/* Tells a sender what the slowest of its receivers can take. */
void peer_send_cap(struct peer *from);

/* What the page says it can receive, and how a stream of ours arrives. */
void peer_rate_remb(struct peer *peer, uint64_t bps, uint64_t now_us);
void peer_rate_block(struct outgoing *stream, const struct rtcp_block *block);
/* The page says something of what it receives: it is awake. */
void peer_rate_told(struct peer *peer, uint64_t now_us);

/* A packet of a picture left for the page. */
static inline void peer_rate_sent(struct peer *to, size_t bytes)
{
    to->rate.picture_bytes += bytes;
    probe_sent(&to->rate.probe, bytes);
}

void peer_rate_tick(struct peer *peer, uint64_t now_us);
void peer_rate_period(struct peer *peer, uint64_t now_us);
uint64_t peer_rate_deadline(const struct peer *peer);

#endif
