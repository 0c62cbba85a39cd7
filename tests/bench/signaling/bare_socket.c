/*
 * bare_socket: the least that libwebsockets can do on libev: takes WebSockets
 * over TLS and echoes each text. What an accept and an idle socket of
 * `vestibule` cost is measured against this.
 *
 *   bare_socket PORT CERTIFICATE KEY
 */
#include <ev.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 512

struct echo {
    size_t length;
    unsigned char bytes[LWS_PRE + TEXT_MAX];
};

static int callback(struct lws *wsi, enum lws_callback_reasons reason,
                    void *user, void *in, size_t length)
{
    struct echo **echo = user;

    switch ((int)reason) {
    case LWS_CALLBACK_RECEIVE:
        if (length > TEXT_MAX || (!*echo && !(*echo = malloc(sizeof(**echo)))))
            return -1;
        memcpy((*echo)->bytes + LWS_PRE, in, length);
        (*echo)->length = length;
        lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if (!*echo)
            return 0;
        int wrote = lws_write(wsi, (*echo)->bytes + LWS_PRE, (*echo)->length,
                              LWS_WRITE_TEXT);
        free(*echo);
        *echo = NULL;
        return wrote < 0 ? -1 : 0;
    case LWS_CALLBACK_CLOSED:
        free(*echo);
        return 0;
    }
    return 0;
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events; /* to turn is enough */
}

static void on_stop(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)watcher, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

int main(int argc, char **argv)
{
    struct lws_protocols protocols[] = {
        { .name = "vestibule.1",
          .callback = callback,
          .per_session_data_size = sizeof(struct echo *),
          .rx_buffer_size = 4096 },
        { .name = NULL },
    };
    struct ev_loop *loop = ev_default_loop(0);
    void *loops[] = { loop };
    struct lws_context_creation_info info = {
        .protocols = protocols,
        .foreign_loops = loops,
        .options = LWS_SERVER_OPTION_LIBEV |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_DISABLE_IPV6,
        .alpn = "http/1.1",
        .timeout_secs = 15,
    };
    ev_timer tick;
    ev_signal terminate;

    if (argc != 4)
        return 2;
    info.port = atoi(argv[1]);
    info.ssl_cert_filepath = argv[2];
    info.ssl_private_key_filepath = argv[3];
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context *context = lws_create_context(&info);
    if (!context)
        return 1;
    ev_timer_init(&tick, on_tick, 0.1, 0.1); /* lws' own timers sleep else */
    ev_timer_start(loop, &tick);
    ev_signal_init(&terminate, on_stop, SIGTERM);
    ev_signal_start(loop, &terminate);
    fprintf(stderr, "serving address\n");
    ev_run(loop, 0);
    lws_context_destroy(context);
    return 0;
}
