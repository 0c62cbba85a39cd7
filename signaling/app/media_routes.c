/*
 * media_routes: the part of media that keeps the relays' walls where the log
 * says they are. A room is open only while its visit is admitted and not by
 * telephone. While a page is away (its lease ran out, or this process has just
 * begun) an open room is left as it is: both ends are still the same visit's.
 */
#include "signaling/app/media_inside.h"

#include "signaling/app/clock.h"

#include <assert.h>
#include <stdlib.h>

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
    room->met_ms = clock_now_ms();
    list_append(&media->all_rooms, &room->link);
    map_put(&media->rooms, key, room);
    return room;
}

void media_room_free(struct media *media, struct media_room *room)
{
    list_remove(&room->link);
    (void)map_remove(&media->rooms, slice(room->visit.bytes, ID_BYTES));
    free(room);
}

void media_rooms_free(struct media *media)
{
    list_each (link, after, &media->all_rooms)
        media_room_free(media, list_member(link, struct media_room, link));
}

/* ---- who sits where
 * ------------------------------------------------------ */

enum role media_role_of(enum media_chair chair)
{
    if (chair == CHAIR_DOCTOR)
        return ROLE_DOCTOR;
    return chair == CHAIR_PATIENT ? ROLE_PATIENT : ROLE_GUEST;
}

uint32_t media_guest_of(enum media_chair chair)
{
    return chair < CHAIR_GUEST_1 ? 0 : (uint32_t)(chair - CHAIR_GUEST_1 + 1);
}

unsigned media_slot(enum media_chair from, enum media_chair to)
{
    assert(from != to);
    return from < to ? (unsigned)from + 1 : (unsigned)from;
}

enum media_chair media_chair_of(const struct media_room *room,
                                struct page_id page)
{
    for (int i = 0; i < MEDIA_CHAIRS; i++)
        if (room->people[i].there && page_id_equal(room->people[i].page, page))
            return (enum media_chair)i;
    return MEDIA_CHAIRS;
}

void media_seats(const struct media_room *room, enum media_chair chair,
                 struct media_event *out)
{
    *out = (struct media_event){ .kind = MEDIA_SLOTS,
                                 .page = room->people[chair].page,
                                 .role = media_role_of(chair),
                                 .guest = media_guest_of(chair),
                                 .visit = room->visit };
    if (!room->on || !room->people[chair].there)
        return;
    for (int i = 0; i < MEDIA_CHAIRS; i++) {
        const struct media_person *person = &room->people[i];
        if (i == (int)chair || !person->there)
            continue;
        struct media_seat *seat = &out->seats[out->count++];
        seat->slot = media_slot((enum media_chair)i, chair);
        seat->role = media_role_of((enum media_chair)i);
        seat->guest = media_guest_of((enum media_chair)i);
        seat->kind = person->kind;
        memcpy(seat->name, person->name, NAME_TEXT);
    }
}

/* Who has to sit there by the log, and by which claim. */
static bool is_expected(const struct consultation *visit,
                        enum media_chair chair, struct media_person *out)
{
    *out = (struct media_person){ .there = false };
    if (chair == CHAIR_DOCTOR)
        return true;
    if (chair == CHAIR_PATIENT) {
        out->generation = visit->device_generation;
        return true;
    }
    const struct guest *guest =
        consultation_guest(visit, media_guest_of(chair));
    if (!guest || guest->state != GUEST_ADMITTED)
        return false;
    out->generation = guest->device_generation;
    out->kind = guest->kind;
    memcpy(out->name, guest->name, NAME_TEXT);
    return true;
}

static bool find_page(struct media *media, const struct consultation *visit,
                      enum media_chair chair, struct page_id *out)
{
    struct presence *presence = media->with.presence;

    if (chair == CHAIR_DOCTOR)
        return presence_doctor_page(presence, visit->practitioner, out);
    if (chair == CHAIR_PATIENT)
        return presence_patient_page(presence, visit->id, out);
    return presence_guest_page(presence, visit->id, media_guest_of(chair), out);
}

static void name_peer(const struct consultation *visit, enum media_chair chair,
                      struct media_person *person)
{
    if (chair == CHAIR_DOCTOR)
        media_peer_of_doctor(visit->practitioner, person->page, person->peer);
    else if (chair == CHAIR_PATIENT)
        media_peer_of_patient(visit->id, person->generation, person->page,
                              person->peer);
    else
        media_peer_of_guest(visit->id, media_guest_of(chair),
                            person->generation, person->page, person->peer);
}

/* What the log and the leases say. Whose page is away keeps the place they had
 * by the same claim. False: somebody who should be there is not known of. */
static bool wanted_room(struct media *media, const struct consultation *visit,
                        struct media_room *out)
{
    const struct media_room *before =
        map_get(&media->rooms, slice(visit->id.bytes, ID_BYTES));
    bool known = true;

