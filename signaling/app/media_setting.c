/*
 * media_setting: the part of media that has the relays carry out what a room's
 * routes are to be, and tells the pages what changed once they did.
 */
#include "signaling/app/media_inside.h"

#include "base/log.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>

#define WALL_MS  100  /* design: the relay's word is awaited that long */
#define ROUTE_MS 2000 /* when nobody waits */
/* Everybody to everybody else. */
#define ROUTES_MAX (MEDIA_CHAIRS * (MEDIA_CHAIRS - 1))
_Static_assert(ROUTES_MAX <= RELAY_ROUTES_MAX, "a room's set fits one request");

/* ---- what pages hear of it ------------------------------------------------
 */

static bool seats_equal(const struct media_event *a,
                        const struct media_event *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->seats[i].slot != b->seats[i].slot ||
            strcmp(a->seats[i].name, b->seats[i].name) != 0)
            return false;
    return true;
}

/* Tells who sees others than before, and who does not see anybody any more. */
static void tell_change(struct media *media, const struct media_room *before,
                        const struct media_room *after)
{
    for (int i = 0; media->told && i < MEDIA_CHAIRS; i++) {
        struct media_event saw;
        struct media_event sees;
        media_seats(before, (enum media_chair)i, &saw);
        media_seats(after, (enum media_chair)i, &sees);
        bool same = page_id_equal(saw.page, sees.page);
        if (saw.count > 0 && (!same || sees.count == 0)) {
            struct media_event nobody = saw;
            nobody.count = 0;
            media->told(media->arg, &nobody);
        }
        if (sees.count > 0 && (!same || !seats_equal(&saw, &sees)))
            media->told(media->arg, &sees);
    }
}

static void note_pages(struct media *media, const struct media_room *room)
{
    for (int i = 0; i < MEDIA_CHAIRS; i++) {
        const struct media_person *person = &room->people[i];
        struct media_page page = {
            .page = person->page,
            .role = media_role_of((enum media_chair)i),
            .guest = media_guest_of((enum media_chair)i),
            .practitioner = room->practitioner,
            .relay = room->relay,
            .assumed = true,
        };
        if (!person->there)
            continue;
        if (i != CHAIR_DOCTOR)
            page.visit = room->visit;
        memcpy(page.peer, person->peer, ID_TEXT);
        (void)media_note_page(media, &page);
        if (i != CHAIR_DOCTOR) /* who hears people hears no music */
            relay_house(room->relay, person->peer, "none", NULL, NULL);
    }
}

/* ---- asking the relays ----------------------------------------------------
 */

/* Everybody there to everybody else there. */
static size_t routes_of(const struct media_room *room,
                        struct relay_route out[ROUTES_MAX])
{
    size_t count = 0;

    for (int from = 0; room->on && from < MEDIA_CHAIRS; from++)
        for (int to = 0; to < MEDIA_CHAIRS; to++) {
            if (from == to || !room->people[from].there ||
                !room->people[to].there)
                continue;
            struct relay_route *route = &out[count++];
            memcpy(route->from, room->people[from].peer, ID_TEXT);
            memcpy(route->to, room->people[to].peer, ID_TEXT);
            route->slot =
                media_slot((enum media_chair)from, (enum media_chair)to);
        }
    return count;
}

/* What is asked of the relays, until all of them answered: the one where the
 * practitioner lives gets the room's routes, the others lose what they have. */
struct setting {
    struct media *media;
    struct media_room room; /* as it is once they agreed */
    uint64_t order;
    uint64_t seq;
    struct walled *walled; /* who waits for it; may be NULL */
    ev_timer limit;        /* of their patience */
    size_t open;
    bool done; /* at least one agreed */
    bool late; /* one did not answer in time */
    bool refused;
};

struct setting_part {
    struct setting *setting;
    struct relay *relay;
    bool home;
};

static void stop_waiting(struct setting *setting)
{
    struct walled *walled = setting->walled;

    setting->walled = NULL;
    ev_timer_stop(setting->media->with.loop, &setting->limit);
    if (walled)
        engine_walled(walled);
}

static void on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    stop_waiting(timer->data);
}

/* The relays did what was asked: so it is now. */
static void adopt(struct media *media, const struct setting *setting)
{
    struct media_room *room = media_room_of(media, setting->room.visit);
    struct media_room before = *room;

    room->practitioner = setting->room.practitioner;
    room->on = setting->room.on;
    room->relay = setting->room.relay;
    memcpy(room->people, setting->room.people, sizeof(room->people));
    struct media_room after = *room;
    if (after.on)
        note_pages(media, &after);
    tell_change(media, &before, &after);
}

