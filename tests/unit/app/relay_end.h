/*
 * relay_end: the other side of the control socket, on the test's own loop: it
 * keeps what was asked and answers as docs/relay-control.md says.
 */
#ifndef TESTS_APP_RELAY_END_H
#define TESTS_APP_RELAY_END_H

#include "tests/unit/app/given.h"

#include "base/text.h"

#include <fcntl.h>
#include <jansson.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ASKED_MAX 200

struct relay_end {
    struct ev_loop *loop;
    char path[100];
    const char *instance;
    const char *name; /* NULL: of a release that does not say */
    double load;
    bool draining;
    int left_s;
    int listening;
    int fd;
    ev_io accepting;
    ev_io reading;
    char in[65536];
    size_t length;
    bool mute;     /* answers nothing */
    json_t *rooms; /* by name: what was routed last */
    json_t *asked[ASKED_MAX];
    size_t count;
};

static inline void relay_end_say(struct relay_end *end, json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);

    /* Whoever asked may be gone already. */
    if (send(end->fd, text, strlen(text), MSG_NOSIGNAL) > 0)
        (void)send(end->fd, "\n", 1, MSG_NOSIGNAL);
    free(text);
    json_decref(line);
}

static inline json_t *relay_end_rooms(struct relay_end *end)
{
    json_t *rooms = json_array();
    const char *name;
    json_t *room;

    json_object_foreach(end->rooms, name, room) json_array_append(rooms, room);
    return rooms;
}

static inline void relay_end_hear(struct relay_end *end, const char *text)
{
    json_t *line = json_loads(text, 0, NULL);
    assert_non_null(line);
    const char *what = json_string_value(json_object_get(line, "do"));
    json_int_t id = json_integer_value(json_object_get(line, "id"));

    assert_non_null(what);
    if (strcmp(what, "ping") == 0 || end->mute) {
        if (!end->mute)
            relay_end_say(end, json_pack("{s:I,s:b,s:f,s:b,s:i}", "re", id,
                                         "ok", 1, "load", end->load, "draining",
                                         end->draining, "left_s", end->left_s));
        json_decref(line);
        return;
    }
    if (strcmp(what, "rooms") == 0) {
        relay_end_say(end, json_pack("{s:I,s:o,s:[]}", "re", id, "rooms",
                                     relay_end_rooms(end), "peers"));
        json_decref(line);
        return;
    }
    if (strcmp(what, "route") == 0)
        json_object_set(end->rooms,
                        json_string_value(json_object_get(line, "room")), line);
    assert_true(end->count < ASKED_MAX);
    end->asked[end->count++] = line;
    if (strcmp(what, "join") == 0)
        relay_end_say(end,
                      json_pack("{s:I,s:s}", "re", id, "answer", "v=0\r\n"));
    else
        relay_end_say(end, json_pack("{s:I,s:b}", "re", id, "ok", 1));
}

static inline void relay_end_hang_up(struct relay_end *end)
{
    if (end->fd < 0)
        return;
    ev_io_stop(end->loop, &end->reading);
    close(end->fd);
    end->fd = -1;
    end->length = 0;
}

static inline void relay_end_read(struct ev_loop *loop, ev_io *watcher,
                                  int events)
{
    struct relay_end *end = watcher->data;
    ssize_t got = recv(end->fd, end->in + end->length,
                       sizeof(end->in) - end->length - 1, 0);

    (void)loop;
    (void)events;
    if (got <= 0) {
        relay_end_hang_up(end);
        return;
    }
    end->length += (size_t)got;
    for (;;) {
        char *line = memchr(end->in, '\n', end->length);
        if (!line)
            return;
        *line = '\0';
        relay_end_hear(end, end->in);
        if (end->fd < 0)
            return;
        size_t used = (size_t)(line - end->in) + 1;
        end->length -= used;
        memmove(end->in, end->in + used, end->length);
    }
}

