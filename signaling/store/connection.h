/*
 * connection: one thread's way to the database, with its keys. What callers of
 * store.h know as struct reader_of_store.
 */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include "signaling/store/keyring.h"
#include "signaling/store/sql.h"
#include "signaling/store/store.h"

struct reader_of_store {
    const struct sql_driver *driver;
    const char *url; /* owned by the store */
    bool writes;
    struct sql *sql; /* NULL: lost, opened again at the next transaction */
    struct keyring keys;
    bool erased; /* the running transaction destroys a key */
    /* A commit failed and may still turn up after a crash (group.h). Set by the
     * store thread, read by both. */
    atomic_bool *unsure;
};

int connection_open(struct reader_of_store *connection, char *error,
                    size_t error_size);
void connection_close(struct reader_of_store *connection);

/* Forgets what the database said so far; 0 when it is open again. */
int connection_reopen(struct reader_of_store *connection);

/* Around each transaction: SQL and keyring together. begin opens again what was
 * lost. */
int connection_begin(struct reader_of_store *connection,
                     enum sql_access access);
int connection_commit(struct reader_of_store *connection);
void connection_rollback(struct reader_of_store *connection);

#endif
