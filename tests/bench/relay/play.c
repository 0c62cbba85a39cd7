#include "tests/bench/relay/load.h"

#include "tests/client/must.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WINDOW       512 /* packets on their way; a receive buffer holds them */
#define STALL_US     400000 /* then the rest is lost */
#define LOOK_US      1000
#define LOOK_EACH_US 10
#define LATE_NS      UINT64_C(5000000)
#define AUDIO_US     20000
#define TAG_BYTES    16
#define SPREAD_US    33000 /* pages' frames come at different moments */
#define TRACE_ROWS   8192

static uint64_t sum_sent(const struct load *load)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < load->count; i++)
        sum += load->pages[i].sent;
    return sum;
}

static uint64_t sum_got(const struct load *load)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < load->count; i++)
        sum += load->pages[i].got;
    return sum;
}

static uint64_t cpu_ns(const struct load *load)
{
    struct timespec used;

    must(clock_gettime(load->clock, &used) == 0, "the server's clock");
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

/* How many packets come of one. */
static unsigned copies(const struct load *load)
{
    return load->group > 2 ? load->group - 1 : 1;
}

/* Steps from sender to sender. */
static unsigned next_sender(const struct load *load, unsigned i)
{
    i += load->group > 2 ? load->group : 1;
    return i < load->count ? i : 0;
}

static void sleep_until(uint64_t until_us)
{
    uint64_t now = load_now_us();
    struct timespec pause = { 0 };

    if (now >= until_us)
        return;
    pause.tv_nsec = (long)((until_us - now) % 1000000) * 1000;
    pause.tv_sec = (time_t)((until_us - now) / 1000000);
    (void)nanosleep(&pause, NULL);
}

/* Takes what comes back until all is there or nothing comes any more. */
static void collect(struct load *load, uint64_t wanted)
{
    uint64_t seen_us = load_now_us(), seen = sum_got(load), got;

    while ((got = sum_got(load)) < wanted &&
           load_now_us() - seen_us < STALL_US) {
        sleep_until(load_now_us() + 100);
        load_receive(load);
        if (got == seen)
            continue;
        seen = got;
        seen_us = load_now_us();
    }
}

/* ---- the recorded call -----------------------------------------------------
 */

struct row {
    uint32_t us;
    bool video;
    bool marker;
    uint16_t bytes;
};

static struct row rows[TRACE_ROWS];
static size_t row_count;
static uint32_t trace_us; /* its length */

void play_read_trace(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[128], kind;
    unsigned us, marker, bytes;

    must(file != NULL, path);
    while (row_count < TRACE_ROWS && fgets(line, sizeof(line), file))
        /* NOLINTNEXTLINE(cert-err34-c): a vector of ours */
        if (sscanf(line, "%u,%c,%u,%u", &us, &kind, &marker, &bytes) == 4)
            rows[row_count++] =
                (struct row){ us, kind == 'v', marker != 0, (uint16_t)bytes };
    (void)fclose(file);
    must(row_count > 1, "an empty trace");
    trace_us = rows[row_count - 1].us + 20000;
}

static const struct row *row_at(size_t index)
{
    return &rows[index % row_count];
}

static uint64_t row_due(const struct page *page, size_t index)
{
    return page->trace_us + (uint64_t)(index / row_count) * trace_us +
           row_at(index)->us;
}

static bool begins_frame(size_t index)
{
    const struct row *before = row_at(index + row_count - 1);

    return !row_at(index)->video || !before->video || before->marker;
}

/* Pages begin anywhere in the call, and go on where they were. */
static void begin_trace(struct load *load, uint64_t now_us)
{
    for (unsigned i = 0; i < load->count; i++) {
        struct page *page = &load->pages[i];

        if (page->trace_next == 0)
            page->trace_next = row_count + (size_t)i * 7919 % row_count;
        while (!begins_frame(page->trace_next))
            page->trace_next += 1;
        page->trace_us = 0;
        page->trace_us = now_us + (uint64_t)i * SPREAD_US / load->count -
                         row_due(page, page->trace_next);
    }
}

/* What is due by now_us: equal packets of a frame leave as one message. */
static unsigned follow_trace(struct page *page, uint64_t now_us)
{
    unsigned sent = 0;

    while (row_due(page, page->trace_next) <= now_us) {
        size_t at = page->trace_next;
        const struct row *row = row_at(at);
        struct burst burst = {
            .video = row->video,
            .first = begins_frame(at),
            .length = (size_t)row->bytes - TAG_BYTES,
        };

        do
            burst.last = row_at(at + burst.count++)->marker;
        while (!burst.last && row->video && burst.count < PAGE_BURST_MAX &&
               row_at(at + burst.count)->video &&
               row_at(at + burst.count)->bytes == row->bytes &&
               row_due(page, at + burst.count) <= now_us);
        page_send(page, &burst, load_now_us());
        page->trace_next += burst.count;
        sent += burst.count;
    }
    return sent;
}

/* ---- more than it can ------------------------------------------------------
 */

/* Both return how many packets they laid before the server. */
static unsigned lay_bursts(struct load *load, const struct play *play,
                           unsigned *page)
{
    const struct burst burst = { .video = true,
                                 .first = true,
                                 .last = true,
                                 .count = play->burst,
                                 .length = play->length };
    unsigned sent = 0;

    while (sent + play->burst <= WINDOW / copies(load)) {
        page_send(&load->pages[*page], &burst, load_now_us());
        *page = next_sender(load, *page);
        sent += play->burst;
    }
    return sent;
}

static unsigned lay_trace(struct load *load, uint64_t *virtual_us)
{
    unsigned sent = 0;

    while (sent < WINDOW) {
        *virtual_us += 1000;
        for (unsigned i = 0; i < load->count; i++)
            sent += follow_trace(&load->pages[i], *virtual_us);
    }
    return sent;
}

/*
 * What a packet costs a server that has more to do than it can. On a machine
 * with other work the load is not sure to keep it busy, so the server is held
 * while a window of packets is laid before it.
 */
static void run_full(struct load *load, const struct play *play, bool trace)
{
    uint64_t until = load_now_us() + play->us, virtual_us = 1000000000;
    unsigned page = 0;

    begin_trace(load, virtual_us);
    while (load_now_us() < until) {
        uint64_t got = sum_got(load);
        unsigned laid;

        must(kill((pid_t)load->pid, SIGSTOP) == 0, "stop");
        load_tick(load, load->count);
        laid = trace ? lay_trace(load, &virtual_us)
                     : lay_bursts(load, play, &page);
        must(kill((pid_t)load->pid, SIGCONT) == 0, "continue");
        collect(load, got + (uint64_t)laid * copies(load));
    }
}

/* ---- at a pace -------------------------------------------------------------
 */

static void run_paced(struct load *load, const struct play *play)
{
    const struct burst burst = { .video = play->burst > 1,
                                 .first = true,
                                 .last = true,
                                 .count = play->burst,
                                 .length = play->length };
    uint64_t step_ns;
    uint64_t due_ns = load_now_us() * 1000;
    uint64_t until = load_now_us() + play->us, looked = 0, now;
    /* Looking at each socket takes time, too. */
    uint64_t look_us = LOOK_US + (uint64_t)load->count * LOOK_EACH_US;
    unsigned page = 0;

    must(play->pps > 0, "pps");
    step_ns = UINT64_C(1000000000) * play->burst / play->pps;
    while ((now = load_now_us()) < until) {
        /* Who was held up does not make up for it. */
        if (due_ns + LATE_NS < now * 1000)
            due_ns = now * 1000;
        for (; due_ns <= now * 1000; due_ns += step_ns) {
            page_send(&load->pages[page], &burst, load_now_us());
            page = next_sender(load, page);
        }
        if (play->spin || now - looked >= look_us) {
            looked = now;
            load_tick(load, load->count);
            load_receive(load);
        }
        if (!play->spin)
            sleep_until(due_ns / 1000);
    }
}

static void run_trace(struct load *load, const struct play *play)
{
    uint64_t now = load_now_us(), until = now + play->us;

    begin_trace(load, now);
    while ((now = load_now_us()) < until) {
        for (unsigned i = 0; i < load->count; i++)
            (void)follow_trace(&load->pages[i], now);
        load_tick(load, load->count);
        load_receive(load);
        sleep_until(now + LOOK_US);
    }
}

static void run_idle(struct load *load, uint64_t us)
{
    uint64_t until = load_now_us() + us;

    for (unsigned i = 0; load_now_us() < until; i = (i + 1) % load->count) {
        page_tick(&load->pages[i], load_now_us());
        page_receive(&load->pages[i], load_now_us());
        sleep_until(load_now_us() + 1000000 / 2 / load->count);
    }
}

static bool run(struct load *load, const struct play *play)
{
    struct play paced = *play;

    if (paced.pps == 0)
        paced.pps = load->count * 1000000 / AUDIO_US;

    if (strcmp(play->kind, "full") == 0)
        run_full(load, play, false);
    else if (strcmp(play->kind, "trace-full") == 0)
        run_full(load, play, true);
    else if (strcmp(play->kind, "trace") == 0)
        run_trace(load, play);
    else if (strcmp(play->kind, "paced") == 0 ||
             strcmp(play->kind, "audio") == 0)
        run_paced(load, &paced);
    else if (strcmp(play->kind, "idle") == 0)
        run_idle(load, play->us);
    else
        return false;
    return true;
}

bool play_run(struct load *load, const struct play *play, struct played *out)
{
    uint64_t sent = sum_sent(load), got = sum_got(load);
    uint64_t began = load_now_us(), cpu = cpu_ns(load);

    load->delays.count = 0;
    if (!run(load, play))
        return false;
    *out = (struct played){ .us = load_now_us() - began,
                            .sent = sum_sent(load) - sent };
    out->wanted = out->sent * copies(load);
    collect(load, got + out->wanted);
    out->cpu_ns = cpu_ns(load) - cpu;
    out->got = sum_got(load) - got;
    return true;
}
