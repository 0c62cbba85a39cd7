#include "signaling/store/write.h"

#include "base/secret.h"
#include "signaling/store/folded.h"
#include "signaling/store/sealed.h"

#include <errno.h>

/* ---- has this command been here before? -----------------------------------
 */

static int each_command(void *arg, const struct sql_value *columns)
{
    struct touched *touched = arg;
    struct append *append = touched->append;
    struct append_answer *answer = &append->answer;
    bool same = slice_equal(columns[0].bytes, slice(append->content, 32));

    if (answer->result != APPEND_COMMITTED)
        return 0; /* an earlier stream said so */
    answer->result = same ? APPEND_REPEATED : APPEND_MISUSED;
    if (same && touched == &append->streams[0]) {
        answer->first_seq = (uint64_t)columns[1].number;
        answer->seq = (uint64_t)columns[2].number;
    }
    return 0;
}

static int ask_repetition(struct reader_of_store *writer,
                          const struct append *append, struct touched *touched)
{
    return sql_queue_ask(writer->sql,
                         "SELECT content, first_seq, seq FROM command "
                         "WHERE stream_kind = ?1 AND stream = ?2 "
                         "AND actor = ?3 AND command = ?4",
                         SQL_VALUES(sql_number(touched->stream.kind),
                                    sql_bytes(touched->stream.bytes, ID_BYTES),
                                    sql_bytes(append->actor, 16),
                                    sql_bytes(append->command.bytes, ID_BYTES)),
                         each_command, touched);
}

static int write_command(struct reader_of_store *writer,
                         const struct append *append, struct touched *touched)
{
    return sql_queue(
        writer->sql,
        "INSERT INTO command (stream_kind, stream, actor, command, "
        "content, first_seq, seq) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
        "ON CONFLICT DO NOTHING",
        SQL_VALUES(sql_number(touched->stream.kind),
                   sql_bytes(touched->stream.bytes, ID_BYTES),
                   sql_bytes(append->actor, 16),
                   sql_bytes(append->command.bytes, ID_BYTES),
                   sql_bytes(append->content, 32),
                   sql_number((int64_t)touched->first),
                   sql_number((int64_t)touched->last)),
        &touched->command_rows);
}

/* ---- heads ----------------------------------------------------------------
 */

static int each_head(void *arg, const struct sql_value *columns)
{
    struct touched *touched = arg;

    touched->head = (uint64_t)columns[0].number;
    return sql_read_bytes(&columns[1], touched->hash, CHAIN_HASH);
}

/* Takes the hash to chain to. */
static int ask_head_by(struct reader_of_store *writer, struct touched *touched,
                       const char *question)
{
    memset(touched->hash, 0, CHAIN_HASH);
    touched->head = 0;
    return sql_queue_ask(writer->sql, question,
                         SQL_VALUES(sql_number(touched->stream.kind),
                                    sql_bytes(touched->stream.bytes, ID_BYTES)),
                         each_head, touched);
}

#define HEAD_ROW                                                               \
    "SELECT seq, hash FROM head WHERE stream_kind = ?1 AND stream = ?2"

static int ask_head(struct reader_of_store *writer, struct touched *touched)
{
    return ask_head_by(writer, touched, HEAD_ROW);
}

int append_lock_head(struct reader_of_store *writer, struct touched *touched)
{
    return ask_head_by(writer, touched, HEAD_ROW " FOR UPDATE");
}

/* No row when someone else was there first. */
static int move_head(struct reader_of_store *writer, struct touched *touched)
{
    struct sql_value kind = sql_number(touched->stream.kind);
    struct sql_value stream = sql_bytes(touched->stream.bytes, ID_BYTES);
    struct sql_value seq = sql_number((int64_t)touched->last);
    struct sql_value hash = sql_bytes(touched->hash, CHAIN_HASH);

    if (touched->first == 1)
        return sql_queue(writer->sql,
                         "INSERT INTO head (stream_kind, stream, seq, hash) "
                         "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                         SQL_VALUES(kind, stream, seq, hash),
                         &touched->head_rows);

    return sql_queue(writer->sql,
                     "UPDATE head SET seq = ?3, hash = ?4 "
                     "WHERE stream_kind = ?1 AND stream = ?2 AND seq = ?5",
                     SQL_VALUES(kind, stream, seq, hash,
                                sql_number((int64_t)touched->first - 1)),
                     &touched->head_rows);
}

