#include "signaling/core/line.h"

#include <stddef.h>

#define SPOKEN_LEAST_MS 60    /* less is a click, not a voice */
#define FAINT_DB        (-42) /* below, one has to guess at words */

/*
 * What each verdict asks of the worse direction. Our sound takes 30 to 40
 * kbit/s with its headers and repair, our picture 150 to 1,200; a one-way way
 * of more than 400 ms makes people talk at once (ITU-T G.114), and Opus
 * conceals some ten per cent of loss before words go missing.
 */
static const struct {
    enum line line;
    uint32_t kbps;
    double loss;
    uint32_t rtt_ms;
    uint32_t jitter_ms;
} needs[] = {
    { LINE_GOOD, 500, 0.02, 300, 60 },
    { LINE_FAIR, 220, 0.08, 800, 150 },
    { LINE_SOUND, 48, 0.20, 1500, 400 },
};

static bool is_enough(const struct line_figures *figures, size_t need)
{
    uint32_t kbps = needs[need].kbps;
    double loss = needs[need].loss;

    if (figures->up_known &&
        (figures->up_kbps < kbps || figures->loss_up > loss ||
         figures->jitter_ms > needs[need].jitter_ms))
        return false;
    if (figures->down_known &&
        (figures->down_kbps < kbps || figures->loss_down > loss))
        return false;
    return !figures->rtt_known || figures->rtt_ms <= needs[need].rtt_ms;
}

enum line line_verdict(const struct line_figures *figures)
{
    if (!figures->up_known && !figures->down_known)
        return LINE_UNTESTED;
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
        if (is_enough(figures, i))
            return needs[i].line;
    return LINE_POOR;
}

enum voice voice_verdict(const struct voice_figures *figures)
{
    if (figures->spoken_ms < SPOKEN_LEAST_MS)
        return VOICE_SILENT;
    return figures->loudness_db < FAINT_DB ? VOICE_FAINT : VOICE_HEARD;
}
