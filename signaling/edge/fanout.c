#include "signaling/edge/fanout_inner.h"

#include "signaling/app/clock.h"
#include "signaling/core/access.h"

#include <assert.h>
#include <stdlib.h>

/* ---- topics and watches ---------------------------------------------------
 */

static struct slice visit_key(const struct consultation_id *visit)
{
    return slice(visit->bytes, ID_BYTES);
}

struct topic *topic_find(const struct fanout *fanout,
                         struct consultation_id visit)
{
    return map_get(&fanout->topics, visit_key(&visit));
}

struct topic *topic_get(struct fanout *fanout, struct consultation_id visit)
{
    struct topic *topic = map_get(&fanout->topics, visit_key(&visit));

    if (topic)
        return topic;
    topic = calloc(1, sizeof(*topic));
    if (!topic)
        abort();
    topic->fanout = fanout;
    topic->visit = visit;
    list_init(&topic->watches);
    map_put(&fanout->topics, visit_key(&visit), topic);
    return topic;
}

void topic_let_go(struct topic *topic)
{
    if (topic->reading || topic->missed || !list_is_empty(&topic->watches))
        return;
    (void)map_remove(&topic->fanout->topics, visit_key(&topic->visit));
    free(topic);
}

struct watch *watch_find(const struct socket *socket,
                         struct consultation_id visit)
{
    list_each (link, after, &socket->watches) {
        struct watch *watch = list_member(link, struct watch, in_socket);
        if (consultation_id_equal(watch->topic->visit, visit))
            return watch;
    }
    return NULL;
}

struct watch *watch_get(struct socket *socket, struct consultation_id visit)
{
    struct watch *watch = watch_find(socket, visit);

    if (watch)
        return watch;
    watch = calloc(1, sizeof(*watch));
    if (!watch)
        abort();
    watch->socket = socket;
    watch->topic = topic_get(socket->edge->fanout, visit);
    watch->chat_from = 1;
    list_append(&watch->topic->watches, &watch->in_topic);
    list_append(&socket->watches, &watch->in_socket);
    return watch;
}

static void watch_free(struct watch *watch)
{
    list_remove(&watch->in_topic);
    list_remove(&watch->in_socket);
    topic_let_go(watch->topic);
    free(watch);
}

void watch_let_go(struct watch *watch)
{
    if (!watch->view && !watch->row)
        watch_free(watch);
}

/* ---- what could not be read -------------------------------------------------
 */

#define MISSED_AGAIN_S 0.5
#define MISSES_MAX     600 /* five minutes; then the next move asks again */

void topic_missed(struct topic *topic)
{
    struct fanout *fanout = topic->fanout;

    if (topic->missed || topic->misses == MISSES_MAX)
        return;
    topic->missed = true;
    topic->misses += 1;
    if (!ev_is_active(&fanout->later)) {
        ev_timer_set(&fanout->later, MISSED_AGAIN_S, 0);
        ev_timer_start(fanout->edge->options.loop, &fanout->later);
    }
}

static void on_later(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct fanout *fanout = timer->data;
    struct topic *topic;
    size_t cursor = 0;

    (void)loop, (void)events;
    while ((topic = map_next(&fanout->topics, &cursor))) {
        if (!topic->missed)
            continue;
        topic->missed = false;
        topic_refresh(topic);
        cursor = 0; /* it may be gone */
    }
}

static bool is_missed(enum refusal refusal)
{
    return refusal == REFUSED_TRY_AGAIN || refusal == REFUSED_UNKNOWN;
}

/* ---- chat and writing -----------------------------------------------------
 */

/* An answer for one page about one visit. */
struct errand {
    struct socket *socket;
    struct consultation_id visit;
    uint32_t from;
    uint32_t upto; /* the last message there was */
};

static struct errand *errand_new(struct watch *watch)
{
    struct errand *errand = calloc(1, sizeof(*errand));

    if (!errand)
        abort();
    errand->socket = watch->socket;
    errand->visit = watch->topic->visit;
    errand->from = watch->chat_from;
    ws_hold(watch->socket);
    return errand;
}

static void chat_ask(struct watch *watch, uint32_t upto);

/* The watch that sent it, or NULL when it ended meanwhile. */
static struct watch *errand_watch(const struct errand *errand)
{
    return ws_is_open(errand->socket)
               ? watch_find(errand->socket, errand->visit)
               : NULL;
}

static void errand_free(struct errand *errand)
{
    ws_release(errand->socket);
    free(errand);
}