    *out = (struct media_room){
        .visit = visit->id,
        .practitioner = visit->practitioner,
        .on = visit->phase == PHASE_ADMITTED && !visit->by_telephone,
    };
    for (int i = 0; out->on && i < MEDIA_CHAIRS; i++) {
        enum media_chair chair = (enum media_chair)i;
        struct media_person *person = &out->people[i];
        if (!is_expected(visit, chair, person))
            continue;
        if (find_page(media, visit, chair, &person->page)) {
            person->there = true;
            name_peer(visit, chair, person);
        } else if (before && before->on && before->people[i].there &&
                   before->people[i].generation == person->generation &&
                   practitioner_id_equal(before->practitioner,
                                         visit->practitioner)) {
            *person = before->people[i];
        } else {
            known = false;
        }
    }
    return known;
}

/* This process has just begun, or sees again: a blind node takes no page in,
 * and their leases ran out. Whoever talks goes on talking until their pages had
 * the time to say that they are there. */
static bool is_young(const struct media *media)
{
    int64_t now_ms = clock_now_ms();
    int64_t sees_since_ms = pulse_sees_since_ms(media->with.pulse, now_ms);

    return now_ms - media->began_ms < PRESENCE_LEASE_MS ||
           now_ms - sees_since_ms < PRESENCE_LEASE_MS;
}

/* It is in a call that began elsewhere, and fewer than two of its people are
 * known here yet: the same goes for this room. */
static bool is_newly_met(struct media *media, const struct media_room *wanted)
{
    const struct media_room *room = media_room_of(media, wanted->visit);
    int there = 0;

    for (int i = 0; i < MEDIA_CHAIRS; i++)
        there += wanted->people[i].there;
    return there < 2 && clock_now_ms() - room->met_ms < PRESENCE_LEASE_MS;
}

/* By the newest claim of the patient or of a guest who is still invited. */
static bool still_theirs(const struct consultation *visit,
                         const struct media_page *page)
{
    char peer[ID_TEXT];

    if (!consultation_is_open(visit))
        return false;
    if (page->role == ROLE_PATIENT) {
        media_peer_of_patient(visit->id, visit->device_generation, page->page,
                              peer);
        return strcmp(peer, page->peer) == 0;
    }
    const struct guest *guest = consultation_guest(visit, page->guest);
    if (!guest || !guest->claimed || guest->state == GUEST_DECLINED)
        return false;
    media_peer_of_guest(visit->id, page->guest, guest->device_generation,
                        page->page, peer);
    return strcmp(peer, page->peer) == 0;
}

/* Connections of this visit that must not go on: of a device that was fenced
 * off, at another practitioner's place, or after the end. */
static void end_connections(struct media *media,
                            const struct consultation *visit)
{
    struct list *pages = media_pages_of(media, visit->id);

    /* The list goes with its last page. */
    for (struct list *link = pages ? list_first(pages) : NULL, *after; link;
         link = after) {
        struct media_page *page =
            list_member(link, struct media_page, of_visit);
        after = link->next == pages ? NULL : link->next;
        bool elsewhere =
            !practitioner_id_equal(page->practitioner, visit->practitioner);
        if (!elsewhere && still_theirs(visit, page))
            continue;
        if (page->relay && relay_is_up(page->relay))
            relay_leave(page->relay, page->peer, NULL, NULL);
        if (elsewhere && consultation_is_open(visit))
            media_tell(media, page, MEDIA_AGAIN);
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
    if (!media_is_up(media)) {
        engine_walled(walled);
        return;
    }
    /* Who was never called in has no routes to clear. */
    end_connections(media, visit);
    if (visit->admitted_ms == 0) {
        engine_walled(walled);
        return;
    }
    (void)wanted_room(media, visit, &wanted); /* whoever is not known is out */
    media_set_routes(media, &wanted, agenda->seq, visit->seq, walled);
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
    if (!visit || !agenda || !media_is_up(media))
        return;
    bool known = wanted_room(media, visit, &wanted);
    if (!known && (is_young(media) || is_newly_met(media, &wanted)))
        return;
    if (!wanted.on && !map_get(&media->rooms, slice(visit->id.bytes, ID_BYTES)))
        return; /* never had any */
    media_set_routes(media, &wanted, agenda->seq, visit->seq, NULL);
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

    if (!change->holder || !media->relays)
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

    for (size_t i = 0;
         status == 0 && admitted->media->relays && i < admitted->count; i++) {
        (void)media_room_of(admitted->media, admitted->visits[i]);
        media_check(admitted->media, admitted->visits[i]);
    }
    free(admitted);
}

void media_check_admitted(struct media *media)
{
    struct admitted *admitted = calloc(1, sizeof(*admitted));

    assert(admitted);
    admitted->media = media;
    store_ask(media->with.store, admitted_run, admitted_done, admitted);
}
