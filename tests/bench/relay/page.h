/*
 * page: one browser page's connection as the relay sees it, for load: ICE
 * checks, DTLS, SRTP with GCM, receiver reports. Sends bursts as one message
 * that the kernel cuts, and lets it join what comes, so that the load costs
 * less than the relay. One thread.
 */
#ifndef BENCH_PAGE_H
#define BENCH_PAGE_H

#include "media/transport/srtp.h"

#include <netinet/in.h>
#include <openssl/ssl.h>

#define PAGE_BURST_MAX 16

struct page {
    unsigned number;
    int socket;
    struct sockaddr_in to;
    SSL *ssl;
    bool keyed;
    char ufrag[64]; /* the relay's */
    char pwd[64];
    struct srtp_in in;
    struct srtp_out out;
    uint16_t seq[2]; /* sound, picture */
    uint16_t transport_seq;
    uint64_t checked_us;
    uint64_t reported_us;
    uint64_t sent; /* media packets */
    uint64_t got;
    uint64_t opened; /* of those; the others were only counted */
    uint64_t rtcp;
};

/* The certificate all pages share, made once. */
void page_identity(void);

void page_open(struct page *page, unsigned number, uint16_t port);
void page_close(struct page *page);

/* An offer as a browser's. The caller frees it. */
char *page_offer(const struct page *page);
void page_answered(struct page *page, const char *sdp);

/* Goes on with ICE and DTLS; true once the keys are there. */
bool page_connects(struct page *page, uint64_t now_us);

/* Consent checks and receiver reports that are due. */
void page_tick(struct page *page, uint64_t now_us);

/* A burst of packets of `length` bytes before encryption, with the extensions
 * that Chromium sends. */
void page_send(struct page *page, bool video, unsigned count, size_t length);

/* Counts what came; opens one datagram of sixteen. */
void page_receive(struct page *page);

#endif