static void on_chat(void *arg, enum refusal refusal,
                    const struct stored_text *messages, size_t count)
{
    struct errand *errand = arg;
    struct watch *watch = errand_watch(errand);

    if (watch)
        watch->chat_reading = false;
    if (watch && !refusal && errand->from == watch->chat_from) {
        if (count > 0)
            ws_send(watch->socket,
                    frame_chat(errand->visit, messages, count, errand->from));
        watch->chat_from = errand->upto + 1; /* some are not for this role */
        if (count > 0 && messages[count - 1].number >= watch->chat_from)
            watch->chat_from = messages[count - 1].number + 1;
        chat_ask(watch, watch->chat_wanted);
    }
    if (watch && is_missed(refusal))
        topic_missed(watch->topic);
    errand_free(errand);
}

static void chat_ask(struct watch *watch, uint32_t upto)
{
    watch->chat_wanted = upto;
    if (watch->chat_reading || upto < watch->chat_from)
        return;
    struct errand *errand = errand_new(watch);
    errand->upto = upto;
    watch->chat_reading = true;
    texts_chat(watch->socket->edge->app->texts, &watch->socket->actor,
               watch->topic->visit, watch->chat_from, on_chat, errand);
}

static void on_writing(void *arg, enum refusal refusal,
                       const struct writing *writing)
{
    struct errand *errand = arg;
    struct watch *watch = errand_watch(errand);

    if (watch && is_missed(refusal)) {
        watch->writing_missed = true;
        topic_missed(watch->topic);
    }
    if (watch && !refusal) {
        if (writing->note.length > 0)
            ws_send(errand->socket, frame_note(errand->visit, writing->note));
        if (writing->lines.length > 0)
            ws_send(errand->socket, frame_lines(errand->visit, writing));
    }
    errand_free(errand);
}

static void writing_ask(struct watch *watch)
{
    struct socket *socket = watch->socket;

    watch->writing_missed = false;
    texts_writing(socket->edge->app->texts, &socket->actor, watch->topic->visit,
                  on_writing, errand_new(watch));
}

/* ---- views ----------------------------------------------------------------
 */

static void view_send(struct watch *watch, const struct consultation *visit,
                      const struct agenda *agenda)
{
    struct socket *socket = watch->socket;
    struct view view;

    enum refusal refusal = access_visit(&socket->actor, visit);
    if (refusal) {
        if (refusal == REFUSED_ELSEWHERE)
            ws_send(socket, wire_flag("fenced", true));
        watch->view = false;
        watch_let_go(watch);
        return;
    }
    struct policy policy =
        directory_policy(socket->edge->app->directory, visit->clinic);
    if (socket->actor.role == ROLE_GUEST)
        view_make_guest(visit, agenda, &policy, socket->actor.guest, &view);
    else
        view_make(visit, agenda, &policy, socket->actor.role, &view);
    ws_send(socket,
            wire_view_frame(visit->id, visit->seq, &view, socket->actor.role));
    if (socket->actor.role == ROLE_DOCTOR &&
        watch->incidents_told != visit->incidents.events) {
        watch->incidents_told = visit->incidents.events;
        ws_send(socket, frame_incidents(visit->id, &visit->incidents));
    }
    if (watch->writing_missed)
        writing_ask(watch);
    if (socket->actor.role != ROLE_GUEST) /* the chat is not for guests */
        chat_ask(watch, visit->messages);
}

/* A patient who waits is told when the doctor is with somebody else. */
static void busy_note(struct topic *topic, const struct agenda *agenda)
{
    bool busy = agenda && !consultation_id_is_none(agenda->admitted) &&
                !consultation_id_equal(agenda->admitted, topic->visit);

    if (busy == topic->doctor_busy)
        return;
    topic->doctor_busy = busy;
    attendance_show(topic);
}

/* Who was let in sees who is there; who was sent out does not any more. */
static void admitted_note(struct topic *topic, const struct consultation *visit)
{
    unsigned admitted = 0;

    for (uint32_t i = 1; i <= GUESTS_MAX; i++) {
        const struct guest *guest = consultation_guest(visit, i);
        if (guest && guest->state == GUEST_ADMITTED)
            admitted |= 1u << i;
    }
    if (admitted == topic->admitted)
        return;
    topic->admitted = admitted;
    attendance_show(topic);
}

static void on_state(void *arg, const struct consultation *visit,
                     const struct agenda *agenda)
{
    struct topic *topic = arg;

    topic->fanout->edge->waiting--;
    if (!visit) {
        topic_missed(topic);
    } else {
        topic->misses = 0;
        topic->practitioner = visit->practitioner;
        busy_note(topic, agenda);
        admitted_note(topic, visit);
        list_each (link, after, &topic->watches) {
            struct watch *watch = list_member(link, struct watch, in_topic);
            if (watch->view)
                view_send(watch, visit, agenda);
        }
        board_moved(topic, visit);
    }
    topic->reading = false;
    if (topic->again) {
        topic->again = false;
        topic_refresh(topic);
        return;
    }
    topic_let_go(topic);
}

