/*
 * read: everything that store.h reads back, inside the transaction of one ask.
 */
#include "signaling/store/chain.h"
#include "signaling/store/sealed.h"

#include <errno.h>
#include <stdlib.h>

/* ---- streams --------------------------------------------------------------
 */

struct event_reading {
    struct reader_of_store *reader;
    struct stream_id stream;
    stored_event_fn *each;
    void *arg;
};

/* Columns: seq, kind, at_ms, role, staff, command, nonce, sealed. */
static int each_event(void *arg, const struct sql_value *columns)
{
    struct event_reading *reading = arg;
    struct slice nonce = columns[6].bytes, sealed = columns[7].bytes;
    struct chain_header fields = { .stream = reading->stream };
    char kind[EVENT_KIND_TEXT];
    uint8_t bytes[CHAIN_HEADER_MAX];
    uint8_t *plain;

    fields.seq = (uint64_t)columns[0].number;
    fields.at_ms = columns[2].number;
    fields.role = (enum role)columns[3].number;
    fields.kind = kind;
    int err = sql_read_text(&columns[1], kind, sizeof(kind));
    if (!err)
        err = sql_read_bytes(&columns[4], fields.staff.bytes, ID_BYTES);
    if (!err)
        err = sql_read_bytes(&columns[5], fields.command.bytes, ID_BYTES);
    if (!err)
        err = sealed_open(reading->reader, reading->stream,
                          slice(bytes, chain_header_write(&fields, bytes)),
                          nonce, sealed, &plain);
    if (!err && columns[3].number > ROLE_SYSTEM) {
        plain_free(plain, sealed.length - SEAL_TAG);
        err = -EBADMSG; /* the sealed header has one byte for it */
    }
    if (err)
        return err;

    struct stored_event event = { .seq = fields.seq,
                                  .kind = kind,
                                  .at_ms = fields.at_ms,
                                  .role = fields.role,
                                  .staff = fields.staff };
    event.record = slice(plain, sealed.length - SEAL_TAG);
    err = reading->each(reading->arg, &event);
    plain_free(plain, event.record.length);
    return err;
}

int read_stream(struct reader_of_store *reader, struct stream_id stream,
                uint64_t after, stored_event_fn *each, void *arg)
{
    struct event_reading reading = { reader, stream, each, arg };

    return sql_run(reader->sql,
                   "SELECT seq, kind, at_ms, role, staff, command, nonce, "
                   "sealed FROM event WHERE stream_kind = ?1 AND stream = ?2 "
                   "AND seq > ?3 ORDER BY seq",
                   SQL_VALUES(sql_number(stream.kind),
                              sql_bytes(stream.bytes, ID_BYTES),
                              sql_number((int64_t)after)),
                   each_event, &reading);
}

static int each_number(void *arg, const struct sql_value *columns)
{
    *(int64_t *)arg = columns[0].number;
    return 0;
}

int read_head(struct reader_of_store *reader, struct stream_id stream,
              uint64_t *out)
{
    int64_t seq = 0;
    int err = sql_run(
        reader->sql,
        "SELECT seq FROM head "
        "WHERE stream_kind = ?1 AND stream = ?2",
        SQL_VALUES(sql_number(stream.kind), sql_bytes(stream.bytes, ID_BYTES)),
        each_number, &seq);
    if (err)
        return err;

    *out = (uint64_t)seq;
    return 0;
}

struct heads_reading {
    enum stream_kind kind;
    head_fn *each;
    void *arg;
};

static int each_head(void *arg, const struct sql_value *columns)
{
    struct heads_reading *reading = arg;
    struct stream_id stream = { .kind = reading->kind };
    int err = sql_read_bytes(&columns[0], stream.bytes, ID_BYTES);

    return err ? err
               : reading->each(reading->arg, stream,
                               (uint64_t)columns[1].number);
}

int read_heads(struct reader_of_store *reader, const struct stream_id *streams,
               size_t count, head_fn *each, void *arg)
{
    struct heads_reading reading = { .each = each, .arg = arg };
    struct sql_value values[1 + HEADS_AT_ONCE];

    if (count == 0 || count > HEADS_AT_ONCE)
        return count == 0 ? 0 : -EINVAL;
    reading.kind = streams[0].kind;
    values[0] = sql_number(streams[0].kind);
    /* Places that are left over name the first once more. */
    for (size_t i = 0; i < HEADS_AT_ONCE; i++)
        values[1 + i] = sql_bytes(streams[i < count ? i : 0].bytes, ID_BYTES);
    return sql_run(reader->sql,
                   "SELECT stream, seq FROM head WHERE stream_kind = ?1 "
                   "AND stream IN (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                   "?12, ?13, ?14, ?15, ?16)",
                   values, 1 + HEADS_AT_ONCE, each_head, &reading);
}

