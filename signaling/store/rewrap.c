#include "signaling/store/rewrap.h"

#include "base/secret.h"
#include "signaling/store/connection.h"

#include <errno.h>

#define BATCH 256

struct rewrapped {
    struct stream_id stream;
    struct wrapped_key key;
};

struct rewrap {
    struct keyring *ring;
    const uint8_t *master_key;
    struct rewrapped batch[BATCH];
    size_t count;
};

static int each_key(void *arg, const struct sql_value *columns)
{
    struct rewrap *rewrap = arg;
    struct rewrapped *row = &rewrap->batch[rewrap->count++];
    uint8_t key[SEAL_KEY];

    if (columns[1].bytes.length != ID_BYTES)
        return -EBADMSG;
    row->stream.kind = (enum stream_kind)columns[0].number;
    memcpy(row->stream.bytes, columns[1].bytes.data, ID_BYTES);
    int err = keyring_unwrap(rewrap->ring, row->stream, columns[2].bytes,
                             columns[3].bytes, key);
    if (!err)
        err = keyring_wrap(rewrap->ring, rewrap->master_key, row->stream, key,
                           &row->key);
    secret_wipe(key, sizeof(key));
    return err;
}

static int store_batch(const struct rewrap *rewrap, struct sql *sql)
{
    int err = 0;

    for (size_t i = 0; !err && i < rewrap->count; i++) {
        const struct rewrapped *row = &rewrap->batch[i];
        err = sql_run(sql,
                      "UPDATE stream_key SET nonce = ?3, wrapped = ?4 "
                      "WHERE stream_kind = ?1 AND stream = ?2",
                      SQL_VALUES(sql_number(row->stream.kind),
                                 sql_bytes(row->stream.bytes, ID_BYTES),
                                 sql_bytes(row->key.nonce, SEAL_NONCE),
                                 sql_bytes(row->key.bytes, WRAPPED)),
                      NULL, NULL);
    }
    return err;
}

/* The keys that come next, in the order of the table's primary key. */
static int rewrap_after(struct rewrap *rewrap, struct sql *sql,
                        const struct stream_id *after)
{
    rewrap->count = 0;
    int err = sql_run(sql,
                      "SELECT stream_kind, stream, nonce, wrapped "
                      "FROM stream_key WHERE erased_ms = 0 "
                      "AND (stream_kind, stream) > (?1, ?2) "
                      "ORDER BY stream_kind, stream LIMIT ?3",
                      SQL_VALUES(sql_number(after->kind),
                                 sql_bytes(after->bytes, ID_BYTES),
                                 sql_number(BATCH)),
                      each_key, rewrap);

    return err ? err : store_batch(rewrap, sql);
}

static int rewrap_all(struct rewrap *rewrap, struct sql *sql, uint64_t *out)
{
    struct stream_id after = { .kind = STREAM_CONSULTATION }; /* before all */

    *out = 0;
    do {
        int err = rewrap_after(rewrap, sql, &after);
        if (err)
            return err;
        *out += rewrap->count;
        if (rewrap->count > 0)
            after = rewrap->batch[rewrap->count - 1].stream;
    } while (rewrap->count == BATCH);
    return 0;
}

static int replace_check(struct keyring *ring, struct sql *sql,
                         const uint8_t master_key[SEAL_KEY])
{
    struct wrapped_key check;
    int err = keyring_wrap_check(ring, master_key, &check);

    if (err)
        return err;
    return sql_run(sql,
                   "UPDATE master_check SET nonce = ?1, wrapped = ?2 "
                   "WHERE number = 1",
                   SQL_VALUES(sql_bytes(check.nonce, SEAL_NONCE),
                              sql_bytes(check.bytes, WRAPPED)),
                   NULL, NULL);
}

int store_rewrap(struct reader_of_store *writer, const uint8_t master_key[32],
                 uint64_t *out)
{
    struct rewrap rewrap = { .ring = &writer->keys, .master_key = master_key };
    int err = replace_check(&writer->keys, writer->sql, master_key);

    if (!err)
        err = rewrap_all(&rewrap, writer->sql, out);
    if (!err) /* whoever still runs forgets the keys that they hold */
        err = sql_run(writer->sql, "UPDATE erasure SET number = number + 1",
                      SQL_NO_VALUES, NULL, NULL);
    if (!err)
        writer->erased = true; /* of the rows before, no copy stays */
    return err;
}
