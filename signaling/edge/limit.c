#include "signaling/edge/limit.h"

#include <stdlib.h>

#define TOKEN INT64_C(60000)

struct keyed {
    struct bucket bucket;
    uint8_t key[MAP_KEY_MAX];
    size_t length;
};

bool bucket_take(struct bucket *bucket, uint32_t rate_per_min, uint32_t burst,
                 int64_t now_ms)
{
    int64_t full = (int64_t)burst * TOKEN;
    int64_t passed = now_ms - bucket->at_ms;

    if (bucket->at_ms == 0 || passed > full) /* also: no overflow below */
        bucket->level = full;
    else if (passed > 0)
        bucket->level += passed * rate_per_min;
    if (bucket->level > full)
        bucket->level = full;
    if (bucket->at_ms == 0 || passed > 0)
        bucket->at_ms = now_ms;
    if (bucket->level < TOKEN)
        return false;
    bucket->level -= TOKEN;
    return true;
}

void limit_init(struct limit *limit, uint32_t rate_per_min, uint32_t burst)
{
    *limit = (struct limit){ .rate_per_min = rate_per_min, .burst = burst };
    map_init(&limit->buckets);
}

void limit_release(struct limit *limit)
{
    size_t cursor = 0;

    for (void *keyed; (keyed = map_next(&limit->buckets, &cursor));)
        free(keyed);
    map_release(&limit->buckets);
}

static void forget(struct limit *limit, struct keyed *keyed)
{
    (void)map_remove(&limit->buckets, slice(keyed->key, keyed->length));
    free(keyed);
}

/* Drops the buckets that are full again, and the stalest of the rest when that
 * is not enough: a flood of new addresses must not lock out everyone else. */
static void sweep(struct limit *limit, int64_t now_ms)
{
    struct keyed *stalest = NULL;
    size_t cursor = 0;
    int64_t full_after = TOKEN * limit->burst / limit->rate_per_min + 1;

    for (struct keyed *each; (each = map_next(&limit->buckets, &cursor));) {
        if (now_ms - each->bucket.at_ms > full_after)
            forget(limit, each);
        else if (!stalest || each->bucket.at_ms < stalest->bucket.at_ms)
            stalest = each;
    }
    if (limit->buckets.count >= LIMIT_KEYS_MAX && stalest)
        forget(limit, stalest);
}

static struct keyed *keyed_new(struct limit *limit, struct slice key)
{
    struct keyed *keyed = calloc(1, sizeof(*keyed));

    if (!keyed)
        return NULL;
    memcpy(keyed->key, key.data, key.length);
    keyed->length = key.length;
    map_put(&limit->buckets, key, keyed);
    return keyed;
}

bool limit_take(struct limit *limit, struct slice key, int64_t now_ms)
{
    struct keyed *keyed = map_get(&limit->buckets, key);

    if (!keyed && limit->buckets.count >= LIMIT_KEYS_MAX)
        sweep(limit, now_ms);
    if (!keyed)
        keyed = keyed_new(limit, key);
    if (!keyed)
        return false;
    return bucket_take(&keyed->bucket, limit->rate_per_min, limit->burst,
                       now_ms);
}
