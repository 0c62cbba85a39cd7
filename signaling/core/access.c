#include "signaling/core/access.h"

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
    }
    return REFUSED_FORBIDDEN;
}

enum refusal access_agenda(const struct actor *actor,
                           struct practitioner_id practitioner,
                           struct clinic_id clinic)
{
    switch (actor->role) {
    case ROLE_PATIENT:
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
