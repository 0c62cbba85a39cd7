#include "media/sdp/answer.h"

#include <errno.h>
#include <inttypes.h>

/* RFC 8445, section 5.1.2.1: type preference 126 for host, local preference
 * 65535, component 1; TCP below any UDP (RFC 6544, section 4.2). */
#define UDP_PRIORITY 2130706431u
#define TCP_PRIORITY 1518280447u

static enum sdp_direction mirror(enum sdp_direction theirs)
{
    switch (theirs) {
    case SDP_SENDONLY:
    case SDP_SENDRECV:
        return SDP_RECVONLY;
    case SDP_RECVONLY:
        return SDP_SENDONLY;
    case SDP_INACTIVE:
        break;
    }
    return SDP_INACTIVE;
}

static bool is_sending(const struct answer_section *section)
{
    return (section->direction & SDP_SENDONLY) != 0;
}

static bool is_receiving(const struct answer_section *section)
{
    return (section->direction & SDP_RECVONLY) != 0;
}

void answer_init(struct answer *answer, const struct offer *offer)
{
    *answer = (struct answer){ .offer = offer };
    for (size_t i = 0; i < offer->section_count; i++) {
        const struct offer_section *theirs = &offer->sections[i];
        answer->sections[i].direction = mirror(theirs->direction);
        answer->sections[i].rejected =
            theirs->rejected || theirs->kind == SDP_OTHER;
    }
}

struct sdp_extensions answer_extensions(const struct answer *answer,
                                        size_t section)
{
    const struct answer_section *ours = &answer->sections[section];
    struct sdp_extensions extensions =
        answer->offer->sections[section].extensions;

    /* Without transport-cc the page estimates by itself and sends REMB. */
    if (!is_receiving(ours))
        extensions.transport_cc = 0;
    /* Rids name encodings, and only the page sends several. */
    if (!is_receiving(ours)) {
        extensions.rid = 0;
        extensions.repaired_rid = 0;
    }
    return extensions;
}

/* ---- parts of a section ---------------------------------------------------
 */

static void write_extension(struct writer *out, uint8_t id, const char *uri)
{
    if (id)
        writer_format(out, "a=extmap:%u %s\r\n", id, uri);
}

