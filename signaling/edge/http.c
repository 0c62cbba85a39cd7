#include "signaling/edge/http.h"

#include "base/log.h"
#include "base/text.h"
#include "signaling/edge/ws.h"

#include <assert.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK 16384 /* bytes of a body handed to lws at a time */

struct per_connection {
    struct request *request;
};

static http_handler *handle;

void http_handle(http_handler *handler)
{
    handle = handler;
}

int http_header(struct lws *wsi, int token, char *out, size_t size)
{
    out[0] = '\0';
    int length = lws_hdr_total_length(wsi, (enum lws_token_indexes)token);
    if (length <= 0)
        return 0;
    if ((size_t)length >= size)
        return -E2BIG;
    return lws_hdr_copy(wsi, out, (int)size, (enum lws_token_indexes)token) < 0
               ? -EBADMSG
               : 0;
}

static void custom_header(struct lws *wsi, const char *name, char *out,
                          size_t size)
{
    out[0] = '\0';
    int name_length = (int)strlen(name);
    int length = lws_hdr_custom_length(wsi, name, name_length);
    if (length <= 0 || (size_t)length >= size)
        return;
    if (lws_hdr_custom_copy(wsi, out, (int)size, name, name_length) < 0)
        out[0] = '\0';
}

struct address http_client(const struct edge *edge, struct lws *wsi)
{
    char text[64];
    char forwarded[512];
    struct address peer = { { 0 } };

    lws_get_peer_simple(wsi, text, sizeof(text));
    (void)address_read(slice_of_text(text), &peer);
    (void)http_header(wsi, WSI_TOKEN_X_FORWARDED_FOR, forwarded,
                      sizeof(forwarded));
    return address_of_client(peer, forwarded, &edge->trusted);
}

/* A proxy speaks for others: what it passes on is nobody's who watches. */
static bool is_watcher(const struct edge *edge, struct lws *wsi)
{
    char text[64];
    struct address peer;

    lws_get_peer_simple(wsi, text, sizeof(text));
    return lws_hdr_total_length(wsi, WSI_TOKEN_X_FORWARDED_FOR) == 0 &&
           address_read(slice_of_text(text), &peer) == 0 &&
           networks_have(&edge->watchers, peer);
}

/* ---- life -----------------------------------------------------------------
 */

static void request_free(struct request *request)
{
    list_remove(&request->in_edge);
    free(request->body);
    free(request->head);
    free(request->owned);
    free(request);
}

/* Its client has gone; an answer under way still comes back to it. */
static void request_leave(struct per_connection *connection)
{
    struct request *request = connection->request;

    connection->request = NULL;
    if (!request)
        return;
    request->wsi = NULL;
    if (!request->dispatched || request->answered)
        request_free(request);
}

void http_free_all(struct edge *edge)
{
    list_each (link, after, &edge->requests)
        request_free(list_member(link, struct request, in_edge));
}

void http_wait(struct request *request)
{
    request->edge->waiting++;
}

void http_resume(struct request *request)
{
    assert(request->edge->waiting > 0);
    request->edge->waiting--;
}

/* ---- reading --------------------------------------------------------------
 */

static enum method method_of(struct lws *wsi)
{
    char *uri;
    int length;

    switch (lws_http_get_uri_and_method(wsi, &uri, &length)) {
    case LWSHUMETH_GET:
        return METHOD_GET;
    case LWSHUMETH_HEAD:
        return METHOD_HEAD;
    case LWSHUMETH_POST:
        return METHOD_POST;
    case LWSHUMETH_DELETE:
        return METHOD_DELETE;
    default:
        return METHOD_OTHER;
    }
}

/* -E2BIG when a header is longer than we take. */
static int read_headers(struct request *request)
{
    struct lws *wsi = request->wsi;
    char text[256];

    int err =
        http_header(wsi, WSI_TOKEN_HOST, request->host, sizeof(request->host));
    if (!err)
        err = http_header(wsi, WSI_TOKEN_ORIGIN, request->origin,
                          sizeof(request->origin));
    if (!err)
        err = http_header(wsi, WSI_TOKEN_HTTP_COOKIE, request->cookie,
                          sizeof(request->cookie));
    (void)http_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, request->known_etag,
                      sizeof(request->known_etag));
    if (!http_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, text, sizeof(text)))
        request->takes_gzip = strstr(text, "gzip") != NULL;
    custom_header(wsi, "idempotency-key:", request->idempotency,
                  sizeof(request->idempotency));
    custom_header(wsi, "stripe-signature:", request->signature,
                  sizeof(request->signature));
    return err;
}

/* How long the body will be; -E2BIG, or -EINVAL for a body of unsaid length. */
static int read_length(struct request *request)
{
    char text[24];
    char *end;

    if (lws_hdr_total_length(request->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING))
        return -EINVAL;
    if (http_header(request->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text,
                    sizeof(text)))
        return -E2BIG;
    if (!text[0])
        return 0;
    unsigned long long length = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end)
        return -EINVAL;
    if (length > HTTP_BODY_MAX)
        return -E2BIG;
    request->body_expected = (size_t)length;
    return 0;
}

