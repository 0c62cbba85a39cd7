#include "media/sound/echo_check.h"

#include "base/secret.h"

#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MAX     5760   /* samples: 120 ms, the most of a packet */
#define PLAY_AFTER_US 300000 /* a breath before the voice comes back */

struct kept {
    uint16_t seq;
    uint16_t length;
    uint32_t timestamp;
    uint32_t at; /* in bytes */
};

struct echo_check {
    enum echo_state state;
    OpusDecoder *decoder;
    uint64_t began_us;
    uint64_t first_us;  /* when the first kept packet came; 0: none */
    uint64_t spoken_us; /* when speech was last heard */
    uint64_t listened;  /* packets that were decoded */

    double energy; /* of the samples in which somebody spoke */
    uint64_t samples;

    struct kept kept[ECHO_PACKETS_MAX];
    size_t count;
    size_t played;
    uint64_t play_us; /* when the first one is played */
    uint8_t bytes[ECHO_BYTES_MAX];
    size_t used;
    float pcm[FRAME_MAX];
};

struct echo_check *echo_check_new(uint64_t now_us)
{
    struct echo_check *check = calloc(1, sizeof(*check));
    int err = OPUS_OK;

    if (!check)
        return NULL;
    check->decoder = opus_decoder_create(ECHO_RATE, 1, &err);
    if (!check->decoder) {
        free(check);
        return NULL;
    }
    check->began_us = now_us;
    return check;
}

void echo_check_free(struct echo_check *check)
{
    if (!check)
        return;
    secret_wipe(check->decoder, (size_t)opus_decoder_get_size(1));
    opus_decoder_destroy(check->decoder);
    secret_wipe(check, sizeof(*check));
    free(check);
}

enum echo_state echo_check_state(const struct echo_check *check)
{
    return check->state;
}

/* How loud a packet is; what cannot be decoded is silence. */
static double measure(struct echo_check *check, struct slice payload,
                      double *energy_out, uint64_t *samples_out)
{
    double energy = 0;
    int samples =
        opus_decode_float(check->decoder, payload.data,
                          (opus_int32)payload.length, check->pcm, FRAME_MAX, 0);

    for (int i = 0; i < samples; i++)
        energy += (double)check->pcm[i] * (double)check->pcm[i];
    *energy_out = energy;
    *samples_out = samples > 0 ? (uint64_t)samples : 0;
    if (samples <= 0 || energy <= 0)
        return ECHO_SILENCE_DB;
    return 10 * log10(energy / samples);
}

static bool is_full(const struct echo_check *check, size_t more)
{
    return check->count == ECHO_PACKETS_MAX ||
           check->used + more > ECHO_BYTES_MAX;
}

static void keep(struct echo_check *check, uint16_t seq, uint32_t timestamp,
                 struct slice payload)
{
    check->kept[check->count++] = (struct kept){
        .seq = seq,
        .length = (uint16_t)payload.length,
        .timestamp = timestamp,
        .at = (uint32_t)check->used,
    };
    memcpy(check->bytes + check->used, payload.data, payload.length);
    check->used += payload.length;
}

static void stop_listening(struct echo_check *check, uint64_t now_us)
{
    check->state = check->count > 0 ? ECHO_PLAYING : ECHO_DONE;
    check->play_us = now_us + PLAY_AFTER_US;
}

/* No voice sends so many; decoding them would cost the others. */
static bool is_flood(struct echo_check *check, uint64_t now_us)
{
    uint64_t may = ECHO_BURST + (now_us - check->began_us) / ECHO_PACKET_US;

    if (check->listened >= may)
        return true;
    check->listened += 1;
    return false;
}

void echo_check_take(struct echo_check *check, uint16_t seq, uint32_t timestamp,
                     struct slice payload, uint64_t now_us)
{
    uint64_t samples;
    double energy;
    bool speaks;

    if (check->state != ECHO_LISTENING || payload.length == 0)
        return;
    if (is_flood(check, now_us))
        return;
    if (is_full(check, payload.length)) {
        stop_listening(check, now_us);
        return;
    }
    speaks = measure(check, payload, &energy, &samples) > ECHO_SPEECH_DB;
    if (speaks) {
        check->spoken_us = now_us;
        check->energy += energy;
        check->samples += samples;
    }
    if (check->first_us == 0 && !speaks)
        return;
    if (check->first_us == 0)
        check->first_us = now_us;
    keep(check, seq, timestamp, payload);
    echo_check_tick(check, now_us);
}

/* When listening ends if nothing more comes. */
static uint64_t listening_ends(const struct echo_check *check)
{
    uint64_t pause, most;

    if (check->first_us == 0)
        return check->began_us + ECHO_LISTEN_US;
    pause = check->spoken_us + ECHO_PAUSE_US;
    most = check->first_us + ECHO_SPEECH_US;
    return pause < most ? pause : most;
}

void echo_check_tick(struct echo_check *check, uint64_t now_us)
{
    if (check->state == ECHO_LISTENING && now_us >= listening_ends(check))
        stop_listening(check, now_us);
}

/* Packets out of order or from a clock that jumped are played at once. */
static uint64_t due_of(const struct echo_check *check, size_t n)
{
    int32_t span =
        (int32_t)(check->kept[n].timestamp - check->kept[0].timestamp);
    uint64_t after = span > 0 ? (uint64_t)span * 1000 / (ECHO_RATE / 1000) : 0;

    return check->play_us + (after > 2 * ECHO_SPEECH_US ? 0 : after);
}

bool echo_check_next(struct echo_check *check, uint64_t now_us,
                     struct echo_packet *out)
{
    const struct kept *kept = &check->kept[check->played];

    if (check->state != ECHO_PLAYING || now_us < due_of(check, check->played))
        return false;
    *out = (struct echo_packet){
        .seq = kept->seq,
        .timestamp = kept->timestamp,
        .payload = slice(check->bytes + kept->at, kept->length),
    };
    if (++check->played == check->count)
        check->state = ECHO_DONE;
    return true;
}

uint64_t echo_check_deadline(const struct echo_check *check)
{
    switch (check->state) {
    case ECHO_LISTENING:
        return listening_ends(check);
    case ECHO_PLAYING:
        return due_of(check, check->played);
    case ECHO_DONE:
        break;
    }
    return ECHO_NEVER;
}

unsigned echo_check_playing_ms(const struct echo_check *check)
{
    uint64_t last;

    if (check->state != ECHO_PLAYING)
        return 0;
    last = due_of(check, check->count - 1);
    return (unsigned)((last - check->play_us + PLAY_AFTER_US) / 1000);
}

struct echo_loudness echo_check_loudness(const struct echo_check *check)
{
    struct echo_loudness loudness = { .db = ECHO_SILENCE_DB };

    if (check->samples == 0)
        return loudness;
    loudness.db = 10 * log10(check->energy / (double)check->samples);
    loudness.spoken_ms = (unsigned)(check->samples * 1000 / ECHO_RATE);
    return loudness;
}
