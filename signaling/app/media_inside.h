/*
 * media_inside: what the two files of media share: pages and their connections
 * (media.c), rooms and their routes (media_routes.c).
 */
#ifndef APP_MEDIA_INSIDE_H
#define APP_MEDIA_INSIDE_H

#include "base/list.h"
#include "base/map.h"
#include "signaling/app/media.h"
#include "signaling/relay/relay.h"

/* A page whose connection the relay has, or had. */
struct media_page {
    struct list link;
    struct page_id page;
    enum role role;
    struct consultation_id visit;        /* patients */
    struct practitioner_id practitioner; /* whose place it lives in */
    char peer[ID_TEXT];
    bool lost;
    bool dark; /* its line carries sound only */
};

/* A visit that has, had or may get routes. */
struct media_room {
    struct list link;
    struct consultation_id visit;
    struct practitioner_id practitioner;
    bool on; /* both see each other, as the relay said */
    struct page_id patient;
    struct page_id doctor;
    char patient_peer[ID_TEXT];
    char doctor_peer[ID_TEXT];
    bool incident_told; /* in this spell of the relay's absence */
    bool seen;          /* while comparing */
};

struct media {
    struct media_options with;
    struct relay *relay; /* NULL: none configured */
    ev_timer compare;
    media_fn *told;
    void *arg;
    struct map pages; /* by peer */
    struct list all_pages;
    struct map rooms; /* by visit */
    struct list all_rooms;
    struct list checks; /* under way */
};

void media_tell(struct media *media, const struct media_page *page,
                enum media_event_kind kind, bool somebody);

/* The name of a page's connection. */
void media_peer_of_patient(struct consultation_id visit, uint32_t generation,
                           struct page_id page, char out[ID_TEXT]);
void media_peer_of_doctor(struct practitioner_id practitioner,
                          struct page_id page, char out[ID_TEXT]);

/* The page behind a peer, noted if it was not. */
struct media_page *media_note_page(struct media *media,
                                   const struct media_page *page);
struct media_page *media_find_page(const struct media *media, const char *peer);
void media_forget_page(struct media *media, struct media_page *page);

/* ---- media_routes.c
 * ------------------------------------------------------------- */

void media_wall(void *arg, const struct consultation *visit,
                const struct agenda *agenda, struct consultation_id id,
                struct walled *walled);

/* Brings the relay to what the log says of this visit. */
void media_check(struct media *media, struct consultation_id visit);

/* Who holds changed. */
void media_presence_changed(void *arg, const struct presence_change *change);

/* The relay came, again or anew. */
void media_relay_up(struct media *media, bool restarted);
void media_relay_down(struct media *media);

/* Compares the relay's rooms with the log. */
void media_compare(struct media *media);

struct media_room *media_room_of(struct media *media,
                                 struct consultation_id visit);
void media_incident(struct media *media, struct consultation_id visit,
                    enum incident what);
void media_rooms_free(struct media *media);

#endif
