#include "signaling/app/ledger.h"

#include "base/writer.h"
#include "signaling/app/agenda_facts.h"
#include "signaling/app/finder.h"
#include "signaling/app/record.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

struct stream_id ledger_visit_stream(struct consultation_id id)
{
    struct stream_id stream = { .kind = STREAM_CONSULTATION };

    memcpy(stream.bytes, id.bytes, ID_BYTES);
    return stream;
}

struct stream_id ledger_agenda_stream(struct practitioner_id id)
{
    struct stream_id stream = { .kind = STREAM_AGENDA };

    memcpy(stream.bytes, id.bytes, ID_BYTES);
    return stream;
}

struct stream_id ledger_stream(const struct command *command)
{
    if (command_scope(command->kind) == SCOPE_AGENDA)
        return ledger_agenda_stream(command->practitioner);
    return ledger_visit_stream(command->consultation);
}

void ledger_actor(const struct actor *actor, uint8_t out[16])
{
    memset(out, 0, ID_BYTES);
    switch (actor->role) {
    case ROLE_PATIENT:
        memcpy(out, actor->consultation.bytes, ID_BYTES);
        break;
    case ROLE_DOCTOR:
    case ROLE_SECRETARY:
        memcpy(out, actor->staff.bytes, ID_BYTES);
        break;
    case ROLE_GUEST: /* of the same visit, but nobody else */
        memcpy(out, actor->consultation.bytes, ID_BYTES);
        out[ID_BYTES - 1] ^= (uint8_t)actor->guest;
        break;
    case ROLE_SYSTEM:
        break;
    }
}

void ledger_content(const struct command *command, uint8_t out[32])
{
    struct command asked = *command;
    uint8_t actor[ID_BYTES];

    /* A prescription is what its lines say: printed again for a repetition it
     * is another file. */
    if (command->kind == COMMAND_DRAFT_PRESCRIPTION)
        memset(&asked.draft, 0, sizeof(asked.draft));
    if (!asked.text.data)
        asked.text = slice("", 0);
    json_t *members = record_object(command_fields(asked.kind), &asked);
    char *text = json_dumps(members, JSON_COMPACT | JSON_SORT_KEYS);
    assert(text);
    ledger_actor(&command->actor, actor);
    size_t length = strlen(text);
    uint8_t *bytes = malloc(3 * ID_BYTES + 64 + length);
    assert(bytes);
    struct writer sum = writer_into(bytes, 3 * ID_BYTES + 64 + length);
    writer_text(&sum, command_verb(command->kind));
    writer_u8(&sum, 0);
    writer_bytes(&sum, slice(actor, ID_BYTES));
    writer_bytes(&sum, slice(command->consultation.bytes, ID_BYTES));
    writer_bytes(&sum, slice(command->practitioner.bytes, ID_BYTES));
    writer_bytes(&sum, slice(text, length));
    assert(!sum.failed);
    (void)SHA256(bytes, sum.length, out);
    free(bytes);
    free(text);
    json_decref(members);
}

static void add_event(struct append *append, struct stream_id stream,
                      uint64_t seq, const struct event *event)
{
    char *record = record_write(event);

    append_event(append, stream, seq, event_name(event->kind), event->at_ms,
                 event->role, event->staff, slice_of_text(record));
    free(record);
}

static void add_names(struct append *append, const struct consultation *visit,
                      const struct link_keys *keys)
{
    char names[2 * NAME_TEXT + 2];
    uint8_t words[FINDER_WORDS_MAX][32];
    uint8_t contacts[2][32];
    size_t count = 0;

    (void)snprintf(names, sizeof(names), "%s %s", visit->identity.family,
                   visit->identity.given);
    append_finders(append, visit->id, FINDER_NAME_WORD, words,
                   finder_words(keys, names, words));
    if (visit->identity.mail[0] &&
        finder_contact(keys, visit->identity.mail, contacts[count]))
        count += 1;
    if (visit->identity.mobile[0] &&
        finder_contact(keys, visit->identity.mobile, contacts[count]))
        count += 1;
    append_finders(append, visit->id, FINDER_CONTACT, contacts, count);
}