struct command_reading {
    const uint8_t *content;
    struct append_answer answer;
    bool found;
};

static int each_command(void *arg, const struct sql_value *columns)
{
    struct command_reading *reading = arg;

    reading->found = true;
    if (!slice_equal(columns[0].bytes, slice(reading->content, 32))) {
        reading->answer.result = APPEND_MISUSED;
        return 0;
    }
    reading->answer.result = APPEND_REPEATED;
    reading->answer.first_seq = (uint64_t)columns[1].number;
    reading->answer.seq = (uint64_t)columns[2].number;
    return 0;
}

int read_command(struct reader_of_store *reader, struct stream_id stream,
                 const uint8_t actor[16], struct command_id command,
                 const uint8_t content[32], struct append_answer *out)
{
    struct command_reading reading = { .content = content };
    /* Before the question: what becomes sure meanwhile is found or is not. */
    bool unsure = atomic_load(reader->unsure);
    int err = sql_run(
        reader->sql,
        "SELECT content, first_seq, seq FROM command "
        "WHERE stream_kind = ?1 AND stream = ?2 "
        "AND actor = ?3 AND command = ?4",
        SQL_VALUES(sql_number(stream.kind), sql_bytes(stream.bytes, ID_BYTES),
                   sql_bytes(actor, 16), sql_bytes(command.bytes, ID_BYTES)),
        each_command, &reading);
    if (err)
        return err;
    if (!reading.found)
        return unsure ? -EAGAIN : -ENOENT;

    *out = reading.answer;
    return 0;
}

/* ---- lists ----------------------------------------------------------------
 */

struct appointment_reading {
    appointment_fn *each;
    void *arg;
};

static int each_appointment(void *arg, const struct sql_value *columns)
{
    struct appointment_reading *reading = arg;
    struct appointment row = {
        .start_ms = columns[3].number,
        .duration_min = (uint32_t)columns[4].number,
        .phase = (enum phase)columns[5].number,
        .needs_doctor = columns[6].number != 0,
        .needs_call = columns[7].number != 0,
    };
    int err = sql_read_bytes(&columns[0], row.consultation.bytes, ID_BYTES);

    if (!err)
        err = sql_read_bytes(&columns[1], row.clinic.bytes, ID_BYTES);
    if (!err)
        err = sql_read_bytes(&columns[2], row.practitioner.bytes, ID_BYTES);
    return err ? err : reading->each(reading->arg, &row);
}

#define APPOINTMENT_ROWS                                                       \
    "SELECT consultation, clinic, practitioner, start_ms, duration_min, "      \
    "phase, needs_doctor, needs_call FROM appointment WHERE "
#define APPOINTMENT_COLUMNS APPOINTMENT_ROWS "start_ms >= ?1 AND start_ms < ?2 "
#define APPOINTMENT_ORDER   "ORDER BY start_ms, consultation"
#define APPOINTMENT_NEWEST  "ORDER BY start_ms DESC, consultation "

int read_appointments(struct reader_of_store *reader, struct clinic_id clinic,
                      struct practitioner_id practitioner, int64_t from_ms,
                      int64_t to_ms, appointment_fn *each, void *arg)
{
    struct appointment_reading reading = { each, arg };
    struct sql_value from = sql_number(from_ms), to = sql_number(to_ms);
    struct sql_value of_clinic = sql_bytes(clinic.bytes, ID_BYTES);
    struct sql_value of_practitioner = sql_bytes(practitioner.bytes, ID_BYTES);
    bool any_clinic = clinic_id_is_none(clinic);

    if (!practitioner_id_is_none(practitioner) && any_clinic)
        return sql_run(
            reader->sql,
            APPOINTMENT_COLUMNS "AND practitioner = ?3 " APPOINTMENT_ORDER,
            SQL_VALUES(from, to, of_practitioner), each_appointment, &reading);
    if (!practitioner_id_is_none(practitioner))
        return sql_run(reader->sql,
                       APPOINTMENT_COLUMNS "AND practitioner = ?3 "
                                           "AND clinic = ?4 " APPOINTMENT_ORDER,
                       SQL_VALUES(from, to, of_practitioner, of_clinic),
                       each_appointment, &reading);
    if (!any_clinic)
        return sql_run(reader->sql,
                       APPOINTMENT_COLUMNS "AND clinic = ?3 " APPOINTMENT_ORDER,
                       SQL_VALUES(from, to, of_clinic), each_appointment,
                       &reading);
    return sql_run(reader->sql, APPOINTMENT_COLUMNS APPOINTMENT_ORDER,
                   SQL_VALUES(from, to), each_appointment, &reading);
}

