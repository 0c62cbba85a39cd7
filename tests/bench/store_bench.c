/*
 * store_bench: durable appends a second, against bare inserts of equal rows in
 * groups of the same size on the same disk in the same run. Prints JSON; the
 * ratio is the figure, for the disk decides the rest.
 *
 *   gcc -O2 -std=c11 -D_GNU_SOURCE -I. tests/bench/store_bench.c \
 *       signaling/store/?*.c signaling/core/?*.c base/?*.c \
 *       -lsqlite3 -lcrypto -lpthread -o build/store_bench
 *   build/store_bench [FOLDER]
 */
#include "base/secret.h"
#include "signaling/store/store.h"

#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STREAMS 256 /* visits that are busy at once */
#define APPENDS 12800
#define GROUP   64
#define RECORD  200 /* bytes of an ordinary event's record */

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "store_bench: %s\n", what);
    exit(1);
}

/* ---- appends through the store
 * ------------------------------------------------ */

struct lane {
    struct store *store;
    size_t *done;
    struct stream_id stream;
    uint64_t seq;
};

static void next(struct lane *lane);

static void appended(void *arg, const struct append_answer *answer)
{
    struct lane *lane = arg;

    must(answer->result == APPEND_COMMITTED, "an append was not committed");
    *lane->done += 1;
    if (*lane->done + STREAMS <= APPENDS)
        next(lane);
}

static void next(struct lane *lane)
{
    static const uint8_t actor[16], content[32], record[RECORD];
    struct staff_id staff = { { 0 } };
    struct command_id command;

    secret_random(command.bytes, sizeof(command.bytes));
    struct append *append = append_new(command, actor, content);
    append_event(append, lane->stream, ++lane->seq, "arrived", 1, ROLE_PATIENT,
                 staff, slice(record, RECORD));
    store_append(lane->store, append, appended, lane);
}

static double store_rate(const char *path)
{
    static struct lane lanes[STREAMS];
    struct store_options options = { .url = path };
    struct store *store;
    char error[300];
    size_t done = 0;

    must(store_open(&options, &store, error, sizeof(error)) == 0, "no store");
    double start = now_s();
    for (size_t i = 0; i < STREAMS; i++) {
        lanes[i] = (struct lane){ .store = store, .done = &done };
        secret_random(lanes[i].stream.bytes, ID_BYTES);
        next(&lanes[i]);
    }
    while (done < APPENDS) {
        struct pollfd descriptor = { .fd = store_descriptor(store),
                                     .events = POLLIN };
        poll(&descriptor, 1, -1);
        store_poll(store);
    }
    double rate = APPENDS / (now_s() - start);
    store_close(store);
    return rate;
}

/* ---- bare inserts
 * ----------------------------------------------------------------- */

static void run(sqlite3 *db, const char *sql)
{
    must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static double bare_rate(const char *path)
{
    static const uint8_t sealed[RECORD + 16], hash[32];
    sqlite3_stmt *insert;
    uint8_t id[ID_BYTES];
    sqlite3 *db;

    must(sqlite3_open(path, &db) == SQLITE_OK, "no database");
    run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    run(db, "CREATE TABLE event (stream BLOB, seq INTEGER, kind TEXT, "
            "at_ms INTEGER, staff BLOB, command BLOB, nonce BLOB, "
            "sealed BLOB, previous BLOB, hash BLOB, "
            "PRIMARY KEY (stream, seq))");
    sqlite3_prepare_v2(db,
                       "INSERT INTO event VALUES (?1, 1, 'arrived', 1, ?1, "
                       "?1, ?1, ?2, ?3, ?3)",
                       -1, &insert, NULL);
    double start = now_s();
    for (int i = 0; i < APPENDS; i++) {
        if (i % GROUP == 0)
            run(db, "BEGIN");
        secret_random(id, sizeof(id));
        sqlite3_bind_blob(insert, 1, id, sizeof(id), SQLITE_STATIC);
        sqlite3_bind_blob(insert, 2, sealed, sizeof(sealed), SQLITE_STATIC);
        sqlite3_bind_blob(insert, 3, hash, sizeof(hash), SQLITE_STATIC);
        must(sqlite3_step(insert) == SQLITE_DONE, "insert");
        sqlite3_reset(insert);
        if (i % GROUP == GROUP - 1)
            run(db, "COMMIT");
    }
    double rate = APPENDS / (now_s() - start);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return rate;
}

int main(int argc, char **argv)
{
    static const char *const ends[] = { "a", "a-wal", "a-shm", "a-lock",
                                        "b", "b-wal", "b-shm" };
    char folder[200], path[220];

    snprintf(folder, sizeof(folder), "%s/store_bench.XXXXXX",
             argc > 1 ? argv[1] : "/tmp");
    must(mkdtemp(folder) != NULL, "no folder");
    snprintf(path, sizeof(path), "%s/b", folder);
    double bare = bare_rate(path);
    snprintf(path, sizeof(path), "%s/a", folder);
    double store = store_rate(path);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, ends[i]);
        unlink(path);
    }
    rmdir(folder);
    printf("{\"store_appends_per_s\": {\"value\": %.0f, \"unit\": \"1/s\", "
           "\"against\": \"%.0f bare grouped inserts/s; ratio %.2f\"}}\n",
           store, bare, store / bare);
    return 0;
}
