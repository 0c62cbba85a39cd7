#include "media/control_line.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

void control_line_start(void)
{
    json_object_seed(0);
}

/* ---- reading ----------------------------------------------------------------
 */

#define NAME_CHARACTERS                                                        \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

static bool read_name(const json_t *object, const char *key,
                      char out[MEDIA_NAME_MAX + 1])
{
    const char *text = json_string_value(json_object_get(object, key));
    size_t length = text ? strlen(text) : 0;

    if (length == 0 || length > MEDIA_NAME_MAX ||
        strspn(text, NAME_CHARACTERS) != length)
        return false;
    memcpy(out, text, length + 1);
    return true;
}

static bool read_number(const json_t *object, const char *key, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static const char *read_join(const json_t *with, struct control_request *out,
                             struct control_fault *fault)
{
    const json_t *text = json_object_get(with, "offer");
    struct offer *offer;
    enum offer_refusal refusal;

    if (!read_name(with, "place", out->place))
        return "place must be 1 to 64 of A-Z a-z 0-9 _ -";
    memcpy(out->command.join.place.text, out->place, sizeof(out->place));
    if (!read_name(with, "peer", out->command.join.peer.text))
        return "peer must be 1 to 64 of A-Z a-z 0-9 _ -";
    if (!json_is_string(text))
        return "offer must be the SDP as text";
    offer = malloc(sizeof(*offer));
    if (!offer)
        return "out of memory";
    refusal = offer_read(
        slice(json_string_value(text), json_string_length(text)), offer);
    if (refusal != OFFER_TAKEN) {
        free(offer);
        fault->code = "bad_offer";
        return offer_refusal_text(refusal);
    }
    out->command.kind = MEDIA_JOIN;
    out->command.join.offer = offer;
    return NULL;
}

static const char *read_leave(const json_t *with, struct control_request *out,
                              struct control_fault *fault)
{
    (void)fault;
    if (!read_name(with, "peer", out->command.leave.text))
        return "peer must be 1 to 64 of A-Z a-z 0-9 _ -";
    out->command.kind = MEDIA_LEAVE;
    return NULL;
}

static bool read_one_route(const json_t *object, struct media_route *out)
{
    uint64_t slot;

    if (!read_name(object, "from", out->from.text) ||
        !read_name(object, "to", out->to.text) ||
        !read_number(object, "slot", &slot))
        return false;
    out->slot = (unsigned)slot;
    /* Nobody is shown to themselves: the echo is the house's. */
    return slot >= 1 && slot <= MEDIA_SLOTS &&
           strcmp(out->from.text, out->to.text) != 0;
}

/* Two people cannot be shown in one slot. */
static bool slot_is_taken(const struct media_route *routes, size_t count,
                          const struct media_route *route)
{
    for (size_t i = 0; i < count; i++)
        if (routes[i].slot == route->slot &&
            strcmp(routes[i].to.text, route->to.text) == 0)
            return true;
    return false;
}

static const char *read_routes(const json_t *list, struct media_room *out)
{
    size_t count = json_array_size(list);
    struct media_route *routes;

    if (!json_is_array(list) || count > MEDIA_ROUTES_MAX)
        return "routes must be an array of at most 64";
    routes = calloc(count + 1, sizeof(*routes));
    if (!routes)
        return "out of memory";
    for (size_t i = 0; i < count; i++) {
        if (read_one_route(json_array_get(list, i), &routes[i]) &&
            !slot_is_taken(routes, i, &routes[i]))
            continue;
        free(routes);
        return "a route needs from, to (another) and a free slot, 1 to 4";
    }
    out->routes = routes;
    out->route_count = count;
    return NULL;
}

static const char *read_route(const json_t *with, struct control_request *out,
                              struct control_fault *fault)
{
    struct media_room *room = &out->command.route;

    (void)fault;
    if (!read_name(with, "place", out->place))
        return "place must be 1 to 64 of A-Z a-z 0-9 _ -";
    if (!read_name(with, "room", room->room.text))
        return "room must be 1 to 64 of A-Z a-z 0-9 _ -";
    if (!read_number(with, "order", &room->order) ||
        !read_number(with, "seq", &room->seq))
        return "order and seq must be integers from 0 on";
    out->command.kind = MEDIA_ROUTE;
    return read_routes(json_object_get(with, "routes"), room);
}

static const char *read_house(const json_t *with, struct control_request *out,
                              struct control_fault *fault)
{
    const char *play = json_string_value(json_object_get(with, "play"));

    (void)fault;
    if (!read_name(with, "peer", out->command.house.peer.text))
        return "peer must be 1 to 64 of A-Z a-z 0-9 _ -";
    if (play && strcmp(play, "none") == 0)
        out->command.house.play = HOUSE_SILENT;
    else if (play && strcmp(play, "hold") == 0)
        out->command.house.play = HOUSE_HOLD;
    else if (play && strcmp(play, "echo") == 0)
        out->command.house.play = HOUSE_ECHO;
    else
        return "play must be none, hold or echo";
    out->command.kind = MEDIA_HOUSE;
    return NULL;
}

static const char *read_probe(const json_t *with, struct control_request *out,
                              struct control_fault *fault)
{
    (void)fault;
    if (!read_name(with, "peer", out->command.probe.text))
        return "peer must be 1 to 64 of A-Z a-z 0-9 _ -";
    out->command.kind = MEDIA_PROBE;
    return NULL;
}

static const char *read_nothing(const json_t *with, struct control_request *out,
                                struct control_fault *fault)
{
    (void)with;
    (void)fault;
    out->command.kind = MEDIA_ROOMS;
    return NULL;
}

static const struct {
    const char *name;
    enum control_verb verb;
    const char *(*read)(const json_t *with, struct control_request *out,
                        struct control_fault *fault);
} verbs[] = {
    { "join", CONTROL_JOIN, read_join },
    { "leave", CONTROL_LEAVE, read_leave },
    { "route", CONTROL_ROUTE, read_route },
    { "house", CONTROL_HOUSE, read_house },
    { "probe", CONTROL_PROBE, read_probe },
    { "rooms", CONTROL_ROOMS, read_nothing },
    { "ping", CONTROL_PING, read_nothing },
};

static const char *read_request(const json_t *root, struct control_request *out,
                                struct control_fault *fault)
{
    const json_t *id = json_object_get(root, "id");
    const char *verb = json_string_value(json_object_get(root, "do"));

    if (!json_is_object(root))
        return "a line is one JSON object";
    if (!json_is_integer(id))
        return "id must be an integer";
    fault->has_id = true;
    fault->id = json_integer_value(id);
    out->id = fault->id;
    for (size_t i = 0; verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verb, verbs[i].name) != 0)
            continue;
        out->verb = verbs[i].verb;
        return verbs[i].read(root, out, fault);
    }
    return "do must be join, leave, route, house, probe, rooms or ping";
}

