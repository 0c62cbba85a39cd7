#include "media/rtp/reception.h"

#include "media/rtp/clock.h"
#include "media/rtp/rtp.h"

void reception_init(struct reception *reception, uint32_t rate, bool nacks)
{
    *reception = (struct reception){ .rate = rate, .nacks = nacks };
}

void reception_lend(struct reception *reception, struct reception_hole *holes)
{
    reception->holes = holes;
    reception->hole_count = 0;
}

static void begin(struct reception *reception, uint16_t seq)
{
    /* One lap up, so that late ones do not become negative. */
    reception->begun = true;
    reception->first = 65536 + (int64_t)seq;
    reception->highest = reception->first;
    reception->received = 0;
    reception->expected_before = 0;
    reception->received_before = 0;
    reception->expected_mark = 0;
    reception->received_mark = 0;
    reception->transit = 0;
    reception->hole_count = 0;
}

static void measure_jitter(struct reception *reception, uint32_t timestamp,
                           uint64_t now_us)
{
    uint32_t arrival = rtp_clock(now_us, reception->rate);
    uint32_t transit = arrival - timestamp;
    int32_t step = (int32_t)(transit - reception->transit);
    uint32_t size = step < 0 ? 0u - (uint32_t)step : (uint32_t)step;

    if (reception->received > 1 && size < reception->rate * 10)
        reception->jitter += size - ((reception->jitter + 8) >> 4);
    reception->transit = transit;
}

static void fill_hole(struct reception *reception, int64_t seq)
{
    for (size_t i = 0; i < reception->hole_count; i++) {
        if (reception->holes[i].seq != seq)
            continue;
        memmove(&reception->holes[i], &reception->holes[i + 1],
                (reception->hole_count - i - 1) * sizeof(reception->holes[0]));
        reception->hole_count -= 1;
        return;
    }
}

/* False when there are too many to ask for. */
static bool open_holes(struct reception *reception, int64_t to, uint64_t now_us)
{
    int64_t missing = to - reception->highest - 1;

    if (!reception->nacks || missing <= 0)
        return true;
    if (!reception->holes ||
        (size_t)missing + reception->hole_count > RECEPTION_HOLES_MAX) {
        reception->hole_count = 0;
        return false;
    }
    for (int64_t seq = reception->highest + 1; seq < to; seq++)
        reception->holes[reception->hole_count++] = (struct reception_hole){
            .seq = seq,
            .seen_us = now_us,
            .ask_us = now_us + RECEPTION_REORDER_US,
        };
    return true;
}

enum reception_verdict reception_packet(struct reception *reception,
                                        uint16_t seq, uint32_t timestamp,
                                        bool repaired, uint64_t now_us)
{
    enum reception_verdict verdict = RECEPTION_NEW;
    int64_t extended;

    if (!reception->begun) {
        begin(reception, seq);
        verdict = RECEPTION_RESTART;
    }
    extended = seq_extend(reception->highest, seq);
    if (extended - reception->highest > RECEPTION_DROPOUT_MAX ||
        reception->highest - extended > RECEPTION_DROPOUT_MAX) {
        begin(reception, seq);
        extended = reception->highest;
        verdict = RECEPTION_RESTART;
    }

    /* What had to be sent again was lost all the same, and what is sent again
     * without need (browsers probe with it) is not one more. */
    if (!repaired) {
        reception->received += 1;
        measure_jitter(reception, timestamp, now_us);
    }
    if (extended > reception->highest) {
        if (!open_holes(reception, extended, now_us))
            verdict = RECEPTION_OUTAGE;
        reception->highest = extended;
    } else if (extended < reception->highest) {
        fill_hole(reception, extended);
        verdict = RECEPTION_LATE;
    }
    return verdict;
}

void reception_sender_report(struct reception *reception, uint64_t ntp,
                             uint64_t now_us)
{
    reception->report_ntp = ntp;
    reception->report_us = now_us;
}

struct rtcp_block reception_block(struct reception *reception, uint32_t ssrc,
                                  uint64_t now_us)
{
    uint64_t expected = (uint64_t)(reception->highest - reception->first) + 1;
    uint64_t interval = expected - reception->expected_before;
    uint64_t arrived = reception->received - reception->received_before;
    int64_t lost = (int64_t)expected - (int64_t)reception->received;
    struct rtcp_block block = { .ssrc = ssrc };

    reception->loss = 0;
    if (interval > arrived)
        reception->loss = (double)(interval - arrived) / (double)interval;
    reception->expected_before = expected;
    reception->received_before = reception->received;

    block.fraction_lost = (uint8_t)(reception->loss * 255);
    if (lost > 0x7fffff)
        lost = 0x7fffff;
    if (lost < -0x800000)
        lost = -0x800000;
    block.lost = (int32_t)lost;
    block.highest_seq = (uint32_t)(reception->highest - 65536);
    block.jitter = reception->jitter >> 4;
    if (reception->report_ntp != 0) {
        uint64_t since = now_us - reception->report_us;

        block.last_report = (uint32_t)(reception->report_ntp >> 16);
        block.since_report = (uint32_t)((since << 16) / 1000000);
    }
    return block;
}

static uint64_t expected_of(const struct reception *reception)
{
    if (!reception->begun)
        return 0;
    return (uint64_t)(reception->highest - reception->first) + 1;
}

void reception_mark(struct reception *reception)
{
    reception->expected_mark = expected_of(reception);
    reception->received_mark = reception->received;
}

struct reception_count reception_since_mark(const struct reception *reception)
{
    return (struct reception_count){
        expected_of(reception) - reception->expected_mark,
        reception->received - reception->received_mark,
    };
}

size_t reception_ask(struct reception *reception, uint64_t now_us,
                     uint64_t rtt_us, uint16_t *out, size_t max, bool *gave_up)
{
    size_t kept = 0, asked = 0;

    *gave_up = false;
    for (size_t i = 0; i < reception->hole_count; i++) {
        struct reception_hole hole = reception->holes[i];

        if (hole.tries >= RECEPTION_TRIES_MAX ||
            now_us - hole.seen_us >= RECEPTION_HOLE_US) {
            *gave_up = true;
            continue;
        }
        if (now_us >= hole.ask_us && asked < max) {
            out[asked++] = (uint16_t)hole.seq;
            hole.tries += 1;
            hole.ask_us = now_us + rtt_us;
        }
        reception->holes[kept++] = hole;
    }
    reception->hole_count = kept;
    return asked;
}

uint64_t reception_deadline(const struct reception *reception)
{
    uint64_t due = RECEPTION_NEVER;

    for (size_t i = 0; i < reception->hole_count; i++)
        if (reception->holes[i].ask_us < due)
            due = reception->holes[i].ask_us;
    return due;
}

void reception_forget_holes(struct reception *reception)
{
    reception->hole_count = 0;
}
