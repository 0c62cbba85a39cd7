#include "signaling/edge/ws.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "signaling/app/clock.h"
#include "signaling/edge/api.h"
#include "signaling/edge/fanout.h"
#include "signaling/edge/http.h"
#include "signaling/edge/route.h"
#include "signaling/edge/visitor.h"

#include <assert.h>
#include <libwebsockets.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAMES_TOGETHER 8 /* ours; then others have their turn */

struct queued_frame {
    struct list link;
    size_t length;
    unsigned char bytes[]; /* LWS_PRE, then the text */
};

/* ---- coming in -------------------------------------------------------------
 */

/* What an upgrade asks for; 0 or the status that refuses it. */
static unsigned upgrade_read(struct edge *edge, struct lws *wsi,
                             struct socket *out)
{
    char path[HTTP_PATH_TEXT];
    char cookies[HTTP_COOKIE_MAX];
    char name[COOKIE_NAME_TEXT];
    struct api_parts guest;

    if (http_header(wsi, WSI_TOKEN_GET_URI, path, sizeof(path)))
        return 431;
    if (strcmp(path, "/ws/check") == 0) {
        out->kind = SOCKET_CHECK; /* nobody has to be anybody for it */
        return 0;
    }
    if (http_header(wsi, WSI_TOKEN_HTTP_COOKIE, cookies, sizeof(cookies)))
        return 431;
    if (strcmp(path, "/ws/desk") == 0) {
        out->kind = SOCKET_DESK;
        auth_desk_cookie(edge->secure, name);
    } else if (strncmp(path, "/ws/visit/", 10) == 0 &&
               !text_base64url_read(slice_of_text(path + 10), out->visit.bytes,
                                    ID_BYTES)) {
        out->kind = SOCKET_VISIT;
        auth_visit_cookie(edge->secure, out->visit, name);
    } else if (api_match("/ws/guest/@/#", path, &guest)) {
        out->kind = SOCKET_VISIT;
        out->visit = guest.visit;
        out->guest = guest.number;
        auth_guest_cookie(edge->secure, out->visit, out->guest, name);
    } else {
        return 404;
    }
    struct slice cookie = auth_cookie(cookies, name);
    if (cookie.length != COOKIE_TEXT - 1)
        return 401;
    (void)text_copy(out->cookie, sizeof(out->cookie), cookie);
    return 0;
}

static unsigned upgrade_check(struct edge *edge, struct lws *wsi,
                              const char *to)
{
    char origin[HTTP_HOST_TEXT + 8];
    char host[HTTP_HOST_TEXT];
    char protocol[128];
    struct socket asked = { .kind = SOCKET_DESK };

    if (strcasecmp(to, "websocket") != 0) /* h2c above all */
        return 400;
    if (edge->draining || app_readiness(edge->app).because)
        return 503; /* a proxy asks the next node */
    if (http_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin)) ||
        http_header(wsi, WSI_TOKEN_HOST, host, sizeof(host)) ||
        !auth_origin_is_ours(&edge->origins, origin, host))
        return 403;
    if (http_header(wsi, WSI_TOKEN_PROTOCOL, protocol, sizeof(protocol)) ||
        strcmp(protocol, WS_SUBPROTOCOL) != 0)
        return 400;
    struct address from = address_group(http_client(edge, wsi));
    if (!limit_take(&edge->connects, slice(from.bytes, sizeof(from.bytes)),
                    clock_now_ms()))
        return 429;
    unsigned status = upgrade_read(edge, wsi, &asked);
    if (status == 0 && asked.kind == SOCKET_CHECK &&
        !limit_take(&edge->visitors, slice(from.bytes, sizeof(from.bytes)),
                    clock_now_ms()))
        return 429;
    return status;
}

int ws_confirm(struct edge *edge, struct lws *wsi, const char *to)
{
    unsigned status = upgrade_check(edge, wsi, to);

    if (status == 0)
        return 0;
    log_limited(LOG_LEVEL_NOTICE, "upgrade refused status=%u", status);
    return lws_return_http_status(wsi, status, NULL) ? -1 : 1;
}

