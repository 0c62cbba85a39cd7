#include "signaling/core/incident.h"

#include <string.h>

#define DAY_MS    INT64_C(86400000)
#define SIDE_BITS 2
#define SPAN_MOST UINT16_MAX /* tenths of a second: 109 minutes */

bool incident_is_minor(enum incident incident)
{
    switch (incident) {
    case INCIDENT_SOUND_GAP:
    case INCIDENT_PICTURE_FROZEN:
    case INCIDENT_RECONNECTED:
        return true;
    case INCIDENT_RELAY_RESTARTED:
    case INCIDENT_RELAY_UNREACHABLE:
    case INCIDENT_PATIENT_LINE_LOST:
    case INCIDENT_DOCTOR_LINE_LOST:
    case INCIDENT_GUEST_LINE_LOST:
    case INCIDENT_SOUND_ONLY:
        break;
    }
    return false;
}

bool incident_is_ours(enum incident incident)
{
    return incident == INCIDENT_RELAY_RESTARTED ||
           incident == INCIDENT_RELAY_UNREACHABLE;
}

static bool is_lost_line(enum incident incident)
{
    return incident == INCIDENT_PATIENT_LINE_LOST ||
           incident == INCIDENT_DOCTOR_LINE_LOST ||
           incident == INCIDENT_GUEST_LINE_LOST;
}

/* ---- packing ---------------------------------------------------------------
 */

static uint8_t what_of(enum incident incident, enum incident_side side)
{
    return (uint8_t)((unsigned)incident << SIDE_BITS | (unsigned)side);
}

struct incident_shown incidents_at(const struct incidents *incidents,
                                   size_t index)
{
    const struct incident_fact *fact = &incidents->shown[index];
    struct incident_shown shown = {
        .incident = (enum incident)(fact->what >> SIDE_BITS),
        .side = (enum incident_side)(fact->what & ((1u << SIDE_BITS) - 1)),
        .start_ms = incidents->from_ms + fact->after_ms,
        .times = fact->times,
    };

    if (fact->span_ds > 0)
        shown.end_ms = shown.start_ms + fact->span_ds * INT64_C(100);
    return shown;
}

static uint16_t span_of(int64_t start_ms, int64_t end_ms)
{
    int64_t tenths = (end_ms - start_ms + 50) / 100;

    if (end_ms == 0)
        return 0;
    if (tenths < 1)
        return 1;
    return tenths > SPAN_MOST ? SPAN_MOST : (uint16_t)tenths;
}

static uint32_t after_of(const struct incidents *incidents, int64_t start_ms)
{
    int64_t after = start_ms - incidents->from_ms;

    if (after < 0)
        return 0;
    return after > UINT32_MAX ? UINT32_MAX : (uint32_t)after;
}

/* ---- what is known ---------------------------------------------------------
 */

/* What goes on has no end yet. */
static int64_t end_of(const struct incident_shown *shown)
{
    return shown->end_ms ? shown->end_ms : INT64_MAX / 2;
}

static bool overlaps(const struct incident_shown *shown,
                     const struct incident_report *report)
{
    return report->start_ms <= end_of(shown) + INCIDENT_SLACK_MS &&
           report->end_ms >= shown->start_ms - INCIDENT_SLACK_MS;
}

/* A gap within a lost line, or one that the other end saw too, is no second
 * incident. */
static bool covers(const struct incident_shown *shown,
                   const struct incident_report *report)
{
    if (!overlaps(shown, report))
        return false;
    if (incident_is_ours(shown->incident))
        return true;
    if (is_lost_line(shown->incident))
        return report->incident != INCIDENT_RECONNECTED ||
               shown->side == report->side;
    return shown->incident == report->incident && shown->side != report->side;
}

static bool is_of(const struct incident_shown *shown,
                  const struct incident_report *report)
{
    return shown->incident == report->incident && shown->side == report->side;
}

/* The index of the one with this very beginning, or count. */
static size_t find(const struct incidents *incidents,
                   const struct incident_report *report)
{
    size_t i = 0;

    for (; i < incidents->count; i++) {
        struct incident_shown shown = incidents_at(incidents, i);

        if (is_of(&shown, report) && shown.start_ms == report->start_ms)
            break;
    }
    return i;
}