void topic_refresh(struct topic *topic)
{
    if (topic->reading) {
        topic->again = true;
        return;
    }
    topic->reading = true;
    topic->fanout->edge->waiting++;
    engine_state(topic->fanout->edge->app->engine, topic->visit, on_state,
                 topic);
}

static void on_moved(void *arg, const struct app_moved *moved)
{
    struct fanout *fanout = arg;
    struct topic *topic;
    size_t cursor = 0;

    if (!consultation_id_is_none(moved->visit)) {
        topic = map_get(&fanout->topics, visit_key(&moved->visit));
        if (!topic && !list_is_empty(&fanout->desks))
            topic = topic_get(fanout, moved->visit);
        if (topic)
            topic_refresh(topic);
    }
    if (practitioner_id_is_none(moved->practitioner))
        return;
    while ((topic = map_next(&fanout->topics, &cursor)))
        if (practitioner_id_equal(topic->practitioner, moved->practitioner))
            topic_refresh(topic);
}

/* ---- media ----------------------------------------------------------------
 */

static void slots_send(struct socket *socket, const struct media_event *event)
{
    struct media_event slots = *event;

    if (slots.count > 0)
        socket->shown = slots.visit;
    else if (consultation_id_is_none(slots.visit))
        slots.visit = socket->shown;
    if (consultation_id_is_none(slots.visit))
        return; /* nobody was shown, nobody is */
    ws_send(socket, frame_slots(&slots));
}

/* How one side's line is, for both sides. */
static void line_send(struct fanout *fanout, const struct media_event *event)
{
    struct topic *topic = map_get(&fanout->topics, visit_key(&event->visit));

    if (topic)
        list_each (link, after, &topic->watches) {
            struct watch *watch = list_member(link, struct watch, in_topic);
            const struct actor *actor = &watch->socket->actor;
            bool own = actor->role == ROLE_GUEST &&
                       page_id_equal(watch->socket->page, event->page);
            if (watch->view && (actor->role == ROLE_PATIENT ||
                                actor->role == ROLE_DOCTOR || own))
                ws_send(watch->socket, event->kind == MEDIA_PICTURE
                                           ? frame_picture(event)
                                           : frame_quality(event));
        }
}

/* The visit that a word about this page's media is of, or the doctor's desk. */
static const uint8_t *own_id(const struct socket *socket,
                             const struct media_event *event)
{
    if (!consultation_id_is_none(event->visit))
        return event->visit.bytes;
    return socket->actor.role == ROLE_DOCTOR ? socket->actor.practitioner.bytes
                                             : socket->actor.consultation.bytes;
}

static void media_word_send(struct socket *socket,
                            const struct media_event *event, const char *word)
{
    ws_send(socket, frame_media(own_id(socket, event), word));
}

static void on_media(void *arg, const struct media_event *event)
{
    struct fanout *fanout = arg;
    struct socket *socket =
        map_get(&fanout->pages, slice(event->page.bytes, ID_BYTES));

    if (event->kind == MEDIA_QUALITY || event->kind == MEDIA_PICTURE) {
        line_send(fanout, event);
        return;
    }
    if (!socket)
        return;
    switch (event->kind) {
    case MEDIA_SLOTS:
        slots_send(socket, event);
        break;
    case MEDIA_AGAIN:
        media_word_send(socket, event, "again");
        break;
    case MEDIA_CONNECTED:
        media_word_send(socket, event, "connected");
        break;
    case MEDIA_LOST:
        media_word_send(socket, event, "lost");
        break;
    case MEDIA_BACK:
        media_word_send(socket, event, "back");
        break;
    case MEDIA_HEARD:
        ws_send(socket, frame_heard(own_id(socket, event), event));
        break;
    case MEDIA_MEASURED:
        ws_send(socket, frame_line(own_id(socket, event), event));
        break;
    case MEDIA_QUALITY:
    case MEDIA_PICTURE:
        break;
    }
}

/* ---- pages come and go ----------------------------------------------------
 */

static void slots_greet(struct socket *socket, struct consultation_id visit)
{
    struct media_event shown;

    if (media_shown(socket->edge->app->media, socket->page, &shown) &&
        consultation_id_equal(shown.visit, visit))
        slots_send(socket, &shown);
    media_retell(socket->edge->app->media, visit);
}

void fanout_watch(struct socket *socket, struct consultation_id visit)
{
    struct watch *watch = watch_get(socket, visit);
    struct topic *topic = watch->topic;

    watch->view = true;
    watch->chat_from = 1;
    watch->incidents_told = 0;
    ws_send(socket, frame_now(visit, fanout_now(topic, &socket->actor)));
    slots_greet(socket, visit);
    if (socket->actor.role == ROLE_DOCTOR)
        writing_ask(watch);
    topic_refresh(topic); /* last: its answer may end the watch */
}

