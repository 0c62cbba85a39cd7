#include "media/control.h"

#include "base/log.h"
#include "base/release.h"
#include "base/secret.h"
#include "base/text.h"
#include "media/connections.h"
#include "media/control_requests.h"
#include "media/load.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define INSTANCE_BYTES 8
#define TICK_MS        1000 /* while there is TLS to look after */
#define DRAIN_TICK_MS  100

struct control {
    struct control_options options;
    char instance[2 * INSTANCE_BYTES + 1];
    struct control_door doors[CONTROL_DOORS_MAX];
    size_t door_count;
    struct connections connections;
    struct load load;
    bool draining;
    bool asked; /* the workers were, whether anybody is left */
    bool empty; /* nobody is */
    uint64_t until_ms;
    struct requests requests;
};

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t now_ms(void)
{
    return now_us() / 1000;
}

static struct control_self self_of(struct control *control)
{
    const struct control_options *options = &control->options;
    uint64_t now = now_ms();

    return (struct control_self){
        .instance = control->instance,
        .workers = options->worker_count,
        .name = options->name,
        .release = VESTIBULE_RELEASE,
        .load = load_now(&control->load, options->workers,
                         options->worker_count, now_us()),
        .draining = control->draining,
        .left_s = control->draining && control->until_ms > now
                      ? (control->until_ms - now) / 1000
                      : 0,
    };
}

/* ---- requests
 * ---------------------------------------------------------------- */

static char *reports_line(struct control *control,
                          const struct request *request)
{
    if (request->verb == CONTROL_ROOMS)
        return control_line_rooms(request->id, request->reports,
                                  request->report_count);
    struct control_self self = self_of(control);
    return control_line_ping(request->id, request->reports,
                             request->report_count, &self);
}

