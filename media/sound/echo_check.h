/*
 * echo_check: lets somebody hear their own voice the way it reached the relay.
 * It waits for speech, keeps a few seconds of Opus packets as they came, hands
 * them out again at the pace they had, and measures how loud the speech was.
 * The packets lie in one bounded block of memory that is wiped and freed with
 * the check; this is all the sound the relay ever keeps. Time is passed in; one
 * thread.
 */
#ifndef MEDIA_SOUND_ECHO_CHECK_H
#define MEDIA_SOUND_ECHO_CHECK_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define ECHO_RATE        48000              /* Hz; RTP's clock (RFC 7587) */
#define ECHO_PACKETS_MAX 400                /* kept */
#define ECHO_BYTES_MAX   65536              /* kept */
#define ECHO_LISTEN_US   UINT64_C(12000000) /* for somebody to begin */
#define ECHO_SPEECH_US   UINT64_C(4000000)  /* kept at most */
#define ECHO_PAUSE_US    UINT64_C(1500000)  /* so long silent: they are done */
#define ECHO_BURST       100                /* packets looked at, and then */
#define ECHO_PACKET_US   UINT64_C(2500)     /* one in so long: Opus's least */
#define ECHO_SPEECH_DB   (-50.0)            /* below, it is the room */
#define ECHO_SILENCE_DB  (-127.0)
#define ECHO_NEVER       UINT64_MAX

struct echo_check;

enum echo_state {
    ECHO_LISTENING,
    ECHO_PLAYING,
    ECHO_DONE, /* played to the end, or nothing was said: free it */
};

struct echo_loudness {
    double db;          /* of the speech, to full scale; ECHO_SILENCE_DB */
    unsigned spoken_ms; /* how much of what was kept was speech */
};

struct echo_packet {
    uint16_t seq; /* as it came: holes are heard as holes */
    uint32_t timestamp;
    struct slice payload;
};

/* NULL when out of memory. */
struct echo_check *echo_check_new(uint64_t now_us);
void echo_check_free(struct echo_check *check);

enum echo_state echo_check_state(const struct echo_check *check);

/* A packet of the microphone. Ignored unless it is listening. */
void echo_check_take(struct echo_check *check, uint16_t seq, uint32_t timestamp,
                     struct slice payload, uint64_t now_us);

/* Listening may end by time alone. */
void echo_check_tick(struct echo_check *check, uint64_t now_us);

/* The next packet that is due; valid until the check is freed. */
bool echo_check_next(struct echo_check *check, uint64_t now_us,
                     struct echo_packet *out);

/* When to tick or to play; ECHO_NEVER once it is done. */
uint64_t echo_check_deadline(const struct echo_check *check);

/* How long it takes until all was played; 0: nothing will be. */
unsigned echo_check_playing_ms(const struct echo_check *check);

/* What was heard; to be read once it listens no more. */
struct echo_loudness echo_check_loudness(const struct echo_check *check);

#endif
