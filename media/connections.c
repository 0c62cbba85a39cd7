#include "media/connections.h"

#include "base/log.h"

#include <unistd.h>

void connections_release(struct connections *connections)
{
    for (size_t i = 0; i < connections->count; i++)
        connection_release(&connections->all[i]);
    connections->count = 0;
}

struct connection *connections_by(struct connections *connections,
                                  uint64_t serial)
{
    for (size_t i = 0; i < connections->count; i++)
        if (connections->all[i].serial == serial)
            return &connections->all[i];
    return NULL;
}

size_t connections_open(const struct connections *connections)
{
    size_t count = 0;

    for (size_t i = 0; i < connections->count; i++)
        count += connections->all[i].open;
    return count;
}

static bool is_same_host(const struct address *a, const struct address *b)
{
    return a->family == b->family &&
           memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Whoever has shown no certificate takes little, and from one address still
 * less. */
static bool has_room(const struct connections *connections,
                     const struct control_visitor *visitor)
{
    size_t open = connections_open(connections);
    size_t same = 0;

    if (!visitor->tls)
        return open < CONTROL_CONNECTIONS_MAX;
    for (size_t i = 0; i < connections->count; i++) {
        const struct connection *one = &connections->all[i];
        same += !one->open && is_same_host(&one->from, &visitor->from);
    }
    return connections->count - open < CONTROL_HANDSHAKES_MAX &&
           same < CONTROL_HANDSHAKES_FROM;
}

struct connection *connections_take(struct connections *connections,
                                    const struct control_visitor *visitor,
                                    uint64_t now_ms)
{
    struct connection *taken = &connections->all[connections->count];

    if (!has_room(connections, visitor) ||
        connection_init(taken, visitor, ++connections->last_serial) != 0) {
        log_limited(LOG_LEVEL_WARNING, "control connection refused");
        SSL_free(visitor->tls);
        close(visitor->fd);
        return NULL;
    }
    taken->heard_ms = now_ms;
    connections->count += 1;
    return taken;
}

void connections_say(struct connections *connections,
                     char *(*line)(const void *arg), const void *arg)
{
    for (size_t i = 0; i < connections->count; i++)
        if (connections->all[i].open)
            connection_say(&connections->all[i], line(arg));
}

void connections_end_late(struct connections *connections, uint64_t now_ms)
{
    for (size_t i = 0; i < connections->count; i++) {
        struct connection *one = &connections->all[i];
        uint64_t patience =
            one->open ? CONTROL_SILENT_MS : CONTROL_HANDSHAKE_MS;

        if (!one->tls || now_ms - one->heard_ms < patience)
            continue;
        log_limited(LOG_LEVEL_WARNING, "control connection silent open=%d",
                    one->open);
        one->doomed = true;
    }
}

void connections_bury(struct connections *connections)
{
    size_t kept = 0;

    for (size_t i = 0; i < connections->count; i++) {
        if (connections->all[i].doomed)
            connection_release(&connections->all[i]);
        else
            connections->all[kept++] = connections->all[i];
    }
    connections->count = kept;
}
