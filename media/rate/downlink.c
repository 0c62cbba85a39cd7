#include "media/rate/downlink.h"

#define FALL       0.97 /* a smaller step down is rounding */
#define LOSS_HIGH  0.10 /* as in GCC: draft-ietf-rmcat-gcc-02, section 6 */
#define LIMIT_MOST UINT64_C(1000000000000)

void downlink_remb(struct downlink *downlink, uint64_t bps, uint64_t now_us)
{
    if (bps > LIMIT_MOST)
        bps = LIMIT_MOST;
    if ((double)bps < (double)downlink->remb_bps * FALL)
        downlink->held_until_us = now_us + DOWNLINK_HOLD_US;
    downlink->remb_bps = bps;
}

void downlink_loss(struct downlink *downlink, double loss, uint64_t now_us)
{
    downlink->loss = loss;
    if (loss > LOSS_HIGH)
        downlink->held_until_us = now_us + DOWNLINK_HOLD_US;
}

uint64_t downlink_limit(const struct downlink *downlink, uint64_t now_us)
{
    if (downlink->remb_bps == 0)
        return DOWNLINK_UNKNOWN;
    if (now_us >= downlink->held_until_us)
        return downlink->remb_bps * 2;
    if (downlink->loss > LOSS_HIGH)
        return (uint64_t)((double)downlink->remb_bps *
                          (1 - 0.5 * downlink->loss));
    return downlink->remb_bps;
}
