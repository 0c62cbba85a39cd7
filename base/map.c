#include "base/map.h"

#include "base/secret.h"

#include <assert.h>
#include <stdlib.h>

struct map_entry {
    void *value; /* NULL: free, or a tombstone when was_used */
    bool was_used;
    uint8_t length;
    uint8_t key[MAP_KEY_MAX];
};

static uint64_t seed_get(void)
{
    static uint64_t seed;

    if (seed == 0) {
        secret_random(&seed, sizeof(seed));
        seed |= 1;
    }
    return seed;
}

/* FNV-1a over a secret start, then a finaliser: keys are short. */
static uint64_t hash(struct slice key)
{
    uint64_t h = 0xcbf29ce484222325u ^ seed_get();

    for (size_t i = 0; i < key.length; i++)
        h = (h ^ key.data[i]) * 0x100000001b3u;
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33;
    return h;
}

void map_init(struct map *map)
{
    *map = (struct map){ 0 };
}

void map_release(struct map *map)
{
    free(map->entries);
    map_init(map);
}

static bool holds(const struct map_entry *entry, struct slice key)
{
    return entry->value && slice_equal(slice(entry->key, entry->length), key);
}

static struct map_entry *find(const struct map *map, struct slice key)
{
    if (map->capacity == 0)
        return NULL;

    size_t mask = map->capacity - 1;
    for (size_t i = hash(key) & mask;; i = (i + 1) & mask) {
        struct map_entry *entry = &map->entries[i];
        if (!entry->value && !entry->was_used)
            return NULL;
        if (holds(entry, key))
            return entry;
    }
}

static void insert(struct map *map, struct slice key, void *value)
{
    size_t mask = map->capacity - 1;
    size_t i = hash(key) & mask;

    while (map->entries[i].value)
        i = (i + 1) & mask;
    struct map_entry *entry = &map->entries[i];
    if (!entry->was_used)
        map->used += 1;
    entry->value = value;
    entry->was_used = true;
    entry->length = (uint8_t)key.length;
    memcpy(entry->key, key.data, key.length);
    map->count += 1;
}

static void grow(struct map *map)
{
    struct map old = *map;

    map->capacity = 16;
    while (map->capacity < old.count * 4)
        map->capacity *= 2;
    map->entries = calloc(map->capacity, sizeof(*map->entries));
    if (!map->entries)
        abort();
    map->count = 0;
    map->used = 0;
    for (size_t i = 0; i < old.capacity; i++) {
        struct map_entry *entry = &old.entries[i];
        if (entry->value)
            insert(map, slice(entry->key, entry->length), entry->value);
    }
    free(old.entries);
}

void *map_get(const struct map *map, struct slice key)
{
    const struct map_entry *entry = find(map, key);

    return entry ? entry->value : NULL;
}

void map_put(struct map *map, struct slice key, void *value)
{
    assert(value && key.length <= MAP_KEY_MAX);

    struct map_entry *entry = find(map, key);
    if (entry) {
        entry->value = value;
        return;
    }
    if ((map->used + 1) * 4 > map->capacity * 3)
        grow(map);
    insert(map, key, value);
}

void *map_remove(struct map *map, struct slice key)
{
    struct map_entry *entry = find(map, key);

    if (!entry)
        return NULL;
    void *value = entry->value;
    entry->value = NULL;
    map->count -= 1;
    return value;
}

void *map_next(const struct map *map, size_t *cursor)
{
    while (*cursor < map->capacity) {
        void *value = map->entries[(*cursor)++].value;
        if (value)
            return value;
    }
    return NULL;
}
