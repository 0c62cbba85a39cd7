/*
 * sql: one connection to a database, whichever it is. A driver only runs the
 * SQL; the SQL itself is written once, in the files of this folder:
 *   - parameters are ?1, ?2 … (a driver may rewrite them as $1, $2 …);
 *   - in schema files INTEGER and BLOB may be substituted;
 *   - booleans are 0 and 1; time is always a bound parameter;
 *   - a conflict is a row count (ON CONFLICT DO NOTHING), never an error.
 * A connection belongs to one thread at a time.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/slice.h"

enum sql_kind { SQL_NULL, SQL_NUMBER, SQL_TEXT, SQL_BYTES };

struct sql_value {
    enum sql_kind kind;
    int64_t number;     /* SQL_NUMBER */
    struct slice bytes; /* SQL_TEXT, SQL_BYTES */
};

static inline struct sql_value sql_number(int64_t number)
{
    return (struct sql_value){ .kind = SQL_NUMBER, .number = number };
}

static inline struct sql_value sql_text(const char *text)
{
    return (struct sql_value){ .kind = SQL_TEXT, .bytes = slice_of_text(text) };
}

static inline struct sql_value sql_bytes(const void *data, size_t length)
{
    return (struct sql_value){ .kind = SQL_BYTES,
                               .bytes = slice(data, length) };
}

/* The values of a statement as the two arguments that sql_run takes. */
#define SQL_VALUES(...)                                                        \
    (const struct sql_value[]){ __VA_ARGS__ },                                 \
        sizeof((const struct sql_value[]){ __VA_ARGS__ }) /                    \
            sizeof(struct sql_value)
#define SQL_NO_VALUES NULL, 0

/* One row; columns are valid during the call. Anything but 0 ends the
 * statement and is what sql_run returns. */
typedef int sql_row_fn(void *arg, const struct sql_value *columns);

struct sql;

/* What a transaction is for. */
enum sql_access {
    SQL_READS,  /* sees one moment */
    SQL_WRITES, /* others may write at the same time, if the driver is shared */
    SQL_GROUP, /* the same; that it cannot begin may be said only when the first
                  statements settle, with which it goes */
    SQL_ALONE, /* waits until nobody else writes, and keeps others off */
};

struct sql_driver {
    bool shared; /* other processes may write: a state in memory may be old */
    /* Keeps other processes off until unlocked (a shared one does nothing). */
    int (*lock)(const char *url, int *out, char *error, size_t error_size);
    void (*unlock)(int lock);
    int (*open)(const char *url, bool writes, struct sql **out, char *error,
                size_t error_size);
    void (*close)(struct sql *sql);
    int (*begin)(struct sql *sql, enum sql_access access);
    int (*rollback)(struct sql *sql); /* 0 too when there is nothing open */
    int (*run)(struct sql *sql, const char *text,
               const struct sql_value *values, size_t count, sql_row_fn *each,
               void *arg);
    /* NULL: statements are run at once, each for itself. */
    int (*queue)(struct sql *sql, const char *text,
                 const struct sql_value *values, size_t count, int *rows);
    int (*queue_ask)(struct sql *sql, const char *text,
                     const struct sql_value *values, size_t count,
                     sql_row_fn *each, void *arg);
    int (*settle)(struct sql *sql);
    int (*script)(struct sql *sql, struct slice text);
    int (*changes)(const struct sql *sql);
    /* After everything was erased that should be: leaves no older copy of a
     * page in the database's own files, as far as it can. */
    int (*scrub)(struct sql *sql);
};

/* What each driver's own struct begins with. */
struct sql {
    const struct sql_driver *driver;
};

extern const struct sql_driver sqlite_driver;
extern const struct sql_driver postgres_driver;

/* NULL when this build has no driver for such a url. */
const struct sql_driver *sql_driver_of(const char *url);

/* Runs one statement. text lives as long as the connection (a literal): it is
 * the key under which the prepared statement is kept. each may be NULL.
 * Errors: -ENOSPC disk full, -EIO, -EBUSY, -EEXIST a unique key, -ENOENT a
 * foreign key, -EUCLEAN a damaged file, -EAGAIN another writer was in the way,
 * -EPROTO our bug. They are logged. */
int sql_run(struct sql *sql, const char *text, const struct sql_value *values,
            size_t count, sql_row_fn *each, void *arg);

/* Runs one statement that changes rows; how many, or a negative errno. */
int sql_change(struct sql *sql, const char *text,
               const struct sql_value *values, size_t count);

/* Runs one statement that changes rows now or, where a round trip can be
 * saved, by the next sql_settle or sql_run. How many rows it changed is then in
 * rows, which may be NULL. An error of it is returned by one of the three. */
int sql_queue(struct sql *sql, const char *text, const struct sql_value *values,
              size_t count, int *rows);
/* The same for one that asks: by then each was called, which may not run
 * statements itself. */
int sql_queue_ask(struct sql *sql, const char *text,
                  const struct sql_value *values, size_t count,
                  sql_row_fn *each, void *arg);
int sql_settle(struct sql *sql);

/* Several statements without parameters, for the schema. */
int sql_script(struct sql *sql, struct slice text);

int sql_begin(struct sql *sql, enum sql_access access);
int sql_commit(struct sql *sql);
int sql_rollback(struct sql *sql);

/* One level of undo inside a transaction. */
int sql_savepoint(struct sql *sql);
int sql_savepoint_keep(struct sql *sql);
int sql_savepoint_undo(struct sql *sql);

/* A column of exactly this many bytes; -EUCLEAN (out untouched) otherwise. */
int sql_read_bytes(const struct sql_value *column, void *out, size_t length);

/* A text column that fits with its terminator; -EUCLEAN otherwise. */
int sql_read_text(const struct sql_value *column, char *out, size_t size);

#endif
