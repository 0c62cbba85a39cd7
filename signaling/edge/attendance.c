#include "signaling/edge/fanout_inner.h"

#include <stdlib.h>

/* One side of a visit: the page that holds it, or else any page there is. */
struct side {
    bool connected;
    bool of_holder;
    char words[PRESENCE_TEXT_MAX];
    size_t length;
};

struct both_sides {
    struct side patient;
    struct side doctor;
    struct page_id patient_page;
    struct page_id doctor_page;
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
                      struct slice words)
{
    struct both_sides *both = arg;

    if (role == ROLE_PATIENT)
        side_see(&both->patient, page_id_equal(page, both->patient_page),
                 words);
    else if (role == ROLE_DOCTOR)
        side_see(&both->doctor, page_id_equal(page, both->doctor_page), words);
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

json_t *fanout_now(struct topic *topic)
{
    struct presence *presence = topic->fanout->edge->app->presence;
    struct both_sides both = { .patient = { .connected = false } };

    (void)presence_patient_page(presence, topic->visit, &both.patient_page);
    bool at_desk =
        presence_doctor_page(presence, topic->practitioner, &both.doctor_page);
    presence_now(presence, topic->visit, each_page, &both);
    /* A doctor's page is at one visit, or at none, but there for all. */
    if (at_desk && (topic->doctor_busy || !both.doctor.connected))
        side_see_at_desk(&both.doctor, topic->doctor_busy);
    json_t *now = json_object();
    if (!now || json_object_set_new(now, "patient", side_value(&both.patient)))
        abort();
    if (json_object_set_new(now, "doctor", side_value(&both.doctor)))
        abort();
    return now;
}

void attendance_show(struct topic *topic)
{
    json_t *now = fanout_now(topic);

    list_each (link, after, &topic->watches) {
        struct watch *watch = list_member(link, struct watch, in_topic);
        ws_send(watch->socket, frame_now(topic->visit, json_incref(now)));
    }
    json_decref(now);
}

bool attendance_can_hold(const struct socket *socket)
{
    return socket->actor.role == ROLE_PATIENT ||
           socket->actor.role == ROLE_DOCTOR;
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
            if (watch->socket->actor.role == ROLE_PATIENT)
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
        presence_set(presence, visit, socket->page, socket->actor.role, words);
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
                     socket->page, socket->actor.role,
                     slice_of_text(socket->words));
}
