/*
 * sqlite: the driver for one file on one machine. Write-ahead log, every commit
 * synced before it returns; one process holds the file.
 */
#include "signaling/store/sql.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define STATEMENTS_MAX 128 /* ours: there are about sixty in this folder */
#define COLUMNS_MAX    16
#define BUSY_MS        5000 /* someone reads the file with a tool of theirs */

struct kept_statement {
    const char *text;
    sqlite3_stmt *statement;
    bool running; /* a row callback may run the same text again */
};

struct sqlite {
    struct sql sql;
    sqlite3 *db;
    size_t count;
    struct kept_statement kept[STATEMENTS_MAX];
};

static struct sqlite *sqlite_of(struct sql *sql)
{
    return (struct sqlite *)sql;
}

static int errno_of(int code)
{
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
        return -ENOENT;
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_CONSTRAINT:
        return -EEXIST;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_TOOBIG:
        return -E2BIG;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EUCLEAN;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
        return -EIO;
    default:
        return -EPROTO;
    }
}

/* SQLite's own messages name tables and columns, never values. */
static int failed(const struct sqlite *self, int code)
{
    log_error("store_failed code=%d errno=%d why=\"%s\"", code,
              sqlite3_system_errno(self->db), sqlite3_errmsg(self->db));
    return errno_of(code);
}

/* ---- the lock that keeps a second process away ----------------------------
 */

static int take_lock(int file, const char *url, char *error, size_t error_size)
{
    char owner[32] = "";

    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
        int length = snprintf(owner, sizeof(owner), "%ld\n", (long)getpid());
        if (ftruncate(file, 0) != 0 ||
            pwrite(file, owner, (size_t)length, 0) != length)
            return -errno;
        return 0;
    }
    if (errno != EWOULDBLOCK)
        return -errno;

    ssize_t length = pread(file, owner, sizeof(owner) - 1, 0);
    owner[length > 0 ? length : 0] = '\0';
    snprintf(error, error_size,
             "%s is in use: the server is running (process %ld). "
             "Stop it first, or give the command to the running server.",
             url, strtol(owner, NULL, 10));
    return -EBUSY;
}

/* A file beside the database: closing any descriptor of the database itself
 * would drop the POSIX locks that SQLite holds on it. */
static int sqlite_lock(const char *url, int *out, char *error,
                       size_t error_size)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s-lock", url) >= (int)sizeof(path)) {
        snprintf(error, error_size, "The path of the database is too long.");
        return -ENAMETOOLONG;
    }

    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int err = file < 0 ? -errno : 0;
    error[0] = '\0';
    if (!err)
        err = take_lock(file, url, error, error_size);
    if (err) {
        if (error[0] == '\0')
            snprintf(error, error_size, "Cannot write %s: %s.", path,
                     strerror(-err));
        if (file >= 0)
            close(file);
        return err;
    }
    *out = file;
    return 0;
}

static void sqlite_unlock(int lock)
{
    close(lock);
}

/* ---- opening --------------------------------------------------------------
 */

/* Made by us, so that nobody else can read it and its name survives a power
 * cut; SQLite gives its other files the same permissions. */
static int create_file(const char *url)
{
    char folder[PATH_MAX];
    int file = open(url, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (file < 0)
        return errno == EEXIST ? 0 : -errno;
    close(file);

    snprintf(folder, sizeof(folder), "%s", url);
    file = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    int err = fsync(file) == 0 ? 0 : -errno;
    close(file);
    return err;
}

static int is_wal(void *arg, int count, char **values, char **names)
{
    (void)names;
    if (count > 0 && values[0] && strcmp(values[0], "wal") == 0)
        *(bool *)arg = true;
    return 0;
}

static int set_up(struct sqlite *self, bool writes)
{
    static const char common[] = "PRAGMA foreign_keys = ON;"
                                 "PRAGMA synchronous = FULL;"
                                 "PRAGMA secure_delete = ON;"
                                 "PRAGMA cell_size_check = ON;"
                                 "PRAGMA trusted_schema = OFF;"
                                 "PRAGMA temp_store = MEMORY;"
                                 /* pages, 16 MiB: four times fewer syncs of
                                  * the database itself than the default */
                                 "PRAGMA wal_autocheckpoint = 4000;";
    bool wal = false;

    sqlite3_extended_result_codes(self->db, 1);
    sqlite3_busy_timeout(self->db, BUSY_MS);
    int code =
        sqlite3_exec(self->db, "PRAGMA journal_mode = WAL", is_wal, &wal, NULL);
    if (code == SQLITE_OK && !wal) {
        log_error("store_failed why=\"no write-ahead log on this file "
                  "system\"");
        return -EOPNOTSUPP;
    }
    if (code == SQLITE_OK)
        code = sqlite3_exec(self->db, common, NULL, NULL, NULL);
    if (code == SQLITE_OK && !writes)
        code =
            sqlite3_exec(self->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : failed(self, code);
}

static void sqlite_close(struct sql *sql)
{
    if (!sql)
        return;
    struct sqlite *self = sqlite_of(sql);
    for (size_t i = 0; i < self->count; i++)
        sqlite3_finalize(self->kept[i].statement);
    sqlite3_close(self->db);
    free(self);
}

static int sqlite_open(const char *url, bool writes, struct sql **out,
                       char *error, size_t error_size)
{
    struct sqlite *self = calloc(1, sizeof(*self));
    int err = self ? 0 : -ENOMEM;

    if (!err)
        err = create_file(url);
    if (!err) {
        self->sql.driver = &sqlite_driver;
        int code = sqlite3_open_v2(
            url, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        err = errno_of(code);
    }
    if (!err)
        err = set_up(self, writes);
    if (err) {
        snprintf(error, error_size, "Cannot open the database %s: %s.", url,
                 strerror(-err));
        sqlite_close(self ? &self->sql : NULL);
        return err;
    }
    *out = &self->sql;
    return 0;
}

/* ---- running --------------------------------------------------------------
 */

/* A kept statement that nobody is running; NULL when there is none yet. */
static struct kept_statement *kept_find(struct sqlite *self, const char *text)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->kept[i].text == text)
            return &self->kept[i];
    }
    return NULL;
}

