#include "signaling/relay/relay_line.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Takes object over. */
static char *line_of(json_t *object)
{
    assert(object); /* our own words are clean UTF-8 */
    size_t size = json_dumpb(object, NULL, 0, JSON_COMPACT);
    char *line = malloc(size + 2);

    assert(line);
    (void)json_dumpb(object, line, size, JSON_COMPACT);
    line[size] = '\n';
    line[size + 1] = '\0';
    json_decref(object);
    return line;
}

char *relay_line_ping(uint64_t id)
{
    return line_of(json_pack("{s:I,s:s}", "id", (json_int_t)id, "do", "ping"));
}

char *relay_line_rooms(uint64_t id)
{
    return line_of(json_pack("{s:I,s:s}", "id", (json_int_t)id, "do", "rooms"));
}

char *relay_line_leave(uint64_t id, const char *peer)
{
    return line_of(json_pack("{s:I,s:s,s:s}", "id", (json_int_t)id, "do",
                             "leave", "peer", peer));
}

char *relay_line_house(uint64_t id, const char *peer, const char *play)
{
    return line_of(json_pack("{s:I,s:s,s:s,s:s}", "id", (json_int_t)id, "do",
                             "house", "peer", peer, "play", play));
}

char *relay_line_probe(uint64_t id, const char *peer)
{
    return line_of(json_pack("{s:I,s:s,s:s}", "id", (json_int_t)id, "do",
                             "probe", "peer", peer));
}

char *relay_line_join(uint64_t id, const char *place, const char *peer,
                      const char *offer)
{
    return line_of(json_pack("{s:I,s:s,s:s,s:s,s:s}", "id", (json_int_t)id,
                             "do", "join", "place", place, "peer", peer,
                             "offer", offer));
}

char *relay_line_route(uint64_t id, const struct relay_set *set)
{
    json_t *routes = json_array();

    for (size_t i = 0; i < set->count; i++)
        (void)json_array_append_new(
            routes,
            json_pack("{s:s,s:s,s:i}", "from", set->routes[i].from, "to",
                      set->routes[i].to, "slot", (int)set->routes[i].slot));
    return line_of(json_pack("{s:I,s:s,s:s,s:s,s:I,s:I,s:o}", "id",
                             (json_int_t)id, "do", "route", "place", set->place,
                             "room", set->room, "order", (json_int_t)set->order,
                             "seq", (json_int_t)set->seq, "routes", routes));
}

/* ---- reading
 * ------------------------------------------------------------------- */

/* A number of the relay's within what we count with. */
static double number_in(const json_t *json, const char *member, double most)
{
    double number = json_number_value(json_object_get(json, member));

    if (number < 0)
        return 0;
    return number > most ? most : number;
}

static struct relay_voice read_voice(const json_t *json)
{
    double db = json_number_value(json_object_get(json, "loudness_db"));

    return (struct relay_voice){
        .loudness_db = db < -127 ? -127
                       : db > 0  ? 0
                                 : db,
        .spoken_ms = (uint32_t)number_in(json, "spoken_ms", 60000),
        .playing_ms = (uint32_t)number_in(json, "playing_ms", 60000),
    };
}

static struct relay_measure read_measure(const json_t *json)
{
    return (struct relay_measure){
        .up_known = json_object_get(json, "up_kbps") != NULL,
        .down_known = json_object_get(json, "down_kbps") != NULL,
        .rtt_known = json_object_get(json, "rtt_ms") != NULL,
        .up_kbps = (uint32_t)number_in(json, "up_kbps", UINT32_MAX),
        .down_kbps = (uint32_t)number_in(json, "down_kbps", UINT32_MAX),
        .rtt_ms = (uint32_t)number_in(json, "rtt_ms", UINT32_MAX),
        .jitter_ms = (uint32_t)number_in(json, "jitter_ms", UINT32_MAX),
        .loss_up = number_in(json, "loss_up", 1),
        .loss_down = number_in(json, "loss_down", 1),
    };
}

/* A relay of an older release does not say. */
static void read_load(const json_t *json, struct relay_line *out)
{
    out->says_load = json_is_number(json_object_get(json, "load"));
    out->load = number_in(json, "load", 1);
    out->draining = json_is_true(json_object_get(json, "draining"));
    out->left_s = (uint32_t)number_in(json, "left_s", UINT32_MAX);
}

static uint64_t count_in(const json_t *json, const char *name)
{
    json_int_t count = json_integer_value(json_object_get(json, name));

    return count > 0 ? (uint64_t)count : 0;
}

static void read_counts(const json_t *json, struct relay_line *out)
{
    out->says_counts = json_is_integer(json_object_get(json, "packets_in"));
    out->counts = (struct relay_counts){
        .peers = count_in(json, "peers"),
        .packets_in = count_in(json, "packets_in"),
        .packets_out = count_in(json, "packets_out"),
    };
}

static bool is_name(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789._-");

    return length > 0 && length < RELAY_NAME_TEXT && text[length] == '\0';
}

static int read_hello(const json_t *json, struct relay_line *out)
{
    out->hello = true;
    out->instance = json_string_value(json_object_get(json, "instance"));
    out->name = json_string_value(json_object_get(json, "name"));
    out->release = json_string_value(json_object_get(json, "release"));
    read_load(json, out);
    return out->instance && (!out->name || is_name(out->name)) ? 0 : -EBADMSG;
}

