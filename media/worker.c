#include "media/worker.h"

#include "base/log.h"
#include "media/rtp/clock.h"
#include "media/sockets.h"
#include "media/switchboard.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/*
 * Waking costs more than a packet does. A pause lets a few dozen come, which
 * nobody hears or sees; where nobody speaks only checks and reports come, and
 * they can wait longer. Commands never wait.
 */
#define GATHER         48   /* packets a turn */
#define TURN_MOST_US   2000 /* from one turn to the next */
#define PAUSE_LEAST_US 60   /* shorter ones are not worth falling asleep */
#define QUIET_PAUSE_US 10000
#define QUIET_AFTER_US 2000000 /* without media or anyone coming */
#define ROUNDS_MAX     8 /* batches of one socket before the others' turn */

/* What epoll calls the descriptors that are no UDP socket. */
#define READY_COMMANDS UINT64_MAX
#define READY_TCP      (UINT64_MAX - 1)

struct worker {
    struct worker_options options;
    int64_t epoch_us; /* our clock minus the kernel's monotonic one */
    int epoll;
    int sockets[WORKER_LISTENS_MAX];
    size_t socket_count;
    struct answer_candidate candidates[ANSWER_CANDIDATES_MAX];
    size_t candidate_count;
    struct queue *commands;
    struct arrivals *arrivals;
    struct tcp *tcp;
    struct cache_pool pool;
    struct packets packets;
    struct media_env env;
    struct switchboard board;
    uint64_t turn_us;   /* the last turn began */
    uint64_t gather_us; /* in which GATHER packets come, lately */
    pthread_t thread;
    bool running;
    bool stopping;
};

static uint64_t now_of(const struct worker *worker)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 +
                      worker->epoch_us);
}

/* Microseconds since 1900 by the wall clock of this moment; from then on the
 * monotonic clock carries it. */
static void begin_clock(struct worker *worker)
{
    struct timespec wall, steady;

    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &steady);
    worker->epoch_us = ((int64_t)wall.tv_sec + (int64_t)CLOCK_1900_TO_1970_S -
                        (int64_t)steady.tv_sec) *
                           1000000 +
                       (wall.tv_nsec - steady.tv_nsec) / 1000;
}

/* Answers wait for control at most a moment: it never holds more requests than
 * the queue has places. The rest may be lost when control is stuck. */
static void tell(void *arg, const struct media_event *event)
{
    struct worker *worker = arg;
    struct media_event copy = *event;

    copy.worker = worker->options.index;
    if (queue_push(worker->options.events, &copy))
        return;
    log_limited(LOG_LEVEL_ERROR, "event lost kind=%d", (int)copy.kind);
    free(copy.answer);
    media_report_free(copy.report);
}

/* ---- setting up
 * -------------------------------------------------------------- */

static void announce(struct worker *worker, const struct address *address,
                     uint16_t port)
{
    struct answer_candidate *candidate =
        &worker->candidates[worker->candidate_count];

    if (worker->candidate_count == WORKER_ANNOUNCES_MAX)
        return;
    address_host_text(address, candidate->host);
    candidate->port = port;
    worker->candidate_count += 1;
}

/* The same once more by TCP, behind all that is UDP. */
static void announce_tcp(struct worker *worker)
{
    size_t count = worker->candidate_count;

    for (size_t i = 0; i < count && count + i < ANSWER_CANDIDATES_MAX; i++) {
        worker->candidates[count + i] = worker->candidates[i];
        worker->candidates[count + i].tcp = true;
        worker->candidate_count += 1;
    }
}

static void announce_listen(struct worker *worker, const struct address *listen)
{
    struct address own[WORKER_ANNOUNCES_MAX];
    size_t count;

    if (!sockets_is_wildcard(listen)) {
        announce(worker, listen, listen->port);
        return;
    }
    count = sockets_own_addresses(listen->family, own, WORKER_ANNOUNCES_MAX);
    for (size_t i = 0; i < count; i++)
        announce(worker, &own[i], listen->port);
}

static void take_packet(void *arg, uint8_t *bytes, size_t length,
                        const struct endpoint *from)
{
    struct worker *worker = arg;

    switchboard_datagram(&worker->board, bytes, length, from, now_of(worker));
}

static bool knows(void *arg, const struct address *remote)
{
    struct worker *worker = arg;

    return switchboard_knows(&worker->board, remote);
}

static void gone(void *arg, const struct address *remote)
{
    struct worker *worker = arg;

    switchboard_gone(&worker->board, remote);
}

