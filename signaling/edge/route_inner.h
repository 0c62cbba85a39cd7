/*
 * route_inner: what the table of verbs and the requests share.
 */
#ifndef EDGE_ROUTE_INNER_H
#define EDGE_ROUTE_INNER_H

#include "signaling/edge/frames.h"
#include "signaling/edge/ws.h"

/* Who asked, and under which id. */
struct ask {
    struct socket *socket;
    char re[ID_TEXT];
    struct consultation_id visit;
    enum incident kind; /* INCIDENT: what follows the check */
    uint32_t lasted_ms;
};

struct ask *route_ask(struct socket *socket, const struct wire_frame *frame);
void route_done(struct ask *ask);

void route_refuse(struct socket *socket, const char *re, enum refusal refusal);
void route_refuse_saying(struct socket *socket, const char *re,
                         const struct wire_complaint *why);
/* Sends ok (its reference is taken) or the refusal, and ends the ask. */
void route_answer(struct ask *ask, enum refusal refusal, json_t *ok);
answer_fn route_on_command;

/* Nothing durable, or not by the engine alone. Each is called for a role that
 * may use it. */
typedef void request_fn(struct socket *socket, const struct wire_frame *frame);
request_fn take_ping, take_show_day, take_watch, take_unwatch, take_presence,
    take_take_over, take_save_text, take_find, take_letter, take_guest_link,
    take_incident, take_preview, take_offer, take_house, take_ice, take_probe;

/* ---- media, also for who has no visit -------------------------------------
 */

/* False, and answered, when it is not right. */
bool route_sdp_read(struct socket *socket, const struct wire_frame *frame,
                    const char **out);
bool route_play_read(struct socket *socket, const struct wire_frame *frame,
                     const char **out);
offer_fn route_on_offer, route_on_media;

#endif
