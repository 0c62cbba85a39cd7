/*
 * http: one request to a service of the clinic's, by libcurl. TLS is required
 * unless the host is this machine. Redirects are not followed. Blocks.
 */
#ifndef OUTBOX_HTTP_H
#define OUTBOX_HTTP_H

#include "base/slice.h"
#include "signaling/outbox/outcome.h"

#include <stdbool.h>
#include <stdint.h>

#define HTTP_TIMEOUT_S    20
#define HTTP_CONNECT_S    5
#define HTTP_RESPONSE_MAX ((size_t)512 * 1024) /* bytes; ours */
#define HTTP_HEADERS_MAX  6

/* Call once before threads begin; libcurl's own start is not thread-safe in
 * every build. Any number of times. */
void http_start(void);

/* https, or http to a loopback host. */
bool http_url_is_safe(const char *url);
/* localhost, *.localhost (RFC 6761), 127.0.0.0/8, ::1. */
bool http_host_is_loopback(const char *url);

struct http_request {
    const char *method; /* "GET", "POST" */
    const char *url;
    const char *headers[HTTP_HEADERS_MAX]; /* whole lines; NULL ends */
    struct slice body;
};

struct http_response {
    long status; /* 0: none came */
    uint32_t retry_after_s;
    struct slice body;
    uint8_t *owned; /* the body: http_response_release */
};

/* DONE when an answer came, whatever it says. Else RETRY when surely nothing
 * was received by the other side, FETCH_FIRST when that is not known. */
struct outcome http_send(const struct http_request *request,
                         struct http_response *out);
void http_response_release(struct http_response *response);

#endif
