/*
 * control_door: where signaling comes in: a Unix socket for its own user, or a
 * TCP port for whoever shows a certificate of our authority
 * (base/mutual_tls.h). Opened before the sandbox closes. One thread.
 */
#ifndef MEDIA_CONTROL_DOOR_H
#define MEDIA_CONTROL_DOOR_H

#include "base/mutual_tls.h"
#include "media/transport/address.h"

#include <sys/types.h>

#define CONTROL_TLS "tls:" /* before ADDRESS:PORT */

struct control_door {
    int fd;
    const char *path; /* NULL: TLS */
    uid_t user;       /* who may come, beside root; owns the socket */
    SSL_CTX *ctx;
};

struct control_visitor {
    int fd;
    SSL *tls;            /* NULL: came by the Unix socket */
    struct address from; /* with tls */
};

/* at: a path, or tls:ADDRESS:PORT, for which the files are read. Negative
 * errno, and the log says why. A socket that a dead relay left behind is
 * replaced, one that answers is not (-EADDRINUSE). */
int control_door_open(const char *at, const struct mutual_tls_files *files,
                      uid_t user, struct control_door *out);
void control_door_close(struct control_door *door);

/* False: nobody came who may. */
bool control_door_accept(const struct control_door *door,
                         struct control_visitor *out);

#endif
