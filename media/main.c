/*
 * vestibule-relay: forwards sound and pictures between the pages that signaling
 * routes to each other. It reads no disk after its start and keeps no media.
 */
#include "base/log.h"
#include "base/secret.h"
#include "media/control.h"
#include "media/sandbox.h"
#include "media/sockets.h"
#include "media/transport/srtp.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define USAGE_EXIT 2

struct options {
    const char *control;
    struct address listens[WORKER_LISTENS_MAX];
    size_t listen_count;
    struct address announces[WORKER_ANNOUNCES_MAX];
    size_t announce_count;
    unsigned workers;
    bool has_user;
    uid_t user;
    gid_t group;
};

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

static void usage(FILE *to)
{
    fprintf(to, "usage: vestibule-relay --control PATH\n"
                "           [--listen ADDRESS:PORT]... (0.0.0.0:3478)\n"
                "           [--announce ADDRESS]... [--workers N] "
                "[--log LEVEL] [--user NAME]\n");
}

/* ---- options ----------------------------------------------------------------
 */

static bool wrong(const char *sentence, const char *value)
{
    fprintf(stderr, "vestibule-relay: %s: %s\n", sentence, value);
    return false;
}

static bool read_level(const char *text)
{
    static const struct {
        const char *name;
        enum log_level level;
    } levels[] = {
        { "error", LOG_LEVEL_ERROR },
        { "warning", LOG_LEVEL_WARNING },
        { "notice", LOG_LEVEL_NOTICE },
        { "debug", LOG_LEVEL_DEBUG },
    };

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcmp(text, levels[i].name) != 0)
            continue;
        log_threshold(levels[i].level);
        return true;
    }
    return wrong("--log must be error, warning, notice or debug", text);
}

static bool read_user(struct options *options, const char *text)
{
    const struct passwd *user = getpwnam(text);

    if (!user)
        return wrong("--user names nobody on this machine", text);
    options->has_user = true;
    options->user = user->pw_uid;
    options->group = user->pw_gid;
    return true;
}

static bool read_workers(struct options *options, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long count = strtoul(text, NULL, 10);

    if (digits == 0 || digits > 3 || text[digits] != '\0' || count < 1 ||
        count > MEDIA_WORKERS_MAX)
        return wrong("--workers must be a number from 1 to 64", text);
    options->workers = (unsigned)count;
    return true;
}

static bool read_option(struct options *options, int option, const char *text)
{
    switch (option) {
    case 'c':
        options->control = text;
        return true;
    case 'l':
        if (options->listen_count == WORKER_LISTENS_MAX ||
            !sockets_parse(text, &options->listens[options->listen_count]))
            return wrong("--listen must be ADDRESS:PORT, at most four times",
                         text);
        options->listen_count += 1;
        return true;
    case 'a':
        if (options->announce_count == WORKER_ANNOUNCES_MAX ||
            !sockets_parse_host(text,
                                &options->announces[options->announce_count]))
            return wrong("--announce must be an IP address, at most eight "
                         "times",
                         text);
        options->announce_count += 1;
        return true;
    case 'w':
        return read_workers(options, text);
    case 'g':
        return read_level(text);
    case 'u':
        return read_user(options, text);
    default:
        usage(stderr);
        return false;
    }
}

static bool ports_fit(const struct options *options)
{
    for (size_t i = 0; i < options->listen_count; i++)
        if (options->listens[i].port + options->workers - 1 > 65535)
            return false;
    return true;
}

static bool read_options(int count, char **words, struct options *out)
{
    static const struct option names[] = {
        { "control", required_argument, NULL, 'c' },
        { "listen", required_argument, NULL, 'l' },
        { "announce", required_argument, NULL, 'a' },
        { "workers", required_argument, NULL, 'w' },
        { "log", required_argument, NULL, 'g' },
        { "user", required_argument, NULL, 'u' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    *out = (struct options){ .workers = 1, .user = geteuid() };
    while ((option = getopt_long(count, words, "", names, NULL)) != -1)
        if (!read_option(out, option, optarg))
            return false;
    if (optind < count)
        return wrong("this is no option", words[optind]);
    if (!out->control)
        return wrong("--control is missing", "where signaling connects to");
    if (out->listen_count == 0) {
        (void)sockets_parse("0.0.0.0:3478", &out->listens[0]);
        out->listen_count = 1;
    }
    if (!ports_fit(out))
        return wrong("--workers", "the last worker's port is above 65535");
    return true;
}

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
    struct control_options control = { .path = options->control,
                                       .user = options->user,
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
    control.worker_count = relay->worker_count;
    control.events = relay->events;
    err = control_new(&control, &relay->control);
    if (err)
        return err;
    err = sandbox_close(&(struct sandbox){ .has_user = options->has_user,
                                           .user = options->user,
                                           .group = options->group,
                                           .control = options->control });
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

/* SIGTERM and SIGINT as a descriptor; blocked before any thread begins. */
static int stop_descriptor(void)
{
    sigset_t signals;

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

    if (!read_options(count, words, &options))
        return USAGE_EXIT;
    raise_descriptors();
    err = relay_init(&relay, &options);
    for (unsigned i = 0; !err && i < relay.worker_count; i++)
        err = worker_start(relay.workers[i]);
    if (!err)
        err = sandbox_seal();
    if (!err) {
        log_notice("relay serves workers=%u", relay.worker_count);
        control_run(relay.control, stop);
        log_notice("relay ends");
    } else {
        log_error("relay cannot start errno=%d", -err);
    }
    relay_release(&relay);
    close(stop);
    return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