bool fanout_shows(const struct socket *socket, struct consultation_id visit)
{
    return watch_find(socket, visit) != NULL;
}

void fanout_unwatch(struct socket *socket, struct consultation_id visit)
{
    struct watch *watch = watch_find(socket, visit);

    if (!watch)
        return;
    watch->view = false;
    watch_let_go(watch);
    if (consultation_id_equal(socket->present_at, visit))
        fanout_presence(socket, (struct consultation_id){ { 0 } },
                        slice_of_text("{}"));
}

static json_t *frame_me(const struct socket *socket,
                        const struct consultation *visit)
{
    const struct directory *directory = socket->edge->app->directory;

    if (socket->actor.role == ROLE_GUEST)
        return frame_me_guest(directory, visit, socket->actor.guest,
                              clock_now_ms());
    return frame_me_patient(directory, visit, clock_now_ms());
}

/* A patient or a guest: their visit is all they came for. */
static void on_visitor(void *arg, const struct consultation *visit,
                       const struct agenda *agenda)
{
    struct socket *socket = arg;
    json_t *me = NULL;

    (void)agenda;
    if (ws_is_open(socket) && visit)
        me = frame_me(socket, visit);
    else if (ws_is_open(socket))
        ws_cut(socket); /* not to be read now: the page comes back */
    if (me) {
        ws_send(socket, me);
        attendance_hold(socket);
        fanout_presence(socket, visit->id, slice_of_text("{}"));
        fanout_watch(socket, visit->id);
    }
    ws_release(socket);
}

void fanout_open(struct socket *socket)
{
    struct fanout *fanout = socket->edge->fanout;

    socket->renewed_ms = clock_now_ms();
    struct slice page = slice(socket->page.bytes, ID_BYTES);
    struct socket *before = map_get(&fanout->pages, page);
    if (before) { /* the same page over a new line: the old one is dead */
        before->replaced = true;
        ws_cut(before);
    }
    map_put(&fanout->pages, page, socket);
    if (socket->kind == SOCKET_VISIT) {
        ws_hold(socket);
        engine_state(socket->edge->app->engine, socket->actor.consultation,
                     on_visitor, socket);
        return;
    }
    json_t *me = frame_me_staff(socket->edge->app->directory, &socket->actor,
                                clock_now_ms());
    if (!me) {
        ws_end(socket);
        return;
    }
    list_append(&fanout->desks, &socket->in_desks);
    ws_send(socket, me);
    attendance_hold(socket);
}

void fanout_close(struct socket *socket)
{
    struct app *app = socket->edge->app;

    if (!socket->known)
        return;
    /* The page lives on over its newer line: that one has the page's name. */
    if (!socket->replaced)
        (void)map_remove(&socket->edge->fanout->pages,
                         slice(socket->page.bytes, ID_BYTES));
    list_remove(&socket->in_desks);
    list_each (link, after, &socket->watches)
        watch_free(list_member(link, struct watch, in_socket));
    /* A line that broke keeps its leases until they run out. */
    if (!socket->was_closed || socket->replaced)
        return;
    if (!consultation_id_is_none(socket->present_at))
        presence_drop(app->presence, socket->present_at, socket->page);
    if (attendance_can_hold(socket)) {
        presence_let_go(app->presence, &socket->actor, socket->page);
        media_leave(app->media, &socket->actor, socket->page);
    }
}

struct fanout *fanout_new(struct edge *edge)
{
    struct fanout *fanout = calloc(1, sizeof(*fanout));

    if (!fanout)
        return NULL;
    fanout->edge = edge;
    map_init(&fanout->topics);
    map_init(&fanout->pages);
    list_init(&fanout->desks);
    ev_timer_init(&fanout->later, on_later, MISSED_AGAIN_S, 0);
    fanout->later.data = fanout;
    app_on_moved(edge->app, on_moved, fanout);
    presence_on_change(edge->app->presence, attendance_changed, fanout);
    media_on_event(edge->app->media, on_media, fanout);
    return fanout;
}

void fanout_stop(struct fanout *fanout)
{
    ev_timer_stop(fanout->edge->options.loop, &fanout->later);
    app_on_moved(fanout->edge->app, NULL, NULL);
    presence_on_change(fanout->edge->app->presence, NULL, NULL);
    media_on_event(fanout->edge->app->media, NULL, NULL);
}

void fanout_free(struct fanout *fanout)
{
    size_t cursor = 0;

    if (!fanout)
        return;
    for (void *topic; (topic = map_next(&fanout->topics, &cursor));)
        free(topic);
    map_release(&fanout->topics);
    map_release(&fanout->pages);
    free(fanout);
}
