/*
 * zone: UTC as the clock on the clinic's wall shows it. Reads the system's time
 * zone data; any thread.
 */
#ifndef OUTBOX_ZONE_H
#define OUTBOX_ZONE_H

#include "signaling/core/field.h"

#include <stdint.h>

struct wall_time {
    struct date date;
    uint8_t weekday; /* 1 Monday to 7 Sunday (ISO 8601) */
    uint8_t hour;
    uint8_t minute;
};

/* zone: "Europe/Paris". -ENOENT when there is no such zone. */
int zone_wall_time(const char *zone, int64_t utc_ms, struct wall_time *out);

#endif