int read_needing(struct reader_of_store *reader, struct clinic_id clinic,
                 struct practitioner_id practitioner, int64_t from_ms,
                 int64_t to_ms, size_t most, appointment_fn *each, void *arg)
{
    struct appointment_reading reading = { each, arg };

    return sql_run(
        reader->sql,
        APPOINTMENT_ROWS
        "needs_doctor = 1 AND practitioner = ?1 AND clinic = ?2 "
        "AND (start_ms < ?3 OR start_ms >= ?4) " APPOINTMENT_NEWEST "LIMIT ?5",
        SQL_VALUES(sql_bytes(practitioner.bytes, ID_BYTES),
                   sql_bytes(clinic.bytes, ID_BYTES), sql_number(from_ms),
                   sql_number(to_ms), sql_number((int64_t)most)),
        each_appointment, &reading);
}

int read_calls(struct reader_of_store *reader, struct clinic_id clinic,
               size_t most, appointment_fn *each, void *arg)
{
    struct appointment_reading reading = { each, arg };

    return sql_run(reader->sql,
                   APPOINTMENT_ROWS
                   "needs_call = 1 AND clinic = ?1 " APPOINTMENT_NEWEST
                   "LIMIT ?2",
                   SQL_VALUES(sql_bytes(clinic.bytes, ID_BYTES),
                              sql_number((int64_t)most)),
                   each_appointment, &reading);
}

struct found_reading {
    found_fn *each;
    void *arg;
};

static int each_found(void *arg, const struct sql_value *columns)
{
    struct found_reading *reading = arg;
    struct consultation_id visit;
    int err = sql_read_bytes(&columns[0], visit.bytes, ID_BYTES);

    return err ? err : reading->each(reading->arg, visit);
}

int read_found(struct reader_of_store *reader, enum finder kind,
               const uint8_t hash[32], found_fn *each, void *arg)
{
    struct found_reading reading = { each, arg };

    return sql_run(reader->sql,
                   "SELECT visit FROM finder WHERE kind = ?1 AND hash = ?2 "
                   "ORDER BY visit",
                   SQL_VALUES(sql_number(kind), sql_bytes(hash, 32)),
                   each_found, &reading);
}

int read_found_among(struct reader_of_store *reader, struct clinic_id clinic,
                     struct practitioner_id practitioner, enum finder kind,
                     const uint8_t hash[32], size_t most, found_fn *each,
                     void *arg)
{
    struct found_reading reading = { each, arg };
    bool anybody = practitioner_id_is_none(practitioner);

    return sql_run(reader->sql,
                   "SELECT appointment.consultation FROM finder "
                   "JOIN appointment ON appointment.consultation = "
                   "finder.visit WHERE finder.kind = ?1 AND finder.hash = ?2 "
                   "AND appointment.clinic = ?3 "
                   "AND (?4 = 1 OR appointment.practitioner = ?5) "
                   "ORDER BY appointment.start_ms DESC, "
                   "appointment.consultation LIMIT ?6",
                   SQL_VALUES(sql_number(kind), sql_bytes(hash, 32),
                              sql_bytes(clinic.bytes, ID_BYTES),
                              sql_number(anybody),
                              sql_bytes(practitioner.bytes, ID_BYTES),
                              sql_number((int64_t)most)),
                   each_found, &reading);
}

/* ---- texts and documents --------------------------------------------------
 */

struct text_reading {
    struct reader_of_store *reader;
    struct consultation_id visit;
    enum text_kind kind;
    stored_text_fn *each;
    void *arg;
};

/* Columns: number, at_ms, role, nonce, sealed. */
static int each_text(void *arg, const struct sql_value *columns)
{
    struct text_reading *reading = arg;
    struct slice sealed = columns[4].bytes;
    struct stored_text text = {
        .kind = reading->kind,
        .number = (uint32_t)columns[0].number,
        .at_ms = columns[1].number,
        .role = (enum role)columns[2].number,
    };
    struct row_header header = header_of_text(
        reading->visit, text.kind, text.number, text.at_ms, text.role);
    uint8_t *plain;
    int err =
        sealed_open(reading->reader, stream_of_visit(reading->visit),
                    header_bytes(&header), columns[3].bytes, sealed, &plain);
    if (err)
        return err;

    text.text = slice(plain, sealed.length - SEAL_TAG);
    err = reading->each(reading->arg, &text);
    plain_free(plain, text.text.length);
    return err;
}