static int open_tcp(struct worker *worker)
{
    struct epoll_event wanted = { .events = EPOLLIN, .data.u64 = READY_TCP };
    int err = tcp_new(&(struct tcp_user){ .packet = take_packet,
                                          .knows = knows,
                                          .gone = gone,
                                          .arg = worker },
                      &worker->tcp);

    if (err)
        return err;
    if (epoll_ctl(worker->epoll, EPOLL_CTL_ADD, tcp_descriptor(worker->tcp),
                  &wanted) != 0)
        return -errno;
    return 0;
}

static int open_sockets(struct worker *worker)
{
    const struct worker_options *options = &worker->options;

    for (size_t i = 0; i < options->listen_count; i++) {
        const struct address *listen = &options->listens[i];
        struct epoll_event wanted = { .events = EPOLLIN,
                                      .data.u64 = worker->socket_count };
        char text[ADDRESS_TEXT_SIZE];
        int fd = sockets_open(listen);

        address_text(listen, text);
        if (fd < 0) {
            log_error("cannot listen address=%s errno=%d", text, -fd);
            return fd;
        }
        worker->sockets[worker->socket_count++] = fd;
        if (epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fd, &wanted) != 0)
            return -errno;
        fd = tcp_listen(worker->tcp, listen);
        if (fd < 0) {
            log_error("cannot listen address=%s/tcp errno=%d", text, -fd);
            return fd;
        }
        if (options->announce_count == 0)
            announce_listen(worker, listen);
    }
    for (size_t i = 0; i < options->announce_count; i++)
        announce(worker, &options->announces[i], options->listens[0].port);
    announce_tcp(worker);
    return 0;
}

static int fill_env(struct worker *worker)
{
    int err = cache_pool_init(&worker->pool, WORKER_CACHES);

    if (err)
        return err;
    worker->arrivals = arrivals_new();
    worker->env = (struct media_env){
        .dtls = worker->options.dtls,
        .hold = worker->options.hold,
        .pool = &worker->pool,
        .egress = egress_new(),
        .packets = &worker->packets,
        .tcp = worker->tcp,
        .candidates = worker->candidates,
        .candidate_count = worker->candidate_count,
        .tell = tell,
        .arg = worker,
    };
    if (!worker->arrivals || !worker->env.egress)
        return -ENOMEM;
    return 0;
}

static void worker_dispose(struct worker *worker)
{
    struct media_command command;

    for (size_t i = 0; i < worker->socket_count; i++)
        close(worker->sockets[i]);
    if (worker->epoll >= 0)
        close(worker->epoll);
    while (worker->commands && queue_pop(worker->commands, &command)) {
        if (command.kind == MEDIA_JOIN)
            free(command.join.offer);
        else if (command.kind == MEDIA_ROUTE)
            free(command.route.routes);
    }
    queue_free(worker->commands);
    arrivals_free(worker->arrivals);
    tcp_free(worker->tcp);
    egress_free(worker->env.egress);
    cache_pool_release(&worker->pool);
    free(worker);
}

int worker_new(const struct worker_options *options, struct worker **out)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    struct epoll_event wanted = { .events = EPOLLIN,
                                  .data.u64 = READY_COMMANDS };
    int err = -ENOMEM;

    if (!worker)
        return err;
    worker->options = *options;
    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    worker->commands =
        queue_new(WORKER_COMMANDS_MAX, sizeof(struct media_command));
    if (worker->epoll < 0 || !worker->commands ||
        epoll_ctl(worker->epoll, EPOLL_CTL_ADD,
                  queue_descriptor(worker->commands), &wanted) != 0)
        goto out;
    err = open_tcp(worker);
    if (!err)
        err = open_sockets(worker);
    if (!err)
        err = fill_env(worker);
    if (err)
        goto out;
    begin_clock(worker);
    switchboard_init(&worker->board, &worker->env, now_of(worker));
    *out = worker;
    return 0;
out:
    worker_dispose(worker);
    return err;
}

/* ---- the loop
 * ---------------------------------------------------------------- */

static size_t receive(struct worker *worker, size_t socket)
{
    uint16_t port = worker->options.listens[socket].port;
    uint64_t now = now_of(worker);
    size_t total = 0;

    for (int round = 0; round < ROUNDS_MAX; round++) {
        size_t count =
            arrivals_receive(worker->arrivals, worker->sockets[socket], port);

        for (size_t i = 0; i < count; i++) {
            struct endpoint from;
            uint8_t *bytes;
            size_t length;

            if (arrivals_at(worker->arrivals, i, &bytes, &length, &from))
                switchboard_datagram(&worker->board, bytes, length, &from, now);
        }
        total += count;
        if (count < SOCKETS_BATCH)
            break;
        /* Sent while it is still in the caches. */
        egress_flush(worker->env.egress);
    }
    return total;
}

