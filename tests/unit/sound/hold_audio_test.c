#include "media/sound/hold_audio.h"

#include <math.h>
#include <opus/opus.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

/* Decodes frames and measures them as a listener would. */
static void is_quiet_music_without_a_seam(void **state)
{
    struct hold_audio *audio = hold_audio_new();
    int err;
    OpusDecoder *decoder = opus_decoder_create(HOLD_AUDIO_RATE, 1, &err);
    float pcm[HOLD_AUDIO_SAMPLES];
    float last = 0, peak = 0, step = 0;
    double energy = 0;

    (void)state;
    assert_non_null(audio);
    assert_non_null(decoder);
    /* Over the loop's end and a little further. */
    for (uint64_t n = 0; n < HOLD_AUDIO_FRAMES + 20; n++) {
        struct slice frame = hold_audio_frame(audio, n);

        assert_in_range(frame.length, 3, HOLD_AUDIO_BYTES_MAX);
        assert_int_equal(opus_decode_float(decoder, frame.data,
                                           (opus_int32)frame.length, pcm,
                                           HOLD_AUDIO_SAMPLES, 0),
                         HOLD_AUDIO_SAMPLES);
        for (int i = 0; i < HOLD_AUDIO_SAMPLES; i++) {
            peak = fmaxf(peak, fabsf(pcm[i]));
            step = fmaxf(step, fabsf(pcm[i] - last));
            energy += (double)pcm[i] * (double)pcm[i];
            last = pcm[i];
        }
    }
    energy = sqrt(energy / ((HOLD_AUDIO_FRAMES + 20.0) * HOLD_AUDIO_SAMPLES));
    assert_true(energy > 0.01); /* heard */
    assert_true(peak < 0.5);    /* and never startling */
    assert_true(step < 0.1);    /* no click, not even at the loop's end */
    opus_decoder_destroy(decoder);
    hold_audio_free(audio);
}

static void loops(void **state)
{
    struct hold_audio *audio = hold_audio_new();

    (void)state;
    assert_non_null(audio);
    assert_true(slice_equal(hold_audio_frame(audio, 3),
                            hold_audio_frame(audio, 3 + HOLD_AUDIO_FRAMES)));
    hold_audio_free(audio);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_quiet_music_without_a_seam),
        cmocka_unit_test(loops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
