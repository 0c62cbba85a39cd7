/*
 * ledger: turns a decision into the one append that makes it durable: events,
 * the visit's row and finders, texts, documents, what leaves the house, and
 * what is due when.
 */
#ifndef APP_LEDGER_H
#define APP_LEDGER_H

#include "signaling/app/directory.h"
#include "signaling/app/link.h"
#include "signaling/app/outgoing.h"
#include "signaling/core/decide.h"

/* What a doctor is writing lies beside the versions of its kind. */
#define TEXT_NOTE_NUMBER     1
#define TEXT_LINES_WRITING   0x7fffffff
#define TEXT_MEASURES_NUMBER 1

struct ledger_entry {
    const struct command *command;
    const struct decision *decision;
    const struct consultation *visit; /* before; NULL: an agenda alone */
    const struct agenda *agenda;      /* before; may be NULL */
    const struct agenda *agenda_to;
    bool keeps_agenda; /* its facts, if an event of it comes */
    bool keeps_agenda_to;
    struct slice document; /* the PDF of DRAFT_PRESCRIPTION */
};

struct append *ledger_append(const struct ledger_entry *entry,
                             const struct link_keys *keys,
                             const struct outgoing_ways *ways);

/* A visit's row for lists, and what is due for it. */
void ledger_projections(struct append *append,
                        const struct consultation *visit);

/* SHA-256 over what a command asks for, without time: equal for repetitions. */
void ledger_content(const struct command *command, uint8_t out[32]);

/* Who, as the store keeps it with a command's id. */
void ledger_actor(const struct actor *actor, uint8_t out[16]);

/* The first stream that this command writes: where its id is looked up. */
struct stream_id ledger_stream(const struct command *command);

struct stream_id ledger_visit_stream(struct consultation_id id);
struct stream_id ledger_agenda_stream(struct practitioner_id id);

#endif
