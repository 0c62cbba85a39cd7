/* One stream through the relay: reception, numbering, the cache of what was
 * sent. The input is a list of steps of five bytes: what to do, how far the
 * number moves (2 bytes, signed), how far clock and timestamp do. A naive
 * second book holds the promises: no number goes out twice, nothing from beyond
 * a switch is sent again, only what is missing is asked for. */
#include "base/reader.h"
#include "media/rtp/packet_cache.h"
#include "media/rtp/reception.h"
#include "media/rtp/rtp.h"
#include "media/rtp/seq_map.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define START      UINT64_C(4000000000000000)
#define LEAST_STEP 960
#define BOOK_SIZE  (1 << 20) /* outgoing numbers that are booked */

static struct reception reception;
static struct reception_hole holes[RECEPTION_HOLES_MAX];
static struct seq_map map;
static struct packet_cache cache;
static struct cache_pool pool;

/* Of each outgoing number, from the first: the step that sent it, its source's
 * number and what it carried. */
static struct booked {
    uint32_t run;
    uint32_t since; /* which switch it came after */
    uint16_t source;
    uint8_t fill;
    uint16_t length;
} book[BOOK_SIZE];
static uint32_t run, switches;
static int64_t base; /* the first outgoing number */

/* By the source's number, since the last restart: which packet came last, and
 * what the cache was given. */
static struct source {
    int64_t extended;
    uint32_t restart;
    uint16_t length;
    uint8_t fill;
} sources[65536];
static uint32_t restarts;

static struct source *source_of(uint16_t seq)
{
    struct source *source = &sources[seq];

    if (source->restart != restarts)
        *source = (struct source){ .restart = restarts };
    return source;
}

static struct booked *booked(int64_t extended)
{
    int64_t at = extended - base;

    return at >= 0 && at < BOOK_SIZE ? &book[at] : NULL;
}

static void send(uint16_t seq, uint32_t timestamp, uint16_t length,
                 uint8_t fill)
{
    static uint8_t payload[1200];
    uint32_t before = map.timestamp;
    bool begun = map.begun;
    struct seq_mapped out;

    if (!seq_map_pass(&map, seq, timestamp, timestamp * 3, LEAST_STEP, &out))
        return;
    if (out.first && begun)
        assert((int32_t)(out.timestamp - before) >= LEAST_STEP);
    struct booked *place = booked(seq_extend(map.highest, out.seq));
    if (!place)
        return;
    assert(place->run != run); /* never twice */
    *place = (struct booked){ run, switches, seq, fill, length };
    memset(payload, fill, length);
    packet_cache_put(
        &cache, &(struct cached_packet){ .seq = seq,
                                         .timestamp = timestamp,
                                         .payload = slice(payload, length) });
    source_of(seq)->fill = fill;
    source_of(seq)->length = length;
}

static void receive(uint16_t seq, uint32_t timestamp, uint64_t now)
{
    enum reception_verdict verdict =
        reception_packet(&reception, seq, timestamp, false, now);

    if (verdict == RECEPTION_RESTART) {
        restarts++;
        seq_map_switch(&map); /* as the relay does */
        packet_cache_clear(&cache);
        switches++;
    }
    source_of(seq)->extended = seq_extend(reception.highest, seq);
    assert(reception.hole_count <= RECEPTION_HOLES_MAX);
    assert(reception.highest >= reception.first);
}

static void ask(uint64_t now)
{
    uint16_t seqs[64];
    bool gave_up;
    size_t count = reception_ask(&reception, now, 20000, seqs, 64, &gave_up);

    assert(count <= 64);
    for (size_t i = 0; i < count; i++) {
        int64_t extended = seq_extend(reception.highest, seqs[i]);
        assert(extended < reception.highest);
        assert(source_of(seqs[i])->extended != extended);
        assert(i == 0 || seq_is_newer(seqs[i], seqs[i - 1]));
    }
    assert(count == 64 || reception_deadline(&reception) > now);
}

/* A receiver misses outgoing number seq. */
static void repeat(uint16_t seq)
{
    int64_t extended = seq_extend(map.highest, seq);
    const struct booked *place = booked(extended);
    struct cached_packet packet;
    uint16_t source;

    if (!seq_map_source(&map, seq, &source)) {
        assert(!place || place->run != run || place->since != switches ||
               extended + SEQ_MAP_WINDOW <= map.highest);
        return;
    }
    if (!place)
        return;
    assert(place->run == run && place->since == switches);
    assert(place->source == source);
    if (!packet_cache_get(&cache, source, &packet))
        return;
    assert(source_of(source)->fill == place->fill);
    assert(source_of(source)->length == packet.payload.length);
    for (size_t i = 0; i < packet.payload.length; i++)
        assert(packet.payload.data[i] == place->fill);
}

static void report(uint64_t now)
{
    struct rtcp_block block = reception_block(&reception, 1, now);

    assert(reception.loss >= 0 && reception.loss <= 1);
    assert(block.lost >= -0x800000 && block.lost <= 0x7fffff);
}

static void start(void)
{
    if (!pool.memory && cache_pool_init(&pool, 1))
        abort();
    reception_init(&reception, 90000, true);
    reception_lend(&reception, holes);
    seq_map_init(&map, 0x7ff0);
    packet_cache_init(&cache, &pool);
    restarts++;
    base = map.highest + 1;
    switches = 0;
    run++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader in = reader_of(slice(data, size));
    uint64_t now = START;
    uint32_t timestamp = 0;
    uint16_t seq = reader_u16(&in);

    start();
    for (uint8_t step = 1; in.rest.length >= 5; step++) {
        uint8_t what = reader_u8(&in);
        uint16_t move = reader_u16(&in);
        now += (uint64_t)reader_u8(&in) * 500;
        timestamp += (uint32_t)reader_u8(&in) * 90;
        if (what < 0x80) {
            seq = (uint16_t)(seq + move);
            receive(seq, timestamp, now);
            send(seq, timestamp, (uint16_t)(what * 9), step);
        } else if (what < 0xa0) {
            ask(now);
        } else if (what < 0xd0) {
            repeat((uint16_t)(map.highest - (int64_t)(move % 1200)));
        } else if (what < 0xf0 && reception.begun) {
            report(now);
        } else {
            seq_map_switch(&map);
            switches++;
        }
    }
    packet_cache_release(&cache);
    return 0;
}
