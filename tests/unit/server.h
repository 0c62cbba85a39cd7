/*
 * server: the PostgreSQL server that tests/with-postgres started, if it did:
 * then tests that need a database run against it instead of a file.
 */
#ifndef TESTS_SERVER_H
#define TESTS_SERVER_H

#include "signaling/store/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The folder of its socket, or NULL. */
static inline const char *given_server(void)
{
    return getenv("VESTIBULE_TEST_POSTGRES");
}

/* For what looks into the files of SQLite: passes elsewhere. */
#define ONLY_WITH_FILES()                                                      \
    do {                                                                       \
        if (given_server())                                                    \
            return;                                                            \
    } while (0)

static inline void given_sql(const char *url, const char *text)
{
    struct sql *sql;
    char error[300] = "";

    if (sql_driver_of(url)->open(url, true, &sql, error, sizeof(error)) != 0)
        fail_msg("%s", error);
    assert_int_equal(sql_script(sql, slice_of_text(text)), 0);
    sql->driver->close(sql);
}

/* CREATE or DROP a database named like the folder, and its url. */
static inline void given_database(const char *folder, const char *verb,
                                  char *url, size_t size)
{
    const char *name = strrchr(folder, '/') + 1;
    char any[160], text[128];

    snprintf(any, sizeof(any), "postgresql:///postgres?user=postgres&host=%s",
             given_server());
    snprintf(text, sizeof(text), "%s DATABASE \"%s\"", verb, name);
    given_sql(any, text);
    if (url)
        snprintf(url, size, "postgresql:///%s?user=postgres&host=%s", name,
                 given_server());
}

#endif
