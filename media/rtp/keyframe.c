#include "media/rtp/keyframe.h"

#include "base/reader.h"

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

bool keyframe_starts_vp8(struct slice payload)
{
    struct reader in = reader_of(payload);
    uint8_t first = reader_u8(&in);

    /* Section 4.2: S set and partition index 0 begin a frame. */
    if ((first & 0x17) != 0x10)
        return false;
    if (first & 0x80) {
        uint8_t more = reader_u8(&in);

        if (more & 0x80 && reader_u8(&in) & 0x80)
            (void)reader_u8(&in);
        if (more & 0x40)
            (void)reader_u8(&in);
        if (more & 0x30)
            (void)reader_u8(&in);
    }
    /* Section 4.3: the inverse key frame flag. */
    return (reader_u8(&in) & 0x01) == 0 && !in.failed;
}
