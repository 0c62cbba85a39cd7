#include "media/transport/srtp.h"

#include "base/secret.h"
#include "media/transport/replay.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <srtp2/srtp.h>

#define RTP_HEADER_BYTES  12 /* RFC 3550, section 5.1 */
#define RTCP_HEADER_BYTES 8
#define RTCP_INDEX_BYTES  4 /* RFC 3711, section 3.4 */

static_assert(SRTP_GROWTH_MAX >= 16 + RTCP_INDEX_BYTES, "room for the tag");
static_assert(SRTP_MASTER_MAX >= GCM_MASTER_BYTES, "GCM key");
static_assert(SRTP_MASTER_MAX == SRTP_AES_ICM_128_KEY_LEN_WSALT, "CM key");

void srtp_keys_wipe(struct srtp_keys *keys)
{
    secret_wipe(keys, sizeof(*keys));
}

static size_t tag_bytes(enum srtp_profile profile)
{
    return profile == SRTP_PROFILE_AES128_GCM ? 16 : 10;
}

/* Our words for libsrtp's refusals. */
static int errno_of(srtp_err_status_t status)
{
    switch (status) {
    case srtp_err_status_ok:
        return 0;
    case srtp_err_status_replay_fail:
        return -EALREADY;
    case srtp_err_status_replay_old:
        return -ESTALE;
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail:
        return -EACCES;
    case srtp_err_status_alloc_fail:
        return -ENOMEM;
    default:
        return -EBADMSG;
    }
}

/* A session of libsrtp's, for AES128_CM_HMAC_SHA1_80. */
static int session_new(srtp_ssrc_type_t direction, const uint8_t *master,
                       srtp_t *out)
{
    uint8_t key[SRTP_MASTER_MAX];
    srtp_policy_t policy = {
        .ssrc = { .type = direction },
        .window_size = REPLAY_WINDOW,
        /* An index is never encrypted twice: it would give away the plain
         * text of both packets (RFC 3711, section 9.1). */
        .allow_repeat_tx = 0,
    };

    srtp_crypto_policy_set_rtp_default(&policy.rtp);
    srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    memcpy(key, master, sizeof(key));
    policy.key = key;

    srtp_t session = NULL;
    srtp_err_status_t status = srtp_create(&session, &policy);
    secret_wipe(key, sizeof(key));
    if (status != srtp_err_status_ok)
        return errno_of(status);
    *out = session;
    return 0;
}

/* libsrtp wipes its keys when it frees them. */
static void session_free(srtp_t session)
{
    if (session)
        (void)srtp_dealloc(session);
}

/* ---- in -------------------------------------------------------------------
 */

int srtp_in_init(struct srtp_in *in, const struct srtp_keys *keys)
{
    *in = (struct srtp_in){ .profile = keys->profile };
    switch (keys->profile) {
    case SRTP_PROFILE_AES128_GCM:
        return gcm_init(&in->gcm, GCM_OPEN, keys->remote, SRTP_STREAMS_MAX);
    case SRTP_PROFILE_AES128_CM_SHA1_80:
        return session_new(ssrc_any_inbound, keys->remote, &in->session);
    case SRTP_PROFILE_NONE:
        break;
    }
    return -EINVAL;
}

void srtp_in_release(struct srtp_in *in)
{
    gcm_release(&in->gcm);
    session_free(in->session);
    *in = (struct srtp_in){ 0 };
}

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Bytes before the payload: fixed header, CSRCs, header extension. SIZE_MAX
 * when the packet is too short to have them. */
static size_t rtp_header_bytes(const uint8_t *packet, size_t length)
{
    if (length < RTP_HEADER_BYTES)
        return SIZE_MAX;

    size_t header = RTP_HEADER_BYTES + 4 * (size_t)(packet[0] & 0x0f);
    if (!(packet[0] & 0x10))
        return header <= length ? header : SIZE_MAX;
    if (header + 4 > length)
        return SIZE_MAX;
    header += 4 + 4 * (size_t)(packet[header + 2] << 8 | packet[header + 3]);
    return header <= length ? header : SIZE_MAX;
}

