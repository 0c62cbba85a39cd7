/*
 * relay_link: the bytes between us and one relay, by a Unix socket or by mutual
 * TLS (base/mutual_tls.h). Finds the host, connects and shakes hands without
 * ever holding up the loop. It ends by itself or by relay_link_close, and may
 * then be opened again. Loop's thread.
 */
#ifndef RELAY_RELAY_LINK_H
#define RELAY_RELAY_LINK_H

#include "signaling/relay/relay.h"

#include <sys/types.h>

#define RELAY_LINK_OUT_MAX (4 * RELAY_LINE_MAX) /* waiting for a slow relay */

struct relay_link;

/* There may be bytes, or the end: relay_link_read tells. */
typedef void relay_link_fn(void *arg);

/* As relay_new, whose options these are. */
int relay_link_new(const struct relay_options *options, relay_link_fn *heard,
                   void *arg, struct relay_link **out,
                   char error[RELAY_ERROR_TEXT]);
void relay_link_free(struct relay_link *link);

/* Begins; nothing is told when it comes to nothing at once. TLS files are read
 * anew, so that renewed certificates count from the next time on. */
void relay_link_open(struct relay_link *link);
void relay_link_close(struct relay_link *link);

/* It was opened and has not ended: it may still be on its way. */
bool relay_link_is_open(const struct relay_link *link);

/* Bytes, 0 or a negative errno at the end, -EAGAIN when there is nothing. Not
 * to be called before something was told. */
ssize_t relay_link_read(struct relay_link *link, char *out, size_t size);

/* False: not there yet, or too much waits already. */
bool relay_link_put(struct relay_link *link, const char *bytes, size_t length);

#endif
