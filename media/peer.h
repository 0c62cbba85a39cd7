/*
 * peer: one browser page's connection. It wires its parts: the way (ice_lite,
 * dtls, srtp), what the page sends (incoming), what it receives (outgoing), and
 * what the routes say about both. Lives in one worker's thread; sends through
 * the worker's egress. The last check of the wall between people is here: see
 * peer_send in peer_media.c.
 */
#ifndef MEDIA_PEER_H
#define MEDIA_PEER_H

#include "base/timer_wheel.h"
#include "media/egress.h"
#include "media/incoming.h"
#include "media/media.h"
#include "media/outgoing.h"
#include "media/rate/downlink.h"
#include "media/rate/feedback.h"
#include "media/rate/layers.h"
#include "media/rate/line_probe.h"
#include "media/rate/pace.h"
#include "media/rate/picture.h"
#include "media/rate/probe.h"
#include "media/room.h"
#include "media/sdp/answer.h"
#include "media/sound/echo_check.h"
#include "media/sound/hold_audio.h"
#include "media/tcp.h"
#include "media/transport/dtls.h"
#include "media/transport/ice_lite.h"
#include "media/transport/srtp.h"

#define PEER_LOST_ROUTED_US UINT64_C(5000000) /* docs/relay-control.md */
#define PEER_LOST_US        UINT64_C(15000000)
#define PEER_GONE_US        UINT64_C(60000000) /* after it was lost */
#define PEER_PERIOD_US      UINT64_C(1000000) /* reports, and whether it lives */
#define PEER_QUALITY_US     UINT64_C(5000000)
#define PEER_GAP_US         UINT64_C(1000000) /* of sound, worth telling */

/* A page's receiving streams: the house, four pairs, one screen. */
enum {
    OUTGOING_HOUSE = 0,
    OUTGOING_AUDIO = 0,           /* + slot, from 1 on */
    OUTGOING_VIDEO = MEDIA_SLOTS, /* + slot, from 1 on */
    OUTGOING_SCREEN = 2 * MEDIA_SLOTS + 1,
    OUTGOINGS,
};

struct peer;

/* What the peers of one worker share. */
struct media_env {
    struct dtls_context *dtls;
    const struct hold_audio *hold;
    struct cache_pool *pool;
    struct egress *egress;
    struct packets *packets; /* for DTLS */
    struct tcp *tcp;         /* NULL: there is only UDP */
    struct list *touched;    /* peers whose timer must be set anew */
    uint64_t packets_in;     /* since the start, whatever became of them */
    uint64_t packets_out;
    const struct answer_candidate *candidates;
    size_t candidate_count;

    /* What signaling has to hear. */
    void (*tell)(void *arg, const struct media_event *event);
    void *arg;
};

struct peer_target {
    struct peer *to;
    unsigned slot;
    /* The newest packet of each track when the route began: what is late from
     * before was said to somebody else. Extended, see reception. */
    int64_t wall[TRACKS];
};

enum peer_life {
    PEER_JOINING,   /* answered; nothing heard */
    PEER_CONNECTED, /* ICE and DTLS are up */
    PEER_LOST,
    PEER_GONE, /* to be forgotten */
};

struct peer_house {
    enum house_play play;
    uint64_t frame;  /* of the loop */
    uint64_t due_us; /* when to play it; TIMER_NEVER: silence */
    uint16_t seq;
    uint32_t timestamp;
};

/* What the page's line carries, and what is done about it: peer_rate.c. */
struct peer_rate {
    uint64_t told_bps; /* the cap the page knows; 0: tell it again */
    unsigned periods;
    struct downlink downlink;
    struct probe probe;
    struct pace pace;
    struct picture picture;
    uint64_t picture_bytes; /* that left for it in this period */
    uint64_t picture_bps;   /* of the last period */
    double speech_loss;     /* of the last period, 0 to 1 */
    uint64_t rtt_least_us;  /* without a queue; 0: not known */
    bool starved;           /* larger encodings are there and do not fit */
};

