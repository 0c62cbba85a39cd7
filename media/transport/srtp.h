/*
 * srtp: encrypts and decrypts RTP and RTCP (RFC 3711, RFC 7714). Hides who does
 * it: gcm for AEAD_AES_128_GCM, which every browser prefers, libsrtp2 for the
 * other. A session belongs to one peer and one thread. Lengths are checked
 * before either sees a packet.
 */
#ifndef MEDIA_TRANSPORT_SRTP_H
#define MEDIA_TRANSPORT_SRTP_H

#include "base/writer.h"
#include "media/transport/gcm.h"

#define SRTP_MASTER_MAX  30 /* bytes: key 16 and salt 14 (CM) or 12 (GCM) */
#define SRTP_GROWTH_MAX  32 /* bytes a packet grows at most: tag and index */
#define SRTP_STREAMS_MAX 32 /* SSRCs accepted from one peer; ours */

enum srtp_profile {
    SRTP_PROFILE_NONE,
    SRTP_PROFILE_AES128_CM_SHA1_80, /* RFC 5764, section 4.1.2 */
    SRTP_PROFILE_AES128_GCM,        /* RFC 7714, section 14.2 */
};

/* Master key and salt, one after the other, as libsrtp wants them. */
struct srtp_keys {
    enum srtp_profile profile;
    uint8_t local[SRTP_MASTER_MAX];  /* what we send is encrypted with it */
    uint8_t remote[SRTP_MASTER_MAX]; /* what comes is */
};

void srtp_keys_wipe(struct srtp_keys *keys);

/*
 * Once at start, before any session and before a sandbox closes: starts the
 * library and runs a packet through each profile both ways, because NSS opens
 * files when first used. -EIO when a profile does not work.
 */
int srtp_start(void);

/* ---- what comes from a peer ---------------------------------------------- */

struct srtp_in {
    enum srtp_profile profile;
    struct gcm gcm;
    struct srtp_ctx_t_ *session; /* libsrtp's; NULL with gcm */
    size_t ssrc_count;           /* of session: gcm keeps its own */
    uint32_t ssrcs[SRTP_STREAMS_MAX];
};

int srtp_in_init(struct srtp_in *in, const struct srtp_keys *keys);
void srtp_in_release(struct srtp_in *in);

/*
 * Decrypts length bytes in place. The plain packet's length is put in out.
 * -EBADMSG: too short or malformed; -EACCES: not authentic; -EALREADY: seen
 * before; -ESTALE: so old that nobody can tell; -ENOSPC: one SSRC too many. On
 * failure the packet's bytes are spoilt.
 */
int srtp_in_rtp(struct srtp_in *in, uint8_t *packet, size_t length,
                size_t *out);
int srtp_in_rtcp(struct srtp_in *in, uint8_t *packet, size_t length,
                 size_t *out);

/* ---- what goes to a peer ------------------------------------------------- */

struct srtp_out {
    enum srtp_profile profile;
    struct gcm gcm;
    struct srtp_ctx_t_ *session; /* libsrtp's; NULL with gcm */
};

int srtp_out_init(struct srtp_out *srtp, const struct srtp_keys *keys);
void srtp_out_release(struct srtp_out *srtp);

/*
 * Appends the encrypted packet to out. plain may already lie at the writer's
 * end but must not overlap it otherwise; gcm copies nothing either way.
 * -EBADMSG: too short; -ENOBUFS: no room for the packet and SRTP_GROWTH_MAX
 * bytes; -ESTALE: more than 1024 packets late, not sent; -EALREADY: this (SSRC,
 * rollover, seq) was encrypted before: our bug, callers assert that it does not
 * happen. out is unchanged on failure.
 */
int srtp_out_rtp(struct srtp_out *srtp, struct slice plain, struct writer *out);
int srtp_out_rtcp(struct srtp_out *srtp, struct slice plain,
                  struct writer *out);

/* The same for a packet in two places: a new header for a payload that is
 * still where it was received. The header must be whole. */
int srtp_out_rtp_parts(struct srtp_out *srtp, struct slice header,
                       struct slice payload, struct writer *out);

#endif
