/*
 * keyframe: when a sender is asked for a whole picture (PLI). Each sender's
 * encoder pays for a key frame, so requests of all its receivers are coalesced.
 */
#ifndef MEDIA_RTP_KEYFRAME_H
#define MEDIA_RTP_KEYFRAME_H

#include <stdbool.h>
#include <stdint.h>

#define KEYFRAME_INTERVAL_US 300000 /* between two requests to one sender */
#define KEYFRAME_TRIES       20     /* then the sender has no picture to send */
#define KEYFRAME_NEVER       UINT64_MAX

struct keyframe {
    bool wanted;
    bool asked; /* ever */
    unsigned tries;
    uint64_t asked_us; /* the last request */
};

/* Somebody needs a whole picture. */
void keyframe_want(struct keyframe *keyframe);

/* Like keyframe_want, and not held back by the interval: a route begins. */
void keyframe_want_now(struct keyframe *keyframe);

/* A whole picture has begun to arrive. */
void keyframe_came(struct keyframe *keyframe);

/* When to ask; KEYFRAME_NEVER when nobody wants one. */
uint64_t keyframe_deadline(const struct keyframe *keyframe);

/* True when a PLI must be sent now; it then counts as sent, and is repeated
 * each interval until the picture comes or KEYFRAME_TRIES were in vain. */
bool keyframe_due(struct keyframe *keyframe, uint64_t now_us);

#endif
