/*
 * decide: a command against the state gives events, or a refusal.
 * Pure: asks and never changes; the same question has the same answer.
 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include "signaling/core/agenda.h"
#include "signaling/core/consultation.h"
#include "signaling/core/refusal.h"

#define DECISION_EVENTS_MAX 8

/* Which of the streams at hand an event goes to. */
enum target {
    TARGET_VISIT,
    TARGET_AGENDA,
    TARGET_AGENDA_TO, /* REASSIGN: the new practitioner's */
};

struct decision {
    enum refusal refusal; /* REFUSED_NOTHING: append the events */
    size_t count;         /* may be 0: it already is so; answer ok */
    struct {
        enum target target;
        struct event event;
    } events[DECISION_EVENTS_MAX];
};

/* What a command is decided against; unused ones by its scope are NULL.
 * For BOOK, visit is the initial value. */
struct situation {
    const struct consultation *visit;
    const struct agenda *agenda;
    const struct agenda *agenda_to;
    struct clinic_id agenda_clinic; /* whose the agenda's practitioner is */
    struct clinic_id agenda_to_clinic;
    const struct policy *policy;
};

/* Checks access first (role, relation), then the rules of the command's noun,
 * then completes the release: RELEASED follows in the same decision when the
 * last key was turned (design: invariant 1). */
void decide(const struct situation *situation, const struct command *command,
            struct decision *out);

#endif
