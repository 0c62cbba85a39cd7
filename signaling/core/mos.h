/*
 * mos: how people would judge a talk over a line, estimated from what is
 * measured of it by the simplified E-model (ITU-T G.107 with all that is not a
 * network's at its default). An estimate, and to be labelled as one. Pure.
 */
#ifndef CORE_MOS_H
#define CORE_MOS_H

#include <stdint.h>

struct talk_figures {
    double rtt_ms;    /* from one person to the other and back */
    double jitter_ms; /* RFC 3550 */
    double loss;      /* 0 to 1, at the receiver */
};

/* 1 (bad) to 4.5. */
double mos_estimate(const struct talk_figures *figures);

#endif
