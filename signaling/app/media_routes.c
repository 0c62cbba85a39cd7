/*
 * media_routes: the part of media that keeps the relay's walls where the log
 * says they are. A room is open only while its visit is admitted and not by
 * telephone. While a page is away (its lease ran out, or this process has just
 * begun) an open room is left as it is: both ends are still the same visit's.
 */
#include "signaling/app/media_inside.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "signaling/app/clock.h"

#include <assert.h>
#include <stdlib.h>

#define WALL_MS   100  /* design: the relay's word is awaited that long */
#define ROUTE_MS  2000 /* when nobody waits */
#define RECENT_MS (24LL * 60 * 60 * 1000)

struct media_room *media_room_of(struct media *media,
                                 struct consultation_id visit)
{
    struct slice key = slice(visit.bytes, ID_BYTES);
    struct media_room *room = map_get(&media->rooms, key);

    if (room)
        return room;
    room = calloc(1, sizeof(*room));
    assert(room);
    room->visit = visit;
    list_append(&media->all_rooms, &room->link);
    map_put(&media->rooms, key, room);
    return room;
}

static void room_free(struct media *media, struct media_room *room)
{
    list_remove(&room->link);
    (void)map_remove(&media->rooms, slice(room->visit.bytes, ID_BYTES));
    free(room);
}

void media_rooms_free(struct media *media)
{
    list_each (link, after, &media->all_rooms)
        room_free(media, list_member(link, struct media_room, link));
}

void media_incident(struct media *media, struct consultation_id visit,
                    enum incident what)
{
    struct command command = {
        .kind = COMMAND_REPORT_INCIDENT,
        .actor = { .role = ROLE_SYSTEM },
        .consultation = visit,
        .incident.incident = what,
    };

    secret_random(command.id.bytes, sizeof(command.id.bytes));
    engine_submit(media->with.engine, &command, NULL, NULL);
}

/* ---- setting a room's routes
 * ------------------------------------------------------ */

/* What was asked of the relay, until it answered. */
struct setting {
    struct media *media;
    struct media_room room; /* as it is once the relay agreed */
    struct walled *walled;  /* who waits for it; may be NULL */
};

static void tell_slot(struct media *media, struct page_id page,
                      const char *peer, const struct media_room *room,
                      bool somebody)
{
    struct media_event event = {
        .kind = MEDIA_SLOTS,
        .page = page,
        .role =
            strcmp(peer, room->doctor_peer) == 0 ? ROLE_DOCTOR : ROLE_PATIENT,
        .visit = room->visit,
        .somebody = somebody,
    };

    if (media->told)
        media->told(media->arg, &event);
}

/* Tells those who see somebody now, and those who do not any more. */
static void tell_change(struct media *media, const struct media_room *before,
                        const struct media_room *after)
{
    if (before->on &&
        !(after->on && page_id_equal(before->patient, after->patient)))
        tell_slot(media, before->patient, before->patient_peer, before, false);
    if (before->on &&
        !(after->on && page_id_equal(before->doctor, after->doctor)))
        tell_slot(media, before->doctor, before->doctor_peer, before, false);
    if (after->on &&
        !(before->on && page_id_equal(before->patient, after->patient)))
        tell_slot(media, after->patient, after->patient_peer, after, true);
    if (after->on &&
        !(before->on && page_id_equal(before->doctor, after->doctor)))
        tell_slot(media, after->doctor, after->doctor_peer, after, true);
}

static void note_pages(struct media *media, const struct media_room *room)
{
    struct media_page patient = { .page = room->patient,
                                  .role = ROLE_PATIENT,
                                  .visit = room->visit,
                                  .practitioner = room->practitioner };
    struct media_page doctor = { .page = room->doctor,
                                 .role = ROLE_DOCTOR,
                                 .practitioner = room->practitioner };

    memcpy(patient.peer, room->patient_peer, ID_TEXT);
    memcpy(doctor.peer, room->doctor_peer, ID_TEXT);
    (void)media_note_page(media, &patient);
    (void)media_note_page(media, &doctor);
}

static void setting_done(void *arg, const struct relay_answer *answer)
{
    struct setting *setting = arg;
    struct media *media = setting->media;
    struct media_room *room = media_room_of(media, setting->room.visit);
    bool again = answer->refused && strcmp(answer->refused, "timeout") == 0;

    if (!answer->refused) {
        struct media_room before = *room;
        room->practitioner = setting->room.practitioner;
        room->on = setting->room.on;
        room->patient = setting->room.patient;
        room->doctor = setting->room.doctor;
        memcpy(room->patient_peer, setting->room.patient_peer, ID_TEXT);
        memcpy(room->doctor_peer, setting->room.doctor_peer, ID_TEXT);
        struct media_room after = *room;
        if (after.on) {
            note_pages(media, &after);
            relay_house(media->relay, after.patient_peer, "none", NULL, NULL);
        }
        tell_change(media, &before, &after);
    } else if (media->relay) {
        log_warning("route refused code=%s", answer->refused);
    }
    if (setting->walled)
        engine_walled(setting->walled);
    if (again && media->relay)
        media_check(media, setting->room.visit);
    free(setting);
}

