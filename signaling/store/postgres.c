/*
 * postgres: the driver for a PostgreSQL server that several nodes share (15 or
 * newer). Statements are prepared once and sent in pipeline mode: what was
 * queued costs no round trip of its own. No call waits longer than WAIT_MS for
 * a server that says nothing; the connection is then lost (-EIO), and what a
 * COMMIT did is unknown.
 */
#include "signaling/store/sql.h"

#include "base/log.h"
#include "signaling/store/postgres_text.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STATEMENTS_MAX 128 /* ours: there are about seventy in this folder */
#define PENDING_MAX    512 /* sent and not answered; more wait for answers */
#define VALUES_MAX     16
#define COLUMNS_MAX    16
#define WAIT_MS        10000

/* Type numbers of the server's catalogue (pg_type), which never change. */
enum { TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_INT4 = 23, TYPE_TEXT = 25 };

/* One advisory lock tells who may still be writing: every writing transaction
 * shares it, and whoever must be alone waits for it. */
#define SHARE_WRITING "SELECT pg_advisory_xact_lock_shared(7365)"
#define WRITE_ALONE   "SELECT pg_advisory_xact_lock(7365)"

struct kept_statement {
    const char *text;
    bool prepared; /* or its preparation is on its way */
};

/* What was sent, in order; the answers come in the same order. */
struct pending {
    int *rows;    /* where the number of changed rows goes, or NULL */
    int prepares; /* index of the kept statement, or -1 */
    bool commits;
    sql_row_fn *each; /* what its rows are for, or NULL */
    void *arg;
};

struct postgres {
    struct sql sql;
    PGconn *connection;
    bool open; /* a transaction */
    int changed;
    size_t pending_count;
    struct pending pending[PENDING_MAX];
    size_t count;
    struct kept_statement kept[STATEMENTS_MAX];
};

static struct postgres *postgres_of(struct sql *sql)
{
    return (struct postgres *)sql;
}

/* ---- errors ---------------------------------------------------------------
 */

/* By SQLSTATE: appendix A of PostgreSQL's manual. */
static int errno_of(const char *state)
{
    static const struct {
        const char *state;
        int err;
    } known[] = {
        { "23505", -EEXIST },   /* unique key */
        { "23503", -ENOENT },   /* foreign key */
        { "40001", -EAGAIN },   /* serialisation */
        { "40P01", -EAGAIN },   /* deadlock */
        { "55P03", -EAGAIN },   /* lock_timeout */
        { "57014", -EAGAIN },   /* statement_timeout */
        { "53100", -ENOSPC },   /* disk full */
        { "53200", -ENOMEM },   /* */
        { "25006", -EROFS },    /* a standby */
        { "XX001", -EUCLEAN },  /* data corrupted */
        { "XX002", -EUCLEAN },  /* index corrupted */
        { "57P01", -EIO },      /* the server stops */
        { "57P02", -EIO },      /* another process crashed */
        { "57P03", -EIO },      /* the server starts */
        { "25P02", -ECANCELED } /* an earlier statement failed */
    };

    if (!state)
        return -EIO; /* libpq's own: the connection */
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].state, state) == 0)
            return known[i].err;
    return strncmp(state, "08", 2) == 0 || strncmp(state, "58", 2) == 0
               ? -EIO
               : -EPROTO;
}

/* The primary message names tables and columns; details, which may hold
 * values, stay out of the log. */
static int failed(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    log_error("store_failed state=%s why=\"%s\"", state ? state : "none",
              why ? why : "connection lost");
    return errno_of(state);
}

static int lost(struct postgres *self, const char *why)
{
    log_error("store_failed state=none why=\"%s\"", why);
    self->pending_count = 0;
    self->open = false;
    return -EIO;
}

/* ---- waiting for the server -----------------------------------------------
 */

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Sends what is buffered and reads until a result can be taken. */
static int await(struct postgres *self, int64_t until_ms)
{
    for (;;) {
        int unsent = PQflush(self->connection);
        if (unsent < 0)
            return lost(self, "cannot send");
        if (!PQisBusy(self->connection) && !unsent)
            return 0;

        struct pollfd descriptor = { .fd = PQsocket(self->connection),
                                     .events = POLLIN };
        if (unsent)
            descriptor.events |= POLLOUT;
        int64_t left = until_ms - monotonic_ms();
        if (left <= 0)
            return lost(self, "no answer");
        if (poll(&descriptor, 1, (int)left) < 0 && errno != EINTR)
            return lost(self, "cannot wait");
        if (descriptor.revents & (POLLIN | POLLERR | POLLHUP) &&
            !PQconsumeInput(self->connection))
            return lost(self, "connection lost");
    }
}

/* ---- rows -----------------------------------------------------------------
 */

