/*
 * answer: writes the relay's SDP answer to an offer: ICE-lite, passive DTLS,
 * everything bundled, Opus and VP8 with RTX under the offer's own numbers.
 * Pure: a struct in, text out; any thread.
 *
 * The same struct written again gives the same text, so an ICE restart is
 * answered by changing ufrag, pwd and version only.
 */
#ifndef MEDIA_SDP_ANSWER_H
#define MEDIA_SDP_ANSWER_H

#include "base/writer.h"
#include "media/sdp/offer.h"

#define ANSWER_BYTES_MAX      32768 /* more than any answer needs */
#define ANSWER_CANDIDATES_MAX 16
#define ANSWER_NAME_MAX       32 /* characters of cname, stream, track */

struct answer_candidate {
    char host[64]; /* an address in text */
    uint16_t port;
    bool tcp; /* tcptype passive (RFC 6544) */
};

/* One section of the answer; sections[i] answers the offer's section i. */
struct answer_section {
    bool rejected;                /* port 0, left out of the bundle */
    enum sdp_direction direction; /* as the relay sees it */

    /* Read only when the relay sends: */
    uint32_t ssrc;
    uint32_t rtx_ssrc; /* video only */
    char cname[ANSWER_NAME_MAX + 1];
    char stream[ANSWER_NAME_MAX + 1]; /* the same for audio i and camera i */
    char track[ANSWER_NAME_MAX + 1];

    /* Answer the offer's rids (simulcast); without it they are left out and
     * the page sends one encoding. */
    bool simulcast;
};

struct answer {
    const struct offer *offer;
    uint64_t session_id; /* below 2^63 */
    uint64_t version;    /* rises with every answer of a session */
    const char *ice_ufrag;
    const char *ice_pwd;
    const char *fingerprint; /* "sha-256 AB:CD:…" */
    struct answer_candidate candidates[ANSWER_CANDIDATES_MAX];
    size_t candidate_count;
    struct answer_section sections[OFFER_SECTIONS_MAX];
};

/*
 * Fills sections with the mirror image of the offer: what it sends we receive,
 * what it receives we send, sendrecv is received only; what is neither audio
 * nor video, or was rejected there, is rejected. Everything else is zeroed;
 * the caller gives sending sections their SSRCs and names.
 */
void answer_init(struct answer *answer, const struct offer *offer);

/*
 * The header extensions of one section as answered: the ids to read when the
 * relay receives, the ids to write when it sends (never transport-cc then, so
 * that the page answers with REMB).
 */
struct sdp_extensions answer_extensions(const struct answer *answer,
                                        size_t section);

/* Appends the text. -ENOBUFS when it does not fit. */
int answer_write(const struct answer *answer, struct writer *out);

#endif
