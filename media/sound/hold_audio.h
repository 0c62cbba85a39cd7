/*
 * hold_audio: what a patient hears until the doctor arrives. A quiet melody,
 * composed in code and encoded with Opus once at start; then a read-only loop
 * of frames that every listener of every thread plays from.
 */
#ifndef MEDIA_SOUND_HOLD_AUDIO_H
#define MEDIA_SOUND_HOLD_AUDIO_H

#include "base/slice.h"

#define HOLD_AUDIO_RATE      48000 /* Hz; RTP's clock for Opus too (RFC 7587) */
#define HOLD_AUDIO_FRAME_MS  60
#define HOLD_AUDIO_FRAME_US  60000
#define HOLD_AUDIO_SAMPLES   2880 /* of one frame */
#define HOLD_AUDIO_FRAMES    480  /* 28.8 s */
#define HOLD_AUDIO_BYTES_MAX 400  /* of one frame */

struct hold_audio {
    uint16_t lengths[HOLD_AUDIO_FRAMES];
    uint8_t frames[HOLD_AUDIO_FRAMES][HOLD_AUDIO_BYTES_MAX];
};

/* NULL when out of memory or libopus refuses. Takes about 0.2 s. */
struct hold_audio *hold_audio_new(void);
void hold_audio_free(struct hold_audio *audio);

/* The frame after frame n is n + 1; any n is fine. */
struct slice hold_audio_frame(const struct hold_audio *audio, uint64_t n);

#endif
