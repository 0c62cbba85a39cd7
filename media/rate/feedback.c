#include "media/rate/feedback.h"

#include "media/rtp/rtp.h"

#include <string.h>

/* Section 3.1: reference time in multiples of 64 ms, deltas of 250 us. */
#define REFERENCE_US 64000
#define DELTA_US     250

enum symbol {
    SYMBOL_LOST = 0,
    SYMBOL_SMALL = 1, /* one byte of delta */
    SYMBOL_LARGE = 2, /* two bytes, signed */
};

struct report {
    size_t count;
    enum symbol symbols[FEEDBACK_PACKETS_MAX];
    int16_t deltas[FEEDBACK_PACKETS_MAX];
    size_t delta_bytes;
};

void feedback_init(struct feedback *feedback)
{
    memset(feedback, 0, sizeof(*feedback));
    feedback->due_us = FEEDBACK_NEVER;
}

static uint32_t *arrival(struct feedback *feedback, int64_t seq)
{
    return &feedback->arrivals[(uint64_t)seq % FEEDBACK_WINDOW];
}

/* When the packet of this place came: not far from the first to be told. */
static uint64_t came_us(const struct feedback *feedback, uint32_t came)
{
    int32_t since = (int32_t)(came - (uint32_t)feedback->since_us);

    return feedback->since_us + (uint64_t)(int64_t)since;
}

/* A packet's time may lie a little before that of one that came first. */
static bool waited_too_long(const struct feedback *feedback, uint64_t now_us)
{
    return feedback->due_us != FEEDBACK_NEVER &&
           (int64_t)(now_us - feedback->since_us) >= FEEDBACK_LONGEST_US;
}

void feedback_packet(struct feedback *feedback, uint16_t seq, uint64_t now_us)
{
    int64_t extended;

    if (!feedback->begun) {
        feedback->begun = true;
        feedback->next = 65536 + (int64_t)seq;
        feedback->highest = feedback->next - 1;
    }
    extended = seq_extend(feedback->highest, seq);
    /* Reported as lost already: the sender counts a late one as lost too. */
    if (extended < feedback->next)
        return;
    if (extended - feedback->next >= FEEDBACK_WINDOW ||
        waited_too_long(feedback, now_us)) {
        memset(feedback->arrivals, 0, sizeof(feedback->arrivals));
        feedback->due_us = FEEDBACK_NEVER;
        feedback->next = extended;
        feedback->highest = extended - 1;
    }
    if (extended > feedback->highest)
        feedback->highest = extended;
    if (*arrival(feedback, extended) == 0)
        *arrival(feedback, extended) = (uint32_t)now_us ? (uint32_t)now_us : 1;
    if (feedback->due_us == FEEDBACK_NEVER) {
        feedback->since_us = now_us;
        feedback->due_us = now_us + FEEDBACK_SPARSE_US;
    }
    if (feedback->highest - feedback->next >= FEEDBACK_MANY - 1 &&
        feedback->due_us > feedback->since_us + FEEDBACK_INTERVAL_US)
        feedback->due_us = feedback->since_us + FEEDBACK_INTERVAL_US;
}

uint64_t feedback_deadline(const struct feedback *feedback)
{
    return feedback->due_us;
}

/* Takes packets from `next` on until the message is full or a delta does not
 * fit; `next` moves behind what was taken. */
static void collect(struct feedback *feedback, uint64_t reference_us,
                    struct report *report)
{
    int64_t clock = (int64_t)(reference_us / DELTA_US);

    memset(report, 0, sizeof(*report));
    while (feedback->next <= feedback->highest &&
           report->count < FEEDBACK_PACKETS_MAX) {
        uint32_t *came = arrival(feedback, feedback->next);
        int64_t ticks = (int64_t)(came_us(feedback, *came) / DELTA_US);
        int64_t delta = ticks - clock;

        if (*came != 0) {
            if (delta > INT16_MAX || delta < INT16_MIN)
                return;
            bool small = delta >= 0 && delta <= 255;

            report->symbols[report->count] =
                small ? SYMBOL_SMALL : SYMBOL_LARGE;
            report->deltas[report->count] = (int16_t)delta;
            report->delta_bytes += small ? 1 : 2;
            clock = ticks;
        }
        *came = 0;
        report->count += 1;
        feedback->next += 1;
    }
}

