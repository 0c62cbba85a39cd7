/*
 * line: what was measured of somebody's line and voice before the visit, and
 * what that is enough for. Pure.
 */
#ifndef CORE_LINE_H
#define CORE_LINE_H

#include "signaling/core/visit_words.h"

#include <stdbool.h>
#include <stdint.h>

struct line_figures {
    bool up_known; /* with jitter and loss */
    bool down_known;
    bool rtt_known;
    uint32_t up_kbps;
    uint32_t down_kbps;
    uint32_t rtt_ms;
    uint32_t jitter_ms;
    double loss_up; /* 0 to 1 */
    double loss_down;
};

/* LINE_UNTESTED when neither direction could be measured. */
enum line line_verdict(const struct line_figures *figures);

struct voice_figures {
    double loudness_db; /* of the speech, to full scale */
    uint32_t spoken_ms; /* 0: nothing was said */
};

enum voice voice_verdict(const struct voice_figures *figures);

#endif
