#include "signaling/app/metrics.h"

#include <string.h>

static const double seconds[] = { .001, .0025, .005, .01, .025, .05,
                                  .1,   .25,   .5,   1,   5,    0 };
static const double waits[] = { 60,   180,  300,  600,  900, 1200,
                                1800, 2700, 3600, 5400, 0 };
static const double shares[] = { .001, .005, .01, .02, .05, .1, .2, .5, 0 };

void metrics_init(struct metrics *metrics, double now_s)
{
    *metrics = (struct metrics){
        .started_s = now_s,
        .command_s.bounds = seconds,
        .commit_s.bounds = seconds,
        .waiting_s.bounds = waits,
        .loss_up.bounds = shares,
        .loss_down.bounds = shares,
        .rtt_s.bounds = seconds,
    };
}

void histogram_note(struct histogram *histogram, double value)
{
    size_t i = 0;

    while (histogram->bounds[i] > 0 && value > histogram->bounds[i])
        i++;
    histogram->counts[i] += 1;
    histogram->count += 1;
    histogram->sum += value;
}

/* ---- text -------------------------------------------------------------------
 */

void metrics_family(FILE *out, const char *name, const char *type,
                    const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_sample(FILE *out, const char *name, const char *label,
                    const char *value, double sample)
{
    if (label)
        fprintf(out, "%s{%s=\"%s\"} %.17g\n", name, label, value, sample);
    else
        fprintf(out, "%s %.17g\n", name, sample);
}

static void write_histogram(FILE *out, const char *name, const char *help,
                            const struct histogram *histogram)
{
    uint64_t below = 0;
    size_t i = 0;

    metrics_family(out, name, "histogram", help);
    for (; histogram->bounds[i] > 0; i++) {
        below += histogram->counts[i];
        fprintf(out, "%s_bucket{le=\"%g\"} %llu\n", name, histogram->bounds[i],
                (unsigned long long)below);
    }
    fprintf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.17g\n%s_count %llu\n",
            name, (unsigned long long)histogram->count, name, histogram->sum,
            name, (unsigned long long)histogram->count);
}

static void write_one(FILE *out, const char *name, const char *type,
                      const char *help, double sample)
{
    metrics_family(out, name, type, help);
    metrics_sample(out, name, NULL, NULL, sample);
}

/* ---- families ---------------------------------------------------------------
 */

static void write_commands(const struct metrics *metrics, FILE *out)
{
    metrics_family(out, "vestibule_commands_total", "counter",
                   "Commands carried out, by verb.");
    for (int i = 0; i < COMMAND_KINDS; i++)
        metrics_sample(out, "vestibule_commands_total", "verb",
                       command_verb((enum command_kind)i),
                       (double)metrics->done[i]);
    metrics_family(out, "vestibule_refusals_total", "counter",
                   "Commands refused, by the refusal's code.");
    for (int i = REFUSED_NOTHING + 1; i < REFUSAL_KINDS; i++)
        metrics_sample(out, "vestibule_refusals_total", "code",
                       refusal_code((enum refusal)i),
                       (double)metrics->refused[i]);
    write_histogram(out, "vestibule_command_seconds",
                    "From a command's arrival to its answer.",
                    &metrics->command_s);
}

static void write_database(const struct metrics *metrics,
                           const struct metrics_now *now, FILE *out)
{
    static const char *const names[DATABASE_ENDS] = { "committed", "conflict",
                                                      "failed" };

    write_histogram(out, "vestibule_commit_seconds",
                    "From an append to the database's word.",
                    &metrics->commit_s);
    metrics_family(out, "vestibule_appends_total", "counter",
                   "Appends to the record, by how they ended.");
    for (int i = 0; i < DATABASE_ENDS; i++)
        metrics_sample(out, "vestibule_appends_total", "result", names[i],
                       (double)metrics->appends[i]);
    write_one(out, "vestibule_database_age_seconds", "gauge",
              "Since the record was last read, where several nodes share it.",
              now->database_age_s);
    write_one(out, "vestibule_database_up", "gauge", "The record can be read.",
              now->database_up);
}

static void write_census(const struct census *census, FILE *out)
{
    metrics_family(out, "vestibule_visits", "gauge",
                   "Visits that start within twelve hours of now, by phase.");
    for (int i = PHASE_NONE + 1; phase_names[i]; i++)
        metrics_sample(out, "vestibule_visits", "phase", phase_names[i],
                       (double)census->visits[i]);
}