static struct sql_value column(const PGresult *result, int row, int place)
{
    const char *data = PQgetvalue(result, row, place);
    size_t length = (size_t)PQgetlength(result, row, place);

    if (PQgetisnull(result, row, place))
        return (struct sql_value){ .kind = SQL_NULL };
    switch (PQftype(result, place)) {
    case TYPE_INT8: {
        uint64_t number;
        memcpy(&number, data, sizeof(number));
        return sql_number((int64_t)__builtin_bswap64(number));
    }
    case TYPE_INT4: {
        uint32_t number;
        memcpy(&number, data, sizeof(number));
        return sql_number((int32_t)__builtin_bswap32(number));
    }
    case TYPE_BYTEA:
        return sql_bytes(data, length);
    default:
        return (struct sql_value){ .kind = SQL_TEXT,
                                   .bytes = slice(data, length) };
    }
}

/* The whole answer is here, so a row's function may run other statements. */
static int hand_over_rows(const PGresult *result, sql_row_fn *each, void *arg)
{
    struct sql_value columns[COLUMNS_MAX];
    int width = PQnfields(result);

    for (int row = 0; row < PQntuples(result); row++) {
        for (int i = 0; i < width && i < COLUMNS_MAX; i++)
            columns[i] = column(result, row, i);
        int err = each(arg, columns);
        if (err)
            return err;
    }
    return 0;
}

/* ---- answers --------------------------------------------------------------
 */

static int take_result(struct postgres *self, const struct pending *pending,
                       const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK: {
        const char *tuples = PQcmdTuples((PGresult *)result);
        self->changed = (int)strtol(tuples, NULL, 10);
        if (pending->rows)
            *pending->rows = self->changed;
        /* The server answers COMMIT of a failed transaction with ROLLBACK. */
        if (pending->commits &&
            strcmp(PQcmdStatus((PGresult *)result), "COMMIT") != 0)
            return -ECANCELED;
        return 0;
    }
    case PGRES_PIPELINE_ABORTED:
        if (pending->prepares >= 0)
            self->kept[pending->prepares].prepared = false;
        return -ECANCELED; /* the cause came before */
    default:
        if (pending->prepares >= 0)
            self->kept[pending->prepares].prepared = false;
        return failed(result);
    }
}

/* One statement's answer. out may be NULL. */
static int take_answer(struct postgres *self, const struct pending *pending,
                       int64_t until_ms, PGresult **out)
{
    int err = await(self, until_ms);
    if (err)
        return err;

    PGresult *result = PQgetResult(self->connection);
    if (!result || PQstatus(self->connection) == CONNECTION_BAD) {
        PQclear(result);
        return lost(self, "connection lost");
    }
    err = take_result(self, pending, result);
    if (!err && pending->each)
        err = hand_over_rows(result, pending->each, pending->arg);
    if (out && !err)
        *out = result;
    else
        PQclear(result);
    int waited = await(self, until_ms);
    if (waited)
        return waited;
    PQclear(PQgetResult(self->connection)); /* the NULL between statements */
    return err;
}

static bool usable(const struct postgres *self)
{
    return PQstatus(self->connection) == CONNECTION_OK &&
           PQpipelineStatus(self->connection) != PQ_PIPELINE_OFF;
}

/* Everything that was sent is answered. The first error of all; out is the
 * last statement's result, if all went well. */
static int settle(struct postgres *self, PGresult **out)
{
    int64_t until_ms = monotonic_ms() + WAIT_MS;
    PGresult *last = NULL;
    int first = 0;

    if (self->pending_count == 0)
        return 0;
    if (!PQpipelineSync(self->connection))
        return lost(self, "cannot send");
    size_t count = self->pending_count;
    for (size_t i = 0; i < count; i++) {
        int err = take_answer(self, &self->pending[i], until_ms,
                              i + 1 == count ? &last : NULL);
        if (!usable(self) || self->pending_count == 0) {
            PQclear(last);
            return first ? first : -EIO;
        }
        if (err && !first)
            first = err;
    }
    self->pending_count = 0;
    int err = await(self, until_ms);
    if (err) {
        PQclear(last);
        return err;
    }
    PQclear(PQgetResult(self->connection)); /* PGRES_PIPELINE_SYNC */
    if (first || !out) {
        PQclear(last);
        return first;
    }
    *out = last;
    return 0;
}

/* ---- sending --------------------------------------------------------------
 */

static int send_prepare(struct postgres *self, size_t index,
                        const struct sql_value *values, size_t count)
{
    char name[16], text[POSTGRES_TEXT_MAX];
    Oid types[VALUES_MAX];

    for (size_t i = 0; i < count; i++)
        types[i] = values[i].kind == SQL_NUMBER ? TYPE_INT8
                   : values[i].kind == SQL_TEXT ? TYPE_TEXT
                                                : TYPE_BYTEA;
    snprintf(name, sizeof(name), "s%zu", index);
    if (!postgres_text(slice_of_text(self->kept[index].text), text,
                       sizeof(text)))
        return -E2BIG;
    if (!PQsendPrepare(self->connection, name, text, (int)count, types))
        return lost(self, "cannot send");
    self->kept[index].prepared = true;
    self->pending[self->pending_count++] =
        (struct pending){ .prepares = (int)index };
    return 0;
}

