#include "signaling/core/access.h"

/* By the newest claim of the newest link; after the visit all that is left to
 * see is that it is over. */
static enum refusal access_guest(const struct actor *actor,
                                 const struct consultation *visit)
{
    if (!consultation_id_equal(actor->consultation, visit->id) ||
        actor->guest == 0 || actor->guest > GUESTS_MAX)
        return REFUSED_UNKNOWN;
    if (!consultation_is_open(visit))
        return REFUSED_NOTHING;
    const struct guest *guest = consultation_guest(visit, actor->guest);
    return guest && guest->claimed &&
                   guest->device_generation == actor->device_generation
               ? REFUSED_NOTHING
               : REFUSED_ELSEWHERE;
}

enum refusal access_visit(const struct actor *actor,
                          const struct consultation *visit)
{
    if (visit->phase == PHASE_NONE)
        return REFUSED_UNKNOWN;

    switch (actor->role) {
    case ROLE_PATIENT:
        if (!consultation_id_equal(actor->consultation, visit->id))
            return REFUSED_UNKNOWN;
        return actor->device_generation == visit->device_generation
                   ? REFUSED_NOTHING
                   : REFUSED_ELSEWHERE;
    case ROLE_DOCTOR:
        return practitioner_id_equal(actor->practitioner, visit->practitioner)
                   ? REFUSED_NOTHING
                   : REFUSED_UNKNOWN;
    case ROLE_SECRETARY:
        return clinic_id_equal(actor->clinic, visit->clinic) ? REFUSED_NOTHING
                                                             : REFUSED_UNKNOWN;
    case ROLE_SYSTEM:
        return REFUSED_NOTHING;
    case ROLE_GUEST:
        return access_guest(actor, visit);
    }
    return REFUSED_FORBIDDEN;
}

enum refusal access_agenda(const struct actor *actor,
                           struct practitioner_id practitioner,
                           struct clinic_id clinic)
{
    switch (actor->role) {
    case ROLE_PATIENT:
    case ROLE_GUEST:
        return REFUSED_FORBIDDEN;
    case ROLE_DOCTOR:
        return practitioner_id_equal(actor->practitioner, practitioner)
                   ? REFUSED_NOTHING
                   : REFUSED_UNKNOWN;
    case ROLE_SECRETARY:
        if (clinic_id_is_none(clinic))
            return REFUSED_UNKNOWN;
        return clinic_id_equal(actor->clinic, clinic) ? REFUSED_NOTHING
                                                      : REFUSED_UNKNOWN;
    case ROLE_SYSTEM:
        return REFUSED_NOTHING;
    }
    return REFUSED_FORBIDDEN;
}
