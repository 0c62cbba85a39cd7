#include "media/tcp.h"

#include "base/list.h"
#include "base/log.h"
#include "media/sockets.h"
#include "media/transport/ice_tcp.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LISTENERS_MAX 4
#define BACKLOG       128
#define READY_MAX     64
#define ACCEPTS_MAX   16    /* in one turn */
#define READ_BYTES    65536 /* of one connection in one turn */
#define UNSENT_BYTES                                                           \
    16384 /* that the kernel may hold back; more would wait                    \
           */
#define SWEEP_US   UINT64_C(1000000)
#define INDEX_BITS 12 /* of a connection's name */

static_assert(TCP_CONNECTIONS_MAX <= 1 << INDEX_BITS, "each has an index");

struct tcp_connection {
    int fd;
    struct endpoint end;
    bool checked;      /* was a peer's when last looked at */
    bool blocked;      /* the kernel takes no more for now */
    bool doomed;       /* closed at the end of the turn */
    uint64_t known_us; /* when it was a peer's; at first: when it came */
    struct list unwritten;
    struct ice_tcp_queue queue;
    size_t held_length; /* the beginning of a packet */
    uint8_t held[ICE_TCP_FRAME_MAX];
};

struct tcp {
    struct tcp_user user;
    int epoll;
    int listeners[LISTENERS_MAX];
    size_t listener_count;
    bool resting; /* no descriptors left: accepts nothing until the sweep */
    size_t count;
    size_t strangers;
    size_t doomed;
    uint32_t serial;
    uint64_t sweep_us;
    struct list unwritten;
    struct tcp_connection *connections[TCP_CONNECTIONS_MAX];
    uint8_t bytes[ICE_TCP_FRAME_MAX + READ_BYTES];
};

/* ---- life ------------------------------------------------------------------
 */

int tcp_new(const struct tcp_user *user, struct tcp **out)
{
    struct tcp *tcp = calloc(1, sizeof(*tcp));

    if (!tcp)
        return -ENOMEM;
    tcp->user = *user;
    list_init(&tcp->unwritten);
    tcp->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (tcp->epoll < 0) {
        int err = -errno;

        free(tcp);
        return err;
    }
    *out = tcp;
    return 0;
}

static void connection_dispose(struct tcp_connection *connection)
{
    close(connection->fd);
    list_remove(&connection->unwritten);
    ice_tcp_queue_release(&connection->queue);
    free(connection);
}

void tcp_free(struct tcp *tcp)
{
    if (!tcp)
        return;
    for (size_t i = 0; i < TCP_CONNECTIONS_MAX; i++)
        if (tcp->connections[i])
            connection_dispose(tcp->connections[i]);
    for (size_t i = 0; i < tcp->listener_count; i++)
        close(tcp->listeners[i]);
    close(tcp->epoll);
    free(tcp);
}

/* Listeners are named by what no connection is. */
static uint64_t listener_name(size_t index)
{
    return UINT64_C(1) << 32 | index;
}

static int watch_listeners(struct tcp *tcp, int how, uint32_t events)
{
    for (size_t i = 0; i < tcp->listener_count; i++) {
        struct epoll_event wanted = { .events = events,
                                      .data.u64 = listener_name(i) };

        if (epoll_ctl(tcp->epoll, how, tcp->listeners[i], &wanted) != 0)
            return -errno;
    }
    return 0;
}

