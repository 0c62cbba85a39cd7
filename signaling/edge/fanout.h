/*
 * fanout: a stream moved, somebody came or went, the relay said something:
 * which pages see it, and what. What it shows is always read anew; nothing is
 * patched. A topic is one visit that at least one page shows.
 */
#ifndef EDGE_FANOUT_H
#define EDGE_FANOUT_H

#include "signaling/edge/ws.h"

struct fanout;

struct fanout *fanout_new(struct edge *edge);
/* Hears nothing of the app any more. */
void fanout_stop(struct fanout *fanout);
void fanout_free(struct fanout *fanout);

/* A page came and is known: `me`, and for a patient the visit. */
void fanout_open(struct socket *socket);
/* It is gone. */
void fanout_close(struct socket *socket);
/* Once a second: holding, and leases of pages that are there. */
void fanout_sweep(struct socket *socket, int64_t now_ms);

/* Sends the view now and whenever it changes; also chat, presence, slots. */
void fanout_watch(struct socket *socket, struct consultation_id visit);
void fanout_unwatch(struct socket *socket, struct consultation_id visit);

/* Does this page show the visit, as a row or whole? It was allowed then. */
bool fanout_shows(const struct socket *socket, struct consultation_id visit);

/* A staff page's day: sends the board, then rows as they change. A frame `re`
 * of the page is answered once the board was read. */
void fanout_show_day(struct socket *socket, const char *re,
                     struct practitioner_id practitioner, struct date day);

/* What a page says it does, kept as a lease. */
void fanout_presence(struct socket *socket, struct consultation_id visit,
                     struct slice words);

/* From now on this page holds the visit or the calls. */
void fanout_take_over(struct socket *socket);

#endif
