#include "media/sdp/section.h"

#include "media/sdp/line.h"

#define PAYLOAD_TYPE_MAX 127
#define EXTENSION_ID_MAX 14 /* one-byte headers; RFC 8285, section 4.2 */
#define ICE_UFRAG_MIN    4  /* RFC 8839, section 5.4 */
#define ICE_PWD_MIN      22
#define FORMATS_MAX      64 /* looked at in one section; browsers list 25 */

/* ---- attributes above and inside sections ---------------------------------
 */

static bool is_ice_text(const char *text, size_t least)
{
    for (const char *c = text; *c; c++) {
        bool letter = (*c | 0x20) >= 'a' && (*c | 0x20) <= 'z';
        bool digit = *c >= '0' && *c <= '9';
        if (!letter && !digit && *c != '+' && *c != '/')
            return false;
    }
    return strlen(text) >= least;
}

static bool read_ice_text(struct slice value, size_t least, char *out)
{
    return line_copy(value, OFFER_ICE_MAX, out) && is_ice_text(out, least);
}

/* Several may be given (RFC 8122, section 5): the first good one counts. */
static bool read_fingerprint(struct slice value, struct section_shared *out)
{
    struct slice whole = value;
    struct slice hash = line_word(&value, " ");
    bool good = line_same(hash, "sha-256") || line_same(hash, "sha-384") ||
                line_same(hash, "sha-512");

    if (!good) {
        out->weak_fingerprint = true;
        return true;
    }
    if (out->fingerprint[0] != '\0')
        return true;
    char hex[OFFER_HASH_MAX + 1];
    if (whole.length > OFFER_HASH_MAX || !line_copy(value, OFFER_HASH_MAX, hex))
        return false;
    memcpy(out->fingerprint, whole.data, whole.length);
    out->fingerprint[whole.length] = '\0';
    return true;
}

static bool read_direction(struct slice attribute, enum sdp_direction *out)
{
    static const struct {
        const char *name;
        enum sdp_direction direction;
    } names[] = {
        { "sendrecv", SDP_SENDRECV },
        { "sendonly", SDP_SENDONLY },
        { "recvonly", SDP_RECVONLY },
        { "inactive", SDP_INACTIVE },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_is_text(attribute, names[i].name)) {
            *out = names[i].direction;
            return true;
        }
    }
    return false;
}

static enum section_setup read_setup(struct slice value)
{
    return slice_is_text(value, "actpass") || slice_is_text(value, "active")
               ? SETUP_GOOD
               : SETUP_OTHER;
}

bool section_read_shared(struct slice attribute, struct section_shared *out)
{
    if (line_take(&attribute, "ice-ufrag:"))
        return read_ice_text(attribute, ICE_UFRAG_MIN, out->ice_ufrag);
    if (line_take(&attribute, "ice-pwd:"))
        return read_ice_text(attribute, ICE_PWD_MIN, out->ice_pwd);
    if (line_take(&attribute, "fingerprint:"))
        return read_fingerprint(attribute, out);
    if (line_take(&attribute, "setup:"))
        out->setup = read_setup(attribute);
    else
        (void)read_direction(attribute, &out->direction);
    return true;
}

/* ---- one section ----------------------------------------------------------
 */

/* Walks the attributes of a section. */
static bool next_attribute(struct slice *lines, struct slice *out)
{
    while (line_next(lines, out))
        if (line_take(out, "a="))
            return true;
    return false;
}

/* "97 rtx/90000" or "97 apt=96": the number, and what follows it. */
static bool take_payload_type(struct slice *value, uint32_t *out)
{
    return line_number(line_word(value, " "), PAYLOAD_TYPE_MAX, out);
}

static bool is_codec(const struct section_draft *draft, uint32_t payload_type,
                     const char *codec)
{
    struct slice lines = draft->lines, attribute;

    while (next_attribute(&lines, &attribute)) {
        uint32_t type;
        if (line_take(&attribute, "rtpmap:") &&
            take_payload_type(&attribute, &type) && type == payload_type)
            return line_same(attribute, codec);
    }
    return false;
}

/* The first format of the m= line that is this codec; 0 if none. */
static uint8_t find_codec(const struct section_draft *draft, const char *codec)
{
    struct slice formats = draft->formats;

    for (int i = 0; i < FORMATS_MAX && formats.length > 0; i++) {
        uint32_t type;
        if (line_number(line_word(&formats, " "), PAYLOAD_TYPE_MAX, &type) &&
            type > 0 && is_codec(draft, type, codec))
            return (uint8_t)type;
    }
    return 0;
}

