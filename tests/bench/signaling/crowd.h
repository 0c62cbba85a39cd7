/*
 * crowd: everybody whose page is on the line in one run: patients first, then
 * staff. A page does what ours do: it says every five seconds that it is there,
 * and when its line breaks it comes back in the same rhythm.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "tests/bench/signaling/line.h"

#include <jansson.h>

#define NAME_SIZE   64
#define COOKIE_SIZE 128

struct person {
    struct line line; /* first: a line's owner is the person */
    struct crowd *crowd;
    uint32_t address;
    char visit[24]; /* "": staff */
    char login[NAME_SIZE];
    char practitioner[24]; /* a doctor's own */
    char cookie[COOKIE_SIZE];
    char page[24];

    uint64_t seq;  /* the newest seen of the own visit */
    char step[24]; /* of the own view */
    bool stays;    /* comes back when the line breaks */
    unsigned tries;
    uint64_t open_at_us; /* when to try again; 0: not at all */
    uint64_t presence_at_us;

    /* for the play that is on */
    uint64_t began_us;
    uint64_t done_us;
    uint64_t floor; /* what seq it must at least see */
    bool asked;     /* to arrive */
    bool over;
};

struct crowd {
    struct lines lines;
    struct person *people;
    unsigned count;
    unsigned patients;
    char origin[NAME_SIZE];
    char day[16];
    unsigned refused; /* answers other than what we came for */
    unsigned lost;    /* lines that broke */
    unsigned opened;
    const struct crowd_events *play;
};

/* What the play that is on wants to hear. NULL: nothing. */
struct crowd_events {
    void (*signed_in)(struct person *person);
    void (*frame)(struct person *person, json_t *frame);
    void (*opened)(struct person *person);
    void (*lost)(struct person *person);
};

uint64_t now_us(void);

/* Reads who there is: "patient VISIT COOKIE", "doctor LOGIN PRACTITIONER",
 * "secretary LOGIN" in each line. */
void crowd_read(struct crowd *crowd, const char *path);

/* A new line with an upgrade; by HTTP a sign-in. */
void person_open(struct person *person);
void person_post(struct person *person, const char *path, const char *body);
/* members: JSON of `with`. */
void person_say(struct person *person, const char *verb, const char *of,
                const char *members);

/* Serves everybody for a moment. */
void crowd_turn(struct crowd *crowd, int wait_ms);

/* ---- plays: each prints one line of JSON ------------------------------------
 */

void play_echo(struct crowd *crowd, unsigned count);
void play_staff(struct crowd *crowd);
void play_storm(struct crowd *crowd, unsigned count);
void play_hold(struct crowd *crowd, unsigned ms);
void play_events(struct crowd *crowd, unsigned visits, unsigned count,
                 unsigned gap_ms);
void play_resume(struct crowd *crowd, unsigned count);
void play_leave(struct crowd *crowd);

#endif