static void dispatch(struct request *request)
{
    if (request->dispatched)
        return;
    request->dispatched = true;
    if (request->edge->draining) {
        request->last = true;
        http_answer_problem(request, 503, "again",
                            "The server is stopping. Try again in a moment.");
        return;
    }
    handle(request);
}

static void refuse(struct request *request, unsigned status, const char *say)
{
    request->dispatched = true;
    request->last = true; /* what follows on this connection is not clear */
    http_answer_problem(request, status, "bad_request", say);
}

static int request_begin(struct edge *edge, struct lws *wsi,
                         struct per_connection *connection, const char *path)
{
    struct request *request = calloc(1, sizeof(*request));

    if (!request)
        return -1;
    request->edge = edge;
    request->wsi = wsi;
    request->route = "none";
    list_append(&edge->requests, &request->in_edge);
    connection->request = request;
    request->method = method_of(wsi);
    request->client = http_client(edge, wsi);
    request->from_watcher = is_watcher(edge, wsi);

    int err = read_headers(request);
    bool fits =
        text_copy(request->path, sizeof(request->path), slice_of_text(path));
    int length_err = read_length(request);
    if (err || !fits)
        refuse(request, 431, "The request's headers are too long.");
    else if (length_err == -EINVAL)
        refuse(request, 411, "Say the length of the body.");
    else if (length_err)
        refuse(request, 413, "The body is too long.");
    else if (request->body_expected == 0)
        dispatch(request);
    return 0;
}

static int request_body(struct request *request, const void *bytes,
                        size_t length)
{
    if (!request || request->dispatched)
        return 0;
    if (length > request->body_expected - request->body_length)
        return -1;
    if (!request->body)
        request->body = malloc(request->body_expected + 1);
    if (!request->body)
        return -1;
    memcpy(request->body + request->body_length, bytes, length);
    request->body_length += length;
    if (request->body_length == request->body_expected)
        dispatch(request);
    return 0;
}

/* ---- answering ------------------------------------------------------------
 */

static void append_head(struct request *request, const char *lines)
{
    size_t have = request->head ? strlen(request->head) : 0;
    size_t more = strlen(lines);
    char *head = realloc(request->head, have + more + 1);

    if (!head)
        abort();
    memcpy(head + have, lines, more + 1);
    request->head = head;
}

void http_add_header(struct request *request, const char *name,
                     const char *value)
{
    char line[1024];

    int length = snprintf(line, sizeof(line), "%s: %s\r\n", name, value);
    if (length > 0 && (size_t)length < sizeof(line))
        append_head(request, line);
}

/* The answer is complete: send it, or let go when nobody is there. */
static void answer(struct request *request, unsigned status,
                   enum content content)
{
    char lines[HEADERS_TEXT];
    struct header_facts facts = {
        .content = content,
        .secure = request->edge->secure,
        .host = request->host,
        .payment_page = request->edge->options.payment_page,
    };

    assert(!request->answered);
    request->answered = true;
    request->status = status;
    log_debug("request route=%s status=%u", request->route, status);
    if (!request->wsi) {
        request_free(request);
        return;
    }
    headers_make(&facts, lines);
    append_head(request, lines);
    lws_callback_on_writable(request->wsi);
}

void http_answer_json(struct request *request, unsigned status, json_t *body)
{
    char *text = wire_text(body);

    request->owned = (uint8_t *)text;
    request->bytes = request->owned;
    request->length = strlen(text);
    http_add_header(request, "content-type",
                    status >= 400 ? "application/problem+json"
                                  : "application/json");
    answer(request, status, CONTENT_ANSWER);
}

void http_answer_text(struct request *request, char *text, size_t length,
                      const char *type)
{
    request->owned = (uint8_t *)text;
    request->bytes = request->owned;
    request->length = length;
    http_add_header(request, "content-type", type);
    answer(request, 200, CONTENT_ANSWER);
}

void http_answer_empty(struct request *request, unsigned status)
{
    answer(request, status, CONTENT_ANSWER);
}

void http_answer_problem(struct request *request, unsigned status,
                         const char *code, const char *say)
{
    http_answer_json(request, status, wire_problem(status, code, say));
}

