/*
 * connections: all who came through the control doors, and how many of them we
 * bear. One thread.
 */
#ifndef MEDIA_CONNECTIONS_H
#define MEDIA_CONNECTIONS_H

#include "media/connection.h"

#define CONTROL_CONNECTIONS_MAX 32 /* open ones */
#define CONTROL_HANDSHAKES_MAX  16 /* TLS that is not open yet */
#define CONTROL_HANDSHAKES_FROM 4  /* of one address */
#define CONTROL_HANDSHAKE_MS    5000
#define CONTROL_SILENT_MS       15000 /* TLS only: signaling pings each second */
#define CONNECTIONS_ALL         (CONTROL_CONNECTIONS_MAX + CONTROL_HANDSHAKES_MAX)

struct connections {
    struct connection all[CONNECTIONS_ALL];
    size_t count;
    uint64_t last_serial;
};

void connections_release(struct connections *connections);

struct connection *connections_by(struct connections *connections,
                                  uint64_t serial);
size_t connections_open(const struct connections *connections);

/* Takes over who came; NULL: it was closed for want of room. */
struct connection *connections_take(struct connections *connections,
                                    const struct control_visitor *visitor,
                                    uint64_t now_ms);

/* The line that `line` makes of arg, to all that are open. */
void connections_say(struct connections *connections,
                     char *(*line)(const void *arg), const void *arg);

/* Dooms whoever took too long to shake hands or to say anything. */
void connections_end_late(struct connections *connections, uint64_t now_ms);

/* Lets go of the doomed; the others move. */
void connections_bury(struct connections *connections);

#endif
