/*
 * pages: the built web pages, read into memory at start, so that serving never
 * touches the disk and no path can lead anywhere else. A file's .gz beside it
 * is its compressed form.
 */
#ifndef EDGE_PAGES_H
#define EDGE_PAGES_H

#include "base/slice.h"

#define PAGE_PATH_TEXT 200
#define PAGE_ETAG_TEXT 36

struct page {
    char path[PAGE_PATH_TEXT]; /* "/assets/base-B-DSeRpa.js" */
    const char *type;          /* its media type */
    char etag[PAGE_ETAG_TEXT]; /* quoted */
    uint8_t *bytes;
    size_t length;
    uint8_t *gzip; /* NULL: none */
    size_t gzip_length;
    bool hashed; /* its name changes with its content */
};

struct pages {
    struct page *list; /* by path */
    size_t count;
};

/* A folder that is not there gives no pages. */
int pages_read(const char *folder, struct pages *out);
void pages_release(struct pages *pages);

const struct page *pages_find(const struct pages *pages, const char *path);

#endif
