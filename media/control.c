#include "media/control.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "media/connection.h"
#include "media/control_line.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define INSTANCE_BYTES 8

/* What one or all workers are carrying out for a connection. */
struct request {
    bool used;
    uint32_t generation;
    uint64_t connection;
    int64_t id;
    enum control_verb verb;
    unsigned outstanding; /* workers that have not answered */
    bool taken;           /* one of them could */
    enum media_refusal refusal;
    size_t report_count;
    struct media_report *reports[MEDIA_WORKERS_MAX];
};

struct control {
    struct control_options options;
    char instance[2 * INSTANCE_BYTES + 1];
    int listener;
    uint64_t next_serial;
    struct connection connections[CONTROL_CONNECTIONS_MAX];
    size_t connection_count;
    struct request requests[CONTROL_REQUESTS_MAX];
};

static struct connection *connection_by(struct control *control,
                                        uint64_t serial)
{
    for (size_t i = 0; i < control->connection_count; i++)
        if (control->connections[i].serial == serial)
            return &control->connections[i];
    return NULL;
}

/* ---- requests
 * ---------------------------------------------------------------- */

static struct request *request_begin(struct control *control,
                                     const struct connection *from,
                                     const struct control_request *line)
{
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        struct request *request = &control->requests[i];
        uint32_t generation = request->generation + 1;

        if (request->used)
            continue;
        *request = (struct request){
            .used = true,
            .generation = generation,
            .connection = from->serial,
            .id = line->id,
            .verb = line->verb,
        };
        return request;
    }
    return NULL;
}

/* Ticket 0 is nobody's. */
static uint64_t ticket_of(const struct control *control,
                          const struct request *request)
{
    uint64_t index = (uint64_t)(request - control->requests) + 1;

    return (uint64_t)request->generation << 32 | index;
}

static struct request *request_of(struct control *control, uint64_t ticket)
{
    uint64_t index = ticket & 0xffffffff;
    struct request *request;

    if (index == 0 || index > CONTROL_REQUESTS_MAX)
        return NULL;
    request = &control->requests[index - 1];
    return request->used && request->generation == ticket >> 32 ? request
                                                                : NULL;
}

static char *reports_line(const struct request *request)
{
    return request->verb == CONTROL_PING
               ? control_line_ping(request->id, request->reports,
                                   request->report_count)
               : control_line_rooms(request->id, request->reports,
                                    request->report_count);
}

static void request_end(struct control *control, struct request *request,
                        char *line)
{
    struct connection *to = connection_by(control, request->connection);

    if (to)
        connection_say(to, line);
    else
        free(line);
    for (size_t i = 0; i < request->report_count; i++)
        media_report_free(request->reports[i]);
    request->report_count = 0;
    request->used = false;
}

static void command_drop(const struct media_command *command)
{
    if (command->kind == MEDIA_JOIN)
        free(command->join.offer);
    else if (command->kind == MEDIA_ROUTE)
        free(command->route.routes);
}

