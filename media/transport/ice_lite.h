/*
 * ice_lite: the relay's half of ICE for one peer (RFC 8445, lite agent, always
 * controlled). It answers binding requests that carry the right integrity,
 * remembers which addresses passed, and says where to send. Embedded in the
 * peer, owned by its worker thread, no I/O, no allocation, nothing to release
 * but secrets. Packets in, at most one packet out; time is passed in.
 *
 * The path is the newest address that was nominated (USE-CANDIDATE); once it
 * has been silent for ICE_SILENCE_US any address that passes a check takes
 * over, for Firefox nominates only once. TCP waits longer to take over from
 * UDP: it is a page's second choice, checked now and then beside the first.
 */
#ifndef MEDIA_TRANSPORT_ICE_LITE_H
#define MEDIA_TRANSPORT_ICE_LITE_H

#include "base/writer.h"
#include "media/transport/address.h"

#define ICE_UFRAG_LENGTH   12  /* ours; 72 random bits. RFC 8839: at least 4 */
#define ICE_PWD_LENGTH     24  /* ours; 144 random bits. RFC 8839: 22 or more */
#define ICE_TEXT_MAX       256 /* characters of a foreign ufrag or password */
#define ICE_PATHS_MAX      8   /* addresses of one peer that passed; ours */
#define ICE_SILENCE_US     1000000
#define ICE_SILENCE_TCP_US 4000000 /* before TCP takes over from UDP */
#define ICE_NEVER          UINT64_MAX
#define ICE_REPLY_SIZE_MAX 128 /* bytes of the longest reply */

/* One round of credentials: an ICE restart begins another. */
struct ice_round {
    char ufrag[ICE_UFRAG_LENGTH + 1]; /* ours; "" when there is no round */
    char pwd[ICE_PWD_LENGTH + 1];
    char peer_ufrag[ICE_TEXT_MAX + 1]; /* the page's */
};

struct ice_path {
    struct address address;
    uint64_t heard_us; /* last authenticated packet from it */
};

struct ice_lite {
    struct ice_round now;
    struct ice_round before; /* valid until `now` was checked */
    struct ice_path paths[ICE_PATHS_MAX];
    size_t path_count;
    size_t selected;   /* index into paths; SIZE_MAX before the first */
    uint64_t heard_us; /* last authenticated packet from anywhere; 0: none */
};

/* What a packet changed; the worker keeps its tables by it. */
struct ice_news {
    bool passed;   /* authenticated: `from` is one of the peer's addresses */
    bool added;    /* `from` had not passed before */
    bool moved;    /* the path is another one than before */
    bool replaced; /* `gone` was dropped to make room for `from` */
    struct address gone;
    bool renewed; /* the new round was checked: forget `old_ufrag` */
    char old_ufrag[ICE_UFRAG_LENGTH + 1];
};

/* Makes random local credentials. peer_ufrag comes from the offer, at most
 * ICE_TEXT_MAX characters (-EINVAL). */
int ice_lite_init(struct ice_lite *ice, struct slice peer_ufrag);
void ice_lite_release(struct ice_lite *ice);

/*
 * A new round of credentials. The old ones stay valid, and the path stays where
 * it is, until a check with the new ones passes. A restart during a restart
 * drops the round that was never checked: its ufrag is copied to dropped_out
 * ("" if none), so that the worker can forget it. -EINVAL as above.
 */
int ice_lite_restart(struct ice_lite *ice, struct slice peer_ufrag,
                     char dropped_out[ICE_UFRAG_LENGTH + 1]);

/*
 * A STUN packet from `from`. What there is to answer is written to reply (send
 * it back to `from`; ICE_REPLY_SIZE_MAX bytes are enough); an empty reply means
 * silence. 0 when it was an authenticated check or indication, -EBADMSG when it
 * is no sound STUN message, -EACCES when name or integrity are not ours,
 * -EPROTO when it was authentic but refused (role conflict, unknown
 * attribute). news is all false unless 0 is returned.
 */
int ice_lite_receive(struct ice_lite *ice, struct slice packet,
                     const struct address *from, uint64_t now_us,
                     struct writer *reply, struct ice_news *out);

/* Call for each authenticated SRTP or SRTCP packet: it keeps its path alive. */
void ice_lite_heard(struct ice_lite *ice, const struct address *from,
                    uint64_t now_us);

/* An address from which nothing can come any more (a closed TCP connection).
 * If it was the path, the next one that passes a check is. */
void ice_lite_gone(struct ice_lite *ice, const struct address *address);

/* Whether an address passed a check; only such may send DTLS and SRTP. */
bool ice_lite_knows(const struct ice_lite *ice, const struct address *from);

/* Where to send; NULL before the first check. Valid until the next receive. */
const struct address *ice_lite_path(const struct ice_lite *ice);

/* When the last authenticated packet came; 0 when none did. */
uint64_t ice_lite_heard_us(const struct ice_lite *ice);

/*
 * The local ufrag a STUN packet is meant for (USERNAME up to the colon), to
 * route an unknown source to its peer; empty when there is none. Unchecked.
 */
struct slice ice_lite_peek_ufrag(struct slice packet);

#endif