static void obey(struct worker *worker)
{
    struct media_command command;

    while (queue_pop(worker->commands, &command)) {
        if (command.kind == MEDIA_STOP)
            worker->stopping = true;
        switchboard_command(&worker->board, &command, now_of(worker));
    }
}

static int wait_ms(uint64_t due_us, uint64_t now_us)
{
    if (due_us == TIMER_NEVER)
        return 1000;
    if (due_us <= now_us)
        return 0;
    if (due_us - now_us > 1000000)
        return 1000;
    return (int)((due_us - now_us + 999) / 1000);
}

/* How long GATHER packets take, by what came since the last turn. Whoever comes
 * after a lull must not wait as if it went on. */
static void pace(struct worker *worker, size_t received, uint64_t now_us)
{
    uint64_t passed = now_us - worker->turn_us;
    uint64_t wanted = passed * GATHER / (received > 0 ? received : 1);

    if (wanted > TURN_MOST_US)
        wanted = TURN_MOST_US;
    worker->turn_us = now_us;
    if (wanted < worker->gather_us)
        worker->gather_us = wanted;
    else
        worker->gather_us = (worker->gather_us * 3 + wanted) / 4;
}

/* Until others may have come, or a command. While this turn worked some came
 * already: only what is left of the time is waited for. */
static void pause_turns(struct worker *worker)
{
    uint64_t now = now_of(worker), spent = now - worker->turn_us;
    bool quiet = switchboard_quiet_us(&worker->board, now) >= QUIET_AFTER_US;
    uint64_t whole = quiet ? QUIET_PAUSE_US : worker->gather_us;
    struct timespec time = { 0 };
    struct pollfd commands = { .fd = queue_descriptor(worker->commands),
                               .events = POLLIN };

    if (whole < spent + PAUSE_LEAST_US)
        return;
    time.tv_nsec = (long)(whole - spent) * 1000L;
    (void)ppoll(&commands, 1, &time, NULL);
}

static size_t take_ready(struct worker *worker, const struct epoll_event *ready,
                         int count)
{
    size_t received = 0;

    for (int i = 0; i < count; i++) {
        if (ready[i].data.u64 == READY_COMMANDS)
            obey(worker);
        else if (ready[i].data.u64 == READY_TCP)
            received += tcp_turn(worker->tcp, now_of(worker));
        else
            received += receive(worker, (size_t)ready[i].data.u64);
    }
    worker->env.packets_in += received;
    return received;
}

static void *run(void *arg)
{
    struct worker *worker = arg;
    uint64_t due = 0;

    while (!worker->stopping) {
        struct epoll_event ready[WORKER_LISTENS_MAX + 2];
        int wait = wait_ms(due, now_of(worker));
        int count =
            epoll_wait(worker->epoll, ready, WORKER_LISTENS_MAX + 2, wait);
        uint64_t woken = now_of(worker);
        size_t received = take_ready(worker, ready, count);

        pace(worker, received, woken);
        due = switchboard_turn(&worker->board, now_of(worker));
        egress_flush(worker->env.egress);
        tcp_settle(worker->tcp, now_of(worker));
        if (received < SOCKETS_BATCH && !worker->stopping)
            pause_turns(worker);
    }
    switchboard_release(&worker->board);
    egress_flush(worker->env.egress);
    tcp_settle(worker->tcp, now_of(worker));
    return NULL;
}

int worker_start(struct worker *worker)
{
    int err = pthread_create(&worker->thread, NULL, run, worker);

    worker->running = err == 0;
    return -err;
}

uint64_t worker_cpu_us(const struct worker *worker)
{
    struct timespec spent;
    clockid_t clock;

    if (!worker->running ||
        pthread_getcpuclockid(worker->thread, &clock) != 0 ||
        clock_gettime(clock, &spent) != 0)
        return 0;
    return (uint64_t)spent.tv_sec * 1000000 + (uint64_t)spent.tv_nsec / 1000;
}

bool worker_command(struct worker *worker, const struct media_command *command)
{
    return queue_push(worker->commands, command);
}

void worker_free(struct worker *worker)
{
    const struct media_command stop = { .kind = MEDIA_STOP };

    if (!worker)
        return;
    if (worker->running) {
        while (!queue_push(worker->commands, &stop))
            (void)usleep(1000);
        pthread_join(worker->thread, NULL);
    } else {
        switchboard_release(&worker->board);
    }
    worker_dispose(worker);
}