static int send_values(struct postgres *self, size_t index,
                       const struct sql_value *values, size_t count)
{
    int64_t numbers[VALUES_MAX];
    const char *data[VALUES_MAX];
    int lengths[VALUES_MAX], formats[VALUES_MAX];
    char name[16];

    for (size_t i = 0; i < count; i++) {
        formats[i] = 1;
        if (values[i].kind == SQL_NUMBER) {
            numbers[i] = (int64_t)__builtin_bswap64((uint64_t)values[i].number);
            data[i] = (const char *)&numbers[i];
            lengths[i] = sizeof(numbers[i]);
            continue;
        }
        lengths[i] = (int)values[i].bytes.length;
        data[i] = values[i].kind == SQL_NULL ? NULL
                  : lengths[i] == 0          ? ""
                                    : (const char *)values[i].bytes.data;
    }
    snprintf(name, sizeof(name), "s%zu", index);
    if (!PQsendQueryPrepared(self->connection, name, (int)count, data, lengths,
                             formats, 1))
        return lost(self, "cannot send");
    return 0;
}

static int find_statement(struct postgres *self, const char *text, size_t *out)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->kept[i].text == text) {
            *out = i;
            return 0;
        }
    }
    if (self->count == STATEMENTS_MAX)
        return -ENOBUFS; /* raise STATEMENTS_MAX */
    self->kept[self->count].text = text;
    *out = self->count++;
    return 0;
}

static int send_statement(struct postgres *self, const char *text,
                          const struct sql_value *values, size_t count,
                          struct pending pending)
{
    size_t index;

    if (count > VALUES_MAX)
        return -EPROTO;
    if (self->pending_count + 2 > PENDING_MAX) {
        int err = settle(self, NULL);
        if (err)
            return err;
    }
    int err = find_statement(self, text, &index);
    if (!err && !self->kept[index].prepared)
        err = send_prepare(self, index, values, count);
    if (!err)
        err = send_values(self, index, values, count);
    if (err)
        return err;
    pending.prepares = -1;
    pending.commits = strcmp(text, "COMMIT") == 0;
    self->pending[self->pending_count++] = pending;
    return 0;
}

static int postgres_queue(struct sql *sql, const char *text,
                          const struct sql_value *values, size_t count,
                          int *rows)
{
    return send_statement(postgres_of(sql), text, values, count,
                          (struct pending){ .rows = rows });
}

static int postgres_queue_ask(struct sql *sql, const char *text,
                              const struct sql_value *values, size_t count,
                              sql_row_fn *each, void *arg)
{
    return send_statement(postgres_of(sql), text, values, count,
                          (struct pending){ .each = each, .arg = arg });
}

static int postgres_settle(struct sql *sql)
{
    return settle(postgres_of(sql), NULL);
}

static int postgres_run(struct sql *sql, const char *text,
                        const struct sql_value *values, size_t count,
                        sql_row_fn *each, void *arg)
{
    struct postgres *self = postgres_of(sql);
    PGresult *result = NULL;
    int err = postgres_queue(sql, text, values, count, NULL);

    if (!err)
        err = settle(self, &result);
    if (!err && each && result)
        err = hand_over_rows(result, each, arg);
    PQclear(result);
    if (strcmp(text, "COMMIT") == 0)
        self->open = false;
    return err;
}

static int postgres_changes(const struct sql *sql)
{
    return ((const struct postgres *)sql)->changed;
}

/* ---- transactions ---------------------------------------------------------
 */

static int postgres_begin(struct sql *sql, enum sql_access access)
{
    struct postgres *self = postgres_of(sql);
    const char *begin =
        access == SQL_READS
            ? "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            : "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE";
    int err = postgres_queue(sql, begin, SQL_NO_VALUES, NULL);

    self->open = !err;
    if (!err && (access == SQL_WRITES || access == SQL_GROUP))
        err = postgres_queue(sql, SHARE_WRITING, SQL_NO_VALUES, NULL);
    if (!err && access == SQL_ALONE)
        err = postgres_queue(sql, WRITE_ALONE, SQL_NO_VALUES, NULL);
    return err || access == SQL_GROUP ? err : settle(self, NULL);
}

static int postgres_rollback(struct sql *sql)
{
    struct postgres *self = postgres_of(sql);

    if (!self->open)
        return 0;
    (void)settle(self, NULL);
    self->open = false;
    return postgres_run(sql, "ROLLBACK", SQL_NO_VALUES, NULL, NULL);
}

