#include "media/rtp/keyframe.h"

void keyframe_want(struct keyframe *keyframe)
{
    if (!keyframe->wanted)
        keyframe->tries = 0;
    keyframe->wanted = true;
}

void keyframe_want_now(struct keyframe *keyframe)
{
    keyframe->wanted = true;
    keyframe->asked = false;
    keyframe->tries = 0;
}

void keyframe_came(struct keyframe *keyframe)
{
    keyframe->wanted = false;
}

uint64_t keyframe_deadline(const struct keyframe *keyframe)
{
    if (!keyframe->wanted)
        return KEYFRAME_NEVER;
    return keyframe->asked ? keyframe->asked_us + KEYFRAME_INTERVAL_US : 0;
}

bool keyframe_due(struct keyframe *keyframe, uint64_t now_us)
{
    if (!keyframe->wanted || now_us < keyframe_deadline(keyframe))
        return false;
    keyframe->asked = true;
    keyframe->asked_us = now_us;
    keyframe->tries += 1;
    if (keyframe->tries >= KEYFRAME_TRIES)
        keyframe->wanted = false;
    return true;
}
