#include "signaling/relay/relay.h"

#include "base/list.h"
#include "base/log.h"
#include "signaling/relay/relay_line.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BEAT_S        1.0
#define BEATS_SILENT  3    /* then the connection counts as dead */
#define REQUEST_MS    5000 /* joins wait for DTLS keys at most that long */
#define OUT_MAX       (4 * RELAY_LINE_MAX)
#define INSTANCE_TEXT 80

struct request {
    struct list link;
    uint64_t id;
    ev_tstamp until;
    relay_done_fn *done;
    void *arg;
};

struct relay {
    struct ev_loop *loop;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    relay_event_fn *told;
    void *arg;

    int fd;  /* -1: not connected */
    bool up; /* hello was heard */
    char instance[INSTANCE_TEXT];
    char name[RELAY_NAME_TEXT];
    char release[RELAY_RELEASE_TEXT];
    double load;
    bool draining;
    unsigned silent; /* beats */
    ev_io input;
    ev_io output;
    ev_timer beat;
    ev_timer late; /* the first request's time */

    uint64_t last_id;
    struct list requests; /* unanswered */
    char *in;
    size_t in_length;
    char *out;
    size_t out_length;
};

static void tell(struct relay *relay, const struct relay_event *event)
{
    relay->told(relay->arg, event);
}

/* ---- requests
 * ------------------------------------------------------------------ */

static void end_request(struct request *request,
                        const struct relay_answer *answer)
{
    relay_done_fn *done = request->done;
    void *arg = request->arg;

    list_remove(&request->link);
    free(request);
    if (done)
        done(arg, answer);
}

static void refuse_request(struct request *request, const char *code)
{
    struct relay_answer answer = { .refused = code };

    end_request(request, &answer);
}

/* Wakes for the request that is late first. */
static void arm(struct relay *relay)
{
    ev_tstamp first = 0;

    list_each (link, after, &relay->requests) {
        struct request *request = list_member(link, struct request, link);
        if (first == 0 || request->until < first)
            first = request->until;
    }
    ev_timer_stop(relay->loop, &relay->late);
    if (first == 0)
        return;
    ev_tstamp in = first - ev_now(relay->loop);
    ev_timer_set(&relay->late, in > 0 ? in : 0., 0.);
    ev_timer_start(relay->loop, &relay->late);
}

static void on_late(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct relay *relay = timer->data;
    struct list late;

    (void)events;
    list_init(&late);
    list_each (link, after, &relay->requests) {
        struct request *request = list_member(link, struct request, link);
        if (request->until > ev_now(loop))
            continue;
        list_remove(link);
        list_append(&late, link);
    }
    while (!list_is_empty(&late))
        refuse_request(list_member(list_first(&late), struct request, link),
                       "timeout");
    arm(relay);
}

/* ---- the connection
 * --------------------------------------------------------------- */

static void disconnect(struct relay *relay)
{
    struct list waiting;
    bool was_up = relay->up;

    if (relay->fd < 0)
        return;
    ev_io_stop(relay->loop, &relay->input);
    ev_io_stop(relay->loop, &relay->output);
    (void)close(relay->fd);
    relay->fd = -1;
    relay->up = false;
    relay->in_length = 0;
    relay->out_length = 0;
    list_init(&waiting);
    list_each (link, after, &relay->requests) {
        list_remove(link);
        list_append(&waiting, link);
    }
    while (!list_is_empty(&waiting))
        refuse_request(list_member(list_first(&waiting), struct request, link),
                       "no_relay");
    if (was_up) {
        struct relay_event down = { .kind = RELAY_DOWN };
        log_warning("relay lost");
        tell(relay, &down);
    }
}

static void flush(struct relay *relay)
{
    while (relay->out_length > 0) {
        ssize_t sent =
            send(relay->fd, relay->out, relay->out_length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN) {
            ev_io_start(relay->loop, &relay->output);
            return;
        }
        if (sent < 0) {
            /* The reading side hears of it too; there it is cleaned up. */
            (void)shutdown(relay->fd, SHUT_RDWR);
            relay->out_length = 0;
            break;
        }
        relay->out_length -= (size_t)sent;
        memmove(relay->out, relay->out + sent, relay->out_length);
    }
    ev_io_stop(relay->loop, &relay->output);
}

static void on_output(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    flush(watcher->data);
}