int tcp_listen(struct tcp *tcp, const struct address *listen_at)
{
    struct sockaddr_storage name = { 0 };
    socklen_t length = sockets_name(listen_at, &name);
    struct epoll_event wanted = { .events = EPOLLIN };
    bool v6 = listen_at->family == ADDRESS_IPV6;
    int one = 1;
    int fd;

    if (tcp->listener_count == LISTENERS_MAX)
        return -ENOSPC;
    fd = socket(v6 ? AF_INET6 : AF_INET,
                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (v6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    wanted.data.u64 = listener_name(tcp->listener_count);
    if (bind(fd, (struct sockaddr *)&name, length) != 0 ||
        listen(fd, BACKLOG) != 0 ||
        epoll_ctl(tcp->epoll, EPOLL_CTL_ADD, fd, &wanted) != 0) {
        int err = -errno;

        close(fd);
        return err;
    }
    tcp->listeners[tcp->listener_count++] = fd;
    return 0;
}

int tcp_descriptor(const struct tcp *tcp)
{
    return tcp->epoll;
}

/* ---- connections -----------------------------------------------------------
 */

static struct tcp_connection *find(const struct tcp *tcp, uint32_t name)
{
    size_t index = name & ((1u << INDEX_BITS) - 1);
    struct tcp_connection *connection =
        index < TCP_CONNECTIONS_MAX ? tcp->connections[index] : NULL;

    return connection && connection->end.remote.connection == name ? connection
                                                                   : NULL;
}

static void doom(struct tcp *tcp, struct tcp_connection *connection)
{
    if (connection->doomed)
        return;
    connection->doomed = true;
    tcp->doomed += 1;
    list_remove(&connection->unwritten);
}

static bool same_host(const struct address *a, const struct address *b)
{
    return a->family == b->family &&
           memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Only for strangers: a hospital's pages may all come from one address. */
static size_t strangers_of(const struct tcp *tcp, const struct address *host)
{
    size_t count = 0;

    for (size_t i = 0; i < TCP_CONNECTIONS_MAX; i++)
        if (tcp->connections[i] && !tcp->connections[i]->checked &&
            same_host(&tcp->connections[i]->end.remote, host))
            count += 1;
    return count;
}

static size_t free_index(const struct tcp *tcp)
{
    size_t index = 0;

    while (index < TCP_CONNECTIONS_MAX && tcp->connections[index])
        index += 1;
    return index;
}

static bool has_place(const struct tcp *tcp, const struct address *remote)
{
    return remote->family != ADDRESS_NONE && tcp->count < TCP_CONNECTIONS_MAX &&
           tcp->strangers < TCP_STRANGERS_MAX &&
           strangers_of(tcp, remote) < TCP_STRANGERS_EACH;
}

static struct address local_of(int fd)
{
    struct sockaddr_storage name = { 0 };
    socklen_t length = sizeof(name);

    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0)
        return (struct address){ 0 };
    return sockets_address((struct sockaddr *)&name);
}

/* What the kernel queues, sound must wait for: little, and sent at once. */
static void set_up(int fd)
{
    int one = 1, unsent = UNSENT_BYTES;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent,
                     sizeof(unsent));
}

/* Takes the socket over; false: it still is the caller's. */
static bool welcome(struct tcp *tcp, int fd, struct address remote,
                    uint64_t now_us)
{
    struct tcp_connection *connection;
    struct epoll_event wanted = { .events = EPOLLIN };
    size_t index = free_index(tcp);

    if (!has_place(tcp, &remote))
        return false;
    connection = calloc(1, sizeof(*connection));
    if (!connection)
        return false;
    tcp->serial += 1;
    remote.connection = tcp->serial << INDEX_BITS | (uint32_t)index;
    /* 0 is UDP. */
    if (remote.connection == 0)
        remote.connection = ++tcp->serial << INDEX_BITS;
    wanted.data.u64 = remote.connection;
    if (epoll_ctl(tcp->epoll, EPOLL_CTL_ADD, fd, &wanted) != 0) {
        free(connection);
        return false;
    }
    set_up(fd);
    connection->fd = fd;
    connection->end = (struct endpoint){ .remote = remote,
                                         .local = local_of(fd),
                                         .socket = -1 }; /* is no UDP */
    connection->known_us = now_us;
    list_init(&connection->unwritten);
    tcp->connections[index] = connection;
    tcp->count += 1;
    tcp->strangers += 1;
    return true;
}

static void accept_some(struct tcp *tcp, int listener, uint64_t now_us)
{
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        struct sockaddr_storage name = { 0 };
        socklen_t length = sizeof(name);
        int fd = accept4(listener, (struct sockaddr *)&name, &length,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
            log_limited(LOG_LEVEL_WARNING, "no descriptors left errno=%d",
                        errno);
            (void)watch_listeners(tcp, EPOLL_CTL_MOD, 0);
            tcp->resting = true;
        }
        if (fd < 0)
            return;
        if (!welcome(tcp, fd, sockets_address((struct sockaddr *)&name),
                     now_us)) {
            log_limited(LOG_LEVEL_WARNING,
                        "tcp connection refused connections=%zu strangers=%zu",
                        tcp->count, tcp->strangers);
            close(fd);
        }
    }
}

/* Closes what is doomed, when nobody is walking over it any more. */
static void bury(struct tcp *tcp)
{
    for (size_t i = 0; i < TCP_CONNECTIONS_MAX && tcp->doomed > 0; i++) {
        struct tcp_connection *connection = tcp->connections[i];
        struct address remote;

        if (!connection || !connection->doomed)
            continue;
        remote = connection->end.remote;
        tcp->connections[i] = NULL;
        tcp->count -= 1;
        tcp->strangers -= !connection->checked;
        tcp->doomed -= 1;
        connection_dispose(connection);
        tcp->user.gone(tcp->user.arg, &remote);
    }
}

/* ---- reading ---------------------------------------------------------------
 */

/* A stranger that passed a check is one no more. */
static void look(struct tcp *tcp, struct tcp_connection *connection,
                 uint64_t now_us)
{
    bool known = tcp->user.knows(tcp->user.arg, &connection->end.remote);

    if (known)
        connection->known_us = now_us;
    tcp->strangers += (size_t)connection->checked - (size_t)known;
    connection->checked = known;
}

