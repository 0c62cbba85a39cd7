#include "media/rate/probe.h"

#define STEP         1.5
#define STEP_LEAST   64000 /* bit/s */
#define BEHIND_MAX   4000  /* bytes at once; a worker that slept is not loud */
#define PROBED_LEAST 0.8   /* of the target; less came of it: nothing learnt */

bool probe_begin(struct probe *probe, uint64_t limit_bps, uint64_t now_us)
{
    uint64_t step = (uint64_t)((double)limit_bps * (STEP - 1));

    if (probe->phase != PROBE_RESTS || now_us < probe->not_before)
        return false;
    probe->phase = PROBE_SENDS;
    probe->target_bps = limit_bps + (step < STEP_LEAST ? STEP_LEAST : step);
    probe->begun_us = now_us;
    probe->due_us = now_us;
    probe->sent = 0;
    probe->told = false;
    return true;
}

size_t probe_padding(struct probe *probe, uint64_t now_us)
{
    uint64_t since = now_us - probe->begun_us;
    uint64_t wanted;

    if (probe->phase != PROBE_SENDS || now_us < probe->due_us)
        return 0;
    if (since >= PROBE_SEND_US) {
        probe->phase = PROBE_WATCHES;
        probe->sent_us = now_us;
        probe->due_us = now_us + PROBE_WATCH_US;
        return 0;
    }
    probe->due_us = now_us + PROBE_TICK_US;
    wanted = probe->target_bps / 8 * since / 1000000;
    if (wanted <= probe->sent)
        return 0;
    wanted -= probe->sent;
    return wanted > BEHIND_MAX ? BEHIND_MAX : (size_t)wanted;
}

void probe_failed(struct probe *probe, uint64_t now_us)
{
    uint64_t wait = probe->wait_us == 0 ? PROBE_WAIT_US : probe->wait_us;

    if (probe->phase == PROBE_RESTS) { /* nobody's fault: only wait */
        if (probe->not_before < now_us + PROBE_WAIT_US)
            probe->not_before = now_us + PROBE_WAIT_US;
        return;
    }
    probe->phase = PROBE_RESTS;
    probe->not_before = now_us + wait;
    probe->wait_us = wait * 2 > PROBE_WAIT_MAX ? PROBE_WAIT_MAX : wait * 2;
}

void probe_told(struct probe *probe, uint64_t rtt_us, uint64_t now_us)
{
    if (probe->phase == PROBE_WATCHES && now_us >= probe->sent_us + rtt_us)
        probe->told = true;
}

uint64_t probe_result(struct probe *probe, uint64_t now_us)
{
    uint64_t sent_bps = probe->sent * 8 * 1000000 / PROBE_SEND_US;

    if (probe->phase != PROBE_WATCHES || now_us < probe->due_us)
        return 0;
    if (!probe->told && now_us >= probe->sent_us + PROBE_TOLD_US) {
        probe->phase = PROBE_RESTS; /* it may be tried again at once */
        return 0;
    }
    if (!probe->told) {
        probe->due_us = now_us + PROBE_TICK_US;
        return 0;
    }
    probe->phase = PROBE_RESTS;
    probe->not_before = now_us;
    probe->wait_us = 0;
    return (double)sent_bps < (double)probe->target_bps * PROBED_LEAST
               ? 0
               : sent_bps;
}

uint64_t probe_deadline(const struct probe *probe)
{
    return probe->phase == PROBE_RESTS ? PROBE_NEVER : probe->due_us;
}