/* line ends with a line feed. False: too much waits already. */
static bool put_line(struct relay *relay, const char *line)
{
    size_t length = strlen(line);

    if (length > RELAY_LINE_MAX || relay->out_length + length > OUT_MAX)
        return false;
    memcpy(relay->out + relay->out_length, line, length);
    relay->out_length += length;
    flush(relay);
    return true;
}

/* What does not fit is cut; NULL is "". */
static void keep_text(char *out, size_t size, const char *text)
{
    size_t length = text ? strnlen(text, size - 1) : 0;

    memmove(out, text ? text : "", length);
    out[length] = '\0';
}

static void hear_hello(struct relay *relay, const struct relay_line *line)
{
    struct relay_event up = { .kind = RELAY_UP };

    up.restarted = relay->instance[0] != '\0' &&
                   strcmp(relay->instance, line->instance) != 0;
    strncpy(relay->instance, line->instance, sizeof(relay->instance) - 1);
    keep_text(relay->name, sizeof(relay->name), line->name);
    keep_text(relay->release, sizeof(relay->release), line->release);
    relay->up = true;
    relay->draining = false;
    log_notice("relay up name=%s restarted=%d", relay->name, up.restarted);
    tell(relay, &up);
}

static void hear_draining(struct relay *relay)
{
    struct relay_event event = { .kind = RELAY_DRAINING };

    if (relay->draining)
        return;
    relay->draining = true;
    log_notice("relay draining name=%s", relay->name);
    tell(relay, &event);
}

/* With hello and with each beat; a relay of an older release says nothing. */
static void hear_load(struct relay *relay, const struct relay_line *line)
{
    if (line->says_load)
        relay->load = line->load;
    if (line->draining)
        hear_draining(relay);
}

static void hear_line(struct relay *relay, const struct relay_line *line)
{
    if (line->hello) {
        hear_hello(relay, line);
        hear_load(relay, line);
        return;
    }
    if (line->is_event && line->event.kind == RELAY_DRAINING) {
        hear_draining(relay);
        return;
    }
    if (line->is_event) {
        tell(relay, &line->event);
        return;
    }
    list_each (link, after, &relay->requests) {
        struct request *request = list_member(link, struct request, link);
        if (request->id != line->re)
            continue;
        hear_load(relay, line);
        end_request(request, &line->answer);
        arm(relay);
        return;
    }
    /* Answered too late: whoever asked was told "timeout". */
}

/* Every whole line in the buffer. -EBADMSG ends the connection. */
static int hear_lines(struct relay *relay)
{
    size_t used = 0;

    for (;;) {
        char *from = relay->in + used;
        char *end = memchr(from, '\n', relay->in_length - used);
        struct relay_line line;
        if (!end)
            break;
        int err = relay_line_read(from, (size_t)(end - from), &line);
        if (err)
            return err;
        used = (size_t)(end - relay->in) + 1;
        hear_line(relay, &line);
        relay_line_release(&line);
        if (relay->fd < 0)
            return 0; /* somebody who was told ended it */
    }
    relay->in_length -= used;
    memmove(relay->in, relay->in + used, relay->in_length);
    return relay->in_length == RELAY_LINE_MAX ? -EBADMSG : 0;
}

static void on_input(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct relay *relay = watcher->data;
    ssize_t got = recv(relay->fd, relay->in + relay->in_length,
                       RELAY_LINE_MAX - relay->in_length, 0);

    (void)loop;
    (void)events;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        disconnect(relay);
        return;
    }
    relay->silent = 0;
    relay->in_length += (size_t)got;
    int err = hear_lines(relay);
    if (err) {
        log_error("relay said what we cannot read error=%d", -err);
        disconnect(relay);
    }
}

static void connect_to(struct relay *relay)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return;
    memcpy(to.sun_path, relay->path, sizeof(to.sun_path));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        (void)close(fd); /* not there: the next beat tries again */
        return;
    }
    relay->fd = fd;
    relay->silent = 0;
    ev_io_set(&relay->input, fd, EV_READ);
    ev_io_set(&relay->output, fd, EV_WRITE);
    ev_io_start(relay->loop, &relay->input);
}

static void send_request(struct relay *relay, char *line, uint64_t id,
                         int64_t timeout_ms, relay_done_fn *done, void *arg);

