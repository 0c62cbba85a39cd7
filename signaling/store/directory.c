#include "signaling/store/directory.h"

#include "signaling/store/connection.h"

#include <errno.h>

int directory_put_clinic(struct reader_of_store *writer,
                         const struct clinic *clinic)
{
    return sql_run(
        writer->sql,
        "INSERT INTO clinic (id, name, phone, address, locale, time_zone, "
        "payment_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
        "phone = excluded.phone, address = excluded.address, "
        "locale = excluded.locale, time_zone = excluded.time_zone, "
        "payment_key = excluded.payment_key",
        SQL_VALUES(sql_bytes(clinic->id.bytes, ID_BYTES),
                   sql_text(clinic->name), sql_text(clinic->phone),
                   sql_text(clinic->address), sql_text(clinic->locale),
                   sql_text(clinic->time_zone),
                   sql_number(clinic->payment_key)),
        NULL, NULL);
}

int directory_put_practitioner(struct reader_of_store *writer,
                               const struct practitioner *practitioner)
{
    return sql_run(
        writer->sql,
        "INSERT INTO practitioner (id, clinic, name, quality, speciality, "
        "identifier, address, phone, mail) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
        "ON CONFLICT (id) DO UPDATE SET clinic = excluded.clinic, "
        "name = excluded.name, quality = excluded.quality, "
        "speciality = excluded.speciality, identifier = excluded.identifier, "
        "address = excluded.address, phone = excluded.phone, "
        "mail = excluded.mail",
        SQL_VALUES(
            sql_bytes(practitioner->id.bytes, ID_BYTES),
            sql_bytes(practitioner->clinic.bytes, ID_BYTES),
            sql_text(practitioner->name), sql_text(practitioner->quality),
            sql_text(practitioner->speciality),
            sql_text(practitioner->identifier), sql_text(practitioner->address),
            sql_text(practitioner->phone), sql_text(practitioner->mail)),
        NULL, NULL);
}

struct login_owner {
    struct staff_id id;
    bool found;
};

static int each_owner(void *arg, const struct sql_value *columns)
{
    struct login_owner *owner = arg;

    owner->found = true;
    return sql_read_bytes(&columns[0], owner->id.bytes, ID_BYTES);
}

int directory_put_staff(struct reader_of_store *writer,
                        const struct staff *staff)
{
    struct login_owner owner = { .found = false };
    int err = sql_run(writer->sql, "SELECT id FROM staff WHERE login = ?1",
                      SQL_VALUES(sql_text(staff->login)), each_owner, &owner);
    if (err)
        return err;
    if (owner.found && !staff_id_equal(owner.id, staff->id))
        return -EEXIST;

    return sql_run(
        writer->sql,
        "INSERT INTO staff (id, clinic, role, practitioner, login, name, "
        "password_hash, disabled) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
        "ON CONFLICT (id) DO UPDATE SET clinic = excluded.clinic, "
        "role = excluded.role, practitioner = excluded.practitioner, "
        "login = excluded.login, name = excluded.name, "
        "password_hash = excluded.password_hash, "
        "disabled = excluded.disabled",
        SQL_VALUES(sql_bytes(staff->id.bytes, ID_BYTES),
                   sql_bytes(staff->clinic.bytes, ID_BYTES),
                   sql_number(staff->role),
                   sql_bytes(staff->practitioner.bytes, ID_BYTES),
                   sql_text(staff->login), sql_text(staff->name),
                   sql_text(staff->password_hash), sql_number(staff->disabled)),
        NULL, NULL);
}

static int each_number(void *arg, const struct sql_value *columns)
{
    *(int64_t *)arg = columns[0].number;
    return 0;
}

int directory_put_reason(struct reader_of_store *writer,
                         struct practitioner_id practitioner,
                         const char *reason)
{
    struct sql_value of = sql_bytes(practitioner.bytes, ID_BYTES);
    int64_t last = 0;
    int err = sql_run(writer->sql,
                      "SELECT COALESCE(MAX(position), 0) FROM reason "
                      "WHERE practitioner = ?1",
                      SQL_VALUES(of), each_number, &last);
    if (err)
        return err;

    return sql_run(writer->sql,
                   "INSERT INTO reason (practitioner, position, reason) "
                   "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                   SQL_VALUES(of, sql_number(last + 1), sql_text(reason)), NULL,
                   NULL);
}

/* ---- reading back ---------------------------------------------------------
 */

/* Takes one column after the other and remembers the first failure. */
struct columns {
    const struct sql_value *next;
    int err;
};

static void take_id(struct columns *columns, uint8_t out[ID_BYTES])
{
    int err = sql_read_bytes(columns->next++, out, ID_BYTES);

    columns->err = columns->err ? columns->err : err;
}

