/* The control socket, both ends: a line that the relay takes says what the
 * relay understood; a line that signaling takes lies within its bounds; what
 * one end writes the other reads. */
#include "media/control_line.h"
#include "signaling/relay/relay_line.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t number(const json_t *object, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(object, name));
}

static bool says(const json_t *object, const char *name, const char *value)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && strcmp(text, value) == 0;
}

static char *write_route(const struct control_request *request)
{
    static struct relay_route routes[MEDIA_ROUTES_MAX];
    const struct media_room *room = &request->command.route;

    assert(room->route_count <= MEDIA_ROUTES_MAX);
    for (size_t i = 0; i < room->route_count; i++) {
        memcpy(routes[i].from, room->routes[i].from.text, RELAY_NAME_TEXT);
        memcpy(routes[i].to, room->routes[i].to.text, RELAY_NAME_TEXT);
        routes[i].slot = room->routes[i].slot;
    }
    return relay_line_route((uint64_t)request->id,
                            &(struct relay_set){ .place = request->place,
                                                 .room = room->room.text,
                                                 .order = room->order,
                                                 .seq = room->seq,
                                                 .routes = routes,
                                                 .count = room->route_count });
}

static const char *play_name(enum house_play play)
{
    switch (play) {
    case HOUSE_SILENT:
        return "none";
    case HOUSE_HOLD:
        return "hold";
    case HOUSE_ECHO:
        return "echo";
    }
    return "?";
}

/* The same request in signaling's words. */
static char *write_again(const struct control_request *request,
                         const json_t *said)
{
    uint64_t id = (uint64_t)request->id;

    switch (request->verb) {
    case CONTROL_JOIN:
        return relay_line_join(
            id, request->place, request->command.join.peer.text,
            json_string_value(json_object_get(said, "offer")));
    case CONTROL_LEAVE:
        return relay_line_leave(id, request->command.leave.text);
    case CONTROL_ROUTE:
        return write_route(request);
    case CONTROL_HOUSE:
        return relay_line_house(id, request->command.house.peer.text,
                                play_name(request->command.house.play));
    case CONTROL_PROBE:
        return relay_line_probe(id, request->command.probe.text);
    case CONTROL_ROOMS:
        return relay_line_rooms(id);
    case CONTROL_PING:
        break;
    }
    return relay_line_ping(id);
}

static void same_routes(const json_t *said, const json_t *again)
{
    size_t index;
    json_t *route;

    assert(json_array_size(said) == json_array_size(again));
    json_array_foreach(again, index, route)
    {
        const json_t *other = json_array_get(said, index);
        assert(number(route, "slot") >= 1 &&
               number(route, "slot") <= MEDIA_SLOTS);
        assert(number(other, "slot") == number(route, "slot"));
        assert(says(other, "from",
                    json_string_value(json_object_get(route, "from"))));
        assert(
            says(other, "to", json_string_value(json_object_get(route, "to"))));
    }
}

/* Every member of ours was said so; whatever else the line had is ignored. */
static void taken(struct slice line, const struct control_request *request)
{
    json_t *said = json_loadb((const char *)line.data, line.length, 0, NULL);
    char *text = write_again(request, said);
    json_t *again = json_loads(text, 0, NULL);
    const char *name;
    json_t *value;

    assert(said && again);
    json_object_foreach(again, name, value)
    {
        json_t *other = json_object_get(said, name);
        if (json_is_array(value))
            same_routes(other, value);
        else
            assert(json_equal(other, value));
    }
    struct control_request twice;
    struct control_fault fault;
    int err = control_line_read(slice_of_text(text), &twice, &fault);
    assert(!err && twice.verb == request->verb && twice.id == request->id);
    if (twice.verb == CONTROL_JOIN)
        free(twice.command.join.offer);
    if (twice.verb == CONTROL_ROUTE)
        free(twice.command.route.routes);
    json_decref(again);
    json_decref(said);
    free(text);
}

/* What the relay answers is what signaling hears. */
static void refused(const struct control_fault *fault)
{
    struct relay_line line;

    assert(fault->say && fault->say[0] && fault->code);
    char *text =
        control_line_refused(fault->id, fault->has_id, fault->code, fault->say);
    assert(text);
    int err = relay_line_read(text, strlen(text), &line);
    assert(!err == fault->has_id); /* to nobody: there is nothing to do */
    if (!err) {
        assert(line.re == (uint64_t)fault->id);
        assert(strcmp(line.answer.refused, fault->code) == 0);
        relay_line_release(&line);
    }
    free(text);
}

static void as_the_relay(struct slice line)
{
    struct control_request request;
    struct control_fault fault;

    if (control_line_read(line, &request, &fault)) {
        refused(&fault);
        return;
    }
    taken(line, &request);
    if (request.verb == CONTROL_JOIN)
        free(request.command.join.offer);
    if (request.verb == CONTROL_ROUTE)
        free(request.command.route.routes);
}

static void check_rooms(const struct relay_answer *answer)
{
    for (size_t i = 0; i < answer->room_count; i++) {
        const struct relay_room *room = &answer->rooms[i];
        assert(room->room);
        for (size_t r = 0; r < room->count; r++) {
            assert(strlen(room->routes[r].from) < RELAY_NAME_TEXT);
            assert(strlen(room->routes[r].to) < RELAY_NAME_TEXT);
            assert(room->routes[r].slot >= 1 && room->routes[r].slot <= 4);
        }
    }
    for (size_t i = 0; i < answer->peer_count; i++)
        assert(answer->peers[i]);
}

static void as_signaling(struct slice text)
{
    struct relay_line line;

    if (relay_line_read((const char *)text.data, text.length, &line))
        return;
    assert(!line.hello || line.instance);
    if (line.is_event) {
        assert(line.event.peer && line.event.kind >= RELAY_CONNECTED);
        assert(line.event.loss_up >= 0 && line.event.loss_up <= 1);
        assert(line.event.loss_down >= 0 && line.event.loss_down <= 1);
    }
    check_rooms(&line.answer);
    relay_line_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    as_the_relay(slice(data, size));
    as_signaling(slice(data, size));
    return 0;
}