static size_t take_packets(struct tcp *tcp, struct tcp_connection *from,
                           size_t length, uint64_t now_us)
{
    struct slice rest = slice(tcp->bytes, length);
    struct slice packet;
    size_t count = 0;
    int err = 0;

    while (!from->doomed && (err = ice_tcp_next(&rest, &packet)) == 1) {
        tcp->user.packet(tcp->user.arg, tcp->bytes + (packet.data - tcp->bytes),
                         packet.length, &from->end);
        if (!from->checked)
            look(tcp, from, now_us);
        count += 1;
    }
    if (err < 0)
        doom(tcp, from);
    if (err != 0)
        return count;
    assert(rest.length < sizeof(from->held));
    memcpy(from->held, rest.data, rest.length);
    from->held_length = rest.length;
    return count;
}

/* One reading: a fast sender must not keep the others waiting. */
static size_t receive(struct tcp *tcp, struct tcp_connection *from,
                      uint64_t now_us)
{
    ssize_t n;

    memcpy(tcp->bytes, from->held, from->held_length);
    n = recv(from->fd, tcp->bytes + from->held_length, READ_BYTES,
             MSG_DONTWAIT);
    if (n > 0)
        return take_packets(tcp, from, from->held_length + (size_t)n, now_us);
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
        doom(tcp, from);
    return 0;
}

/* ---- writing ---------------------------------------------------------------
 */

/* Whether the kernel is to say when it takes more. */
static void set_blocked(struct tcp *tcp, struct tcp_connection *to,
                        bool blocked)
{
    struct epoll_event wanted = {
        .events = EPOLLIN | (blocked ? (uint32_t)EPOLLOUT : 0),
        .data.u64 = to->end.remote.connection,
    };

    if (to->blocked == blocked)
        return;
    to->blocked = blocked;
    if (epoll_ctl(tcp->epoll, EPOLL_CTL_MOD, to->fd, &wanted) != 0)
        doom(tcp, to);
}

static void write_queue(struct tcp *tcp, struct tcp_connection *to)
{
    struct slice front;

    while (!to->blocked && !to->doomed &&
           (front = ice_tcp_queue_front(&to->queue)).length > 0) {
        ssize_t n =
            send(to->fd, front.data, front.length, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0)
            ice_tcp_queue_written(&to->queue, (size_t)n);
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && errno == EAGAIN)
            set_blocked(tcp, to, true);
        else
            doom(tcp, to);
    }
}

void tcp_send(struct tcp *tcp, const struct endpoint *to, struct slice packet,
              bool picture)
{
    struct tcp_connection *connection = find(tcp, to->remote.connection);

    if (!connection || connection->doomed || packet.length == 0)
        return;
    if (!ice_tcp_queue_add(&connection->queue, packet, picture)) {
        /* Perhaps only because this turn had much to say. */
        write_queue(tcp, connection);
        (void)ice_tcp_queue_add(&connection->queue, packet, picture);
    }
    if (!connection->doomed && list_is_empty(&connection->unwritten))
        list_append(&tcp->unwritten, &connection->unwritten);
}

static void write_all(struct tcp *tcp)
{
    struct list *link;

    while ((link = list_first(&tcp->unwritten)) != NULL) {
        list_remove(link);
        write_queue(tcp, list_member(link, struct tcp_connection, unwritten));
    }
}

/* ---- time ------------------------------------------------------------------
 */

size_t tcp_turn(struct tcp *tcp, uint64_t now_us)
{
    struct epoll_event ready[READY_MAX];
    int count = epoll_wait(tcp->epoll, ready, READY_MAX, 0);
    size_t received = 0;

    for (int i = 0; i < count; i++) {
        uint64_t name = ready[i].data.u64;
        struct tcp_connection *connection;

        if (name > UINT32_MAX) {
            accept_some(tcp, tcp->listeners[name & UINT32_MAX], now_us);
            continue;
        }
        connection = find(tcp, (uint32_t)name);
        if (!connection)
            continue;
        if (ready[i].events & EPOLLOUT) {
            set_blocked(tcp, connection, false);
            write_queue(tcp, connection);
        }
        if (ready[i].events & ~(uint32_t)EPOLLOUT)
            received += receive(tcp, connection, now_us);
    }
    bury(tcp);
    return received;
}

static void sweep(struct tcp *tcp, uint64_t now_us)
{
    for (size_t i = 0; i < TCP_CONNECTIONS_MAX; i++) {
        struct tcp_connection *connection = tcp->connections[i];

        if (!connection)
            continue;
        look(tcp, connection, now_us);
        if (now_us - connection->known_us >= TCP_STRANGER_US)
            doom(tcp, connection);
    }
    if (tcp->resting && watch_listeners(tcp, EPOLL_CTL_MOD, EPOLLIN) == 0)
        tcp->resting = false;
}

void tcp_settle(struct tcp *tcp, uint64_t now_us)
{
    write_all(tcp);
    if (now_us >= tcp->sweep_us) {
        tcp->sweep_us = now_us + SWEEP_US;
        sweep(tcp, now_us);
    }
    if (tcp->doomed > 0)
        bury(tcp);
}
