#include "signaling/edge/route.h"

#include "signaling/edge/route_inner.h"

#include <stdlib.h>

/* ---- an answer that is still to come --------------------------------------
 */

struct ask *route_ask(struct socket *socket, const struct wire_frame *frame)
{
    struct ask *ask = calloc(1, sizeof(*ask));

    if (!ask)
        abort();
    ask->socket = socket;
    memcpy(ask->re, frame->id_text, sizeof(ask->re));
    memcpy(ask->visit.bytes, frame->of, ID_BYTES);
    ws_hold(socket);
    return ask;
}

void route_done(struct ask *ask)
{
    ws_release(ask->socket);
    free(ask);
}

void route_refuse(struct socket *socket, const char *re, enum refusal refusal)
{
    ws_send(socket,
            wire_refused(re, refusal_code(refusal), refusal_say(refusal)));
}

void route_refuse_saying(struct socket *socket, const char *re,
                         const struct wire_complaint *why)
{
    ws_send(socket, wire_refused(re, refusal_code(REFUSED_INVALID), why->say));
}

void route_answer(struct ask *ask, enum refusal refusal, json_t *ok)
{
    if (refusal) {
        json_decref(ok);
        route_refuse(ask->socket, ask->re, refusal);
    } else {
        ws_send(ask->socket, ok);
    }
    route_done(ask);
}

/* ---- commands -------------------------------------------------------------
 */

void route_on_command(void *arg, const struct answer *done)
{
    struct ask *ask = arg;

    route_answer(ask, done->refusal,
                 wire_done(ask->re, done->consultation, done->seq));
}

/* These come by other ways: the house itself, HTTP, or a request below. */
static bool is_said_by_pages(enum command_kind kind)
{
    if (kind == COMMAND_KINDS || kind == COMMAND_DRAFT_PRESCRIPTION ||
        kind == COMMAND_FETCH)
        return false;
    return (command_roles(kind) & ROLES_PEOPLE) != 0;
}

static void take_command(struct socket *socket, enum command_kind kind,
                         const struct wire_frame *frame)
{
    struct wire_complaint why;
    struct command command;

    if (wire_command_read(frame, kind, &command, &why)) {
        route_refuse_saying(socket, frame->id_text, &why);
        return;
    }
    command.actor = socket->actor;
    engine_submit(socket->edge->app->engine, &command, route_on_command,
                  route_ask(socket, frame));
}

/* ---- which is for whom ----------------------------------------------------
 */

#define DOCTOR    ROLE_BIT(ROLE_DOCTOR)
#define SECRETARY ROLE_BIT(ROLE_SECRETARY)

static const struct {
    const char *verb;
    unsigned roles;
    request_fn *take;
} requests[] = {
    { "ping", ROLES_PEOPLE, take_ping },
    { "presence", ROLES_PEOPLE, take_presence },
    { "show_day", ROLES_STAFF, take_show_day },
    { "watch", ROLES_STAFF, take_watch },
    { "unwatch", ROLES_STAFF, take_unwatch },
    { "take_over", ROLES_IN_CALLS, take_take_over },
    { "save_text", DOCTOR, take_save_text },
    { "find", ROLES_STAFF, take_find },
    { "letter", SECRETARY, take_letter },
    { "guest_link", ROLES_STAFF, take_guest_link },
    { "incident", ROLES_IN_CALLS, take_incident },
    { "preview_prescription", DOCTOR, take_preview },
    { "offer", ROLES_IN_CALLS, take_offer },
    { "house", ROLES_IN_CALLS, take_house },
    { "ice", ROLES_IN_CALLS, take_ice },
    { "probe", ROLES_IN_CALLS, take_probe },
};

static void route(struct socket *socket, const struct wire_frame *frame)
{
    unsigned role = ROLE_BIT(socket->actor.role);

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        if (strcmp(requests[i].verb, frame->verb) == 0) {
            if (requests[i].roles & role)
                requests[i].take(socket, frame);
            else
                route_refuse(socket, frame->id_text, REFUSED_FORBIDDEN);
            return;
        }
    enum command_kind kind = command_of_verb(frame->verb);
    if (!is_said_by_pages(kind))
        ws_send(socket, wire_refused(frame->id_text, "invalid",
                                     "\"do\" is no verb of this protocol."));
    else if (!(command_roles(kind) & role))
        route_refuse(socket, frame->id_text, REFUSED_FORBIDDEN);
    else
        take_command(socket, kind, frame);
}

void route_frame(struct socket *socket, struct slice text)
{
    struct wire_frame frame;
    struct wire_complaint why;

    if (wire_frame_read(text, &frame, &why)) {
        route_refuse_saying(socket, frame.id_text, &why);
        return;
    }
    route(socket, &frame);
    wire_frame_release(&frame);
}