/* ---- parts ----------------------------------------------------------------
 */

static int insert_event(struct reader_of_store *writer,
                        const struct append *append, struct part *part,
                        const struct sealed *sealed,
                        const uint8_t previous[CHAIN_HASH],
                        const uint8_t hash[CHAIN_HASH])
{
    return sql_queue(
        writer->sql,
        "INSERT INTO event (stream_kind, stream, seq, kind, at_ms, role, "
        "staff, command, nonce, sealed, previous, hash) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
        "ON CONFLICT DO NOTHING",
        SQL_VALUES(
            sql_number(part->event.stream.kind),
            sql_bytes(part->event.stream.bytes, ID_BYTES),
            sql_number((int64_t)part->event.seq), sql_text(part->event.kind),
            sql_number(part->event.at_ms), sql_number(part->event.role),
            sql_bytes(part->event.staff.bytes, ID_BYTES),
            sql_bytes(append->command.bytes, ID_BYTES),
            sql_bytes(sealed->nonce, SEAL_NONCE),
            sql_bytes(sealed->bytes, sealed->length),
            sql_bytes(previous, CHAIN_HASH), sql_bytes(hash, CHAIN_HASH)),
        &part->event.rows);
}

static int write_event(struct reader_of_store *writer, struct append *append,
                       struct part *part)
{
    struct chain_header fields = { .stream = part->event.stream,
                                   .seq = part->event.seq,
                                   .at_ms = part->event.at_ms,
                                   .role = part->event.role,
                                   .staff = part->event.staff,
                                   .command = append->command,
                                   .kind = part->event.kind };
    struct touched *touched = append_touched(append, part->event.stream);
    uint8_t bytes[CHAIN_HEADER_MAX], hash[CHAIN_HASH];
    struct slice header = slice(bytes, chain_header_write(&fields, bytes));
    struct sealed sealed;
    int err = sealed_make(writer, part->event.stream, header, part_bytes(part),
                          &sealed);
    if (err)
        return err;

    err = chain_hash(touched->hash, header, slice(sealed.nonce, SEAL_NONCE),
                     slice(sealed.bytes, sealed.length), hash);
    if (!err)
        err = insert_event(writer, append, part, &sealed, touched->hash, hash);
    memcpy(touched->hash, hash, CHAIN_HASH);
    sealed_release(&sealed);
    return err;
}

static int write_appointment(struct reader_of_store *writer,
                             const struct part *part)
{
    const struct appointment *row = &part->appointment;

    return sql_queue(
        writer->sql,
        "INSERT INTO appointment (consultation, clinic, practitioner, "
        "start_ms, duration_min, phase, needs_doctor, needs_call) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
        "ON CONFLICT (consultation) DO UPDATE SET clinic = excluded.clinic, "
        "practitioner = excluded.practitioner, start_ms = excluded.start_ms, "
        "duration_min = excluded.duration_min, phase = excluded.phase, "
        "needs_doctor = excluded.needs_doctor, "
        "needs_call = excluded.needs_call",
        SQL_VALUES(sql_bytes(row->consultation.bytes, ID_BYTES),
                   sql_bytes(row->clinic.bytes, ID_BYTES),
                   sql_bytes(row->practitioner.bytes, ID_BYTES),
                   sql_number(row->start_ms), sql_number(row->duration_min),
                   sql_number(row->phase), sql_number(row->needs_doctor),
                   sql_number(row->needs_call)),
        NULL);
}

