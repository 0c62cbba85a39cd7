#include "media/options.h"

#include "base/log.h"
#include "media/sockets.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void usage(FILE *to)
{
    fprintf(to, "usage: vestibule-relay "
                "--control PATH|tls:ADDRESS:PORT...\n"
                "           [--certificate FILE --key FILE "
                "--authority FILE]\n"
                "           [--listen ADDRESS:PORT]... (0.0.0.0:3478)\n"
                "           [--announce ADDRESS]... [--workers N] "
                "[--name NAME]\n"
                "           [--drain SECONDS] [--log LEVEL] [--user NAME]\n");
}

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

static bool read_drain(struct options *options, const char *text)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return wrong("--drain must be a number of seconds, at most 99999",
                     text);
    options->drain_s = (unsigned)strtoul(text, NULL, 10);
    return true;
}

static bool read_control(struct options *options, const char *text)
{
    struct address address;
    bool tls = strncmp(text, CONTROL_TLS, strlen(CONTROL_TLS)) == 0;

    if (options->control_count == CONTROL_DOORS_MAX)
        return wrong("--control stands at most four times", text);
    if (tls && !sockets_parse(text + strlen(CONTROL_TLS), &address))
        return wrong("--control must be a path or tls:ADDRESS:PORT", text);
    if (!tls && options->socket)
        return wrong("--control takes one path only", text);
    if (!tls)
        options->socket = text;
    options->controls[options->control_count++] = text;
    return true;
}

#define NAME_CHARACTERS                                                        \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static bool read_relay_name(struct options *options, const char *text)
{
    size_t length = strlen(text);

    if (length == 0 || length > MEDIA_NAME_MAX ||
        strspn(text, NAME_CHARACTERS) != length)
        return wrong("--name must be 1 to 64 of A-Z a-z 0-9 . _ -", text);
    memcpy(options->name, text, length + 1);
    return true;
}

/* Without --name: the machine's. */
static bool name_ourselves(struct options *options)
{
    char host[MEDIA_NAME_MAX + 1] = "";

    if (options->name[0])
        return true;
    (void)gethostname(host, MEDIA_NAME_MAX);
    return read_relay_name(options, host[0] ? host : "relay");
}

static bool read_option(struct options *options, int option, const char *text)
{
    switch (option) {
    case 'c':
        return read_control(options, text);
    case 'C':
        options->files.certificate = text;
        return true;
    case 'K':
        options->files.key = text;
        return true;
    case 'A':
        options->files.authority = text;
        return true;
    case 'n':
        return read_relay_name(options, text);
    case 'd':
        return read_drain(options, text);
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

static bool has_files(const struct options *options)
{
    const struct mutual_tls_files *files = &options->files;
    bool tls = options->control_count > (options->socket != NULL);

    if (tls && (!files->certificate || !files->key || !files->authority))
        return wrong("--control", "tls: needs --certificate, --key and "
                                  "--authority");
    if (!tls && (files->certificate || files->key || files->authority))
        return wrong("--certificate, --key and --authority",
                     "belong to --control tls:ADDRESS:PORT");
    return true;
}

bool options_read(int count, char **words, struct options *out)
{
    static const struct option names[] = {
        { "control", required_argument, NULL, 'c' },
        { "certificate", required_argument, NULL, 'C' },
        { "key", required_argument, NULL, 'K' },
        { "authority", required_argument, NULL, 'A' },
        { "name", required_argument, NULL, 'n' },
        { "drain", required_argument, NULL, 'd' },
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
    if (out->control_count == 0)
        return wrong("--control is missing", "where signaling connects to");
    if (out->listen_count == 0) {
        (void)sockets_parse("0.0.0.0:3478", &out->listens[0]);
        out->listen_count = 1;
    }
    if (!ports_fit(out))
        return wrong("--workers", "the last worker's port is above 65535");
    return has_files(out) && name_ourselves(out);
}
