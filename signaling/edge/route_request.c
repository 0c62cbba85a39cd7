#include "base/secret.h"
#include "base/text.h"
#include "signaling/app/clock.h"
#include "signaling/core/access.h"
#include "signaling/edge/fanout.h"
#include "signaling/edge/route_inner.h"

#include <stdio.h>
#include <stdlib.h>

_Static_assert(WIRE_LINES_MAX == DOCUMENT_LINES_MAX,
               "what comes in is what can be printed");

static const struct field no_fields[] = { { .name = NULL } };

/* False, and answered, when the members are not right. */
static bool members(struct socket *socket, const struct wire_frame *frame,
                    const struct field *fields, void *base)
{
    struct wire_complaint why;

    if (!wire_members_read(frame->with, fields, base, &why))
        return true;
    route_refuse_saying(socket, frame->id_text, &why);
    return false;
}

static bool names_visit(struct socket *socket, const struct wire_frame *frame)
{
    if (frame->has_of)
        return true;
    ws_send(socket,
            wire_refused(frame->id_text, "invalid", "\"of\" is missing."));
    return false;
}

void take_ping(struct socket *socket, const struct wire_frame *frame)
{
    ws_send(socket, wire_ok(frame->id_text));
}

struct day_request {
    struct date day;
};
static const struct field day_fields[] = {
    { .name = "day",
      .type = FIELD_DATE,
      .offset = offsetof(struct day_request, day) },
    { .name = NULL },
};

void take_show_day(struct socket *socket, const struct wire_frame *frame)
{
    struct day_request request = { .day = { 0 } };
    struct practitioner_id of = { { 0 } };

    if (!members(socket, frame, day_fields, &request))
        return;
    memcpy(of.bytes, frame->of, ID_BYTES);
    if (socket->actor.role == ROLE_DOCTOR)
        of = socket->actor.practitioner;
    fanout_show_day(socket, frame->id_text, of, request.day);
}

/* May this actor see the visit? Then `then` goes on with it. */
static void on_watch(void *arg, const struct consultation *visit,
                     const struct agenda *agenda)
{
    struct ask *ask = arg;
    struct socket *socket = ask->socket;

    (void)agenda;
    enum refusal refusal = visit ? access_visit(&socket->actor, visit)
                                 : engine_absent(socket->edge->app->engine);
    if (!refusal && ws_is_open(socket))
        fanout_watch(socket, ask->visit);
    route_answer(ask, refusal, wire_ok(ask->re));
}

void take_watch(struct socket *socket, const struct wire_frame *frame)
{
    struct no_request {
        char none;
    } request;

    if (names_visit(socket, frame) &&
        members(socket, frame, no_fields, &request)) {
        struct ask *ask = route_ask(socket, frame);
        engine_state(socket->edge->app->engine, ask->visit, on_watch, ask);
    }
}

void take_unwatch(struct socket *socket, const struct wire_frame *frame)
{
    struct consultation_id visit;

    if (!names_visit(socket, frame))
        return;
    memcpy(visit.bytes, frame->of, ID_BYTES);
    fanout_unwatch(socket, visit);
    ws_send(socket, wire_ok(frame->id_text));
}

/* No answer but to what is not right. */
void take_presence(struct socket *socket, const struct wire_frame *frame)
{
    char words[PRESENCE_TEXT_MAX];
    struct wire_complaint why;
    struct consultation_id visit;

    if (wire_presence_read(frame->with, words, sizeof(words), &why)) {
        route_refuse_saying(socket, frame->id_text, &why);
        return;
    }
    memcpy(visit.bytes, frame->of, ID_BYTES);
    if (socket->actor.role == ROLE_SECRETARY)
        return; /* the desk is not shown to anyone */
    /* A doctor is there for what they look at: rows and watched visits. */
    if (!fanout_shows(socket, visit))
        visit = (struct consultation_id){ { 0 } };
    fanout_presence(socket, visit, slice_of_text(words));
}

void take_take_over(struct socket *socket, const struct wire_frame *frame)
{
    fanout_take_over(socket);
    ws_send(socket, wire_ok(frame->id_text));
}

