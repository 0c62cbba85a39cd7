/*
 * store: the record. Everything durable goes through here; SQL stays inside.
 *
 * Threads: store_append and store_ask are called from the loop's thread and
 * return at once. Appends run on one store thread in groups (design, section
 * 3: group commit); asks run on a reading thread. Answers come back on the
 * loop's thread, when store_poll is called because store_descriptor polled
 * readable. Nothing is acknowledged before its commit returned.
 *
 * Payloads of events, texts and documents are sealed by the store under the
 * visit's key (seal.h); callers see plain bytes only.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/slice.h"
#include "signaling/core/consultation.h"
#include "signaling/core/notice.h"

struct store;

struct store_options {
    const char *url;        /* a file's path, or "postgresql://…" */
    uint8_t master_key[32]; /* wraps the streams' keys; wiped by store_open */
};

/* Takes the file's lock, opens, migrates, starts the threads. On failure a
 * negative errno and one sentence in error: -EBUSY another process has it,
 * -EACCES the master key is not this store's, -EPROTONOSUPPORT it was written
 * by a newer release. */
int store_open(struct store_options *options, struct store **out, char *error,
               size_t error_size);

/* The house's own key, of links and finders (keyring.h); the caller wipes it.
 */
void store_house_key(const struct store *store, uint8_t out[32]);

/* Finishes what was accepted, answers it on the caller's thread (the loop's),
 * then closes. What an answer submits now is answered NOT_STORED. */
void store_close(struct store *store);

/* Other nodes write to the same record: a state in memory may be old. */
bool store_is_shared(const struct store *store);

int store_descriptor(const struct store *store);
void store_poll(struct store *store);

/* ---- appending ---------------------------------------------------------- */

enum stream_kind { STREAM_CONSULTATION, STREAM_AGENDA, STREAM_CLINIC };

struct stream_id {
    enum stream_kind kind;
    uint8_t bytes[ID_BYTES]; /* the consultation's, practitioner's, clinic's */
};

enum append_result {
    APPEND_COMMITTED,
    APPEND_CONFLICT,   /* a stream's head was not the expected one */
    APPEND_REPEATED,   /* same actor, command id and content: see answer_seq */
    APPEND_MISUSED,    /* same actor and command id, other content */
    APPEND_NOT_STORED, /* disk full, I/O error: nothing was written */
    APPEND_UNKNOWN,    /* the connection was lost at commit: ask again by id */
};

/* One atomic append: all its parts are written in one transaction or none.
 * Built by the functions below, then handed to store_append, which owns it. */
struct append;

/* actor: who, as 16 bytes (staff id, consultation id for its patient, zeros
 * for the system). content: SHA-256 of the command, for repetitions. Out of
 * memory ends the process here; later it makes the append NOT_STORED. */
struct append *append_new(struct command_id command, const uint8_t actor[16],
                          const uint8_t content[32]);
void append_free(struct append *append); /* one that was not handed over */

/* The next event of a stream; seq is expected head + 1 and counts on within
 * this append. record: the payload's plain bytes (JSON, app/record). */
void append_event(struct append *append, struct stream_id stream, uint64_t seq,
                  const char *kind, int64_t at_ms, enum role role,
                  struct staff_id staff, struct slice record);

/* The visit's row in lists: written anew whole. */
struct appointment {
    struct consultation_id consultation;
    struct clinic_id clinic;
    struct practitioner_id practitioner;
    int64_t start_ms;
    uint32_t duration_min;
    enum phase phase;
    bool needs_doctor; /* on the doctor's list whatever the day */
    bool needs_call;   /* on the secretary's list whatever the day */
};
void append_appointment(struct append *append,
                        const struct appointment *appointment);

/* Keys by which a visit is found: keyed hashes made by the caller. */
enum finder { FINDER_CODE, FINDER_NAME_WORD, FINDER_CONTACT, FINDER_CHECKOUT };
/* Replaces all of the visit's entries of this kind. */
void append_finders(struct append *append, struct consultation_id visit,
                    enum finder kind, const uint8_t (*hashes)[32],
                    size_t count);

