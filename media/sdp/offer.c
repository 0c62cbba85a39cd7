#include "media/sdp/offer.h"

#include "media/sdp/line.h"
#include "media/sdp/section.h"

static bool is_in_group(struct slice group, const char *mid)
{
    while (group.length > 0)
        if (slice_is_text(line_word(&group, " "), mid))
            return true;
    return false;
}

static enum offer_refusal check_section(const struct section_draft *draft,
                                        struct slice group,
                                        const struct offer_section *section)
{
    if (draft->sdes)
        return OFFER_SDES;
    if (!draft->dtls_srtp)
        return OFFER_NOT_DTLS_SRTP;
    if (section->mid[0] == '\0')
        return OFFER_NO_MID;
    if (!is_in_group(group, section->mid))
        return OFFER_NOT_BUNDLED;
    if (!draft->rtcp_mux)
        return OFFER_NO_RTCP_MUX;
    if (draft->shared.setup != SETUP_GOOD)
        return OFFER_BAD_SETUP;
    if (section->payload_type == 0)
        return section->kind == SDP_AUDIO ? OFFER_NO_OPUS : OFFER_NO_VP8;
    return OFFER_TAKEN;
}

/* ---- the whole ------------------------------------------------------------
 */

/* Everything outside sections. */
struct head {
    struct section_shared shared;
    struct slice bundle; /* its mids */
};

static bool read_head(struct slice text, struct head *out)
{
    struct slice line;

    if (!line_next(&text, &line) || !slice_is_text(line, "v=0"))
        return false;
    while (line_next(&text, &line)) {
        if (line.length < 2 || line.data[1] != '=')
            return false;
        if (!line_take(&line, "a="))
            continue;
        struct slice group = line;
        if (line_take(&group, "group:BUNDLE ")) {
            if (out->bundle.length == 0)
                out->bundle = group;
        } else if (!section_read_shared(line, &out->shared)) {
            return false;
        }
    }
    return true;
}

/* Takes the first line and everything up to the next m= line off the front. */
static struct slice take_block(struct slice *text)
{
    const uint8_t *start = text->data;
    struct slice line;

    (void)line_next(text, &line);
    while (text->length > 0) {
        struct slice rest = *text;
        if (line_next(&rest, &line) && line_take(&line, "m="))
            break;
        *text = rest;
    }
    return slice(start, (size_t)(text->data - start));
}

static bool mid_is_repeated(const struct offer *offer)
{
    const struct offer_section *last =
        &offer->sections[offer->section_count - 1];

    if (last->mid[0] == '\0')
        return false;
    for (size_t i = 0; i + 1 < offer->section_count; i++)
        if (strcmp(offer->sections[i].mid, last->mid) == 0)
            return true;
    return false;
}

/* The transport is that of the group's first section (RFC 9143, 7.2). */
static void take_transport(const struct section_shared *shared,
                           struct offer *out)
{
    memcpy(out->ice_ufrag, shared->ice_ufrag, sizeof(out->ice_ufrag));
    memcpy(out->ice_pwd, shared->ice_pwd, sizeof(out->ice_pwd));
    memcpy(out->fingerprint, shared->fingerprint, sizeof(out->fingerprint));
}

static enum offer_refusal check_transport(const struct section_shared *shared)
{
    if (shared->fingerprint[0] == '\0')
        return shared->weak_fingerprint ? OFFER_WEAK_FINGERPRINT
                                        : OFFER_NO_FINGERPRINT;
    if (shared->ice_ufrag[0] == '\0' || shared->ice_pwd[0] == '\0')
        return OFFER_NO_ICE;
    return OFFER_TAKEN;
}

/* One "m=" block. used tells whether an earlier section gave the transport. */
static enum offer_refusal read_block(struct slice block,
                                     const struct head *head, bool *used,
                                     struct offer *out)
{
    struct section_draft draft = { .shared = head->shared };

    if (out->section_count == OFFER_SECTIONS_MAX)
        return OFFER_TOO_MANY_SECTIONS;
    struct offer_section *section = &out->sections[out->section_count++];
    if (!section_read(block, &draft, section) || mid_is_repeated(out))
        return OFFER_MALFORMED;
    if (section->kind == SDP_OTHER || section->rejected)
        return OFFER_TAKEN; /* answered as rejected, so anything goes */

