/*
 * visitor: the socket of somebody without a visit who tries their device
 * (/check). Nobody is asked who they are, so it can do nothing else: an offer,
 * the echo of the own voice, a measure of the own line. Few at a time, few from
 * one address, and none for long.
 */
#ifndef EDGE_VISITOR_H
#define EDGE_VISITOR_H

#include "base/slice.h"
#include "signaling/edge/ws.h"

#define VISITOR_PER_MINUTE  10              /* sockets from one address */
#define VISITOR_LIFE_MS     (5 * 60 * 1000) /* of one socket */
#define VISITOR_MESSAGE_MAX (48 * 1024)     /* bytes: an offer */
#define VISITOR_ASKS_MAX    60              /* frames of one socket, in all */

void visitor_open(struct socket *socket);
void visitor_close(struct socket *socket);
void visitor_frame(struct socket *socket, struct slice text);
void visitor_sweep(struct socket *socket, int64_t now_ms);

#endif