static bool has_apt(struct slice parameters, uint32_t payload_type)
{
    while (parameters.length > 0) {
        struct slice parameter = line_word(&parameters, "; ");
        uint32_t apt;
        if (line_take(&parameter, "apt=") &&
            line_number(parameter, PAYLOAD_TYPE_MAX, &apt))
            return apt == payload_type;
    }
    return false;
}

/* The RTX format for a payload type (RFC 4588, section 8.1); 0 if none. */
static uint8_t find_rtx(const struct section_draft *draft, uint8_t payload_type)
{
    struct slice lines = draft->lines, attribute;
    int matches = 0;

    while (matches < FORMATS_MAX && next_attribute(&lines, &attribute)) {
        uint32_t type;
        if (!line_take(&attribute, "fmtp:") ||
            !take_payload_type(&attribute, &type) || type == 0 ||
            !has_apt(attribute, payload_type))
            continue;
        if (is_codec(draft, type, "rtx/90000"))
            return (uint8_t)type;
        matches++;
    }
    return 0;
}

static void read_feedback(struct slice value, uint8_t payload_type,
                          struct sdp_feedback *out)
{
    struct slice number = line_word(&value, " ");
    uint32_t type;

    if (!slice_is_text(number, "*") &&
        (!line_number(number, PAYLOAD_TYPE_MAX, &type) || type != payload_type))
        return;
    out->nack |= slice_is_text(value, "nack");
    out->pli |= slice_is_text(value, "nack pli");
    out->fir |= slice_is_text(value, "ccm fir");
    out->remb |= slice_is_text(value, "goog-remb");
    out->transport_cc |= slice_is_text(value, "transport-cc");
}

static void read_extension(struct slice value, struct sdp_extensions *out)
{
    struct slice number = line_word(&value, " ");
    struct slice uri = line_word(&value, " ");
    struct slice id = line_word(&number, "/");
    uint32_t read;
    const struct {
        const char *uri;
        uint8_t *id;
    } known[] = {
        { "urn:ietf:params:rtp-hdrext:sdes:mid", &out->mid },
        { "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", &out->rid },
        { "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
          &out->repaired_rid },
        { "urn:ietf:params:rtp-hdrext:ssrc-audio-level", &out->audio_level },
        { "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
          &out->abs_send_time },
        { "http://www.ietf.org/id/"
          "draft-holmer-rmcat-transport-wide-cc-extensions-01",
          &out->transport_cc },
    };

    if (!line_number(id, EXTENSION_ID_MAX, &read) || read == 0 ||
        slice_is_text(number, "inactive"))
        return;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (slice_is_text(uri, known[i].uri))
            *known[i].id = (uint8_t)read;
}

/* ---- what a section sends -------------------------------------------------
 */

static bool has_source(const struct offer_section *section, uint32_t ssrc)
{
    for (size_t i = 0; i < section->source_count; i++)
        if (section->sources[i].ssrc == ssrc ||
            section->sources[i].rtx_ssrc == ssrc)
            return true;
    return false;
}

static void add_source(struct offer_section *section, uint32_t ssrc,
                       uint32_t rtx_ssrc)
{
    if (section->source_count == OFFER_SOURCES_MAX || ssrc == 0 ||
        has_source(section, ssrc))
        return;
    section->sources[section->source_count++] = (struct offer_source){
        .ssrc = ssrc,
        .rtx_ssrc = rtx_ssrc,
    };
}

/* "FID 1693471158 1392489219" (RFC 5576, section 4.2) */
static void read_group(struct slice value, struct offer_section *out)
{
    uint32_t ssrc, rtx_ssrc;

    if (line_take(&value, "FID ") &&
        line_number(line_word(&value, " "), UINT32_MAX, &ssrc) &&
        line_number(value, UINT32_MAX, &rtx_ssrc) && rtx_ssrc != 0)
        add_source(out, ssrc, rtx_ssrc);
}

/* "1693471158 cname:…"; its group, if any, was read before. */
static void read_source(struct slice value, struct offer_section *out)
{
    uint32_t ssrc;

    if (!line_number(line_word(&value, " "), UINT32_MAX, &ssrc))
        return;
    add_source(out, ssrc, 0);
    if (line_take(&value, "cname:"))
        (void)line_copy(value, OFFER_TEXT_MAX, out->cname);
}

