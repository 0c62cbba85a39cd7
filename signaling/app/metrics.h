/*
 * metrics: what this node counts since it started, as Prometheus reads it (text
 * format 0.0.4). Labels are words of ours in bounded number, never a person, a
 * visit or an address. Loop's thread.
 */
#ifndef APP_METRICS_H
#define APP_METRICS_H

#include "signaling/core/command.h"
#include "signaling/core/refusal.h"
#include "signaling/store/census.h"

#include <stdio.h>

#define HISTOGRAM_MAX 12 /* bounds of one */

struct histogram {
    const double *bounds; /* rising; ends with 0 */
    uint64_t counts[HISTOGRAM_MAX + 1];
    uint64_t count;
    double sum;
};

enum { DATABASE_COMMITTED, DATABASE_CONFLICT, DATABASE_FAILED, DATABASE_ENDS };

struct metrics {
    double started_s; /* Unix time */
    uint64_t done[COMMAND_KINDS];
    uint64_t refused[REFUSAL_KINDS];
    struct histogram command_s; /* from its arrival to its answer */
    struct histogram commit_s;  /* from the append to the store's word */
    uint64_t appends[DATABASE_ENDS];
    struct histogram waiting_s; /* from arriving to being called in */
    struct histogram loss_up;   /* of each quality sample, 0 to 1 */
    struct histogram loss_down;
    struct histogram rtt_s;
    uint64_t relay_restarts;
};

void metrics_init(struct metrics *metrics, double now_s);
void histogram_note(struct histogram *histogram, double value);

/* One of those configured; name is its own, or its number before it said one.
 */
#define METRICS_RELAYS_MAX 16
struct metrics_relay {
    char name[65];
    bool up;
    bool draining;
    double load; /* 0 to 1 */
    size_t practitioners;
    uint64_t peers;
    uint64_t packets_in;
    uint64_t packets_out;
};

/* What is so now, read when somebody asks. */
struct metrics_now {
    bool database_up; /* else nobody could be counted */
    struct census census;
    int64_t now_ms;
    double database_age_s;
    bool redis_configured;
    bool redis_up;
    uint64_t redis_dropped;
    struct metrics_relay relays[METRICS_RELAYS_MAX];
    size_t relay_count;
    uint64_t relay_moves;
};

/* The families of this module; the edge adds its sockets. */
void metrics_write(const struct metrics *metrics, const struct metrics_now *now,
                   FILE *out);

/* One sample with at most one label (NULL: none). */
void metrics_family(FILE *out, const char *name, const char *type,
                    const char *help);
void metrics_sample(FILE *out, const char *name, const char *label,
                    const char *value, double sample);

#endif
