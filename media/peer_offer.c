/* peer, the part that reads a page's offer and writes the answer. */
#include "media/peer_inner.h"

#include "base/secret.h"
#include "base/writer.h"

#include <stdio.h>
#include <stdlib.h>

/* Which of the page's streams a section is; docs/relay-control.md, "The page's
 * offer": sections of one kind and direction come in a fixed order. */
struct section_walk {
    size_t microphones;
    size_t pictures; /* camera, then screen */
    size_t sounds;   /* house, then slots 1 to 4 */
    size_t views;    /* slots 1 to 4, then the screen */
};

static bool page_sends(const struct offer_section *section)
{
    return section->direction == SDP_SENDONLY ||
           section->direction == SDP_SENDRECV;
}

/* The track that the section carries, TRACKS when it carries none. */
static enum track track_of(struct section_walk *walk,
                           const struct offer_section *section)
{
    if (!page_sends(section))
        return TRACKS;
    if (section->kind == SDP_AUDIO)
        return walk->microphones++ == 0 ? TRACK_MICROPHONE : TRACKS;
    if (section->kind == SDP_VIDEO) {
        size_t nth = walk->pictures++;

        return nth < 2 ? (enum track)(TRACK_CAMERA + nth) : TRACKS;
    }
    return TRACKS;
}

/* The stream that the section receives, OUTGOINGS when it receives none. */
static size_t stream_of(struct section_walk *walk,
                        const struct offer_section *section)
{
    size_t nth;

    if (section->direction != SDP_RECVONLY)
        return OUTGOINGS;
    if (section->kind == SDP_AUDIO) {
        nth = walk->sounds++;
        return nth <= MEDIA_SLOTS ? OUTGOING_AUDIO + nth : OUTGOINGS;
    }
    if (section->kind == SDP_VIDEO) {
        nth = walk->views++;
        return nth <= MEDIA_SLOTS ? OUTGOING_VIDEO + 1 + nth : OUTGOINGS;
    }
    return OUTGOINGS;
}

static struct extension_ids ids_of(const struct sdp_extensions *from)
{
    return (struct extension_ids){
        .mid = from->mid,
        .rid = from->rid,
        .repaired_rid = from->repaired_rid,
        .audio_level = from->audio_level,
        .abs_send_time = from->abs_send_time,
        .transport_cc = from->transport_cc,
    };
}

/* In a bundle one id means one thing (RFC 8843, section 9.3), so what sections
 * say can be put together. */
static void merge_ids(struct extension_ids *into,
                      const struct extension_ids *ids)
{
    uint8_t *to[] = { &into->mid,           &into->rid,
                      &into->repaired_rid,  &into->audio_level,
                      &into->abs_send_time, &into->transport_cc };
    const uint8_t from[] = { ids->mid,           ids->rid,
                             ids->repaired_rid,  ids->audio_level,
                             ids->abs_send_time, ids->transport_cc };

    for (size_t i = 0; i < sizeof(from); i++)
        if (*to[i] == 0)
            *to[i] = from[i];
}

/* "house", "slot1" and so on: what the page sees as the stream's id and the
 * receivers of lip sync as CNAME. The same for a slot's sound and picture. */
static void stream_name(size_t stream, char *out, size_t size)
{
    size_t slot = stream;

    if (stream == OUTGOING_HOUSE) {
        (void)snprintf(out, size, "house");
        return;
    }
    if (stream == OUTGOING_SCREEN) {
        (void)snprintf(out, size, "screen");
        return;
    }
    if (slot > MEDIA_SLOTS)
        slot -= MEDIA_SLOTS;
    (void)snprintf(out, size, "slot%zu", slot);
}

static bool has_stream(const struct peer *peer, uint32_t ssrc)
{
    for (size_t i = 0; i < OUTGOINGS; i++)
        if (peer->streams[i].ssrc == ssrc || peer->streams[i].rtx_ssrc == ssrc)
            return true;
    return false;
}

static void add_stream(struct peer *peer, size_t stream,
                       const struct offer_section *section,
                       const struct sdp_extensions *extensions)
{
    struct outgoing fresh;
    bool video = section->kind == SDP_VIDEO;

    do
        outgoing_init(&fresh, video, video && section->rtx_payload_type != 0);
    while (has_stream(peer, fresh.ssrc) ||
           (fresh.rtx_ssrc != 0 && has_stream(peer, fresh.rtx_ssrc)));
    fresh.payload_type = section->payload_type;
    fresh.rtx_payload_type = section->rtx_payload_type;
    fresh.ids = ids_of(extensions);
    stream_name(stream, fresh.cname, sizeof(fresh.cname));
    peer->streams[stream] = fresh;
}

