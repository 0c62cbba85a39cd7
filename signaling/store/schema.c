#include "signaling/store/schema.h"

#include "signaling/store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

/* Rows hold these as numbers: an enum is only ever added to at its end. */
static_assert(STREAM_CONSULTATION == 0 && STREAM_AGENDA == 1 &&
                  STREAM_CLINIC == 2,
              "stream_kind is stored");
static_assert(ROLE_PATIENT == 0 && ROLE_DOCTOR == 1 && ROLE_SECRETARY == 2 &&
                  ROLE_SYSTEM == 3 && ROLE_GUEST == 4,
              "role is stored");
static_assert(PHASE_NONE == 0 && PHASE_BOOKED == 1 && PHASE_WAITING == 2 &&
                  PHASE_ADMITTED == 3 && PHASE_ENDED == 4 &&
                  PHASE_CANCELLED == 5 && PHASE_NO_SHOW == 6 &&
                  PHASE_LAPSED == 7,
              "phase is stored");
static_assert(FINDER_CODE == 0 && FINDER_NAME_WORD == 1 &&
                  FINDER_CONTACT == 2 && FINDER_CHECKOUT == 3,
              "finder is stored");
static_assert(TEXT_MESSAGE == 0 && TEXT_NOTE == 1 && TEXT_LINES == 2 &&
                  TEXT_MEASURES == 3,
              "text_kind is stored");
static_assert(DOCUMENT_PRESCRIPTION == 0 && DOCUMENT_RECEIPT == 1,
              "document_kind is stored");
static_assert(DEADLINE_LAPSE == 0 && DEADLINE_CHECKOUT == 1,
              "deadline_kind is stored");
/* A new message kind goes to the end, too, and into notice_is_message. */
static_assert(NOTICE_BOOKED == 0 && NOTICE_CHANGED == 1 &&
                  NOTICE_CANCELLED == 2 && NOTICE_LINK == 3 &&
                  NOTICE_DOCTOR_WAITS == 4 && NOTICE_RELEASED == 5 &&
                  NOTICE_OPEN_CHECKOUT == 6 && NOTICE_EXPIRE_CHECKOUT == 7 &&
                  NOTICE_REFUND == 8 && NOTICE_GUEST_LINK == 9 &&
                  NOTICE_GUEST_CHANGED == 10 && NOTICE_GUEST_CANCELLED == 11,
              "notice_kind is stored");

/* The file's bytes, taken in by the assembler. */
#define STEP(name, path)                                                       \
    __asm__(".pushsection .rodata\n"                                           \
            ".global store_schema_" name "\n"                                  \
            ".global store_schema_" name "_end\n"                              \
            "store_schema_" name ":\n"                                         \
            ".incbin \"signaling/store/schema/" path "\"\n"                    \
            "store_schema_" name "_end:\n"                                     \
            ".byte 0\n"                                                        \
            ".popsection\n")

STEP("0001", "0001.sql");
STEP("0002", "0002.sql");
STEP("0003", "0003.sql");
STEP("0004", "0004.sql");
extern const char store_schema_0001[], store_schema_0001_end[];
extern const char store_schema_0002[], store_schema_0002_end[];
extern const char store_schema_0003[], store_schema_0003_end[];
extern const char store_schema_0004[], store_schema_0004_end[];
STEP("0005", "0005.sql");
extern const char store_schema_0005[], store_schema_0005_end[];
STEP("0006", "0006.sql");
extern const char store_schema_0006[], store_schema_0006_end[];
STEP("0007", "0007.sql");
extern const char store_schema_0007[], store_schema_0007_end[];
STEP("0008", "0008.sql");
extern const char store_schema_0008[], store_schema_0008_end[];
STEP("0009", "0009.sql");
extern const char store_schema_0009[], store_schema_0009_end[];
STEP("0010", "0010.sql");
extern const char store_schema_0010[], store_schema_0010_end[];

struct migration {
    const char *text;
    const char *end;
    int64_t readable_from; /* the oldest version whose server may read it */
};

static const struct migration steps[] = {
    { store_schema_0001, store_schema_0001_end, 1 },
    { store_schema_0002, store_schema_0002_end, 1 },
    { store_schema_0003, store_schema_0003_end, 1 },
    { store_schema_0004, store_schema_0004_end, 1 },
    { store_schema_0005, store_schema_0005_end, 1 },
    { store_schema_0006, store_schema_0006_end, 1 },
    { store_schema_0007, store_schema_0007_end, 1 },
    { store_schema_0008, store_schema_0008_end, 1 },
    { store_schema_0009, store_schema_0009_end, 1 },
    { store_schema_0010, store_schema_0010_end, 1 },
};
#define STEPS ((int64_t)(sizeof(steps) / sizeof(steps[0])))

struct found {
    int64_t version;
    int64_t readable_from;
};

static int each_version(void *arg, const struct sql_value *columns)
{
    struct found *found = arg;

    found->version = columns[0].number;
    found->readable_from = columns[1].number;
    return 0;
}

static int find_version(struct sql *sql, struct found *out)
{
    int err = sql_run(sql,
                      "CREATE TABLE IF NOT EXISTS schema ("
                      "version INTEGER NOT NULL PRIMARY KEY, "
                      "readable_from INTEGER NOT NULL)",
                      SQL_NO_VALUES, NULL, NULL);
    if (err)
        return err;

    return sql_run(sql,
                   "SELECT version, readable_from FROM schema "
                   "ORDER BY version",
                   SQL_NO_VALUES, each_version, out);
}

static int apply_steps(struct sql *sql, int64_t from)
{
    for (int64_t i = from; i < STEPS; i++) {
        const struct migration *step = &steps[i];
        struct slice text = slice(step->text, (size_t)(step->end - step->text));
        int err = sql_script(sql, text);
        if (err)
            return err;
        err = sql_run(
            sql, "INSERT INTO schema VALUES (?1, ?2)",
            SQL_VALUES(sql_number(i + 1), sql_number(step->readable_from)),
            NULL, NULL);
        if (err)
            return err;
    }
    return 0;
}

int schema_migrate(struct sql *sql, char *error, size_t error_size)
{
    struct found found = { 0, 0 };
    int err = sql_begin(sql, SQL_ALONE);

    if (!err)
        err = find_version(sql, &found);
    if (!err && found.readable_from > STEPS) {
        snprintf(error, error_size,
                 "The database was written by a newer release (schema %lld, "
                 "readable from %lld; this one knows %lld). Install that "
                 "release or restore a backup.",
                 (long long)found.version, (long long)found.readable_from,
                 (long long)STEPS);
        (void)sql_rollback(sql);
        return -EPROTONOSUPPORT;
    }
    if (!err)
        err = apply_steps(sql, found.version);
    if (!err)
        err = sql_commit(sql);
    if (err) {
        (void)sql_rollback(sql);
        snprintf(error, error_size, "Cannot set up the database: %s.",
                 strerror(-err));
    }
    return err;
}
