/*
 * packet_cache: the last packets that one sender's picture consisted of, in the
 * clear, so that a receiver who missed one can be sent it again. Bounded in
 * packets and bytes; the oldest make room. The bytes come from a pool that the
 * worker sizes at start.
 */
#ifndef MEDIA_RTP_PACKET_CACHE_H
#define MEDIA_RTP_PACKET_CACHE_H

#include "media/rtp/reception.h"

#define PACKET_CACHE_PACKETS 512
#define PACKET_CACHE_BYTES   262144 /* 1.4 s at 1.5 Mbit/s */

/* ---- the pool: a block for each sender that shows a picture ---- */

struct cache_block;

struct cache_pool {
    struct cache_block *memory;
    size_t blocks;
    size_t free_count;
    uint32_t *free_list;
};

/* -ENOMEM. Memory is touched only when a block is used. */
int cache_pool_init(struct cache_pool *pool, size_t blocks);
void cache_pool_release(struct cache_pool *pool);

/* ---- one sender's cache ---------------------------------------------------
 */

struct cached_packet {
    bool marker;
    uint16_t seq;
    uint32_t timestamp;
    struct slice payload;
};

struct packet_cache {
    struct cache_pool *pool;
    /* NULL before the first packet, and while the pool is empty. */
    struct cache_block *block;
};

void packet_cache_init(struct packet_cache *cache, struct cache_pool *pool);
void packet_cache_release(struct packet_cache *cache);

/* Forgets every packet, keeps the block. */
void packet_cache_clear(struct packet_cache *cache);

/* Without a free block in the pool nothing is kept. */
void packet_cache_put(struct packet_cache *cache,
                      const struct cached_packet *packet);

/* Room for what is missing of the same picture, RECEPTION_HOLES_MAX; NULL
 * without a block. */
struct reception_hole *packet_cache_holes(const struct packet_cache *cache);

/* out's payload stays valid until the next put. */
bool packet_cache_get(const struct packet_cache *cache, uint16_t seq,
                      struct cached_packet *out);

#endif
