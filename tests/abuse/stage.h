/*
 * stage: two people in a call at the real relay, and whoever would spoil it.
 * One thread; ends the process when something of its own does not work.
 */
#ifndef TESTS_ABUSE_STAGE_H
#define TESTS_ABUSE_STAGE_H

#include "tests/client/client.h"

struct person {
    struct client client;
    char name[32];
    uint32_t ssrc; /* of the microphone */
    uint16_t seq;
    size_t heard;    /* packets of a person that came and decrypted */
    size_t unsealed; /* media that did not decrypt */
    size_t checks;   /* answered */
};

struct stage {
    int control;
    struct sockaddr_in relay;
    struct client_identity identity;
    struct person doctor, patient;
    char line[262144];
    size_t held; /* bytes of line that came */
    long requests;
    size_t farewells; /* events that tell of a lost or gone peer */
};

void stage_open(struct stage *stage, const char *control, const char *address,
                unsigned port);

/* Joins, connects; `certificate` is what the handshake shows. False when the
 * relay would not have it within three seconds. */
void stage_join(struct stage *stage, struct person *person, const char *name);
bool stage_connect(struct stage *stage, struct person *person,
                   const struct client_identity *certificate);
void stage_leave(struct stage *stage, struct person *person);

/* Both see each other; a new room each time. */
void stage_pair(struct stage *stage, struct person *a, struct person *b);

/* Reads what came, from the relay's control too. */
void stage_listen(struct stage *stage, struct person *person);

/* The next packet of this person, encrypted; not sent. */
size_t stage_speech(struct person *person, size_t bytes, uint8_t out[2048]);

/* Both say so much to each other, and each hears exactly that. */
void stage_talk(struct stage *stage, size_t packets);

/* A check of this person's, and its answer: all before it was looked at. */
void stage_sync(struct stage *stage, struct person *person);

/* A socket that passed no check. */
int stage_stranger(const struct stage *stage);

uint64_t stage_now_us(void);

#endif
