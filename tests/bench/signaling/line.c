#include "tests/bench/signaling/line.h"

#include "base/secret.h"
#include "tests/client/must.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE 256

int lines_init(struct lines *lines, uint16_t port)
{
    *lines = (struct lines){ .epoll = epoll_create1(EPOLL_CLOEXEC),
                             .tls = SSL_CTX_new(TLS_client_method()),
                             .port = port };
    if (lines->epoll < 0 || !lines->tls)
        return -ENOMEM;
    /* Whom we talk to, we started ourselves; as in a browser's first visit
     * there is no earlier session to take up. */
    SSL_CTX_set_verify(lines->tls, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(lines->tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(lines->tls, SSL_MODE_RELEASE_BUFFERS);
    return 0;
}

void lines_release(struct lines *lines)
{
    SSL_CTX_free(lines->tls);
    close(lines->epoll);
}

static void watch(struct line *line, uint32_t wanted)
{
    struct epoll_event event = { .events = wanted, .data.ptr = line };

    if (wanted == line->wanted)
        return;
    must(epoll_ctl(line->all->epoll,
                   line->wanted ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
                   line->descriptor, &event) == 0,
         "epoll");
    line->wanted = wanted;
}

void line_drop(struct line *line)
{
    if (line->state == LINE_CLOSED)
        return;
    if (line->state != LINE_OPEN)
        line->all->connecting -= 1;
    line->state = LINE_CLOSED;
    line->lives += 1;
    SSL_free(line->ssl);
    close(line->descriptor);
    free(line->request);
    free(line->in);
    free(line->out);
    line->ssl = NULL;
    line->request = NULL;
    line->in = line->out = NULL;
    line->in_length = line->out_length = line->asked = 0;
    line->wanted = 0;
}

void line_open(struct line *line, uint32_t address, char *request)
{
    struct sockaddr_in own = { .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(address) };
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(line->all->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int on = 1;

    line->descriptor =
        socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    must(line->descriptor >= 0, "no more sockets");
    (void)setsockopt(line->descriptor, IPPROTO_TCP, TCP_NODELAY, &on,
                     sizeof(on));
    must(bind(line->descriptor, (struct sockaddr *)&own, sizeof(own)) == 0,
         "bind");
    /* A refused one is told like any other, by the poll. */
    (void)connect(line->descriptor, (struct sockaddr *)&to, sizeof(to));
    line->request = request;
    line->asked = 0;
    line->state = LINE_CONNECTING;
    line->all->connecting += 1;
    line->ssl = SSL_new(line->all->tls);
    must(line->ssl && SSL_set_fd(line->ssl, line->descriptor) == 1, "SSL_new");
    SSL_set_connect_state(line->ssl);
    watch(line, EPOLLOUT);
}

static void lost(struct line *line, const struct line_events *events)
{
    line_drop(line);
    events->closed(line);
}

/* 0 when it would block, negative when the line is dead. */
static int again(struct line *line, int result)
{
    int why = SSL_get_error(line->ssl, result);

    ERR_clear_error();
    if (why == SSL_ERROR_WANT_READ) {
        watch(line, EPOLLIN);
        return 0;
    }
    if (why == SSL_ERROR_WANT_WRITE) {
        watch(line, EPOLLIN | EPOLLOUT);
        return 0;
    }
    return -1;
}

static int write_rest(struct line *line)
{
    const uint8_t *bytes =
        line->request ? (const uint8_t *)line->request : line->out;
    size_t length = line->request ? strlen(line->request) : line->out_length;

    while (line->asked < length) {
        int wrote = SSL_write(line->ssl, bytes + line->asked,
                              (int)(length - line->asked));
        if (wrote <= 0)
            return again(line, wrote);
        line->asked += (size_t)wrote;
    }
    free(line->request);
    free(line->out);
    line->request = NULL;
    line->out = NULL;
    line->out_length = line->asked = 0;
    watch(line, EPOLLIN);
    return 0;
}

/* ---- frames out ------------------------------------------------------------
 */

static void frame_send(struct line *line, uint8_t kind, const void *payload,
                       size_t length)
{
    uint8_t head[8] = { (uint8_t)(0x80 | kind) };
    size_t at = 2;

    if (line->state != LINE_OPEN)
        return;
    if (length < 126) {
        head[1] = (uint8_t)(0x80 | length);
    } else {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(length >> 8);
        head[3] = (uint8_t)length;
        at = 4;
    }
    /* A mask of zeros is one, too (RFC 6455, section 5.3, wants it unknown to
     * others; here is nobody else). */
    uint8_t *out = realloc(line->out, line->out_length + at + 4 + length);
    must(out != NULL, "memory");
    memcpy(out + line->out_length, head, at);
    memset(out + line->out_length + at, 0, 4);
    memcpy(out + line->out_length + at + 4, payload, length);
    line->out = out;
    line->out_length += at + 4 + length;
    if (write_rest(line))
        (void)shutdown(line->descriptor, SHUT_RDWR); /* the poll tells */
}

void line_send(struct line *line, const char *text)
{
    frame_send(line, 1, text, strlen(text));
}

void line_ping(struct line *line)
{
    frame_send(line, 9, ".", 1);
}

void line_leave(struct line *line)
{
    static const uint8_t going_away[] = { 1001 >> 8, 1001 & 0xff };

    frame_send(line, 8, going_away, sizeof(going_away));
    line_drop(line);
}

/* ---- frames and answers in -------------------------------------------------
 */

/* Bytes of in that are dealt with; -1: no more to come from this line. */
static long frames_read(struct line *line, const struct line_events *events)
{
    unsigned life = line->lives;
    size_t at = 0;

    while (line->in_length - at >= 2) {
        const uint8_t *head = line->in + at;
        size_t length = head[1] & 0x7f;
        size_t start = 2;
        if (length == 126 && line->in_length - at >= 4) {
            length = (size_t)head[2] << 8 | head[3];
            start = 4;
        } else if (length == 127 && line->in_length - at >= 10) {
            length = 0;
            for (int i = 2; i < 10; i++)
                length = length << 8 | head[i];
            start = 10;
        } else if (length >= 126) {
            break;
        }
        if (line->in_length - at < start + length)
            break;
        uint8_t kind = head[0] & 0x0f;
        if (kind == 8)
            return -1;
        if (kind == 9)
            frame_send(line, 10, head + start, length);
        else if (kind == 1)
            events->text(line, slice(head + start, length));
        if (line->lives != life)
            return 0; /* its owner let it go */
        at += start + length;
    }
    return (long)at;
}

/* The same for the answer to a request. */
static long answer_read(struct line *line, const struct line_events *events)
{
    char *text = (char *)line->in;
    unsigned status = 0;

    text[line->in_length] = '\0';
    char *end = strstr(text, "\r\n\r\n");
    if (!end)
        return 0;
    (void)sscanf(text, "HTTP/1.1 %u", &status);
    if (status == 101) {
        line->state = LINE_OPEN;
        line->all->connecting -= 1;
        events->opened(line);
        return end + 4 - text;
    }
    char *said = strcasestr(text, "\r\ncontent-length:");
    size_t body = said && said < end ? strtoul(said + 17, NULL, 10) : 0;
    if (line->in_length < (size_t)(end + 4 - text) + body)
        return 0;
    char *answer = strdup(text);
    line_drop(line);
    events->answered(line, status, answer);
    free(answer);
    return 0;
}

static int take(struct line *line, const struct line_events *events)
{
    unsigned life = line->lives;
    long used;

    do {
        used = line->state == LINE_OPEN ? frames_read(line, events)
                                        : answer_read(line, events);
        if (line->lives != life)
            return 0;
        if (used < 0)
            return -1;
        memmove(line->in, line->in + used, line->in_length - (size_t)used);
        line->in_length -= (size_t)used;
    } while (used > 0 && line->in_length > 0);
    if (line->in_length == 0) {
        free(line->in);
        line->in = NULL;
    }
    return 0;
}

static int read_all(struct line *line, const struct line_events *events)
{
    static uint8_t bytes[65536];
    unsigned life = line->lives;

    for (;;) {
        int got = SSL_read(line->ssl, bytes, sizeof(bytes));
        if (got <= 0)
            return again(line, got);
        uint8_t *in = realloc(line->in, line->in_length + (size_t)got + 1);
        must(in != NULL, "memory");
        memcpy(in + line->in_length, bytes, (size_t)got);
        line->in = in;
        line->in_length += (size_t)got;
        if (take(line, events))
            return -1;
        if (line->lives != life)
            return 0;
    }
}

static int shake(struct line *line)
{
    int done = SSL_do_handshake(line->ssl);

    if (done != 1)
        return again(line, done);
    line->state = LINE_ASKING;
    return write_rest(line);
}

static void line_turn(struct line *line, const struct line_events *events)
{
    int err = 0;

    if (line->state == LINE_CONNECTING)
        line->state = LINE_SHAKING;
    if (line->state == LINE_SHAKING)
        err = shake(line);
    if (!err && line->state > LINE_SHAKING && (line->request || line->out))
        err = write_rest(line);
    if (!err && line->state > LINE_SHAKING && !line->request)
        err = read_all(line, events);
    if (err && line->state != LINE_CLOSED)
        lost(line, events);
}

void lines_turn(struct lines *lines, const struct line_events *events,
                int wait_ms)
{
    struct epoll_event ready[AT_ONCE];
    int count = epoll_wait(lines->epoll, ready, AT_ONCE, wait_ms);

    for (int i = 0; i < count; i++)
        line_turn(ready[i].data.ptr, events);
}
