#include "media/rtp/seq_map.h"

#include "media/rtp/rtp.h"

#include <string.h>

static bool bit_get(const struct seq_map *map, int64_t seq)
{
    uint64_t at = (uint64_t)seq % SEQ_MAP_WINDOW;

    return map->sent[at / 64] >> (at % 64) & 1;
}

static void bit_set(struct seq_map *map, int64_t seq, bool value)
{
    uint64_t at = (uint64_t)seq % SEQ_MAP_WINDOW;
    uint64_t mask = UINT64_C(1) << (at % 64);

    if (value)
        map->sent[at / 64] |= mask;
    else
        map->sent[at / 64] &= ~mask;
}

void seq_map_init(struct seq_map *map, uint16_t random_seq)
{
    *map = (struct seq_map){ 0 };
    /* One lap up, so that extended numbers never become negative. */
    map->highest = 65536 + (random_seq & 0x7fff) - 1;
}

void seq_map_switch(struct seq_map *map)
{
    map->attached = false;
}

static void attach(struct seq_map *map, uint16_t source_seq,
                   uint32_t source_timestamp, uint32_t line,
                   uint32_t least_step)
{
    uint32_t least = map->timestamp + least_step;

    map->attached = true;
    map->source_first = 65536 + (int64_t)source_seq;
    map->source_highest = map->source_first - 1;
    map->shift = map->highest + 1 - map->source_first;
    if (map->begun && (int32_t)(line - least) < 0)
        line = least;
    map->begun = true;
    map->timestamp_shift = line - source_timestamp;
}

/* Clears what the window moves over. */
static void advance(struct seq_map *map, int64_t to)
{
    if (to - map->highest >= SEQ_MAP_WINDOW)
        memset(map->sent, 0, sizeof(map->sent));
    else
        for (int64_t seq = map->highest + 1; seq <= to; seq++)
            bit_set(map, seq, false);
    map->highest = to;
}

bool seq_map_pass(struct seq_map *map, uint16_t source_seq,
                  uint32_t source_timestamp, uint32_t line, uint32_t least_step,
                  struct seq_mapped *out)
{
    bool first = !map->attached;
    int64_t source, outgoing;

    if (first)
        attach(map, source_seq, source_timestamp, line, least_step);

    source = seq_extend(map->source_highest, source_seq);
    outgoing = source + map->shift;
    if (source < map->source_first || outgoing + SEQ_MAP_WINDOW <= map->highest)
        return false;
    if (outgoing > map->highest)
        advance(map, outgoing);
    else if (bit_get(map, outgoing))
        return false;

    bit_set(map, outgoing, true);
    if (source > map->source_highest) {
        map->source_highest = source;
        map->timestamp = source_timestamp + map->timestamp_shift;
    }
    *out = (struct seq_mapped){
        .seq = (uint16_t)outgoing,
        .timestamp = source_timestamp + map->timestamp_shift,
        .first = first,
    };
    return true;
}

bool seq_map_source(const struct seq_map *map, uint16_t outgoing_seq,
                    uint16_t *out)
{
    int64_t outgoing = seq_extend(map->highest, outgoing_seq);
    int64_t source = outgoing - map->shift;

    if (!map->attached || outgoing > map->highest ||
        outgoing + SEQ_MAP_WINDOW <= map->highest)
        return false;
    if (source < map->source_first || !bit_get(map, outgoing))
        return false;
    *out = (uint16_t)source;
    return true;
}
