/*
 * media: what control may ask of a worker, and what it hears back. Values only:
 * they are copied through queues, and the few pointers in them change their
 * owner with the value.
 */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#include "media/sdp/offer.h"

#include <stdbool.h>
#include <stdint.h>

#define MEDIA_NAME_MAX    64 /* characters; docs/relay-control.md */
#define MEDIA_ROUTES_MAX  64 /* of one room */
#define MEDIA_TARGETS_MAX 16 /* receivers of one sender */
#define MEDIA_SLOTS       4  /* receiving slot pairs of a page, from 1 on */
#define MEDIA_WORKERS_MAX 64

/* Opaque texts that signaling chose. */
struct peer_name {
    char text[MEDIA_NAME_MAX + 1];
};
struct room_name {
    char text[MEDIA_NAME_MAX + 1];
};
struct place_name {
    char text[MEDIA_NAME_MAX + 1];
};

struct media_route {
    struct peer_name from;
    struct peer_name to;
    unsigned slot; /* 1 to MEDIA_SLOTS */
};

enum house_play {
    HOUSE_SILENT,
    HOUSE_HOLD,
    HOUSE_ECHO, /* the peer's own voice, once */
};

enum media_command_kind {
    MEDIA_JOIN,
    MEDIA_LEAVE,
    MEDIA_ROUTE,
    MEDIA_HOUSE,
    MEDIA_PROBE,
    MEDIA_ROOMS,
    MEDIA_DRAIN, /* no new places from now on; not answered */
    MEDIA_STOP,  /* say goodbye to all peers and end the thread */
};

struct media_join {
    struct place_name place;
    struct peer_name peer;
    struct offer *offer; /* the worker frees it */
};

struct media_room {
    struct room_name room;
    uint64_t order;
    uint64_t seq;
    size_t route_count;
    struct media_route *routes; /* whoever holds the value frees them */
};

struct media_house {
    struct peer_name peer;
    enum house_play play;
};

struct media_command {
    enum media_command_kind kind;
    uint64_t ticket; /* comes back in the one event that answers it */
    union {
        struct media_join join;
        struct peer_name leave;
        struct peer_name probe;
        struct media_room route;
        struct media_house house;
    };
};

/* Why a command was not carried out. */
enum media_refusal {
    MEDIA_TAKEN,
    MEDIA_BAD_OFFER,
    MEDIA_UNKNOWN_PEER,
    MEDIA_STALE,
    MEDIA_FULL,
    MEDIA_ROUTED,   /* not while people hear each other */
    MEDIA_DRAINING, /* no new places any more */
};

struct media_quality {
    unsigned rtt_ms;
    unsigned jitter_ms;
    double loss_up;   /* from the page to us, 0 to 1 */
    double loss_down; /* from us to the page */
};

/* What the echo check heard. */
struct media_heard {
    double loudness_db; /* of the speech, to full scale */
    unsigned spoken_ms; /* 0: nothing was said */
    unsigned playing_ms;
};

/* What a line carries. */
struct media_line {
    bool up_known;
    bool down_known;
    unsigned up_kbps;
    unsigned down_kbps;
    double loss_up;
    double loss_down;
    unsigned jitter_ms;
    bool rtt_known;
    unsigned rtt_ms;
};

/* A worker's state, for signaling to compare with the log. */
struct media_report {
    size_t peer_count;
    struct peer_name *peers;
    size_t room_count;
    struct media_room *rooms;
    uint64_t packets_in; /* since the start: from pages, and to pages */
    uint64_t packets_out;
};

enum media_event_kind {
    MEDIA_DONE,      /* answers a ticket: refusal, or carried out */
    MEDIA_ANSWERED,  /* answers a join */
    MEDIA_REPORTED,  /* answers rooms */
    MEDIA_CONNECTED, /* the rest tell of a peer */
    MEDIA_LOST,
    MEDIA_BACK,
    MEDIA_GONE,
    MEDIA_QUALITY,
    MEDIA_HEARD,
    MEDIA_PROBED,
    MEDIA_GAP,     /* sound came again after so long */
    MEDIA_PICTURE, /* its line carries pictures, or sound only: shown */
};

struct media_event {
    enum media_event_kind kind;
    unsigned worker;
    uint64_t ticket;
    enum media_refusal refusal;
    struct peer_name peer;
    struct media_quality quality;
    struct media_heard heard;
    struct media_line line;
    unsigned gap_ms;
    bool shown;
    char *answer;                /* whoever takes the event frees it */
    struct media_report *report; /* media_report_free */
};

void media_report_free(struct media_report *report);

#endif
