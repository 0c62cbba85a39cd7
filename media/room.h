/*
 * room: who is routed to whom. This table is the wall between people: what it
 * does not say does not flow. It knows names only, so that routes may come
 * before the people do. One worker's; no I/O; time is passed in.
 *
 * A set of routes is whole and replaces the room's last one. A peer is in one
 * room at a time: the room with the higher order has it, and its routes in the
 * other room are dropped for good.
 */
#ifndef MEDIA_ROOM_H
#define MEDIA_ROOM_H

#include "base/map.h"
#include "media/media.h"

#define ROOM_MEMORY_US                                                         \
    (UINT64_C(3600) * 1000000) /* of an emptied room's seq                     \
                                */
#define ROOMS_MAX 8192         /* of one worker */

struct room {
    struct room_name name;
    uint64_t order;
    uint64_t seq;
    uint64_t emptied_us; /* 0 while it has routes */
    size_t count;
    struct media_route *routes; /* those in force; MEDIA_ROUTES_MAX long */
};

struct rooms {
    struct map by_name;
    struct map by_peer; /* the room whose routes name this peer */
};

/* Whose routes a change touched. */
typedef void rooms_touched(void *arg, const struct peer_name *peer);

void rooms_init(struct rooms *rooms);
void rooms_release(struct rooms *rooms);

/* MEDIA_TAKEN, MEDIA_STALE or MEDIA_FULL (then nothing changed). The table is
 * complete before touched is called for the first time; it may be called
 * several times for one peer. */
enum media_refusal rooms_set(struct rooms *rooms, const struct media_room *set,
                             uint64_t now_us, rooms_touched *touched,
                             void *arg);

/* The room that has the peer, or NULL. Valid until the next rooms_set. */
const struct room *rooms_of(const struct rooms *rooms,
                            const struct peer_name *peer);

/* Forgets rooms that have been empty for ROOM_MEMORY_US. */
void rooms_expire(struct rooms *rooms, uint64_t now_us);

#endif