/* Everything of one place lives on one worker (FNV-1a of its name). */
static unsigned worker_of(const struct control *control, const char *place)
{
    uint32_t hash = 2166136261u;

    for (const char *c = place; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    return hash % control->options.worker_count;
}

/* A page that joins at another place leaves the one it was at. */
static void leave_elsewhere(struct control *control, unsigned here,
                            const struct peer_name *peer)
{
    struct media_command leave = { .kind = MEDIA_LEAVE, .leave = *peer };

    for (unsigned i = 0; i < control->options.worker_count; i++)
        if (i != here)
            (void)worker_command(control->options.workers[i], &leave);
}

static void dispatch(struct control *control, struct connection *from,
                     struct control_request *line)
{
    struct request *request = request_begin(control, from, line);
    bool one = line->verb == CONTROL_JOIN || line->verb == CONTROL_ROUTE;
    unsigned here = one ? worker_of(control, line->place) : 0;

    if (!request) {
        connection_say(from, control_line_refusal(line->id, MEDIA_FULL));
        command_drop(&line->command);
        return;
    }
    line->command.ticket = ticket_of(control, request);
    for (unsigned i = 0; i < control->options.worker_count; i++) {
        if (one && i != here)
            continue;
        if (worker_command(control->options.workers[i], &line->command))
            request->outstanding += 1;
    }
    if (request->outstanding == 0) {
        command_drop(&line->command);
        request_end(control, request,
                    control_line_refusal(line->id, MEDIA_FULL));
        return;
    }
    if (line->verb == CONTROL_JOIN)
        leave_elsewhere(control, here, &line->command.join.peer);
}

static void take_line(struct control *control, struct connection *from,
                      struct slice line)
{
    struct control_request request;
    struct control_fault fault;

    if (line.length == 0)
        return;
    if (control_line_read(line, &request, &fault) != 0) {
        log_limited(LOG_LEVEL_WARNING, "control refused code=%s", fault.code);
        connection_say(from, control_line_refused(fault.id, fault.has_id,
                                                  fault.code, fault.say));
        return;
    }
    dispatch(control, from, &request);
}

/* ---- what workers tell
 * ------------------------------------------------------- */

static void take_answer(struct control *control, struct media_event *event)
{
    struct request *request = request_of(control, event->ticket);

    if (!request)
        return;
    if (event->report) {
        request->reports[request->report_count++] = event->report;
        event->report = NULL;
    }
    if (event->refusal == MEDIA_TAKEN)
        request->taken = true;
    else
        request->refusal = event->refusal;
    if (--request->outstanding > 0)
        return;

    if (event->kind == MEDIA_ANSWERED)
        request_end(control, request,
                    control_line_answer(request->id, event->answer));
    else if (event->kind == MEDIA_REPORTED)
        request_end(control, request, reports_line(request));
    else
        request_end(control, request,
                    control_line_refusal(request->id, request->taken
                                                          ? MEDIA_TAKEN
                                                          : request->refusal));
}

static void take_event(struct control *control, struct media_event *event)
{
    switch (event->kind) {
    case MEDIA_DONE:
    case MEDIA_ANSWERED:
    case MEDIA_REPORTED:
        take_answer(control, event);
        break;
    case MEDIA_CONNECTED:
    case MEDIA_LOST:
    case MEDIA_BACK:
    case MEDIA_GONE:
    case MEDIA_QUALITY:
    case MEDIA_HEARD:
    case MEDIA_PROBED:
    case MEDIA_GAP:
    case MEDIA_PICTURE:
        for (size_t i = 0; i < control->connection_count; i++)
            connection_say(&control->connections[i], control_line_event(event));
        break;
    }
    free(event->answer);
    media_report_free(event->report);
}

static void take_events(struct control *control)
{
    struct media_event event;

    while (queue_pop(control->options.events, &event))
        take_event(control, &event);
}

/* ---- connections
 * ------------------------------------------------------------- */

static bool may_connect(const struct control *control, int fd)
{
    struct ucred who;
    socklen_t length = sizeof(who);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0)
        return false;
    return who.uid == 0 || who.uid == control->options.user;
}

