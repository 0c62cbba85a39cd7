/*
 * media_offer: the part of media that carries what pages ask to the relay on
 * which their practitioner lives.
 */
#include "signaling/app/media_inside.h"

#include "base/text.h"
#include "signaling/core/access.h"

#include <assert.h>
#include <stdlib.h>

enum asked { ASKED_JOIN, ASKED_HOUSE, ASKED_PROBE };

struct offering {
    struct list link; /* of media.offers, until it is sent */
    bool outdated;    /* the page has offered again meanwhile */
    struct media *media;
    struct actor actor;
    struct media_page page;
    enum asked asked;
    char *sdp;
    char play[8];
    struct relay *relay;
    offer_fn *done;
    void *arg;
};

static void offering_end(struct offering *offering, const char *answer,
                         const char *code)
{
    offering->done(offering->arg, answer, code);
    list_remove(&offering->link);
    free(offering->sdp);
    free(offering);
}

/* ---- what the relay said --------------------------------------------------
 */

static void offering_joined(void *arg, const struct relay_answer *answer)
{
    struct offering *offering = arg;
    struct media *media = offering->media;
    struct media_page page = offering->page;

    if (answer->refused || !answer->sdp || !media->relays) {
        const char *code = answer->refused ? answer->refused : "no_relay";
        /* One that drains takes nobody new: soon there is another one. */
        if (strcmp(code, "draining") == 0)
            code = "no_relay";
        offering_end(offering, NULL, code);
        return;
    }
    struct media_page *noted = media_note_page(media, &page);
    noted->practitioner = page.practitioner;
    noted->relay = offering->relay;
    noted->assumed = false;
    noted->lost = false;
    offering_end(offering, answer->sdp, NULL);
    if (!media_settle(media, noted))
        return;
    if (page.role != ROLE_DOCTOR) {
        media_check(media, page.visit);
    } else {
        struct presence_change change = { .practitioner = page.practitioner,
                                          .holder = true };
        media_presence_changed(media, &change);
    }
}

static void offering_answered(void *arg, const struct relay_answer *answer)
{
    struct offering *offering = arg;

    offering_end(offering, answer->refused ? NULL : "", answer->refused);
}

/* ---- where to -------------------------------------------------------------
 */

static void offering_send(struct offering *offering)
{
    struct relay *relay = offering->relay;
    const char *peer = offering->page.peer;
    char place[ID_TEXT];

    switch (offering->asked) {
    case ASKED_JOIN:
        text_base64url(slice(offering->page.practitioner.bytes, ID_BYTES),
                       place);
        relay_join(relay, place, peer, offering->sdp, offering_joined,
                   offering);
        break;
    case ASKED_HOUSE:
        relay_house(relay, peer, offering->play, offering_answered, offering);
        break;
    case ASKED_PROBE:
        relay_probe(relay, peer, offering_answered, offering);
        break;
    }
}

static void offering_found(void *arg, struct relay *relay)
{
    struct offering *offering = arg;

    if (!relay || !offering->media->relays || offering->outdated) {
        offering_end(offering, NULL, "no_relay");
        return;
    }
    list_remove(&offering->link);
    offering->relay = relay;
    offering_send(offering);
}

static void offering_find(struct offering *offering)
{
    if (!offering->media->relays)
        offering_end(offering, NULL, "no_relay");
    else
        placement_find(offering->media->placement, offering->page.practitioner,
                       offering_found, offering);
}

static void offering_state(void *arg, const struct consultation *visit,
                           const struct agenda *agenda)
{
    struct offering *offering = arg;
    enum refusal refusal = visit ? access_visit(&offering->actor, visit)
                                 : engine_absent(offering->media->with.engine);

    (void)agenda;
    if (refusal == REFUSED_NOTHING && !consultation_is_open(visit))
        refusal = REFUSED_ENDED;
    if (refusal != REFUSED_NOTHING) {
        offering_end(offering, NULL, refusal_code(refusal));
        return;
    }
    offering->page.practitioner = visit->practitioner;
    offering_find(offering);
}

/* The relay on which the page's connection is, and may stay; else NULL. */
static struct relay *relay_of(struct media *media, const struct media_page *is)
{
    const struct relay *home =
        placement_home(media->placement, is->practitioner);

    if (!is->relay || !relay_is_up(is->relay) || (home && home != is->relay))
        return NULL;
    return is->relay;
}

/* A page that has a connection gets another in its place without the record
 * being asked, so also while that is away: joining opens no route. What its
 * name may hear is what the relay was told for it; a device that was fenced
 * off, or a visit that is over, has no name there any more. */