static bool knows_ssrc(const struct srtp_in *in, uint32_t ssrc)
{
    for (size_t i = 0; i < in->ssrc_count; i++)
        if (in->ssrcs[i] == ssrc)
            return true;
    return false;
}

/* Each SSRC costs the library a key schedule and a replay window, so an
 * authentic but hostile page may not invent them without end. */
static bool may_come(const struct srtp_in *in, uint32_t ssrc)
{
    return in->ssrc_count < SRTP_STREAMS_MAX || knows_ssrc(in, ssrc);
}

static void came(struct srtp_in *in, uint32_t ssrc)
{
    if (in->ssrc_count < SRTP_STREAMS_MAX && !knows_ssrc(in, ssrc))
        in->ssrcs[in->ssrc_count++] = ssrc;
}

int srtp_in_rtp(struct srtp_in *in, uint8_t *packet, size_t length, size_t *out)
{
    size_t header = rtp_header_bytes(packet, length);

    if (header == SIZE_MAX || length > INT_MAX ||
        length - header < tag_bytes(in->profile))
        return -EBADMSG;
    if (in->profile == SRTP_PROFILE_AES128_GCM) {
        int failed = gcm_open_rtp(&in->gcm, packet, header, length);

        if (!failed)
            *out = length - GCM_TAG_BYTES;
        return failed;
    }
    uint32_t ssrc = number_at(packet + 8);
    if (!may_come(in, ssrc))
        return -ENOSPC;

    int plain = (int)length;
    int err = errno_of(srtp_unprotect(in->session, packet, &plain));
    if (err)
        return err;
    came(in, ssrc);
    *out = (size_t)plain;
    return 0;
}

int srtp_in_rtcp(struct srtp_in *in, uint8_t *packet, size_t length,
                 size_t *out)
{
    size_t least =
        RTCP_HEADER_BYTES + RTCP_INDEX_BYTES + tag_bytes(in->profile);

    if (length < least || length > INT_MAX)
        return -EBADMSG;
    if (in->profile == SRTP_PROFILE_AES128_GCM) {
        int failed = gcm_open_rtcp(&in->gcm, packet, length);

        if (!failed)
            *out = length - GCM_TAG_BYTES - GCM_INDEX_BYTES;
        return failed;
    }
    uint32_t ssrc = number_at(packet + 4);
    if (!may_come(in, ssrc))
        return -ENOSPC;

    int plain = (int)length;
    int err = errno_of(srtp_unprotect_rtcp(in->session, packet, &plain));
    if (err)
        return err;
    came(in, ssrc);
    *out = (size_t)plain;
    return 0;
}

/* ---- out ------------------------------------------------------------------
 */

int srtp_out_init(struct srtp_out *srtp, const struct srtp_keys *keys)
{
    *srtp = (struct srtp_out){ .profile = keys->profile };
    switch (keys->profile) {
    case SRTP_PROFILE_AES128_GCM:
        return gcm_init(&srtp->gcm, GCM_SEAL, keys->local, SIZE_MAX);
    case SRTP_PROFILE_AES128_CM_SHA1_80:
        return session_new(ssrc_any_outbound, keys->local, &srtp->session);
    case SRTP_PROFILE_NONE:
        break;
    }
    return -EINVAL;
}

void srtp_out_release(struct srtp_out *srtp)
{
    gcm_release(&srtp->gcm);
    session_free(srtp->session);
    *srtp = (struct srtp_out){ 0 };
}

static bool has_room(const struct writer *out, size_t length)
{
    return !out->failed && length <= INT_MAX - SRTP_GROWTH_MAX &&
           out->capacity - out->length >= length + SRTP_GROWTH_MAX;
}

/* libsrtp encrypts in place only: what lies elsewhere is brought there. */
static void bring(struct slice bytes, uint8_t *to)
{
    if (bytes.data != to && bytes.length > 0)
        memmove(to, bytes.data, bytes.length);
}

static int protect(struct srtp_out *srtp, struct slice header,
                   struct slice payload, uint8_t *place)
{
    int length = (int)(header.length + payload.length);

    bring(payload, place + header.length);
    bring(header, place);
    return errno_of(srtp_protect(srtp->session, place, &length));
}

