#include "media/connection.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Who has not shaken hands yet gets no room for lines. */
static int open_up(struct connection *connection)
{
    connection->in = malloc(CONNECTION_LINE_MAX + 1);
    connection->open = connection->in != NULL;
    return connection->open ? 0 : -ENOMEM;
}

int connection_init(struct connection *connection,
                    const struct control_visitor *visitor, uint64_t serial)
{
    *connection = (struct connection){ .fd = visitor->fd,
                                       .tls = visitor->tls,
                                       .from = visitor->from,
                                       .serial = serial };
    return visitor->tls ? 0 : open_up(connection);
}

void connection_shake(struct connection *connection)
{
    char from[ADDRESS_TEXT_SIZE];
    char why[100];
    int err = mutual_tls_shake(connection->tls);

    if (err == -EAGAIN)
        return;
    address_text(&connection->from, from);
    if (!err && open_up(connection) == 0) {
        log_notice("control connection from=%s", from);
        return;
    }
    mutual_tls_reason(connection->tls, why, sizeof(why));
    log_limited(LOG_LEVEL_WARNING, "control handshake failed from=%s: %s", from,
                why);
    connection->doomed = true;
}

bool connection_wants_write(const struct connection *connection)
{
    return connection->out_length > 0 ||
           (connection->tls && SSL_want_write(connection->tls));
}

void connection_release(struct connection *connection)
{
    SSL_free(connection->tls);
    close(connection->fd);
    free(connection->in);
    free(connection->out);
}

/* ---- lines out
 * --------------------------------------------------------------- */

static bool grow(struct connection *to, size_t length)
{
    size_t capacity = to->out_capacity ? to->out_capacity : 4096;
    char *out;

    if (to->out_length + length <= to->out_capacity)
        return true;
    if (to->out_length + length > CONNECTION_OUTPUT_MAX)
        return false;
    while (capacity < to->out_length + length)
        capacity *= 2;
    out = realloc(to->out, capacity);
    if (!out)
        return false;
    to->out = out;
    to->out_capacity = capacity;
    return true;
}

static ssize_t write_some(struct connection *to, size_t from)
{
    size_t length = to->out_length - from;
    ssize_t n;

    if (to->tls)
        return mutual_tls_write(to->tls, to->out + from, length);
    n = send(to->fd, to->out + from, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    return n < 0 ? -errno : n;
}

void connection_flush(struct connection *to)
{
    size_t sent = 0;

    while (!to->doomed && sent < to->out_length) {
        ssize_t n = write_some(to, sent);

        if (n > 0) {
            sent += (size_t)n;
        } else if (n == -EINTR) {
            continue;
        } else {
            to->doomed = n != -EAGAIN;
            break;
        }
    }
    memmove(to->out, to->out + sent, to->out_length - sent);
    to->out_length -= sent;
}

void connection_say(struct connection *to, char *line)
{
    size_t length = line ? strlen(line) : 0;

    if (length == 0 || !grow(to, length)) {
        to->doomed = true;
    } else {
        memcpy(to->out + to->out_length, line, length);
        to->out_length += length;
        connection_flush(to);
    }
    free(line);
}

bool connection_receive(struct connection *from)
{
    char *at = from->in + from->in_length;
    size_t room = CONNECTION_LINE_MAX + 1 - from->in_length;
    ssize_t n = from->tls ? mutual_tls_read(from->tls, at, room)
                          : recv(from->fd, at, room, MSG_DONTWAIT);

    if (n < 0 && !from->tls)
        n = -errno;
    if (n > 0)
        from->in_length += (size_t)n;
    else
        from->doomed = from->doomed || (n != -EAGAIN && n != -EINTR);
    return n > 0 && from->tls && SSL_pending(from->tls) > 0;
}

bool connection_line(struct connection *from, size_t *cursor, struct slice *out)
{
    size_t left = from->in_length - *cursor;
    const char *begin = from->in + *cursor;
    const char *end = left > 0 ? memchr(begin, '\n', left) : NULL;

    if (end && !from->doomed) {
        *out = slice(begin, (size_t)(end - begin));
        *cursor += out->length + 1;
        return true;
    }
    memmove(from->in, begin, left);
    from->in_length = left;
    if (left > CONNECTION_LINE_MAX) {
        log_limited(LOG_LEVEL_WARNING, "control line too long");
        from->doomed = true;
    }
    return false;
}
