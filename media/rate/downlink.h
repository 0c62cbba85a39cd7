/*
 * downlink: how much one page can receive, from what it says itself: REMB and
 * the loss in its receiver reports. Pure; time is passed in.
 *
 * A browser's REMB never exceeds one and a half times what it receives, so a
 * steady one says nothing about the line. Only one that falls is taken as the
 * limit; else its double is, so that the sender can find out.
 */
#ifndef MEDIA_RATE_DOWNLINK_H
#define MEDIA_RATE_DOWNLINK_H

#include <stdbool.h>
#include <stdint.h>

#define DOWNLINK_UNKNOWN UINT64_MAX
#define DOWNLINK_HOLD_US 5000000 /* a limit is believed as long */

struct downlink {
    uint64_t remb_bps; /* 0: none came */
    double loss;       /* 0 to 1, of the last reports */
    uint64_t held_until_us;
};

void downlink_remb(struct downlink *downlink, uint64_t bps, uint64_t now_us);
void downlink_loss(struct downlink *downlink, double loss, uint64_t now_us);

/* bit/s, or DOWNLINK_UNKNOWN. */
uint64_t downlink_limit(const struct downlink *downlink, uint64_t now_us);

#endif
