/*
 * media_relays: the part of media that knows there are several relays: what
 * each of them says, who has to offer again because their practitioner lives
 * elsewhere now, and whether each has the rooms that it should have.
 */
#include "signaling/app/media_inside.h"
#include "signaling/app/metrics.h"

#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

uint32_t media_bit(const struct media *media, const struct relay *relay)
{
    return UINT32_C(1) << relays_index(media->relays, relay);
}

void media_measure(const struct media *media, struct metrics_now *out)
{
    size_t count = media->relays ? relays_count(media->relays) : 0;

    out->relay_count = 0;
    _Static_assert(RELAYS_MAX <= METRICS_RELAYS_MAX, "all of them fit");
    for (size_t i = 0; i < count; i++) {
        const struct relay *relay = relays_at(media->relays, i);
        struct metrics_relay *is = &out->relays[out->relay_count];
        const char *name = relay_name(relay);
        if (!relays_is_expected(media->relays, i))
            continue;
        out->relay_count += 1;
        is->up = relays_is_usable(media->relays, i);
        is->draining = is->up && relay_is_draining(relay);
        is->load = is->up ? relay_load(relay) : 0;
        is->practitioners = placement_count(media->placement, relay);
        struct relay_counts counts = relay_counts(relay);
        is->peers = is->up ? counts.peers : 0;
        is->packets_in = counts.packets_in;
        is->packets_out = counts.packets_out;
        /* A second one of a name is known by its number only. */
        if (name[0] && relays_find(media->relays, name) == relay)
            (void)snprintf(is->name, sizeof(is->name), "%s", name);
        else
            (void)snprintf(is->name, sizeof(is->name), "%zu", i + 1);
    }
    out->relay_moves = count ? placement_moves(media->placement) : 0;
}

/* ---- what they say --------------------------------------------------------
 */

static void everybody_again(struct media *media, const struct relay *relay)
{
    list_each (link, after, &media->all_pages) {
        struct media_page *page = list_member(link, struct media_page, link);
        if (page->relay != relay)
            continue;
        media_tell(media, page, MEDIA_AGAIN);
        media_forget_page(media, page);
    }
}

/* It is there, again or anew. */
static void relay_up(struct media *media, struct relay *relay, bool restarted)
{
    list_each (link, after, &media->all_rooms) {
        struct media_room *room = list_member(link, struct media_room, link);
        if (restarted)
            room->held &= ~media_bit(media, relay);
        if (room->relay != relay)
            continue;
        if (restarted)
            media_room_is_gone(media, room);
        if (room->incident_told)
            media_incident_ended(media, room->visit, INCIDENT_RELAY_UNREACHABLE,
                                 SIDE_SERVICE);
        room->incident_told = false;
    }
    media_check_admitted(media);
    media_compare(media);
    if (!restarted)
        return;
    media->with.metrics->relay_restarts += 1;
    everybody_again(media, relay);
    media_visitors_again(media, relay);
}

/* The visits in a call note it once; the pages notice by themselves, and when
 * only the control connection broke there is nothing to notice. */
static void relay_down(struct media *media, const struct relay *relay)
{
    list_each (link, after, &media->all_rooms) {
        struct media_room *room = list_member(link, struct media_room, link);
        if (room->relay != relay)
            continue;
        if (room->on && !room->incident_told)
            media_incident_began(media, room->visit, INCIDENT_RELAY_UNREACHABLE,
                                 SIDE_SERVICE, 0);
        room->incident_told = room->incident_told || room->on;
    }
    if (relays_is_any_up(media->relays))
        media_visitors_again(media, relay);
}

void media_hear_relay(void *arg, struct relay *relay,
                      const struct relay_event *event)
{
    struct media *media = arg;

    if (!media->placement)
        return;
    if (!event->peer) {
        placement_relay_changed(media->placement, relay);
        if (event->kind == RELAY_UP)
            relay_up(media, relay, event->restarted);
        else if (event->kind == RELAY_DOWN)
            relay_down(media, relay);
        return;
    }
    struct media_page *page = media_find_page(media, event->peer);
    if (!page)
        media_visitor_hear(media, event);
    else if (page->relay == relay) /* else of a connection it left behind */
        media_hear_peer(media, page, event);
}

/* ---- who moves ------------------------------------------------------------
 */

bool media_settle(struct media *media, struct media_page *page)
{
    const struct relay *home =
        placement_home(media->placement, page->practitioner);

    if (!home || home == page->relay)
        return true;
    if (page->relay && relay_is_up(page->relay))
        relay_leave(page->relay, page->peer, NULL, NULL);
    media_tell(media, page, MEDIA_AGAIN);
    media_forget_page(media, page);
    return false;
}

/* Pages that came to this node after they had joined are not noted; who holds
 * a visit or the calls is known all the same. */
struct calling {
    struct media *media;
    struct practitioner_id practitioner;
    struct page_id *told; /* already */
    size_t count;
};

static void call_page(struct calling *calling, struct page_id page,
                      enum role role, uint32_t guest,
                      struct consultation_id visit)
{
    struct media_page is = { .page = page,
                             .role = role,
                             .guest = guest,
                             .visit = visit,
                             .practitioner = calling->practitioner };

