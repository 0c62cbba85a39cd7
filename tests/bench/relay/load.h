/*
 * load: all pages of one run, the server they are connected to, and how they
 * are grouped: in a group of two both send and see each other, in a larger one
 * the first sends to all others, and in a group of one the server sends back.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "tests/bench/relay/page.h"

#include <time.h>

struct load {
    struct page *pages;
    unsigned count;
    unsigned group;
    struct client_identity identity;
    struct sockaddr_in own;
    struct delays delays;
    long pid;        /* the server's */
    clockid_t clock; /* of its CPU time */
};

uint64_t load_now_us(void);

/* Checks and reports of the first `count` pages. */
void load_tick(struct load *load, unsigned count);
void load_receive(struct load *load);

/* Sees all pages that were described through ICE and DTLS. */
void load_connect(struct load *load);

/* Whether it is time for that once page i is described: a few at a time. */
bool load_is_due(const struct load *load, unsigned i);

/* ---- servers: how their pages come in --------------------------------------
 */

/* vestibule-relay by its control socket. */
void door_relay(struct load *load, const char *control_path);

/* Janus by its HTTP port: echotest, or videoroom for larger groups. */
void door_janus(struct load *load, const char *url);

/* ---- plays -----------------------------------------------------------------
 */

/* What one play sent and got. */
struct played {
    uint64_t us;
    uint64_t cpu_ns;
    uint64_t sent;
    uint64_t wanted; /* packets that should have come */
    uint64_t got;
};

struct play {
    const char *kind; /* full, paced, trace, trace-full, audio, idle */
    uint64_t us;
    unsigned pps; /* of all pages, for paced */
    unsigned burst;
    size_t length; /* before encryption */
    bool spin;     /* look all the time rather than sleep between packets */
};

bool play_run(struct load *load, const struct play *play, struct played *out);

/* The recorded call: times, kinds, markers, sizes. */
void play_read_trace(const char *path);

#endif
