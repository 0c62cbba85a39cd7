#include "signaling/store/sql.h"

#include <errno.h>

const struct sql_driver *sql_driver_of(const char *url)
{
    if (strncmp(url, "postgresql://", 13) == 0 ||
        strncmp(url, "postgres://", 11) == 0)
        return &postgres_driver;
    /* A file's path has no scheme. */
    return strstr(url, "://") ? NULL : &sqlite_driver;
}

int sql_run(struct sql *sql, const char *text, const struct sql_value *values,
            size_t count, sql_row_fn *each, void *arg)
{
    return sql->driver->run(sql, text, values, count, each, arg);
}

int sql_change(struct sql *sql, const char *text,
               const struct sql_value *values, size_t count)
{
    int err = sql->driver->run(sql, text, values, count, NULL, NULL);

    return err ? err : sql->driver->changes(sql);
}

int sql_queue(struct sql *sql, const char *text, const struct sql_value *values,
              size_t count, int *rows)
{
    if (sql->driver->queue)
        return sql->driver->queue(sql, text, values, count, rows);

    int changed = sql_change(sql, text, values, count);
    if (changed >= 0 && rows)
        *rows = changed;
    return changed < 0 ? changed : 0;
}

int sql_queue_ask(struct sql *sql, const char *text,
                  const struct sql_value *values, size_t count,
                  sql_row_fn *each, void *arg)
{
    if (sql->driver->queue_ask)
        return sql->driver->queue_ask(sql, text, values, count, each, arg);
    return sql_run(sql, text, values, count, each, arg);
}

int sql_settle(struct sql *sql)
{
    return sql->driver->settle ? sql->driver->settle(sql) : 0;
}

int sql_script(struct sql *sql, struct slice text)
{
    return sql->driver->script(sql, text);
}

int sql_begin(struct sql *sql, enum sql_access access)
{
    return sql->driver->begin(sql, access);
}

int sql_commit(struct sql *sql)
{
    return sql_run(sql, "COMMIT", SQL_NO_VALUES, NULL, NULL);
}

int sql_rollback(struct sql *sql)
{
    return sql->driver->rollback(sql);
}

int sql_savepoint(struct sql *sql)
{
    return sql_queue(sql, "SAVEPOINT one", SQL_NO_VALUES, NULL);
}

int sql_savepoint_keep(struct sql *sql)
{
    return sql_queue(sql, "RELEASE SAVEPOINT one", SQL_NO_VALUES, NULL);
}

int sql_savepoint_undo(struct sql *sql)
{
    int err =
        sql_run(sql, "ROLLBACK TO SAVEPOINT one", SQL_NO_VALUES, NULL, NULL);

    return err ? err : sql_savepoint_keep(sql);
}

int sql_read_bytes(const struct sql_value *column, void *out, size_t length)
{
    if (column->kind != SQL_BYTES || column->bytes.length != length)
        return -EUCLEAN;

    memcpy(out, column->bytes.data, length);
    return 0;
}

int sql_read_text(const struct sql_value *column, char *out, size_t size)
{
    if (column->kind != SQL_TEXT || column->bytes.length >= size)
        return -EUCLEAN;

    memcpy(out, column->bytes.data, column->bytes.length);
    out[column->bytes.length] = '\0';
    return 0;
}
