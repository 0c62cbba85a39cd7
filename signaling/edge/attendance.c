#include "signaling/edge/fanout_inner.h"

#include <stdlib.h>

/* One person of a visit: the page that holds it, or else any page there is. */
struct side {
    bool connected;
    bool of_holder;
    char words[PRESENCE_TEXT_MAX];
    size_t length;
};

struct all_sides {
    struct side patient;
    struct side doctor;
    struct side guests[GUESTS_MAX];
    struct page_id patient_page;
    struct page_id doctor_page;
    struct page_id guest_pages[GUESTS_MAX];
};

static void side_see(struct side *side, bool holder, struct slice words)
{
    if (side->connected && (side->of_holder || !holder))
        return;
    if (words.length > sizeof(side->words))
        return;
    side->connected = true;
    side->of_holder = holder;
    memcpy(side->words, words.data, words.length);
    side->length = words.length;
}

static void each_page(void *arg, struct page_id page, enum role role,
                      uint32_t guest, struct slice words)
{
    struct all_sides *all = arg;

    if (role == ROLE_PATIENT)
        side_see(&all->patient, page_id_equal(page, all->patient_page), words);
    else if (role == ROLE_DOCTOR)
        side_see(&all->doctor, page_id_equal(page, all->doctor_page), words);
    else if (role == ROLE_GUEST && guest > 0 && guest <= GUESTS_MAX)
        side_see(&all->guests[guest - 1],
                 page_id_equal(page, all->guest_pages[guest - 1]), words);
}

static void side_see_at_desk(struct side *side, bool busy)
{
    const char *words = busy ? "{\"doing\":\"busy\"}" : "{\"doing\":\"desk\"}";

    *side = (struct side){ .connected = true, .length = strlen(words) };
    memcpy(side->words, words, side->length);
}

static json_t *side_value(const struct side *side)
{
    return presence_side(side->connected, slice(side->words, side->length));
}

/* What concerns the call and nothing else: a guest is not told what a patient
 * or a doctor does beside it. */
static json_t *side_for_guest(const struct side *side)
{
    static const char *const about_the_call[] = { "camera", "microphone",
                                                  "sharing" };
    json_t *whole = side_value(side);
    json_t *part = presence_side(false, slice(NULL, 0));

    for (size_t i = 0; i < sizeof(about_the_call) / sizeof(char *); i++) {
        json_t *word = json_object_get(whole, about_the_call[i]);
        if (word)
            json_object_set(part, about_the_call[i], word);
    }
    json_object_set_new(part, "connected", json_boolean(side->connected));
    json_decref(whole);
    return part;
}

static void put_side(json_t *now, const char *name, json_t *side)
{
    if (json_object_set_new(now, name, side))
        abort();
}

static void put_guests(json_t *now, const struct all_sides *all, bool brief,
                       unsigned whom)
{
    json_t *guests = json_array();

    for (size_t i = 0; guests && i < GUESTS_MAX; i++) {
        if (!all->guests[i].connected || !(whom & 1u << (i + 1)))
            continue;
        json_t *side = brief ? side_for_guest(&all->guests[i])
                             : side_value(&all->guests[i]);
        json_object_set_new(side, "guest", json_integer((json_int_t)i + 1));
        json_array_append_new(guests, side);
    }
    put_side(now, "guests", guests);
}

static json_t *now_for_guest(const struct topic *topic,
                             const struct all_sides *all, uint32_t guest)
{
    static const struct side nobody = { .connected = false };
    bool inside = topic->admitted & 1u << guest;
    json_t *now = json_object();

    put_side(now, "patient", side_for_guest(inside ? &all->patient : &nobody));
    put_side(now, "doctor", side_for_guest(inside ? &all->doctor : &nobody));
    put_guests(now, all, true, inside ? topic->admitted : 0);
    return now;
}

static void see_all(struct topic *topic, struct all_sides *all)
{
    struct presence *presence = topic->fanout->edge->app->presence;

    (void)presence_patient_page(presence, topic->visit, &all->patient_page);
    for (uint32_t i = 0; i < GUESTS_MAX; i++)
        (void)presence_guest_page(presence, topic->visit, i + 1,
                                  &all->guest_pages[i]);
    bool at_desk =
        presence_doctor_page(presence, topic->practitioner, &all->doctor_page);
    presence_now(presence, topic->visit, each_page, all);
    /* A doctor's page is at one visit, or at none, but there for all. */
    if (at_desk && (topic->doctor_busy || !all->doctor.connected))
        side_see_at_desk(&all->doctor, topic->doctor_busy);
}

