/*
 * bus: tells all nodes that a stream moved, and keeps leases and counters that
 * may be lost at any moment. Never content, never the record.
 * With one node it lives in the process; redis.h connects several.
 * One thread (the loop's).
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "base/slice.h"

#include <stdint.h>

struct bus;

/* The in-process bus: one node. */
struct bus *bus_local_new(void);
void bus_free(struct bus *bus);

/* A line to the other nodes (redis.h): what they must hear is handed to send as
 * a frame (frame.h), and what came from them to bus_heard. Each node keeps all
 * leases and counters itself; frames keep them alike, so that nothing has to be
 * asked and what is lost on the way comes again with the next renewal. */
typedef void bus_send_fn(void *arg, struct slice frame);
void bus_on_send(struct bus *bus, bus_send_fn *send, void *arg);
void bus_heard(struct bus *bus, struct slice frame);

/* The line is up again: asks the others for their leases, tells them ours. */
void bus_greet(struct bus *bus);

/* Hands this node's leases to send, as frames: for another way than the line.
 */
void bus_tell_own(const struct bus *bus, bus_send_fn *send, void *arg);

/* A stream moved to head seq. key: kind byte and 16 id bytes. Everyone who
 * subscribed hears it, on the next turn or at once. */
typedef void bus_moved_fn(void *arg, struct slice key, uint64_t seq);
void bus_subscribe(struct bus *bus, bus_moved_fn *moved, void *arg);
void bus_publish(struct bus *bus, struct slice key, uint64_t seq);

/* A lease: bytes under a key and a member, gone at until_ms unless renewed.
 * value.length 0 removes it. Subscribers hear which key changed. */
typedef void bus_lease_fn(void *arg, struct slice key);
void bus_subscribe_leases(struct bus *bus, bus_lease_fn *changed, void *arg);
void bus_lease(struct bus *bus, struct slice key, struct slice member,
               struct slice value, int64_t until_ms);
typedef void bus_member_fn(void *arg, struct slice member, struct slice value);
void bus_leases(struct bus *bus, struct slice key, int64_t now_ms,
                bus_member_fn *each, void *arg);
/* Drops what has run out and tells; call about once a second. */
void bus_sweep(struct bus *bus, int64_t now_ms);

/* Token bucket shared by nodes: takes one of `rate` a minute with `burst` in
 * store; false: none left. */
bool bus_take(struct bus *bus, struct slice key, uint32_t rate_per_min,
              uint32_t burst, int64_t now_ms);

#endif
