/*
 * placement_inside: what the files of placement share: what is known of the
 * record (placement.c), which relay is good (placement_relays.c), who has to
 * leave (placement_leave.c).
 */
#ifndef APP_PLACEMENT_INSIDE_H
#define APP_PLACEMENT_INSIDE_H

#include "base/list.h"
#include "base/map.h"
#include "signaling/app/placement.h"
#include "signaling/store/placement_rows.h"

#define NODE_BYTES 8
#define BATCH_MAX  32 /* moved in one transaction */

/* A row as this node knows it. */
struct placed {
    struct list link;
    struct placement_row row;
    bool ours;        /* this node wrote it */
    bool asking;      /* whether somebody is in a call */
    int64_t asked_us; /* monotonic */
    int64_t since_us; /* when this node heard of it */
};

struct relay_sight {
    int64_t down_us; /* since when; 0: it is up */
    int64_t drains_us;
    bool seen; /* it was up once */
};

struct placement {
    struct placement_options with;
    struct map by_practitioner;
    struct list all;
    struct relay_sight sights[RELAYS_MAX];
    uint8_t node[NODE_BYTES]; /* this one's name among the nodes */
    int64_t began_us;
    int64_t none_us;    /* since when no relay is reached; 0: one is */
    int64_t reached_us; /* when one was again, after none was */
    int64_t leased_us;
    int64_t read_us; /* 0: not yet */
    uint64_t moves;
    bool reading;
    bool moving; /* a batch is under way */
    bool stopped;
    ev_timer tend;
};

/* ---- placement.c ---- */

struct placed *placement_known(const struct placement *placement,
                               struct practitioner_id practitioner);
/* The record says so; older words are passed over. */
void placement_note(struct placement *placement,
                    const struct placement_row *row, bool ours);
/* This node wrote it. */
void placement_wrote(struct placement *placement,
                     const struct placement_row *row);
/* Reads all rows again. */
void placement_read_all(struct placement *placement);

/* ---- placement_relays.c ---- */

/* Notes since when none is reached, or one again. */
void placement_note_reach(struct placement *placement, int64_t now_us);

/* Tells the other nodes which relays this one reaches. */
void placement_lease(struct placement *placement);

/* How many practitioners are placed on each relay. */
struct placement_burden {
    size_t placed[RELAYS_MAX];
};
struct placement_burden placement_burden_now(const struct placement *placement);

/* The best for somebody who leaves `not` ("": nobody is left); RELAYS_MAX:
 * none is up that takes anybody. */
size_t placement_choose(const struct placement *placement, const char * not,
                        const struct placement_burden *burden);

/* The relay of this row is dead, and there is a better one. */
bool placement_is_dead(const struct placement *placement,
                       const struct placed *placed,
                       const struct placement_burden *burden);
/* It drains; out: and its end is so near that calls are moved too. */
bool placement_is_draining(const struct placement *placement, const char *relay,
                           bool *out_ends);

/* ---- placement_leave.c ---- */

/* Moves whoever has to leave their relay. */
void placement_leave(struct placement *placement);

#endif