static void write_extensions(struct writer *out, const struct answer *answer,
                             size_t index)
{
    struct sdp_extensions ids = answer_extensions(answer, index);

    write_extension(out, ids.mid, "urn:ietf:params:rtp-hdrext:sdes:mid");
    write_extension(out, ids.rid,
                    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id");
    write_extension(out, ids.repaired_rid,
                    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id");
    write_extension(out, ids.audio_level,
                    "urn:ietf:params:rtp-hdrext:ssrc-audio-level");
    write_extension(
        out, ids.abs_send_time,
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time");
    write_extension(out, ids.transport_cc,
                    "http://www.ietf.org/id/"
                    "draft-holmer-rmcat-transport-wide-cc-extensions-01");
}

static void write_feedback(struct writer *out,
                           const struct answer_section *ours,
                           const struct offer_section *theirs)
{
    const struct sdp_feedback *offered = &theirs->feedback;
    const struct {
        bool wanted;
        const char *name;
    } kinds[] = {
        { offered->nack, "nack" },
        { offered->pli, "nack pli" },
        { offered->fir, "ccm fir" },
        { offered->remb, "goog-remb" },
        { offered->transport_cc && is_receiving(ours), "transport-cc" },
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].wanted)
            writer_format(out, "a=rtcp-fb:%u %s\r\n", theirs->payload_type,
                          kinds[i].name);
}

static void write_codecs(struct writer *out, const struct answer_section *ours,
                         const struct offer_section *theirs)
{
    uint8_t type = theirs->payload_type;
    uint8_t rtx = theirs->rtx_payload_type;

    if (theirs->kind == SDP_AUDIO) {
        writer_format(out, "a=rtpmap:%u opus/48000/2\r\n", type);
        writer_format(out, "a=fmtp:%u useinbandfec=1\r\n", type);
    } else {
        writer_format(out, "a=rtpmap:%u VP8/90000\r\n", type);
    }
    write_feedback(out, ours, theirs);
    if (rtx) {
        writer_format(out, "a=rtpmap:%u rtx/90000\r\n", rtx);
        writer_format(out, "a=fmtp:%u apt=%u\r\n", rtx, type);
    }
}

/* What we send: one fixed SSRC and its RTX, announced, so that a page can show
 * it before the first packet says what it is. */
static void write_sending(struct writer *out, const struct answer_section *ours,
                          const struct offer_section *theirs)
{
    bool rtx = theirs->rtx_payload_type != 0 && ours->rtx_ssrc != 0;

    writer_format(out, "a=msid:%s %s\r\n", ours->stream, ours->track);
    if (rtx)
        writer_format(out, "a=ssrc-group:FID %" PRIu32 " %" PRIu32 "\r\n",
                      ours->ssrc, ours->rtx_ssrc);
    writer_format(out, "a=ssrc:%" PRIu32 " cname:%s\r\n", ours->ssrc,
                  ours->cname);
    if (rtx)
        writer_format(out, "a=ssrc:%" PRIu32 " cname:%s\r\n", ours->rtx_ssrc,
                      ours->cname);
}

static void write_simulcast(struct writer *out,
                            const struct answer_section *ours,
                            const struct offer_section *theirs)
{
    if (!ours->simulcast || !is_receiving(ours) || theirs->rid_count == 0)
        return;
    for (size_t i = 0; i < theirs->rid_count; i++)
        writer_format(out, "a=rid:%s recv\r\n", theirs->rids[i]);
    writer_text(out, "a=simulcast:recv ");
    for (size_t i = 0; i < theirs->rid_count; i++)
        writer_format(out, "%s%s", i ? ";" : "", theirs->rids[i]);
    writer_text(out, "\r\n");
}

static void write_candidates(struct writer *out, const struct answer *answer)
{
    for (size_t i = 0; i < answer->candidate_count; i++) {
        const struct answer_candidate *candidate = &answer->candidates[i];
        /* Earlier ones are preferred: a local preference less for each. */
        uint32_t less = (uint32_t)i << 8;

        writer_format(out,
                      "a=candidate:%zu 1 %s %" PRIu32 " %s %u typ host%s\r\n",
                      i + 1, candidate->tcp ? "tcp" : "udp",
                      (candidate->tcp ? TCP_PRIORITY : UDP_PRIORITY) - less,
                      candidate->host, candidate->port,
                      candidate->tcp ? " tcptype passive" : "");
    }
    writer_text(out, "a=end-of-candidates\r\n");
}

/* ---- sections -------------------------------------------------------------
 */

static const char *kind_text(enum sdp_kind kind)
{
    switch (kind) {
    case SDP_AUDIO:
        return "audio";
    case SDP_VIDEO:
        return "video";
    case SDP_OTHER:
        break;
    }
    return "application";
}

static const char *direction_text(enum sdp_direction direction)
{
    switch (direction) {
    case SDP_SENDONLY:
        return "sendonly";
    case SDP_RECVONLY:
        return "recvonly";
    case SDP_SENDRECV:
        return "sendrecv";
    case SDP_INACTIVE:
        break;
    }
    return "inactive";
}

static void write_transport(struct writer *out, const struct answer *answer)
{
    writer_format(out, "a=ice-ufrag:%s\r\n", answer->ice_ufrag);
    writer_format(out, "a=ice-pwd:%s\r\n", answer->ice_pwd);
    writer_format(out, "a=fingerprint:%s\r\n", answer->fingerprint);
    writer_text(out, "a=setup:passive\r\n");
}

/* A refused section repeats a format, which the grammar wants, its mid, and the
 * transport: webrtcbin takes no answer that has a section without one. */
static void write_rejected(struct writer *out, const struct answer *answer,
                           const struct offer_section *theirs)
{
    if (theirs->kind == SDP_OTHER)
        writer_text(out,
                    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n");
    else
        writer_format(out, "m=%s 0 UDP/TLS/RTP/SAVPF %u\r\n",
                      kind_text(theirs->kind), theirs->payload_type);
    writer_text(out, "c=IN IP4 0.0.0.0\r\na=inactive\r\n");
    write_transport(out, answer);
    if (theirs->mid[0] != '\0')
        writer_format(out, "a=mid:%s\r\n", theirs->mid);
}

static void write_section(struct writer *out, const struct answer *answer,
                          size_t index, bool first)
{
    const struct offer_section *theirs = &answer->offer->sections[index];
    const struct answer_section *ours = &answer->sections[index];

    writer_format(out, "m=%s 9 UDP/TLS/RTP/SAVPF %u", kind_text(theirs->kind),
                  theirs->payload_type);
    if (theirs->rtx_payload_type)
        writer_format(out, " %u", theirs->rtx_payload_type);
    writer_text(out, "\r\nc=IN IP4 0.0.0.0\r\n");
    write_transport(out, answer);
    writer_format(out, "a=mid:%s\r\n", theirs->mid);
    writer_format(out, "a=%s\r\n", direction_text(ours->direction));
    writer_text(out, "a=rtcp-mux\r\na=rtcp-rsize\r\n");
    write_extensions(out, answer, index);
    write_codecs(out, ours, theirs);
    if (is_sending(ours))
        write_sending(out, ours, theirs);
    write_simulcast(out, ours, theirs);
    if (first) /* the bundle has one transport: told once */
        write_candidates(out, answer);
}

/* ---- the whole ------------------------------------------------------------
 */

static void write_head(struct writer *out, const struct answer *answer)
{
    writer_format(out, "v=0\r\no=- %" PRIu64 " %" PRIu64 " IN IP4 0.0.0.0\r\n",
                  answer->session_id, answer->version);
    writer_text(out, "s=-\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE");
    for (size_t i = 0; i < answer->offer->section_count; i++)
        if (!answer->sections[i].rejected)
            writer_format(out, " %s", answer->offer->sections[i].mid);
    writer_text(out, "\r\na=msid-semantic: WMS *\r\n");
}

int answer_write(const struct answer *answer, struct writer *out)
{
    bool first = true;

    write_head(out, answer);
    for (size_t i = 0; i < answer->offer->section_count; i++) {
        if (answer->sections[i].rejected) {
            write_rejected(out, answer, &answer->offer->sections[i]);
            continue;
        }
        write_section(out, answer, i, first);
        first = false;
    }
    return out->failed ? -ENOBUFS : 0;
}
