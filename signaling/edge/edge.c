#include "signaling/edge/edge.h"

#include "base/log.h"
#include "signaling/app/clock.h"
#include "signaling/edge/api.h"
#include "signaling/edge/fanout.h"
#include "signaling/edge/visitor.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MOVED_A_SECOND 500 /* pages that go elsewhere; not all at once */
#define TICK_S         0.1 /* lws on libev lets its own timers sleep without it */

/* Forward secrecy and authenticated ciphers; lws' default offers CBC. */
#define CIPHERS_12                                                             \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"               \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"               \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

static int __attribute__((format(printf, 3, 4)))
wrong(char *error, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, size, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

/* lws may quote a request line, and that may hold a link. */
static void on_lws_log(int level, const char *line)
{
    if (level & LLL_ERR && !strstr(line, "/v/"))
        log_limited(LOG_LEVEL_WARNING, "lws says=\"%.*s\"",
                    (int)strcspn(line, "\n\""), line);
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events; /* to turn is enough */
}

/* Other nodes reach the relays: whoever is here does well to go there, which a
 * page does when its socket ends. */
static void look_at_relays(struct edge *edge)
{
    bool cut_off = media_is_cut_off(edge->app->media);
    unsigned sent = 0;

    if (cut_off && !edge->cut_off)
        log_warning("no relay is reached here, but elsewhere: pages move");
    edge->cut_off = cut_off;
    list_each (link, after, &edge->sockets) {
        struct socket *socket = list_member(link, struct socket, in_edge);
        if (!cut_off || sent == MOVED_A_SECOND)
            return;
        if (!ws_is_open(socket))
            continue;
        ws_send(socket, wire_flag("again", true));
        ws_end(socket);
        sent += 1;
    }
}

static void on_second(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct edge *edge = timer->data;

    (void)loop;
    (void)events;
    ws_sweep(edge, clock_now_ms());
    look_at_relays(edge);
}

static int context_create(struct edge *edge, char *error, size_t size)
{
    static const struct lws_protocols end = { .name = NULL };
    static struct lws_protocols protocols[3];
    void *loops[] = { edge->options.loop };
    struct lws_context_creation_info info = { .port = CONTEXT_PORT_NO_LISTEN };

    protocols[0] = *http_protocol();
    protocols[1] = *ws_protocol();
    protocols[2] = end;
    lws_set_log_level(LLL_ERR, on_lws_log);
    info.options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    if (edge->options.tls_certificate[0])
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.protocols = protocols;
    info.foreign_loops = loops;
    info.user = edge;
    info.timeout_secs = 15;
    info.keepalive_timeout = 30;
    info.max_http_header_data2 = 16 * 1024;
    info.pt_serv_buf_size = 16 * 1024;
    info.server_string = "vestibule";
    edge->lws = lws_create_context(&info);
    if (!edge->lws)
        return wrong(error, size, "libwebsockets did not start.");
    return 0;
}

/* ws.c looks after silent lines by itself: libwebsockets' own watch walks the
 * timers of all sockets for each one that opens. */
static const lws_retry_bo_t no_watch = { .secs_since_valid_hangup = 0 };

static int vhost_create(struct edge *edge, size_t index, char *error,
                        size_t size)
{
    static char names[8][16];
    const struct edge_listen *listen = &edge->options.listen[index];
    bool six = strchr(listen->address, ':') != NULL;
    bool any = strcmp(listen->address, "0.0.0.0") == 0 ||
               strcmp(listen->address, "::") == 0;
    static struct lws_protocols protocols[3];
    struct lws_context_creation_info info = { .port = listen->port };

    protocols[0] = *http_protocol();
    protocols[1] = *ws_protocol();
    snprintf(names[index], sizeof(names[index]), "listen%zu", index);
    info.vhost_name = names[index];
    info.iface = any ? NULL : listen->address;
    info.protocols = protocols;
    info.options = six ? LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY |
                             LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE
                       : LWS_SERVER_OPTION_DISABLE_IPV6;
    info.options |= LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    info.retry_and_idle_policy = &no_watch;
    info.timeout_secs = 15;
    info.keepalive_timeout = 30;
    if (edge->options.tls_certificate[0]) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = edge->options.tls_certificate;
        info.ssl_private_key_filepath = edge->options.tls_key;
        info.ssl_cipher_list = CIPHERS_12;
        info.alpn = "http/1.1"; /* posts over h2 die in lws 4.1.6 */
    }
    if (!lws_create_vhost(edge->lws, &info))
        return wrong(error, size, "listen: %s port %u cannot be served%s.",
                     listen->address, listen->port,
                     edge->options.tls_certificate[0]
                         ? ", or tls_certificate and tls_key do not fit"
                         : "");
    return 0;
}