static void setting_close(struct setting *setting)
{
    struct media *media = setting->media;

    setting->open -= 1;
    if (setting->open > 0)
        return;
    /* Where routes were set, that was adopted with the relay's word. */
    if (media->relays && !setting->room.on && setting->done &&
        !setting->refused)
        adopt(media, setting);
    stop_waiting(setting);
    if (setting->late && media->relays)
        media_check(media, setting->room.visit);
    free(setting);
}

static void part_done(void *arg, const struct relay_answer *answer)
{
    struct setting_part *part = arg;
    struct setting *setting = part->setting;
    struct media *media = setting->media;

    if (!media->relays) {
        /* stopping */
    } else if (!answer->refused) {
        struct media_room *room = media_room_of(media, setting->room.visit);
        setting->done = true;
        if (!part->home)
            room->held &= ~media_bit(media, part->relay);
        else
            adopt(media, setting);
    } else {
        setting->late =
            setting->late || strcmp(answer->refused, "timeout") == 0;
        setting->refused = true;
        log_warning("route refused code=%s", answer->refused);
    }
    free(part);
    setting_close(setting);
}

static void setting_ask(struct setting *setting, struct relay *relay, bool home)
{
    struct setting_part *part = calloc(1, sizeof(*part));
    struct relay_route routes[ROUTES_MAX];
    char place[ID_TEXT];
    char room[ID_TEXT];

    assert(part);
    *part = (struct setting_part){ setting, relay, home };
    text_base64url(slice(setting->room.practitioner.bytes, ID_BYTES), place);
    text_base64url(slice(setting->room.visit.bytes, ID_BYTES), room);
    struct relay_set set = {
        .place = place,
        .room = room,
        .order = setting->order,
        .seq = setting->seq,
        .routes = routes,
        .count = home ? routes_of(&setting->room, routes) : 0,
    };
    setting->open += 1;
    relay_route(relay, &set, setting->walled ? WALL_MS : ROUTE_MS, part_done,
                part);
}

/* home: NULL where the room is to have no routes at all, or cannot have. */
static void setting_send(struct setting *setting, struct relay *home)
{
    struct media *media = setting->media;
    struct media_room *room;

    setting->room.relay = home;
    room = media->relays ? media_room_of(media, setting->room.visit) : NULL;
    if (home && room)
        room->held |= media_bit(media, home);
    for (size_t i = 0; media->relays && i < relays_count(media->relays); i++) {
        struct relay *relay = relays_at(media->relays, i);
        bool clear =
            !setting->room.on || (room->held & media_bit(media, relay));
        if (relay_is_up(relay) && (relay == home || clear))
            setting_ask(setting, relay, relay == home);
    }
    setting_close(setting);
}

static void setting_placed(void *arg, struct relay *home)
{
    struct setting *setting = arg;

    if (home && setting->media->relays)
        setting_send(setting, home);
    else
        setting_close(setting);
}

void media_set_routes(struct media *media, const struct media_room *wanted,
                      uint64_t order, uint64_t seq, struct walled *walled)
{
    struct setting *setting = calloc(1, sizeof(*setting));

    assert(setting);
    *setting = (struct setting){ .media = media,
                                 .room = *wanted,
                                 .order = order,
                                 .seq = seq,
                                 .walled = walled,
                                 .open = 1 };
    ev_timer_init(&setting->limit, on_limit, (double)WALL_MS / 1e3, 0.);
    setting->limit.data = setting;
    if (walled)
        ev_timer_start(media->with.loop, &setting->limit);
    if (wanted->on)
        placement_find(media->placement, wanted->practitioner, setting_placed,
                       setting);
    else
        setting_send(setting, NULL);
}

/* ---- what they have -------------------------------------------------------
 */

void media_room_is_gone(struct media *media, struct media_room *room)
{
    struct media_room before = *room;

    if (!room->on)
        return;
    room->on = false;
    tell_change(media, &before, room);
    /* Unreachable until it was another one: told as that. */
    if (!room->incident_told)
        media_incident_began(media, room->visit, INCIDENT_RELAY_RESTARTED,
                             SIDE_SERVICE, 0);
    room->restart_told = !room->incident_told;
}

bool media_room_matches(const struct media_room *room,
                        const struct relay *relay,
                        const struct relay_room *there)
{
    struct relay_route routes[ROUTES_MAX];
    size_t count = room->relay == relay ? routes_of(room, routes) : 0;

    if (there->count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < count &&
               (strcmp(there->routes[k].from, routes[i].from) != 0 ||
                strcmp(there->routes[k].to, routes[i].to) != 0 ||
                there->routes[k].slot != routes[i].slot))
            k++;
        if (k == count)
            return false;
    }
    return true;
}