int srtp_out_rtp_parts(struct srtp_out *srtp, struct slice header,
                       struct slice payload, struct writer *out)
{
    size_t length = header.length + payload.length;
    int err;

    if (rtp_header_bytes(header.data, header.length) != header.length)
        return -EBADMSG;
    if (!has_room(out, length))
        return -ENOBUFS;
    err =
        srtp->profile == SRTP_PROFILE_AES128_GCM
            ? gcm_seal_rtp(&srtp->gcm, header, payload, out->data + out->length)
            : protect(srtp, header, payload, out->data + out->length);
    if (err)
        return err;
    out->length += length + tag_bytes(srtp->profile);
    return 0;
}

int srtp_out_rtp(struct srtp_out *srtp, struct slice plain, struct writer *out)
{
    size_t header = rtp_header_bytes(plain.data, plain.length);

    if (header == SIZE_MAX)
        return -EBADMSG;
    return srtp_out_rtp_parts(srtp, slice(plain.data, header),
                              slice(plain.data + header, plain.length - header),
                              out);
}

int srtp_out_rtcp(struct srtp_out *srtp, struct slice plain, struct writer *out)
{
    uint8_t *place = out->data + out->length;
    int length = (int)plain.length;
    int err;

    if (plain.length < RTCP_HEADER_BYTES)
        return -EBADMSG;
    if (!has_room(out, plain.length))
        return -ENOBUFS;
    if (srtp->profile == SRTP_PROFILE_AES128_GCM) {
        err = gcm_seal_rtcp(&srtp->gcm, plain, place);
    } else {
        bring(plain, place);
        err = errno_of(srtp_protect_rtcp(srtp->session, place, &length));
    }
    if (err)
        return err;
    out->length += plain.length + tag_bytes(srtp->profile) + RTCP_INDEX_BYTES;
    return 0;
}

/* ---- start ----------------------------------------------------------------
 */

static int rehearse_packets(struct srtp_out *from, struct srtp_in *to)
{
    const uint8_t rtp[20] = { 0x80, 111, 0, 1, [11] = 1 };
    const uint8_t rtcp[8] = { 0x80, 201, 0, 1, [7] = 1 };
    uint8_t bytes[sizeof(rtp) + SRTP_GROWTH_MAX];
    size_t length;

    struct writer out = writer_into(bytes, sizeof(bytes));
    if (srtp_out_rtp(from, slice(rtp, sizeof(rtp)), &out) ||
        srtp_in_rtp(to, bytes, out.length, &length) ||
        !slice_equal(slice(bytes, length), slice(rtp, sizeof(rtp))))
        return -EIO;

    out = writer_into(bytes, sizeof(bytes));
    if (srtp_out_rtcp(from, slice(rtcp, sizeof(rtcp)), &out) ||
        srtp_in_rtcp(to, bytes, out.length, &length) ||
        !slice_equal(slice(bytes, length), slice(rtcp, sizeof(rtcp))))
        return -EIO;
    return 0;
}

static int rehearse(enum srtp_profile profile)
{
    struct srtp_keys keys = { .profile = profile }; /* local == remote */
    struct srtp_out from = { 0 };
    struct srtp_in to = { 0 };
    int err = -EIO;

    if (srtp_out_init(&from, &keys) || srtp_in_init(&to, &keys))
        goto out;
    err = rehearse_packets(&from, &to);
out:
    srtp_out_release(&from);
    srtp_in_release(&to);
    return err;
}

/*
 * Lives as long as the process: NSS unloads itself when libsrtp's last session
 * ends, and would read files again for the next one, which a sandbox forbids.
 */
static srtp_t last_session;

int srtp_start(void)
{
    const uint8_t nobody[SRTP_MASTER_MAX] = { 0 };

    if (srtp_init() != srtp_err_status_ok)
        return -EIO;
    if (!last_session) {
        int err = session_new(ssrc_any_outbound, nobody, &last_session);
        if (err)
            return err;
    }

    int err = rehearse(SRTP_PROFILE_AES128_GCM);
    if (err)
        return err;
    return rehearse(SRTP_PROFILE_AES128_CM_SHA1_80);
}
