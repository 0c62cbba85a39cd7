#include "signaling/edge/visitor.h"

#include "signaling/app/clock.h"
#include "signaling/edge/route_inner.h"

static void on_told(void *arg, const struct media_event *event)
{
    struct socket *socket = arg;

    if (event->kind == MEDIA_HEARD)
        ws_send(socket, frame_heard(NULL, event));
    else if (event->kind == MEDIA_MEASURED)
        ws_send(socket, frame_line(NULL, event));
    else if (event->kind == MEDIA_AGAIN)
        ws_send(socket, frame_media(NULL, "again"));
}

void visitor_open(struct socket *socket)
{
    socket->known = true;
    socket->opened_ms = clock_now_ms();
}

void visitor_close(struct socket *socket)
{
    media_visitor_leave(socket->visitor);
    socket->visitor = NULL;
}

/* The relay may be away or full; then the page says so and people try again. */
static struct media_visitor *come(struct socket *socket,
                                  const struct wire_frame *frame)
{
    if (!socket->visitor)
        socket->visitor =
            media_visitor_come(socket->edge->app->media, on_told, socket);
    if (!socket->visitor)
        ws_send(socket, wire_refused(frame->id_text, "no_relay",
                                     "The test is not available at the moment. "
                                     "Try again."));
    return socket->visitor;
}

static void ask_offer(struct socket *socket, const struct wire_frame *frame)
{
    const char *sdp;

    if (route_sdp_read(socket, frame, &sdp) && come(socket, frame))
        media_visitor_offer(socket->visitor, sdp, route_on_offer,
                            route_ask(socket, frame));
}

static void ask_house(struct socket *socket, const struct wire_frame *frame)
{
    const char *play;

    if (route_play_read(socket, frame, &play) && come(socket, frame))
        media_visitor_house(socket->visitor, play, route_on_media,
                            route_ask(socket, frame));
}

static void ask_probe(struct socket *socket, const struct wire_frame *frame)
{
    if (come(socket, frame))
        media_visitor_probe(socket->visitor, route_on_media,
                            route_ask(socket, frame));
}

static const struct {
    const char *verb;
    request_fn *take;
} verbs[] = {
    { "ping", take_ping },  { "ice", take_ice },    { "offer", ask_offer },
    { "house", ask_house }, { "probe", ask_probe },
};

static void answer(struct socket *socket, const struct wire_frame *frame)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].verb, frame->verb) == 0) {
            verbs[i].take(socket, frame);
            return;
        }
    route_refuse(socket, frame->id_text, REFUSED_FORBIDDEN);
}

void visitor_frame(struct socket *socket, struct slice text)
{
    struct wire_frame frame;
    struct wire_complaint why;

    if (++socket->asks > VISITOR_ASKS_MAX) {
        ws_end(socket);
        return;
    }
    if (wire_frame_read(text, &frame, &why)) {
        route_refuse_saying(socket, frame.id_text, &why);
        return;
    }
    answer(socket, &frame);
    wire_frame_release(&frame);
}

void visitor_sweep(struct socket *socket, int64_t now_ms)
{
    if (now_ms - socket->opened_ms > VISITOR_LIFE_MS)
        ws_end(socket);
}
