/* The echo check with packets that libopus encoded from known sound. */
#include "media/sound/echo_check.h"

#include <math.h>
#include <opus/opus.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FRAME 960 /* 20 ms */
#define START UINT64_C(4000000000000000)

struct voice {
    struct echo_check *check;
    OpusEncoder *encoder;
    uint64_t now;
    uint16_t seq;
    uint32_t timestamp;
    double phase;
};

static int begin(void **state)
{
    struct voice *voice = calloc(1, sizeof(*voice));
    int err;

    voice->now = START;
    voice->seq = 65530; /* over the wrap */
    voice->timestamp = UINT32_MAX - 5000;
    voice->check = echo_check_new(START);
    voice->encoder =
        opus_encoder_create(ECHO_RATE, 1, OPUS_APPLICATION_VOIP, &err);
    assert_non_null(voice->check);
    assert_non_null(voice->encoder);
    *state = voice;
    return 0;
}

static int end(void **state)
{
    struct voice *voice = *state;

    opus_encoder_destroy(voice->encoder);
    echo_check_free(voice->check);
    free(voice);
    return 0;
}

/* A tone of this amplitude (0: silence) for so long, in 20 ms packets. */
static void say(struct voice *voice, double amplitude, unsigned ms)
{
    for (unsigned t = 0; t < ms; t += 20) {
        float pcm[FRAME];
        uint8_t packet[400];
        opus_int32 length;

        for (int i = 0; i < FRAME; i++) {
            voice->phase += 2 * 3.14159265358979 * 300 / ECHO_RATE;
            pcm[i] = (float)(amplitude * sin(voice->phase));
        }
        length = opus_encode_float(voice->encoder, pcm, FRAME, packet,
                                   sizeof(packet));
        assert_true(length > 0);
        echo_check_take(voice->check, voice->seq++, voice->timestamp,
                        slice(packet, (size_t)length), voice->now);
        voice->timestamp += FRAME;
        voice->now += 20000;
    }
}

/* What comes back, decoded, until it is done; the time it took. */
static unsigned hear(struct voice *voice, double *db_out, size_t *count_out)
{
    int err;
    OpusDecoder *decoder = opus_decoder_create(ECHO_RATE, 1, &err);
    uint64_t from = voice->now;
    double energy = 0;
    size_t samples = 0;

    *count_out = 0;
    while (echo_check_state(voice->check) != ECHO_DONE) {
        struct echo_packet packet;
        uint64_t due = echo_check_deadline(voice->check);
        float pcm[5760];

        assert_true(due != ECHO_NEVER);
        if (due > voice->now)
            voice->now = due;
        echo_check_tick(voice->check, voice->now);
        while (echo_check_next(voice->check, voice->now, &packet)) {
            int n = opus_decode_float(decoder, packet.payload.data,
                                      (opus_int32)packet.payload.length, pcm,
                                      5760, 0);

            assert_true(n > 0);
            for (int i = 0; i < n; i++)
                energy += (double)pcm[i] * (double)pcm[i];
            samples += (size_t)n;
            *count_out += 1;
        }
    }
    opus_decoder_destroy(decoder);
    *db_out = samples ? 10 * log10(energy / (double)samples) : -127;
    return (unsigned)((voice->now - from) / 1000);
}

/* A sine of amplitude a has a power of a²/2. */
static void the_voice_comes_back_at_its_pace_and_is_measured(void **state)
{
    struct voice *voice = *state;
    struct echo_loudness loudness;
    double db;
    size_t count;
    unsigned ms;

    say(voice, 0, 1000);
    assert_int_equal(echo_check_state(voice->check), ECHO_LISTENING);
    say(voice, 0.1, 2000);
    assert_int_equal(echo_check_state(voice->check), ECHO_LISTENING);
    say(voice, 0, 1600);
    assert_int_equal(echo_check_state(voice->check), ECHO_PLAYING);

    loudness = echo_check_loudness(voice->check);
    assert_true(fabs(loudness.db - -23.0) < 1.5);
    assert_in_range(loudness.spoken_ms, 1900, 2200);
    ms = hear(voice, &db, &count);
    assert_in_range(count, 165, 180); /* the speech and the pause after it */
    assert_in_range(ms, 3300, 3900);
    assert_true(fabs(db - -25.5) < 2); /* over the pause too */
    assert_true(echo_check_deadline(voice->check) == ECHO_NEVER);
}

