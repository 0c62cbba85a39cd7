#include "media/rate/downlink.h"

#define FALL       0.97 /* a smaller step down is rounding */
#define LOSS_HIGH  0.10 /* as in GCC: draft-ietf-rmcat-gcc-02, section 6 */
#define LOSS_LOW   0.02
#define RECOVERS   1.08 /* a second, as a browser's estimate does */
#define KEPT_LEAST 0.25
#define FEELS      0.85 /* of what arrives, so that the queue drains */
#define SETTLES_US 2000000
#define GROWS      1.03 /* a second, where nobody says more */
#define HELPED     0.75 /* of the loss is left: lowering the rate helped */
#define LIMIT_MOST UINT64_C(1000000000000)

bool downlink_remb(struct downlink *downlink, uint64_t bps, uint64_t now_us)
{
    bool falls;

    if (bps > LIMIT_MOST)
        bps = LIMIT_MOST;
    falls = (double)bps < (double)downlink->remb_bps * FALL;
    downlink->remb_bps = bps;
    downlink->remb_us = now_us;
    if (falls) {
        downlink->fell = true;
        downlink->fell_us = now_us;
    }
    if (falls || bps > downlink->limit_bps)
        downlink->limit_bps = bps;
    return falls;
}

static double kept(const struct downlink *downlink)
{
    return downlink->kept == 0 ? 1 : downlink->kept;
}

/* Returns whether the rate is lowered. */
static bool cut(struct downlink *downlink, uint64_t now_us)
{
    double share = kept(downlink) * (1 - 0.5 * downlink_excess(downlink));

    if (downlink->cuts == 0)
        downlink->cut_loss = downlink->loss;
    if (++downlink->cuts > DOWNLINK_CUTS_MAX &&
        downlink->loss > downlink->cut_loss * HELPED) {
        downlink->own_loss = downlink->loss;
        downlink->kept = 1;
        downlink->cuts = 0;
        return false;
    }
    downlink->kept = share < KEPT_LEAST ? KEPT_LEAST : share;
    downlink->fell = true;
    downlink->fell_us = now_us;
    return true;
}

bool downlink_loss(struct downlink *downlink, uint32_t expected, uint32_t lost,
                   uint64_t now_us)
{
    double excess;

    downlink->expected += expected;
    downlink->lost += lost;
    if (downlink->expected < DOWNLINK_LEAST)
        return false;
    downlink->loss = (double)downlink->lost / (double)downlink->expected;
    if (downlink->loss > 1)
        downlink->loss = 1;
    downlink->expected = 0;
    downlink->lost = 0;
    if (downlink->loss < downlink->own_loss) /* it gets better: follow slowly */
        downlink->own_loss += (downlink->loss - downlink->own_loss) / 8;

    excess = downlink_excess(downlink);
    /* Without a limit there is nothing to lower: downlink_feel finds one. */
    if (excess > LOSS_HIGH)
        return downlink->limit_bps > 0 && cut(downlink, now_us);
    if (excess > LOSS_LOW)
        return false;
    downlink->cuts = 0;
    if (kept(downlink) < 1) {
        downlink->kept *= RECOVERS;
        if (downlink->kept > 1)
            downlink->kept = 1;
    }
    return false;
}

bool downlink_feel(struct downlink *downlink, uint64_t sent_bps, bool queued,
                   uint64_t now_us)
{
    double excess = downlink_excess(downlink);
    uint64_t arrives = (uint64_t)((double)sent_bps * (1 - excess) * FEELS);

    if (now_us < downlink->remb_us + DOWNLINK_BLIND_US || sent_bps == 0)
        return false;
    if (!queued && excess <= LOSS_HIGH) {
        if (downlink->fell)
            downlink->limit_bps =
                (uint64_t)((double)downlink->limit_bps * GROWS);
        return false;
    }
    /* It is lower already, or was lowered just now: wait for what that does. */
    if (downlink->fell && (arrives >= downlink->limit_bps ||
                           now_us < downlink->fell_us + SETTLES_US))
        return false;
    downlink->limit_bps = arrives;
    downlink->fell = true;
    downlink->fell_us = now_us;
    return true;
}

void downlink_carries(struct downlink *downlink, uint64_t bps)
{
    if (bps <= downlink_limit(downlink))
        return;
    /* More went, and no more got lost: it is not the rate that loses it. */
    if (downlink->loss > downlink->own_loss)
        downlink->own_loss = downlink->loss;
    downlink->kept = 1;
    downlink->cuts = 0;
    if (bps > downlink->limit_bps)
        downlink->limit_bps = bps;
}

uint64_t downlink_limit(const struct downlink *downlink)
{
    if (downlink->limit_bps == 0)
        return DOWNLINK_UNKNOWN;
    if (!downlink->fell)
        return downlink->limit_bps * 2;
    return (uint64_t)((double)downlink->limit_bps * kept(downlink));
}

uint64_t downlink_full(const struct downlink *downlink)
{
    return downlink->fell ? downlink->limit_bps : DOWNLINK_UNKNOWN;
}

double downlink_excess(const struct downlink *downlink)
{
    double excess = downlink->loss - downlink->own_loss;

    return excess > 0 ? excess : 0;
}