static void set_routes(struct media *media, const struct media_room *wanted,
                       uint64_t order, uint64_t seq, struct walled *walled)
{
    struct setting *setting = calloc(1, sizeof(*setting));
    struct relay_route routes[2] = { { .slot = 1 }, { .slot = 1 } };
    char place[ID_TEXT];
    char room[ID_TEXT];

    assert(setting);
    setting->media = media;
    setting->room = *wanted;
    setting->walled = walled;
    text_base64url(slice(wanted->practitioner.bytes, ID_BYTES), place);
    text_base64url(slice(wanted->visit.bytes, ID_BYTES), room);
    memcpy(routes[0].from, wanted->patient_peer, ID_TEXT);
    memcpy(routes[0].to, wanted->doctor_peer, ID_TEXT);
    memcpy(routes[1].from, wanted->doctor_peer, ID_TEXT);
    memcpy(routes[1].to, wanted->patient_peer, ID_TEXT);
    struct relay_set set = {
        .place = place,
        .room = room,
        .order = order,
        .seq = seq,
        .routes = routes,
        .count = wanted->on ? 2 : 0,
    };
    relay_route(media->relay, &set, walled ? WALL_MS : ROUTE_MS, setting_done,
                setting);
}

/* What the log and the leases say. False: a page is away, nothing to set. */
static bool wanted_room(struct media *media, const struct consultation *visit,
                        struct media_room *out)
{
    *out = (struct media_room){
        .visit = visit->id,
        .practitioner = visit->practitioner,
        .on = visit->phase == PHASE_ADMITTED && !visit->by_telephone,
    };
    if (!out->on)
        return true;
    if (!presence_patient_page(media->with.presence, visit->id,
                               &out->patient) ||
        !presence_doctor_page(media->with.presence, visit->practitioner,
                              &out->doctor))
        return false;
    media_peer_of_patient(visit->id, visit->device_generation, out->patient,
                          out->patient_peer);
    media_peer_of_doctor(visit->practitioner, out->doctor, out->doctor_peer);
    return true;
}

/* Connections of this visit that must not go on: of a device that was fenced
 * off, at another practitioner's place, or after the end. */
static void end_connections(struct media *media,
                            const struct consultation *visit)
{
    list_each (link, after, &media->all_pages) {
        struct media_page *page = list_member(link, struct media_page, link);
        if (page->role != ROLE_PATIENT ||
            !consultation_id_equal(page->visit, visit->id))
            continue;
        bool elsewhere =
            !practitioner_id_equal(page->practitioner, visit->practitioner);
        char peer[ID_TEXT];
        media_peer_of_patient(visit->id, visit->device_generation, page->page,
                              peer);
        if (!elsewhere && consultation_is_open(visit) &&
            strcmp(peer, page->peer) == 0)
            continue;
        relay_leave(media->relay, page->peer, NULL, NULL);
        if (elsewhere && consultation_is_open(visit))
            media_tell(media, page, MEDIA_AGAIN, false);
        media_forget_page(media, page);
    }
}

void media_wall(void *arg, const struct consultation *visit,
                const struct agenda *agenda, struct consultation_id id,
                struct walled *walled)
{
    struct media *media = arg;
    struct media_room wanted;

    (void)id;
    if (!media->relay || !relay_is_up(media->relay)) {
        engine_walled(walled);
        return;
    }
    /* Who was never called in has no routes to clear. */
    end_connections(media, visit);
    if (visit->admitted_ms > 0 && wanted_room(media, visit, &wanted))
        set_routes(media, &wanted, agenda->seq, visit->seq, walled);
    else
        engine_walled(walled);
}

/* ---- checking one visit
 * -------------------------------------------------------------- */

struct check {
    struct list link;
    struct media *media;
};

static void check_free(struct check *check)
{
    list_remove(&check->link);
    free(check);
}

static struct check *check_new(struct media *media)
{
    struct check *check = calloc(1, sizeof(*check));

    assert(check);
    check->media = media;
    list_append(&media->checks, &check->link);
    return check;
}

static void check_state(void *arg, const struct consultation *visit,
                        const struct agenda *agenda)
{
    struct check *check = arg;
    struct media *media = check->media;
    struct media_room wanted;

    check_free(check);
    if (!visit || !agenda || !media->relay || !relay_is_up(media->relay))
        return;
    if (!wanted_room(media, visit, &wanted))
        return;
    if (!wanted.on && !map_get(&media->rooms, slice(visit->id.bytes, ID_BYTES)))
        return; /* never had any */
    set_routes(media, &wanted, agenda->seq, visit->seq, NULL);
}

void media_check(struct media *media, struct consultation_id visit)
{
    engine_state(media->with.engine, visit, check_state, check_new(media));
}

