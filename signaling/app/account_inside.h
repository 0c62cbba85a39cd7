/*
 * account_inside: what the files of account share: sessions and staff
 * (account.c), patients (patient.c), guests (guest.c).
 */
#ifndef APP_ACCOUNT_INSIDE_H
#define APP_ACCOUNT_INSIDE_H

#include "base/list.h"
#include "base/map.h"
#include "signaling/app/account.h"
#include "signaling/app/worker.h"

#define SESSIONS_KEPT 4096 /* copies in memory */

struct account {
    struct account_options with;
    struct worker *hashers;
    ev_timer sweep;
    struct map copies;  /* of sessions, by the hash of their token */
    struct list by_age; /* of copies */
};

/* Makes the session of actor, stores it, and tells cookie and session; session
 * NULL: not stored. */
typedef void opened_fn(void *arg, const char *cookie,
                       const struct session *session);
void account_open(struct account *account, const struct actor *actor,
                  int64_t lasts_ms, opened_fn *done, void *arg);

/* Writes a session that changed, here and in the store. */
void account_keep(struct account *account, const struct session *session,
                  account_done_fn *done, void *arg);

/* After a wrong one: none, when it brought the pause. */
uint32_t account_tries_left(uint32_t failures);

/* How a guest's link stands; guest is NULL when there is none any more. */
enum link_state account_guest_link(const struct consultation *visit,
                                   const struct guest *guest,
                                   uint32_t generation);

/* A random id, for commands that the house itself gives once. */
struct command_id account_random_command(void);

#endif
