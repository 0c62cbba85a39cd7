/*
 * lookup: a host's address, found on a thread of its own, because a name server
 * that does not answer must not stop the loop.
 */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include <ev.h>

#define LOOKUP_TEXT 64 /* a numeric address */

struct lookup;

/* Called once, on the loop's thread; address is NULL when there is none. */
typedef void lookup_done_fn(void *arg, const char *address);

/* NULL when no thread could be started (done is not called). A numeric address
 * is its own answer, on the next turn. */
struct lookup *lookup_start(struct ev_loop *loop, const char *host,
                            lookup_done_fn *done, void *arg);

/* Nobody wants to know any more; the thread ends when it likes. NULL is fine.
 * Not after done was called. */
void lookup_forget(struct lookup *lookup);

#endif
