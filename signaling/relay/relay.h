/*
 * relay: client of one media relay's control line (docs/relay-control.md), a
 * Unix socket or mutual TLS. Connects again by itself, says when the relay is
 * there, and tells its events. Loop's thread. Every request is answered exactly
 * once.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_NAME_TEXT    65 /* of a place, room, peer or relay */
#define RELAY_RELEASE_TEXT 33
#define RELAY_ERROR_TEXT   200
#define RELAY_LINE_MAX     ((size_t)192 * 1024)
#define RELAY_ROUTES_MAX   32 /* of one room */

struct relay;

enum relay_event_kind {
    RELAY_UP,   /* said hello; see restarted */
    RELAY_DOWN, /* the connection ended, or nothing was heard for three beats */
    RELAY_DRAINING, /* takes no new places; after UP, or at once with it */
    RELAY_CONNECTED,
    RELAY_LOST,
    RELAY_BACK,
    RELAY_GONE,
    RELAY_QUALITY,
    RELAY_PICTURE, /* shown, or its line carries sound only */
    RELAY_HEARD,   /* the echo check heard a voice, or none */
    RELAY_PROBED,  /* the line was measured */
    RELAY_GAP,     /* sound came again after gap_ms of none */
};

/* What the echo check heard, and what a line carries. Of the latter, what was
 * not measured is not known. */
struct relay_voice {
    double loudness_db; /* of the speech, to full scale */
    uint32_t spoken_ms; /* 0: nothing was said */
    uint32_t playing_ms;
};
struct relay_measure {
    bool up_known;
    bool down_known;
    bool rtt_known;
    uint32_t up_kbps;
    uint32_t down_kbps;
    uint32_t rtt_ms;
    uint32_t jitter_ms; /* with up */
    double loss_up;
    double loss_down;
};

struct relay_event {
    enum relay_event_kind kind;
    bool restarted;   /* UP: another instance than the last one heard */
    const char *peer; /* CONNECTED and on */
    bool shown;       /* PICTURE */
    uint32_t rtt_ms;  /* QUALITY */
    uint32_t jitter_ms;
    double loss_up;
    double loss_down;
    struct relay_voice voice;     /* HEARD */
    struct relay_measure measure; /* PROBED */
    uint32_t gap_ms;              /* GAP */
};
typedef void relay_event_fn(void *arg, const struct relay_event *event);

struct relay_options {
    struct ev_loop *loop;
    const char *address;     /* a socket's path, or tls:HOST:PORT */
    const char *certificate; /* with tls: PEM files */
    const char *key;
    const char *authority; /* whose certificates we believe */
    relay_event_fn *told;
    void *arg;
};

/* The relay need not be there yet; told is never called from within. Negative
 * errno, and error is a sentence: the address is none, or a file is not what it
 * should be. The texts may go afterwards. */
int relay_new(const struct relay_options *options, struct relay **out,
              char error[RELAY_ERROR_TEXT]);

/* Requests that wait are answered "no_relay" first. */
void relay_free(struct relay *relay);

bool relay_is_up(const struct relay *relay);

/* It left more than one beat unanswered. */
bool relay_is_silent(const struct relay *relay);

/* What it last said of itself. The name stays when it goes down; "" before it
 * was ever up, and from relays that do not say. */
const char *relay_name(const struct relay *relay);
const char *relay_release(const struct relay *relay);
double relay_load(const struct relay *relay); /* 0 to 1, a second old */

/* As it counts them since its start, a second old. */
struct relay_counts {
    uint64_t peers;
    uint64_t packets_in; /* from pages */
    uint64_t packets_out;
};
struct relay_counts relay_counts(const struct relay *relay);
bool relay_is_draining(const struct relay *relay);
/* Until one that drains ends whatever is there; 0: it does not say. */
uint32_t relay_left_s(const struct relay *relay);

struct relay_route {
    char from[RELAY_NAME_TEXT];
    char to[RELAY_NAME_TEXT];
    unsigned slot; /* 1 to 4 */
};
struct relay_room {
    const char *room;
    uint64_t seq;
    const struct relay_route *routes;
    size_t count;
};

struct relay_answer {
    const char *refused; /* NULL: done; a code, "no_relay" or "timeout" */
    const char *sdp;     /* join */
    const struct relay_room *rooms; /* rooms */
    size_t room_count;
    const char *const *peers;
    size_t peer_count;
};
typedef void relay_done_fn(void *arg, const struct relay_answer *answer);

void relay_join(struct relay *relay, const char *place, const char *peer,
                const char *offer, relay_done_fn *done, void *arg);
void relay_leave(struct relay *relay, const char *peer, relay_done_fn *done,
                 void *arg);
void relay_house(struct relay *relay, const char *peer, const char *play,
                 relay_done_fn *done, void *arg);
void relay_probe(struct relay *relay, const char *peer, relay_done_fn *done,
                 void *arg);
void relay_rooms(struct relay *relay, relay_done_fn *done, void *arg);

struct relay_set {
    const char *place;
    const char *room;
    uint64_t order; /* the agenda's seq */
    uint64_t seq;   /* the consultation's */
    const struct relay_route *routes;
    size_t count;
};
void relay_route(struct relay *relay, const struct relay_set *set,
                 int64_t timeout_ms, relay_done_fn *done, void *arg);

#endif