static int write_finders(struct reader_of_store *writer,
                         const struct part *part)
{
    struct sql_value visit = sql_bytes(part->finders.visit.bytes, ID_BYTES);
    struct sql_value kind = sql_number(part->finders.kind);
    int err = sql_queue(writer->sql,
                        "DELETE FROM finder WHERE visit = ?1 AND kind = ?2",
                        SQL_VALUES(visit, kind), NULL);

    for (size_t at = 0; at < part->length && !err; at += 32)
        err = sql_queue(
            writer->sql,
            "INSERT INTO finder (kind, hash, visit) "
            "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            SQL_VALUES(kind, sql_bytes(part->bytes + at, 32), visit), NULL);
    return err;
}

static int write_text(struct reader_of_store *writer, const struct part *part)
{
    struct row_header header =
        header_of_text(part->text.visit, part->text.kind, part->text.number,
                       part->text.at_ms, part->text.role);
    struct sealed sealed;
    int err = sealed_make(writer, stream_of_visit(part->text.visit),
                          header_bytes(&header), part_bytes(part), &sealed);
    if (err)
        return err;

    err = sql_queue(
        writer->sql,
        "INSERT INTO sealed_text (visit, kind, number, at_ms, role, nonce, "
        "sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
        "ON CONFLICT (visit, kind, number) DO UPDATE SET "
        "at_ms = excluded.at_ms, role = excluded.role, "
        "nonce = excluded.nonce, sealed = excluded.sealed",
        SQL_VALUES(sql_bytes(part->text.visit.bytes, ID_BYTES),
                   sql_number(part->text.kind), sql_number(part->text.number),
                   sql_number(part->text.at_ms), sql_number(part->text.role),
                   sql_bytes(sealed.nonce, SEAL_NONCE),
                   sql_bytes(sealed.bytes, sealed.length)),
        NULL);
    sealed_release(&sealed);
    return err;
}

static int write_document(struct reader_of_store *writer,
                          const struct part *part)
{
    struct row_header header = header_of_document(
        part->document.visit, part->document.kind, part->document.version);
    struct sealed sealed;
    int err = sealed_make(writer, stream_of_visit(part->document.visit),
                          header_bytes(&header), part_bytes(part), &sealed);
    if (err)
        return err;

    err =
        sql_queue(writer->sql,
                  "INSERT INTO document (visit, kind, version, nonce, sealed) "
                  "VALUES (?1, ?2, ?3, ?4, ?5) "
                  "ON CONFLICT (visit, kind, version) DO UPDATE SET "
                  "nonce = excluded.nonce, sealed = excluded.sealed",
                  SQL_VALUES(sql_bytes(part->document.visit.bytes, ID_BYTES),
                             sql_number(part->document.kind),
                             sql_number(part->document.version),
                             sql_bytes(sealed.nonce, SEAL_NONCE),
                             sql_bytes(sealed.bytes, sealed.length)),
                  NULL);
    sealed_release(&sealed);
    return err;
}

/* Random rather than counted, so that nodes need no counter in common. */
static int64_t draw_row_id(void)
{
    uint64_t id;

    secret_random(&id, sizeof(id));
    return (int64_t)(id >> 1);
}

static int write_outbox(struct reader_of_store *writer, const struct part *part)
{
    int64_t id = draw_row_id();
    struct row_header header = header_of_outbox(
        part->outbox.visit, id, part->outbox.kind, part->outbox.channel);
    struct sealed sealed;
    int err = sealed_make(writer, stream_of_visit(part->outbox.visit),
                          header_bytes(&header), part_bytes(part), &sealed);
    if (err)
        return err;

    err = sql_queue(
        writer->sql,
        "INSERT INTO outbox (id, visit, kind, seq, part, channel, created_ms, "
        "until_ms, attempts, state, ended_ms, why, nonce, sealed) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 0, 0, 0, '', ?8, ?9)",
        SQL_VALUES(
            sql_number(id), sql_bytes(part->outbox.visit.bytes, ID_BYTES),
            sql_number(part->outbox.kind),
            sql_number((int64_t)part->outbox.seq),
            sql_number(part->outbox.part), sql_text(part->outbox.channel),
            sql_number(part->outbox.at_ms), sql_bytes(sealed.nonce, SEAL_NONCE),
            sql_bytes(sealed.bytes, sealed.length)),
        NULL);
    sealed_release(&sealed);
    return err;
}

static int write_deadlines(struct reader_of_store *writer,
                           const struct part *part)
{
    struct sql_value visit = sql_bytes(part->deadlines.visit.bytes, ID_BYTES);
    int err = sql_queue(writer->sql, "DELETE FROM due WHERE visit = ?1",
                        SQL_VALUES(visit), NULL);

    for (size_t i = 0; i < part->deadlines.count && !err; i++) {
        const struct deadline *deadline = &part->deadlines.deadlines[i];
        err = sql_queue(writer->sql,
                        "INSERT INTO due (visit, kind, seq, at_ms) "
                        "VALUES (?1, ?2, ?3, ?4)",
                        SQL_VALUES(visit, sql_number(deadline->kind),
                                   sql_number((int64_t)part->deadlines.seq),
                                   sql_number(deadline->at_ms)),
                        NULL);
    }
    return err;
}

static int write_part(struct reader_of_store *writer, struct append *append,
                      struct part *part)
{
    switch (part->kind) {
    case PART_EVENT:
        return write_event(writer, append, part);
    case PART_APPOINTMENT:
        return write_appointment(writer, part);
    case PART_FINDERS:
        return write_finders(writer, part);
    case PART_TEXT:
        return write_text(writer, part);
    case PART_DOCUMENT:
        return write_document(writer, part);
    case PART_OUTBOX:
        return write_outbox(writer, part);
    case PART_DEADLINES:
        return write_deadlines(writer, part);
    case PART_FOLDED:
        return folded_write(writer, part,
                            append_touched(append, part->folded.stream));
    }
    return -EPROTO;
}

/* ---- the whole ------------------------------------------------------------
 */

static int move_heads(struct reader_of_store *writer, struct append *append)
{
    int err = 0;

    for (size_t i = 0; i < append->stream_count && !err; i++) {
        err = move_head(writer, &append->streams[i]);
        if (!err)
            err = write_command(writer, append, &append->streams[i]);
    }
    return err;
}

/* Did another writer get in between? Known once everything is settled. */
static bool all_rows_written(const struct append *append)
{
    for (size_t i = 0; i < append->stream_count; i++)
        if (append->streams[i].head_rows == 0 ||
            append->streams[i].command_rows == 0)
            return false;
    for (const struct part *part = append->first; part; part = part->next)
        if (part->kind == PART_EVENT && part->event.rows == 0)
            return false;
    return true;
}

int append_ask(struct reader_of_store *writer, struct append *append)
{
    int err = 0;

    append->answer = (struct append_answer){ .result = APPEND_COMMITTED };
    for (size_t i = 0; i < append->stream_count && !err; i++)
        err = ask_repetition(writer, append, &append->streams[i]);
    return err;
}

/* What was asked for tells whether it may be written at all. */
static bool is_expected(struct append *append)
{
    if (append->answer.result != APPEND_COMMITTED)
        return false;
    for (size_t i = 0; i < append->stream_count; i++)
        if (append->streams[i].head + 1 != append->streams[i].first)
            append->answer.result = APPEND_CONFLICT;
    return append->answer.result == APPEND_COMMITTED;
}

int append_queue(struct reader_of_store *writer, struct append *append)
{
    int err = 0;

    if (!is_expected(append))
        return 0;
    for (struct part *part = append->first; part && !err; part = part->next)
        err = write_part(writer, append, part);
    return err ? err : move_heads(writer, append);
}

bool append_is_written(struct append *append)
{
    struct append_answer *answer = &append->answer;

    if (answer->result != APPEND_COMMITTED)
        return true; /* nothing was to be */
    if (!all_rows_written(append))
        return false;
    if (append->stream_count > 0) {
        answer->first_seq = append->streams[0].first;
        answer->seq = append->streams[0].last;
    }
    return true;
}

int append_write(struct reader_of_store *writer, struct append *append)
{
    int err = append_ask(writer, append);

    for (size_t i = 0; i < append->stream_count && !err; i++)
        err = ask_head(writer, &append->streams[i]);
    int settled = sql_settle(writer->sql);
    if (!err && !settled)
        err = append_queue(writer, append);
    if (!settled)
        settled = sql_settle(writer->sql);
    if (err || settled)
        return err ? err : settled;
    if (!append_is_written(append))
        append->answer.result = APPEND_CONFLICT;
    return 0;
}
