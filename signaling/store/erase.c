#include "signaling/store/erase.h"

#include "signaling/store/sealed.h"

int visit_erase(struct reader_of_store *writer, struct consultation_id visit,
                int64_t now_ms)
{
    /* Each its own literal: the text is the key of the kept statement. */
    static const char *const removals[] = {
        "DELETE FROM finder WHERE visit = ?1",
        "DELETE FROM sealed_text WHERE visit = ?1",
        "DELETE FROM document WHERE visit = ?1",
        "DELETE FROM outbox WHERE visit = ?1",
        "DELETE FROM due WHERE visit = ?1",
        "DELETE FROM session WHERE consultation = ?1",
    };
    int err = keyring_erase(&writer->keys, writer->sql, stream_of_visit(visit),
                            now_ms);

    for (size_t i = 0; i < sizeof(removals) / sizeof(removals[0]) && !err; i++)
        err = sql_run(writer->sql, removals[i],
                      SQL_VALUES(sql_bytes(visit.bytes, ID_BYTES)), NULL, NULL);
    if (!err)
        writer->erased = true;
    return err;
}