static void add_code(struct append *append, const struct consultation *visit,
                     const struct link_keys *keys)
{
    struct link link = { .visit = visit->id,
                         .person = LINK_PATIENT,
                         .generation = visit->link_generation };
    char code[LINK_CODE_TEXT];
    uint8_t hash[1][32];

    link_code(keys, &link, code);
    finder_code(keys, code, hash[0]);
    append_finders(append, visit->id, FINDER_CODE, hash, 1);
}

/* Rows that lie beside the log because of this event. */
static void add_rows(struct append *append, const struct ledger_entry *entry,
                     const struct consultation *after,
                     const struct event *event, const struct link_keys *keys)
{
    const struct command *command = entry->command;
    uint8_t hash[1][32];

    if (event->kind == EVENT_BOOKED || event->kind == EVENT_IDENTITY_CORRECTED)
        add_names(append, after, keys);
    if (event->kind == EVENT_LINK_ISSUED)
        add_code(append, after, keys);
    if (event->kind == EVENT_PAYMENT_READY) {
        finder_checkout(keys, after->checkout, hash[0]);
        append_finders(append, after->id, FINDER_CHECKOUT, hash, 1);
    }
    if (event->kind == EVENT_MESSAGE_SENT)
        append_text(append, after->id, TEXT_MESSAGE, event->message.number,
                    event->at_ms, event->role, command->text);
    if (event->kind == EVENT_NOTE_SAVED)
        append_text(append, after->id, TEXT_NOTE, TEXT_NOTE_NUMBER,
                    event->at_ms, event->role, command->text);
    if (event->kind == EVENT_PRESCRIPTION_DRAFTED) {
        append_text(append, after->id, TEXT_LINES, event->document.version,
                    event->at_ms, event->role, command->text);
        append_text(append, after->id, TEXT_LINES, TEXT_LINES_WRITING,
                    event->at_ms, event->role, command->text);
        append_document(append, after->id, DOCUMENT_PRESCRIPTION,
                        event->document.version, entry->document);
    }
}

static void add_outgoing(struct append *append,
                         const struct consultation *before,
                         const struct consultation *after,
                         const struct event *event, uint32_t generation,
                         const struct outgoing_ways *ways)
{
    enum notice_kind notices[NOTICES_MAX];
    const char *channels[OUTGOING_CHANNELS_MAX];
    size_t count = notices_of(before, after, event, notices);

    for (size_t i = 0; i < count; i++) {
        size_t many = outgoing_channels(after, notices[i], ways, channels);
        for (size_t k = 0; k < many; k++) {
            struct outgoing outgoing;
            outgoing_fill(before, after, event, notices[i], channels[k],
                          &outgoing);
            outgoing.generation = generation;
            char *detail = outgoing_write(&outgoing);
            append_outbox(append, after->id, notices[i], after->seq,
                          channels[k], slice_of_text(detail), event->at_ms);
            free(detail);
        }
    }
}

/* Their own link, to their own contact. */
static void add_outgoing_to_guests(struct append *append,
                                   const struct consultation *before,
                                   const struct consultation *after,
                                   const struct event *event,
                                   const struct outgoing_ways *ways)
{
    struct guest_notice notices[GUESTS_MAX];
    const char *channels[OUTGOING_CHANNELS_MAX];
    size_t count = guest_notices_of(before, after, event, notices);

    for (size_t i = 0; i < count; i++) {
        const struct guest *guest = &notices[i].guest;
        size_t many =
            outgoing_ways_to(guest->mail, guest->mobile, ways, channels);
        for (size_t k = 0; k < many; k++) {
            struct outgoing outgoing;
            outgoing_fill_guest(after, &notices[i], channels[k], &outgoing);
            char *detail = outgoing_write(&outgoing);
            append_outbox(append, after->id, notices[i].kind, after->seq,
                          channels[k], slice_of_text(detail), event->at_ms);
            free(detail);
        }
    }
}

