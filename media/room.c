#include "media/room.h"

#include <stdlib.h>

static struct slice key_of(const char *text)
{
    return slice_of_text(text);
}

static bool same_peer(const struct peer_name *a, const struct peer_name *b)
{
    return strcmp(a->text, b->text) == 0;
}

static void room_free(struct room *room)
{
    free(room->routes);
    free(room);
}

void rooms_init(struct rooms *rooms)
{
    map_init(&rooms->by_name);
    map_init(&rooms->by_peer);
}

void rooms_release(struct rooms *rooms)
{
    size_t cursor = 0;
    struct room *room;

    while ((room = map_next(&rooms->by_name, &cursor)) != NULL) {
        room_free(room);
    }
    map_release(&rooms->by_name);
    map_release(&rooms->by_peer);
}

const struct room *rooms_of(const struct rooms *rooms,
                            const struct peer_name *peer)
{
    return map_get(&rooms->by_peer, key_of(peer->text));
}

static bool route_names(const struct media_route *route,
                        const struct peer_name *peer)
{
    return same_peer(&route->from, peer) || same_peer(&route->to, peer);
}

/* ---- names whose routes changed, told when the table is whole again -------
 */

struct changes {
    struct peer_name *names;
    size_t count;
    size_t capacity;
};

static void changes_add(struct changes *changes, const struct peer_name *peer)
{
    if (changes->count == changes->capacity) {
        size_t capacity = changes->capacity ? changes->capacity * 2 : 64;
        struct peer_name *names =
            realloc(changes->names, capacity * sizeof(*names));

        if (!names)
            abort(); /* as map does: half a wall is none */
        changes->names = names;
        changes->capacity = capacity;
    }
    changes->names[changes->count++] = *peer;
}

static void changes_add_ends(struct changes *changes,
                             const struct media_route *route)
{
    changes_add(changes, &route->from);
    changes_add(changes, &route->to);
}

/* ---- the table ------------------------------------------------------------
 */

/* The room no longer has the peer, unless one of its routes still names it. */
static void disown(struct rooms *rooms, const struct room *room,
                   const struct peer_name *peer)
{
    for (size_t i = 0; i < room->count; i++)
        if (route_names(&room->routes[i], peer))
            return;
    if (rooms_of(rooms, peer) == room)
        (void)map_remove(&rooms->by_peer, key_of(peer->text));
}

/* Keeps the routes that do not name the peer; NULL: keeps none. */
static void drop_routes(struct rooms *rooms, struct room *room,
                        const struct peer_name *peer, uint64_t now_us,
                        struct changes *changes)
{
    size_t from = changes->count, kept = 0;

    for (size_t i = 0; i < room->count; i++) {
        if (!peer || route_names(&room->routes[i], peer))
            changes_add_ends(changes, &room->routes[i]);
        else
            room->routes[kept++] = room->routes[i];
    }
    room->count = kept;
    if (kept == 0 && room->emptied_us == 0)
        room->emptied_us = now_us;
    for (size_t i = from; i < changes->count; i++)
        disown(rooms, room, &changes->names[i]);
}

/* Nobody has the peer, this room has, or a room of lower order that loses it.
 */
static bool may_have(const struct rooms *rooms, const struct room *room,
                     const struct peer_name *peer)
{
    const struct room *owner = rooms_of(rooms, peer);

    return !owner || owner == room || owner->order < room->order;
}

static void own(struct rooms *rooms, struct room *room,
                const struct peer_name *peer, uint64_t now_us,
                struct changes *changes)
{
    struct room *owner = map_get(&rooms->by_peer, key_of(peer->text));

    if (owner && owner != room)
        drop_routes(rooms, owner, peer, now_us, changes);
    map_put(&rooms->by_peer, key_of(peer->text), room);
}

static struct room *room_new(struct rooms *rooms, const struct room_name *name)
{
    struct room *room = calloc(1, sizeof(*room));

    if (!room)
        return NULL;
    room->routes = calloc(MEDIA_ROUTES_MAX, sizeof(*room->routes));
    if (!room->routes) {
        free(room);
        return NULL;
    }
    room->name = *name;
    map_put(&rooms->by_name, key_of(room->name.text), room);
    return room;
}

enum media_refusal rooms_set(struct rooms *rooms, const struct media_room *set,
                             uint64_t now_us, rooms_touched *touched, void *arg)
{
    struct room *room = map_get(&rooms->by_name, key_of(set->room.text));
    struct changes changes = { 0 };

    if (room && set->seq < room->seq)
        return MEDIA_STALE;
    if (set->route_count > MEDIA_ROUTES_MAX)
        return MEDIA_FULL;
    if (!room && rooms->by_name.count >= ROOMS_MAX)
        return MEDIA_FULL;
    if (!room && !(room = room_new(rooms, &set->room)))
        return MEDIA_FULL;

    drop_routes(rooms, room, NULL, now_us, &changes);
    room->order = set->order;
    room->seq = set->seq;
    for (size_t i = 0; i < set->route_count; i++) {
        const struct media_route *route = &set->routes[i];

        if (!may_have(rooms, room, &route->from) ||
            !may_have(rooms, room, &route->to))
            continue;
        own(rooms, room, &route->from, now_us, &changes);
        own(rooms, room, &route->to, now_us, &changes);
        room->routes[room->count++] = *route;
        room->emptied_us = 0;
        changes_add_ends(&changes, route);
    }
    for (size_t i = 0; i < changes.count; i++)
        touched(arg, &changes.names[i]);
    free(changes.names);
    return MEDIA_TAKEN;
}

void rooms_expire(struct rooms *rooms, uint64_t now_us)
{
    size_t cursor = 0;
    struct room *room;

    while ((room = map_next(&rooms->by_name, &cursor)) != NULL) {
        if (room->emptied_us == 0 || now_us - room->emptied_us < ROOM_MEMORY_US)
            continue;
        (void)map_remove(&rooms->by_name, key_of(room->name.text));
        room_free(room);
    }
}
