#include "signaling/store/verify.h"

#include "signaling/store/chain.h"
#include "signaling/store/sealed.h"

#include <errno.h>

const char *const verify_fault_names[] = { "fine",      "missing", "changed",
                                           "unchained", "seal",    "tail" };

#define FOUND_A_FAULT 1   /* ends the walk; the report says which */
#define PAGE          500 /* events: a driver may hold a whole answer in memory */

struct walk {
    struct reader_of_store *reader;
    struct verify_report report;
    struct stream_id stream; /* the one being walked */
    uint64_t seq;            /* its last event so far; 0 before the first */
    uint8_t hash[CHAIN_HASH];
    int64_t left; /* events of this page; 0: there may be another page */
};

static int found(struct walk *walk, enum verify_fault fault,
                 struct stream_id stream, uint64_t seq)
{
    walk->report.fault = fault;
    walk->report.stream = stream;
    walk->report.seq = seq;
    return FOUND_A_FAULT;
}

/* ---- the end of a stream --------------------------------------------------
 */

static int each_head(void *arg, const struct sql_value *columns)
{
    struct walk *walk = arg;
    uint8_t hash[CHAIN_HASH];
    int err = sql_read_bytes(&columns[1], hash, sizeof(hash));

    /* Told by a seq of 0 in the walk: the head was there and right. */
    if (!err && (uint64_t)columns[0].number == walk->seq &&
        memcmp(hash, walk->hash, CHAIN_HASH) == 0)
        walk->seq = 0;
    return 0;
}

static int end_stream(struct walk *walk)
{
    uint64_t last = walk->seq;

    if (last == 0)
        return 0;
    walk->report.streams += 1;
    int err = sql_run(walk->reader->sql,
                      "SELECT seq, hash FROM head "
                      "WHERE stream_kind = ?1 AND stream = ?2",
                      SQL_VALUES(sql_number(walk->stream.kind),
                                 sql_bytes(walk->stream.bytes, ID_BYTES)),
                      each_head, walk);
    if (err)
        return err;
    return walk->seq == 0 ? 0 : found(walk, VERIFY_TAIL, walk->stream, last);
}

/* ---- one event ------------------------------------------------------------
 */

struct raw_event {
    struct chain_header fields;
    char kind[EVENT_KIND_TEXT];
    struct slice nonce;
    struct slice sealed;
    uint8_t previous[CHAIN_HASH];
    uint8_t hash[CHAIN_HASH];
};

/* Columns: stream_kind, stream, seq, kind, at_ms, role, staff, command, nonce,
 * sealed, previous, hash. Not 0 when a column is not even of its form. */
static int read_raw(const struct sql_value *columns, struct raw_event *out)
{
    struct chain_header *fields = &out->fields;
    int err = sql_read_bytes(&columns[1], fields->stream.bytes, ID_BYTES);

    fields->stream.kind = (enum stream_kind)columns[0].number;
    fields->seq = (uint64_t)columns[2].number;
    fields->kind = out->kind;
    fields->at_ms = columns[4].number;
    fields->role = (enum role)columns[5].number;
    out->nonce = columns[8].bytes;
    out->sealed = columns[9].bytes;
    /* The header has one byte for each. */
    if (columns[0].number < 0 || columns[0].number > UINT8_MAX ||
        columns[5].number < 0 || columns[5].number > UINT8_MAX)
        err = -EUCLEAN;
    if (!err)
        err = sql_read_text(&columns[3], out->kind, sizeof(out->kind));
    if (!err)
        err = sql_read_bytes(&columns[6], fields->staff.bytes, ID_BYTES);
    if (!err)
        err = sql_read_bytes(&columns[7], fields->command.bytes, ID_BYTES);
    if (!err)
        err = sql_read_bytes(&columns[10], out->previous, CHAIN_HASH);
    if (!err)
        err = sql_read_bytes(&columns[11], out->hash, CHAIN_HASH);
    return err;
}

static int check_hash(struct walk *walk, const struct raw_event *event,
                      struct slice header)
{
    struct stream_id stream = event->fields.stream;
    uint64_t seq = event->fields.seq;
    uint8_t hash[CHAIN_HASH];

