#include "signaling/store/connection.h"

#include "base/log.h"

#include <errno.h>

int connection_open(struct reader_of_store *connection, char *error,
                    size_t error_size)
{
    return connection->driver->open(connection->url, connection->writes,
                                    &connection->sql, error, error_size);
}

void connection_close(struct reader_of_store *connection)
{
    if (!connection->sql)
        return;
    connection->driver->close(connection->sql);
    connection->sql = NULL;
}

int connection_reopen(struct reader_of_store *connection)
{
    char error[256];

    connection_close(connection);
    keyring_rolled_back(&connection->keys);
    int err = connection_open(connection, error, sizeof(error));
    log_warning("store_reopened writes=%d err=%d", connection->writes, err);
    return err;
}

/* Where others may erase, too, it is asked before the transaction sees its one
 * moment. */
static int look_and_begin(struct reader_of_store *connection,
                          enum sql_access access)
{
    int err = 0;

    if (connection->driver->shared)
        err = keyring_look(&connection->keys, connection->sql);
    return err ? err : sql_begin(connection->sql, access);
}

int connection_begin(struct reader_of_store *connection, enum sql_access access)
{
    int err = -EIO;

    if (connection->sql)
        err = look_and_begin(connection, access);
    /* A server that was restarted meanwhile: nothing is lost yet. */
    if (err == -EIO) {
        err = connection_reopen(connection);
        if (!err)
            err = look_and_begin(connection, access);
    }
    keyring_begin(&connection->keys);
    connection->erased = false;
    return err;
}

int connection_commit(struct reader_of_store *connection)
{
    int err = sql_commit(connection->sql);

    if (err)
        return err;
    keyring_committed(&connection->keys);
    if (connection->erased) {
        atomic_fetch_add(connection->keys.erasures, 1);
        /* Best effort: a long reading may hold old pages a little longer. */
        (void)connection->driver->scrub(connection->sql);
    }
    return 0;
}

void connection_rollback(struct reader_of_store *connection)
{
    (void)sql_rollback(connection->sql);
    keyring_rolled_back(&connection->keys);
}