void ledger_projections(struct append *append, const struct consultation *visit)
{
    struct deadline deadlines[DEADLINES_MAX];
    struct appointment row = {
        .consultation = visit->id,
        .clinic = visit->clinic,
        .practitioner = visit->practitioner,
        .start_ms = visit->start_ms,
        .duration_min = visit->duration_min,
        .phase = visit->phase,
        .needs_doctor = consultation_needs_doctor(visit),
        .needs_call = consultation_needs_call(visit),
    };

    append_appointment(append, &row);
    append_deadlines(append, visit->id, visit->seq, deadlines,
                     deadlines_of(visit, deadlines));
}

/* The link that is good once all is done: a booking issues it in the event
 * after the one that is told about. */
static uint32_t generation_after(const struct ledger_entry *entry)
{
    struct consultation visit = *entry->visit;

    for (size_t i = 0; i < entry->decision->count; i++)
        if (entry->decision->events[i].target == TARGET_VISIT)
            consultation_apply(&visit, &entry->decision->events[i].event);
    return visit.link_generation;
}

/* Events of the visit first: the command's id is kept with its stream. */
static void add_visit_events(struct append *append,
                             const struct ledger_entry *entry,
                             const struct link_keys *keys,
                             const struct outgoing_ways *ways)
{
    const struct decision *decision = entry->decision;
    struct consultation before = *entry->visit;
    struct consultation after = before;
    uint32_t generation = generation_after(entry);

    for (size_t i = 0; i < decision->count; i++) {
        const struct event *event = &decision->events[i].event;
        if (decision->events[i].target != TARGET_VISIT)
            continue;
        before = after;
        consultation_apply(&after, event);
        add_event(append, ledger_visit_stream(after.id), after.seq, event);
        add_rows(append, entry, &after, event, keys);
        add_outgoing(append, &before, &after, event, generation, ways);
        add_outgoing_to_guests(append, &before, &after, event, ways);
    }
    if (after.seq != entry->visit->seq)
        ledger_projections(append, &after);
}

static void keep_facts(struct append *append, const struct agenda *agenda)
{
    uint8_t bytes[AGENDA_FACTS_MAX];

    append_folded(append, ledger_agenda_stream(agenda->practitioner),
                  AGENDA_FACTS_FORM, agenda_facts_write(agenda, bytes));
}

static void add_agenda_events(struct append *append,
                              const struct decision *decision,
                              enum target target, const struct agenda *agenda,
                              bool keeps)
{
    uint64_t seq = agenda->seq;

    for (size_t i = 0; i < decision->count; i++) {
        if (decision->events[i].target != target)
            continue;
        if (seq == agenda->seq && keeps)
            keep_facts(append, agenda);
        seq += 1;
        add_event(append, ledger_agenda_stream(agenda->practitioner), seq,
                  &decision->events[i].event);
    }
}

struct append *ledger_append(const struct ledger_entry *entry,
                             const struct link_keys *keys,
                             const struct outgoing_ways *ways)
{
    uint8_t content[32];
    uint8_t actor[ID_BYTES];

    ledger_content(entry->command, content);
    ledger_actor(&entry->command->actor, actor);
    struct append *append = append_new(entry->command->id, actor, content);
    assert(append);
    if (entry->visit)
        add_visit_events(append, entry, keys, ways);
    if (entry->agenda)
        add_agenda_events(append, entry->decision, TARGET_AGENDA, entry->agenda,
                          entry->keeps_agenda);
    if (entry->agenda_to)
        add_agenda_events(append, entry->decision, TARGET_AGENDA_TO,
                          entry->agenda_to, entry->keeps_agenda_to);
    return append;
}
