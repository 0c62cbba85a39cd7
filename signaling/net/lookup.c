#include "signaling/net/lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct lookup {
    atomic_int owners; /* the loop and the thread: the last one frees */
    int event;
    char host[256];
    struct lookup_found found; /* written before the event */
    struct ev_loop *loop;
    ev_io answered;
    lookup_done_fn *done;
    void *arg;
};

static void let_go(struct lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->owners, 1) > 1)
        return;
    close(lookup->event);
    free(lookup);
}

static void *search(void *arg)
{
    struct lookup *lookup = arg;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct lookup_found *found = &lookup->found;
    struct addrinfo *all = NULL;
    uint64_t one = 1;

    if (getaddrinfo(lookup->host, NULL, &hints, &all) != 0)
        all = NULL;
    for (struct addrinfo *at = all; at && found->count < LOOKUP_MAX;
         at = at->ai_next)
        if (getnameinfo(at->ai_addr, at->ai_addrlen,
                        found->addresses[found->count], LOOKUP_TEXT, NULL, 0,
                        NI_NUMERICHOST) == 0)
            found->count += 1;
    if (all)
        freeaddrinfo(all);
    ssize_t written = write(lookup->event, &one, sizeof(one));
    (void)written; /* an eventfd takes a one at any time */
    let_go(lookup);
    return NULL;
}

static void on_answer(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct lookup *lookup = watcher->data;
    struct lookup_found found = lookup->found;
    lookup_done_fn *done = lookup->done;
    void *arg = lookup->arg;

    (void)events;
    ev_io_stop(loop, watcher);
    let_go(lookup);
    done(arg, &found);
}

struct lookup *lookup_start(struct ev_loop *loop, const char *host,
                            lookup_done_fn *done, void *arg)
{
    struct lookup *lookup = calloc(1, sizeof(*lookup));
    pthread_attr_t detached;
    pthread_t thread;

    if (!lookup)
        return NULL;
    atomic_init(&lookup->owners, 2);
    lookup->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    snprintf(lookup->host, sizeof(lookup->host), "%s", host);
    lookup->loop = loop;
    lookup->done = done;
    lookup->arg = arg;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    int err = lookup->event < 0
                  ? -1
                  : pthread_create(&thread, &detached, search, lookup);
    pthread_attr_destroy(&detached);
    if (err) {
        if (lookup->event >= 0)
            close(lookup->event);
        free(lookup);
        return NULL;
    }
    ev_io_init(&lookup->answered, on_answer, lookup->event, EV_READ);
    lookup->answered.data = lookup;
    ev_io_start(loop, &lookup->answered);
    return lookup;
}

void lookup_forget(struct lookup *lookup)
{
    if (!lookup)
        return;
    ev_io_stop(lookup->loop, &lookup->answered);
    let_go(lookup);
}
