/*
 * pulse: what other nodes did, read from the store itself. Every two seconds it
 * compares the heads of the streams in memory with the record and tells of
 * those that moved, so that a message the bus lost costs two seconds and
 * nothing else. Only where several nodes write. Loop's thread.
 */
#ifndef APP_PULSE_H
#define APP_PULSE_H

#include "signaling/app/directory.h"
#include "signaling/app/engine.h"

#include <ev.h>

#define PULSE_S 2.0

struct pulse;

/* A stream moved to seq, on whichever node. */
typedef void pulse_fn(void *arg, struct stream_id stream, uint64_t seq);

struct pulse_options {
    struct ev_loop *loop;
    struct store *store;
    struct engine *engine;
    struct directory *directory;
    pulse_fn *moved;
    void *arg;
};

/* NULL where this node alone writes: there is nothing to look for. */
struct pulse *pulse_new(const struct pulse_options *options);
void pulse_stop(struct pulse *pulse); /* before the store closes */
void pulse_free(struct pulse *pulse);

/* How long ago the record was last read, in milliseconds. 0 where pulse is
 * NULL. */
int64_t pulse_age_ms(const struct pulse *pulse, int64_t now_ms);

/* The record was not read for so long that this node cannot know what holds.
 * Where pulse is NULL it is the only one to write, and sees always. */
bool pulse_is_blind(const struct pulse *pulse, int64_t now_ms);

/* Since when it sees without a break; now_ms while it is blind. */
int64_t pulse_sees_since_ms(const struct pulse *pulse, int64_t now_ms);

#endif
