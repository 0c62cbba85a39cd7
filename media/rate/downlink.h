/*
 * downlink: how much of pictures one page's line carries, from what the page
 * says itself: REMB, and the loss in its receiver reports. Pure; time is passed
 * in.
 *
 * A browser's REMB never exceeds one and a half times what it receives, so a
 * steady one says nothing about the line. Until it first falls the page's own
 * picture tries the line out: the double of the estimate is allowed. From then
 * on the limit is what it fell to, and rises with REMB and with what probes
 * have shown (probe.h).
 *
 * Loss over a tenth lowers the limit. Loss that stays when the rate is lowered
 * is the line's own (radio, not a full queue): starving the picture would not
 * help, so it is no longer counted.
 */
#ifndef MEDIA_RATE_DOWNLINK_H
#define MEDIA_RATE_DOWNLINK_H

#include <stdbool.h>
#include <stdint.h>

#define DOWNLINK_UNKNOWN  UINT64_MAX
#define DOWNLINK_LEAST    50 /* packets; fewer say nothing about loss */
#define DOWNLINK_CUTS_MAX 4  /* in vain: the loss is the line's own */
#define DOWNLINK_BLIND_US UINT64_C(2500000) /* so long without REMB */

struct downlink {
    uint64_t remb_bps;  /* the newest; 0: none came */
    uint64_t remb_us;   /* when it came */
    uint64_t limit_bps; /* before loss is counted */
    bool fell;          /* a limit has shown */
    uint64_t fell_us;   /* the last time */

    double loss;     /* 0 to 1, of the last interval that told */
    double own_loss; /* what lowering the rate did not change */
    double kept;     /* share of the limit that loss leaves; 0: all */
    unsigned cuts;   /* in a row */
    double cut_loss; /* when they began */
    uint32_t expected;
    uint32_t lost; /* of the interval under way */
};

/* True when it fell: the line is full. */
bool downlink_remb(struct downlink *downlink, uint64_t bps, uint64_t now_us);

/* So many packets were expected and so many of them lost since the last time;
 * about once a second. True when the limit was lowered. */
bool downlink_loss(struct downlink *downlink, uint32_t expected, uint32_t lost,
                   uint64_t now_us);

/* Browsers that send no picture send no REMB either. Then, once a second, what
 * gets lost and what queues (the way there and back takes longer) of what is
 * sent tell; does nothing while REMB comes. True when the limit was lowered. */
bool downlink_feel(struct downlink *downlink, uint64_t sent_bps, bool queued,
                   uint64_t now_us);

/* A probe showed that the line carries this much, losing no more than before.
 */
void downlink_carries(struct downlink *downlink, uint64_t bps);

/* bit/s, or DOWNLINK_UNKNOWN. */
uint64_t downlink_limit(const struct downlink *downlink);

/* The same, not lowered for loss; DOWNLINK_UNKNOWN before it first fell. */
uint64_t downlink_full(const struct downlink *downlink);

/* Loss that a lower rate may help against, 0 to 1. */
double downlink_excess(const struct downlink *downlink);

#endif
