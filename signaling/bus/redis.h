/*
 * redis: the line between the buses of several nodes, by publish and subscribe
 * on one channel of a Redis server. Nothing is stored there: it may be flushed,
 * restarted or away at any moment. Loop's thread; names are resolved on a
 * thread of their own.
 */
#ifndef BUS_REDIS_H
#define BUS_REDIS_H

#include "signaling/bus/bus.h"

#include <ev.h>
#include <stddef.h>

#define REDIS_TEXT 256

/* Where to connect: one server, or the Sentinels that know the master. */
#define REDIS_HOSTS_MAX 5
struct redis_place {
    bool by_sentinel;
    char master[64]; /* its name at the Sentinels */
    size_t count;    /* 1 without Sentinels */
    struct {
        char host[REDIS_TEXT]; /* a path when port is 0: a Unix socket */
        uint16_t port;
    } hosts[REDIS_HOSTS_MAX];
    char user[64]; /* "": the default user */
};

/* redis://[USER@]HOST[:PORT], unix:///PATH, or
 * sentinel://[USER@]HOST[:PORT],HOST[:PORT]/MASTER. A password does not belong
 * into it. False when it is none of these. */
bool redis_place_read(const char *url, struct redis_place *out);

struct redis_options {
    struct ev_loop *loop;
    struct bus *bus;
    struct redis_place place;
    const char *password; /* NULL or "": none */
};

struct redis;

/* Connects now and again after every loss, for as long as it lives. */
struct redis *redis_new(const struct redis_options *options);
void redis_free(struct redis *redis);

/* Both directions work. */
bool redis_is_up(const struct redis *redis);

/* Frames that did not leave because the line was down or full. */
uint64_t redis_dropped(const struct redis *redis);

#endif
