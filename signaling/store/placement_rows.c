#include "signaling/store/placement_rows.h"

#include "signaling/store/connection.h"

#include <errno.h>

struct placement_reading {
    placement_row_fn *each;
    void *arg;
};

static int each_placement(void *arg, const struct sql_value *columns)
{
    struct placement_reading *reading = arg;
    struct placement_row row = { .generation = (uint64_t)columns[2].number };
    int err = sql_read_bytes(&columns[0], row.practitioner.bytes, ID_BYTES);

    if (!err)
        err = sql_read_text(&columns[1], row.relay, sizeof(row.relay));
    return err ? err : reading->each(reading->arg, &row);
}

static int keep_row(void *arg, const struct placement_row *row)
{
    *(struct placement_row *)arg = *row;
    return 0;
}

int placement_read(struct reader_of_store *reader,
                   struct practitioner_id practitioner,
                   struct placement_row *out)
{
    struct placement_row found = { .generation = 0 };
    struct placement_reading reading = { keep_row, &found };
    int err = sql_run(reader->sql,
                      "SELECT practitioner, relay, generation FROM placement "
                      "WHERE practitioner = ?1",
                      SQL_VALUES(sql_bytes(practitioner.bytes, ID_BYTES)),
                      each_placement, &reading);

    if (!err && found.generation == 0)
        err = -ENOENT;
    if (err)
        return err;

    *out = found;
    return 0;
}

int placement_each(struct reader_of_store *reader, placement_row_fn *each,
                   void *arg)
{
    struct placement_reading reading = { each, arg };

    return sql_run(reader->sql,
                   "SELECT practitioner, relay, generation FROM placement",
                   SQL_NO_VALUES, each_placement, &reading);
}

int placement_write(struct reader_of_store *writer,
                    const struct placement_row *row)
{
    if (row->generation == 1)
        return sql_change(
            writer->sql,
            "INSERT INTO placement (practitioner, relay, generation) "
            "VALUES (?1, ?2, 1) ON CONFLICT DO NOTHING",
            SQL_VALUES(sql_bytes(row->practitioner.bytes, ID_BYTES),
                       sql_text(row->relay)));
    return sql_change(writer->sql,
                      "UPDATE placement SET relay = ?2, generation = ?3 "
                      "WHERE practitioner = ?1 AND generation = ?4",
                      SQL_VALUES(sql_bytes(row->practitioner.bytes, ID_BYTES),
                                 sql_text(row->relay),
                                 sql_number((int64_t)row->generation),
                                 sql_number((int64_t)row->generation - 1)));
}
