/*
 * media_incidents: the part of media that writes down what went wrong in a
 * call, with beginning and end. Which of it is worth an event, the core
 * decides.
 */
#include "signaling/app/media_inside.h"

#include "base/secret.h"
#include "signaling/app/clock.h"

#define LOST_AFTER_MS                                                          \
    5000 /* the relay says "lost" so late; relay-control.md                    \
          */

static void submit(struct media *media, struct consultation_id visit,
                   const struct incident_report *report)
{
    struct command command = {
        .kind = COMMAND_REPORT_INCIDENT,
        .actor = { .role = ROLE_SYSTEM },
        .consultation = visit,
        .incident = *report,
    };

    secret_random(command.id.bytes, sizeof(command.id.bytes));
    engine_submit(media->with.engine, &command, NULL, NULL);
}

void media_incident_began(struct media *media, struct consultation_id visit,
                          enum incident what, enum incident_side side,
                          int64_t ago_ms)
{
    submit(media, visit,
           &(struct incident_report){
               .incident = what,
               .side = side,
               .start_ms = clock_now_ms() - ago_ms,
           });
}

void media_incident_ended(struct media *media, struct consultation_id visit,
                          enum incident what, enum incident_side side)
{
    submit(media, visit,
           &(struct incident_report){
               .incident = what,
               .side = side,
               .end_ms = clock_now_ms(),
           });
}

static void was(struct media *media, struct consultation_id visit,
                enum incident what, enum incident_side side, uint32_t lasted_ms)
{
    int64_t now_ms = clock_now_ms();

    submit(media, visit,
           &(struct incident_report){
               .incident = what,
               .side = side,
               .start_ms = now_ms - lasted_ms,
               .end_ms = now_ms,
           });
}

static enum incident_side side_of(enum role role)
{
    if (role == ROLE_GUEST)
        return SIDE_GUEST;
    return role == ROLE_DOCTOR ? SIDE_DOCTOR : SIDE_PATIENT;
}

static enum incident lost_line_of(enum role role)
{
    if (role == ROLE_GUEST)
        return INCIDENT_GUEST_LINE_LOST;
    return role == ROLE_DOCTOR ? INCIDENT_DOCTOR_LINE_LOST
                               : INCIDENT_PATIENT_LINE_LOST;
}

/* The page offered anew in the midst of a call, and its line stands again. */
static void connected(struct media *media, struct media_page *page,
                      const struct media_room *room)
{
    enum incident_side side = side_of(page->role);

    media_incident_ended(media, room->visit, lost_line_of(page->role), side);
    if (page->dark)
        media_incident_ended(media, room->visit, INCIDENT_SOUND_ONLY, side);
    if (page->talked)
        was(media, room->visit, INCIDENT_RECONNECTED, side, 0);
    page->talked = true;
    if (room->restart_told)
        media_incident_ended(media, room->visit, INCIDENT_RELAY_RESTARTED,
                             SIDE_SERVICE);
}

void media_incident_of(struct media *media, struct media_page *page,
                       const struct relay_event *heard)
{
    struct media_room *room = media_room_of_page(media, page->page);
    enum incident_side side = side_of(page->role);

    if (!room)
        return;
    switch (heard->kind) {
    case RELAY_CONNECTED:
        connected(media, page, room);
        room->restart_told = false;
        break;
    case RELAY_LOST:
        if (!page->lost)
            media_incident_began(media, room->visit, lost_line_of(page->role),
                                 side, LOST_AFTER_MS);
        break;
    case RELAY_BACK:
        media_incident_ended(media, room->visit, lost_line_of(page->role),
                             side);
        break;
    case RELAY_GAP:
        was(media, room->visit, INCIDENT_SOUND_GAP, side, heard->gap_ms);
        break;
    case RELAY_PICTURE:
        if (heard->shown)
            media_incident_ended(media, room->visit, INCIDENT_SOUND_ONLY, side);
        else
            media_incident_began(media, room->visit, INCIDENT_SOUND_ONLY, side,
                                 0);
        break;
    case RELAY_QUALITY:
        page->talked = true;
        break;
    case RELAY_GONE:
    case RELAY_HEARD:
    case RELAY_PROBED:
    case RELAY_UP:
    case RELAY_DOWN:
    case RELAY_DRAINING:
        break;
    }
}

void media_saw(struct media *media, const struct actor *actor,
               struct consultation_id visit, enum incident incident,
               uint32_t lasted_ms)
{
    was(media, visit, incident, side_of(actor->role), lasted_ms);
}