int control_line_read(struct slice line, struct control_request *out,
                      struct control_fault *fault_out)
{
    struct control_request *request = calloc(1, sizeof(*request));
    struct control_fault fault = { .code = "bad_request" };
    json_error_t error;
    json_t *root = json_loadb((const char *)line.data, line.length,
                              JSON_REJECT_DUPLICATES, &error);

    if (!request)
        fault.say = "out of memory";
    else if (!root)
        fault.say = "the line is not JSON";
    else
        fault.say = read_request(root, request, &fault);
    json_decref(root);
    if (fault.say)
        *fault_out = fault;
    else
        *out = *request;
    free(request);
    return fault.say ? -EBADMSG : 0;
}

/* ---- writing ----------------------------------------------------------------
 */

/* Takes the object over. */
static char *line_of(json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    size_t length = text ? strlen(text) : 0;
    char *line = text ? realloc(text, length + 2) : NULL;

    json_decref(object);
    if (!line) {
        free(text);
        return NULL;
    }
    line[length] = '\n';
    line[length + 1] = '\0';
    return line;
}

/* Thousandths are enough. */
static json_t *load_number(double load)
{
    return json_real((double)(int)(load * 1000) / 1000);
}

/* Nothing, unless it drains. */
static json_t *left_number(const struct control_self *self)
{
    return self->draining ? json_integer((json_int_t)self->left_s) : NULL;
}

char *control_line_hello(const struct control_self *self)
{
    return line_of(json_pack("{s:s, s:i, s:s, s:i, s:s, s:s, s:o, s:b, s:o*}",
                             "event", "hello", "version", 1, "instance",
                             self->instance, "workers", (int)self->workers,
                             "name", self->name, "release", self->release,
                             "load", load_number(self->load), "draining",
                             (int)self->draining, "left_s", left_number(self)));
}

char *control_line_draining(void)
{
    return line_of(json_pack("{s:s}", "event", "draining"));
}

char *control_line_ok(int64_t id)
{
    return line_of(json_pack("{s:I, s:b}", "re", (json_int_t)id, "ok", 1));
}

char *control_line_refused(int64_t id, bool has_id, const char *code,
                           const char *say)
{
    json_t *re = has_id ? json_integer(id) : json_null();

    return line_of(
        json_pack("{s:o, s:s, s:s}", "re", re, "refused", code, "say", say));
}

char *control_line_refusal(int64_t id, enum media_refusal refusal)
{
    switch (refusal) {
    case MEDIA_TAKEN:
        return control_line_ok(id);
    case MEDIA_BAD_OFFER:
        return control_line_refused(id, true, "bad_offer",
                                    "The offer cannot be answered.");
    case MEDIA_UNKNOWN_PEER:
        return control_line_refused(id, true, "unknown_peer",
                                    "No such peer is here.");
    case MEDIA_STALE:
        return control_line_refused(
            id, true, "stale", "The room has routes of a higher seq already.");
    case MEDIA_ROUTED:
        return control_line_refused(id, true, "routed",
                                    "Not while people hear each other.");
    case MEDIA_DRAINING:
        return control_line_refused(id, true, "draining",
                                    "The relay takes no new places.");
    case MEDIA_FULL:
        break;
    }
    return control_line_refused(id, true, "full",
                                "The relay cannot take more now.");
}