struct text_request {
    struct slice note;
    uint32_t weight_kg;
    uint32_t height_cm;
};
static const struct field text_fields[] = {
    { .name = "note",
      .type = FIELD_SLICE,
      .offset = offsetof(struct text_request, note),
      .size = NOTE_MAX,
      .optional = true },
    { .name = "weight_kg",
      .type = FIELD_U32,
      .offset = offsetof(struct text_request, weight_kg),
      .optional = true },
    { .name = "height_cm",
      .type = FIELD_U32,
      .offset = offsetof(struct text_request, height_cm),
      .optional = true },
    { .name = NULL },
};

static void on_saved(void *arg, enum refusal refusal)
{
    struct ask *ask = arg;

    route_answer(ask, refusal, wire_ok(ask->re));
}

/* {"weight_kg":72,"height_cm":168}, without what was not given; a new text. */
static char *measures_text(const struct text_request *request)
{
    json_t *measures = json_object();

    if (request->weight_kg)
        json_object_set_new(measures, "weight_kg",
                            json_integer(request->weight_kg));
    if (request->height_cm)
        json_object_set_new(measures, "height_cm",
                            json_integer(request->height_cm));
    char *text = json_dumps(measures, JSON_COMPACT);
    json_decref(measures);
    if (!text)
        abort();
    return text;
}

void take_save_text(struct socket *socket, const struct wire_frame *frame)
{
    struct text_request request = { .note = { NULL, 0 } };
    struct wire_complaint why;
    char *lines;

    if (!names_visit(socket, frame))
        return;
    if (wire_lines_take(frame->with, &lines, &why)) {
        route_refuse_saying(socket, frame->id_text, &why);
        return;
    }
    if (members(socket, frame, text_fields, &request)) {
        struct ask *ask = route_ask(socket, frame);
        struct writing writing = { .note = request.note };
        char *measures = lines ? measures_text(&request) : NULL;
        if (lines) {
            writing.lines = slice_of_text(lines);
            writing.measures = slice_of_text(measures);
        }
        texts_save(socket->edge->app->texts, &socket->actor, ask->visit,
                   &writing, on_saved, ask);
        free(measures);
    }
    free(lines);
}

struct find_request {
    char words[100];
};
static const struct field find_fields[] = {
    { .name = "words",
      .type = FIELD_TEXT,
      .offset = offsetof(struct find_request, words),
      .size = sizeof(((struct find_request *)0)->words) },
    { .name = NULL },
};

static void on_found(void *arg, enum refusal refusal,
                     const struct query_row *rows, size_t count)
{
    struct ask *ask = arg;
    struct socket *socket = ask->socket;
    json_t *list = json_array();

    for (size_t i = 0; !refusal && i < count; i++) {
        struct policy policy = directory_policy(socket->edge->app->directory,
                                                rows[i].visit->clinic);
        json_array_append_new(
            list, frame_row(&rows[i], &policy, socket->actor.role, NULL));
    }
    route_answer(ask, refusal, frame_rows(ask->re, list));
}

void take_find(struct socket *socket, const struct wire_frame *frame)
{
    struct find_request request = { .words = "" };

    if (members(socket, frame, find_fields, &request))
        query_find(socket->edge->app->query, &socket->actor, request.words,
                   on_found, route_ask(socket, frame));
}

static void on_letter(void *arg, const struct consultation *visit,
                      const struct agenda *agenda)
{
    struct ask *ask = arg;
    char url[64];
    char id[ID_TEXT];

    (void)agenda;
    enum refusal refusal = visit
                               ? access_visit(&ask->socket->actor, visit)
                               : engine_absent(ask->socket->edge->app->engine);
    text_base64url(slice(ask->visit.bytes, ID_BYTES), id);
    snprintf(url, sizeof(url), "/api/visit/%s/letter.pdf", id);
    route_answer(ask, refusal, frame_answer(ask->re, "url", url));
}

void take_letter(struct socket *socket, const struct wire_frame *frame)
{
    if (!names_visit(socket, frame))
        return;
    struct ask *ask = route_ask(socket, frame);
    engine_state(socket->edge->app->engine, ask->visit, on_letter, ask);
}

struct guest_request {
    uint32_t guest;
};
static const struct field guest_fields[] = {
    { .name = "guest",
      .type = FIELD_U32,
      .offset = offsetof(struct guest_request, guest) },
    { .name = NULL },
};

static void on_guest_link(void *arg, enum refusal refusal, const char *url,
                          const char *code)
{
    struct ask *ask = arg;

    route_answer(ask, refusal, frame_guest_link(ask->re, url, code));
}

