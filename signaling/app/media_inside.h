/*
 * media_inside: what the files of media share: pages and their connections
 * (media.c), what pages ask (media_offer.c), rooms and their routes
 * (media_routes.c, media_setting.c), which of several relays they are on
 * (media_relays.c).
 */
#ifndef APP_MEDIA_INSIDE_H
#define APP_MEDIA_INSIDE_H

#include "base/list.h"
#include "base/map.h"
#include "signaling/app/media.h"
#include "signaling/app/placement.h"
#include "signaling/relay/relays.h"

/* A page whose connection the relay has, or had. */
struct media_page {
    struct list link;
    struct list of_visit; /* patients and guests: beside the visit's others */
    struct page_id page;
    enum role role;
    uint32_t guest;                      /* guests: which */
    struct consultation_id visit;        /* patients and guests */
    struct practitioner_id practitioner; /* whose place it lives in */
    struct relay *relay;                 /* that has it */
    bool assumed; /* joined through another node, if it did */
    char peer[ID_TEXT];
    bool lost;
    bool dark;       /* its line carries sound only */
    bool talked;     /* it was connected while its visit was in a call */
    uint32_t rtt_ms; /* the newest */
};

/* The chairs of a room: always the same person on the same one. */
enum media_chair {
    CHAIR_DOCTOR,
    CHAIR_PATIENT,
    CHAIR_GUEST_1, /* and on */
    MEDIA_CHAIRS = CHAIR_GUEST_1 + GUESTS_MAX,
};

struct media_person {
    bool there;
    uint32_t generation; /* of the claim; a doctor has none */
    struct page_id page;
    char peer[ID_TEXT];
    enum guest_kind kind; /* guests */
    char name[NAME_TEXT];
};

/* A visit that has, had or may get routes. */
struct media_room {
    struct list link;
    struct consultation_id visit;
    struct practitioner_id practitioner;
    int64_t met_ms;      /* when this process first had to do with it */
    bool on;             /* those there see each other, as the relay said */
    struct relay *relay; /* which */
    uint32_t held; /* by index: relays that have routes of it, or may have */
    struct media_person people[MEDIA_CHAIRS];
    bool incident_told; /* in this spell of the relay's absence */
    bool restart_told;  /* until both talk again */
    bool seen;          /* while comparing */
};

struct media {
    struct media_options with;
    struct relays *relays; /* NULL: none configured */
    struct placement *placement;
    ev_timer compare;
    size_t comparing; /* relays that have yet to answer */
    media_fn *told;
    void *arg;
    struct map pages; /* by peer */
    struct list all_pages;
    struct map visits; /* by visit: the list of its patients' and guests' */
    struct map rooms;  /* by visit */
    struct list all_rooms;
    struct list checks;  /* under way */
    struct map visitors; /* by peer */
    struct list offers;  /* whose place is being looked for */
    int64_t began_ms;
};

void media_tell(struct media *media, const struct media_page *page,
                enum media_event_kind kind);

/* The name of a page's connection. */
void media_peer_of_patient(struct consultation_id visit, uint32_t generation,
                           struct page_id page, char out[ID_TEXT]);
void media_peer_of_guest(struct consultation_id visit, uint32_t guest,
                         uint32_t generation, struct page_id page,
                         char out[ID_TEXT]);
void media_peer_of_doctor(struct practitioner_id practitioner,
                          struct page_id page, char out[ID_TEXT]);

/* The page behind a peer, noted if it was not. */
struct media_page *media_note_page(struct media *media,
                                   const struct media_page *page);
struct media_page *media_find_page(const struct media *media, const char *peer);
void media_forget_page(struct media *media, struct media_page *page);
/* The pages of a visit's patient and guests, by of_visit; NULL: none. */
struct list *media_pages_of(const struct media *media,
                            struct consultation_id visit);

/* ---- media_routes.c
 * ------------------------------------------------------------- */

enum role media_role_of(enum media_chair chair);
uint32_t media_guest_of(enum media_chair chair); /* 0: none */
/* In which of `to`'s slots `from` is, 1 to 4. */
unsigned media_slot(enum media_chair from, enum media_chair to);
/* The chair of the person with this page; MEDIA_CHAIRS: none. */
enum media_chair media_chair_of(const struct media_room *room,
                                struct page_id page);
/* Who is shown to whoever sits there. */
void media_seats(const struct media_room *room, enum media_chair chair,
                 struct media_event *out);

void media_wall(void *arg, const struct consultation *visit,
                const struct agenda *agenda, struct consultation_id id,
                struct walled *walled);

/* Brings the relay to what the log says of this visit. */
void media_check(struct media *media, struct consultation_id visit);

/* Who holds changed. */
void media_presence_changed(void *arg, const struct presence_change *change);

/* Checks every visit that is in a call. */
void media_check_admitted(struct media *media);
void media_room_free(struct media *media, struct media_room *room);

struct media_room *media_room_of(struct media *media,
                                 struct consultation_id visit);
void media_rooms_free(struct media *media);

/* The room in which this page talks, or NULL. */
struct media_room *media_room_of_page(const struct media *media,
                                      struct page_id page);

/* ---- media_setting.c
 * ------------------------------------------------------------- */

/* The relay where the practitioner lives gets the routes of this room, the
 * others lose theirs. order and seq: the agenda's and the consultation's.
 * walled: answered when they agreed, or soon; may be NULL. */
void media_set_routes(struct media *media, const struct media_room *wanted,
                      uint64_t order, uint64_t seq, struct walled *walled);
/* Where it was there is nothing of it any more. */
void media_room_is_gone(struct media *media, struct media_room *room);
/* Does the relay have exactly what this room should have there? */
bool media_room_matches(const struct media_room *room,
                        const struct relay *relay,
                        const struct relay_room *there);

/* ---- media_relays.c
 * -------------------------------------------------------------- */

void media_hear_relay(void *arg, struct relay *relay,
                      const struct relay_event *event);
/* What a relay says of a page's connection (media.c). */
void media_hear_peer(struct media *media, struct media_page *page,
                     const struct relay_event *heard);

/* The practitioner's calls live elsewhere now. */
void media_moved(void *arg, struct practitioner_id practitioner,
                 struct relay *from);
/* A page that is not where its practitioner is has to offer again. */
bool media_settle(struct media *media, struct media_page *page);

/* Compares the relays' rooms with the log. */
void media_compare(struct media *media);

/* The index's bit of media_room.held. */
uint32_t media_bit(const struct media *media, const struct relay *relay);

/* ---- media_incidents.c
 * ---------------------------------------------------------- */

/* Began now; ended now, whenever it began. */
void media_incident_began(struct media *media, struct consultation_id visit,
                          enum incident what, enum incident_side side,
                          int64_t ago_ms);
void media_incident_ended(struct media *media, struct consultation_id visit,
                          enum incident what, enum incident_side side);

/* What the relay says of a page becomes incidents of its visit. */
void media_incident_of(struct media *media, struct media_page *page,
                       const struct relay_event *heard);

/* ---- media_visitor.c
 * ------------------------------------------------------------ */

/* What the relay says of a peer that is no page's. */
void media_visitor_hear(struct media *media, const struct relay_event *heard);
/* Those on this relay. */
void media_visitors_again(struct media *media, const struct relay *relay);

/* What was heard or measured, in the words of the rules. */
struct media_event media_checked(const struct relay_event *heard);

#endif