char *control_line_answer(int64_t id, const char *sdp)
{
    return line_of(
        json_pack("{s:I, s:s}", "re", (json_int_t)id, "answer", sdp));
}

char *control_line_ping(int64_t id, struct media_report *const *reports,
                        size_t count, const struct control_self *self)
{
    size_t peers = 0, rooms = 0;
    uint64_t in = 0, out = 0;

    for (size_t i = 0; i < count; i++) {
        peers += reports[i]->peer_count;
        in += reports[i]->packets_in;
        out += reports[i]->packets_out;
        for (size_t r = 0; r < reports[i]->room_count; r++)
            rooms += reports[i]->rooms[r].route_count > 0;
    }
    return line_of(json_pack(
        "{s:I, s:b, s:I, s:I, s:I, s:I, s:o, s:b, s:o*}", "re", (json_int_t)id,
        "ok", 1, "peers", (json_int_t)peers, "rooms", (json_int_t)rooms,
        "packets_in", (json_int_t)in, "packets_out", (json_int_t)out, "load",
        load_number(self->load), "draining", (int)self->draining, "left_s",
        left_number(self)));
}

static json_t *room_object(const struct media_room *room)
{
    json_t *routes = json_array();

    for (size_t i = 0; i < room->route_count; i++)
        json_array_append_new(routes, json_pack("{s:s, s:s, s:i}", "from",
                                                room->routes[i].from.text, "to",
                                                room->routes[i].to.text, "slot",
                                                (int)room->routes[i].slot));
    return json_pack("{s:s, s:I, s:I, s:o}", "room", room->room.text, "order",
                     (json_int_t)room->order, "seq", (json_int_t)room->seq,
                     "routes", routes);
}

char *control_line_rooms(int64_t id, struct media_report *const *reports,
                         size_t count)
{
    json_t *rooms = json_array();
    json_t *peers = json_array();

    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < reports[i]->room_count; r++)
            json_array_append_new(rooms, room_object(&reports[i]->rooms[r]));
        for (size_t p = 0; p < reports[i]->peer_count; p++)
            json_array_append_new(peers,
                                  json_string(reports[i]->peers[p].text));
    }
    return line_of(json_pack("{s:I, s:o, s:o}", "re", (json_int_t)id, "rooms",
                             rooms, "peers", peers));
}

static const char *event_name(enum media_event_kind kind)
{
    switch (kind) {
    case MEDIA_CONNECTED:
        return "connected";
    case MEDIA_LOST:
        return "lost";
    case MEDIA_BACK:
        return "back";
    case MEDIA_GONE:
        return "gone";
    case MEDIA_QUALITY:
        return "quality";
    case MEDIA_HEARD:
        return "heard";
    case MEDIA_PROBED:
        return "probed";
    case MEDIA_GAP:
        return "gap";
    case MEDIA_PICTURE:
        return "picture";
    case MEDIA_DONE:
    case MEDIA_ANSWERED:
    case MEDIA_REPORTED:
        break;
    }
    return NULL;
}

static void put_number(json_t *object, const char *name, unsigned value)
{
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

static void put_quality(json_t *object, const struct media_quality *quality)
{
    put_number(object, "rtt_ms", quality->rtt_ms);
    put_number(object, "jitter_ms", quality->jitter_ms);
    json_object_set_new(object, "loss_up", json_real(quality->loss_up));
    json_object_set_new(object, "loss_down", json_real(quality->loss_down));
}

static void put_heard(json_t *object, const struct media_heard *heard)
{
    json_object_set_new(object, "loudness_db", json_real(heard->loudness_db));
    put_number(object, "spoken_ms", heard->spoken_ms);
    put_number(object, "playing_ms", heard->playing_ms);
}

/* What could not be measured is left out. */
static void put_line(json_t *object, const struct media_line *line)
{
    if (line->up_known) {
        put_number(object, "up_kbps", line->up_kbps);
        json_object_set_new(object, "loss_up", json_real(line->loss_up));
        put_number(object, "jitter_ms", line->jitter_ms);
    }
    if (line->down_known) {
        put_number(object, "down_kbps", line->down_kbps);
        json_object_set_new(object, "loss_down", json_real(line->loss_down));
    }
    if (line->rtt_known)
        put_number(object, "rtt_ms", line->rtt_ms);
}

char *control_line_event(const struct media_event *event)
{
    const char *name = event_name(event->kind);
    json_t *object;

    if (!name)
        return NULL;
    object = json_pack("{s:s, s:s}", "event", name, "peer", event->peer.text);
    if (event->kind == MEDIA_PICTURE && object)
        json_object_set_new(object, "shown", json_boolean(event->shown));
    if (event->kind == MEDIA_QUALITY && object)
        put_quality(object, &event->quality);
    if (event->kind == MEDIA_HEARD && object)
        put_heard(object, &event->heard);
    if (event->kind == MEDIA_PROBED && object)
        put_line(object, &event->line);
    if (event->kind == MEDIA_GAP && object) {
        json_object_set_new(object, "what", json_string("sound"));
        put_number(object, "ms", event->gap_ms);
    }
    return line_of(object);
}
