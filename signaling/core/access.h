/*
 * access: who may do or see what: role x command, and the relation of the actor
 * to the visit (same clinic, own visit, own patient).
 */
#ifndef CORE_ACCESS_H
#define CORE_ACCESS_H

#include "signaling/core/consultation.h"
#include "signaling/core/refusal.h"

/* May this actor see this visit at all? A doctor: own patients; a secretary:
 * own clinic; a patient or a guest: own visit, by the newest claim. The system:
 * all.
 * REFUSED_UNKNOWN rather than FORBIDDEN for what is not theirs, so that ids
 * tell nothing; REFUSED_ELSEWHERE for a device that was fenced off. */
enum refusal access_visit(const struct actor *actor,
                          const struct consultation *visit);

/* The agenda's practitioner: own for doctors, of the clinic for secretaries
 * (the caller knows which clinic a practitioner belongs to). */
enum refusal access_agenda(const struct actor *actor,
                           struct practitioner_id practitioner,
                           struct clinic_id clinic);

#endif