struct peer {
    struct peer_name name;
    struct place_name place; /* the last join's */
    struct media_env *env;
    struct timer timer;
    struct list touched;
    enum peer_life life;
    uint64_t born_us;
    uint64_t lost_us;
    uint64_t
        missed_us; /* heard last of the page's former connection; 0: none */
    uint64_t period_us; /* next reports */
    uint64_t quality_us;

    /* the way */
    struct ice_lite ice;
    struct dtls_fingerprint fingerprint;
    struct dtls dtls;
    bool shaking; /* dtls is initialised */
    bool keyed;   /* srtp is */
    bool heard;   /* an authenticated media packet came: dtls may forget */
    struct srtp_in srtp_in;
    struct srtp_out srtp_out;
    struct endpoint path;
    uint64_t session_id; /* of the answers */
    uint64_t version;

    /* media */
    struct extension_ids ids; /* in what the page sends */
    struct incoming tracks[TRACKS];
    struct outgoing streams[OUTGOINGS];
    struct peer_house house;
    struct feedback feedback;
    int64_t clock_shift; /* our clock minus the page's, us */
    bool clock_known;
    uint64_t rtt_us;
    uint64_t rtt_newest_us; /* 0: none was measured */
    struct peer_rate rate;

    /* what the routes say: set by peer_show and nothing else */
    const struct room *room;             /* only compared, never read */
    struct peer *shown[MEDIA_SLOTS + 1]; /* by slot; [0] stays empty */
    struct peer *screen;                 /* whose screen is shown */
    struct peer_target targets[MEDIA_TARGETS_MAX];
    size_t target_count;
    uint64_t routed_us; /* when the first target came */

    /* the check before the visit: of a peer that is routed to nobody */
    struct echo_check *echo; /* NULL: none */
    struct line_probe *probe;
};

/* Reads the offer into a new peer. NULL: the offer cannot be served. */
struct peer *peer_new(struct media_env *env, const struct peer_name *name,
                      const struct offer *offer, uint64_t now_us);

/* Says goodbye to the page, takes it out of all routes. */
void peer_free(struct peer *peer);

/* The same page asks for new credentials. dropped_out as ice_lite_restart. */
int peer_restart(struct peer *peer, const struct offer *offer,
                 char dropped_out[ICE_UFRAG_LENGTH + 1]);

/* This connection takes the place of before: the page is as lost as it was
 * while it tries again and again. */
void peer_succeed(struct peer *peer, const struct peer *before);

/* The answer to an offer that was taken; free it. NULL on failure. */
char *peer_answer(struct peer *peer, const struct offer *offer);

/* Who is shown in which slot. Whoever is new there is new behind a wall: the
 * stream begins with a whole picture and nothing older is repeated. Both peers'
 * room must have been set. from NULL: nobody. */
void peer_show(struct peer *to, unsigned slot, struct peer *from,
               uint64_t now_us);

/* MEDIA_ROUTED: the echo is only for a peer that is routed to nobody. */
enum media_refusal peer_play(struct peer *peer, enum house_play play,
                             uint64_t now_us);

/* Measures the line; MEDIA_PROBED tells of it in under five seconds. */
enum media_refusal peer_probe(struct peer *peer, uint64_t now_us);

/* STUN that names one of this peer's ufrags. */
void peer_stun(struct peer *peer, struct slice packet,
               const struct endpoint *from, uint64_t now_us,
               struct ice_news *out);

/* DTLS, RTP or RTCP from an address that passed a check of this peer. Spoils
 * the packet's bytes. */
void peer_dtls(struct peer *peer, struct slice packet);
void peer_rtp(struct peer *peer, uint8_t *bytes, size_t length,
              const struct endpoint *from, uint64_t now_us);
void peer_rtcp(struct peer *peer, uint8_t *bytes, size_t length,
               const struct endpoint *from, uint64_t now_us);

/* Does what is due. peer->life may be PEER_GONE afterwards. */
void peer_tick(struct peer *peer, uint64_t now_us);
uint64_t peer_deadline(const struct peer *peer, uint64_t now_us);

/* Its timer is set anew at the end of the worker's turn. */
void peer_touch(struct peer *peer);

#endif
