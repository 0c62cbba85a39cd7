/*
 * limit: token buckets, one by itself (of a socket) or many by key (of
 * addresses). Time is passed in. One thread.
 */
#ifndef EDGE_LIMIT_H
#define EDGE_LIMIT_H

#include "base/map.h"

struct bucket {
    int64_t level; /* in parts of 60,000 to a token: rate a minute x ms */
    int64_t at_ms; /* 0: never used, so full */
};

/* Takes one token; false: none left. */
bool bucket_take(struct bucket *bucket, uint32_t rate_per_min, uint32_t burst,
                 int64_t now_ms);

#define LIMIT_KEYS_MAX 8192 /* keys at a time; beyond, the stalest goes */

struct limit {
    uint32_t rate_per_min;
    uint32_t burst;
    struct map buckets;
};

void limit_init(struct limit *limit, uint32_t rate_per_min, uint32_t burst);
void limit_release(struct limit *limit);

/* key: at most MAP_KEY_MAX bytes. */
bool limit_take(struct limit *limit, struct slice key, int64_t now_ms);

#endif