/* Section 3.1.3: a run of equal symbols in one chunk. */
static size_t run_length(const struct report *report, size_t at)
{
    size_t end = at;

    while (end < report->count && report->symbols[end] == report->symbols[at])
        end += 1;
    return end - at;
}

/* Runs where they are longer than a vector of seven, else vectors. */
static void write_chunks(const struct report *report, struct writer *out)
{
    size_t at = 0;

    while (at < report->count) {
        size_t run = run_length(report, at);
        uint16_t chunk;

        if (run >= 7 || run == report->count - at) {
            chunk = (uint16_t)((unsigned)report->symbols[at] << 13 | run);
            at += run;
        } else { /* section 3.1.4, seven symbols of two bits */
            chunk = 0xc000;
            for (unsigned i = 0; i < 7 && at < report->count; i++, at++)
                chunk = (uint16_t)(chunk | (unsigned)report->symbols[at]
                                               << (12 - 2 * i));
        }
        writer_u16(out, chunk);
    }
}

static size_t chunk_count(const struct report *report)
{
    uint8_t bytes[FEEDBACK_PACKETS_MAX * 2];
    struct writer counter = writer_into(bytes, sizeof(bytes));

    write_chunks(report, &counter);
    return counter.length / 2;
}

static void write_deltas(const struct report *report, struct writer *out)
{
    for (size_t i = 0; i < report->count; i++) {
        if (report->symbols[i] == SYMBOL_SMALL)
            writer_u8(out, (uint8_t)report->deltas[i]);
        else if (report->symbols[i] == SYMBOL_LARGE)
            writer_u16(out, (uint16_t)report->deltas[i]);
    }
}

bool feedback_write(struct feedback *feedback, uint32_t sender, uint32_t media,
                    uint64_t now_us, struct writer *out)
{
    struct report report;
    uint64_t reference = 0;
    size_t body, padding;
    uint16_t base;

    while (feedback->next <= feedback->highest &&
           *arrival(feedback, feedback->next) == 0 &&
           feedback->next + FEEDBACK_PACKETS_MAX <= feedback->highest)
        feedback->next += 1; /* a long outage: it shows as a jump */
    for (int64_t seq = feedback->next; seq <= feedback->highest; seq++) {
        if (*arrival(feedback, seq) == 0)
            continue;
        reference = came_us(feedback, *arrival(feedback, seq));
        break;
    }
    if (reference == 0) {
        feedback->due_us = FEEDBACK_NEVER;
        return false;
    }

    base = (uint16_t)feedback->next;
    reference -= reference % REFERENCE_US;
    collect(feedback, reference, &report);
    body = 16 + chunk_count(&report) * 2 + report.delta_bytes;
    padding = (4 - body % 4) % 4;
    writer_u8(out, padding ? 0xa0 | 15 : 0x80 | 15);
    writer_u8(out, 205);
    writer_u16(out, (uint16_t)((body + padding) / 4));
    writer_u32(out, sender);
    writer_u32(out, media);
    writer_u16(out, base);
    writer_u16(out, (uint16_t)report.count);
    writer_u24(out, (uint32_t)(reference / REFERENCE_US) & 0xffffff);
    writer_u8(out, feedback->count++);
    write_chunks(&report, out);
    write_deltas(&report, out);
    for (size_t i = 0; i < padding; i++)
        writer_u8(out, i + 1 == padding ? (uint8_t)padding : 0);

    if (feedback->next > feedback->highest)
        feedback->due_us = FEEDBACK_NEVER;
    else
        feedback->due_us = now_us;
    return true;
}
