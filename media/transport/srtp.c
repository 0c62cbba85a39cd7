#include "media/transport/srtp.h"

#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <srtp2/srtp.h>

#define RTP_HEADER_BYTES  12 /* RFC 3550, section 5.1 */
#define RTCP_HEADER_BYTES 8
#define RTCP_INDEX_BYTES  4    /* RFC 3711, section 3.4 */
#define REPLAY_WINDOW     1024 /* packets; a second of pictures */

static_assert(SRTP_GROWTH_MAX >= 16 + RTCP_INDEX_BYTES, "room for the tag");
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

static int session_new(enum srtp_profile profile, srtp_ssrc_type_t direction,
                       const uint8_t *master, srtp_t *out)
{
    uint8_t key[SRTP_MASTER_MAX];
    srtp_policy_t policy = {
        .ssrc = { .type = direction },
        .window_size = REPLAY_WINDOW,
        /* An index is never encrypted twice: it would give away the plain
         * text of both packets (RFC 3711, section 9.1). */
        .allow_repeat_tx = 0,
    };

    if (profile == SRTP_PROFILE_NONE)
        return -EINVAL;
    if (profile == SRTP_PROFILE_AES128_GCM) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
        srtp_crypto_policy_set_rtp_default(&policy.rtp);
        srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    }
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
    return session_new(keys->profile, ssrc_any_inbound, keys->remote,
                       &in->session);
}

void srtp_in_release(struct srtp_in *in)
{
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
    return session_new(keys->profile, ssrc_any_outbound, keys->local,
                       &srtp->session);
}

void srtp_out_release(struct srtp_out *srtp)
{
    session_free(srtp->session);
    *srtp = (struct srtp_out){ 0 };
}

/* Where the packet will be encrypted in place; NULL without room for it. */
static uint8_t *place_for(struct slice plain, struct writer *out)
{
    if (out->failed || plain.length > INT_MAX - SRTP_GROWTH_MAX ||
        out->capacity - out->length < plain.length + SRTP_GROWTH_MAX)
        return NULL;

    uint8_t *place = out->data + out->length;
    if (plain.data != place)
        memcpy(place, plain.data, plain.length);
    return place;
}

int srtp_out_rtp(struct srtp_out *srtp, struct slice plain, struct writer *out)
{
    if (rtp_header_bytes(plain.data, plain.length) == SIZE_MAX)
        return -EBADMSG;

    uint8_t *place = place_for(plain, out);
    if (!place)
        return -ENOBUFS;
    int length = (int)plain.length;
    int err = errno_of(srtp_protect(srtp->session, place, &length));
    if (err)
        return err;
    out->length += (size_t)length;
    return 0;
}

int srtp_out_rtcp(struct srtp_out *srtp, struct slice plain, struct writer *out)
{
    if (plain.length < RTCP_HEADER_BYTES)
        return -EBADMSG;

    uint8_t *place = place_for(plain, out);
    if (!place)
        return -ENOBUFS;
    int length = (int)plain.length;
    int err = errno_of(srtp_protect_rtcp(srtp->session, place, &length));
    if (err)
        return err;
    out->length += (size_t)length;
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

int srtp_start(void)
{
    if (srtp_init() != srtp_err_status_ok)
        return -EIO;

    int err = rehearse(SRTP_PROFILE_AES128_GCM);
    if (err)
        return err;
    return rehearse(SRTP_PROFILE_AES128_CM_SHA1_80);
}
