#include "signaling/store/chore.h"

#include "signaling/store/connection.h"

static int each_time(void *arg, const struct sql_value *columns)
{
    *(int64_t *)arg = columns[0].number;
    return 0;
}

int chore_is_due(struct reader_of_store *reader, const char *name,
                 int64_t now_ms)
{
    int64_t at_ms = INT64_MIN; /* never done */
    int err = sql_run(reader->sql, "SELECT at_ms FROM chore WHERE name = ?1",
                      SQL_VALUES(sql_text(name)), each_time, &at_ms);

    return err ? err : at_ms <= now_ms;
}

int chore_claim(struct reader_of_store *writer, const char *name,
                int64_t now_ms, int64_t next_ms)
{
    return sql_change(
        writer->sql,
        "INSERT INTO chore (name, at_ms) VALUES (?1, ?3) "
        "ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms "
        "WHERE chore.at_ms <= ?2",
        SQL_VALUES(sql_text(name), sql_number(now_ms), sql_number(next_ms)));
}

int chore_put(struct reader_of_store *writer, const char *name, int64_t at_ms)
{
    return sql_run(writer->sql,
                   "INSERT INTO chore (name, at_ms) VALUES (?1, ?2) "
                   "ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms",
                   SQL_VALUES(sql_text(name), sql_number(at_ms)), NULL, NULL);
}
