#include "signaling/store/session.h"

#include "signaling/store/connection.h"

#include <errno.h>

int session_put(struct reader_of_store *writer, const struct session *session)
{
    const struct actor *actor = &session->actor;

    return sql_run(
        writer->sql,
        "INSERT INTO session (token_hash, role, clinic, staff, practitioner, "
        "consultation, device_generation, created_ms, expires_ms, proved_ms, "
        "guest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
        "ON CONFLICT (token_hash) DO UPDATE SET role = excluded.role, "
        "clinic = excluded.clinic, staff = excluded.staff, "
        "practitioner = excluded.practitioner, "
        "consultation = excluded.consultation, "
        "device_generation = excluded.device_generation, "
        "created_ms = excluded.created_ms, expires_ms = excluded.expires_ms, "
        "proved_ms = excluded.proved_ms, guest = excluded.guest",
        SQL_VALUES(sql_bytes(session->token_hash, 32), sql_number(actor->role),
                   sql_bytes(actor->clinic.bytes, ID_BYTES),
                   sql_bytes(actor->staff.bytes, ID_BYTES),
                   sql_bytes(actor->practitioner.bytes, ID_BYTES),
                   sql_bytes(actor->consultation.bytes, ID_BYTES),
                   sql_number(actor->device_generation),
                   sql_number(session->created_ms),
                   sql_number(session->expires_ms),
                   sql_number(session->proved_ms), sql_number(actor->guest)),
        NULL, NULL);
}

int session_remove(struct reader_of_store *writer, const uint8_t hash[32])
{
    return sql_run(writer->sql, "DELETE FROM session WHERE token_hash = ?1",
                   SQL_VALUES(sql_bytes(hash, 32)), NULL, NULL);
}

int session_sweep(struct reader_of_store *writer, int64_t now_ms)
{
    return sql_run(writer->sql, "DELETE FROM session WHERE expires_ms <= ?1",
                   SQL_VALUES(sql_number(now_ms)), NULL, NULL);
}

struct session_reading {
    struct session session;
    bool found;
};

static int each_session(void *arg, const struct sql_value *columns)
{
    struct session_reading *reading = arg;
    struct session *session = &reading->session;
    struct actor *actor = &session->actor;

    actor->role = (enum role)columns[0].number;
    int err = sql_read_bytes(&columns[1], actor->clinic.bytes, ID_BYTES);
    if (!err)
        err = sql_read_bytes(&columns[2], actor->staff.bytes, ID_BYTES);
    if (!err)
        err = sql_read_bytes(&columns[3], actor->practitioner.bytes, ID_BYTES);
    if (!err)
        err = sql_read_bytes(&columns[4], actor->consultation.bytes, ID_BYTES);
    actor->device_generation = (uint32_t)columns[5].number;
    session->created_ms = columns[6].number;
    session->expires_ms = columns[7].number;
    session->proved_ms = columns[8].number;
    actor->guest = (uint32_t)columns[9].number;
    reading->found = true;
    return err;
}

int session_find(struct reader_of_store *reader, const uint8_t hash[32],
                 struct session *out)
{
    struct session_reading reading = { .found = false };
    int err = sql_run(reader->sql,
                      "SELECT role, clinic, staff, practitioner, "
                      "consultation, device_generation, created_ms, "
                      "expires_ms, proved_ms, guest FROM session "
                      "WHERE token_hash = ?1",
                      SQL_VALUES(sql_bytes(hash, 32)), each_session, &reading);
    if (!err && !reading.found)
        err = -ENOENT;
    if (err)
        return err;

    memcpy(reading.session.token_hash, hash, 32);
    *out = reading.session;
    return 0;
}
