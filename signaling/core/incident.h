/*
 * incident: what went wrong with sound, picture or line in a visit, with
 * beginning and end, as the record keeps it. Facts of a visit hold the first
 * ones, joined where one follows closely on the other; what lasts pushes gaps
 * and freezes out. The log holds all that were reported, up to a bound.
 */
#ifndef CORE_INCIDENT_H
#define CORE_INCIDENT_H

#include "signaling/core/visit_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INCIDENTS_SHOWN   12    /* in a visit's facts; beyond, counted */
#define INCIDENTS_MINOR   64    /* events of gaps and freezes in one visit */
#define INCIDENTS_MAX     96    /* events of any kind */
#define INCIDENT_JOIN_MS  10000 /* so close, two of a kind are one */
#define INCIDENT_SLACK_MS 2500  /* of what is seen from two ends */

/* As reported, and as an event. */
struct incident_report {
    enum incident incident;
    enum incident_side side; /* whose line or device it was */
    int64_t start_ms; /* UTC; 0: of the one that goes on (or, in records of
                       * older servers, unknown) */
    int64_t end_ms;   /* 0: still going on */
};

/* Eight bytes: a visit's facts stay small. */
struct incident_fact {
    uint32_t after_ms; /* it began so long after incidents.from_ms */
    uint16_t span_ds;  /* tenths of a second; 0: until the end of the visit, as
                        * far as is known */
    uint8_t times;     /* interruptions that were joined */
    uint8_t what;      /* kind and side */
};

struct incidents {
    int64_t from_ms; /* the first one's beginning, less a day */
    struct incident_fact shown[INCIDENTS_SHOWN];
    uint16_t count; /* of shown */
    uint16_t more;  /* that found no room there */
    uint16_t events;
};

/* One of the facts, unpacked; index below count. */
struct incident_shown {
    enum incident incident;
    enum incident_side side;
    int64_t start_ms;
    int64_t end_ms; /* 0: until the end of the visit */
    uint32_t times;
};
struct incident_shown incidents_at(const struct incidents *incidents,
                                   size_t index);

/* Gaps and freezes are told when they are over; the others, which last, when
 * they begin and again when they end. */
bool incident_is_minor(enum incident incident);

/* Our own doing: never held against a patient. */
bool incident_is_ours(enum incident incident);

/* Whether the report says something that the facts do not say yet. The end of
 * one that goes on gets its start. */
bool incidents_want(const struct incidents *incidents,
                    struct incident_report *report);

/* at_ms: when it was reported. */
void incidents_add(struct incidents *incidents,
                   const struct incident_report *report, int64_t at_ms);

#endif