/* A sealed text beside the log: a chat message (number counts within the
 * visit), the note, the lines of each prescription version, the patient's
 * measures beside them. Mutable kinds are replaced. */
enum text_kind { TEXT_MESSAGE, TEXT_NOTE, TEXT_LINES, TEXT_MEASURES };
void append_text(struct append *append, struct consultation_id visit,
                 enum text_kind kind, uint32_t number, int64_t at_ms,
                 enum role role, struct slice text);

/* A sealed document: the PDF of a prescription version, or a receipt. */
void append_document(struct append *append, struct consultation_id visit,
                     enum document_kind kind, uint32_t version,
                     struct slice bytes);

/* What must leave the house; claimed by lease later. detail is sealed. */
void append_outbox(struct append *append, struct consultation_id visit,
                   enum notice_kind kind, uint64_t seq, const char *channel,
                   struct slice detail, int64_t at_ms);

/* Replaces all deadlines of the visit. */
void append_deadlines(struct append *append, struct consultation_id visit,
                      uint64_t seq, const struct deadline *deadlines,
                      size_t count);

/* The facts folded from all events of a stream before this append's, which
 * follow: read_folded finds them, and reading the log begins there. form: of
 * the bytes; whoever knows another one reads the log. */
void append_folded(struct append *append, struct stream_id stream,
                   uint32_t form, struct slice facts);

/* COMMITTED, REPEATED: what the command wrote in the first stream that it wrote
 * (both 0 when it wrote no event). */
struct append_answer {
    enum append_result result;
    uint64_t first_seq; /* its first event there */
    uint64_t seq;       /* its last one: the head at that time */
};
typedef void append_done_fn(void *arg, const struct append_answer *answer);

/* Two appends that touch the same stream are written in the order in which they
 * were handed over. At most APPENDS_WAITING_MAX wait; more are NOT_STORED. */
#define APPENDS_WAITING_MAX 4096
void store_append(struct store *store, struct append *append,
                  append_done_fn *done, void *arg);

/* ---- asking --------------------------------------------------------------
 * run is called on the reading thread with a reader; it calls the read_…
 * functions, keeps what it needs in arg, and returns 0 or a negative errno.
 * done is then called on the loop's thread with that number (-ECANCELED: the
 * store is closing, run was not called). One run sees one moment of the store,
 * and everything that was acknowledged before it was asked. */

struct reader_of_store;
typedef int store_run_fn(struct reader_of_store *reader, void *arg);
typedef void store_done_fn(void *arg, int status);

void store_ask(struct store *store, store_run_fn *run, store_done_fn *done,
               void *arg);

/* The same, waiting for it: for start-up, the command line and tests only;
 * never on the loop while it serves. */
int store_ask_now(struct store *store, store_run_fn *run, void *arg);

struct stored_event {
    uint64_t seq;
    const char *kind;
    int64_t at_ms;
    enum role role;
    struct staff_id staff;
    struct slice record; /* plain; valid during the callback */
};
typedef int stored_event_fn(void *arg, const struct stored_event *event);

/* Events with seq > after, in order. -EBADMSG when a payload does not open,
 * -ENOKEY when the stream was erased. What each returns, when it is not 0, ends
 * the reading and is returned; so it is with every read_… that takes one. */
int read_stream(struct reader_of_store *reader, struct stream_id stream,
                uint64_t after, stored_event_fn *each, void *arg);

/* What append_folded kept last, in this form, and up to which event; each is
 * not called when there is none that belongs to this log. -EBADMSG when it does
 * not open: the log says the same. facts are valid during the callback. */
typedef int folded_fn(void *arg, uint64_t seq, struct slice facts);
int read_folded(struct reader_of_store *reader, struct stream_id stream,
                uint32_t form, folded_fn *each, void *arg);

/* 0 when the stream does not exist. */
int read_head(struct reader_of_store *reader, struct stream_id stream,
              uint64_t *out);

/* The heads of several streams of one kind, in no order; those that do not
 * exist are left out. */
