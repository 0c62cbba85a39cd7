/*
 * bare_commit: writes the rows of one command (commands.c) as fast as the
 * database takes them: prepared statements in groups of 64 on one connection,
 * without deciding, sealing, hashing, asking for heads or savepoints.
 *
 *   bare_commit DATABASE     then "go N" lines
 */
#include "base/secret.h"
#include "signaling/store/store.h"
#include "tests/client/must.h"

#include <endian.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <string.h>
#include <time.h>

#define GROUP   64
#define STREAMS 256 /* visits that are busy at once */
#define SEALED  18  /* "{}" and its tag */

/* ?1 stream, ?2 command, ?3 nonce, ?4 sealed, ?5 a hash, ?6 seq, ?7 zeros */
static const char *const statements[] = {
    "INSERT INTO event (stream_kind, stream, seq, kind, at_ms, role, staff, "
    "command, nonce, sealed, previous, hash) VALUES (0, ?1, ?6, 'arrived', "
    "1795000000000, 0, ?7, ?2, ?3, ?4, ?5, ?5)",
    "UPDATE head SET seq = ?6, hash = ?5 WHERE stream_kind = 0 AND stream = ?1 "
    "AND seq = ?6 - 1",
    "INSERT INTO command (stream_kind, stream, actor, command, content, "
    "first_seq, seq) VALUES (0, ?1, ?1, ?2, ?5, ?6, ?6)",
    "INSERT INTO appointment (consultation, clinic, practitioner, start_ms, "
    "duration_min, phase, needs_doctor, needs_call) VALUES (?1, ?7, ?7, "
    "1795000000000 + ?6, 5, 2, ?6 % 2, 0) ON CONFLICT (consultation) DO UPDATE "
    "SET clinic = excluded.clinic, practitioner = excluded.practitioner, "
    "start_ms = excluded.start_ms, duration_min = excluded.duration_min, "
    "phase = excluded.phase, needs_doctor = excluded.needs_doctor, "
    "needs_call = excluded.needs_call",
    "DELETE FROM due WHERE visit = ?1",
    "INSERT INTO due (visit, kind, seq, at_ms) VALUES (?1, 0, ?6, "
    "1795000000000 + ?6)",
};
#define STATEMENTS (sizeof(statements) / sizeof(statements[0]))

/* What a row is made of. */
struct row {
    uint8_t stream[16];
    uint8_t command[16];
    uint8_t nonce[12];
    uint8_t sealed[SEALED];
    uint8_t hash[32];
    uint8_t zeros[16];
    int64_t seq;
};

struct bare {
    sqlite3 *file;
    sqlite3_stmt *prepared[STATEMENTS];
    PGconn *server;
};

static void make(uint64_t number, struct row *row)
{
    uint64_t stream = number % STREAMS;

    memset(row, 0, sizeof(*row));
    memcpy(row->stream, &stream, sizeof(stream));
    row->stream[15] = (uint8_t)(stream * 37); /* not in a row */
    secret_random(row->command, sizeof(row->command));
    secret_random(row->nonce, sizeof(row->nonce));
    memcpy(row->hash, row->command, sizeof(row->command));
    row->seq = (int64_t)(number / STREAMS + 2);
}

/* ---- SQLite ----------------------------------------------------------------
 */

static void run(struct bare *bare, const char *sql)
{
    must(sqlite3_exec(bare->file, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static void file_open(struct bare *bare, const char *path)
{
    must(sqlite3_open(path, &bare->file) == SQLITE_OK, path);
    run(bare, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    for (size_t i = 0; i < STATEMENTS; i++)
        must(sqlite3_prepare_v2(bare->file, statements[i], -1,
                                &bare->prepared[i], NULL) == SQLITE_OK,
             statements[i]);
}

static void file_put(struct bare *bare, const struct row *row)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        sqlite3_stmt *at = bare->prepared[i];
        sqlite3_bind_blob(at, 1, row->stream, 16, SQLITE_STATIC);
        sqlite3_bind_blob(at, 2, row->command, 16, SQLITE_STATIC);
        sqlite3_bind_blob(at, 3, row->nonce, 12, SQLITE_STATIC);
        sqlite3_bind_blob(at, 4, row->sealed, SEALED, SQLITE_STATIC);
        sqlite3_bind_blob(at, 5, row->hash, 32, SQLITE_STATIC);
        sqlite3_bind_int64(at, 6, row->seq);
        sqlite3_bind_blob(at, 7, row->zeros, 16, SQLITE_STATIC);
        must(sqlite3_step(at) == SQLITE_DONE, statements[i]);
        sqlite3_reset(at);
    }
}

/* ---- PostgreSQL: one connection in pipeline mode
 * -----------------------------
 */

/* $1 for ?1, and a type for each, as not every statement has all of them. */
static void text_for_server(const char *from, char *out, size_t size)
{
    must(strlen(from) < size, "long statement");
    for (; *from; from++)
        *out++ = *from == '?' ? '$' : *from;
    *out = '\0';
}

static void results(struct bare *bare, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        PGresult *result = PQgetResult(bare->server);
        ExecStatusType status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_SYNC)
            fprintf(stderr, "%s\n", PQerrorMessage(bare->server));
        must(status == PGRES_COMMAND_OK || status == PGRES_PIPELINE_SYNC,
             "PostgreSQL");
        PQclear(result);
        if (status != PGRES_PIPELINE_SYNC)
            must(PQgetResult(bare->server) == NULL, "one result each");
    }
}

