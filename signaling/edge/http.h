/*
 * http: one request and its one answer. The handler is called when the body is
 * there whole; it answers at once or later, exactly once.
 */
#ifndef EDGE_HTTP_H
#define EDGE_HTTP_H

#include "signaling/edge/edge.h"
#include "signaling/edge/headers.h"
#include "signaling/edge/wire.h"

#define HTTP_BODY_MAX   (128 * 1024)
#define HTTP_PATH_TEXT  256
#define HTTP_HOST_TEXT  128
#define HTTP_COOKIE_MAX 4096

struct lws;
struct lws_protocols;

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_DELETE,
    METHOD_OTHER,
};

struct request {
    struct list in_edge;
    struct edge *edge;
    struct lws *wsi; /* NULL: the client has gone */
    enum method method;
    const char *route; /* its name in the log: never the path */
    char path[HTTP_PATH_TEXT];
    char host[HTTP_HOST_TEXT];
    char origin[HTTP_HOST_TEXT + 8];
    char cookie[HTTP_COOKIE_MAX];
    char idempotency[64];
    char signature[512]; /* of a payment provider */
    char known_etag[64];
    bool takes_gzip;
    struct address client;
    bool from_watcher; /* straight from an address that may read metrics */
    uint8_t *body;
    size_t body_length;
    size_t body_expected;
    bool dispatched;

    /* the answer */
    bool answered;
    bool head_sent;
    bool last; /* close the connection after it */
    unsigned status;
    char *head; /* its own header lines, each "name: value\r\n" */
    const uint8_t *bytes;
    uint8_t *owned; /* freed with the request; NULL: bytes are borrowed */
    size_t length;
    size_t sent;
};

/* What handles a request whose body is whole; the edge's one callback up. */
typedef void http_handler(struct request *request);

/* The names that a request was asked by; for upgrades too. */
int http_header(struct lws *wsi, int token, char *out, size_t size);
struct address http_client(const struct edge *edge, struct lws *wsi);

/* Each ends the handler's part; the request may be gone afterwards. */
void http_answer_json(struct request *request, unsigned status, json_t *body);
void http_answer_empty(struct request *request, unsigned status);
void http_answer_problem(struct request *request, unsigned status,
                         const char *code, const char *say);
void http_answer_page(struct request *request, const struct page *page,
                      bool is_private);
/* bytes are copied. name is what the browser saves it under. */
void http_answer_pdf(struct request *request, struct slice bytes,
                     const char *name);

/* text becomes the request's. */
void http_answer_text(struct request *request, char *text, size_t length,
                      const char *type);

/* One more header line, before the answer. */
void http_add_header(struct request *request, const char *name,
                     const char *value);

/* Between a call into the app and its answer; the request outlives its client
 * meanwhile. */
void http_wait(struct request *request);
void http_resume(struct request *request);

/* The lws callback of plain HTTP; `handler` was set by http_handle. */
void http_handle(http_handler *handler);
const struct lws_protocols *http_protocol(void);

/* Those whose client is still there lose it. */
void http_free_all(struct edge *edge);

#endif
