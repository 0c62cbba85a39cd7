#include "signaling/store/due.h"

#include "signaling/store/connection.h"

struct due_reading {
    due_fn *each;
    void *arg;
};

static int each_due(void *arg, const struct sql_value *columns)
{
    struct due_reading *reading = arg;
    struct due_deadline due = {
        .seq = (uint64_t)columns[1].number,
        .kind = (enum deadline_kind)columns[2].number,
        .at_ms = columns[3].number,
    };
    int err = sql_read_bytes(&columns[0], due.visit.bytes, ID_BYTES);

    return err ? err : reading->each(reading->arg, &due);
}

int due_read(struct reader_of_store *reader, int64_t now_ms, uint32_t limit,
             due_fn *each, void *arg)
{
    struct due_reading reading = { each, arg };

    return sql_run(reader->sql,
                   "SELECT visit, seq, kind, at_ms FROM due "
                   "WHERE at_ms <= ?1 ORDER BY at_ms, visit, kind LIMIT ?2",
                   SQL_VALUES(sql_number(now_ms), sql_number(limit)), each_due,
                   &reading);
}

/* The seq names the state that the deadline was made from: one that the visit
 * has replaced meanwhile stays as it is. */
int due_postpone(struct reader_of_store *writer, const struct due_deadline *due,
                 int64_t at_ms)
{
    return sql_run(writer->sql,
                   "UPDATE due SET at_ms = ?4 "
                   "WHERE visit = ?1 AND kind = ?2 AND seq = ?3",
                   SQL_VALUES(sql_bytes(due->visit.bytes, ID_BYTES),
                              sql_number(due->kind),
                              sql_number((int64_t)due->seq), sql_number(at_ms)),
                   NULL, NULL);
}

int due_remove(struct reader_of_store *writer, const struct due_deadline *due)
{
    return sql_run(writer->sql,
                   "DELETE FROM due "
                   "WHERE visit = ?1 AND kind = ?2 AND seq = ?3",
                   SQL_VALUES(sql_bytes(due->visit.bytes, ID_BYTES),
                              sql_number(due->kind),
                              sql_number((int64_t)due->seq)),
                   NULL, NULL);
}
