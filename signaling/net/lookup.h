/*
 * lookup: a host's addresses, found on a thread of its own, because a name
 * server that does not answer must not stop the loop.
 */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include <ev.h>

#define LOOKUP_TEXT 64 /* a numeric address */
#define LOOKUP_MAX  16

/* In the order in which they should be tried. */
struct lookup_found {
    size_t count; /* 0: there is none */
    char addresses[LOOKUP_MAX][LOOKUP_TEXT];
};

struct lookup;

/* Called once, on the loop's thread. */
typedef void lookup_done_fn(void *arg, const struct lookup_found *found);

/* NULL when no thread could be started (done is not called). A numeric address
 * is its own answer, on the next turn. */
struct lookup *lookup_start(struct ev_loop *loop, const char *host,
                            lookup_done_fn *done, void *arg);

/* Nobody wants to know any more; the thread ends when it likes. NULL is fine.
 * Not after done was called. */
void lookup_forget(struct lookup *lookup);

#endif
