#include "signaling/store/census.h"

#include "signaling/store/connection.h"

#include <assert.h>

static_assert(PHASE_LAPSED + 1 == CENSUS_PHASES, "all phases are counted");

static int each_phase(void *arg, const struct sql_value *columns)
{
    struct census *census = arg;

    if (columns[0].number >= 0 && columns[0].number < CENSUS_PHASES)
        census->visits[columns[0].number] = (uint64_t)columns[1].number;
    return 0;
}

static int each_waiting(void *arg, const struct sql_value *columns)
{
    struct census *census = arg;

    census->outbox_waiting = (uint64_t)columns[0].number;
    census->oldest_ms = columns[1].number; /* 0 for SQL's NULL */
    return 0;
}

static int each_failed(void *arg, const struct sql_value *columns)
{
    struct census *census = arg;

    census->outbox_failed = (uint64_t)columns[0].number;
    return 0;
}

int read_census(struct reader_of_store *reader, int64_t from_ms, int64_t to_ms,
                struct census *out)
{
    *out = (struct census){ .oldest_ms = 0 };
    int err = sql_run(reader->sql,
                      "SELECT phase, COUNT(*) FROM appointment "
                      "WHERE start_ms >= ?1 AND start_ms < ?2 GROUP BY phase",
                      SQL_VALUES(sql_number(from_ms), sql_number(to_ms)),
                      each_phase, out);
    if (err)
        return err;
    err = sql_run(reader->sql,
                  "SELECT COUNT(*), MIN(created_ms) FROM outbox "
                  "WHERE state = 0",
                  SQL_NO_VALUES, each_waiting, out);
    if (err)
        return err;
    return sql_run(reader->sql, "SELECT COUNT(*) FROM outbox WHERE state = 2",
                   SQL_NO_VALUES, each_failed, out);
}