static void read_sections(struct peer *peer, const struct offer *offer,
                          const struct answer *answer)
{
    struct section_walk walk = { 0 };

    for (size_t i = 0; i < offer->section_count; i++) {
        const struct offer_section *section = &offer->sections[i];
        struct sdp_extensions extensions = answer_extensions(answer, i);
        enum track track;
        size_t stream;

        if (answer->sections[i].rejected)
            continue;
        track = track_of(&walk, section);
        stream = stream_of(&walk, section);
        if (track < TRACKS) {
            struct extension_ids ids = ids_of(&extensions);

            incoming_init(&peer->tracks[track], section, 0, peer->env->pool);
            for (size_t nth = 1;
                 track == TRACK_CAMERA && nth < section->rid_count; nth++)
                incoming_init(&peer->tracks[peer_layer_track(nth)], section,
                              nth, peer->env->pool);
            merge_ids(&peer->ids, &ids);
        }
        if (stream < OUTGOINGS)
            add_stream(peer, stream, section, &extensions);
    }
}

struct peer *peer_new(struct media_env *env, const struct peer_name *name,
                      const struct offer *offer, uint64_t now_us)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    struct answer *answer = calloc(1, sizeof(*answer));

    if (!peer || !answer)
        goto out;
    peer->name = *name;
    peer->env = env;
    peer->born_us = now_us;
    peer->period_us = now_us + PEER_PERIOD_US;
    peer->quality_us = now_us + PEER_QUALITY_US;
    peer->rtt_us = 100000;
    peer->house.due_us = TIMER_NEVER;
    timer_init(&peer->timer);
    list_init(&peer->touched);
    feedback_init(&peer->feedback);
    secret_random(&peer->session_id, sizeof(peer->session_id));
    peer->session_id >>= 2;
    if (dtls_fingerprint_read(slice_of_text(offer->fingerprint),
                              &peer->fingerprint) != 0 ||
        ice_lite_init(&peer->ice, slice_of_text(offer->ice_ufrag)) != 0)
        goto out;
    answer_init(answer, offer);
    read_sections(peer, offer, answer);
    free(answer);
    return peer;
out:
    free(answer);
    free(peer);
    return NULL;
}

int peer_restart(struct peer *peer, const struct offer *offer,
                 char dropped_out[ICE_UFRAG_LENGTH + 1])
{
    return ice_lite_restart(&peer->ice, slice_of_text(offer->ice_ufrag),
                            dropped_out);
}

static void answer_stream(struct answer_section *section,
                          const struct outgoing *out, size_t stream)
{
    section->ssrc = out->ssrc;
    section->rtx_ssrc = out->rtx_ssrc;
    (void)snprintf(section->cname, sizeof(section->cname), "%s", out->cname);
    (void)snprintf(section->stream, sizeof(section->stream), "%s", out->cname);
    (void)snprintf(section->track, sizeof(section->track), "%s%zu",
                   out->video ? "v" : "a", stream);
}

static void fill_answer(struct peer *peer, const struct offer *offer,
                        struct answer *answer)
{
    struct section_walk walk = { 0 };

    answer_init(answer, offer);
    answer->session_id = peer->session_id;
    answer->version = ++peer->version;
    answer->ice_ufrag = peer->ice.now.ufrag;
    answer->ice_pwd = peer->ice.now.pwd;
    answer->fingerprint = peer->env->dtls->fingerprint;
    answer->candidate_count = peer->env->candidate_count;
    for (size_t i = 0; i < peer->env->candidate_count; i++)
        answer->candidates[i] = peer->env->candidates[i];

    for (size_t i = 0; i < offer->section_count; i++) {
        const struct offer_section *section = &offer->sections[i];
        enum track track;
        size_t stream;

        if (answer->sections[i].rejected)
            continue;
        track = track_of(&walk, section);
        stream = stream_of(&walk, section);
        if (stream < OUTGOINGS && peer->streams[stream].present)
            answer_stream(&answer->sections[i], &peer->streams[stream], stream);
        else if (track == TRACK_CAMERA)
            answer->sections[i].simulcast = true;
        else if (track == TRACKS)
            answer->sections[i].rejected = true; /* one more than we know */
    }
}

char *peer_answer(struct peer *peer, const struct offer *offer)
{
    struct answer *answer = calloc(1, sizeof(*answer));
    char *text = malloc(ANSWER_BYTES_MAX + 1);
    struct writer out = writer_into(text, ANSWER_BYTES_MAX);

    if (!answer || !text)
        goto out;
    fill_answer(peer, offer, answer);
    if (answer_write(answer, &out) != 0)
        goto out;
    text[out.length] = '\0';
    free(answer);
    return text;
out:
    free(answer);
    free(text);
    return NULL;
}
