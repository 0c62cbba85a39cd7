/*
 * placement: on which relay the calls of each practitioner live. That is a row
 * of the record, written by whoever knows its newest generation, so that all
 * nodes follow one word. A practitioner goes to the relay with the least load,
 * stays there while it lives, and moves when it is dead or drains.
 *
 * Nodes tell each other by leases which relays they reach. A relay is left only
 * for one that more nodes reach, so that nodes which see different ones do not
 * pull at a practitioner from two sides.
 * Loop's thread.
 */
#ifndef APP_PLACEMENT_H
#define APP_PLACEMENT_H

#include "signaling/app/engine.h"
#include "signaling/bus/bus.h"
#include "signaling/relay/relays.h"

#include <ev.h>

struct placement;

/* The practitioner lives elsewhere from now on; told after each move that this
 * node hears of, its own ones too. from: NULL when that relay is not ours. */
typedef void placement_moved_fn(void *arg, struct practitioner_id practitioner,
                                struct relay *from);

struct placement_options {
    struct ev_loop *loop;
    struct store *store;
    struct bus *bus;
    struct engine *engine;
    const struct relays *relays; /* until placement_stop */
    placement_moved_fn *moved;
    void *arg;
};

struct placement *placement_new(const struct placement_options *options);
void placement_stop(struct placement *placement); /* before the store closes */
void placement_free(struct placement *placement);

/* Where the practitioner lives by the record, read after this call; who lives
 * nowhere yet, or at a dead one, gets a place. NULL: there is no relay to talk
 * to now. Called exactly once. */
typedef void placement_fn(void *arg, struct relay *relay);
void placement_find(struct placement *placement,
                    struct practitioner_id practitioner, placement_fn *done,
                    void *arg);

/* The same as far as this node knows, which may be old. */
struct relay *placement_home(const struct placement *placement,
                             struct practitioner_id practitioner);

/* For somebody without a practitioner; NULL: none is up. */
struct relay *placement_any(const struct placement *placement);

/* For a while this node has reached no relay, and another node reaches one:
 * whoever wants a line is better off there. */
bool placement_is_cut_off(const struct placement *placement);

/* A relay came, went or drains. */
void placement_relay_changed(struct placement *placement, struct relay *relay);

/* For the metrics. */
uint64_t placement_moves(const struct placement *placement);
size_t placement_count(const struct placement *placement,
                       const struct relay *relay);

#endif
