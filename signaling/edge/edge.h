/*
 * edge: the house's door: listens, owns requests and sockets, and ends them in
 * order. It wires; what a request means is in api, what a frame means in route.
 * Loop's thread.
 */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "base/list.h"
#include "base/map.h"
#include "signaling/app/app.h"
#include "signaling/edge/address.h"
#include "signaling/edge/auth.h"
#include "signaling/edge/limit.h"
#include "signaling/edge/pages.h"

struct lws_context;

struct edge_listen {
    const char *address; /* numeric */
    uint16_t port;
};

/* Texts are borrowed until edge_free. */
struct edge_options {
    struct app *app;
    struct ev_loop *loop;
    struct edge_listen listen[8];
    size_t listen_count;
    const char *origin;
    const char *origins;
    const char *tls_certificate; /* "": plain HTTP */
    const char *tls_key;
    const char *web_root;
    const char *trusted_proxies;
    const char *metrics_from; /* addresses or networks */
    const char *payment_page;
    uint32_t sign_in_per_minute; /* these for each address */
    uint32_t claim_per_minute;
    uint32_t connect_per_minute;
    uint32_t messages_per_second; /* these for each socket */
    uint32_t messages_burst;
};

struct edge {
    bool closed;
    struct edge_options options;
    struct app *app;
    struct lws_context *lws;
    bool secure; /* browsers reach us by TLS */
    bool draining;
    bool cut_off; /* from the relays: pages go to other nodes */
    struct auth_origins origins;
    struct networks trusted;
    struct networks watchers; /* who may read metrics */
    struct pages pages;
    struct limit sign_ins;
    struct limit claims;
    struct limit connects;
    struct limit visitors;
    struct list requests; /* struct request */
    struct list sockets;  /* struct socket */
    unsigned waiting;     /* answers that are still to come from the app */
    struct fanout *fanout;
    ev_timer tick; /* keeps lws' own timers awake */
    ev_timer second;
};

/* Listens. On failure a negative errno and one sentence in error. */
int edge_new(const struct edge_options *options, struct edge **out, char *error,
             size_t error_size);

/* Takes nothing new and tells every page to come again. */
void edge_drain(struct edge *edge);

/* Nothing is under way any more: all answers were given and sent. */
bool edge_is_idle(const struct edge *edge);

/* Closes every connection. Before app_free, whose last answers still find the
 * requests and sockets that asked; after it edge_free. */
void edge_close(struct edge *edge);
void edge_free(struct edge *edge);

#endif