/* The newest of this kind and side, or count. */
static size_t newest(const struct incidents *incidents,
                     const struct incident_report *report)
{
    for (size_t i = incidents->count; i-- > 0;) {
        struct incident_shown shown = incidents_at(incidents, i);

        if (is_of(&shown, report))
            return i;
    }
    return incidents->count;
}

static bool goes_on(const struct incidents *incidents, size_t index)
{
    return index < incidents->count && incidents->shown[index].span_ds == 0;
}

static bool want_lasting(const struct incidents *incidents,
                         struct incident_report *report)
{
    size_t last = newest(incidents, report);

    /* What goes on without its end being heard goes on still. */
    if (report->end_ms == 0)
        return !goes_on(incidents, last);
    if (report->start_ms == 0 && !goes_on(incidents, last))
        return false;
    if (report->start_ms == 0)
        report->start_ms = incidents_at(incidents, last).start_ms;
    return true;
}

bool incidents_want(const struct incidents *incidents,
                    struct incident_report *report)
{
    if (incidents->events >= INCIDENTS_MAX)
        return false;
    if (!incident_is_minor(report->incident))
        return want_lasting(incidents, report);
    if (incidents->events >= INCIDENTS_MINOR || report->end_ms == 0 ||
        report->start_ms == 0)
        return false;
    for (size_t i = 0; i < incidents->count; i++) {
        struct incident_shown shown = incidents_at(incidents, i);

        if (covers(&shown, report))
            return false;
    }
    return find(incidents, report) == incidents->count;
}

/* ---- one more --------------------------------------------------------------
 */

/* True when it follows closely on another of its kind and was joined to it. */
static bool join(struct incidents *incidents,
                 const struct incident_report *report)
{
    size_t last = newest(incidents, report);
    struct incident_shown shown;
    struct incident_fact *fact;

    if (!incident_is_minor(report->incident) || last == incidents->count)
        return false;
    shown = incidents_at(incidents, last);
    if (report->start_ms > end_of(&shown) + INCIDENT_JOIN_MS)
        return false;
    fact = &incidents->shown[last];
    if (report->end_ms > end_of(&shown))
        fact->span_ds = span_of(shown.start_ms, report->end_ms);
    fact->times += fact->times < UINT8_MAX;
    return true;
}

/* What goes on needs a place, or its end would not be known for one: the first
 * gap or freeze makes way for it, or else the first that is over. */
static bool make_room(struct incidents *incidents)
{
    size_t least = incidents->count;
    bool found_minor = false;

    for (size_t i = incidents->count; i-- > 0;) {
        struct incident_shown shown = incidents_at(incidents, i);
        bool minor = incident_is_minor(shown.incident);

        if (minor || (shown.end_ms && !found_minor))
            least = i;
        found_minor |= minor;
    }
    if (least == incidents->count)
        return false;
    incidents->count -= 1;
    memmove(&incidents->shown[least], &incidents->shown[least + 1],
            (incidents->count - least) * sizeof(incidents->shown[0]));
    return true;
}

void incidents_add(struct incidents *incidents,
                   const struct incident_report *report, int64_t at_ms)
{
    struct incident_report whole = *report;
    size_t known;

    if (whole.start_ms == 0)
        whole.start_ms = at_ms; /* an older server wrote it */
    if (incidents->count == 0)
        incidents->from_ms = whole.start_ms - DAY_MS;
    incidents->events += incidents->events < UINT16_MAX;
    known = find(incidents, &whole);
    if (known < incidents->count) {
        incidents->shown[known].span_ds = span_of(whole.start_ms, whole.end_ms);
        return;
    }
    if (join(incidents, &whole))
        return;
    if (incidents->count == INCIDENTS_SHOWN) {
        incidents->more += incidents->more < UINT16_MAX;
        if (incident_is_minor(whole.incident) || !make_room(incidents))
            return;
    }
    incidents->shown[incidents->count++] = (struct incident_fact){
        .after_ms = after_of(incidents, whole.start_ms),
        .span_ds = span_of(whole.start_ms, whole.end_ms),
        .times = 1,
        .what = what_of(whole.incident, whole.side),
    };
}