static void take_text(struct columns *columns, char *out, size_t size)
{
    int err = sql_read_text(columns->next++, out, size);

    columns->err = columns->err ? columns->err : err;
}

static int64_t take_number(struct columns *columns)
{
    return (columns->next++)->number;
}

struct clinic_reading {
    clinic_fn *each;
    void *arg;
};

static int each_clinic(void *arg, const struct sql_value *values)
{
    struct clinic_reading *reading = arg;
    struct columns columns = { values, 0 };
    struct clinic clinic = { .name = "" };

    take_id(&columns, clinic.id.bytes);
    take_text(&columns, clinic.name, sizeof(clinic.name));
    take_text(&columns, clinic.phone, sizeof(clinic.phone));
    take_text(&columns, clinic.address, sizeof(clinic.address));
    take_text(&columns, clinic.locale, sizeof(clinic.locale));
    take_text(&columns, clinic.time_zone, sizeof(clinic.time_zone));
    clinic.payment_key = take_number(&columns) != 0;
    return columns.err ? columns.err : reading->each(reading->arg, &clinic);
}

int directory_clinics(struct reader_of_store *reader, clinic_fn *each,
                      void *arg)
{
    struct clinic_reading reading = { each, arg };

    return sql_run(reader->sql,
                   "SELECT id, name, phone, address, locale, time_zone, "
                   "payment_key FROM clinic ORDER BY name, id",
                   SQL_NO_VALUES, each_clinic, &reading);
}

struct practitioner_reading {
    practitioner_fn *each;
    void *arg;
};

static int each_practitioner(void *arg, const struct sql_value *values)
{
    struct practitioner_reading *reading = arg;
    struct columns columns = { values, 0 };
    struct practitioner row = { .name = "" };

    take_id(&columns, row.id.bytes);
    take_id(&columns, row.clinic.bytes);
    take_text(&columns, row.name, sizeof(row.name));
    take_text(&columns, row.quality, sizeof(row.quality));
    take_text(&columns, row.speciality, sizeof(row.speciality));
    take_text(&columns, row.identifier, sizeof(row.identifier));
    take_text(&columns, row.address, sizeof(row.address));
    take_text(&columns, row.phone, sizeof(row.phone));
    take_text(&columns, row.mail, sizeof(row.mail));
    return columns.err ? columns.err : reading->each(reading->arg, &row);
}

int directory_practitioners(struct reader_of_store *reader,
                            practitioner_fn *each, void *arg)
{
    struct practitioner_reading reading = { each, arg };

    return sql_run(reader->sql,
                   "SELECT id, clinic, name, quality, speciality, identifier, "
                   "address, phone, mail FROM practitioner ORDER BY name, id",
                   SQL_NO_VALUES, each_practitioner, &reading);
}

struct staff_reading {
    staff_fn *each;
    void *arg;
};

static int each_staff(void *arg, const struct sql_value *values)
{
    struct staff_reading *reading = arg;
    struct columns columns = { values, 0 };
    struct staff row = { .name = "" };

    take_id(&columns, row.id.bytes);
    take_id(&columns, row.clinic.bytes);
    row.role = (enum role)take_number(&columns);
    take_id(&columns, row.practitioner.bytes);
    take_text(&columns, row.login, sizeof(row.login));
    take_text(&columns, row.name, sizeof(row.name));
    take_text(&columns, row.password_hash, sizeof(row.password_hash));
    row.disabled = take_number(&columns) != 0;
    return columns.err ? columns.err : reading->each(reading->arg, &row);
}

int directory_staff(struct reader_of_store *reader, staff_fn *each, void *arg)
{
    struct staff_reading reading = { each, arg };

    return sql_run(reader->sql,
                   "SELECT id, clinic, role, practitioner, login, name, "
                   "password_hash, disabled FROM staff ORDER BY login",
                   SQL_NO_VALUES, each_staff, &reading);
}

struct reason_reading {
    reason_fn *each;
    void *arg;
};

static int each_reason(void *arg, const struct sql_value *values)
{
    struct reason_reading *reading = arg;
    struct columns columns = { values, 0 };
    struct practitioner_id practitioner;
    char reason[REASON_TEXT];

    take_id(&columns, practitioner.bytes);
    take_text(&columns, reason, sizeof(reason));
    return columns.err ? columns.err
                       : reading->each(reading->arg, practitioner, reason);
}

int directory_reasons(struct reader_of_store *reader, reason_fn *each,
                      void *arg)
{
    struct reason_reading reading = { each, arg };

    return sql_run(reader->sql,
                   "SELECT practitioner, reason FROM reason "
                   "ORDER BY practitioner, position",
                   SQL_NO_VALUES, each_reason, &reading);
}
