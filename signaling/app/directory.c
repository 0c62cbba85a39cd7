#include "signaling/app/directory.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

#define OPENS_BEFORE_MS (30LL * 60 * 1000)
#define RELEASED_FOR_MS (30LL * 24 * 60 * 60 * 1000)

struct reason {
    struct practitioner_id practitioner;
    char text[REASON_TEXT];
};

/* One reading of the tables; grown on whatever thread reads. */
struct tables {
    struct clinic *clinics;
    size_t clinic_count;
    struct practitioner *practitioners;
    size_t practitioner_count;
    struct staff *staff;
    size_t staff_count;
    struct reason *reasons;
    size_t reason_count;
};

struct directory {
    struct store *store;
    struct directory_times times;
    struct tables tables;
};

static void tables_release(struct tables *tables)
{
    free(tables->clinics);
    free(tables->practitioners);
    free(tables->staff);
    free(tables->reasons);
    *tables = (struct tables){ 0 };
}

/* Room for one more of size bytes; arrays are small and read whole. */
static void *grown(void *array, size_t count, size_t size)
{
    void *more = realloc(array, (count + 1) * size);

    if (!more)
        abort();
    return more;
}

static int keep_clinic(void *arg, const struct clinic *clinic)
{
    struct tables *to = arg;

    to->clinics = grown(to->clinics, to->clinic_count, sizeof(*clinic));
    to->clinics[to->clinic_count++] = *clinic;
    return 0;
}

static int keep_practitioner(void *arg, const struct practitioner *one)
{
    struct tables *to = arg;

    to->practitioners =
        grown(to->practitioners, to->practitioner_count, sizeof(*one));
    to->practitioners[to->practitioner_count++] = *one;
    return 0;
}

static int keep_staff(void *arg, const struct staff *staff)
{
    struct tables *to = arg;

    to->staff = grown(to->staff, to->staff_count, sizeof(*staff));
    to->staff[to->staff_count++] = *staff;
    return 0;
}

static int keep_reason(void *arg, struct practitioner_id practitioner,
                       const char *reason)
{
    struct tables *to = arg;
    struct reason kept = { .practitioner = practitioner };

    strncpy(kept.text, reason, sizeof(kept.text) - 1);
    to->reasons = grown(to->reasons, to->reason_count, sizeof(kept));
    to->reasons[to->reason_count++] = kept;
    return 0;
}

static int read_tables(struct reader_of_store *reader, void *arg)
{
    int err = directory_clinics(reader, keep_clinic, arg);

    if (!err)
        err = directory_practitioners(reader, keep_practitioner, arg);
    if (!err)
        err = directory_staff(reader, keep_staff, arg);
    if (!err)
        err = directory_reasons(reader, keep_reason, arg);
    return err;
}

int directory_new(struct store *store, const struct directory_times *times,
                  struct directory **out)
{
    struct directory *directory = calloc(1, sizeof(*directory));

    assert(directory);
    directory->store = store;
    directory->times = *times;
    if (directory->times.opens_before_ms == 0)
        directory->times.opens_before_ms = OPENS_BEFORE_MS;
    if (directory->times.released_for_ms == 0)
        directory->times.released_for_ms = RELEASED_FOR_MS;
    int err = store_ask_now(store, read_tables, &directory->tables);
    if (err) {
        directory_free(directory);
        return err;
    }
    *out = directory;
    return 0;
}

void directory_free(struct directory *directory)
{
    if (!directory)
        return;
    tables_release(&directory->tables);
    free(directory);
}

struct reload {
    struct directory *directory;
    struct tables tables;
    directory_done_fn *done;
    void *arg;
};

static int reload_run(struct reader_of_store *reader, void *arg)
{
    struct reload *reload = arg;

    return read_tables(reader, &reload->tables);
}

static void reload_done(void *arg, int status)
{
    struct reload *reload = arg;

    if (status) {
        tables_release(&reload->tables);
    } else {
        tables_release(&reload->directory->tables);
        reload->directory->tables = reload->tables;
    }
    if (reload->done)
        reload->done(reload->arg, status);
    free(reload);
}

void directory_reload(struct directory *directory, directory_done_fn *done,
                      void *arg)
{
    struct reload *reload = calloc(1, sizeof(*reload));

    assert(reload);
    reload->directory = directory;
    reload->done = done;
    reload->arg = arg;
    store_ask(directory->store, reload_run, reload_done, reload);
}

const struct clinic *directory_find_clinic(const struct directory *directory,
                                           struct clinic_id id)
{
    for (size_t i = 0; i < directory->tables.clinic_count; i++)
        if (clinic_id_equal(directory->tables.clinics[i].id, id))
            return &directory->tables.clinics[i];
    return NULL;
}

const struct practitioner *directory_find_practitioner(
    const struct directory *directory, struct practitioner_id id)
{
    const struct tables *tables = &directory->tables;

    for (size_t i = 0; i < tables->practitioner_count; i++)
        if (practitioner_id_equal(tables->practitioners[i].id, id))
            return &tables->practitioners[i];
    return NULL;
}

const struct staff *directory_find_staff(const struct directory *directory,
                                         struct staff_id id)
{
    for (size_t i = 0; i < directory->tables.staff_count; i++)
        if (staff_id_equal(directory->tables.staff[i].id, id))
            return &directory->tables.staff[i];
    return NULL;
}

const struct staff *directory_find_login(const struct directory *directory,
                                         const char *login)
{
    for (size_t i = 0; i < directory->tables.staff_count; i++)
        if (strcasecmp(directory->tables.staff[i].login, login) == 0)
            return &directory->tables.staff[i];
    return NULL;
}

const struct clinic *directory_next_clinic(const struct directory *directory,
                                           size_t *cursor)
{
    if (*cursor >= directory->tables.clinic_count)
        return NULL;
    return &directory->tables.clinics[(*cursor)++];
}

const struct practitioner *directory_next_practitioner(
    const struct directory *directory, struct clinic_id clinic, size_t *cursor)
{
    const struct tables *tables = &directory->tables;

    while (*cursor < tables->practitioner_count) {
        const struct practitioner *one = &tables->practitioners[(*cursor)++];
        if (clinic_id_is_none(clinic) || clinic_id_equal(one->clinic, clinic))
            return one;
    }
    return NULL;
}

const struct staff *directory_next_staff(const struct directory *directory,
                                         struct clinic_id clinic,
                                         size_t *cursor)
{
    while (*cursor < directory->tables.staff_count) {
        const struct staff *one = &directory->tables.staff[(*cursor)++];
        if (clinic_id_is_none(clinic) || clinic_id_equal(one->clinic, clinic))
            return one;
    }
    return NULL;
}

const char *directory_next_reason(const struct directory *directory,
                                  struct practitioner_id practitioner,
                                  size_t *cursor)
{
    while (*cursor < directory->tables.reason_count) {
        const struct reason *one = &directory->tables.reasons[(*cursor)++];
        if (practitioner_id_equal(one->practitioner, practitioner))
            return one->text;
    }
    return NULL;
}

struct policy directory_policy(const struct directory *directory,
                               struct clinic_id clinic)
{
    const struct clinic *found = directory_find_clinic(directory, clinic);

    /* An unknown clinic locks rather than opens. */
    return (struct policy){
        .opens_before_ms = directory->times.opens_before_ms,
        .released_for_ms = directory->times.released_for_ms,
        .payment_key = !found || found->payment_key,
    };
}