static void read_msid(struct slice value, struct offer_section *out)
{
    (void)line_copy(line_word(&value, " "), OFFER_TEXT_MAX, out->stream);
    (void)line_copy(line_word(&value, " "), OFFER_TEXT_MAX, out->track);
}

/* "send l;m;h recv …" (RFC 8853, section 5.1): the sending list; of
 * alternatives the first, "~" means paused at first. */
static void read_simulcast(struct slice value, struct offer_section *out)
{
    while (value.length > 0) {
        bool sending = line_take(&value, "send ");
        struct slice list = line_word(&value, " ");

        while (sending && list.length > 0 && out->rid_count < OFFER_RIDS_MAX) {
            struct slice alternatives = line_word(&list, ";");
            struct slice rid = line_word(&alternatives, ",");
            (void)line_take(&rid, "~");
            if (line_copy(rid, OFFER_RID_MAX, out->rids[out->rid_count]))
                out->rid_count++;
        }
    }
}

static void read_sending(const struct section_draft *draft,
                         struct offer_section *out)
{
    struct slice lines = draft->lines, attribute;

    while (next_attribute(&lines, &attribute))
        if (line_take(&attribute, "ssrc-group:"))
            read_group(attribute, out);

    lines = draft->lines;
    while (next_attribute(&lines, &attribute)) {
        if (line_take(&attribute, "ssrc:"))
            read_source(attribute, out);
        else if (line_take(&attribute, "msid:"))
            read_msid(attribute, out);
        else if (line_take(&attribute, "simulcast:"))
            read_simulcast(attribute, out);
    }
}

/* ---- sections -------------------------------------------------------------
 */

static bool read_media_line(struct slice line, struct section_draft *draft,
                            struct offer_section *out)
{
    struct slice kind = line_word(&line, " ");
    struct slice port = line_word(&line, " ");
    struct slice protocol = line_word(&line, " ");
    uint32_t number;

    if (!line_number(port, UINT16_MAX, &number) || protocol.length == 0)
        return false;
    out->kind = slice_is_text(kind, "audio")   ? SDP_AUDIO
                : slice_is_text(kind, "video") ? SDP_VIDEO
                                               : SDP_OTHER;
    out->rejected = number == 0; /* unless bundle-only says otherwise */
    draft->formats = line;
    draft->dtls_srtp = slice_is_text(protocol, "UDP/TLS/RTP/SAVPF") ||
                       slice_is_text(protocol, "TCP/TLS/RTP/SAVPF");
    return true;
}

static bool read_attribute(struct slice attribute, struct section_draft *draft,
                           struct offer_section *out)
{
    struct slice value = attribute;

    if (line_take(&value, "mid:"))
        return line_copy(value, OFFER_MID_MAX, out->mid);
    if (line_take(&value, "extmap:"))
        read_extension(value, &out->extensions);
    else if (line_take(&value, "rtcp-fb:"))
        read_feedback(value, out->payload_type, &out->feedback);
    else if (slice_is_text(attribute, "rtcp-mux"))
        draft->rtcp_mux = true;
    else if (slice_is_text(attribute, "bundle-only"))
        out->rejected = false; /* RFC 9143, section 6 */
    else if (line_take(&value, "crypto:"))
        draft->sdes = true;
    else
        return section_read_shared(attribute, &draft->shared);
    return true;
}

static void find_payload_types(const struct section_draft *draft,
                               struct offer_section *out)
{
    if (out->kind == SDP_AUDIO)
        out->payload_type = find_codec(draft, "opus/48000/2");
    if (out->kind == SDP_VIDEO)
        out->payload_type = find_codec(draft, "VP8/90000");
    if (out->kind == SDP_VIDEO && out->payload_type)
        out->rtx_payload_type = find_rtx(draft, out->payload_type);
}

bool section_read(struct slice block, struct section_draft *draft,
                  struct offer_section *out)
{
    struct section_shared above = draft->shared;
    struct slice line, lines, attribute;

    if (!line_next(&block, &line) || !line_take(&line, "m=") ||
        !read_media_line(line, draft, out))
        return false;
    draft->lines = lines = block;
    find_payload_types(draft, out);
    draft->shared.fingerprint[0] = '\0'; /* the first one here wins */
    while (next_attribute(&lines, &attribute))
        if (!read_attribute(attribute, draft, out))
            return false;

    if (draft->shared.fingerprint[0] == '\0')
        memcpy(draft->shared.fingerprint, above.fingerprint,
               sizeof(above.fingerprint));
    out->direction = draft->shared.direction;
    if (out->direction & SDP_SENDONLY)
        read_sending(draft, out);
    return true;
}
