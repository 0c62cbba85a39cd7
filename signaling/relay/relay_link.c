#include "signaling/relay/relay_link.h"

#include "base/log.h"
#include "base/mutual_tls.h"
#include "signaling/net/lookup.h"
#include "signaling/relay/relay_address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum stage {
    CLOSED,
    SEARCHING,  /* for the host's address */
    CONNECTING, /* TCP */
    SHAKING,    /* TLS */
    OPEN,
    BROKEN, /* OPEN, but writing failed: the reader shall hear of it */
};

struct relay_link {
    struct ev_loop *loop;
    struct relay_address address;
    char *certificate;
    char *key;
    char *authority;
    relay_link_fn *heard;
    void *arg;

    enum stage stage;
    struct lookup *lookup;
    SSL_CTX *ctx;
    SSL *tls;
    int fd;
    ev_io io;
    char *out;
    size_t out_length;
    unsigned tries; /* since the last handshake that was good */
};

#define TRIES_TOLD 60 /* of so many, once a second, one is told */

bool relay_link_is_open(const struct relay_link *link)
{
    return link->stage != CLOSED;
}

void relay_link_close(struct relay_link *link)
{
    lookup_forget(link->lookup);
    link->lookup = NULL;
    ev_io_stop(link->loop, &link->io);
    SSL_free(link->tls);
    link->tls = NULL;
    if (link->fd >= 0)
        (void)close(link->fd);
    link->fd = -1;
    link->out_length = 0;
    link->stage = CLOSED;
}

static void watch(struct relay_link *link, int events)
{
    if (ev_is_active(&link->io) && link->io.events == events)
        return;
    ev_io_stop(link->loop, &link->io);
    ev_io_set(&link->io, link->fd, events);
    ev_io_start(link->loop, &link->io);
}

/* What the socket has to become for us to go on. */
static void watch_stage(struct relay_link *link)
{
    bool writes = link->stage == CONNECTING || link->out_length > 0 ||
                  (link->tls && SSL_want_write(link->tls));

    if (link->stage == SHAKING)
        writes = SSL_want_write(link->tls);
    watch(link, EV_READ | (writes ? EV_WRITE : 0));
}

/* ---- bytes
 * ------------------------------------------------------------------- */

static ssize_t write_some(struct relay_link *link)
{
    if (link->tls)
        return mutual_tls_write(link->tls, link->out, link->out_length);
    ssize_t sent = send(link->fd, link->out, link->out_length, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

static void flush(struct relay_link *link)
{
    size_t total = 0;

    while (link->stage == OPEN && link->out_length > 0) {
        ssize_t sent = write_some(link);
        if (sent == -EINTR)
            continue;
        if (sent == -EAGAIN)
            break;
        if (sent < 0) {
            /* The reading side hears of it; there it is cleaned up. */
            (void)shutdown(link->fd, SHUT_RDWR);
            link->stage = BROKEN;
            link->out_length = 0;
            break;
        }
        total = (size_t)sent;
        link->out_length -= total;
        memmove(link->out, link->out + total, link->out_length);
    }
    watch_stage(link);
}

bool relay_link_put(struct relay_link *link, const char *bytes, size_t length)
{
    if (link->stage != OPEN || length > RELAY_LINK_OUT_MAX - link->out_length)
        return false;
    memcpy(link->out + link->out_length, bytes, length);
    link->out_length += length;
    flush(link);
    return true;
}

ssize_t relay_link_read(struct relay_link *link, char *out, size_t size)
{
    ssize_t got;

    if (link->stage == BROKEN)
        return -EPIPE;
    if (link->stage != OPEN)
        return link->stage == CLOSED ? -ENOTCONN : -EAGAIN;
    if (link->tls)
        return mutual_tls_read(link->tls, out, size);
    got = recv(link->fd, out, size, 0);
    if (got >= 0)
        return got;
    return errno == EINTR ? -EAGAIN : -errno;
}

/* ---- coming up
 * --------------------------------------------------------------- */

static bool is_told(const struct relay_link *link)
{
    return link->tries % TRIES_TOLD == 1;
}

/* Tried again with the next beat; each second a line would be too much. */
static void give_up(struct relay_link *link, const char *what, const char *why)
{
    if (is_told(link))
        log_warning("relay not reached at=%s:%s %s: %s", link->address.host,
                    link->address.port, what, why);
    relay_link_close(link);
}

static void shake(struct relay_link *link)
{
    char why[100];
    int err = mutual_tls_shake(link->tls);

    if (err == -EAGAIN) {
        watch_stage(link);
        return;
    }
    if (err) {
        mutual_tls_reason(link->tls, why, sizeof(why));
        give_up(link, "handshake", why);
        return;
    }
    link->stage = OPEN;
    link->tries = 0;
    watch_stage(link);
}

static void connected(struct relay_link *link)
{
    int err = 0;
    socklen_t length = sizeof(err);

    if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &err, &length) != 0)
        err = errno;
    if (err) {
        give_up(link, "connect", strerror(err));
        return;
    }
    link->tls = mutual_tls_begin(link->ctx, MUTUAL_TLS_CLIENT, link->fd);
    if (!link->tls) {
        give_up(link, "handshake", "memory is short");
        return;
    }
    link->stage = SHAKING;
    shake(link);
}