static void on_session(void *arg, int status, const struct session *session);

static void session_ask(struct socket *socket)
{
    socket->checking = true;
    ws_hold(socket);
    account_session(socket->edge->app->account, slice_of_text(socket->cookie),
                    on_session, socket);
}

/* Which page it is: what the page says of itself, bound to its cookie, so that
 * nobody else can say it; by that it stays the same over a new connection. */
static void page_make(struct lws *wsi, struct socket *socket)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char said[COOKIE_TEXT + 64];
    char page[64];

    secret_random(socket->page.bytes, sizeof(socket->page.bytes));
    const char *value =
        lws_get_urlarg_by_name(wsi, "page=", page, sizeof(page));
    if (!value || strlen(value) != ID_TEXT - 1)
        return;
    int length = snprintf(said, sizeof(said), "%s %s", socket->cookie, value);
    SHA256((const unsigned char *)said, (size_t)length, hash);
    memcpy(socket->page.bytes, hash, sizeof(socket->page.bytes));
    secret_wipe(said, sizeof(said));
}

static int socket_open(struct edge *edge, struct lws *wsi)
{
    struct socket *socket = calloc(1, sizeof(*socket));

    if (!socket || upgrade_read(edge, wsi, socket)) {
        free(socket);
        return -1;
    }
    socket->edge = edge;
    socket->wsi = wsi;
    socket->holds = 1; /* the connection's own */
    socket->heard_ms = socket->pinged_ms = clock_now_ms();
    page_make(wsi, socket);
    list_init(&socket->out);
    list_init(&socket->watches);
    list_init(&socket->in_desks);
    list_append(&edge->sockets, &socket->in_edge);
    lws_set_opaque_user_data(wsi, socket);
    return 0;
}

static void on_session(void *arg, int status, const struct session *session)
{
    struct socket *socket = arg;

    socket->checking = false;
    if (!socket->wsi || socket->ended) {
        ws_release(socket);
        return;
    }
    socket->checked_ms = clock_now_ms();
    if (status) {
        /* Not to be read now: who is known stays, another comes back. */
        if (!socket->known)
            ws_cut(socket);
    } else if (!session || !auth_session_fits(&session->actor, socket->visit,
                                              socket->guest)) {
        ws_send(socket, wire_flag("signed_out", true));
        ws_end(socket);
    } else if (!socket->known) {
        socket->known = true;
        socket->actor = session->actor;
        lws_rx_flow_control(socket->wsi, 1);
        fanout_open(socket);
    }
    ws_release(socket);
}

static int close_with(struct lws *wsi, enum lws_close_status status)
{
    lws_close_reason(wsi, status, NULL, 0);
    return -1;
}

