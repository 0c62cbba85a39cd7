/*
 * rules: what the nouns of the core offer to decide and apply. Each file holds
 * the rules of one noun:
 *
 *   booking       the appointment, who it is for, its link
 *   preparation   consent, place, device
 *   waiting_room  arriving, waiting, being called in
 *   encounter     what happens between the doctor and the patient, and its end
 *   payment       fee, checkout, settling, giving back
 *   prescription  drafts, approval, revocation
 *   guest         who else is there: their links, promise, wait and place
 *
 * A noun's decide gets a command of its own kinds, after access was granted,
 * and adds events to out or returns a refusal.
 */
#ifndef CORE_RULES_H
#define CORE_RULES_H

#include "signaling/core/decide.h"

enum refusal booking_decide(const struct situation *at,
                            const struct command *command,
                            struct decision *out);
enum refusal preparation_decide(const struct situation *at,
                                const struct command *command,
                                struct decision *out);
enum refusal waiting_room_decide(const struct situation *at,
                                 const struct command *command,
                                 struct decision *out);
enum refusal encounter_decide(const struct situation *at,
                              const struct command *command,
                              struct decision *out);
enum refusal payment_decide(const struct situation *at,
                            const struct command *command,
                            struct decision *out);
enum refusal prescription_decide(const struct situation *at,
                                 const struct command *command,
                                 struct decision *out);
/* Also what a guest does for themselves: promise, test, arrive, leave. */
enum refusal guest_decide(const struct situation *at,
                          const struct command *command, struct decision *out);

/* Each obeys its own kinds and ignores the others'. */
void booking_apply(struct consultation *visit, const struct event *event);
void preparation_apply(struct consultation *visit, const struct event *event);
void waiting_room_apply(struct consultation *visit, const struct event *event);
void encounter_apply(struct consultation *visit, const struct event *event);
void payment_apply(struct consultation *visit, const struct event *event);
void prescription_apply(struct consultation *visit, const struct event *event);
void guest_apply(struct consultation *visit, const struct event *event);

/* A blank event of this kind at the end of out; decide stamps who and when. */
struct event *decision_add(struct decision *out, enum target target,
                           enum event_kind kind);

/* Why nothing can be done with a visit that is not open; NOTHING if it is. */
enum refusal refuse_unless_open(const struct consultation *visit);

/* Adds an agenda event about this visit's slot. */
void slot_event(struct decision *out, enum target target, enum event_kind kind,
                const struct consultation *visit);

#endif