static json_t *now_of(const struct topic *topic, const struct all_sides *all,
                      const struct actor *actor)
{
    if (actor->role == ROLE_GUEST)
        return now_for_guest(topic, all, actor->guest);
    json_t *now = json_object();
    put_side(now, "patient", side_value(&all->patient));
    put_side(now, "doctor", side_value(&all->doctor));
    put_guests(now, all, false, ~0u);
    return now;
}

json_t *fanout_now(struct topic *topic, const struct actor *actor)
{
    struct all_sides all = { .patient = { .connected = false } };

    see_all(topic, &all);
    return now_of(topic, &all, actor);
}

void attendance_show(struct topic *topic)
{
    struct all_sides all = { .patient = { .connected = false } };

    see_all(topic, &all);
    list_each (link, after, &topic->watches) {
        struct watch *watch = list_member(link, struct watch, in_topic);
        ws_send(watch->socket,
                frame_now(topic->visit,
                          now_of(topic, &all, &watch->socket->actor)));
    }
}

bool attendance_can_hold(const struct socket *socket)
{
    return (ROLES_IN_CALLS & ROLE_BIT(socket->actor.role)) != 0;
}

/* Asks whether this page holds, and tells it when that changed. */
void attendance_hold(struct socket *socket)
{
    struct app *app = socket->edge->app;

    if (!attendance_can_hold(socket) || !ws_is_open(socket))
        return;
    bool holds = presence_hold(app->presence, &socket->actor, socket->page);
    if (socket->holder_told && holds == socket->holds_page)
        return;
    bool lost = socket->holds_page && !holds;
    socket->holder_told = true;
    socket->holds_page = holds;
    ws_send(socket, wire_flag("elsewhere", !holds));
    if (lost)
        media_leave(app->media, &socket->actor, socket->page);
}

static void holders_renew(struct fanout *fanout,
                          const struct presence_change *change)
{
    struct topic *topic = topic_find(fanout, change->visit);

    if (topic)
        list_each (link, after, &topic->watches) {
            struct watch *watch = list_member(link, struct watch, in_topic);
            if (watch->socket->actor.role == ROLE_PATIENT ||
                watch->socket->actor.role == ROLE_GUEST)
                attendance_hold(watch->socket);
        }
    list_each (desk, next, &fanout->desks) {
        struct socket *socket = list_member(desk, struct socket, in_desks);
        if (socket->actor.role == ROLE_DOCTOR &&
            practitioner_id_equal(socket->actor.practitioner,
                                  change->practitioner))
            attendance_hold(socket);
    }
}

/* The doctor came to the desk or left it: everybody who waits sees it. */
static void desk_changed(struct fanout *fanout, struct practitioner_id whose)
{
    struct topic *topic;
    size_t cursor = 0;

    while ((topic = map_next(&fanout->topics, &cursor)))
        if (practitioner_id_equal(topic->practitioner, whose))
            attendance_show(topic);
}

void attendance_changed(void *arg, const struct presence_change *change)
{
    struct fanout *fanout = arg;
    struct topic *topic = topic_find(fanout, change->visit);

    if (change->holder)
        holders_renew(fanout, change);
    if (change->holder && !practitioner_id_is_none(change->practitioner))
        desk_changed(fanout, change->practitioner);
    if (topic)
        attendance_show(topic);
}

void fanout_presence(struct socket *socket, struct consultation_id visit,
                     struct slice words)
{
    struct presence *presence = socket->edge->app->presence;
    bool elsewhere = !consultation_id_equal(socket->present_at, visit);

    if (elsewhere && !consultation_id_is_none(socket->present_at))
        presence_drop(presence, socket->present_at, socket->page);
    socket->present_at = visit;
    memcpy(socket->words, words.data, words.length);
    socket->words[words.length] = '\0';
    if (!consultation_id_is_none(visit))
        presence_set(presence, visit, socket->page, &socket->actor, words);
}

void fanout_take_over(struct socket *socket)
{
    if (!attendance_can_hold(socket))
        return;
    presence_take_over(socket->edge->app->presence, &socket->actor,
                       socket->page);
    attendance_hold(socket);
}

void fanout_sweep(struct socket *socket, int64_t now_ms)
{
    if (now_ms - socket->renewed_ms < PRESENCE_RENEW_MS)
        return;
    /* Only who was heard since: a dead line must not look alive. */
    bool alive = socket->heard_ms >= socket->renewed_ms;
    socket->renewed_ms = now_ms;
    if (!alive)
        return;
    attendance_hold(socket);
    if (!consultation_id_is_none(socket->present_at))
        presence_set(socket->edge->app->presence, socket->present_at,
                     socket->page, &socket->actor,
                     slice_of_text(socket->words));
}
