/*
 * counterpart: a process that plays the other side (the payment sandbox, the
 * mailbox), its addresses read from its first line, and plain HTTP to it.
 */
#ifndef TESTS_APP_COUNTERPART_H
#define TESTS_APP_COUNTERPART_H

#include "tests/unit/app/given.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

struct counterpart {
    pid_t pid;
    char line[200]; /* its first */
};

extern char **environ;

static inline void counterpart_start(struct counterpart *out,
                                     const char *script)
{
    int ends[2];
    posix_spawn_file_actions_t actions;
    char *argv[] = { (char *)"node", (char *)(uintptr_t)script, NULL };
    size_t length = 0;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    assert_int_equal(
        posix_spawnp(&out->pid, "node", &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    while (length + 1 < sizeof(out->line)) {
        ssize_t got = read(ends[0], out->line + length, 1);
        assert_int_equal(got, 1);
        if (out->line[length] == '\n')
            break;
        length += 1;
    }
    out->line[length] = '\0';
    close(ends[0]);
}

static inline void counterpart_stop(struct counterpart *counterpart)
{
    if (counterpart->pid <= 0)
        return; /* it never started; 0 would be all of ourselves */
    kill(counterpart->pid, SIGTERM);
    waitpid(counterpart->pid, NULL, 0);
}

struct page {
    char text[20000];
    size_t length;
};

static inline size_t page_keep(char *bytes, size_t size, size_t count,
                               void *arg)
{
    struct page *page = arg;
    size_t length = size * count;

    if (page->length + length < sizeof(page->text)) {
        memcpy(page->text + page->length, bytes, length);
        page->length += length;
        page->text[page->length] = '\0';
    }
    return length;
}

/* body NULL: GET. */
static inline long http(const char *url, const char *body, struct page *page)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/json");
    long status = 0;

    page->length = 0;
    page->text[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, page_keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, page);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

#endif