/* The statement, and in kept where to give it back (NULL: finalize it). */
static int prepare(struct sqlite *self, const char *text, sqlite3_stmt **out,
                   struct kept_statement **kept)
{
    struct kept_statement *found = kept_find(self, text);

    *kept = NULL;
    if (found && !found->running) {
        found->running = true;
        *kept = found;
        *out = found->statement;
        return 0;
    }

    bool keep = !found && self->count < STATEMENTS_MAX;
    int code = sqlite3_prepare_v3(
        self->db, text, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, out, NULL);
    if (code != SQLITE_OK)
        return failed(self, code);
    if (keep) {
        *kept = &self->kept[self->count++];
        **kept = (struct kept_statement){ .text = text,
                                          .statement = *out,
                                          .running = true };
    }
    return 0;
}

static void give_back(sqlite3_stmt *statement, struct kept_statement *kept)
{
    if (!kept) {
        sqlite3_finalize(statement);
        return;
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    kept->running = false;
}

static int bind(sqlite3_stmt *statement, int place,
                const struct sql_value *value)
{
    /* A NULL pointer would bind SQL's NULL instead of no bytes. */
    const void *data = "";

    if (value->bytes.length > 0)
        data = value->bytes.data;

    switch (value->kind) {
    case SQL_NULL:
        return sqlite3_bind_null(statement, place);
    case SQL_NUMBER:
        return sqlite3_bind_int64(statement, place, value->number);
    case SQL_TEXT:
        return sqlite3_bind_text64(statement, place, data, value->bytes.length,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case SQL_BYTES:
        return sqlite3_bind_blob64(statement, place, data, value->bytes.length,
                                   SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static struct sql_value column(sqlite3_stmt *statement, int place)
{
    switch (sqlite3_column_type(statement, place)) {
    case SQLITE_INTEGER:
        return sql_number(sqlite3_column_int64(statement, place));
    case SQLITE_TEXT: {
        struct sql_value text = { .kind = SQL_TEXT };
        text.bytes.data = sqlite3_column_text(statement, place);
        text.bytes.length = (size_t)sqlite3_column_bytes(statement, place);
        return text;
    }
    case SQLITE_BLOB: {
        const void *data = sqlite3_column_blob(statement, place);
        return sql_bytes(data, (size_t)sqlite3_column_bytes(statement, place));
    }
    default:
        return (struct sql_value){ .kind = SQL_NULL };
    }
}

static int hand_over_row(sqlite3_stmt *statement, sql_row_fn *each, void *arg)
{
    struct sql_value columns[COLUMNS_MAX];
    int count = sqlite3_column_count(statement);

    if (!each)
        return 0;
    for (int i = 0; i < count && i < COLUMNS_MAX; i++)
        columns[i] = column(statement, i);
    return each(arg, columns);
}

static int sqlite_run(struct sql *sql, const char *text,
                      const struct sql_value *values, size_t count,
                      sql_row_fn *each, void *arg)
{
    struct sqlite *self = sqlite_of(sql);
    struct kept_statement *kept;
    sqlite3_stmt *statement;
    int err = prepare(self, text, &statement, &kept);

    if (err)
        return err;
    for (size_t i = 0; i < count && !err; i++) {
        int code = bind(statement, (int)i + 1, &values[i]);
        if (code != SQLITE_OK)
            err = failed(self, code);
    }
    while (!err) {
        int code = sqlite3_step(statement);
        if (code == SQLITE_DONE)
            break;
        err = code == SQLITE_ROW ? hand_over_row(statement, each, arg)
                                 : failed(self, code);
    }
    give_back(statement, kept);
    return err;
}

/* SQLite rolls back by itself after some errors. */
static int sqlite_rollback(struct sql *sql)
{
    if (sqlite3_get_autocommit(sqlite_of(sql)->db))
        return 0;
    return sql_run(sql, "ROLLBACK", SQL_NO_VALUES, NULL, NULL);
}

static int sqlite_begin(struct sql *sql, enum sql_access access)
{
    return sql_run(sql, access == SQL_READS ? "BEGIN" : "BEGIN IMMEDIATE",
                   SQL_NO_VALUES, NULL, NULL);
}

static int sqlite_script(struct sql *sql, struct slice text)
{
    struct sqlite *self = sqlite_of(sql);
    char *copy = strndup((const char *)text.data, text.length);

    if (!copy)
        return -ENOMEM;
    int code = sqlite3_exec(self->db, copy, NULL, NULL, NULL);
    free(copy);
    return code == SQLITE_OK ? 0 : failed(self, code);
}

static int sqlite_changes(const struct sql *sql)
{
    return sqlite3_changes(((const struct sqlite *)sql)->db);
}

static int sqlite_scrub(struct sql *sql)
{
    struct sqlite *self = sqlite_of(sql);
    int code = sqlite3_wal_checkpoint_v2(
        self->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    return code == SQLITE_OK ? 0 : failed(self, code);
}

const struct sql_driver sqlite_driver = {
    .lock = sqlite_lock,
    .unlock = sqlite_unlock,
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .rollback = sqlite_rollback,
    .run = sqlite_run,
    .script = sqlite_script,
    .changes = sqlite_changes,
    .scrub = sqlite_scrub,
};
