/*
 * line: one TLS connection of a page, as light as it can be, so that thousands
 * fit beside the server they load: one HTTP request and its answer, or an
 * upgrade and then WebSocket frames. Non-blocking; one thread.
 */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include "base/slice.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

enum line_state {
    LINE_CLOSED,
    LINE_CONNECTING,
    LINE_SHAKING,
    LINE_ASKING, /* the request is on its way, or its answer */
    LINE_OPEN,   /* a WebSocket */
};

struct lines {
    int epoll;
    SSL_CTX *tls;
    uint16_t port;
    unsigned connecting; /* between asked for and open */
};

struct line {
    struct lines *all;
    enum line_state state;
    int descriptor;
    uint32_t wanted; /* what epoll waits for */
    SSL *ssl;
    char *request; /* to be sent once the handshake is over */
    size_t asked;  /* bytes of the request, then of out, that went */
    uint8_t *in;
    size_t in_length;
    uint8_t *out;
    size_t out_length;
    unsigned lives; /* counts drops: it may be opened anew meanwhile */
    void *owner;
};

/* What the owner of a line is told. After closed it may be opened again. */
struct line_events {
    void (*answered)(struct line *line, unsigned status, char *answer);
    void (*opened)(struct line *line);
    void (*text)(struct line *line, struct slice text);
    void (*closed)(struct line *line);
};

int lines_init(struct lines *lines, uint16_t port);
void lines_release(struct lines *lines);

/* From 127.x.y.z, so that a limit for each address counts as outside. The
 * request (a whole one, malloc'ed) is taken. */
void line_open(struct line *line, uint32_t address, char *request);
void line_send(struct line *line, const char *text);
void line_ping(struct line *line);
/* With a goodbye (1001), as a browser that leaves the page; unheard. */
void line_leave(struct line *line);
void line_drop(struct line *line);

/* Waits at most so long for something to happen. */
void lines_turn(struct lines *lines, const struct line_events *events,
                int wait_ms);

#endif