static void server_open(struct bare *bare, const char *url)
{
    static const Oid types[] = { 17, 17, 17, 17, 17, 20, 17 };
    char name[8], text[700];

    bare->server = PQconnectdb(url);
    must(PQstatus(bare->server) == CONNECTION_OK, url);
    for (size_t i = 0; i < STATEMENTS; i++) {
        (void)snprintf(name, sizeof(name), "s%zu", i);
        text_for_server(statements[i], text, sizeof(text));
        PGresult *result = PQprepare(bare->server, name, text, 7, types);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fprintf(stderr, "%s\n", PQerrorMessage(bare->server));
        must(PQresultStatus(result) == PGRES_COMMAND_OK, statements[i]);
        PQclear(result);
    }
    must(PQenterPipelineMode(bare->server) == 1, "pipeline");
}

static void server_put(struct bare *bare, const struct row *row)
{
    int64_t seq = (int64_t)htobe64((uint64_t)row->seq);
    const char *values[] = {
        (const char *)row->stream, (const char *)row->command,
        (const char *)row->nonce,  (const char *)row->sealed,
        (const char *)row->hash,   (const char *)&seq,
        (const char *)row->zeros,
    };
    static const int lengths[] = { 16, 16, 12, SEALED, 32, 8, 16 };
    static const int formats[] = { 1, 1, 1, 1, 1, 1, 1 };
    char name[8];

    for (size_t i = 0; i < STATEMENTS; i++) {
        (void)snprintf(name, sizeof(name), "s%zu", i);
        must(PQsendQueryPrepared(bare->server, name, 7, values, lengths,
                                 formats, 1) == 1,
             "send");
    }
}

static void server_run(struct bare *bare, const char *sql)
{
    must(PQsendQueryParams(bare->server, sql, 0, NULL, NULL, NULL, NULL, 1) ==
             1,
         sql);
}

/* ---- a group at a time -----------------------------------------------------
 */

static void group(struct bare *bare, uint64_t from)
{
    struct row row;

    if (bare->server)
        server_run(bare, "BEGIN");
    else
        run(bare, "BEGIN");
    for (uint64_t i = from; i < from + GROUP; i++) {
        make(i, &row);
        if (bare->server)
            server_put(bare, &row);
        else
            file_put(bare, &row);
    }
    if (!bare->server) {
        run(bare, "COMMIT");
        return;
    }
    server_run(bare, "COMMIT");
    must(PQpipelineSync(bare->server) == 1, "sync");
    results(bare, 2 + GROUP * STATEMENTS + 1);
}

static double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void go(struct bare *bare, uint64_t *at, unsigned count)
{
    double began = seconds(CLOCK_MONOTONIC);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);

    for (uint64_t end = *at + count; *at < end; *at += GROUP)
        group(bare, *at);
    printf("{\"per_s\":%.1f,\"cpu_us\":%.2f}\n",
           count / (seconds(CLOCK_MONOTONIC) - began),
           (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / count * 1e6);
    (void)fflush(stdout);
}

/* The tables are the store's own; each stream has its first event's head. */
static void make_tables(const char *url)
{
    struct store_options options = { .url = url };
    struct store *store;
    char error[300] = "";

    must(store_open(&options, &store, error, sizeof(error)) == 0, error);
    store_close(store);
}

static void make_heads(struct bare *bare)
{
    static const char text[] = "INSERT INTO head (stream_kind, stream, seq, "
                               "hash) VALUES (0, ?1, 1, ?1)";
    char server_text[200];
    struct row row;

    text_for_server(text, server_text, sizeof(server_text));
    for (uint64_t i = 0; i < STREAMS; i++) {
        make(i, &row);
        if (bare->server) {
            const char *value = (const char *)row.stream;
            static const Oid type = 17;
            static const int length = 16, format = 1;
            must(PQsendQueryParams(bare->server, server_text, 1, &type, &value,
                                   &length, &format, 1) == 1 &&
                     PQpipelineSync(bare->server) == 1,
                 "head");
            results(bare, 2);
        } else {
            sqlite3_stmt *at;
            sqlite3_prepare_v2(bare->file, text, -1, &at, NULL);
            sqlite3_bind_blob(at, 1, row.stream, 16, SQLITE_STATIC);
            must(sqlite3_step(at) == SQLITE_DONE, "head");
            sqlite3_finalize(at);
        }
    }
}

int main(int argc, char **argv)
{
    struct bare bare = { .file = NULL };
    uint64_t at = 0;
    char words[64];
    unsigned count;

    must(argc == 2, "usage: bare_commit DATABASE");
    make_tables(argv[1]);
    if (strstr(argv[1], "://"))
        server_open(&bare, argv[1]);
    else
        file_open(&bare, argv[1]);
    make_heads(&bare);
    printf("{\"ready\":true}\n");
    (void)fflush(stdout);
    while (fgets(words, sizeof(words), stdin))
        if (sscanf(words, "go %u", &count) == 1)
            go(&bare, &at, count / GROUP * GROUP);
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(bare.prepared[i]);
    sqlite3_close(bare.file);
    PQfinish(bare.server);
    return 0;
}
