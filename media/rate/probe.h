/*
 * probe: finds out whether a line carries more than its limit, before a picture
 * that needs more is sent over it: for half a second padding is added to what
 * is sent anyway. If the page complains, the picture was never at stake; while
 * it says nothing, nothing is learnt. Pure; time is passed in; who probes sends
 * the padding.
 */
#ifndef MEDIA_RATE_PROBE_H
#define MEDIA_RATE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBE_SEND_US  500000
#define PROBE_WATCH_US 1000000 /* then the page would have complained */
#define PROBE_TICK_US  10000   /* padding is paced */
#define PROBE_TOLD_US  4000000 /* after the padding; no word: nothing learnt */
#define PROBE_NEVER    UINT64_MAX
#define PROBE_WAIT_US                                                          \
    UINT64_C(2000000) /* after a failure; doubled each time                    \
                       */
#define PROBE_WAIT_MAX UINT64_C(8000000)

enum probe_phase {
    PROBE_RESTS,
    PROBE_SENDS,
    PROBE_WATCHES,
};

struct probe {
    enum probe_phase phase;
    uint64_t target_bps;
    uint64_t begun_us;
    uint64_t due_us;     /* of the phase, or of the next padding */
    uint64_t sent;       /* bytes while it sends, padding too */
    uint64_t sent_us;    /* when all of it was */
    bool told;           /* the page has reported since it had the padding */
    uint64_t wait_us;    /* after the next failure; 0: as after the first */
    uint64_t not_before; /* us */
};

/* More would be welcome: begins a step up from the limit, unless one is under
 * way or the last failure is too fresh. True when it began. */
bool probe_begin(struct probe *probe, uint64_t limit_bps, uint64_t now_us);

/* Whatever goes to the page's pictures counts. */
static inline void probe_sent(struct probe *probe, size_t bytes)
{
    if (probe->phase == PROBE_SENDS)
        probe->sent += bytes;
}

/* How many bytes of padding to send now; moves on to watching. */
size_t probe_padding(struct probe *probe, uint64_t now_us);

/* The page complained: the line is full. Counts against the probe under way,
 * and puts off the next. */
void probe_failed(struct probe *probe, uint64_t now_us);

/* The page reported how it receives, rtt_us after we sent. */
void probe_told(struct probe *probe, uint64_t rtt_us, uint64_t now_us);

/* bit/s that the line turned out to carry; 0 while nothing is known. */
uint64_t probe_result(struct probe *probe, uint64_t now_us);

/* When to call probe_padding or probe_result; PROBE_NEVER while it rests. */
uint64_t probe_deadline(const struct probe *probe);

#endif
