#include "signaling/store/folded.h"

#include "base/writer.h"
#include "signaling/store/sealed.h"

#include <assert.h>
#include <errno.h>

static struct row_header header_of(struct stream_id stream, uint64_t seq,
                                   uint32_t form,
                                   const uint8_t hash[CHAIN_HASH])
{
    struct row_header header;
    struct writer writer = writer_into(header.bytes, ROW_HEADER_MAX);

    writer_text(&writer, "vestibule folded 1");
    writer_u8(&writer, (uint8_t)stream.kind);
    writer_bytes(&writer, slice(stream.bytes, ID_BYTES));
    writer_u64(&writer, seq);
    writer_u32(&writer, form);
    writer_bytes(&writer, slice(hash, CHAIN_HASH));
    assert(!writer.failed);
    header.length = writer.length;
    return header;
}

int folded_write(struct reader_of_store *writer, const struct part *part,
                 const struct touched *touched)
{
    struct stream_id stream = part->folded.stream;
    struct row_header header =
        header_of(stream, touched->head, part->folded.form, touched->hash);
    struct sealed sealed;
    int err = sealed_make(writer, stream, header_bytes(&header),
                          part_bytes(part), &sealed);
    if (err)
        return err;

    err = sql_queue(
        writer->sql,
        "INSERT INTO folded (stream_kind, stream, seq, form, nonce, sealed) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
        "ON CONFLICT (stream_kind, stream) DO UPDATE SET "
        "seq = excluded.seq, form = excluded.form, nonce = excluded.nonce, "
        "sealed = excluded.sealed",
        SQL_VALUES(sql_number(stream.kind), sql_bytes(stream.bytes, ID_BYTES),
                   sql_number((int64_t)touched->head),
                   sql_number(part->folded.form),
                   sql_bytes(sealed.nonce, SEAL_NONCE),
                   sql_bytes(sealed.bytes, sealed.length)),
        NULL);
    sealed_release(&sealed);
    return err;
}

struct folded_reading {
    struct reader_of_store *reader;
    struct stream_id stream;
    uint32_t form;
    folded_fn *each;
    void *arg;
};

/* Columns: seq, nonce, sealed, hash. */
static int each_folded(void *arg, const struct sql_value *columns)
{
    struct folded_reading *reading = arg;
    uint64_t seq = (uint64_t)columns[0].number;
    struct slice sealed = columns[2].bytes;
    uint8_t hash[CHAIN_HASH];
    uint8_t *plain;
    int err = sql_read_bytes(&columns[3], hash, CHAIN_HASH);
    if (err)
        return err;

    struct row_header header =
        header_of(reading->stream, seq, reading->form, hash);
    err = sealed_open(reading->reader, reading->stream, header_bytes(&header),
                      columns[1].bytes, sealed, &plain);
    if (err)
        return err;

    struct slice facts = slice(plain, sealed.length - SEAL_TAG);
    err = reading->each(reading->arg, seq, facts);
    plain_free(plain, facts.length);
    return err;
}

int read_folded(struct reader_of_store *reader, struct stream_id stream,
                uint32_t form, folded_fn *each, void *arg)
{
    struct folded_reading reading = { reader, stream, form, each, arg };

    return sql_run(
        reader->sql,
        "SELECT folded.seq, folded.nonce, folded.sealed, event.hash "
        "FROM folded JOIN event ON event.stream_kind = folded.stream_kind "
        "AND event.stream = folded.stream AND event.seq = folded.seq "
        "WHERE folded.stream_kind = ?1 AND folded.stream = ?2 "
        "AND folded.form = ?3",
        SQL_VALUES(sql_number(stream.kind), sql_bytes(stream.bytes, ID_BYTES),
                   sql_number(form)),
        each_folded, &reading);
}