static void on_io(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct relay_link *link = watcher->data;

    (void)loop;
    switch (link->stage) {
    case CONNECTING:
        connected(link);
        return;
    case SHAKING:
        shake(link);
        return;
    case OPEN:
        /* TLS may have to read before it can write, and the other way. */
        if (link->out_length > 0)
            flush(link);
        break;
    case CLOSED:
    case SEARCHING:
    case BROKEN:
        break;
    }
    if (events & EV_READ || link->stage == BROKEN)
        link->heard(link->arg);
}

static void connect_to(struct relay_link *link, const struct sockaddr *name,
                       socklen_t length)
{
    int one = 1;
    int fd =
        socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return;
    if (connect(fd, name, length) != 0 && errno != EINPROGRESS) {
        int err = errno;
        (void)close(fd);
        link->stage = CLOSED;
        if (link->address.tls)
            give_up(link, "connect", strerror(err));
        return; /* not there: the next beat tries again */
    }
    if (link->address.tls)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    link->fd = fd;
    link->stage = link->address.tls ? CONNECTING : OPEN;
    watch_stage(link);
}

static void on_found(void *arg, const struct lookup_found *found)
{
    struct relay_link *link = arg;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    struct addrinfo *name = NULL;

    link->lookup = NULL;
    link->stage = CLOSED;
    if (found->count == 0 ||
        getaddrinfo(found->addresses[0], link->address.port, &hints, &name) !=
            0) {
        give_up(link, "name", "no address");
        return;
    }
    connect_to(link, name->ai_addr, name->ai_addrlen);
    freeaddrinfo(name);
}

/* ---- life
 * -------------------------------------------------------------------- */

static int read_files(struct relay_link *link,
                      char error[MUTUAL_TLS_ERROR_TEXT])
{
    const struct mutual_tls_files files = { link->certificate, link->key,
                                            link->authority };
    SSL_CTX *ctx = NULL;
    int err = mutual_tls_new(&files, &ctx, error);

    if (err)
        return err;
    SSL_CTX_free(link->ctx);
    link->ctx = ctx;
    return 0;
}

void relay_link_open(struct relay_link *link)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    char error[MUTUAL_TLS_ERROR_TEXT];

    if (!link->address.tls) {
        memcpy(name.sun_path, link->address.path, sizeof(name.sun_path));
        connect_to(link, (struct sockaddr *)&name, sizeof(name));
        return;
    }
    link->tries += 1;
    error[0] = '\0';
    if (read_files(link, error) == 0) /* else those from before */
        (void)mutual_tls_is_good(link->ctx, MUTUAL_TLS_CLIENT, error);
    if (error[0] && is_told(link))
        log_warning("%s", error);
    link->lookup = lookup_start(link->loop, link->address.host, on_found, link);
    link->stage = link->lookup ? SEARCHING : CLOSED;
}

static int fill(struct relay_link *link, const struct relay_options *options,
                char error[RELAY_ERROR_TEXT])
{
    char why[MUTUAL_TLS_ERROR_TEXT];

    if (!relay_address_read(slice_of_text(options->address), &link->address)) {
        snprintf(error, RELAY_ERROR_TEXT,
                 "relay is the path of a socket or tls:HOST:PORT, not "
                 "\"%.100s\".",
                 options->address);
        return -EINVAL;
    }
    link->out = malloc(RELAY_LINK_OUT_MAX);
    if (!link->out)
        return -ENOMEM;
    if (!link->address.tls)
        return 0;
    if (!options->certificate || !options->key || !options->authority) {
        snprintf(error, RELAY_ERROR_TEXT,
                 "%.100s needs relay_certificate, relay_key and "
                 "relay_authority.",
                 options->address);
        return -EINVAL;
    }
    link->certificate = strdup(options->certificate);
    link->key = strdup(options->key);
    link->authority = strdup(options->authority);
    if (!link->certificate || !link->key || !link->authority)
        return -ENOMEM;
    int err = read_files(link, why);
    if (err)
        snprintf(error, RELAY_ERROR_TEXT, "%.*s", RELAY_ERROR_TEXT - 1, why);
    return err;
}

int relay_link_new(const struct relay_options *options, relay_link_fn *heard,
                   void *arg, struct relay_link **out,
                   char error[RELAY_ERROR_TEXT])
{
    struct relay_link *link = calloc(1, sizeof(*link));

    snprintf(error, RELAY_ERROR_TEXT, "memory is short");
    if (!link)
        return -ENOMEM;
    link->loop = options->loop;
    link->heard = heard;
    link->arg = arg;
    link->fd = -1;
    ev_io_init(&link->io, on_io, -1, 0);
    link->io.data = link;
    int err = fill(link, options, error);
    if (err)
        relay_link_free(link);
    else
        *out = link;
    return err;
}

void relay_link_free(struct relay_link *link)
{
    if (!link)
        return;
    relay_link_close(link);
    SSL_CTX_free(link->ctx);
    free(link->certificate);
    free(link->key);
    free(link->authority);
    free(link->out);
    free(link);
}