static void request_end(struct control *control, struct request *request,
                        char *line)
{
    struct connection *to =
        connections_by(&control->connections, request->connection);

    if (to)
        connection_say(to, line);
    else
        free(line);
    request_release(request);
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
    struct request *request =
        request_begin(&control->requests, from->serial, line);
    bool one = line->verb == CONTROL_JOIN || line->verb == CONTROL_ROUTE;
    unsigned here = one ? worker_of(control, line->place) : 0;

    if (!request) {
        connection_say(from, control_line_refusal(line->id, MEDIA_FULL));
        command_drop(&line->command);
        return;
    }
    line->command.ticket = request_ticket(&control->requests, request);
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

static char *event_line(const void *event)
{
    return control_line_event(event);
}

static char *draining_line(const void *nothing)
{
    (void)nothing;
    return control_line_draining();
}

/* What the workers answered to ask_census. */
static void take_census(struct control *control, struct request *request)
{
    size_t peers = 0;

    for (size_t i = 0; i < request->report_count; i++)
        peers += request->reports[i]->peer_count;
    control->empty =
        peers == 0 && request->report_count == control->options.worker_count;
    control->asked = false;
    request_end(control, request, NULL);
}

static void take_answer(struct control *control, struct media_event *event)
{
    struct request *request = request_by(&control->requests, event->ticket);

    if (!request)
        return;
    request_take(request, event);
    if (request->outstanding > 0)
        return;

    if (event->kind == MEDIA_ANSWERED)
        request_end(control, request,
                    control_line_answer(request->id, event->answer));
    else if (event->kind == MEDIA_REPORTED && request->ours)
        take_census(control, request);
    else if (event->kind == MEDIA_REPORTED)
        request_end(control, request, reports_line(control, request));
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
        connections_say(&control->connections, event_line, event);
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

static void greet(struct control *control, struct connection *connection)
{
    struct control_self self = self_of(control);

    connection_say(connection, control_line_hello(&self));
}

static void accept_connection(struct control *control,
                              const struct control_door *door)
{
    struct control_visitor visitor;
    struct connection *connection;

    if (!control_door_accept(door, &visitor))
        return;
    connection = connections_take(&control->connections, &visitor, now_ms());
    if (connection && connection->open)
        greet(control, connection);
}

static void shake(struct control *control, struct connection *with)
{
    connection_shake(with);
    if (!with->open)
        return;
    if (connections_open(&control->connections) > CONTROL_CONNECTIONS_MAX) {
        log_limited(LOG_LEVEL_WARNING, "control connection refused");
        with->doomed = true;
        return;
    }
    greet(control, with);
}

static void receive(struct control *control, struct connection *from)
{
    bool more = true;

    if (!from->open)
        shake(control, from);
    if (from->open)
        from->heard_ms = now_ms();
    while (from->open && more) {
        struct slice line;
        size_t cursor = 0;

        more = connection_receive(from);
        while (connection_line(from, &cursor, &line))
            take_line(control, from, line);
    }
}

/* ---- the end
 * --------------------------------------------------------------- */

/* For all workers; false: one has too much to do. */
static bool tell_workers(struct control *control,
                         const struct media_command *command, unsigned *told)
{
    for (*told = 0; *told < control->options.worker_count; *told += 1)
        if (!worker_command(control->options.workers[*told], command))
            return false;
    return true;
}

/* It is asked behind all that was commanded before: who is on the way in
 * counts. */
static void ask_census(struct control *control)
{
    const struct control_request line = { .verb = CONTROL_ROOMS };
    struct media_command command = { .kind = MEDIA_ROOMS };
    struct request *request =
        control->asked ? NULL : request_begin(&control->requests, 0, &line);

    if (!request)
        return;
    request->ours = true;
    command.ticket = request_ticket(&control->requests, request);
    (void)tell_workers(control, &command, &request->outstanding);
    control->asked = request->outstanding > 0;
    if (!control->asked)
        request_end(control, request, NULL);
}

/* True: nothing is left to wait for. */
static bool take_signal(struct control *control, int stop)
{
    const struct media_command drain = { .kind = MEDIA_DRAIN };
    struct signalfd_siginfo signal;
    unsigned told;

    if (read(stop, &signal, sizeof(signal)) != (ssize_t)sizeof(signal))
        return false;
    if (control->options.drain_s == 0 || control->draining)
        return true;
    if (!tell_workers(control, &drain, &told))
        return true;
    control->draining = true;
    control->until_ms = now_ms() + control->options.drain_s * 1000ULL;
    log_notice("relay drains seconds=%u", control->options.drain_s);
    connections_say(&control->connections, draining_line, NULL);
    ask_census(control);
    return false;
}

/* What time alone ends. True: the draining is over. */
static bool tick(struct control *control)
{
    uint64_t now = now_ms();

    connections_end_late(&control->connections, now);
    connections_bury(&control->connections);
    if (!control->draining)
        return false;
    if (control->empty || now >= control->until_ms)
        return true;
    ask_census(control);
    return false;
}

/* ---- the loop
 * ---------------------------------------------------------------- */

enum {
    POLL_STOP,
    POLL_EVENTS,
    POLL_DOORS, /* and connections behind them */
};
#define POLLS_MAX (POLL_DOORS + CONTROL_DOORS_MAX + CONNECTIONS_ALL)

static size_t fill_polls(const struct control *control, int stop,
                         struct pollfd *polls)
{
    size_t count = POLL_DOORS;

    polls[POLL_STOP] = (struct pollfd){ stop, POLLIN, 0 };
    polls[POLL_EVENTS] =
        (struct pollfd){ queue_descriptor(control->options.events), POLLIN, 0 };
    for (size_t i = 0; i < control->door_count; i++)
        polls[count++] = (struct pollfd){ control->doors[i].fd, POLLIN, 0 };
    for (size_t i = 0; i < control->connections.count; i++) {
        const struct connection *one = &control->connections.all[i];

        polls[count++] = (struct pollfd){
            one->fd,
            (short)(POLLIN | (connection_wants_write(one) ? POLLOUT : 0)), 0
        };
    }
    return count;
}

static void serve_connection(struct control *control,
                             struct connection *connection, short ready)
{
    if (ready & POLLOUT && connection->open)
        connection_flush(connection);
    /* TLS may have waited for room to write in order to read. */
    if (ready & ~POLLOUT || (ready && connection->tls))
        receive(control, connection);
}

static int patience_of(const struct control *control)
{
    if (control->draining)
        return DRAIN_TICK_MS;
    for (size_t i = 0; i < control->connections.count; i++)
        if (control->connections.all[i].tls)
            return TICK_MS;
    return -1;
}

void control_run(struct control *control, int stop)
{
    struct pollfd polls[POLLS_MAX];

    for (;;) {
        size_t doors = control->door_count;
        size_t count = control->connections.count;
        size_t all = fill_polls(control, stop, polls);

        if (poll(polls, all, patience_of(control)) < 0)
            continue;
        if (polls[POLL_STOP].revents && take_signal(control, stop))
            return;
        if (polls[POLL_EVENTS].revents)
            take_events(control);
        for (size_t i = 0; i < count; i++)
            serve_connection(control, &control->connections.all[i],
                             polls[POLL_DOORS + doors + i].revents);
        if (tick(control))
            return;
        for (size_t i = 0; i < doors; i++)
            if (polls[POLL_DOORS + i].revents)
                accept_connection(control, &control->doors[i]);
    }
}

/* ---- life
 * -------------------------------------------------------------------- */

static int open_doors(struct control *control)
{
    const struct control_options *options = &control->options;
    int err = 0;

    for (size_t i = 0; i < options->at_count && !err; i++) {
        err = control_door_open(options->at[i], &options->files, options->user,
                                &control->doors[i]);
        control->door_count += !err;
    }
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
    err = open_doors(control);
    if (err) {
        control_free(control);
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
    connections_release(&control->connections);
    requests_release(&control->requests);
    for (size_t i = 0; i < control->door_count; i++)
        control_door_close(&control->doors[i]);
    free(control);
}
