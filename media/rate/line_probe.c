#include "media/rate/line_probe.h"

#define BUCKET_US UINT64_C(250000)
#define SEND_MOST                                                              \
    64                       /* packets of one turn: a worker held up does not \
                              * make up for it in one burst */
#define INTERVAL_US   300000 /* of two reports that say something */
#define LEAST_PACKETS 20
#define FULL_LOSS     0.2 /* of an interval: more would only queue up */

/* The rate rises so that a narrow line is not flooded. */
static const struct {
    uint64_t until_us;
    uint64_t bps;
} steps[] = {
    { 750000, 300000 },
    { 1500000, 600000 },
    { LINE_PROBE_SEND_US, 1200000 },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

void line_probe_begin(struct line_probe *probe, uint64_t now_us)
{
    *probe = (struct line_probe){
        .began_us = now_us,
        .tick_us = now_us,
        .loss_down = 1,
    };
}

/* Packets that should have left so far. */
static uint64_t wanted(uint64_t elapsed_us)
{
    uint64_t bits = 0, from_us = 0;

    for (size_t i = 0; i < STEPS && elapsed_us > from_us; i++) {
        uint64_t to_us =
            elapsed_us < steps[i].until_us ? elapsed_us : steps[i].until_us;

        bits += (to_us - from_us) * steps[i].bps / 1000000;
        from_us = steps[i].until_us;
    }
    return bits / (LINE_PROBE_PACKET * 8);
}

unsigned line_probe_send(struct line_probe *probe, uint64_t now_us)
{
    uint64_t elapsed = now_us - probe->began_us;
    uint64_t due;

    if (now_us < probe->tick_us)
        return 0;
    if (elapsed >= LINE_PROBE_SEND_US) {
        probe->tick_us = UINT64_MAX;
        return 0;
    }
    probe->tick_us = now_us + LINE_PROBE_TICK_US;
    due = wanted(elapsed) - probe->sent;
    probe->sent += due;
    return due > SEND_MOST ? SEND_MOST : (unsigned)due;
}

static void take_interval(struct line_probe *probe, uint64_t expected,
                          uint64_t lost, uint64_t span_us)
{
    uint64_t bps =
        (expected - lost) * LINE_PROBE_PACKET * 8 * 1000000 / span_us;
    double loss = (double)lost / (double)expected;

    probe->down_known = true;
    if (bps > steps[STEPS - 1].bps)
        bps = steps[STEPS - 1].bps; /* reports that came too close together */
    if (bps > probe->down_bps)
        probe->down_bps = bps;
    /* What a line loses always, not what did not fit at the top. */
    if (loss < probe->loss_down)
        probe->loss_down = loss;
    if (loss > FULL_LOSS)
        probe->tick_us = UINT64_MAX;
}

void line_probe_report(struct line_probe *probe, uint32_t highest, int32_t lost,
                       uint64_t now_us)
{
    uint32_t expected = highest - probe->highest;
    int64_t missing = (int64_t)lost - probe->lost;
    uint64_t span = now_us - probe->report_us;

    if (probe->reported && expected <= probe->sent &&
        (span < INTERVAL_US || expected < LEAST_PACKETS))
        return; /* together with the next one */
    if (probe->reported && expected <= probe->sent)
        take_interval(probe, expected,
                      missing < 0                   ? 0
                      : missing > (int64_t)expected ? expected
                                                    : (uint64_t)missing,
                      span);
    probe->reported = true;
    probe->highest = highest;
    probe->lost = lost;
    probe->report_us = now_us;
}

void line_probe_received(struct line_probe *probe, size_t bytes,
                         uint64_t now_us)
{
    uint64_t bucket = (now_us - probe->began_us) / BUCKET_US;

    if (bucket < LINE_PROBE_BUCKETS)
        probe->up[bucket] += (uint32_t)(bytes + LINE_PROBE_OVERHEAD);
}

unsigned line_probe_up_kbps(const struct line_probe *probe)
{
    uint64_t best = 0;

    for (size_t i = 0; i + 4 <= LINE_PROBE_BUCKETS; i++) {
        uint64_t second = (uint64_t)probe->up[i] + probe->up[i + 1] +
                          probe->up[i + 2] + probe->up[i + 3];

        if (second > best)
            best = second;
    }
    return (unsigned)(best * 8 / 1000);
}

bool line_probe_is_over(const struct line_probe *probe, uint64_t now_us)
{
    return now_us >= probe->began_us + LINE_PROBE_SEND_US + LINE_PROBE_WAIT_US;
}

uint64_t line_probe_deadline(const struct line_probe *probe)
{
    uint64_t over = probe->began_us + LINE_PROBE_SEND_US + LINE_PROBE_WAIT_US;

    return probe->tick_us < over ? probe->tick_us : over;
}
