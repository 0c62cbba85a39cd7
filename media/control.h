/*
 * control: the Unix socket by which signaling steers the relay: JSON lines as
 * docs/relay-control.md has them, turned into commands for the workers, and
 * what the workers tell turned into lines. Runs in the main thread.
 */
#ifndef MEDIA_CONTROL_H
#define MEDIA_CONTROL_H

#include "media/worker.h"

#include <sys/types.h>

#define CONTROL_CONNECTIONS_MAX 32
#define CONTROL_REQUESTS_MAX    512 /* being carried out */
#define CONTROL_EVENTS_MAX      8192

struct control;

struct control_options {
    const char *path;
    uid_t user; /* may connect, beside root; owns the socket */
    struct worker **workers;
    unsigned worker_count;
    struct queue *events; /* what the workers tell */
};

/* Listens. Negative errno, and the log says why. A socket that a dead relay
 * left behind is replaced, one that answers is not (-EADDRINUSE). */
int control_new(const struct control_options *options, struct control **out);
void control_free(struct control *control);

/* Serves until `stop` (a descriptor) becomes readable. */
void control_run(struct control *control, int stop);

#endif
