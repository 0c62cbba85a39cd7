#include "signaling/store/outbox_rows.h"

#include "signaling/store/sealed.h"

#include <errno.h>
#include <stdlib.h>

enum outbox_state { OUTBOX_WAITING, OUTBOX_SENT, OUTBOX_FAILED };

#define CLAIM_MAX 256 /* rows in one claim; ours */

struct claim {
    struct reader_of_store *writer;
    int64_t ids[CLAIM_MAX];
    size_t count;
};

static int each_id(void *arg, const struct sql_value *columns)
{
    struct claim *claim = arg;

    claim->ids[claim->count++] = columns[0].number;
    return 0;
}

/* What is due, oldest first, of each visit and channel only the first one that
 * has not left yet: a cancellation must not arrive before the booking. */
static int find_claimable(struct claim *claim, int64_t now_ms, uint32_t limit)
{
    if (limit > CLAIM_MAX)
        limit = CLAIM_MAX;
    return sql_run(claim->writer->sql,
                   "SELECT id FROM outbox AS row "
                   "WHERE state = 0 AND until_ms <= ?1 AND NOT EXISTS ("
                   "SELECT 1 FROM outbox AS before "
                   "WHERE before.visit = row.visit AND before.state = 0 "
                   "AND before.channel = row.channel AND "
                   "(before.seq < row.seq OR "
                   "(before.seq = row.seq AND before.part < row.part))) "
                   "ORDER BY until_ms, seq, part LIMIT ?2",
                   SQL_VALUES(sql_number(now_ms), sql_number(limit)), each_id,
                   claim);
}

struct row_reading {
    struct reader_of_store *writer;
    int64_t id;
    outbox_row_fn *each;
    void *arg;
    int unreadable; /* why its detail does not open */
};

/* Columns: visit, kind, seq, channel, attempts, created_ms, nonce, sealed. */
static int each_row(void *arg, const struct sql_value *columns)
{
    struct row_reading *reading = arg;
    struct slice sealed = columns[7].bytes;
    struct outbox_row row = {
        .id = reading->id,
        .kind = (enum notice_kind)columns[1].number,
        .seq = (uint64_t)columns[2].number,
        .attempts = (uint32_t)columns[4].number - 1,
        .created_ms = columns[5].number,
    };
    uint8_t *plain;
    int err = sql_read_bytes(&columns[0], row.visit.bytes, ID_BYTES);

    if (!err)
        err = sql_read_text(&columns[3], row.channel, sizeof(row.channel));
    if (err)
        return err;

    struct row_header header =
        header_of_outbox(row.visit, row.id, row.kind, row.channel);
    err = sealed_open(reading->writer, stream_of_visit(row.visit),
                      header_bytes(&header), columns[6].bytes, sealed, &plain);
    if (err == -EBADMSG || err == -ENOKEY) {
        reading->unreadable = err;
        return 0;
    }
    if (err)
        return err;
    row.detail = slice(plain, sealed.length - SEAL_TAG);
    err = reading->each(reading->arg, &row);
    plain_free(plain, row.detail.length);
    return err;
}

static int claim_row(struct row_reading *reading, int64_t now_ms,
                     int64_t lease_ms)
{
    struct sql *sql = reading->writer->sql;
    int rows =
        sql_change(sql,
                   "UPDATE outbox SET until_ms = ?3, "
                   "attempts = attempts + 1 "
                   "WHERE id = ?1 AND state = 0 AND until_ms <= ?2",
                   SQL_VALUES(sql_number(reading->id), sql_number(now_ms),
                              sql_number(now_ms + lease_ms)));
    if (rows <= 0)
        return rows; /* another worker was faster */

    int err = sql_run(sql,
                      "SELECT visit, kind, seq, channel, attempts, "
                      "created_ms, nonce, sealed FROM outbox WHERE id = ?1",
                      SQL_VALUES(sql_number(reading->id)), each_row, reading);
    if (!err && reading->unreadable)
        err = outbox_failed(reading->writer, reading->id, 0,
                            reading->unreadable == -ENOKEY ? "erased"
                                                           : "damaged");
    return err;
}

int outbox_claim(struct reader_of_store *writer, int64_t now_ms,
                 int64_t lease_ms, uint32_t limit, outbox_row_fn *each,
                 void *arg)
{
    struct claim claim = { .writer = writer };
    int err = find_claimable(&claim, now_ms, limit);

    for (size_t i = 0; i < claim.count && !err; i++) {
        struct row_reading reading = {
            .writer = writer, .id = claim.ids[i], .each = each, .arg = arg
        };
        err = claim_row(&reading, now_ms, lease_ms);
    }
    return err;
}

/* The detail (a link, a telephone number) has served. */
int outbox_sent(struct reader_of_store *writer, int64_t id, int64_t now_ms)
{
    return sql_run(
        writer->sql,
        "UPDATE outbox SET state = 1, ended_ms = ?2, why = '', "
        "sealed = ?3 WHERE id = ?1 AND state = 0",
        SQL_VALUES(sql_number(id), sql_number(now_ms), sql_bytes(NULL, 0)),
        NULL, NULL);
}

int outbox_failed(struct reader_of_store *writer, int64_t id, int64_t next_ms,
                  const char *why)
{
    enum outbox_state state = next_ms == 0 ? OUTBOX_FAILED : OUTBOX_WAITING;

    return sql_run(writer->sql,
                   "UPDATE outbox SET state = ?2, until_ms = ?3, why = ?4 "
                   "WHERE id = ?1 AND state = 0",
                   SQL_VALUES(sql_number(id), sql_number(state),
                              sql_number(next_ms), sql_text(why)),
                   NULL, NULL);
}