int read_texts(struct reader_of_store *reader, struct consultation_id visit,
               enum text_kind kind, uint32_t after, stored_text_fn *each,
               void *arg)
{
    struct text_reading reading = { reader, visit, kind, each, arg };

    return sql_run(reader->sql,
                   "SELECT number, at_ms, role, nonce, sealed "
                   "FROM sealed_text WHERE visit = ?1 AND kind = ?2 "
                   "AND number > ?3 ORDER BY number",
                   SQL_VALUES(sql_bytes(visit.bytes, ID_BYTES),
                              sql_number(kind), sql_number(after)),
                   each_text, &reading);
}

struct document_reading {
    struct reader_of_store *reader;
    struct consultation_id visit;
    enum document_kind kind;
    uint32_t version;
    uint8_t *plain;
    size_t length;
};

static int each_document(void *arg, const struct sql_value *columns)
{
    struct document_reading *reading = arg;
    struct slice sealed = columns[1].bytes;
    struct row_header header =
        header_of_document(reading->visit, reading->kind, reading->version);
    int err = sealed_open(reading->reader, stream_of_visit(reading->visit),
                          header_bytes(&header), columns[0].bytes, sealed,
                          &reading->plain);

    if (!err)
        reading->length = sealed.length - SEAL_TAG;
    return err;
}

int read_document(struct reader_of_store *reader, struct consultation_id visit,
                  enum document_kind kind, uint32_t version, uint8_t **out,
                  size_t *out_length)
{
    struct document_reading reading = {
        .reader = reader, .visit = visit, .kind = kind, .version = version
    };
    int err = sql_run(reader->sql,
                      "SELECT nonce, sealed FROM document "
                      "WHERE visit = ?1 AND kind = ?2 AND version = ?3",
                      SQL_VALUES(sql_bytes(visit.bytes, ID_BYTES),
                                 sql_number(kind), sql_number(version)),
                      each_document, &reading);
    if (!err && !reading.plain)
        err = -ENOENT;
    if (err)
        return err;

    *out = reading.plain;
    *out_length = reading.length;
    return 0;
}

/* ---- delivery -------------------------------------------------------------
 */

const char *const delivery_names[] = { "none", "waiting", "sent", "failed" };

static int each_delivery(void *arg, const struct sql_value *columns)
{
    /* By the outbox's state: from the best to the worst. */
    static const enum delivery of_state[] = { DELIVERY_WAITING, DELIVERY_SENT,
                                              DELIVERY_FAILED };
    static const int badness[] = { [DELIVERY_NONE] = 0,
                                   [DELIVERY_SENT] = 1,
                                   [DELIVERY_WAITING] = 2,
                                   [DELIVERY_FAILED] = 3 };
    enum delivery *worst = arg;

    if (columns[0].number < 0 || columns[0].number > 2)
        return -EUCLEAN;
    enum delivery this = of_state[columns[0].number];
    if (badness[this] > badness[*worst])
        *worst = this;
    return 0;
}

int read_delivery(struct reader_of_store *reader, struct consultation_id visit,
                  enum delivery *out)
{
    enum delivery worst = DELIVERY_NONE;
    int err = sql_run(reader->sql,
                      "SELECT state FROM outbox WHERE visit = ?1 "
                      "AND kind <= ?2 AND seq = (SELECT MAX(seq) FROM outbox "
                      "WHERE visit = ?1 AND kind <= ?2)",
                      SQL_VALUES(sql_bytes(visit.bytes, ID_BYTES),
                                 sql_number(NOTICE_RELEASED)),
                      each_delivery, &worst);
    /* Of guests' messages only what failed matters to the whole row. */
    if (!err)
        err = sql_run(reader->sql,
                      "SELECT state FROM outbox WHERE visit = ?1 "
                      "AND kind >= ?2 AND state = 2 AND seq = "
                      "(SELECT MAX(seq) FROM outbox WHERE visit = ?1 "
                      "AND kind >= ?2)",
                      SQL_VALUES(sql_bytes(visit.bytes, ID_BYTES),
                                 sql_number(NOTICE_GUEST_LINK)),
                      each_delivery, &worst);
    if (err)
        return err;

    *out = worst;
    return 0;
}
