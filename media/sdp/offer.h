/*
 * offer: a browser's SDP offer (RFC 8866, RFC 8829) read into a bounded struct.
 * Copies what it keeps; allocates nothing; any thread. What the relay cannot
 * serve is refused with a reason; what it does not know is skipped.
 */
#ifndef MEDIA_SDP_OFFER_H
#define MEDIA_SDP_OFFER_H

#include "base/slice.h"

#define OFFER_BYTES_MAX    65536
#define OFFER_SECTIONS_MAX 16
#define OFFER_MID_MAX      16  /* characters of a mid */
#define OFFER_RID_MAX      16  /* characters of a rid */
#define OFFER_RIDS_MAX     3   /* encodings of one camera */
#define OFFER_SOURCES_MAX  6   /* SSRCs of one section: three and their RTX */
#define OFFER_ICE_MAX      256 /* characters; RFC 8839, section 5.4 */
#define OFFER_TEXT_MAX     128 /* characters of cname, stream and track ids */
#define OFFER_HASH_MAX     256 /* characters of a fingerprint line's value */

enum sdp_kind {
    SDP_OTHER, /* application, text: answered as rejected */
    SDP_AUDIO,
    SDP_VIDEO,
};

enum sdp_direction {
    SDP_INACTIVE = 0,
    SDP_SENDONLY = 1,
    SDP_RECVONLY = 2,
    SDP_SENDRECV = 3,
};

/* Ids of the header extensions we know; 0 where one is not offered. */
struct sdp_extensions {
    uint8_t mid;          /* RFC 9143 */
    uint8_t rid;          /* RFC 8852 */
    uint8_t repaired_rid; /* RFC 8852 */
    uint8_t audio_level;  /* RFC 6464 */
    uint8_t abs_send_time;
    uint8_t transport_cc;
};

/* rtcp-fb lines of the section's Opus or VP8 (RFC 4585, RFC 5104). */
struct sdp_feedback {
    bool nack;
    bool pli;
    bool fir;
    bool remb;
    bool transport_cc;
};

struct offer_source {
    uint32_t ssrc;
    uint32_t rtx_ssrc; /* from its FID group; 0 if none */
};

struct offer_section {
    enum sdp_kind kind;
    enum sdp_direction direction; /* as the page sees it */
    bool rejected;                /* port 0 without bundle-only: not in use */
    char mid[OFFER_MID_MAX + 1];
    uint8_t payload_type;     /* Opus or VP8 */
    uint8_t rtx_payload_type; /* its RTX; 0 if none */
    struct sdp_extensions extensions;
    struct sdp_feedback feedback;

    /* What the page sends; empty in a section that only receives, and for
     * Chromium's simulcast, which announces rids and no SSRC. */
    struct offer_source sources[OFFER_SOURCES_MAX];
    size_t source_count;
    char rids[OFFER_RIDS_MAX][OFFER_RID_MAX + 1]; /* send, in order */
    size_t rid_count;
    char cname[OFFER_TEXT_MAX + 1];
    char stream[OFFER_TEXT_MAX + 1]; /* msid's first part; "-" if none */
    char track[OFFER_TEXT_MAX + 1];
};

struct offer {
    struct offer_section sections[OFFER_SECTIONS_MAX];
    size_t section_count;

    /* One transport for all (BUNDLE): */
    char ice_ufrag[OFFER_ICE_MAX + 1];
    char ice_pwd[OFFER_ICE_MAX + 1];
    char fingerprint[OFFER_HASH_MAX + 1]; /* "sha-256 AB:CD:…" */
};

enum offer_refusal {
    OFFER_TAKEN = 0,
    OFFER_TOO_LONG,
    OFFER_MALFORMED,
    OFFER_TOO_MANY_SECTIONS,
    OFFER_NO_SECTIONS,
    OFFER_NOT_BUNDLED,
    OFFER_NO_RTCP_MUX,
    OFFER_SDES,
    OFFER_NOT_DTLS_SRTP,
    OFFER_NO_FINGERPRINT,
    OFFER_WEAK_FINGERPRINT,
    OFFER_NO_ICE,
    OFFER_BAD_SETUP,
    OFFER_NO_MID,
    OFFER_NO_OPUS,
    OFFER_NO_VP8,
};

/* out is written only when OFFER_TAKEN is returned. About 15 KiB: keep it off
 * small stacks. */
enum offer_refusal offer_read(struct slice text, struct offer *out);

/* A plain English sentence for the control socket's `say`. */
const char *offer_refusal_text(enum offer_refusal refusal);

#endif
