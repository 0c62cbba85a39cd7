#include "media/peer_inner.h"

#include "base/log.h"
#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

void peer_touch(struct peer *peer)
{
    if (list_is_empty(&peer->touched))
        list_append(peer->env->touched, &peer->touched);
}

static void tell(struct peer *peer, enum media_event_kind kind)
{
    peer->env->tell(peer->env->arg,
                    &(struct media_event){ .kind = kind, .peer = peer->name });
}

/* ---- who is shown to whom --------------------------------------------------
 */

static void target_add(struct peer *from, struct peer *to, unsigned slot)
{
    struct peer_target *target = &from->targets[from->target_count++];

    *target = (struct peer_target){ .to = to, .slot = slot };
    for (size_t i = 0; i < TRACKS; i++)
        target->wall[i] = reception_newest(&from->tracks[i].reception);
}

static void target_remove(struct peer *from, const struct peer *to,
                          unsigned slot)
{
    for (size_t i = 0; i < from->target_count; i++) {
        if (from->targets[i].to != to || from->targets[i].slot != slot)
            continue;
        from->targets[i] = from->targets[--from->target_count];
        return;
    }
}

static bool is_shown(const struct peer *to, const struct peer *from)
{
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++)
        if (to->shown[slot] == from)
            return true;
    return false;
}

void peer_show(struct peer *to, unsigned slot, struct peer *from,
               uint64_t now_us)
{
    struct peer *before;

    assert(slot >= 1 && slot <= MEDIA_SLOTS);
    before = to->shown[slot];
    if (before == from)
        return;
    if (from && from->target_count == MEDIA_TARGETS_MAX) {
        log_limited(LOG_LEVEL_WARNING, "too many receivers peer=%s",
                    from->name.text);
        from = NULL;
    }

    to->shown[slot] = from;
    outgoing_switch(&to->streams[OUTGOING_AUDIO + slot]);
    outgoing_switch(&to->streams[OUTGOING_VIDEO + slot]);
    if (before) {
        target_remove(before, to, slot);
        if (to->screen == before && !is_shown(to, before)) {
            to->screen = NULL;
            outgoing_switch(&to->streams[OUTGOING_SCREEN]);
        }
    }
    if (from) {
        /* From here on they are in company: no check goes on. */
        peer_check_end(from);
        peer_check_end(to);
        if (from->target_count == 0)
            from->routed_us = now_us;
        target_add(from, to, slot);
        peer_layer_begin(to, slot, now_us);
        from->quality_us = now_us + PEER_QUALITY_US;
        peer_touch(from);
    }
    peer_touch(to);
}

static void leave_routes(struct peer *peer)
{
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++)
        peer_show(peer, slot, NULL, 0);
    while (peer->target_count > 0)
        peer_show(peer->targets[0].to, peer->targets[0].slot, NULL, 0);
}

/* ---- life ------------------------------------------------------------------
 */

/* What DTLS wants sent goes the way that ICE chose. */
static void send_packets(struct peer *peer)
{
    struct packets *packets = peer->env->packets;

    for (size_t i = 0; i < packets->count && ice_lite_path(&peer->ice); i++) {
        struct writer out = egress_place(peer->env->egress);

        writer_bytes(&out, packets->list[i]);
        peer_depart(peer, &out, &peer->path);
    }
    packets_clear(packets);
}

void peer_free(struct peer *peer)
{
    leave_routes(peer);
    peer_check_end(peer);
    if (peer->shaking) {
        packets_clear(peer->env->packets);
        dtls_close(&peer->dtls, peer->env->packets);
        send_packets(peer);
        dtls_release(&peer->dtls);
    }
    if (peer->keyed) {
        srtp_in_release(&peer->srtp_in);
        srtp_out_release(&peer->srtp_out);
    }
    for (size_t i = 0; i < TRACKS; i++)
        incoming_release(&peer->tracks[i]);
    ice_lite_release(&peer->ice);
    list_remove(&peer->touched);
    free(peer);
}

/* An authenticated packet came. */
static void alive(struct peer *peer)
{
    if (peer->life != PEER_LOST)
        return;
    peer->life = PEER_CONNECTED;
    log_notice("back peer=%s", peer->name.text);
    tell(peer, MEDIA_BACK);
}

void peer_succeed(struct peer *peer, const struct peer *before)
{
    if (before->life == PEER_CONNECTED)
        peer->missed_us = ice_lite_heard_us(&before->ice);
    else if (before->life == PEER_JOINING)
        peer->missed_us = before->missed_us;
}

static void check_life(struct peer *peer, uint64_t now_us)
{
    uint64_t heard = ice_lite_heard_us(&peer->ice);
    uint64_t limit = peer->room ? PEER_LOST_ROUTED_US : PEER_LOST_US;
    uint64_t silent = now_us - (heard ? heard : peer->born_us);

    if (peer->life == PEER_CONNECTED && silent >= limit) {
        peer->life = PEER_LOST;
        peer->lost_us = now_us;
        log_notice("lost peer=%s", peer->name.text);
        tell(peer, MEDIA_LOST);
    }
    if (peer->life == PEER_JOINING && peer->missed_us != 0 &&
        now_us - peer->missed_us >= limit) {
        peer->missed_us = 0;
        log_notice("lost peer=%s", peer->name.text);
        tell(peer, MEDIA_LOST);
    }
    /* A page that was answered and never came is forgotten as late. */
    if ((peer->life == PEER_LOST && now_us - peer->lost_us >= PEER_GONE_US) ||
        (peer->life == PEER_JOINING && silent >= PEER_LOST_US + PEER_GONE_US))
        peer->life = PEER_GONE;
}

