/*
 * bulletin: the bus by way of the record, while Redis does not carry it. A node
 * that hears nothing from Redis writes its leases into the record every two
 * seconds, and so do the others as long as one of them is deaf; all read them.
 * So a page that is open at one node is known at the other, later but surely.
 * Streams that moved are pulse's, and counters stay each node's own meanwhile.
 * Loop's thread.
 */
#ifndef APP_BULLETIN_H
#define APP_BULLETIN_H

#include "signaling/bus/redis.h"
#include "signaling/store/store.h"

#include <ev.h>

struct bulletin;

struct bulletin_options {
    struct ev_loop *loop;
    struct store *store;
    struct bus *bus;
    const struct redis *redis; /* NULL: no other nodes */
};

/* NULL where there are no other nodes. */
struct bulletin *bulletin_new(const struct bulletin_options *options);
void bulletin_stop(struct bulletin *bulletin); /* before the store closes */
void bulletin_free(struct bulletin *bulletin);

#endif
