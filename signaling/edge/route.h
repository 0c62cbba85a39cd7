/*
 * route: which part of the house a frame is for. A table of verbs; commands go
 * to the engine as they are.
 */
#ifndef EDGE_ROUTE_H
#define EDGE_ROUTE_H

#include "signaling/edge/ws.h"

/* One whole frame of a page whose session is known. */
void route_frame(struct socket *socket, struct slice text);

#endif