static int read_event(const json_t *json, const char *name,
                      struct relay_line *out)
{
    static const struct {
        const char *name;
        enum relay_event_kind kind;
    } kinds[] = {
        { "connected", RELAY_CONNECTED }, { "lost", RELAY_LOST },
        { "back", RELAY_BACK },           { "gone", RELAY_GONE },
        { "quality", RELAY_QUALITY },     { "heard", RELAY_HEARD },
        { "probed", RELAY_PROBED },       { "gap", RELAY_GAP },
        { "picture", RELAY_PICTURE },
    };

    if (strcmp(name, "hello") == 0)
        return read_hello(json, out);
    if (strcmp(name, "draining") == 0) {
        out->is_event = true;
        out->event.kind = RELAY_DRAINING;
        return 0;
    }
    out->event.peer = json_string_value(json_object_get(json, "peer"));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) != 0)
            continue;
        if (!out->event.peer)
            return -EBADMSG;
        out->is_event = true;
        out->event.kind = kinds[i].kind;
    }
    out->event.shown = json_is_true(json_object_get(json, "shown"));
    out->event.rtt_ms = (uint32_t)number_in(json, "rtt_ms", UINT32_MAX);
    out->event.jitter_ms = (uint32_t)number_in(json, "jitter_ms", UINT32_MAX);
    out->event.loss_up = number_in(json, "loss_up", 1);
    out->event.loss_down = number_in(json, "loss_down", 1);
    out->event.voice = read_voice(json);
    out->event.measure = read_measure(json);
    out->event.gap_ms = (uint32_t)number_in(json, "ms", UINT32_MAX);
    return 0;
}

static int read_name(const json_t *object, const char *member,
                     char out[RELAY_NAME_TEXT])
{
    const char *text = json_string_value(json_object_get(object, member));

    if (!text || strlen(text) >= RELAY_NAME_TEXT)
        return -EBADMSG;
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

static int read_room(const json_t *json, struct relay_room *out,
                     struct relay_route **out_routes)
{
    const json_t *routes = json_object_get(json, "routes");
    size_t count = json_array_size(routes);
    struct relay_route *read = calloc(count ? count : 1, sizeof(*read));

    assert(read);
    *out_routes = read;
    out->routes = read;
    out->count = count;
    out->room = json_string_value(json_object_get(json, "room"));
    out->seq = (uint64_t)json_integer_value(json_object_get(json, "seq"));
    if (!out->room)
        return -EBADMSG;
    for (size_t i = 0; i < count; i++) {
        const json_t *route = json_array_get(routes, i);
        if (read_name(route, "from", read[i].from) ||
            read_name(route, "to", read[i].to))
            return -EBADMSG;
        json_int_t slot = json_integer_value(json_object_get(route, "slot"));
        if (slot < 1 || slot > 4)
            return -EBADMSG;
        read[i].slot = (unsigned)slot;
    }
    return 0;
}

static int read_rooms(const json_t *json, struct relay_line *out)
{
    const json_t *rooms = json_object_get(json, "rooms");
    const json_t *peers = json_object_get(json, "peers");
    size_t room_count = json_array_size(rooms);
    size_t peer_count = json_array_size(peers);

    out->rooms = calloc(room_count ? room_count : 1, sizeof(*out->rooms));
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    out->routes = calloc(room_count ? room_count : 1, sizeof(*out->routes));
    out->peers = calloc(peer_count ? peer_count : 1, sizeof(*out->peers));
    assert(out->rooms && out->routes && out->peers);
    out->answer.rooms = out->rooms;
    out->answer.peers = out->peers;
    for (size_t i = 0; i < room_count; i++) {
        out->answer.room_count = i + 1;
        int err = read_room(json_array_get(rooms, i), &out->rooms[i],
                            &out->routes[i]);
        if (err)
            return err;
    }
    for (size_t i = 0; i < peer_count; i++) {
        const char *peer = json_string_value(json_array_get(peers, i));
        if (peer)
            out->peers[out->answer.peer_count++] = peer;
    }
    return 0;
}

static int read_answer(const json_t *json, struct relay_line *out)
{
    const json_t *re = json_object_get(json, "re");

    if (!json_is_integer(re))
        return -EBADMSG;
    out->re = (uint64_t)json_integer_value(re);
    out->answer.refused = json_string_value(json_object_get(json, "refused"));
    out->answer.sdp = json_string_value(json_object_get(json, "answer"));
    read_load(json, out);
    read_counts(json, out);
    if (json_is_array(json_object_get(json, "rooms")))
        return read_rooms(json, out);
    return 0;
}

int relay_line_read(const char *text, size_t length, struct relay_line *out)
{
    struct relay_line line = { .json = json_loadb(text, length, 0, NULL) };
    const char *event = json_string_value(json_object_get(line.json, "event"));
    int err = event ? read_event(line.json, event, &line)
                    : read_answer(line.json, &line);

    if (err) {
        relay_line_release(&line);
        return err;
    }
    *out = line;
    return 0;
}

void relay_line_release(struct relay_line *line)
{
    for (size_t i = 0; i < line->answer.room_count; i++)
        free(line->routes[i]);
    free(line->routes);
    free(line->rooms);
    free(line->peers);
    json_decref(line->json);
}