static void check_admitted(void *arg, const struct consultation *visit,
                           const struct agenda *agenda)
{
    struct check *check = arg;
    struct media *media = check->media;

    (void)visit;
    check_free(check);
    if (agenda && !consultation_id_is_none(agenda->admitted))
        media_check(media, agenda->admitted);
}

void media_presence_changed(void *arg, const struct presence_change *change)
{
    struct media *media = arg;

    if (!change->holder || !media->relay)
        return;
    if (!consultation_id_is_none(change->visit))
        media_check(media, change->visit);
    else
        engine_agenda(media->with.engine, change->practitioner, check_admitted,
                      check_new(media));
}

/* ---- all of them
 * ------------------------------------------------------------------------ */

struct admitted {
    struct media *media;
    struct consultation_id visits[512];
    size_t count;
};

static int keep_admitted(void *arg, const struct appointment *row)
{
    struct admitted *admitted = arg;

    if (row->phase == PHASE_ADMITTED &&
        admitted->count < sizeof(admitted->visits) / sizeof(*admitted->visits))
        admitted->visits[admitted->count++] = row->consultation;
    return 0;
}

static int admitted_run(struct reader_of_store *reader, void *arg)
{
    struct clinic_id all = { { 0 } };
    struct practitioner_id everybody = { { 0 } };
    int64_t now_ms = clock_now_ms();

    return read_appointments(reader, all, everybody, now_ms - RECENT_MS,
                             now_ms + RECENT_MS, keep_admitted, arg);
}

static void admitted_done(void *arg, int status)
{
    struct admitted *admitted = arg;

    for (size_t i = 0; status == 0 && i < admitted->count; i++) {
        (void)media_room_of(admitted->media, admitted->visits[i]);
        media_check(admitted->media, admitted->visits[i]);
    }
    free(admitted);
}

/* Another relay than before has no rooms. */
static void room_is_gone(struct media *media, struct media_room *room)
{
    struct media_room before = *room;

    if (!room->on)
        return;
    room->on = false;
    tell_change(media, &before, room);
    if (!room->incident_told)
        media_incident(media, room->visit, INCIDENT_RELAY_RESTARTED);
}

void media_relay_up(struct media *media, bool restarted)
{
    struct admitted *admitted = calloc(1, sizeof(*admitted));

    assert(admitted);
    list_each (link, after, &media->all_rooms) {
        struct media_room *room = list_member(link, struct media_room, link);
        if (restarted)
            room_is_gone(media, room);
        room->incident_told = false;
    }
    admitted->media = media;
    store_ask(media->with.store, admitted_run, admitted_done, admitted);
    media_compare(media);
}

/* The visits in a call note it once; the pages notice by themselves, and when
 * only the control connection broke there is nothing to notice. */
void media_relay_down(struct media *media)
{
    list_each (link, after, &media->all_rooms) {
        struct media_room *room = list_member(link, struct media_room, link);
        if (room->on && !room->incident_told)
            media_incident(media, room->visit, INCIDENT_RELAY_UNREACHABLE);
        room->incident_told = room->incident_told || room->on;
    }
}

static bool room_matches(const struct media_room *room,
                         const struct relay_room *there)
{
    if (!room->on || there->count != 2)
        return !room->on && there->count == 0;
    for (size_t i = 0; i < 2; i++) {
        const struct relay_route *route = &there->routes[i];
        bool outwards = strcmp(route->from, room->patient_peer) == 0 &&
                        strcmp(route->to, room->doctor_peer) == 0;
        bool inwards = strcmp(route->from, room->doctor_peer) == 0 &&
                       strcmp(route->to, room->patient_peer) == 0;
        if ((!outwards && !inwards) || route->slot != 1)
            return false;
    }
    return true;
}

static void compared(void *arg, const struct relay_answer *answer)
{
    struct media *media = arg;

    if (answer->refused || !media->relay)
        return;
    list_each (link, after, &media->all_rooms)
        list_member(link, struct media_room, link)->seen = false;
    for (size_t i = 0; i < answer->room_count; i++) {
        const struct relay_room *there = &answer->rooms[i];
        struct consultation_id visit = { { 0 } };
        if (text_base64url_read(slice_of_text(there->room), visit.bytes,
                                ID_BYTES))
            continue; /* not ours */
        struct media_room *room =
            map_get(&media->rooms, slice(visit.bytes, ID_BYTES));
        if (!room && there->count == 0)
            continue;
        room = media_room_of(media, visit);
        room->seen = true;
        if (!room_matches(room, there))
            media_check(media, visit);
    }
    list_each (link, after, &media->all_rooms) {
        struct media_room *room = list_member(link, struct media_room, link);
        if (!room->seen && room->on)
            media_check(media, room->visit);
        else if (!room->seen)
            room_free(media, room);
    }
}

void media_compare(struct media *media)
{
    if (media->relay && relay_is_up(media->relay))
        relay_rooms(media->relay, compared, media);
}
