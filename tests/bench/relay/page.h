/*
 * page: a page under load: what a browser sends and reports over one
 * connection. Sends equal packets as one message that the kernel cuts, and lets
 * it join what comes, so that the load costs less than the server. One thread.
 */
#ifndef BENCH_PAGE_H
#define BENCH_PAGE_H

#include "tests/client/client.h"

#define PAGE_BURST_MAX 16

/* How long opened packets were on their way, in microseconds. */
struct delays {
    uint32_t *us;
    size_t count;
    size_t room;
};

/* One stream that comes. */
struct page_heard {
    uint32_t ssrc;
    int64_t first; /* extended numbers */
    int64_t highest;
    uint64_t packets;
};

struct page {
    struct client client;
    unsigned number;
    struct sockaddr_in own;
    struct sockaddr_in to;
    struct delays *delays;      /* NULL: not asked for */
    struct page_heard heard[2]; /* sound, picture */
    uint16_t seq[2];
    uint32_t timestamp[2];
    uint64_t sent_kind[2];
    uint16_t transport_seq;
    uint64_t checked_us;
    uint64_t reported_us;
    size_t trace_next; /* row of the recorded call */
    uint64_t trace_us; /* when the page began with it */
    unsigned until_miss;

    uint64_t sent; /* media packets */
    uint64_t got;
    uint64_t opened; /* of those; the others were only counted */
    uint64_t missed; /* asked for again, because they did not come or to see */
    uint64_t repeated;
    uint64_t rtcp;
};

void page_open(struct page *page, const struct client_identity *identity,
               unsigned number, struct sockaddr_in own);
void page_close(struct page *page);

struct client_ssrcs page_ssrcs(const struct page *page);

/* Credentials and address out of an answer or an offer. */
void page_described(struct page *page, const char *sdp);

/* The server is there already, as with the bare loop: no checks, known keys. */
void page_meet(struct page *page, struct sockaddr_in to);

/* Goes on with ICE and DTLS; true once the keys are there. */
bool page_connects(struct page *page, uint64_t now_us);

/* Consent checks and reports that are due. */
void page_tick(struct page *page, uint64_t now_us);

/* Packets of one size, before encryption, with Chromium's extensions. */
struct burst {
    bool video;
    bool first; /* begins a frame */
    bool last;  /* ends it */
    unsigned count;
    size_t length;
};

void page_send(struct page *page, const struct burst *burst, uint64_t now_us);

/* Takes what came; opens one packet of sixteen, asks for one of a thousand
 * again. */
void page_receive(struct page *page, uint64_t now_us);

#endif