void http_answer_page(struct request *request, const struct page *page,
                      bool is_private)
{
    bool is_html = strncmp(page->type, "text/html", 9) == 0;
    bool known = !is_private && strcmp(request->known_etag, page->etag) == 0;

    if (!is_html && page->hashed)
        http_add_header(request, "cache-control",
                        "public, max-age=31536000, immutable");
    else if (!is_html)
        http_add_header(request, "cache-control", "no-cache");
    if (!is_private)
        http_add_header(request, "etag", page->etag);
    http_add_header(request, "vary", "accept-encoding");
    if (known) {
        answer(request, 304, is_html ? CONTENT_PAGE : CONTENT_ASSET);
        return;
    }
    http_add_header(request, "content-type", page->type);
    bool gzip = page->gzip && request->takes_gzip;
    if (gzip)
        http_add_header(request, "content-encoding", "gzip");
    request->bytes = gzip ? page->gzip : page->bytes;
    request->length = gzip ? page->gzip_length : page->length;
    answer(request, 200, is_html ? CONTENT_PAGE : CONTENT_ASSET);
}

void http_answer_pdf(struct request *request, struct slice bytes,
                     const char *name)
{
    char disposition[128];

    request->owned = malloc(bytes.length + 1);
    if (!request->owned) {
        http_answer_problem(request, 503, "try_again", "Try again.");
        return;
    }
    memcpy(request->owned, bytes.data, bytes.length);
    request->bytes = request->owned;
    request->length = bytes.length;
    snprintf(disposition, sizeof(disposition), "inline; filename=\"%s\"", name);
    http_add_header(request, "content-type", "application/pdf");
    http_add_header(request, "content-disposition", disposition);
    answer(request, 200, CONTENT_DOCUMENT);
}

/* ---- sending --------------------------------------------------------------
 */

/* Adds our lines; each is "name: value\r\n". */
static int add_lines(struct lws *wsi, char *lines, unsigned char **at,
                     unsigned char *end)
{
    char *rest = NULL;

    for (char *line = strtok_r(lines, "\r\n", &rest); line;
         line = strtok_r(NULL, "\r\n", &rest)) {
        char *colon = strchr(line, ':');
        char name[64];
        assert(colon && colon - line < (long)sizeof(name) - 2);
        memcpy(name, line, (size_t)(colon - line) + 1);
        name[colon - line + 1] = '\0';
        const char *value = colon + 2;
        if (lws_add_http_header_by_name(wsi, (unsigned char *)name,
                                        (const unsigned char *)value,
                                        (int)strlen(value), at, end))
            return -1;
    }
    return 0;
}

static int send_head(struct request *request)
{
    static unsigned char buffer[LWS_PRE + 8192];
    unsigned char *start = buffer + LWS_PRE;
    unsigned char *at = start;
    unsigned char *end = buffer + sizeof(buffer);
    struct lws *wsi = request->wsi;
    bool bodiless = request->status == 204 || request->status == 304;

    if (lws_add_http_header_status(wsi, request->status, &at, end) ||
        add_lines(wsi, request->head, &at, end))
        return -1;
    if (!bodiless &&
        lws_add_http_header_content_length(wsi, request->length, &at, end))
        return -1;
    if (request->last && lws_add_http_header_by_name(
                             wsi, (const unsigned char *)"connection:",
                             (const unsigned char *)"close", 5, &at, end))
        return -1;
    if (lws_finalize_write_http_header(wsi, start, &at, end))
        return -1;
    request->head_sent = true;
    if (bodiless || request->method == METHOD_HEAD)
        request->sent = request->length;
    return 0;
}

static int send_chunk(struct request *request)
{
    static unsigned char buffer[LWS_PRE + CHUNK];
    size_t length = request->length - request->sent;

    if (length > CHUNK)
        length = CHUNK;
    memcpy(buffer + LWS_PRE, request->bytes + request->sent, length);
    request->sent += length;
    bool final = request->sent == request->length;
    int written = lws_write(request->wsi, buffer + LWS_PRE, length,
                            final ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP);
    return written < (int)length ? -1 : 0;
}

static int request_send(struct per_connection *connection)
{
    struct request *request = connection->request;

    if (!request || !request->answered)
        return 0;
    struct lws *wsi = request->wsi;
    if (!request->head_sent) {
        if (send_head(request))
            return -1;
    } else if (send_chunk(request)) {
        return -1;
    }
    if (request->sent < request->length) {
        lws_callback_on_writable(wsi);
        return 0;
    }
    bool last = request->last;
    connection->request = NULL;
    request_free(request);
    return last || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason,
                    void *user, void *in, size_t length)
{
    struct per_connection *connection = user;
    struct edge *edge = lws_context_user(lws_get_context(wsi));

    switch ((int)reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return ws_confirm(edge, wsi, in);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return -1; /* a socket without our subprotocol */
    case LWS_CALLBACK_HTTP:
        return request_begin(edge, wsi, connection, in);
    case LWS_CALLBACK_HTTP_BODY:
        return request_body(connection->request, in, length);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return 0; /* the length said so already */
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return request_send(connection);
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (connection)
            request_leave(connection);
        return 0;
    }
    return 0;
}

static const struct lws_protocols protocol = {
    .name = "http",
    .callback = callback,
    .per_session_data_size = sizeof(struct per_connection),
    .rx_buffer_size = 4096,
};

const struct lws_protocols *http_protocol(void)
{
    return &protocol;
}
