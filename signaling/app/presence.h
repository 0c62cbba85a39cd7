/*
 * presence: who has which page open and what they do there, and which page
 * holds the visit (patient), a guest's place, or the calls (doctor). Leases on
 * the bus: lost at any moment, never the record. Loop's thread.
 */
#ifndef APP_PRESENCE_H
#define APP_PRESENCE_H

#include "signaling/bus/bus.h"
#include "signaling/core/actor.h"

#define PRESENCE_LEASE_MS 15000
#define PRESENCE_RENEW_MS 5000
#define PRESENCE_TEXT_MAX                                                      \
    512 /* what a page says of itself, as edge codes it                        \
         */

/* One open page: random, made by edge with each socket. */
ID_OF(page)

struct presence;

struct presence *presence_new(struct bus *bus);
void presence_free(struct presence *presence);

/* Somebody came, changed or ran out for this visit: read it again. With a
 * zero visit and a practitioner: who holds that doctor's calls changed. */
struct presence_change {
    struct consultation_id visit;
    struct practitioner_id practitioner;
    bool holder; /* who holds the visit or the calls, not what they do */
};
typedef void presence_fn(void *arg, const struct presence_change *change);
#define PRESENCE_WATCHERS 4
void presence_on_change(struct presence *presence, presence_fn *changed,
                        void *arg);

/* Renews for PRESENCE_LEASE_MS; each page's words replace its last ones. */
void presence_set(struct presence *presence, struct consultation_id visit,
                  struct page_id page, const struct actor *actor,
                  struct slice words);
/* The page was closed properly. */
void presence_drop(struct presence *presence, struct consultation_id visit,
                   struct page_id page);

/* guest: which of the visit's, when role is a guest's. */
typedef void presence_each_fn(void *arg, struct page_id page, enum role role,
                              uint32_t guest, struct slice words);
void presence_now(struct presence *presence, struct consultation_id visit,
                  presence_each_fn *each, void *arg);

/* The page that holds: the first that came, until another takes over or it ran
 * out. Called for each page that is open, every PRESENCE_RENEW_MS; true when
 * this page holds. A patient holds a visit, a doctor the own calls. */
bool presence_hold(struct presence *presence, const struct actor *actor,
                   struct page_id page);
/* From now on this page holds; the others learn it by the callback. */
void presence_take_over(struct presence *presence, const struct actor *actor,
                        struct page_id page);
void presence_let_go(struct presence *presence, const struct actor *actor,
                     struct page_id page);
/* False when nobody holds. */
bool presence_patient_page(struct presence *presence,
                           struct consultation_id visit, struct page_id *out);
bool presence_guest_page(struct presence *presence,
                         struct consultation_id visit, uint32_t guest,
                         struct page_id *out);
bool presence_doctor_page(struct presence *presence,
                          struct practitioner_id practitioner,
                          struct page_id *out);

#endif