/* ---- the way ---------------------------------------------------------------
 */

void peer_stun(struct peer *peer, struct slice packet,
               const struct endpoint *from, uint64_t now_us,
               struct ice_news *out)
{
    struct writer reply = egress_place(peer->env->egress);
    const struct address *path;
    int err = ice_lite_receive(&peer->ice, packet, &from->remote, now_us,
                               &reply, out);

    peer_depart(peer, &reply, from);
    if (err)
        return;
    path = ice_lite_path(&peer->ice);
    if (path && address_equal(path, &from->remote))
        peer->path = *from;
    if (out->moved)
        log_debug("path moved peer=%s", peer->name.text);
    alive(peer);
    peer_touch(peer);
}

static void keys_agreed(struct peer *peer)
{
    struct srtp_keys keys;
    int err = dtls_keys(&peer->dtls, &keys);

    if (!err)
        err = srtp_in_init(&peer->srtp_in, &keys);
    if (!err) {
        err = srtp_out_init(&peer->srtp_out, &keys);
        if (err)
            srtp_in_release(&peer->srtp_in);
    }
    srtp_keys_wipe(&keys);
    if (err) {
        log_error("no srtp session peer=%s errno=%d", peer->name.text, -err);
        peer->life = PEER_GONE;
        return;
    }
    peer->keyed = true;
    peer->life = PEER_CONNECTED;
    log_notice("connected peer=%s", peer->name.text);
    tell(peer, MEDIA_CONNECTED);
    peer_media_connected(peer);
}

/* After each call into dtls. */
static void follow_dtls(struct peer *peer)
{
    send_packets(peer);
    switch (peer->dtls.state) {
    case DTLS_SHAKING:
        break;
    case DTLS_CONNECTED:
        if (!peer->keyed)
            keys_agreed(peer);
        break;
    case DTLS_CLOSED:
        log_notice("closed by page peer=%s", peer->name.text);
        peer->life = PEER_GONE;
        break;
    case DTLS_FAILED:
        log_warning("handshake failed peer=%s", peer->name.text);
        peer->life = PEER_GONE;
        break;
    }
    peer_touch(peer);
}

void peer_dtls(struct peer *peer, struct slice packet)
{
    if (peer->life == PEER_GONE)
        return;
    if (!peer->shaking) {
        if (dtls_init(&peer->dtls, peer->env->dtls, &peer->fingerprint) != 0)
            return;
        peer->shaking = true;
    }
    packets_clear(peer->env->packets);
    (void)dtls_receive(&peer->dtls, packet, peer->env->packets);
    follow_dtls(peer);
}

void peer_heard(struct peer *peer, const struct endpoint *from, uint64_t now_us)
{
    const struct address *path = ice_lite_path(&peer->ice);

    ice_lite_heard(&peer->ice, &from->remote, now_us);
    if (path && address_equal(path, &from->remote))
        peer->path = *from;
    if (!peer->heard) {
        peer->heard = true;
        dtls_forget_session(&peer->dtls);
    }
    alive(peer);
}

/* ---- time ------------------------------------------------------------------
 */

static void report_quality(struct peer *peer, uint64_t now_us)
{
    if (now_us < peer->quality_us)
        return;
    peer->quality_us = now_us + PEER_QUALITY_US;
    if (!peer->room || peer->life != PEER_CONNECTED)
        return;
    peer->env->tell(peer->env->arg, &(struct media_event){
                                        .kind = MEDIA_QUALITY,
                                        .peer = peer->name,
                                        .quality = peer_media_quality(peer),
                                    });
}

void peer_tick(struct peer *peer, uint64_t now_us)
{
    if (peer->shaking && peer->dtls.state == DTLS_SHAKING &&
        dtls_deadline(&peer->dtls, now_us) <= now_us) {
        packets_clear(peer->env->packets);
        (void)dtls_timeout(&peer->dtls, peer->env->packets);
        follow_dtls(peer);
    }
    peer_media_tick(peer, now_us);
    if (now_us >= peer->period_us) {
        peer->period_us = now_us + PEER_PERIOD_US;
        check_life(peer, now_us);
        peer_media_period(peer, now_us);
        report_quality(peer, now_us);
    }
}

uint64_t peer_deadline(const struct peer *peer, uint64_t now_us)
{
    uint64_t due = peer->period_us;
    uint64_t media = peer_media_deadline(peer);

    if (media < due)
        due = media;
    if (peer->shaking && peer->dtls.state == DTLS_SHAKING) {
        uint64_t shake = dtls_deadline(&peer->dtls, now_us);

        if (shake < due)
            due = shake;
    }
    return due;
}
