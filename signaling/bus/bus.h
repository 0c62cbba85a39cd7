/*
 * bus: tells all nodes that a stream moved, and keeps leases and counters that
 * may be lost at any moment. Never content, never the record.
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
