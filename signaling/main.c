/*
 * vestibule: reads the settings, builds the parts in their order, turns the
 * loop, and on SIGTERM or SIGINT sends every page away and finishes.
 */
#include "base/secret.h"
#include "signaling/app/admin.h"
#include "signaling/config.h"
#include "signaling/edge/edge.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DRAIN_S 5.0 /* how long answers under way are waited for */

/* What app and edge borrow texts from. */
struct house {
    struct config config;
    char mail_password[CONFIG_SECRET_MAX];
    char sms_key[CONFIG_SECRET_MAX];
    char turn_secret[CONFIG_SECRET_MAX];
    char redis_password[CONFIG_SECRET_MAX];
    char payment_key[CONFIG_SECRET_MAX];
    char payment_webhook_secret[CONFIG_SECRET_MAX];
    char admin_socket[CONFIG_TEXT + 8];
    struct app_options options;
    struct app *app;
    struct edge *edge;
    ev_timer drain;
    int drained_ticks;
};

/* ---- settings -------------------------------------------------------------
 */

/* The settings before the first word that is none; returns its index. */
static int settings_read(struct config *config, int argc, char **argv,
                         char *error)
{
    int i = 1;

    for (; i < argc; i++) {
        int err;
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            err = config_read(config, argv[++i], error);
        else if (strchr(argv[i], '=') && argv[i][0] != '-')
            err = config_set(config, argv[i], "command line", error);
        else
            break;
        if (err)
            return err;
    }
    return i;
}

static int secrets_read(struct house *house, char *error)
{
    const struct config *config = &house->config;
    const struct {
        const char *path;
        char *out;
    } secrets[] = {
        { config->mail_password_file, house->mail_password },
        { config->sms_key_file, house->sms_key },
        { config->turn_secret_file, house->turn_secret },
        { config->redis_password_file, house->redis_password },
        { config->payment_key_file, house->payment_key },
        { config->payment_webhook_secret_file, house->payment_webhook_secret },
    };

    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (config_secret(secrets[i].path, secrets[i].out, CONFIG_SECRET_MAX,
                          error))
            return -1;
    if (config_master_key(config, house->options.master_key, error))
        return -1;
    return 0;
}

static void app_options_fill(struct house *house)
{
    const struct config *config = &house->config;
    struct app_options *options = &house->options;

    snprintf(house->admin_socket, sizeof(house->admin_socket), "%s.admin",
             config->database);
    options->database = config->database;
    options->public_url = config->origin;
    options->relay_control = config->relay;
    options->relay_certificate = config->relay_certificate;
    options->relay_key = config->relay_key;
    options->relay_authority = config->relay_authority;
    /* Where several nodes share the record, the command line goes to it. */
    if (!strstr(config->database, "://"))
        options->admin_socket = house->admin_socket;
    options->redis = config->redis;
    options->redis_password = house->redis_password;
    options->times.opens_before_ms =
        (int64_t)config->opens_before_minutes * 60000;
    options->times.released_for_ms =
        (int64_t)config->released_for_days * 24 * 60 * 60 * 1000;
    options->payment_url = config->payment_url;
    options->payment_key = house->payment_key;
    options->payment_webhook_secret = house->payment_webhook_secret;
    options->mail_url = config->mail_url;
    options->mail_user = config->mail_user;
    options->mail_password = house->mail_password;
    options->mail_from = config->mail_from;
    options->turn_urls = config->turn;
    options->turn_secret = house->turn_secret;
    options->sms_url = config->sms_url;
    options->sms_key = house->sms_key;
}

static struct edge_options edge_options_of(const struct house *house)
{
    const struct config *config = &house->config;
    struct edge_options options = {
        .app = house->app,
        .loop = house->options.loop,
        .listen_count = config->listen_count,
        .origin = config->origin,
        .origins = config->origins,
        .tls_certificate = config->tls_certificate,
        .tls_key = config->tls_key,
        .web_root = config->web_root,
        .trusted_proxies = config->trusted_proxies,
        .metrics_from = config->metrics_from,
        .payment_page = config->payment_page,
        .sign_in_per_minute = config->sign_in_per_minute,
        .claim_per_minute = config->claim_per_minute,
        .connect_per_minute = config->connect_per_minute,
        .messages_per_second = config->messages_per_second,
        .messages_burst = config->messages_burst,
    };

