/*
 * agenda_facts: an agenda's facts as bytes, so that after a start they are read
 * and not folded from years of log. Never the record: the log says the same.
 */
#ifndef APP_AGENDA_FACTS_H
#define APP_AGENDA_FACTS_H

#include "base/slice.h"
#include "signaling/core/agenda.h"

/* Counted up when struct agenda changes, or what an event does to it: bytes of
 * another form are not read. */
#define AGENDA_FACTS_FORM 1
/* They are written again after so many events. */
#define AGENDA_FACTS_EVERY 64
#define AGENDA_FACTS_MAX   (48 + AGENDA_SLOTS_MAX * (ID_BYTES + 16))

struct slice agenda_facts_write(const struct agenda *agenda,
                                uint8_t out[AGENDA_FACTS_MAX]);
/* The practitioner is the caller's. False: these are no such bytes. */
bool agenda_facts_read(struct slice bytes, struct agenda *out);

#endif
