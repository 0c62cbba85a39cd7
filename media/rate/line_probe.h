/*
 * line_probe: how much a page's line carries, found out in under five seconds.
 * Down: a rising burst of padding; what arrived, and when, is read off the
 * page's own receiver reports. Up: what the page sends meanwhile is counted.
 * The burst ends early on a line that is already full. Pure; time is passed in.
 */
#ifndef MEDIA_RATE_LINE_PROBE_H
#define MEDIA_RATE_LINE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_PROBE_SEND_US  UINT64_C(3500000)
#define LINE_PROBE_WAIT_US  UINT64_C(1200000) /* for the last report */
#define LINE_PROBE_TICK_US  UINT64_C(10000)
#define LINE_PROBE_PADDING  255 /* bytes of one packet: all that RTP allows */
#define LINE_PROBE_PACKET   319 /* bytes of it on the line, IP and UDP too */
#define LINE_PROBE_OVERHEAD 28  /* bytes of IP and UDP */
#define LINE_PROBE_BUCKETS  20  /* quarters of a second */

struct line_probe {
    uint64_t began_us;
    uint64_t tick_us; /* next padding; UINT64_MAX: no more */
    uint64_t sent;    /* packets */

    /* down: the page's last report on the padding */
    bool reported;
    uint32_t highest;
    int32_t lost;
    uint64_t report_us;
    bool down_known;
    uint64_t down_bps;
    double loss_down;

    uint32_t up[LINE_PROBE_BUCKETS]; /* bytes */
};

void line_probe_begin(struct line_probe *probe, uint64_t now_us);

/* How many packets of padding are due; each is to be sent. */
unsigned line_probe_send(struct line_probe *probe, uint64_t now_us);

/* The page reports on the padding: extended number and loss in all. */
void line_probe_report(struct line_probe *probe, uint32_t highest, int32_t lost,
                       uint64_t now_us);

/* A packet of the page came, of so many bytes without IP and UDP. */
void line_probe_received(struct line_probe *probe, size_t bytes,
                         uint64_t now_us);

bool line_probe_is_over(const struct line_probe *probe, uint64_t now_us);
uint64_t line_probe_deadline(const struct line_probe *probe);

/* kbit/s of the best second. */
unsigned line_probe_up_kbps(const struct line_probe *probe);

#endif
