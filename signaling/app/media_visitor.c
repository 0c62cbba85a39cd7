/*
 * media_visitor: the part of media for somebody without a visit, who tries
 * their device. Such a peer has a name of its own and stands in no room, so
 * nothing can be routed to it or from it.
 */
#include "signaling/app/media_inside.h"

#include "base/secret.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct media_visitor {
    struct media *media;
    char peer[ID_TEXT];
    char place[16];      /* spread over the relay's workers */
    struct relay *relay; /* that it joined, or NULL */
    media_fn *told;
    void *arg;
};

struct media_visitor *media_visitor_come(struct media *media, media_fn *told,
                                         void *arg)
{
    struct media_visitor *visitor;
    uint8_t id[ID_BYTES];

    if (!media_is_up(media) || media->visitors.count >= MEDIA_VISITORS_MAX)
        return NULL;
    visitor = calloc(1, sizeof(*visitor));
    assert(visitor);
    secret_random(id, sizeof(id));
    visitor->media = media;
    visitor->told = told;
    visitor->arg = arg;
    text_base64url(slice(id, sizeof(id)), visitor->peer);
    (void)snprintf(visitor->place, sizeof(visitor->place), "check-%u",
                   id[0] % MEDIA_VISITORS_MAX);
    map_put(&media->visitors, slice_of_text(visitor->peer), visitor);
    return visitor;
}

void media_visitor_leave(struct media_visitor *visitor)
{
    struct media *media;

    if (!visitor)
        return;
    media = visitor->media;
    if (visitor->relay && media->relays)
        relay_leave(visitor->relay, visitor->peer, NULL, NULL);
    (void)map_remove(&media->visitors, slice_of_text(visitor->peer));
    free(visitor);
}

/* What is asked of the relay; the visitor may leave meanwhile. */
struct asked {
    offer_fn *done;
    void *arg;
};

static void answered(void *arg, const struct relay_answer *answer)
{
    struct asked *asked = arg;
    const char *code = answer->refused;

    asked->done(asked->arg, code ? NULL : answer->sdp ? answer->sdp : "", code);
    free(asked);
}

/* NULL, and answered, when there is no relay. */
static struct asked *asked_of(struct media_visitor *visitor, offer_fn *done,
                              void *arg)
{
    struct asked *asked;

    if (!visitor->relay || !visitor->media->relays) {
        done(arg, NULL, "no_relay");
        return NULL;
    }
    asked = calloc(1, sizeof(*asked));
    assert(asked);
    *asked = (struct asked){ .done = done, .arg = arg };
    return asked;
}

/* It stays where it is, while that relay is there. */
static void choose_relay(struct media_visitor *visitor)
{
    const struct media *media = visitor->media;

    if (!media->relays)
        return;
    if (visitor->relay && relay_is_up(visitor->relay) &&
        !relay_is_draining(visitor->relay))
        return;
    visitor->relay = placement_any(media->placement);
}

void media_visitor_offer(struct media_visitor *visitor, const char *sdp,
                         offer_fn *done, void *arg)
{
    struct asked *asked;

    choose_relay(visitor);
    asked = asked_of(visitor, done, arg);
    if (asked)
        relay_join(visitor->relay, visitor->place, visitor->peer, sdp, answered,
                   asked);
}

void media_visitor_house(struct media_visitor *visitor, const char *play,
                         offer_fn *done, void *arg)
{
    struct asked *asked = asked_of(visitor, done, arg);

    if (asked)
        relay_house(visitor->relay, visitor->peer, play, answered, asked);
}

void media_visitor_probe(struct media_visitor *visitor, offer_fn *done,
                         void *arg)
{
    struct asked *asked = asked_of(visitor, done, arg);

    if (asked)
        relay_probe(visitor->relay, visitor->peer, answered, asked);
}

static void tell(struct media_visitor *visitor, const struct media_event *event)
{
    visitor->told(visitor->arg, event);
}

void media_visitor_hear(struct media *media, const struct relay_event *heard)
{
    struct media_visitor *visitor =
        map_get(&media->visitors, slice_of_text(heard->peer));
    struct media_event event = { .kind = MEDIA_AGAIN };

    if (!visitor)
        return;
    if (heard->kind == RELAY_HEARD || heard->kind == RELAY_PROBED)
        event = media_checked(heard);
    else if (heard->kind != RELAY_GONE)
        return;
    tell(visitor, &event);
}

void media_visitors_again(struct media *media, const struct relay *relay)
{
    struct media_event event = { .kind = MEDIA_AGAIN };
    struct media_visitor *visitor;
    size_t cursor = 0;

    while ((visitor = map_next(&media->visitors, &cursor)))
        if (visitor->relay == relay)
            tell(visitor, &event);
}
