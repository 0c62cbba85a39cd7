#include "media/rtp/packet_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void put(struct packet_cache *cache, uint16_t seq, uint8_t fill,
                size_t length)
{
    uint8_t bytes[1200];

    memset(bytes, fill, length);
    packet_cache_put(
        cache, &(struct cached_packet){ .seq = seq,
                                        .timestamp = seq * 10u,
                                        .payload = slice(bytes, length) });
}

static void finds_what_was_put(void **state)
{
    struct cache_pool pool;
    struct packet_cache cache;
    struct cached_packet found;

    (void)state;
    assert_int_equal(cache_pool_init(&pool, 2), 0);
    packet_cache_init(&cache, &pool);
    assert_false(packet_cache_get(&cache, 0, &found));
    put(&cache, 65535, 1, 100);
    put(&cache, 0, 2, 200);
    assert_true(packet_cache_get(&cache, 65535, &found));
    assert_int_equal(found.payload.length, 100);
    assert_int_equal(found.payload.data[99], 1);
    assert_true(packet_cache_get(&cache, 0, &found));
    assert_int_equal(found.payload.data[0], 2);
    assert_false(packet_cache_get(&cache, 1, &found));
    packet_cache_release(&cache);
    cache_pool_release(&pool);
}

static void forgets_the_oldest_by_count_and_by_bytes(void **state)
{
    struct cache_pool pool;
    struct packet_cache cache;
    struct cached_packet found;

    (void)state;
    assert_int_equal(cache_pool_init(&pool, 1), 0);
    packet_cache_init(&cache, &pool);
    for (unsigned i = 0; i < PACKET_CACHE_PACKETS + 10; i++)
        put(&cache, (uint16_t)i, (uint8_t)i, 10);
    assert_false(packet_cache_get(&cache, 9, &found));
    assert_true(packet_cache_get(&cache, 10, &found));
    packet_cache_clear(&cache);
    assert_false(packet_cache_get(&cache, 10, &found));

    for (unsigned i = 0; i < 400; i++)
        put(&cache, (uint16_t)i, (uint8_t)i, 1200);
    for (unsigned i = 0; i < 400; i++) {
        bool there = packet_cache_get(&cache, (uint16_t)i, &found);

        assert_int_equal(there, i >= 400 - PACKET_CACHE_BYTES / 1200);
        if (there)
            for (size_t b = 0; b < 1200; b++)
                assert_int_equal(found.payload.data[b], (uint8_t)i);
    }
    packet_cache_release(&cache);
    cache_pool_release(&pool);
}

static void goes_without_when_the_pool_is_empty(void **state)
{
    struct cache_pool pool;
    struct packet_cache first, second;
    struct cached_packet found;

    (void)state;
    assert_int_equal(cache_pool_init(&pool, 1), 0);
    packet_cache_init(&first, &pool);
    packet_cache_init(&second, &pool);
    put(&first, 1, 7, 10);
    put(&second, 1, 8, 10);
    assert_true(packet_cache_get(&first, 1, &found));
    assert_false(packet_cache_get(&second, 1, &found));
    /* The next owner of the block finds nothing of the last one's. */
    packet_cache_release(&first);
    put(&second, 2, 8, 10);
    assert_true(packet_cache_get(&second, 2, &found));
    assert_false(packet_cache_get(&second, 1, &found));
    packet_cache_release(&second);
    cache_pool_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_put),
        cmocka_unit_test(forgets_the_oldest_by_count_and_by_bytes),
        cmocka_unit_test(goes_without_when_the_pool_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
