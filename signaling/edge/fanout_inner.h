/*
 * fanout_inner: what fanout and board share. A topic is one visit that some
 * page shows; a watch is one page's interest in it.
 */
#ifndef EDGE_FANOUT_INNER_H
#define EDGE_FANOUT_INNER_H

#include "signaling/edge/fanout.h"
#include "signaling/edge/frames.h"

struct fanout {
    struct edge *edge;
    struct map topics; /* by visit */
    struct map pages;  /* struct socket by page */
    struct list desks; /* sockets of staff */
    ev_timer later;    /* topics that could not be read */
};

struct topic {
    struct fanout *fanout;
    struct consultation_id visit;
    struct practitioner_id practitioner; /* as last read */
    bool doctor_busy;                    /* somebody else is in consultation */
    unsigned admitted;                   /* guests, a bit each, from bit 1 */
    struct list watches;
    bool reading; /* its state was asked for */
    bool again;   /* and moved since */
    bool missed;  /* could not be read: will be again */
    unsigned misses;
};

struct watch {
    struct list in_topic;
    struct list in_socket;
    struct topic *topic;
    struct socket *socket;
    bool view; /* whole: view, chat, writing, slots */
    bool row;  /* a row of the day shown */
    bool row_reading;
    bool row_again;
    uint32_t chat_from;   /* the next message to read */
    uint32_t chat_wanted; /* the last one there is */
    bool chat_reading;
    bool writing_missed;
    uint32_t incidents_told; /* events of the visit's incidents; doctors */
};

/* NULL: no page shows it. */
struct topic *topic_find(const struct fanout *fanout,
                         struct consultation_id visit);
struct topic *topic_get(struct fanout *fanout, struct consultation_id visit);
void topic_refresh(struct topic *topic);
/* The store was away for what its pages are to be shown: soon once more. */
void topic_missed(struct topic *topic);
/* Frees a topic that nobody watches and no answer is due to. */
void topic_let_go(struct topic *topic);

struct watch *watch_find(const struct socket *socket,
                         struct consultation_id visit);
struct watch *watch_get(struct socket *socket, struct consultation_id visit);
/* Ends it when it is neither a view nor a row any more. */
void watch_let_go(struct watch *watch);

/* ---- attendance: who is there, and which page holds -----------------------
 */

/* Who is there for this visit now, as this page may know it; a new reference.
 */
json_t *fanout_now(struct topic *topic, const struct actor *actor);
/* The same, to every page that shows it. */
void attendance_show(struct topic *topic);
presence_fn attendance_changed;
bool attendance_can_hold(const struct socket *socket);
/* Asks whether this page holds, and tells it when that changed. */
void attendance_hold(struct socket *socket);

/* ---- board: the day -------------------------------------------------------
 */

/* A state was read: does the visit belong on the days shown, and send it. */
void board_moved(struct topic *topic, const struct consultation *visit);
/* Ask for the row again: delivery, or the state. */
void board_refresh(struct watch *watch);
/* Forgets the day a page showed. */
void board_clear(struct socket *socket);

#endif
