/*
 * actor: who does something, as the edge proved it. Relation (same clinic, own
 * visit, own patient) is checked by access against the state.
 */
#ifndef CORE_ACTOR_H
#define CORE_ACTOR_H

#include "signaling/core/ids.h"

enum role {
    ROLE_PATIENT, /* or who connects for them */
    ROLE_DOCTOR,
    ROLE_SECRETARY,
    ROLE_SYSTEM, /* deadlines, the payment provider, the relay */
    ROLE_GUEST,  /* a relative, an interpreter, a second doctor */
};

extern const char *const role_names[];

#define ROLE_BIT(role) (1u << (role))
#define ROLES_TALKING                                                          \
    (ROLE_BIT(ROLE_PATIENT) | ROLE_BIT(ROLE_DOCTOR) | ROLE_BIT(ROLE_SECRETARY))
#define ROLES_PEOPLE   (ROLES_TALKING | ROLE_BIT(ROLE_GUEST))
#define ROLES_INVITED  (ROLE_BIT(ROLE_PATIENT) | ROLE_BIT(ROLE_GUEST))
#define ROLES_IN_CALLS (ROLES_INVITED | ROLE_BIT(ROLE_DOCTOR))
#define ROLES_STAFF    (ROLE_BIT(ROLE_DOCTOR) | ROLE_BIT(ROLE_SECRETARY))

struct actor {
    enum role role;
    struct clinic_id clinic;
    struct staff_id staff;               /* staff only */
    struct practitioner_id practitioner; /* doctors: whose agenda is theirs */
    struct consultation_id consultation; /* patients, guests: their one visit */
    uint32_t guest;             /* guests: which of the visit's, 1… */
    uint32_t device_generation; /* patients, guests: which claim */
};

#endif