static int prepare(struct edge *edge, char *error, size_t size)
{
    const struct edge_options *options = &edge->options;

    edge->secure = strncmp(options->origin, "https://", 8) == 0;
    edge->origins = (struct auth_origins){
        .origin = options->origin,
        .origins = options->origins,
        .plain = !options->tls_certificate[0],
    };
    if (networks_read(options->trusted_proxies, &edge->trusted))
        return wrong(error, size,
                     "trusted_proxies has something that is no address or "
                     "network: \"%.100s\".",
                     options->trusted_proxies);
    if (networks_read(options->metrics_from, &edge->watchers))
        return wrong(error, size,
                     "metrics_from has something that is no address or "
                     "network: \"%.100s\".",
                     options->metrics_from);
    int err = pages_read(options->web_root, &edge->pages);
    if (err)
        return wrong(error, size, "web_root %.200s cannot be read: %s.",
                     options->web_root, strerror(-err));
    if (edge->pages.count == 0)
        log_warning("web_root holds no pages");
    limit_init(&edge->sign_ins, options->sign_in_per_minute,
               options->sign_in_per_minute);
    limit_init(&edge->claims, options->claim_per_minute,
               options->claim_per_minute);
    limit_init(&edge->visitors, VISITOR_PER_MINUTE, VISITOR_PER_MINUTE);
    limit_init(&edge->connects, options->connect_per_minute,
               options->connect_per_minute);
    return 0;
}

static int start(struct edge *edge, char *error, size_t size)
{
    int err = prepare(edge, error, size);

    if (!err)
        err = context_create(edge, error, size);
    for (size_t i = 0; !err && i < edge->options.listen_count; i++)
        err = vhost_create(edge, i, error, size);
    if (err)
        return err;
    edge->fanout = fanout_new(edge);
    if (!edge->fanout)
        return -ENOMEM;
    http_handle(api_handle);
    ev_timer_init(&edge->tick, on_tick, TICK_S, TICK_S);
    ev_timer_init(&edge->second, on_second, 1.0, 1.0);
    edge->tick.data = edge;
    edge->second.data = edge;
    ev_timer_start(edge->options.loop, &edge->tick);
    ev_timer_start(edge->options.loop, &edge->second);
    return 0;
}

int edge_new(const struct edge_options *options, struct edge **out, char *error,
             size_t error_size)
{
    struct edge *edge = calloc(1, sizeof(*edge));

    if (!edge)
        return -ENOMEM;
    edge->options = *options;
    edge->app = options->app;
    list_init(&edge->requests);
    list_init(&edge->sockets);
    int err = start(edge, error, error_size);
    if (err) {
        edge_free(edge);
        return err;
    }
    *out = edge;
    return 0;
}

void edge_drain(struct edge *edge)
{
    edge->draining = true;
    list_each (link, after, &edge->sockets) {
        struct socket *socket = list_member(link, struct socket, in_edge);
        if (ws_is_open(socket))
            ws_send(socket, wire_flag("again", true));
    }
}

bool edge_is_idle(const struct edge *edge)
{
    if (edge->waiting > 0)
        return false;
    list_each (link, after, &edge->sockets)
        if (!list_is_empty(&list_member(link, struct socket, in_edge)->out))
            return false;
    list_each (request, next, &edge->requests)
        if (list_member(request, struct request, in_edge)->answered)
            return false;
    return true;
}

void edge_close(struct edge *edge)
{
    if (edge->closed)
        return;
    edge->closed = true;
    if (edge->fanout) {
        ev_timer_stop(edge->options.loop, &edge->tick);
        ev_timer_stop(edge->options.loop, &edge->second);
        fanout_stop(edge->fanout);
    }
    if (edge->lws)
        lws_context_destroy(edge->lws);
    edge->lws = NULL;
}

void edge_free(struct edge *edge)
{
    if (!edge)
        return;
    edge_close(edge);
    ws_free_all(edge);
    http_free_all(edge);
    fanout_free(edge->fanout);
    pages_release(&edge->pages);
    limit_release(&edge->sign_ins);
    limit_release(&edge->claims);
    limit_release(&edge->connects);
    limit_release(&edge->visitors);
    free(edge);
}
