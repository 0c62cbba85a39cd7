#include "media/rtp/packet_cache.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

struct cache_entry {
    bool used;
    bool marker;
    uint16_t seq;
    uint16_t length;
    uint32_t timestamp;
    uint64_t at; /* bytes ever put before it */
};

/* All zeros, as the kernel hands it out, is an empty cache. */
struct cache_block {
    uint64_t written;
    struct cache_entry entries[PACKET_CACHE_PACKETS];
    struct reception_hole holes[RECEPTION_HOLES_MAX];
    uint8_t bytes[PACKET_CACHE_BYTES];
};

int cache_pool_init(struct cache_pool *pool, size_t blocks)
{
    size_t bytes = blocks * sizeof(struct cache_block);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uint32_t *free_list = calloc(blocks, sizeof(*free_list));

    if (memory == MAP_FAILED || !free_list) {
        if (memory != MAP_FAILED)
            munmap(memory, bytes);
        free(free_list);
        return -ENOMEM;
    }
    for (size_t i = 0; i < blocks; i++)
        free_list[i] = (uint32_t)(blocks - 1 - i);
    *pool = (struct cache_pool){ .memory = memory,
                                 .blocks = blocks,
                                 .free_count = blocks,
                                 .free_list = free_list };
    return 0;
}

void cache_pool_release(struct cache_pool *pool)
{
    if (pool->memory)
        munmap(pool->memory, pool->blocks * sizeof(struct cache_block));
    free(pool->free_list);
    *pool = (struct cache_pool){ 0 };
}

static struct cache_block *pool_take(struct cache_pool *pool)
{
    if (pool->free_count == 0)
        return NULL;
    pool->free_count -= 1;
    return &pool->memory[pool->free_list[pool->free_count]];
}

/* Nobody's picture stays in memory, and the next one finds zeros. */
static void pool_give(struct cache_pool *pool, struct cache_block *block)
{
    assert(pool->free_count < pool->blocks);
    memset(block, 0, sizeof(*block));
    (void)madvise(block, sizeof(*block), MADV_DONTNEED);
    pool->free_list[pool->free_count++] = (uint32_t)(block - pool->memory);
}

void packet_cache_init(struct packet_cache *cache, struct cache_pool *pool)
{
    *cache = (struct packet_cache){ .pool = pool };
}

void packet_cache_release(struct packet_cache *cache)
{
    if (cache->block)
        pool_give(cache->pool, cache->block);
    cache->block = NULL;
}

void packet_cache_clear(struct packet_cache *cache)
{
    if (cache->block)
        memset(cache->block->entries, 0, sizeof(cache->block->entries));
}

void packet_cache_put(struct packet_cache *cache,
                      const struct cached_packet *packet)
{
    size_t length = packet->payload.length;
    struct cache_block *block;
    size_t place;

    if (!cache->block)
        cache->block = pool_take(cache->pool);
    block = cache->block;
    if (!block || length > UINT16_MAX)
        return;

    place = block->written % PACKET_CACHE_BYTES;
    if (place + length > PACKET_CACHE_BYTES) { /* never across the end */
        block->written += PACKET_CACHE_BYTES - place;
        place = 0;
    }
    if (length > 0)
        memcpy(block->bytes + place, packet->payload.data, length);
    block->entries[packet->seq % PACKET_CACHE_PACKETS] = (struct cache_entry){
        .used = true,
        .marker = packet->marker,
        .seq = packet->seq,
        .length = (uint16_t)length,
        .timestamp = packet->timestamp,
        .at = block->written,
    };
    block->written += length;
}

bool packet_cache_get(const struct packet_cache *cache, uint16_t seq,
                      struct cached_packet *out)
{
    const struct cache_block *block = cache->block;
    const struct cache_entry *entry;

    if (!block)
        return false;
    entry = &block->entries[seq % PACKET_CACHE_PACKETS];
    if (!entry->used || entry->seq != seq ||
        block->written - entry->at > PACKET_CACHE_BYTES)
        return false;
    *out = (struct cached_packet){
        .marker = entry->marker,
        .seq = seq,
        .timestamp = entry->timestamp,
        .payload =
            slice(block->bytes + entry->at % PACKET_CACHE_BYTES, entry->length),
    };
    return true;
}

struct reception_hole *packet_cache_holes(const struct packet_cache *cache)
{
    return cache->block ? cache->block->holes : NULL;
}
