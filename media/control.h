/*
 * control: the lines by which signaling steers the relay, as
 * docs/relay-control.md has them: turned into commands for the workers, and
 * what the workers tell turned into lines. Runs in the main thread.
 */
#ifndef MEDIA_CONTROL_H
#define MEDIA_CONTROL_H

#include "media/control_door.h"
#include "media/worker.h"

#define CONTROL_DOORS_MAX  4
#define CONTROL_EVENTS_MAX 8192

struct control;

struct control_options {
    const char *at[CONTROL_DOORS_MAX]; /* control_door.h */
    size_t at_count;
    struct mutual_tls_files files; /* for those by TLS */
    uid_t user;                    /* control_door.h */
    const char *name;              /* which relay we are */
    unsigned drain_s; /* how long visits are awaited at the end; 0: not */
    struct worker **workers;
    unsigned worker_count;
    struct queue *events; /* what the workers tell */
};

/* Listens. Negative errno, and the log says why. */
int control_new(const struct control_options *options, struct control **out);
void control_free(struct control *control);

/* Serves until `stop` (a signalfd) tells of a signal; then, while it drains,
 * until no peer is left, the time is over, or another signal comes. */
void control_run(struct control *control, int stop);

#endif
