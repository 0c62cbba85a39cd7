#include "signaling/store/inbox.h"

#include "signaling/store/connection.h"

int inbox_put(struct reader_of_store *writer, const char *event_id,
              const char *checkout, int64_t now_ms)
{
    return sql_change(
        writer->sql,
        "INSERT INTO inbox (event_id, checkout, at_ms, done) "
        "VALUES (?1, ?2, ?3, 0) ON CONFLICT DO NOTHING",
        SQL_VALUES(sql_text(event_id), sql_text(checkout), sql_number(now_ms)));
}

struct inbox_reading {
    inbox_fn *each;
    void *arg;
};

static int each_pending(void *arg, const struct sql_value *columns)
{
    struct inbox_reading *reading = arg;
    char event_id[256], checkout[256];
    int err = sql_read_text(&columns[0], event_id, sizeof(event_id));

    if (!err)
        err = sql_read_text(&columns[1], checkout, sizeof(checkout));
    return err ? err : reading->each(reading->arg, event_id, checkout);
}

int inbox_pending(struct reader_of_store *reader, uint32_t limit,
                  inbox_fn *each, void *arg)
{
    struct inbox_reading reading = { each, arg };

    return sql_run(reader->sql,
                   "SELECT event_id, checkout FROM inbox WHERE done = 0 "
                   "ORDER BY at_ms, event_id LIMIT ?1",
                   SQL_VALUES(sql_number(limit)), each_pending, &reading);
}

int inbox_done(struct reader_of_store *writer, const char *event_id)
{
    return sql_run(writer->sql, "UPDATE inbox SET done = 1 WHERE event_id = ?1",
                   SQL_VALUES(sql_text(event_id)), NULL, NULL);
}