static inline void relay_end_accept(struct ev_loop *loop, ev_io *watcher,
                                    int events)
{
    struct relay_end *end = watcher->data;

    (void)events;
    relay_end_hang_up(end);
    end->fd = accept(end->listening, NULL, NULL);
    assert_true(end->fd >= 0);
    ev_io_init(&end->reading, relay_end_read, end->fd, EV_READ);
    end->reading.data = end;
    ev_io_start(loop, &end->reading);
    relay_end_say(end, json_pack("{s:s,s:i,s:s,s:i,s:s*,s:f,s:b}", "event",
                                 "hello", "version", 1, "instance",
                                 end->instance, "workers", 1, "name", end->name,
                                 "load", end->load, "draining", end->draining));
}

static inline void relay_end_listen(struct relay_end *end)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };

    (void)unlink(end->path);
    strcpy(at.sun_path, end->path);
    end->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(end->listening, (struct sockaddr *)&at, sizeof(at)),
                     0);
    assert_int_equal(listen(end->listening, 4), 0);
    ev_io_init(&end->accepting, relay_end_accept, end->listening, EV_READ);
    end->accepting.data = end;
    ev_io_start(end->loop, &end->accepting);
}

/* Its socket is called like it. */
static inline void relay_end_start_as(struct relay_end *end,
                                      struct ev_loop *loop, const char *folder,
                                      const char *name)
{
    memset(end, 0, sizeof(*end));
    end->loop = loop;
    end->fd = -1;
    end->instance = "one";
    end->name = name;
    end->rooms = json_object();
    snprintf(end->path, sizeof(end->path), "%s/%s", folder,
             name ? name : "relay");
    relay_end_listen(end);
}

static inline void relay_end_start(struct relay_end *end, struct ev_loop *loop,
                                   const char *folder)
{
    relay_end_start_as(end, loop, folder, NULL);
}

/* Nobody reaches it any more, until relay_end_listen. */
static inline void relay_end_hide(struct relay_end *end)
{
    relay_end_hang_up(end);
    if (end->listening < 0)
        return;
    ev_io_stop(end->loop, &end->accepting);
    close(end->listening);
    end->listening = -1;
}

/* As a relay that was killed and started again. */
static inline void relay_end_restart(struct relay_end *end)
{
    end->instance = "two";
    json_object_clear(end->rooms);
    relay_end_hang_up(end);
}

static inline void relay_end_forget(struct relay_end *end)
{
    for (size_t i = 0; i < end->count; i++)
        json_decref(end->asked[i]);
    end->count = 0;
}

static inline void relay_end_stop(struct relay_end *end)
{
    relay_end_hide(end);
    relay_end_forget(end);
    json_decref(end->rooms);
}

/* The newest request of this kind, or NULL. */
static inline const json_t *relay_end_asked(const struct relay_end *end,
                                            const char *what)
{
    for (size_t i = end->count; i > 0; i--)
        if (strcmp(json_string_value(json_object_get(end->asked[i - 1], "do")),
                   what) == 0)
            return end->asked[i - 1];
    return NULL;
}

/* How many routes this visit's room has here. */
static inline size_t relay_end_routes(const struct relay_end *end,
                                      struct consultation_id visit)
{
    char name[ID_TEXT];

    text_base64url(slice(visit.bytes, ID_BYTES), name);
    return json_array_size(
        json_object_get(json_object_get(end->rooms, name), "routes"));
}

/* A room that nobody asked for now: as a node that slept might have left it. */
static inline void relay_end_stray(struct relay_end *end,
                                   struct consultation_id visit)
{
    char name[ID_TEXT];

    text_base64url(slice(visit.bytes, ID_BYTES), name);
    json_object_set_new(end->rooms, name,
                        json_pack("{s:s,s:i,s:[{s:s,s:s,s:i}]}", "room", name,
                                  "seq", 1, "routes", "from", "a", "to", "b",
                                  "slot", 1));
}

#endif