    enum offer_refusal refusal = check_section(&draft, head->bundle, section);
    if (refusal || *used)
        return refusal;
    *used = true;
    take_transport(&draft.shared, out);
    return check_transport(&draft.shared);
}

/* The ids of a section, what we need most first. */
#define EXTENSION_KINDS 6
static void extensions_by_need(struct sdp_extensions *of,
                               uint8_t *out[EXTENSION_KINDS])
{
    out[0] = &of->mid;
    out[1] = &of->rid;
    out[2] = &of->repaired_rid;
    out[3] = &of->transport_cc;
    out[4] = &of->abs_send_time;
    out[5] = &of->audio_level;
}

/*
 * In a bundle one id means one thing (RFC 8843, section 9.3), but aiortc counts
 * anew in each section. It reads what comes by one table, and closes over what
 * does not fit: so of an id's meanings the one we need most stays, and the
 * others are not answered.
 */
static void settle_extensions(struct offer *offer)
{
    uint8_t *ids[EXTENSION_KINDS];
    uint8_t meaning[256];

    memset(meaning, EXTENSION_KINDS, sizeof(meaning));
    for (size_t i = 0; i < offer->section_count; i++) {
        extensions_by_need(&offer->sections[i].extensions, ids);
        for (uint8_t kind = 0; kind < EXTENSION_KINDS; kind++)
            if (kind < meaning[*ids[kind]])
                meaning[*ids[kind]] = kind;
    }
    for (size_t i = 0; i < offer->section_count; i++) {
        extensions_by_need(&offer->sections[i].extensions, ids);
        for (uint8_t kind = 0; kind < EXTENSION_KINDS; kind++)
            if (meaning[*ids[kind]] != kind)
                *ids[kind] = 0;
    }
}

enum offer_refusal offer_read(struct slice text, struct offer *out)
{
    struct offer offer = { 0 };
    struct head head = { .shared.direction = SDP_SENDRECV };
    bool used = false;

    if (text.length > OFFER_BYTES_MAX)
        return OFFER_TOO_LONG;
    if (!read_head(take_block(&text), &head))
        return OFFER_MALFORMED;
    while (text.length > 0) {
        enum offer_refusal refusal =
            read_block(take_block(&text), &head, &used, &offer);
        if (refusal)
            return refusal;
    }
    if (!used)
        return OFFER_NO_SECTIONS;
    settle_extensions(&offer);
    *out = offer;
    return OFFER_TAKEN;
}

const char *offer_refusal_text(enum offer_refusal refusal)
{
    switch (refusal) {
    case OFFER_TAKEN:
        return "The offer is fine.";
    case OFFER_TOO_LONG:
        return "The offer is longer than 64 KiB.";
    case OFFER_MALFORMED:
        return "The offer is not well-formed SDP.";
    case OFFER_TOO_MANY_SECTIONS:
        return "The offer has more than 16 media sections.";
    case OFFER_NO_SECTIONS:
        return "The offer has no audio or video section in use.";
    case OFFER_NOT_BUNDLED:
        return "Not all sections of the offer are in one BUNDLE group.";
    case OFFER_NO_RTCP_MUX:
        return "The offer does not send RTP and RTCP on one port.";
    case OFFER_SDES:
        return "The offer carries SDES keys; only DTLS-SRTP is accepted.";
    case OFFER_NOT_DTLS_SRTP:
        return "The offer's transport is not UDP/TLS/RTP/SAVPF.";
    case OFFER_NO_FINGERPRINT:
        return "The offer has no DTLS fingerprint.";
    case OFFER_WEAK_FINGERPRINT:
        return "The offer's fingerprint is none of SHA-256, 384 and 512.";
    case OFFER_NO_ICE:
        return "The offer has no ICE credentials.";
    case OFFER_BAD_SETUP:
        return "The offer's setup is neither actpass nor active.";
    case OFFER_NO_MID:
        return "A section of the offer has no mid.";
    case OFFER_NO_OPUS:
        return "An audio section of the offer does not have Opus.";
    case OFFER_NO_VP8:
        return "A video section of the offer does not have VP8.";
    }
    return "The offer was refused.";
}
