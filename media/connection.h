/*
 * connection: one signaling process at the control socket, or by TLS: whole
 * lines in, lines out, both bounded. A reader that is too slow, or a line that
 * is too long, dooms it; its owner buries it. One thread.
 */
#ifndef MEDIA_CONNECTION_H
#define MEDIA_CONNECTION_H

#include "base/slice.h"
#include "media/control_door.h"

#define CONNECTION_LINE_MAX   196608  /* bytes; docs/relay-control.md */
#define CONNECTION_OUTPUT_MAX 4194304 /* bytes waiting for a slow reader */

struct connection {
    int fd;
    SSL *tls;            /* NULL: a Unix socket */
    struct address from; /* with tls */
    bool open;           /* hands are shaken; lines go from now on */
    uint64_t heard_ms;   /* last, or when it came: the owner's clock */
    uint64_t serial;     /* never used again: late answers find nobody */
    char *in;
    size_t in_length;
    char *out;
    size_t out_length;
    size_t out_capacity;
    bool doomed;
};

/* Takes over a non-blocking socket and its TLS. -ENOMEM: they still are the
 * caller's. Without TLS it is open at once. */
int connection_init(struct connection *connection,
                    const struct control_visitor *visitor, uint64_t serial);
void connection_release(struct connection *connection);

/* Goes on with the handshake; then it is open, doomed, or neither yet. */
void connection_shake(struct connection *connection);

/* Whether the socket has to take something before it goes on. */
bool connection_wants_write(const struct connection *connection);

/* Takes over a line with its line feed; NULL (out of memory) dooms. */
void connection_say(struct connection *to, char *line);

/* Sends what waits. */
void connection_flush(struct connection *to);

/* Receives once. True: there is more that no poll would tell of. */
bool connection_receive(struct connection *from);

/* Takes whole lines from the front, one a call: true while there is one.
 * cursor begins at 0; after false, what is left has moved to the front. */
bool connection_line(struct connection *from, size_t *cursor,
                     struct slice *out);

#endif