    for (size_t i = 0; i < calling->count; i++)
        if (page_id_equal(calling->told[i], page))
            return;
    list_each (link, after, &calling->media->all_pages) {
        const struct media_page *noted =
            list_member(link, struct media_page, link);
        /* Either it has come already, or it is about to. */
        if (page_id_equal(noted->page, page) && !noted->assumed)
            return;
    }
    media_tell(calling->media, &is, MEDIA_AGAIN);
}

static void call_visit(struct calling *calling, struct consultation_id visit)
{
    struct presence *presence = calling->media->with.presence;
    struct page_id page;

    if (presence_patient_page(presence, visit, &page))
        call_page(calling, page, ROLE_PATIENT, 0, visit);
    for (uint32_t guest = 1; guest <= GUESTS_MAX; guest++)
        if (presence_guest_page(presence, visit, guest, &page))
            call_page(calling, page, ROLE_GUEST, guest, visit);
}

static void call_others(void *arg, const struct consultation *visit,
                        const struct agenda *agenda)
{
    struct calling *calling = arg;
    struct media *media = calling->media;
    struct page_id page;

    (void)visit;
    if (media->relays && agenda) {
        if (presence_doctor_page(media->with.presence, calling->practitioner,
                                 &page))
            call_page(calling, page, ROLE_DOCTOR, 0,
                      (struct consultation_id){ { 0 } });
        for (uint32_t i = 0; i < agenda->count; i++)
            call_visit(calling, agenda->slots[i].consultation);
    }
    free(calling->told);
    free(calling);
}

static void move_pages(struct media *media, struct practitioner_id practitioner)
{
    struct calling *calling = calloc(1, sizeof(*calling));
    size_t room = media->pages.count;

    assert(calling);
    calling->media = media;
    calling->practitioner = practitioner;
    calling->told = calloc(room ? room : 1, sizeof(*calling->told));
    assert(calling->told);
    list_each (link, after, &media->all_pages) {
        struct media_page *page = list_member(link, struct media_page, link);
        if (!practitioner_id_equal(page->practitioner, practitioner))
            continue;
        struct page_id id = page->page;
        if (!media_settle(media, page))
            calling->told[calling->count++] = id;
    }
    engine_agenda(media->with.engine, practitioner, call_others, calling);
}

void media_moved(void *arg, struct practitioner_id practitioner,
                 struct relay *from)
{
    struct media *media = arg;

    if (!media->relays)
        return;
    move_pages(media, practitioner);
    list_each (link, after, &media->all_rooms) {
        struct media_room *room = list_member(link, struct media_room, link);
        if (!room->on ||
            !practitioner_id_equal(room->practitioner, practitioner))
            continue;
        if (room->relay == from && !(from && relay_is_up(from)))
            media_room_is_gone(media, room);
        if (room->incident_told)
            media_incident_ended(media, room->visit, INCIDENT_RELAY_UNREACHABLE,
                                 SIDE_SERVICE);
        room->incident_told = false;
        media_check(media, room->visit);
    }
}

/* ---- comparing ------------------------------------------------------------
 */

struct comparing {
    struct media *media;
    struct relay *relay;
};

/* All answered: what none of them has is not to be there. */
static void compared_all(struct media *media)
{
    list_each (link, after, &media->all_rooms) {
        struct media_room *room = list_member(link, struct media_room, link);
        if (!room->seen && room->on)
            media_check(media, room->visit);
        else if (!room->seen && room->held == 0)
            media_room_free(media, room);
    }
    list_each (link, after, &media->all_pages)
        (void)media_settle(media, list_member(link, struct media_page, link));
}

static void compare_room(struct media *media, const struct relay *relay,
                         const struct relay_room *there)
{
    struct consultation_id visit = { { 0 } };
    struct media_room *room;

    if (text_base64url_read(slice_of_text(there->room), visit.bytes, ID_BYTES))
        return; /* not ours */
    room = map_get(&media->rooms, slice(visit.bytes, ID_BYTES));
    if (!room && there->count == 0)
        return;
    room = media_room_of(media, visit);
    if (there->count > 0)
        room->held |= media_bit(media, relay);
    room->seen = room->seen || !room->on || room->relay == relay;
    if (!media_room_matches(room, relay, there))
        media_check(media, visit);
}

static void compared(void *arg, const struct relay_answer *answer)
{
    struct comparing *comparing = arg;
    struct media *media = comparing->media;

    media->comparing -= 1;
    if (media->relays && !answer->refused) {
        for (size_t i = 0; i < answer->room_count; i++)
            compare_room(media, comparing->relay, &answer->rooms[i]);
        if (media->comparing == 0)
            compared_all(media);
    }
    free(comparing);
}

void media_compare(struct media *media)
{
    if (!media->relays || media->comparing > 0)
        return;
    list_each (link, after, &media->all_rooms)
        list_member(link, struct media_room, link)->seen = false;
    media->comparing = 1; /* until all were asked */
    for (size_t i = 0; i < relays_count(media->relays); i++) {
        struct relay *relay = relays_at(media->relays, i);
        struct comparing *comparing;
        if (!relay_is_up(relay))
            continue;
        comparing = calloc(1, sizeof(*comparing));
        assert(comparing);
        comparing->media = media;
        comparing->relay = relay;
        media->comparing += 1;
        relay_rooms(relay, compared, comparing);
    }
    media->comparing -= 1;
}
