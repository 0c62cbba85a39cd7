/*
 * headers: what browsers are told to refuse. Pure.
 */
#ifndef EDGE_HEADERS_H
#define EDGE_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#define HEADERS_TEXT 2048

enum content {
    CONTENT_PAGE,     /* HTML with our scripts; may use camera and microphone */
    CONTENT_ASSET,    /* what pages are made of */
    CONTENT_ANSWER,   /* JSON, private */
    CONTENT_DOCUMENT, /* a PDF, private; our own pages may frame it */
};

struct header_facts {
    enum content content;
    bool secure;              /* browsers reach us by TLS */
    const char *host;         /* as asked for; "" when unknown */
    const char *payment_page; /* origin of the hosted page, or "" */
};

/* Lines "name: value\r\n", terminated. */
void headers_make(const struct header_facts *facts, char out[HEADERS_TEXT]);

#endif
