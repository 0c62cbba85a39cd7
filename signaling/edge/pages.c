#include "signaling/edge/pages.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PAGES_MAX      2000
#define PAGE_BYTES_MAX (16 * 1024 * 1024)
#define DEPTH_MAX      6

static const struct {
    const char *ending;
    const char *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".json", "application/json" },
    { ".webmanifest", "application/manifest+json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".ico", "image/x-icon" },
    { ".jpg", "image/jpeg" },
    { ".webp", "image/webp" },
    { ".woff2", "font/woff2" },
    { ".woff", "font/woff" },
    { ".wav", "audio/wav" },
    { ".mp3", "audio/mpeg" },
    { ".ogg", "audio/ogg" },
    { ".wasm", "application/wasm" },
    { ".txt", "text/plain; charset=utf-8" },
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t of_end = strlen(end);

    return length > of_end && strcmp(text + length - of_end, end) == 0;
}

static const char *type_of(const char *path)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (ends_with(path, types[i].ending))
            return types[i].type;
    return NULL;
}

static int file_read(const char *path, uint8_t **out, size_t *out_length)
{
    struct stat about;
    int err = -EIO;
    FILE *file = fopen(path, "re");

    if (!file)
        return -errno;
    uint8_t *bytes = NULL;
    if (fstat(fileno(file), &about) || about.st_size > PAGE_BYTES_MAX)
        goto out;
    size_t length = (size_t)about.st_size;
    bytes = malloc(length + 1);
    err = -ENOMEM;
    if (!bytes)
        goto out;
    err = fread(bytes, 1, length, file) == length ? 0 : -EIO;
    if (err)
        goto out;
    *out = bytes;
    *out_length = length;
    bytes = NULL;
out:
    free(bytes);
    (void)fclose(file);
    return err;
}

static void etag_make(const struct page *page, char out[PAGE_ETAG_TEXT])
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char hex[33];

    SHA256(page->bytes, page->length, hash);
    text_hex(slice(hash, 16), hex);
    snprintf(out, PAGE_ETAG_TEXT, "\"%s\"", hex);
}

static int page_read(struct pages *pages, const char *file, const char *path)
{
    struct page page = { .type = type_of(path) };
    char gzip[PATH_MAX];

    if (!page.type || pages->count == PAGES_MAX ||
        !text_copy(page.path, sizeof(page.path), slice_of_text(path)))
        return 0; /* nothing that browsers ask for */
    int err = file_read(file, &page.bytes, &page.length);
    if (err)
        return err;
    if (snprintf(gzip, sizeof(gzip), "%s.gz", file) < (int)sizeof(gzip))
        (void)file_read(gzip, &page.gzip, &page.gzip_length);
    page.hashed = strncmp(path, "/assets/", 8) == 0;
    etag_make(&page, page.etag);
    struct page *list =
        realloc(pages->list, (pages->count + 1) * sizeof(*list));
    if (!list) {
        free(page.bytes);
        free(page.gzip);
        return -ENOMEM;
    }
    pages->list = list;
    list[pages->count++] = page;
    return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): folders nest, at most DEPTH_MAX deep */
static int folder_read(struct pages *pages, const char *folder,
                       const char *path, int depth)
{
    char file[PATH_MAX];
    char below[PAGE_PATH_TEXT];
    struct stat about;
    int err = 0;
    DIR *entries = opendir(folder);

    if (!entries)
        return errno == ENOENT ? 0 : -errno;
    for (struct dirent *entry; !err && (entry = readdir(entries));) {
        if (entry->d_name[0] == '.' ||
            snprintf(file, sizeof(file), "%s/%s", folder, entry->d_name) >=
                (int)sizeof(file) ||
            snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >=
                (int)sizeof(below) ||
            stat(file, &about))
            continue;
        if (S_ISDIR(about.st_mode) && depth < DEPTH_MAX)
            err = folder_read(pages, file, below, depth + 1);
        else if (S_ISREG(about.st_mode))
            err = page_read(pages, file, below);
    }
    (void)closedir(entries);
    return err;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct page *)a)->path,
                  ((const struct page *)b)->path);
}

int pages_read(const char *folder, struct pages *out)
{
    struct pages pages = { .count = 0 };

    int err = folder_read(&pages, folder, "", 0);
    if (err) {
        pages_release(&pages);
        return err;
    }
    if (pages.count > 0)
        qsort(pages.list, pages.count, sizeof(*pages.list), by_path);
    *out = pages;
    return 0;
}

void pages_release(struct pages *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        free(pages->list[i].bytes);
        free(pages->list[i].gzip);
    }
    free(pages->list);
    *pages = (struct pages){ .count = 0 };
}

static int path_against(const void *path, const void *page)
{
    return strcmp(path, ((const struct page *)page)->path);
}

const struct page *pages_find(const struct pages *pages, const char *path)
{
    if (pages->count == 0)
        return NULL;
    return bsearch(path, pages->list, pages->count, sizeof(*pages->list),
                   path_against);
}