void take_guest_link(struct socket *socket, const struct wire_frame *frame)
{
    struct guest_request request = { .guest = 0 };

    if (!names_visit(socket, frame) ||
        !members(socket, frame, guest_fields, &request))
        return;
    struct ask *ask = route_ask(socket, frame);
    document_guest_link(socket->edge->app->document, &socket->actor, ask->visit,
                        request.guest, on_guest_link, ask);
}

struct incident_request {
    enum incident kind;
    uint32_t ms;
};
static const struct field incident_fields[] = {
    { .name = "kind",
      .type = FIELD_ENUM,
      .offset = offsetof(struct incident_request, kind),
      .names = incident_names },
    { .name = "ms",
      .type = FIELD_U32,
      .offset = offsetof(struct incident_request, ms) },
    { .name = NULL },
};

#define INCIDENT_MS_MAX (60 * 60 * 1000) /* longer is no gap */

/* Whoever says so is in the call. */
static bool is_in_call(const struct actor *actor,
                       const struct consultation *visit)
{
    const struct guest *guest = consultation_guest(visit, actor->guest);

    if (visit->phase != PHASE_ADMITTED)
        return false;
    return actor->role != ROLE_GUEST ||
           (guest && guest->state == GUEST_ADMITTED);
}

/* The page saw it; the house reports it, once the page was allowed to. */
static void on_incident(void *arg, const struct consultation *visit,
                        const struct agenda *agenda)
{
    struct ask *ask = arg;
    const struct actor *actor = &ask->socket->actor;

    (void)agenda;
    enum refusal refusal = visit
                               ? access_visit(actor, visit)
                               : engine_absent(ask->socket->edge->app->engine);
    if (!refusal && !is_in_call(actor, visit))
        refusal = REFUSED_NOT_ADMITTED;
    if (!refusal)
        media_saw(ask->socket->edge->app->media, actor, ask->visit, ask->kind,
                  ask->lasted_ms);
    route_answer(ask, refusal, wire_ok(ask->re));
}

void take_incident(struct socket *socket, const struct wire_frame *frame)
{
    struct incident_request request = { .kind = INCIDENT_SOUND_GAP };

    if (!names_visit(socket, frame) ||
        !members(socket, frame, incident_fields, &request))
        return;
    /* The others are not a page's to say. */
    if ((request.kind != INCIDENT_SOUND_GAP &&
         request.kind != INCIDENT_PICTURE_FROZEN) ||
        request.ms == 0 || request.ms > INCIDENT_MS_MAX) {
        route_refuse(socket, frame->id_text, REFUSED_INVALID);
        return;
    }
    struct ask *ask = route_ask(socket, frame);
    ask->kind = request.kind;
    ask->lasted_ms = request.ms;
    engine_state(socket->edge->app->engine, ask->visit, on_incident, ask);
}

struct preview_request {
    uint32_t weight_kg;
    uint32_t height_cm;
};
static const struct field preview_fields[] = {
    { .name = "weight_kg",
      .type = FIELD_U32,
      .offset = offsetof(struct preview_request, weight_kg),
      .optional = true },
    { .name = "height_cm",
      .type = FIELD_U32,
      .offset = offsetof(struct preview_request, height_cm),
      .optional = true },
    { .name = NULL },
};

static void on_preview(void *arg, const struct preview_answer *done)
{
    struct ask *ask = arg;
    struct wire_complaint why;

    if (done->answer.refusal == REFUSED_INVALID && done->fault[0]) {
        snprintf(why.say, sizeof(why.say), "\"%s\" is not right.", done->fault);
        route_refuse_saying(ask->socket, ask->re, &why);
        route_done(ask);
        return;
    }
    route_answer(ask, done->answer.refusal, frame_preview(ask->re, done));
}

void take_preview(struct socket *socket, const struct wire_frame *frame)
{
    struct preview_request request = { .weight_kg = 0 };
    struct wire_complaint why;
    char *lines;

    if (!names_visit(socket, frame))
        return;
    int err = wire_lines_take(frame->with, &lines, &why);
    if (!err && !lines) {
        snprintf(why.say, sizeof(why.say), "\"lines\" is missing.");
        err = -1;
    }
    if (err) {
        route_refuse_saying(socket, frame->id_text, &why);
        return;
    }
    if (members(socket, frame, preview_fields, &request)) {
        struct ask *ask = route_ask(socket, frame);
        struct preview preview = {
            .id = frame->id,
            .actor = socket->actor,
            .consultation = ask->visit,
            .lines = slice_of_text(lines),
            .weight_kg = request.weight_kg,
            .height_cm = request.height_cm,
        };
        document_preview(socket->edge->app->document, &preview, on_preview,
                         ask);
    }
    free(lines);
}

