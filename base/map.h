/*
 * map: finds a value by a key of bytes. Keys are copied, values are not owned.
 * Lookups are keyed with a secret of the process, so that nobody outside can
 * choose keys that collide. One thread.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/slice.h"

#define MAP_KEY_MAX 64 /* bytes */

struct map_entry;

struct map {
    struct map_entry *entries;
    size_t capacity; /* a power of two, or 0 before the first put */
    size_t count;
    size_t used; /* entries that hold a key or a tombstone */
};

void map_init(struct map *map);
void map_release(struct map *map);

/* NULL when the key is not there. */
void *map_get(const struct map *map, struct slice key);

/* Replaces what was there. value is not NULL, key at most MAP_KEY_MAX bytes.
 * Out of memory ends the process. */
void map_put(struct map *map, struct slice key, void *value);

/* The value that was removed, or NULL. */
void *map_remove(struct map *map, struct slice key);

/* Walks all values: start with *cursor = 0; NULL at the end. The value just
 * returned may be removed while walking; nothing may be put. */
void *map_next(const struct map *map, size_t *cursor);

#endif