/* Start-up's: the only statements that are not prepared. */
static int postgres_script(struct sql *sql, struct slice text)
{
    struct postgres *self = postgres_of(sql);
    size_t size = text.length * 2 + 1;
    char *own = malloc(size);
    int err = own ? settle(self, NULL) : -ENOMEM;

    if (!err && !postgres_text(text, own, size))
        err = -E2BIG;
    if (!err && !PQexitPipelineMode(self->connection))
        err = -EPROTO;
    if (!err) {
        PGresult *result = PQexec(self->connection, own);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            err = failed(result);
        PQclear(result);
        PQenterPipelineMode(self->connection);
    }
    free(own);
    return err;
}

/* Old row versions go when the server vacuums: what was erased is unreadable
 * because its key is gone, whose row is emptied in place. Frees the dead
 * versions of keys now, as far as nobody's snapshot still needs them. */
static int postgres_scrub(struct sql *sql)
{
    return postgres_script(sql, slice_of_text("VACUUM stream_key"));
}

/* ---- opening --------------------------------------------------------------
 */

/* Many nodes share the server. */
static int postgres_lock(const char *url, int *out, char *error,
                         size_t error_size)
{
    (void)url, (void)error, (void)error_size;
    *out = -1;
    return 0;
}

static void postgres_unlock(int lock)
{
    (void)lock;
}

static void postgres_close(struct sql *sql)
{
    if (!sql)
        return;
    PQfinish(postgres_of(sql)->connection);
    free(sql);
}

/* What the url may override; the rest is ours to say. */
static PGconn *connect_to(const char *url)
{
    static const char *const names[] = {
        "connect_timeout",  "tcp_user_timeout",
        "keepalives_idle",  "keepalives_interval",
        "application_name", "client_encoding",
        "dbname",           NULL
    };
    const char *values[] = { "5",         "10000", "10", "5",
                             "vestibule", "UTF8",  url,  NULL };

    return PQconnectdbParams(names, values, 1);
}

/* No server answer may be waited for longer than WAIT_MS, so it is told to give
 * up before. synchronous_commit: nothing is acknowledged that a crash forgets;
 * stricter values of the server (a synchronous standby) stay. */
static int set_up(struct postgres *self, bool writes)
{
    static const char common[] =
        "SET statement_timeout = '8s';"
        "SET lock_timeout = '4s';"
        "SET idle_in_transaction_session_timeout = '60s';"
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') "
        "NOT IN ('on', 'remote_apply');";
    PGresult *result = PQexec(self->connection, common);
    int err = PQresultStatus(result) == PGRES_TUPLES_OK ? 0 : failed(result);

    PQclear(result);
    if (!err && !writes) {
        result =
            PQexec(self->connection, "SET default_transaction_read_only = on");
        err = PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : failed(result);
        PQclear(result);
    }
    if (!err && PQserverVersion(self->connection) < 140000) {
        log_error("store_failed why=\"the server is older than PostgreSQL "
                  "14\"");
        err = -EPROTONOSUPPORT;
    }
    if (!err && (PQsetnonblocking(self->connection, 1) != 0 ||
                 !PQenterPipelineMode(self->connection)))
        err = -ENOMEM;
    return err;
}

static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg, (void)result;
}

static int postgres_open(const char *url, bool writes, struct sql **out,
                         char *error, size_t error_size)
{
    struct postgres *self = calloc(1, sizeof(*self));

    if (!self) {
        snprintf(error, error_size, "Out of memory.");
        return -ENOMEM;
    }
    self->sql.driver = &postgres_driver;
    self->connection = connect_to(url);
    int err = PQstatus(self->connection) == CONNECTION_OK ? 0 : -EIO;
    if (err) {
        /* libpq's sentence may span lines; it names host and user, never the
         * password. */
        const char *why = PQerrorMessage(self->connection);
        snprintf(error, error_size, "Cannot reach the database: %.*s.",
                 (int)strcspn(why, "\n"), why);
    } else {
        PQsetNoticeReceiver(self->connection, ignore_notice, NULL);
        err = set_up(self, writes);
        if (err)
            snprintf(error, error_size, "Cannot use the database: %s.",
                     strerror(-err));
    }
    if (err) {
        postgres_close(&self->sql);
        return err;
    }
    *out = &self->sql;
    return 0;
}

const struct sql_driver postgres_driver = {
    .shared = true,
    .lock = postgres_lock,
    .unlock = postgres_unlock,
    .open = postgres_open,
    .close = postgres_close,
    .begin = postgres_begin,
    .rollback = postgres_rollback,
    .run = postgres_run,
    .queue = postgres_queue,
    .queue_ask = postgres_queue_ask,
    .settle = postgres_settle,
    .script = postgres_script,
    .changes = postgres_changes,
    .scrub = postgres_scrub,
};
