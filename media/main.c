/*
 * vestibule-relay: forwards sound and pictures between the pages that signaling
 * routes to each other. It reads no disk after its start and keeps no media.
 */
#include "base/log.h"
#include "base/secret.h"
#include "media/control.h"
#include "media/options.h"
#include "media/sandbox.h"
#include "media/transport/srtp.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define USAGE_EXIT 2

struct relay {
    struct dtls_context dtls;
    struct srtp_out anchor;
    bool anchored;
    struct hold_audio *hold;
    struct queue *events;
    struct worker *workers[MEDIA_WORKERS_MAX];
    unsigned worker_count;
    struct control *control;
};

/* ---- life -------------------------------------------------------------------
 */

static int relay_workers(struct relay *relay, const struct options *options)
{
    struct worker_options each = {
        .listen_count = options->listen_count,
        .announce_count = options->announce_count,
        .dtls = &relay->dtls,
        .hold = relay->hold,
        .events = relay->events,
    };

    memcpy(each.announces, options->announces, sizeof(each.announces));
    for (unsigned i = 0; i < options->workers; i++) {
        int err;

        each.index = i;
        for (size_t l = 0; l < options->listen_count; l++) {
            each.listens[l] = options->listens[l];
            each.listens[l].port = (uint16_t)(options->listens[l].port + i);
        }
        err = worker_new(&each, &relay->workers[i]);
        if (err)
            return err;
        relay->worker_count += 1;
    }
    return 0;
}

/* NSS, below libsrtp, unloads its parts when the last session ends and would
 * read them from disk for the next one. This one is never used and outlives
 * all others. */
static int relay_anchor(struct relay *relay)
{
    struct srtp_keys keys = { .profile = SRTP_PROFILE_AES128_GCM };
    int err;

    secret_random(keys.local, sizeof(keys.local));
    secret_random(keys.remote, sizeof(keys.remote));
    err = srtp_out_init(&relay->anchor, &keys);
    relay->anchored = err == 0;
    srtp_keys_wipe(&keys);
    return err;
}

static int relay_init(struct relay *relay, const struct options *options)
{
    struct control_options control = { .at_count = options->control_count,
                                       .files = options->files,
                                       .user = options->user,
                                       .name = options->name,
                                       .drain_s = options->drain_s,
                                       .workers = relay->workers };
    int err = srtp_start();

    if (!err)
        err = relay_anchor(relay);
    if (!err)
        err = dtls_context_init(&relay->dtls);
    if (err)
        return err;
    relay->hold = hold_audio_new();
    relay->events = queue_new(CONTROL_EVENTS_MAX, sizeof(struct media_event));
    if (!relay->hold || !relay->events)
        return -ENOMEM;
    err = relay_workers(relay, options);
    if (err)
        return err;
    memcpy(control.at, options->controls, sizeof(control.at));
    control.worker_count = relay->worker_count;
    control.events = relay->events;
    err = control_new(&control, &relay->control);
    if (err)
        return err;
    err = sandbox_close(&(struct sandbox){ .has_user = options->has_user,
                                           .user = options->user,
                                           .group = options->group,
                                           .control = options->socket });
    if (err)
        log_error("cannot drop privileges errno=%d", -err);
    return err;
}

static void relay_release(struct relay *relay)
{
    struct media_event event;

    for (unsigned i = 0; i < relay->worker_count; i++)
        worker_free(relay->workers[i]);
    control_free(relay->control);
    while (relay->events && queue_pop(relay->events, &event)) {
        free(event.answer);
        media_report_free(event.report);
    }
    queue_free(relay->events);
    hold_audio_free(relay->hold);
    if (relay->anchored)
        srtp_out_release(&relay->anchor);
    if (relay->dtls.ssl_ctx)
        dtls_context_release(&relay->dtls);
}

/* Each page that comes by TCP takes one. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* SIGTERM and SIGINT as a descriptor; blocked before any thread begins. Whoever
 * closes a TLS connection in the middle does not end us. */
static int stop_descriptor(void)
{
    sigset_t signals;

    (void)signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

int main(int count, char **words)
{
    struct options options;
    struct relay relay = { 0 };
    int stop = stop_descriptor();
    int err;

    if (!options_read(count, words, &options))
        return USAGE_EXIT;
    raise_descriptors();
    err = relay_init(&relay, &options);
    for (unsigned i = 0; !err && i < relay.worker_count; i++)
        err = worker_start(relay.workers[i]);
    if (!err)
        err = sandbox_seal();
    if (!err) {
        log_notice("relay serves workers=%u name=%s", relay.worker_count,
                   options.name);
        control_run(relay.control, stop);
        log_notice("relay ends");
    } else {
        log_error("relay cannot start errno=%d", -err);
    }
    relay_release(&relay);
    close(stop);
    return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