static bool offering_stays(struct offering *offering)
{
    struct media *media = offering->media;
    const struct media_page *noted =
        media_find_page(media, offering->page.peer);

    if (!noted || !media->relays)
        return false;
    offering->page.practitioner = noted->practitioner;
    offering->relay = relay_of(media, noted);
    if (!offering->relay)
        return false;
    list_remove(&offering->link);
    offering_send(offering);
    return true;
}

static void offering_begin(struct offering *offering)
{
    if (offering->actor.role != ROLE_DOCTOR)
        engine_state(offering->media->with.engine, offering->actor.consultation,
                     offering_state, offering);
    else
        offering_find(offering);
}

/* ---- who asks -------------------------------------------------------------
 */

/* Who they are to the relay; what is missing for patients and guests is the
 * place. */
static struct media_page page_of(const struct actor *actor, struct page_id page)
{
    struct media_page is = { .page = page, .role = actor->role };

    if (actor->role == ROLE_DOCTOR) {
        is.practitioner = actor->practitioner;
        media_peer_of_doctor(actor->practitioner, page, is.peer);
        return is;
    }
    is.visit = actor->consultation;
    if (actor->role == ROLE_GUEST) {
        is.guest = actor->guest;
        media_peer_of_guest(actor->consultation, actor->guest,
                            actor->device_generation, page, is.peer);
        return is;
    }
    media_peer_of_patient(actor->consultation, actor->device_generation, page,
                          is.peer);
    return is;
}

static struct offering *offering_new(struct media *media,
                                     const struct actor *actor,
                                     struct page_id page, enum asked asked,
                                     offer_fn *done, void *arg)
{
    struct offering *offering = calloc(1, sizeof(*offering));

    assert(offering);
    list_init(&offering->link);
    offering->media = media;
    offering->actor = *actor;
    offering->page = page_of(actor, page);
    offering->asked = asked;
    offering->done = done;
    offering->arg = arg;
    return offering;
}

void media_offer(struct media *media, const struct actor *actor,
                 struct page_id page, const char *sdp, offer_fn *done,
                 void *arg)
{
    struct offering *offering;

    if (!(ROLE_BIT(actor->role) & ROLES_IN_CALLS)) {
        done(arg, NULL, refusal_code(REFUSED_FORBIDDEN));
        return;
    }
    if (!presence_hold(media->with.presence, actor, page)) {
        done(arg, NULL, refusal_code(REFUSED_ELSEWHERE));
        return;
    }
    offering = offering_new(media, actor, page, ASKED_JOIN, done, arg);
    offering->sdp = strdup(sdp);
    assert(offering->sdp);
    /* What the page offered before must not reach the relay after this: it
     * would take the place of the connection that the page has now. */
    list_each (link, after, &media->offers) {
        struct offering *before = list_member(link, struct offering, link);
        if (strcmp(before->page.peer, offering->page.peer) == 0)
            before->outdated = true;
    }
    list_append(&media->offers, &offering->link);
    if (!offering_stays(offering))
        offering_begin(offering);
}

/* What is asked about the connection of a page that has one. */
static void ask(struct media *media, const struct actor *actor,
                struct page_id page, enum asked asked, const char *play,
                offer_fn *done, void *arg)
{
    struct offering *offering;
    const struct media_page *noted;

    if (!media->relays) {
        done(arg, NULL, "no_relay");
        return;
    }
    if (!(ROLE_BIT(actor->role) & ROLES_IN_CALLS)) {
        done(arg, NULL, refusal_code(REFUSED_INVALID));
        return;
    }
    offering = offering_new(media, actor, page, asked, done, arg);
    assert(strlen(play) < sizeof(offering->play));
    strcpy(offering->play, play);
    noted = media_find_page(media, offering->page.peer);
    offering->relay = noted ? noted->relay : NULL;
    if (offering->relay)
        offering_send(offering);
    else /* it joined through another node */
        offering_begin(offering);
}

void media_house(struct media *media, const struct actor *actor,
                 struct page_id page, const char *play, offer_fn *done,
                 void *arg)
{
    ask(media, actor, page, ASKED_HOUSE, play, done, arg);
}

void media_probe(struct media *media, const struct actor *actor,
                 struct page_id page, offer_fn *done, void *arg)
{
    ask(media, actor, page, ASKED_PROBE, "", done, arg);
}

void media_leave(struct media *media, const struct actor *actor,
                 struct page_id page)
{
    struct media_page is = page_of(actor, page);
    struct media_page *noted = media_find_page(media, is.peer);

    if (noted)
        media_forget_page(media, noted);
    /* All of them: one that lives elsewhere now may have left an end behind. */
    for (size_t i = 0; media->relays && i < relays_count(media->relays); i++)
        if (relay_is_up(relays_at(media->relays, i)))
            relay_leave(relays_at(media->relays, i), is.peer, NULL, NULL);
}