static void on_beat(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct relay *relay = timer->data;

    (void)loop;
    (void)events;
    if (relay->fd < 0) {
        connect_to(relay);
        return;
    }
    relay->silent += 1;
    if (relay->silent > BEATS_SILENT) {
        log_warning("relay is silent");
        disconnect(relay);
        return;
    }
    if (relay->up) {
        uint64_t id = ++relay->last_id;
        send_request(relay, relay_line_ping(id), id, REQUEST_MS, NULL, NULL);
    }
}

static void relay_start(struct relay *relay)
{
    relay->fd = -1;
    list_init(&relay->requests);
    ev_io_init(&relay->input, on_input, -1, EV_READ);
    ev_io_init(&relay->output, on_output, -1, EV_WRITE);
    ev_timer_init(&relay->beat, on_beat, 0., BEAT_S);
    ev_timer_init(&relay->late, on_late, 0., 0.);
    relay->input.data = relay->output.data = relay;
    relay->beat.data = relay->late.data = relay;
    ev_timer_start(relay->loop, &relay->beat);
}

int relay_new(const struct relay_options *options, struct relay **out,
              char error[RELAY_ERROR_TEXT])
{
    struct relay *relay = calloc(1, sizeof(*relay));

    if (relay) {
        relay->in = malloc(RELAY_LINE_MAX);
        relay->out = malloc(OUT_MAX);
    }
    if (!relay || !relay->in || !relay->out ||
        strlen(options->address) >= sizeof(relay->path)) {
        snprintf(error, RELAY_ERROR_TEXT,
                 "relay takes the path of a socket, shorter than %zu.",
                 sizeof(relay->path));
        if (relay) {
            free(relay->in);
            free(relay->out);
        }
        free(relay);
        return -EINVAL;
    }
    relay->loop = options->loop;
    relay->told = options->told;
    relay->arg = options->arg;
    memcpy(relay->path, options->address, strlen(options->address) + 1);
    relay_start(relay);
    *out = relay;
    return 0;
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    ev_timer_stop(relay->loop, &relay->beat);
    relay->up = false; /* we leave: no loss to be told */
    disconnect(relay);
    ev_timer_stop(relay->loop, &relay->late);
    free(relay->in);
    free(relay->out);
    free(relay);
}

bool relay_is_up(const struct relay *relay)
{
    return relay->up;
}

const char *relay_name(const struct relay *relay)
{
    return relay->name;
}

const char *relay_release(const struct relay *relay)
{
    return relay->release;
}

double relay_load(const struct relay *relay)
{
    return relay->load;
}

bool relay_is_draining(const struct relay *relay)
{
    return relay->draining;
}

/* ---- asking
 * -------------------------------------------------------------------------- */

/* Frees line. */
static void send_request(struct relay *relay, char *line, uint64_t id,
                         int64_t timeout_ms, relay_done_fn *done, void *arg)
{
    struct relay_answer none = { .refused = "no_relay" };
    struct request *request = calloc(1, sizeof(*request));

    assert(request);
    request->id = id;
    request->until = ev_now(relay->loop) + (double)timeout_ms / 1000.;
    request->done = done;
    request->arg = arg;
    if (!relay->up || !put_line(relay, line)) {
        free(request);
        free(line);
        if (done)
            done(arg, &none);
        return;
    }
    free(line);
    list_append(&relay->requests, &request->link);
    arm(relay);
}

void relay_join(struct relay *relay, const char *place, const char *peer,
                const char *offer, relay_done_fn *done, void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_join(id, place, peer, offer), id, REQUEST_MS,
                 done, arg);
}

void relay_leave(struct relay *relay, const char *peer, relay_done_fn *done,
                 void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_leave(id, peer), id, REQUEST_MS, done, arg);
}

void relay_house(struct relay *relay, const char *peer, const char *play,
                 relay_done_fn *done, void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_house(id, peer, play), id, REQUEST_MS, done,
                 arg);
}

void relay_probe(struct relay *relay, const char *peer, relay_done_fn *done,
                 void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_probe(id, peer), id, REQUEST_MS, done, arg);
}

void relay_rooms(struct relay *relay, relay_done_fn *done, void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_rooms(id), id, REQUEST_MS, done, arg);
}

void relay_route(struct relay *relay, const struct relay_set *set,
                 int64_t timeout_ms, relay_done_fn *done, void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_route(id, set), id, timeout_ms, done, arg);
}
