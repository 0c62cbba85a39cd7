#include "media/sound/hold_audio.h"

#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>

#define SAMPLES    ((size_t)HOLD_AUDIO_FRAMES * HOLD_AUDIO_SAMPLES)
#define BEATS      48
#define BEAT       (SAMPLES / BEATS) /* 0.6 s */
#define BITRATE    24000             /* bit/s */
#define LOUDNESS   0.11              /* of full scale: quieter than speech */
#define ATTACK_S   0.03
#define DECAY_S    0.9
#define PI         3.14159265358979323846
#define NOTE_BEATS 3 /* after that a note has died away */

/*
 * Our own little tune: semitones above A3 (220 Hz), one a beat, -1 is a rest;
 * a pentatonic scale cannot clash however the notes overlap. The bass is
 * struck at the start of each group of four.
 */
static const int melody[BEATS] = {
    12, -1, 16, 19, 21, -1, 19, -1, 16, -1, 14, 12, 14, -1, -1, -1,
    9,  -1, 12, 14, 16, -1, 19, 16, 14, -1, 12, 9,  12, -1, -1, -1,
    7,  -1, 9,  12, 14, -1, 12, -1, 16, -1, 14, 9,  7,  -1, 12, -1,
};
static const int bass[BEATS / 4] = { 0, 4, -5, -3, 0, 4, -5, -3, -5, -3, 4, 0 };

/* A sine with two soft overtones, that swells and dies away. Notes struck near
 * the end ring on into the start: the loop has no seam. */
static void strike(float *pcm, size_t at, int semitones, double strength)
{
    double hz = 220.0 * pow(2.0, semitones / 12.0);
    size_t length = BEAT * NOTE_BEATS;

    for (size_t i = 0; i < length; i++) {
        double t = (double)i / HOLD_AUDIO_RATE;
        double end = (double)(length - i) / HOLD_AUDIO_RATE;
        double swell = t < ATTACK_S ? 0.5 - 0.5 * cos(PI * t / ATTACK_S) : 1;
        double level = strength * swell * exp(-t / DECAY_S);

        if (end < 0.05)
            level *= end / 0.05;
        pcm[(at + i) % SAMPLES] +=
            (float)(level * (sin(2 * PI * hz * t) +
                             0.25 * exp(-t * 3) * sin(4 * PI * hz * t) +
                             0.08 * exp(-t * 6) * sin(6 * PI * hz * t)));
    }
}

static void compose(float *pcm)
{
    for (size_t beat = 0; beat < BEATS; beat++) {
        if (melody[beat] >= 0)
            strike(pcm, beat * BEAT, melody[beat], LOUDNESS);
        if (beat % 4 == 0)
            strike(pcm, beat * BEAT, bass[beat / 4], LOUDNESS * 0.7);
    }
}

/* The encoder is warmed with the end of the loop, so that the first frame
 * follows the last one without a click. */
static int encode(const float *pcm, struct hold_audio *out)
{
    int err;
    OpusEncoder *encoder =
        opus_encoder_create(HOLD_AUDIO_RATE, 1, OPUS_APPLICATION_AUDIO, &err);

    if (!encoder)
        return err;
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(BITRATE));
    opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(5));
    opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_MUSIC));
    for (size_t n = HOLD_AUDIO_FRAMES - 8; n < 2 * (size_t)HOLD_AUDIO_FRAMES;
         n++) {
        size_t frame = n % HOLD_AUDIO_FRAMES;
        int length = opus_encode_float(
            encoder, pcm + frame * HOLD_AUDIO_SAMPLES, HOLD_AUDIO_SAMPLES,
            out->frames[frame], HOLD_AUDIO_BYTES_MAX);

        if (length < 0) {
            err = length;
            break;
        }
        out->lengths[frame] = (uint16_t)length;
    }
    opus_encoder_destroy(encoder);
    return err;
}

struct hold_audio *hold_audio_new(void)
{
    struct hold_audio *audio = calloc(1, sizeof(*audio));
    float *pcm = calloc(SAMPLES, sizeof(*pcm));

    if (!audio || !pcm)
        goto out;
    compose(pcm);
    if (encode(pcm, audio) != OPUS_OK)
        goto out;
    free(pcm);
    return audio;
out:
    free(pcm);
    free(audio);
    return NULL;
}

void hold_audio_free(struct hold_audio *audio)
{
    free(audio);
}

struct slice hold_audio_frame(const struct hold_audio *audio, uint64_t n)
{
    size_t frame = n % HOLD_AUDIO_FRAMES;

    return slice(audio->frames[frame], audio->lengths[frame]);
}
