/*
 * query: lists and searches for the desk. Access is checked here.
 * Loop's thread; answers come exactly once, pointers are valid during them.
 */
#ifndef APP_QUERY_H
#define APP_QUERY_H

#include "signaling/app/directory.h"
#include "signaling/app/engine.h"
#include "signaling/app/link.h"

#define QUERY_ROWS_MAX 500 /* of a day */
#define QUERY_FIND_MAX 50

struct query;

struct query *query_new(struct store *store, struct directory *directory,
                        struct engine *engine, const struct link_keys *keys);
void query_free(struct query *query);

struct query_row {
    struct consultation_id consultation;
    const struct consultation *visit;
    const struct agenda *agenda; /* may be NULL */
    enum delivery delivery;
};
/* refusal other than REFUSED_NOTHING: no rows. */
typedef void rows_fn(void *arg, enum refusal refusal,
                     const struct query_row *rows, size_t count);

/* Visits that start in [from, to), by start: a secretary's those of
 * practitioner, or of the whole clinic when it is none, and before them all of
 * the clinic whose patient is to be called back. A doctor's are the own ones,
 * and before them those of other days that need the doctor now. */
void query_day(struct query *query, const struct actor *actor,
               struct practitioner_id practitioner, int64_t from_ms,
               int64_t to_ms, rows_fn *done, void *arg);

/* Does a visit belong on this desk that shows [from, to), a secretary's of
 * practitioner or of all when it is none? */
bool query_is_on_desk(const struct actor *actor,
                      struct practitioner_id practitioner,
                      const struct consultation *visit, int64_t from_ms,
                      int64_t to_ms);

/* One visit as a row (its delivery besides its state). */
void query_row(struct query *query, const struct actor *actor,
               struct consultation_id visit, rows_fn *done, void *arg);

/* By words of the patient's names: all of them have to fit. Newest first. */
void query_find(struct query *query, const struct actor *actor,
                const char *words, rows_fn *done, void *arg);

/* [from, to) of a calendar day in a time zone such as "Europe/Paris"; -EINVAL
 * for a day that does not exist, UTC for a zone that we do not know. */
int query_day_bounds(const char *time_zone, struct date day, int64_t *out_from,
                     int64_t *out_to);
/* The calendar day of a moment there. */
struct date query_day_of(const char *time_zone, int64_t at_ms);

#endif