static void who_speaks_on_is_cut_after_four_seconds(void **state)
{
    struct voice *voice = *state;
    double db;
    size_t count;

    say(voice, 0.3, 4100);
    assert_int_equal(echo_check_state(voice->check), ECHO_PLAYING);
    say(voice, 0.3, 1000); /* not heard any more */
    (void)hear(voice, &db, &count);
    assert_in_range(count, 195, 202);
}

static void silence_is_said_to_be_silence(void **state)
{
    struct voice *voice = *state;
    size_t count;
    double db;

    say(voice, 0.0005, 3000); /* -69 dB: the room */
    (void)hear(voice, &db, &count);
    assert_int_equal(count, 0);
    assert_true(voice->now >= START + ECHO_LISTEN_US);
    assert_true(echo_check_loudness(voice->check).db == ECHO_SILENCE_DB);
    assert_int_equal(echo_check_loudness(voice->check).spoken_ms, 0);
}

static void holes_stay_holes(void **state)
{
    struct voice *voice = *state;
    struct echo_packet packet;
    uint16_t last = 0;
    size_t jumps = 0, count = 0;

    say(voice, 0.2, 200);
    voice->seq += 3;
    voice->timestamp += 3 * FRAME;
    say(voice, 0.2, 4000);
    voice->now += 10000000;
    while (echo_check_next(voice->check, voice->now, &packet)) {
        jumps += count > 0 && packet.seq == (uint16_t)(last + 4);
        last = packet.seq;
        count += 1;
    }
    assert_int_equal(jumps, 1);
    assert_int_equal(echo_check_state(voice->check), ECHO_DONE);
}

/* Nothing that a hostile page sends grows what is kept, or is decoded faster
 * than a voice could speak. */
static void it_is_bounded(void **state)
{
    struct voice *voice = *state;
    uint8_t large[1400];
    size_t count = 0;

    memset(large, 0xff, sizeof(large));
    say(voice, 0.2, 20);
    for (unsigned i = 0; i < 100000; i++)
        echo_check_take(voice->check, (uint16_t)i, i * 7919u * 960u,
                        slice(large, sizeof(large)), voice->now);
    assert_int_equal(echo_check_state(voice->check), ECHO_PLAYING);
    while (echo_check_state(voice->check) != ECHO_DONE) {
        struct echo_packet packet;

        voice->now += 20000;
        while (echo_check_next(voice->check, voice->now, &packet))
            count += 1;
        assert_true(voice->now < START + UINT64_C(30000000));
    }
    assert_in_range(count, 1, ECHO_BYTES_MAX / 1400 + 1);
}

static void a_flood_is_not_decoded(void **state)
{
    struct voice *voice = *state;
    static const uint8_t toc[] = { 0xff, 0xff };

    for (unsigned i = 0; i < 1000; i++)
        echo_check_take(voice->check, (uint16_t)i, i, slice(toc, sizeof(toc)),
                        voice->now);
    /* A voice among it is lost with it; a moment later it is heard. */
    say(voice, 0.3, 20);
    assert_int_equal(echo_check_loudness(voice->check).spoken_ms, 0);
    say(voice, 0.3, 200);
    assert_true(echo_check_loudness(voice->check).spoken_ms >= 160);
}

#define VOICE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VOICE_TEST(the_voice_comes_back_at_its_pace_and_is_measured),
        VOICE_TEST(who_speaks_on_is_cut_after_four_seconds),
        VOICE_TEST(silence_is_said_to_be_silence),
        VOICE_TEST(holes_stay_holes),
        VOICE_TEST(it_is_bounded),
        VOICE_TEST(a_flood_is_not_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
