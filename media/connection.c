#include "media/connection.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int connection_init(struct connection *connection, int fd, uint64_t serial)
{
    char *in = malloc(CONNECTION_LINE_MAX + 1);

    if (!in)
        return -ENOMEM;
    *connection = (struct connection){ .fd = fd, .serial = serial, .in = in };
    return 0;
}

void connection_release(struct connection *connection)
{
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

void connection_flush(struct connection *to)
{
    size_t sent = 0;

    while (sent < to->out_length) {
        ssize_t n = send(to->fd, to->out + sent, to->out_length - sent,
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0) {
            sent += (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            to->doomed = to->doomed || errno != EAGAIN;
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

void connection_receive(struct connection *from)
{
    ssize_t n = recv(from->fd, from->in + from->in_length,
                     CONNECTION_LINE_MAX + 1 - from->in_length, MSG_DONTWAIT);

    if (n > 0)
        from->in_length += (size_t)n;
    else
        from->doomed =
            from->doomed || n == 0 || (errno != EAGAIN && errno != EINTR);
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