    for (size_t i = 0; i < config->listen_count; i++)
        options.listen[i] = (struct edge_listen){
            config->listen[i].address,
            config->listen[i].port,
        };
    return options;
}

/* ---- serving --------------------------------------------------------------
 */

static void on_drain(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct house *house = timer->data;

    (void)events;
    house->drained_ticks++;
    if (edge_is_idle(house->edge) ||
        house->drained_ticks * timer->repeat >= DRAIN_S)
        ev_break(loop, EVBREAK_ALL);
}

static void on_stop(struct ev_loop *loop, ev_signal *watcher, int events)
{
    struct house *house = watcher->data;

    (void)events;
    if (ev_is_active(&house->drain)) {
        ev_break(loop, EVBREAK_ALL); /* asked twice */
        return;
    }
    log_notice("stopping");
    edge_drain(house->edge);
    ev_timer_start(loop, &house->drain);
}

static void turn(struct house *house)
{
    struct ev_loop *loop = house->options.loop;
    ev_signal terminate;
    ev_signal interrupt;

    ev_signal_init(&terminate, on_stop, SIGTERM);
    ev_signal_init(&interrupt, on_stop, SIGINT);
    ev_timer_init(&house->drain, on_drain, 0.05, 0.05);
    terminate.data = interrupt.data = house->drain.data = house;
    ev_signal_start(loop, &terminate);
    ev_signal_start(loop, &interrupt);
    for (size_t i = 0; i < house->config.listen_count; i++)
        log_notice("serving address=%s port=%u origin=%s",
                   house->config.listen[i].address,
                   house->config.listen[i].port, house->config.origin);
    ev_run(loop, 0);
    ev_signal_stop(loop, &terminate);
    ev_signal_stop(loop, &interrupt);
    ev_timer_stop(loop, &house->drain);
}

static int serve(struct house *house, char *error)
{
    int err = app_new(&house->options, &house->app, error, CONFIG_ERROR_TEXT);

    if (err)
        return err;
    struct edge_options options = edge_options_of(house);
    err = edge_new(&options, &house->edge, error, CONFIG_ERROR_TEXT);
    if (!err) {
        turn(house);
        edge_close(house->edge);
    }
    app_free(house->app);
    edge_free(house->edge);
    return err;
}

/* ---- the command line -----------------------------------------------------
 */

static int usage(FILE *out)
{
    fprintf(out,
            "usage: vestibule [--config FILE] [key=value ...]\n"
            "       vestibule [--config FILE] [key=value ...] "
            "admin COMMAND ...\n"
            "       vestibule [--config FILE] [key=value ...] verify\n\n"
            "The settings are explained in deploy/vestibule.conf. Commands:\n"
            "%s",
            admin_usage());
    return out == stdout ? 0 : 2;
}

static int run(struct house *house, int argc, char **argv, int next,
               char *error)
{
    bool admin = next < argc && strcmp(argv[next], "admin") == 0;
    const char *command = next + admin < argc ? argv[next + admin] : NULL;

    if (command && (strcmp(command, "help") == 0 || command[0] == '-'))
        return usage(strcmp(command, "help") == 0 ? stdout : stderr);
    if ((admin && !command) || (command && !admin_knows(command)))
        return usage(stderr);
    if (config_check(&house->config, error) || secrets_read(house, error))
        return -1;
    app_options_fill(house);
    if (command)
        return admin_main(argc - next - admin, argv + next + admin,
                          &house->options);
    return serve(house, error) ? -1 : 0;
}

int main(int argc, char **argv)
{
    char error[CONFIG_ERROR_TEXT] = "";
    struct house *house = calloc(1, sizeof(*house));

    if (!house)
        return 1;
    (void)signal(SIGPIPE, SIG_IGN);
    house->options.loop = ev_default_loop(0);
    config_init(&house->config);
    int next = settings_read(&house->config, argc, argv, error);
    int status = next;
    if (next >= 0) {
        log_threshold(house->config.log);
        status = run(house, argc, argv, next, error);
    }
    if (error[0])
        fprintf(stderr, "vestibule: %s\n", error);
    secret_wipe(house, sizeof(*house));
    free(house);
    return status < 0 ? 1 : status;
}
