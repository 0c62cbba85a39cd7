#include "media/rtp/seq_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static bool pass(struct seq_map *map, uint16_t seq, uint32_t timestamp,
                 struct seq_mapped *out)
{
    return seq_map_pass(map, seq, timestamp, 5000, 960, out);
}

static void begins_below_half_and_on_the_line(void **state)
{
    (void)state;
    for (unsigned random = 0; random < 65536; random += 1111) {
        struct seq_map map;
        struct seq_mapped out;

        seq_map_init(&map, (uint16_t)random);
        assert_true(pass(&map, 40000, 123456, &out));
        assert_true(out.seq < 32768);
        assert_int_equal(out.timestamp, 5000);
        assert_true(out.first);
    }
}

static void keeps_gaps_and_order_of_one_source(void **state)
{
    struct seq_map map;
    struct seq_mapped a, b, c;

    (void)state;
    seq_map_init(&map, 100);
    assert_true(pass(&map, 65534, 1000, &a));
    assert_true(pass(&map, 1, 1960, &b)); /* 65535 and 0 are missing */
    assert_int_equal((uint16_t)(b.seq - a.seq), 3);
    assert_int_equal(b.timestamp - a.timestamp, 960);
    assert_true(pass(&map, 0, 1480, &c)); /* it comes late, once */
    assert_int_equal((uint16_t)(c.seq - a.seq), 2);
    assert_false(c.first);
    assert_false(pass(&map, 0, 1480, &c));
    assert_false(pass(&map, 1, 1960, &c));
}

static void continues_over_a_switch(void **state)
{
    struct seq_map map;
    struct seq_mapped a, b;

    (void)state;
    seq_map_init(&map, 100);
    assert_true(seq_map_pass(&map, 10, 1000, 5000, 960, &a));
    seq_map_switch(&map);
    assert_true(seq_map_pass(&map, 60000, 77, 9000, 960, &b));
    assert_int_equal(b.seq, a.seq + 1);
    assert_int_equal(b.timestamp, 9000);
    assert_true(b.first);
}

static void never_leads_timestamps_backwards(void **state)
{
    struct seq_map map;
    struct seq_mapped out;

    (void)state;
    seq_map_init(&map, 100);
    assert_true(seq_map_pass(&map, 10, 1000, 5000, 960, &out));
    seq_map_switch(&map);
    assert_true(seq_map_pass(&map, 10, 1000, 4000, 960, &out));
    assert_int_equal(out.timestamp, 5960);
}

static void drops_what_is_older_than_the_switch(void **state)
{
    struct seq_map map;
    struct seq_mapped out;

    (void)state;
    seq_map_init(&map, 100);
    assert_true(pass(&map, 10, 1000, &out));
    seq_map_switch(&map);
    assert_true(pass(&map, 20, 2000, &out));
    assert_false(pass(&map, 19, 1990, &out));
    assert_true(pass(&map, 21, 2010, &out));
}

static void finds_only_what_was_sent_since_the_switch(void **state)
{
    struct seq_map map;
    struct seq_mapped before, after;
    uint16_t source = 0;

    (void)state;
    seq_map_init(&map, 100);
    assert_true(pass(&map, 10, 1000, &before));
    assert_true(seq_map_source(&map, before.seq, &source));
    assert_int_equal(source, 10);
    seq_map_switch(&map);
    assert_false(seq_map_source(&map, before.seq, &source));
    assert_true(pass(&map, 50, 1000, &after));
    assert_false(seq_map_source(&map, before.seq, &source));
    assert_true(seq_map_source(&map, after.seq, &source));
    assert_int_equal(source, 50);
    assert_true(pass(&map, 52, 1000, &after)); /* 51 never came */
    assert_false(seq_map_source(&map, (uint16_t)(after.seq - 1), &source));
    assert_false(seq_map_source(&map, (uint16_t)(after.seq + 1), &source));
}

/* Random order, losses, repetitions and switches over several laps: an
 * extended number never repeats, whatever a sender does. */
static void never_uses_a_number_twice(void **state)
{
    static uint8_t used[65536 * 64];
    struct seq_map map;
    struct seq_mapped out;
    uint16_t seq = 65000;
    int64_t highest = -1;

    (void)state;
    memset(used, 0, sizeof(used));
    srandom(7);
    seq_map_init(&map, 32767);
    for (int i = 0; i < 200000; i++) {
        int64_t extended;
        long dice = random() % 1000;

        if (dice == 0)
            seq_map_switch(&map);
        if (dice == 1)
            seq = (uint16_t)random();
        seq = (uint16_t)(seq + random() % 7 - 2);
        if (!seq_map_pass(&map, seq, 0, 0, 1, &out))
            continue;
        extended =
            highest < 0
                ? out.seq
                : highest + (int16_t)(uint16_t)(out.seq - (uint16_t)highest);
        assert_true(extended >= 0 && extended < (int64_t)sizeof(used));
        assert_int_equal(used[extended], 0);
        used[extended] = 1;
        if (extended > highest)
            highest = extended;
    }
    assert_true(highest > 65536 * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_below_half_and_on_the_line),
        cmocka_unit_test(keeps_gaps_and_order_of_one_source),
        cmocka_unit_test(continues_over_a_switch),
        cmocka_unit_test(never_leads_timestamps_backwards),
        cmocka_unit_test(drops_what_is_older_than_the_switch),
        cmocka_unit_test(finds_only_what_was_sent_since_the_switch),
        cmocka_unit_test(never_uses_a_number_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
