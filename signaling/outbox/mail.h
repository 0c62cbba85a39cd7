/*
 * mail: hands one message to the clinic's mail server by SMTP. TLS is required
 * unless the server is on this machine. Blocks up to MAIL_TIMEOUT_S: worker
 * threads only. Several threads may send at once.
 */
#ifndef OUTBOX_MAIL_H
#define OUTBOX_MAIL_H

#include "signaling/outbox/outcome.h"

#include <stdbool.h>
#include <stddef.h>

#define MAIL_TIMEOUT_S 30
#define MAIL_BYTES     16384 /* of a composed message; ours */

/* Texts are borrowed for the call. */
struct mail_server {
    const char *url;  /* "smtp://host:587" (STARTTLS), "smtps://host:465" */
    const char *user; /* NULL or "": no sign-in */
    const char *password;
    const char *from;      /* an address */
    const char *authority; /* file of certificates to trust; NULL: system's */
    bool always_tls;       /* on loopback too: for tests */
};

struct mail {
    const char *to;        /* an address */
    const char *from_name; /* the clinic */
    const char *subject;
    const char *text; /* plain; the HTML part is made from it */
    const char *locale;
    const char *id; /* unique and the same at every attempt: Message-ID */
    int64_t created_ms;
};

/* RFC 5322 with CRLF, both parts in base64. -EINVAL for an address that is
 * none, -ENOSPC when it does not fit. Pure. */
int mail_compose(const struct mail *mail, const char *from, char *out,
                 size_t size);

struct outcome mail_send(const struct mail_server *server,
                         const struct mail *mail);

#endif
