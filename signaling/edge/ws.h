/*
 * ws: one socket of a page: frames in, whole and within bounds; a bounded queue
 * of frames out. A reader too slow for it is cut off and comes back.
 *
 * A socket is counted: it outlives its connection until the last answer that
 * was asked for in its name has come.
 */
#ifndef EDGE_WS_H
#define EDGE_WS_H

#include "signaling/edge/edge.h"
#include "signaling/edge/wire.h"

#define WS_QUEUE_MAX   (512 * 1024) /* bytes behind the next frame; ours */
#define WS_PING_MS     5000         /* of silence; a pong renews the lease */
#define WS_SILENCE_MS  30000 /* neither frame nor pong: nobody is there */
#define WS_SUBPROTOCOL "vestibule.1"

struct lws;
struct lws_protocols;

enum socket_kind { SOCKET_DESK, SOCKET_VISIT, SOCKET_CHECK };

struct socket {
    struct list in_edge;
    struct edge *edge;
    struct lws *wsi; /* NULL: closed */
    unsigned holds;
    enum socket_kind kind;
    char cookie[COOKIE_TEXT];
    struct consultation_id visit; /* SOCKET_VISIT: out of the path */
    uint32_t guest;               /* and whose page: 0 the patient's */
    struct page_id page;
    bool known;      /* the session was found; before that nothing is read */
    bool ended;      /* close once the queue is empty */
    bool was_closed; /* by its own browser: no lost line */
    bool replaced;   /* by a newer connection of the same page */
    struct actor actor;
    int64_t checked_ms; /* when the session was last asked for */
    bool checking;

    uint8_t *in; /* the frame that comes in pieces */
    size_t in_length;
    struct bucket messages;
    bool paused; /* out of tokens: reads no further for a moment */

    struct list out; /* struct queued */
    size_t out_bytes;
    int64_t heard_ms;
    int64_t pinged_ms;
    bool ping_due;

    /* visitor's */
    struct media_visitor *visitor; /* NULL: asked nothing yet */
    int64_t opened_ms;
    unsigned asks;

    /* fanout's */
    struct list watches;
    struct list in_desks;
    bool has_board;
    struct practitioner_id board_of; /* none: the whole clinic */
    struct date board_day;
    int64_t board_from_ms;
    int64_t board_to_ms;
    bool holds_page; /* this page holds the visit or the calls */
    bool holder_told;
    int64_t renewed_ms;
    struct consultation_id present_at; /* the visit its words are about */
    char words[PRESENCE_TEXT_MAX];
    struct consultation_id shown; /* the visit of the last slots frame */
};

/* Upgrades: 0 goes on, >0 was answered (401, 403, 404, 429). */
int ws_confirm(struct edge *edge, struct lws *wsi, const char *to);

void ws_send(struct socket *socket, json_t *frame); /* takes the reference */
/* Sends what waits, then closes. */
void ws_end(struct socket *socket);

/* Ends it at once, unheard. */
void ws_cut(struct socket *socket);

void ws_hold(struct socket *socket);
void ws_release(struct socket *socket);

/* Still there and known: answers may be sent. */
bool ws_is_open(const struct socket *socket);

/* Once a second: pings, sessions, buckets. */
void ws_sweep(struct edge *edge, int64_t now_ms);
void ws_free_all(struct edge *edge);

const struct lws_protocols *ws_protocol(void);

#endif
