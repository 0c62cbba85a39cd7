#include "signaling/core/mos.h"

/* G.107, equation 7-1 with default values: Ro - Is. */
#define R_AT_BEST 93.2
/*
 * The ITU has published no equipment impairment for Opus. At the rates we use
 * it is at least as good as G.711 with concealment, for which G.113, appendix
 * I, gives Ie 0 and, for random loss, Bpl 25.1; BurstR is 1.
 */
#define IE  0.0
#define BPL 25.1
/* Opus at its default looks ahead 6.5 ms beyond its frame of 20 (RFC 6716,
 * section 2); the receiver waits for the jitter, about twice its mean. */
#define CODEC_MS      26.5
#define JITTER_BUFFER 2.0

/* Delay impairment as Cole and Rosenbluth simplified it (2001): little until
 * people begin to talk at once. */
static double delay_impairment(double one_way_ms)
{
    double late = one_way_ms - 177.3;

    return 0.024 * one_way_ms + (late > 0 ? 0.11 * late : 0);
}

/* G.107, equation 7-29. */
static double loss_impairment(double percent)
{
    return IE + (95 - IE) * percent / (percent + BPL);
}

/* G.107, annex B. */
static double mos_of(double r)
{
    if (r <= 0)
        return 1;
    if (r >= 100)
        return 4.5;
    double mos = 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r);
    return mos < 1 ? 1 : mos;
}

double mos_estimate(const struct talk_figures *figures)
{
    double one_way_ms =
        figures->rtt_ms / 2 + CODEC_MS + JITTER_BUFFER * figures->jitter_ms;

    return mos_of(R_AT_BEST - delay_impairment(one_way_ms) -
                  loss_impairment(figures->loss * 100));
}
