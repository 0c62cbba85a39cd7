#include "signaling/store/bulletin_rows.h"

#include "signaling/store/connection.h"

#define DAY_MS (24LL * 60 * 60 * 1000)

struct bulletin_reading {
    bulletin_row_fn *each;
    void *arg;
};

static int each_bulletin(void *arg, const struct sql_value *columns)
{
    struct bulletin_reading *reading = arg;
    struct bulletin_row row = { .turn = (uint64_t)columns[1].number,
                                .deaf = columns[2].number != 0,
                                .frames = columns[3].bytes };
    int err = sql_read_bytes(&columns[0], row.node, BULLETIN_NODE_BYTES);

    return err ? err : reading->each(reading->arg, &row);
}

int bulletin_each(struct reader_of_store *reader,
                  const uint8_t own[BULLETIN_NODE_BYTES], bulletin_row_fn *each,
                  void *arg)
{
    struct bulletin_reading reading = { each, arg };

    return sql_run(reader->sql,
                   "SELECT node, turn, deaf, frames FROM bulletin "
                   "WHERE node <> ?1",
                   SQL_VALUES(sql_bytes(own, BULLETIN_NODE_BYTES)),
                   each_bulletin, &reading);
}

int bulletin_write(struct reader_of_store *writer,
                   const struct bulletin_row *row, int64_t now_ms)
{
    int err =
        sql_run(writer->sql,
                "INSERT INTO bulletin (node, turn, deaf, written_ms, frames) "
                "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (node) DO UPDATE SET "
                "turn = excluded.turn, deaf = excluded.deaf, "
                "written_ms = excluded.written_ms, frames = excluded.frames",
                SQL_VALUES(sql_bytes(row->node, BULLETIN_NODE_BYTES),
                           sql_number((int64_t)row->turn),
                           sql_number(row->deaf), sql_number(now_ms),
                           sql_bytes(row->frames.data, row->frames.length)),
                NULL, NULL);

    if (err)
        return err;
    return sql_run(writer->sql, "DELETE FROM bulletin WHERE written_ms < ?1",
                   SQL_VALUES(sql_number(now_ms - DAY_MS)), NULL, NULL);
}

int bulletin_erase(struct reader_of_store *writer,
                   const uint8_t node[BULLETIN_NODE_BYTES])
{
    return sql_run(writer->sql, "DELETE FROM bulletin WHERE node = ?1",
                   SQL_VALUES(sql_bytes(node, BULLETIN_NODE_BYTES)), NULL,
                   NULL);
}