    if (seq != walk->seq + 1)
        return found(walk, VERIFY_MISSING, stream, seq);
    int err =
        chain_hash(event->previous, header, event->nonce, event->sealed, hash);
    if (err)
        return err;
    if (memcmp(hash, event->hash, CHAIN_HASH) != 0)
        return found(walk, VERIFY_CHANGED, stream, seq);
    if (memcmp(event->previous, walk->hash, CHAIN_HASH) != 0)
        return found(walk, VERIFY_UNCHAINED, stream, seq);
    memcpy(walk->hash, hash, CHAIN_HASH);
    return 0;
}

static int check_seal(struct walk *walk, const struct raw_event *event,
                      struct slice header)
{
    uint8_t *plain;
    int err = sealed_open(walk->reader, event->fields.stream, header,
                          event->nonce, event->sealed, &plain);

    if (err == -ENOKEY) {
        walk->report.erased += 1;
        return 0;
    }
    if (err == -EBADMSG)
        return found(walk, VERIFY_SEAL, event->fields.stream,
                     event->fields.seq);
    if (!err)
        plain_free(plain, event->sealed.length - SEAL_TAG);
    return err;
}

static int each_event(void *arg, const struct sql_value *columns)
{
    struct walk *walk = arg;
    struct raw_event event;
    uint8_t bytes[CHAIN_HEADER_MAX];

    walk->left -= 1;
    if (read_raw(columns, &event) != 0)
        return found(walk, VERIFY_CHANGED, walk->stream, walk->seq + 1);
    if (event.fields.stream.kind != walk->stream.kind ||
        memcmp(event.fields.stream.bytes, walk->stream.bytes, ID_BYTES) != 0) {
        int err = end_stream(walk);
        if (err)
            return err;
        walk->stream = event.fields.stream;
        walk->seq = 0;
        memset(walk->hash, 0, CHAIN_HASH);
    }

    struct slice header =
        slice(bytes, chain_header_write(&event.fields, bytes));
    int err = check_hash(walk, &event, header);
    if (!err)
        err = check_seal(walk, &event, header);
    walk->seq += 1;
    walk->report.events += err ? 0 : 1;
    return err;
}

/* ---- the whole ------------------------------------------------------------
 */

static int each_bare_head(void *arg, const struct sql_value *columns)
{
    struct stream_id stream = { .kind = (enum stream_kind)columns[0].number };

    (void)sql_read_bytes(&columns[1], stream.bytes, ID_BYTES);
    return found(arg, VERIFY_TAIL, stream, (uint64_t)columns[2].number);
}

/* The events after the walk's last one; kind -1 for the first page. */
static int walk_page(struct walk *walk, int64_t kind)
{
    struct stream_id after = walk->stream; /* the walk's own moves on */

    walk->left = PAGE;
    return sql_run(walk->reader->sql,
                   "SELECT stream_kind, stream, seq, kind, at_ms, role, "
                   "staff, command, nonce, sealed, previous, hash "
                   "FROM event WHERE (stream_kind, stream, seq) > "
                   "(?1, ?2, ?3) ORDER BY stream_kind, stream, seq LIMIT ?4",
                   SQL_VALUES(sql_number(kind),
                              sql_bytes(after.bytes, ID_BYTES),
                              sql_number((int64_t)walk->seq), sql_number(PAGE)),
                   each_event, walk);
}

int store_verify(struct reader_of_store *reader, struct verify_report *out)
{
    struct walk walk = { .reader = reader };
    int err = walk_page(&walk, -1);

    while (!err && walk.left == 0)
        err = walk_page(&walk, walk.stream.kind);
    if (!err)
        err = end_stream(&walk);
    if (!err)
        err = sql_run(reader->sql,
                      "SELECT stream_kind, stream, seq FROM head "
                      "WHERE NOT EXISTS (SELECT 1 FROM event "
                      "WHERE event.stream_kind = head.stream_kind "
                      "AND event.stream = head.stream) LIMIT 1",
                      SQL_NO_VALUES, each_bare_head, &walk);
    if (err < 0)
        return err;

    *out = walk.report;
    return 0;
}
