#include "media/transport/replay.h"

#include <errno.h>
#include <string.h>

#define LAP  65536 /* sequence numbers */
#define HALF 32768

uint64_t replay_index(const struct replay *replay, uint16_t seq)
{
    uint16_t highest = (uint16_t)replay->highest;
    int64_t ahead = (int64_t)seq - highest;

    /* There is no lap before the first. */
    if (replay->highest <= HALF)
        return seq;
    if (highest < HALF && ahead > HALF)
        ahead -= LAP;
    else if (highest >= HALF && ahead < -HALF)
        ahead += LAP;
    return (uint64_t)((int64_t)replay->highest + ahead);
}

static uint64_t bit_of(uint64_t index)
{
    return UINT64_C(1) << (index % 64);
}

static size_t word_of(uint64_t index)
{
    return index % REPLAY_WINDOW / 64;
}

int replay_check(const struct replay *replay, uint64_t index)
{
    if (index > replay->highest)
        return 0;
    if (replay->highest - index >= REPLAY_WINDOW)
        return -ESTALE;
    return replay->seen[word_of(index)] & bit_of(index) ? -EALREADY : 0;
}

void replay_mark(struct replay *replay, uint64_t index)
{
    if (index > replay->highest) {
        if (index - replay->highest >= REPLAY_WINDOW)
            memset(replay->seen, 0, sizeof(replay->seen));
        else
            for (uint64_t i = replay->highest + 1; i < index; i++)
                replay->seen[word_of(i)] &= ~bit_of(i);
        replay->highest = index;
    }
    replay->seen[word_of(index)] |= bit_of(index);
}
