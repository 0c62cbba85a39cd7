/*
 * media: brings pages to the relay and keeps its routes equal to what the log
 * says: only an admitted visit that is not by telephone has any, between the
 * page that holds the visit, the page that holds the doctor's calls, and the
 * pages of the guests whom the doctor admitted.
 * Loop's thread.
 */
#ifndef APP_MEDIA_H
#define APP_MEDIA_H

#include "signaling/app/engine.h"
#include "signaling/app/presence.h"
#include "signaling/app/pulse.h"
#include "signaling/core/line.h"

#include <ev.h>

struct media;

struct media_options {
    struct ev_loop *loop;
    struct store *store;
    struct engine *engine;
    struct presence *presence;
    struct metrics *metrics;
    struct bus *bus;
    const struct pulse *pulse;     /* NULL: nobody else writes */
    const char *relay;             /* relays.h; NULL: none */
    const char *relay_certificate; /* with tls: files, as relay.h has them */
    const char *relay_key;
    const char *relay_authority;
};
/* Negative errno; error says why when a setting is wrong. */
int media_new(const struct media_options *options, struct media **out,
              char *error, size_t error_size);
/* Ends the connection to the relay; asks and tells nothing any more. */
void media_stop(struct media *media);
void media_free(struct media *media);

bool media_is_configured(const struct media *media);

/* One of the relays is there and has said hello. */
bool media_is_up(const struct media *media);

/* None is, for a while, and another node reaches one. */
bool media_is_cut_off(const struct media *media);

/* What is known of each relay. */
struct metrics_now;
void media_measure(const struct media *media, struct metrics_now *out);

#define MEDIA_SEATS 4 /* receiving slots of a page */

/* Who is in which slot of a page. A person's slot is always the same, whoever
 * else comes or goes. */
struct media_seat {
    unsigned slot;
    enum role role;
    uint32_t guest; /* guests: number, kind and name */
    enum guest_kind kind;
    char name[NAME_TEXT];
};

enum media_event_kind {
    MEDIA_SLOTS,     /* who is shown now */
    MEDIA_AGAIN,     /* offer anew */
    MEDIA_CONNECTED, /* what the relay says of this page */
    MEDIA_LOST,
    MEDIA_BACK,
    MEDIA_QUALITY,  /* of the page; edge tells it to both sides of the visit */
    MEDIA_PICTURE,  /* shown to the page, or sound only; told to both sides too
                     */
    MEDIA_HEARD,    /* the echo check heard a voice, or none */
    MEDIA_MEASURED, /* the line was measured */
};
struct media_event {
    enum media_event_kind kind;
    struct page_id page;          /* whom it is about and who is told */
    enum role role;               /* of the page */
    uint32_t guest;               /* which, of a guest's page */
    struct consultation_id visit; /* none: a doctor outside a call */
    size_t count;                 /* SLOTS: how many are shown */
    struct media_seat seats[MEDIA_SEATS];
    bool shown;      /* PICTURE */
    uint32_t rtt_ms; /* QUALITY */
    uint32_t jitter_ms;
    double loss_up;
    double loss_down;
    double mos;                 /* QUALITY: estimated */
    struct voice_figures voice; /* HEARD */
    uint32_t playing_ms;
    struct line_figures line; /* MEASURED */
};
typedef void media_fn(void *arg, const struct media_event *event);
void media_on_event(struct media *media, media_fn *told, void *arg);

/* answer NULL: code says why ("no_relay", "bad_offer", "elsewhere" …). */
typedef void offer_fn(void *arg, const char *answer, const char *code);

/* A page's SDP. The page has to hold the visit or the calls (presence_hold).
 * A patient's or a guest's goes to the visit's practitioner; a doctor's to the
 * own place. */
void media_offer(struct media *media, const struct actor *actor,
                 struct page_id page, const char *sdp, offer_fn *done,
                 void *arg);

/* "hold", "echo" or "none"; done as for offers, with answer "" when it is so.
 */
void media_house(struct media *media, const struct actor *actor,
                 struct page_id page, const char *play, offer_fn *done,
                 void *arg);

/* Measures the page's line; MEDIA_MEASURED tells the result. Only while it is
 * shown to nobody. */
void media_probe(struct media *media, const struct actor *actor,
                 struct page_id page, offer_fn *done, void *arg);

/* What a page saw of its own line: a minor incident, over by now, that lasted
 * so long. Only in a call. */
void media_saw(struct media *media, const struct actor *actor,
               struct consultation_id visit, enum incident incident,
               uint32_t lasted_ms);

/* The page was closed or fenced off: its connection ends. */
void media_leave(struct media *media, const struct actor *actor,
                 struct page_id page);

/* Tells once more who in this visit is shown no pictures (for a page that just
 * came). */
void media_retell(struct media *media, struct consultation_id visit);

/* Who is shown to this page now (for a page that just came), as MEDIA_SLOTS;
 * false: nobody. */
bool media_shown(struct media *media, struct page_id page,
                 struct media_event *out);

/* ---- somebody without a visit ----------------------------------------------
 * The device check of /check: a connection to the relay that is never routed to
 * anybody, and ends with media_visitor_leave. */

#define MEDIA_VISITORS_MAX 32 /* at a time */

struct media_visitor;

/* NULL: no relay, or too many. told hears AGAIN, HEARD and MEASURED. */
struct media_visitor *media_visitor_come(struct media *media, media_fn *told,
                                         void *arg);
void media_visitor_offer(struct media_visitor *visitor, const char *sdp,
                         offer_fn *done, void *arg);
void media_visitor_house(struct media_visitor *visitor, const char *play,
                         offer_fn *done, void *arg);
void media_visitor_probe(struct media_visitor *visitor, offer_fn *done,
                         void *arg);
void media_visitor_leave(struct media_visitor *visitor);

#endif
