#include "signaling/app/metrics.h"

#include "signaling/edge/api.h"
#include "signaling/edge/ws.h"

#include <stdlib.h>

/* By kind of page. */
static void write_sockets(const struct edge *edge, FILE *out)
{
    static const char *const names[] = { "desk", "visit", "guest", "check" };
    double counts[4] = { 0 };

    list_each (link, after, &edge->sockets) {
        const struct socket *socket = list_member(link, struct socket, in_edge);
        int at = socket->kind == SOCKET_DESK    ? 0
                 : socket->kind == SOCKET_CHECK ? 3
                 : socket->guest                ? 2
                                                : 1;
        counts[at] += 1;
    }
    metrics_family(out, "vestibule_sockets", "gauge",
                   "Pages connected, by what they are.");
    for (int i = 0; i < 4; i++)
        metrics_sample(out, "vestibule_sockets", "page", names[i], counts[i]);
}

static void on_metrics(void *arg, const struct metrics_now *now)
{
    struct request *request = arg;
    char *text = NULL;
    size_t length = 0;

    http_resume(request);
    FILE *out = open_memstream(&text, &length);
    if (!out) {
        http_answer_problem(request, 503, "try_again", "Out of memory.");
        return;
    }
    metrics_write(request->edge->app->metrics, now, out);
    write_sockets(request->edge, out);
    if (fclose(out) != 0) {
        free(text);
        http_answer_problem(request, 503, "try_again", "Out of memory.");
        return;
    }
    http_answer_text(request, text, length,
                     "text/plain; version=0.0.4; charset=utf-8");
}

void api_metrics(struct request *request, const struct api_parts *parts)
{
    (void)parts;
    if (!request->from_watcher) {
        http_answer_problem(request, 404, "unknown", "There is no such page.");
        return;
    }
    http_wait(request);
    app_metrics_now(request->edge->app, on_metrics, request);
}