static void accept_connection(struct control *control)
{
    int fd =
        accept4(control->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct connection *connection =
        &control->connections[control->connection_count];

    if (fd < 0)
        return;
    if (control->connection_count == CONTROL_CONNECTIONS_MAX ||
        !may_connect(control, fd) ||
        connection_init(connection, fd, ++control->next_serial) != 0) {
        log_limited(LOG_LEVEL_WARNING, "control connection refused");
        close(fd);
        return;
    }
    control->connection_count += 1;
    connection_say(
        connection,
        control_line_hello(control->instance, control->options.worker_count));
}

static void receive(struct control *control, struct connection *from)
{
    struct slice line;
    size_t cursor = 0;

    connection_receive(from);
    while (connection_line(from, &cursor, &line))
        take_line(control, from, line);
}

static void bury(struct control *control)
{
    size_t kept = 0;

    for (size_t i = 0; i < control->connection_count; i++) {
        if (control->connections[i].doomed)
            connection_release(&control->connections[i]);
        else
            control->connections[kept++] = control->connections[i];
    }
    control->connection_count = kept;
}

/* ---- the loop
 * ---------------------------------------------------------------- */

enum {
    POLL_STOP,
    POLL_EVENTS,
    POLL_LISTENER,
    POLL_FIRST, /* connection */
};

void control_run(struct control *control, int stop)
{
    struct pollfd polls[POLL_FIRST + CONTROL_CONNECTIONS_MAX];

    for (;;) {
        size_t count = control->connection_count;

        polls[POLL_STOP] = (struct pollfd){ stop, POLLIN, 0 };
        polls[POLL_EVENTS] =
            (struct pollfd){ queue_descriptor(control->options.events), POLLIN,
                             0 };
        polls[POLL_LISTENER] = (struct pollfd){ control->listener, POLLIN, 0 };
        for (size_t i = 0; i < count; i++) {
            const struct connection *one = &control->connections[i];

            polls[POLL_FIRST + i] = (struct pollfd){
                one->fd, (short)(POLLIN | (one->out_length ? POLLOUT : 0)), 0
            };
        }
        if (poll(polls, POLL_FIRST + count, -1) < 0)
            continue;
        if (polls[POLL_STOP].revents)
            return;
        if (polls[POLL_EVENTS].revents)
            take_events(control);
        for (size_t i = 0; i < count; i++) {
            if (polls[POLL_FIRST + i].revents & POLLOUT)
                connection_flush(&control->connections[i]);
            if (polls[POLL_FIRST + i].revents & ~POLLOUT)
                receive(control, &control->connections[i]);
        }
        bury(control);
        if (polls[POLL_LISTENER].revents)
            accept_connection(control);
    }
}

/* ---- life
 * -------------------------------------------------------------------- */

static bool somebody_answers(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers;

    if (fd < 0)
        return false;
    answers = connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0;
    close(fd);
    return answers;
}

static int listen_at(const struct control_options *options, int *out)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    struct stat what;
    mode_t mask;
    int fd, err = 0;

    if (strlen(options->path) >= sizeof(name.sun_path))
        return -ENAMETOOLONG;
    memcpy(name.sun_path, options->path, strlen(options->path) + 1);
    if (lstat(options->path, &what) == 0) {
        if (!S_ISSOCK(what.st_mode) || somebody_answers(&name))
            return -EADDRINUSE;
        (void)unlink(options->path);
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    mask = umask(0177);
    if (bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        listen(fd, CONTROL_CONNECTIONS_MAX) != 0 ||
        (options->user != geteuid() &&
         chown(options->path, options->user, (gid_t)-1) != 0))
        err = -errno;
    umask(mask);
    if (err)
        close(fd);
    else
        *out = fd;
    return err;
}

int control_new(const struct control_options *options, struct control **out)
{
    struct control *control = calloc(1, sizeof(*control));
    uint8_t instance[INSTANCE_BYTES];
    int err;

    if (!control)
        return -ENOMEM;
    control_line_start();
    control->options = *options;
    err = listen_at(options, &control->listener);
    if (err) {
        log_error("cannot listen control=%s errno=%d", options->path, -err);
        free(control);
        return err;
    }
    secret_random(instance, sizeof(instance));
    text_hex(slice(instance, sizeof(instance)), control->instance);
    *out = control;
    return 0;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    for (size_t i = 0; i < control->connection_count; i++)
        connection_release(&control->connections[i]);
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++)
        for (size_t r = 0; r < control->requests[i].report_count; r++)
            media_report_free(control->requests[i].reports[r]);
    close(control->listener);
    (void)unlink(control->options.path);
    free(control);
}