static void write_outbox(const struct metrics_now *now, FILE *out)
{
    double age = now->census.oldest_ms
                     ? (double)(now->now_ms - now->census.oldest_ms) / 1000
                     : 0;

    write_one(out, "vestibule_outbox_waiting", "gauge",
              "Messages and orders that have not left the house.",
              (double)now->census.outbox_waiting);
    write_one(out, "vestibule_outbox_failed", "gauge",
              "Messages and orders that were given up.",
              (double)now->census.outbox_failed);
    write_one(out, "vestibule_outbox_oldest_seconds", "gauge",
              "Age of the oldest one that waits.", age > 0 ? age : 0);
}

enum relay_figure {
    FIGURE_UP,
    FIGURE_DRAINS,
    FIGURE_LOAD,
    FIGURE_PLACED,
    FIGURE_PEERS,
    FIGURE_IN,
    FIGURE_OUT,
    FIGURES
};

static double relay_figure(const struct metrics_relay *relay,
                           enum relay_figure figure)
{
    switch (figure) {
    case FIGURE_UP:
        return relay->up;
    case FIGURE_DRAINS:
        return relay->draining;
    case FIGURE_LOAD:
        return relay->load;
    case FIGURE_PLACED:
        return (double)relay->practitioners;
    case FIGURE_PEERS:
        return (double)relay->peers;
    case FIGURE_IN:
        return (double)relay->packets_in;
    case FIGURE_OUT:
        return (double)relay->packets_out;
    case FIGURES:
        break;
    }
    return 0;
}

static void write_relays(const struct metrics_now *now, FILE *out)
{
    static const struct {
        const char *name;
        const char *help;
    } families[] = {
        [FIGURE_UP] = { "vestibule_relay_up",
                        "The relay's control connection works." },
        [FIGURE_DRAINS] = { "vestibule_relay_draining",
                            "The relay takes no more practitioners." },
        [FIGURE_LOAD] = { "vestibule_relay_load",
                          "Share of a core that its busiest worker uses." },
        [FIGURE_PLACED] = { "vestibule_relay_practitioners",
                            "Practitioners whose calls live there." },
        [FIGURE_PEERS] = { "vestibule_relay_peers",
                           "Pages that have a connection to it." },
        [FIGURE_IN] = { "vestibule_relay_packets_in_total",
                        "Packets that came to it." },
        [FIGURE_OUT] = { "vestibule_relay_packets_out_total",
                         "Packets that it sent to pages." },
    };

    for (int i = 0; now->relay_count > 0 && i < FIGURES; i++) {
        metrics_family(out, families[i].name,
                       i >= FIGURE_IN ? "counter" : "gauge", families[i].help);
        for (size_t k = 0; k < now->relay_count; k++)
            metrics_sample(out, families[i].name, "relay", now->relays[k].name,
                           relay_figure(&now->relays[k], (enum relay_figure)i));
    }
    write_one(out, "vestibule_relay_moves_total", "counter",
              "Practitioners that this node moved to another relay.",
              (double)now->relay_moves);
}

static void write_lines(const struct metrics *metrics,
                        const struct metrics_now *now, FILE *out)
{
    write_relays(now, out);
    write_one(out, "vestibule_relay_restarts_total", "counter",
              "Times the relay came back as another process.",
              (double)metrics->relay_restarts);
    write_histogram(out, "vestibule_line_loss_up",
                    "Packets lost from page to relay, of each sample.",
                    &metrics->loss_up);
    write_histogram(out, "vestibule_line_loss_down",
                    "Packets lost from relay to page, of each sample.",
                    &metrics->loss_down);
    write_histogram(out, "vestibule_line_round_trip_seconds",
                    "Round trip between page and relay, of each sample.",
                    &metrics->rtt_s);
    if (!now->redis_configured)
        return;
    write_one(out, "vestibule_redis_up", "gauge",
              "The line to the other nodes works.", now->redis_up);
    write_one(out, "vestibule_redis_dropped_total", "counter",
              "What could not be told to the other nodes at once.",
              (double)now->redis_dropped);
}

void metrics_write(const struct metrics *metrics, const struct metrics_now *now,
                   FILE *out)
{
    write_one(out, "vestibule_start_time_seconds", "gauge",
              "When this process started, Unix time.", metrics->started_s);
    if (now->database_up) {
        write_census(&now->census, out);
        write_outbox(now, out);
    }
    write_histogram(out, "vestibule_waiting_seconds",
                    "From arriving in the waiting room to being called in.",
                    &metrics->waiting_s);
    write_commands(metrics, out);
    write_database(metrics, now, out);
    write_lines(metrics, now, out);
}
