/* peer, the part that chooses which of a camera's encodings goes to whom. */
#include "media/peer_inner.h"

#include "base/log.h"

#define SENT_US UINT64_C(1000000) /* heard so lately: it is sent */
#define UP_US   UINT64_C(3000000) /* between a change and the next step up */

unsigned peer_shown_count(const struct peer *peer)
{
    unsigned count = 0;

    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++)
        count += peer->shown[slot] != NULL;
    return count;
}

static bool is_sent(const struct incoming *in, uint64_t now_us)
{
    return in->offered && in->heard_us != 0 && now_us < in->heard_us + SENT_US;
}

bool peer_has_layers(const struct peer *from)
{
    return from->tracks[TRACK_CAMERA_MIDDLE].offered && from->target_count > 1;
}

bool peer_layer_passes(struct outgoing *stream, enum track track,
                       const struct media_packet *packet)
{
    if (track == peer_layer_track(stream->layer))
        return true;
    if (track != peer_layer_track(stream->wanted) || !packet->vp8.whole ||
        packet->repaired)
        return false;
    stream->layer = stream->wanted;
    outgoing_switch(stream);
    return true;
}

void peer_layer_want(struct peer *to, unsigned slot)
{
    const struct outgoing *stream = &to->streams[OUTGOING_VIDEO + slot];
    struct peer *from = to->shown[slot];
    struct incoming *in = &from->tracks[peer_layer_track(stream->wanted)];

    if (!in->offered)
        in = &from->tracks[TRACK_CAMERA];
    if (in->offered)
        keyframe_want_now(&in->keyframe);
    peer_touch(from);
}

/* True when a wider line would show this one larger. */
static bool choose(struct peer *to, unsigned slot, uint64_t limit_bps,
                   uint64_t now_us)
{
    struct outgoing *stream = &to->streams[OUTGOING_VIDEO + slot];
    const struct peer *from = to->shown[slot];
    struct layer layers[LAYERS_MAX];
    struct layer_choice choice;

    for (size_t nth = 0; nth < LAYERS_MAX; nth++) {
        const struct incoming *in = &from->tracks[peer_layer_track(nth)];

        layers[nth] = (struct layer){ is_sent(in, now_us), in->bps };
    }
    choice = layers_choose(layers, stream->wanted, limit_bps);
    if (choice.layer > stream->wanted && layers[stream->wanted].sent &&
        now_us - stream->layer_us < UP_US)
        return choice.starved;
    if (choice.layer != stream->wanted) {
        log_debug("layer peer=%s slot=%u from=%u to=%u limit=%llu rate=%llu",
                  to->name.text, slot, stream->wanted, choice.layer,
                  (unsigned long long)limit_bps,
                  (unsigned long long)layers[choice.layer].bps);
        stream->wanted = (uint8_t)choice.layer;
        stream->layer_us = now_us;
    }
    /* Until it comes it is asked for each time. */
    if (stream->wanted != stream->layer && layers[stream->wanted].sent)
        peer_layer_want(to, slot);
    return choice.starved;
}

/* What one of those who are shown may take. */
static uint64_t limit_of(const struct peer *to)
{
    uint64_t limit = downlink_limit(&to->rate.downlink);
    unsigned shown = peer_shown_count(to);

    return limit == DOWNLINK_UNKNOWN || shown < 2 ? limit : limit / shown;
}

void peer_layer_begin(struct peer *to, unsigned slot, uint64_t now_us)
{
    struct outgoing *stream = &to->streams[OUTGOING_VIDEO + slot];
    uint64_t limit = limit_of(to);

    stream->layer = stream->wanted = 0;
    stream->layer_us = 0;
    /* A line that nobody knows yet begins with the smallest. */
    (void)choose(to, slot, limit == DOWNLINK_UNKNOWN ? 0 : limit, now_us);
    stream->layer = stream->wanted;
    peer_layer_want(to, slot);
}

bool peer_sees_layers(const struct peer *to)
{
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++)
        if (to->shown[slot] && peer_has_layers(to->shown[slot]))
            return true;
    return false;
}

bool peer_layers_choose(struct peer *to, uint64_t now_us)
{
    uint64_t limit = limit_of(to);
    bool starved = false;

    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++)
        if (to->shown[slot])
            starved |= choose(to, slot, limit, now_us);
    return starved;
}