/* ---- media ----------------------------------------------------------------
 */

/* Sentences for what the relay or its client refuses. */
static const char *media_say(const char *code)
{
    static const struct {
        const char *code;
        const char *say;
    } says[] = {
        { "no_relay", "Sound and pictures are not available at the moment. "
                      "Try again." },
        { "elsewhere", "The consultation is open on your other screen." },
        { "bad_offer", "This browser's offer was not understood." },
        { "full", "There is no room for more calls. Try again." },
        { "routed", "Not while you are in the consultation." },
    };

    for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
        if (strcmp(says[i].code, code) == 0)
            return says[i].say;
    return "This did not work. Try again.";
}

void route_on_offer(void *arg, const char *sdp, const char *code)
{
    struct ask *ask = arg;

    if (sdp)
        ws_send(ask->socket, frame_answer(ask->re, "answer", sdp));
    else
        ws_send(ask->socket, wire_refused(ask->re, code, media_say(code)));
    route_done(ask);
}

void route_on_media(void *arg, const char *sdp, const char *code)
{
    struct ask *ask = arg;

    if (sdp)
        ws_send(ask->socket, wire_ok(ask->re));
    else
        ws_send(ask->socket, wire_refused(ask->re, code, media_say(code)));
    route_done(ask);
}

/* `of` is the own visit, or the own practitioner of a doctor. */
static bool is_own(struct socket *socket, const struct wire_frame *frame)
{
    const uint8_t *own = socket->actor.role == ROLE_DOCTOR
                             ? socket->actor.practitioner.bytes
                             : socket->actor.consultation.bytes;

    if (frame->has_of && memcmp(frame->of, own, ID_BYTES) == 0)
        return true;
    route_refuse(socket, frame->id_text, REFUSED_UNKNOWN);
    return false;
}

bool route_sdp_read(struct socket *socket, const struct wire_frame *frame,
                    const char **out)
{
    struct wire_complaint why;

    if (!wire_sdp_read(frame->with, out, &why))
        return true;
    route_refuse_saying(socket, frame->id_text, &why);
    return false;
}

void take_offer(struct socket *socket, const struct wire_frame *frame)
{
    const char *sdp;

    if (is_own(socket, frame) && route_sdp_read(socket, frame, &sdp))
        media_offer(socket->edge->app->media, &socket->actor, socket->page, sdp,
                    route_on_offer, route_ask(socket, frame));
}

static const char *const play_names[] = { "none", "hold", "echo", NULL };
struct house_request {
    int play;
};
static const struct field house_fields[] = {
    { .name = "play",
      .type = FIELD_ENUM,
      .offset = offsetof(struct house_request, play),
      .names = play_names },
    { .name = NULL },
};

bool route_play_read(struct socket *socket, const struct wire_frame *frame,
                     const char **out)
{
    struct house_request request = { .play = 0 };

    if (!members(socket, frame, house_fields, &request))
        return false;
    *out = play_names[request.play];
    return true;
}

void take_house(struct socket *socket, const struct wire_frame *frame)
{
    const char *play;

    if (is_own(socket, frame) && route_play_read(socket, frame, &play))
        media_house(socket->edge->app->media, &socket->actor, socket->page,
                    play, route_on_media, route_ask(socket, frame));
}

void take_probe(struct socket *socket, const struct wire_frame *frame)
{
    if (is_own(socket, frame) && members(socket, frame, no_fields, NULL))
        media_probe(socket->edge->app->media, &socket->actor, socket->page,
                    route_on_media, route_ask(socket, frame));
}

void take_ice(struct socket *socket, const struct wire_frame *frame)
{
    struct no_request {
        char none;
    } request;
    const struct turn *turn = &socket->edge->app->turn;
    struct turn_ticket ticket;

    if (!members(socket, frame, no_fields, &request))
        return;
    if (turn->url_count > 0)
        turn_ticket(turn, clock_now_ms(), &ticket);
    ws_send(socket, frame_ice(frame->id_text, turn, &ticket));
    secret_wipe(&ticket, sizeof(ticket));
}