/* Pieces of at most 4 KiB come; a frame is handed on whole. */
static int frame_receive(struct socket *socket, const void *bytes,
                         size_t length)
{
    struct lws *wsi = socket->wsi;

    if (lws_frame_is_binary(wsi))
        return close_with(wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE);
    size_t most =
        socket->kind == SOCKET_CHECK ? VISITOR_MESSAGE_MAX : WIRE_MESSAGE_MAX;
    if (socket->in_length + length > most)
        return close_with(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
    uint8_t *in = realloc(socket->in, socket->in_length + length + 1);
    if (!in)
        return -1;
    memcpy(in + socket->in_length, bytes, length);
    socket->in = in;
    socket->in_length += length;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return 0;

    struct slice frame = slice(socket->in, socket->in_length);
    uint8_t *whole = socket->in;
    socket->in = NULL;
    socket->in_length = 0;
    const struct edge_options *options = &socket->edge->options;
    if (!bucket_take(&socket->messages, options->messages_per_second * 60,
                     options->messages_burst, clock_now_ms())) {
        socket->paused = true;
        lws_rx_flow_control(wsi, 0);
    }
    if (!socket->ended && socket->kind == SOCKET_CHECK)
        visitor_frame(socket, frame);
    else if (!socket->ended)
        route_frame(socket, frame);
    free(whole);
    return 0;
}

/* ---- going out -------------------------------------------------------------
 */

bool ws_is_open(const struct socket *socket)
{
    return socket->wsi && socket->known && !socket->ended;
}

void ws_cut(struct socket *socket)
{
    socket->ended = true;
    if (socket->wsi)
        lws_set_timeout(socket->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT,
                        LWS_TO_KILL_ASYNC);
}

/* Behind the frame that is next: a whole day is one frame, and may be long. */
static size_t bytes_behind(const struct socket *socket)
{
    struct list *first = list_first(&socket->out);

    return first ? socket->out_bytes -
                       list_member(first, struct queued_frame, link)->length
                 : 0;
}

void ws_send(struct socket *socket, json_t *frame)
{
    char *text = wire_text(frame);
    size_t length = strlen(text);

    if (socket->wsi && !socket->ended && bytes_behind(socket) > WS_QUEUE_MAX) {
        log_limited(LOG_LEVEL_NOTICE, "slow reader cut off bytes=%zu",
                    socket->out_bytes);
        ws_cut(socket);
    }
    if (!socket->wsi || socket->ended) {
        free(text);
        return;
    }
    struct queued_frame *queued = malloc(sizeof(*queued) + LWS_PRE + length);
    if (!queued)
        abort();
    queued->length = length;
    memcpy(queued->bytes + LWS_PRE, text, length);
    free(text);
    list_append(&socket->out, &queued->link);
    socket->out_bytes += length;
    lws_callback_on_writable(socket->wsi);
}

void ws_end(struct socket *socket)
{
    socket->ended = true;
    if (socket->wsi)
        lws_callback_on_writable(socket->wsi);
}

static int ping_write(struct socket *socket)
{
    unsigned char ping[LWS_PRE + 1];

    socket->ping_due = false;
    ping[LWS_PRE] = '.'; /* lws swallows a pong without a payload */
    return lws_write(socket->wsi, ping + LWS_PRE, 1, LWS_WRITE_PING) < 0 ? -1
                                                                         : 0;
}

static int frame_write(struct socket *socket)
{
    struct queued_frame *queued =
        list_member(list_first(&socket->out), struct queued_frame, link);

    int wrote = lws_write(socket->wsi, queued->bytes + LWS_PRE, queued->length,
                          LWS_WRITE_TEXT);
    list_remove(&queued->link);
    socket->out_bytes -= queued->length;
    free(queued);
    return wrote < 0 ? -1 : 0;
}

/* A turn of the loop costs more than a short frame: what waits goes together,
 * as far as the line takes it. */
static int frames_write(struct socket *socket)
{
    int err = 0;

    if (socket->ping_due && !socket->ended)
        err = ping_write(socket);
    for (int i = 0; i < FRAMES_TOGETHER && !err; i++) {
        if (list_is_empty(&socket->out) || lws_send_pipe_choked(socket->wsi))
            break;
        err = frame_write(socket);
    }
    if (err)
        return err;
    if (!list_is_empty(&socket->out))
        lws_callback_on_writable(socket->wsi);
    else if (socket->ended && !lws_send_pipe_choked(socket->wsi))
        return close_with(socket->wsi, LWS_CLOSE_STATUS_NORMAL);
    else if (socket->ended)
        lws_callback_on_writable(socket->wsi);
    return 0;
}

/* ---- life -----------------------------------------------------------------
 */

void ws_hold(struct socket *socket)
{
    socket->holds++;
    socket->edge->waiting++;
}

static void socket_let_go(struct socket *socket)
{
    assert(socket->holds > 0);
    if (--socket->holds > 0)
        return;
    list_remove(&socket->in_edge);
    secret_wipe(socket->cookie, sizeof(socket->cookie));
    free(socket->in);
    free(socket);
}

void ws_release(struct socket *socket)
{
    assert(socket->edge->waiting > 0);
    socket->edge->waiting--;
    socket_let_go(socket);
}

static void socket_close(struct socket *socket)
{
    if (socket->kind == SOCKET_CHECK)
        visitor_close(socket);
    else
        fanout_close(socket);
    socket->wsi = NULL;
    list_each (link, after, &socket->out) {
        list_remove(link);
        free(list_member(link, struct queued_frame, link));
    }
    socket->out_bytes = 0;
    socket_let_go(socket);
}

void ws_free_all(struct edge *edge)
{
    list_each (link, after, &edge->sockets) {
        struct socket *socket = list_member(link, struct socket, in_edge);
        if (socket->wsi)
            socket_close(socket);
    }
    list_each (left, next, &edge->sockets) {
        struct socket *socket = list_member(left, struct socket, in_edge);
        socket->holds = 1; /* whom they waited for is not coming */
        socket_let_go(socket);
    }
}

static void socket_sweep(struct socket *socket, int64_t now_ms)
{
    const struct edge_options *options = &socket->edge->options;

    if (now_ms - socket->heard_ms > WS_SILENCE_MS) {
        ws_cut(socket);
        return;
    }
    if (now_ms - socket->heard_ms >= WS_PING_MS &&
        now_ms - socket->pinged_ms >= WS_PING_MS) {
        socket->pinged_ms = now_ms;
        socket->ping_due = true;
        lws_callback_on_writable(socket->wsi);
    }
    if (socket->paused &&
        bucket_take(&socket->messages, options->messages_per_second * 60,
                    options->messages_burst, now_ms)) {
        socket->paused = false;
        lws_rx_flow_control(socket->wsi, 1);
    }
    if (socket->kind == SOCKET_CHECK) {
        visitor_sweep(socket, now_ms);
        return;
    }
    if (socket->known && !socket->checking &&
        now_ms - socket->checked_ms >= SESSION_FRESH_MS)
        session_ask(socket);
    if (socket->known)
        fanout_sweep(socket, now_ms);
}

void ws_sweep(struct edge *edge, int64_t now_ms)
{
    list_each (link, after, &edge->sockets) {
        struct socket *socket = list_member(link, struct socket, in_edge);
        if (socket->wsi && !socket->ended)
            socket_sweep(socket, now_ms);
    }
}

/* A page that leaves says 1000 or its browser 1001; one that only changes its
 * line closes the old one with a number of its own and comes back. */
static bool said_goodbye(const void *in, size_t length)
{
    const uint8_t *code = in;

    if (!code || length < 2)
        return true;
    unsigned status = (unsigned)code[0] << 8 | code[1];
    return status == LWS_CLOSE_STATUS_NORMAL ||
           status == LWS_CLOSE_STATUS_GOINGAWAY;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason,
                    void *user, void *in, size_t length)
{
    struct edge *edge = lws_context_user(lws_get_context(wsi));
    struct socket *socket = lws_get_opaque_user_data(wsi);

    (void)user;
    if (socket)
        socket->heard_ms = reason == LWS_CALLBACK_RECEIVE ||
                                   reason == LWS_CALLBACK_RECEIVE_PONG
                               ? clock_now_ms()
                               : socket->heard_ms;
    switch ((int)reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return socket_open(edge, wsi);
    case LWS_CALLBACK_ESTABLISHED:
        if (socket && socket->kind == SOCKET_CHECK) {
            visitor_open(socket);
            return 0;
        }
        lws_rx_flow_control(wsi, 0); /* until we know who it is */
        session_ask(socket);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return frame_receive(socket, in, length);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return frames_write(socket);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        socket->was_closed = said_goodbye(in, length);
        return 0;
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY:
        if (socket) {
            lws_set_opaque_user_data(wsi, NULL);
            socket_close(socket);
        }
        return 0;
    }
    return 0;
}

static const struct lws_protocols protocol = {
    .name = WS_SUBPROTOCOL,
    .callback = callback,
    .per_session_data_size = 1,
    .rx_buffer_size = 4096,
};

const struct lws_protocols *ws_protocol(void)
{
    return &protocol;
}
