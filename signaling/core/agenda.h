/*
 * agenda: one practitioner's time: what is booked when, who is admitted now,
 * how late they run. Folded over the practitioner's own stream, so that double
 * booking and two admissions at once are impossible.
 */
#ifndef CORE_AGENDA_H
#define CORE_AGENDA_H

#include "signaling/core/event.h"

#define AGENDA_SLOTS_MAX 1024 /* still to come; past ones are dropped */
#define AGENDA_KEEP_MS   (24 * 60 * 60 * 1000) /* after a slot's end */

struct agenda_slot {
    struct consultation_id consultation;
    int64_t start_ms;
    int64_t end_ms;
};

struct agenda {
    uint64_t seq; /* of the last event applied */
    int64_t last_ms;
    struct practitioner_id practitioner;
    struct consultation_id admitted; /* none: nobody is in consultation */
    uint32_t delay_min;
    int64_t delay_told_ms;
    uint32_t count;
    struct agenda_slot slots[AGENDA_SLOTS_MAX]; /* by start */
};

void agenda_init(struct agenda *agenda, struct practitioner_id practitioner);
void agenda_apply(struct agenda *agenda, const struct event *event);

/* Does [start, end) touch another visit than `except`? */
bool agenda_overlaps(const struct agenda *agenda, int64_t start_ms,
                     int64_t end_ms, struct consultation_id except);

#endif