#define HEADS_AT_ONCE 15
typedef int head_fn(void *arg, struct stream_id stream, uint64_t seq);
int read_heads(struct reader_of_store *reader, const struct stream_id *streams,
               size_t count, head_fn *each, void *arg);

/* What became of a command that is sent again: APPEND_REPEATED with what it
 * wrote in this stream, or APPEND_MISUSED. -ENOENT: nothing was written under
 * this id. -EAGAIN: a commit failed just now and it is not known yet. */
int read_command(struct reader_of_store *reader, struct stream_id stream,
                 const uint8_t actor[16], struct command_id command,
                 const uint8_t content[32], struct append_answer *out);

typedef int appointment_fn(void *arg, const struct appointment *row);
/* Starting in [from, to), by start; practitioner may be none (zero): all of the
 * clinic; the clinic may be zero too: everybody's (start-up). */
int read_appointments(struct reader_of_store *reader, struct clinic_id clinic,
                      struct practitioner_id practitioner, int64_t from_ms,
                      int64_t to_ms, appointment_fn *each, void *arg);

/* A practitioner's visits that need the doctor and do not start in [from, to),
 * newest first, at most `most`. */
int read_needing(struct reader_of_store *reader, struct clinic_id clinic,
                 struct practitioner_id practitioner, int64_t from_ms,
                 int64_t to_ms, size_t most, appointment_fn *each, void *arg);
/* A clinic's visits whose patient is to be called back, of any day, the same.
 */
int read_calls(struct reader_of_store *reader, struct clinic_id clinic,
               size_t most, appointment_fn *each, void *arg);

typedef int found_fn(void *arg, struct consultation_id visit);
int read_found(struct reader_of_store *reader, enum finder kind,
               const uint8_t hash[32], found_fn *each, void *arg);
/* The same among the visits of a clinic, or of one practitioner (none: all of
 * the clinic): newest first, at most `most`. */
int read_found_among(struct reader_of_store *reader, struct clinic_id clinic,
                     struct practitioner_id practitioner, enum finder kind,
                     const uint8_t hash[32], size_t most, found_fn *each,
                     void *arg);

struct stored_text {
    enum text_kind kind;
    uint32_t number;
    int64_t at_ms;
    enum role role;
    struct slice text;
};
typedef int stored_text_fn(void *arg, const struct stored_text *text);
/* number > after, in order. */
int read_texts(struct reader_of_store *reader, struct consultation_id visit,
               enum text_kind kind, uint32_t after, stored_text_fn *each,
               void *arg);

/* malloc'ed bytes, or -ENOENT. */
int read_document(struct reader_of_store *reader, struct consultation_id visit,
                  enum document_kind kind, uint32_t version, uint8_t **out,
                  size_t *out_length);

/* Message delivery, for the desk's rows. */
enum delivery {
    DELIVERY_NONE,
    DELIVERY_WAITING,
    DELIVERY_SENT,
    DELIVERY_FAILED
};
extern const char *const delivery_names[]; /* none waiting sent failed */
/* The worst of the messages that the visit's newest notice caused. */
int read_delivery(struct reader_of_store *reader, struct consultation_id visit,
                  enum delivery *out);

/* ---- small rows that are no stream: run on the store thread ---------------
 * Directory (clinics, practitioners, staff, reasons), sessions, the outbox's
 * leases, deadlines that are due, the payment inbox. They are declared in
 * directory.h, session.h, outbox_rows.h, due.h and inbox.h of this folder, all
 * in the shape of store_ask: a run function that gets the reader (or the
 * writer, through store_change). */
/* Commits when run returns 0 or more, rolls back when it is negative; done gets
 * that number, or a negative errno when the commit failed. What run has put
 * into arg counts only then. */
typedef int store_change_fn(struct reader_of_store *writer, void *arg);
void store_change(struct store *store, store_change_fn *run,
                  store_done_fn *done, void *arg);
int store_change_now(struct store *store, store_change_fn *run, void *arg);

#endif
