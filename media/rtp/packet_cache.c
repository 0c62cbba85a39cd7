#include "media/rtp/packet_cache.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

int cache_pool_init(struct cache_pool *pool, size_t blocks)
{
    size_t bytes = blocks * PACKET_CACHE_BYTES;
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
        munmap(pool->memory, pool->blocks * PACKET_CACHE_BYTES);
    free(pool->free_list);
    *pool = (struct cache_pool){ 0 };
}

static uint8_t *pool_take(struct cache_pool *pool)
{
    if (pool->free_count == 0)
        return NULL;
    pool->free_count -= 1;
    return pool->memory +
           (size_t)pool->free_list[pool->free_count] * PACKET_CACHE_BYTES;
}

/* The pages go back to the kernel: nobody's picture stays in memory. */
static void pool_give(struct cache_pool *pool, uint8_t *block)
{
    size_t index = (size_t)(block - pool->memory) / PACKET_CACHE_BYTES;

    assert(pool->free_count < pool->blocks);
    (void)madvise(block, PACKET_CACHE_BYTES, MADV_DONTNEED);
    pool->free_list[pool->free_count++] = (uint32_t)index;
}

void packet_cache_init(struct packet_cache *cache, struct cache_pool *pool)
{
    *cache = (struct packet_cache){ .pool = pool };
}

void packet_cache_release(struct packet_cache *cache)
{
    if (cache->bytes)
        pool_give(cache->pool, cache->bytes);
    cache->bytes = NULL;
    packet_cache_clear(cache);
}

void packet_cache_clear(struct packet_cache *cache)
{
    memset(cache->entries, 0, sizeof(cache->entries));
}

void packet_cache_put(struct packet_cache *cache,
                      const struct cached_packet *packet)
{
    size_t length = packet->payload.length;
    size_t place;

    if (!cache->bytes)
        cache->bytes = pool_take(cache->pool);
    if (!cache->bytes || length > UINT16_MAX)
        return;

    place = cache->written % PACKET_CACHE_BYTES;
    if (place + length > PACKET_CACHE_BYTES) { /* never across the end */
        cache->written += PACKET_CACHE_BYTES - place;
        place = 0;
    }
    if (length > 0)
        memcpy(cache->bytes + place, packet->payload.data, length);
    cache->entries[packet->seq % PACKET_CACHE_PACKETS] = (struct cache_entry){
        .used = true,
        .marker = packet->marker,
        .seq = packet->seq,
        .length = (uint16_t)length,
        .timestamp = packet->timestamp,
        .at = cache->written,
    };
    cache->written += length;
}

bool packet_cache_get(const struct packet_cache *cache, uint16_t seq,
                      struct cached_packet *out)
{
    const struct cache_entry *entry =
        &cache->entries[seq % PACKET_CACHE_PACKETS];

    if (!entry->used || entry->seq != seq ||
        cache->written - entry->at > PACKET_CACHE_BYTES)
        return false;
    *out = (struct cached_packet){
        .marker = entry->marker,
        .seq = seq,
        .timestamp = entry->timestamp,
        .payload = slice(cache->bytes + entry->at % PACKET_CACHE_BYTES,
                         entry->length),
    };
    return true;
}
