#include "signaling/app/query.h"

#include "signaling/app/finder.h"
#include "signaling/core/access.h"
#include "signaling/outbox/zone.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define CANDIDATES_MAX 400 /* visits that a search looks at */
#define NEEDING_MAX    100 /* on a desk whatever the day shown */
#define AGENDAS_MAX    64  /* practitioners in one list */
#define DAY_MS         INT64_C(86400000)

struct query {
    struct store *store;
    struct directory *directory;
    struct engine *engine;
    const struct link_keys *keys;
};

struct query *query_new(struct store *store, struct directory *directory,
                        struct engine *engine, const struct link_keys *keys)
{
    struct query *query = calloc(1, sizeof(*query));

    assert(query);
    *query = (struct query){
        .store = store, .directory = directory, .engine = engine, .keys = keys
    };
    return query;
}

void query_free(struct query *query)
{
    free(query);
}

/* A list being made: first which visits, on the reading thread; then their
 * states, one after the other; at last the answer. */
struct listing {
    struct query *query;
    struct actor actor;
    rows_fn *done;
    void *arg;

    /* what is asked */
    struct practitioner_id practitioner;
    int64_t from_ms;
    int64_t to_ms;
    uint8_t words[FINDER_WORDS_MAX][32];
    size_t word_count;
    size_t limit;
    bool is_desk; /* also what needs somebody there, of any day */

    /* what was found */
    struct consultation_id
        ids[CANDIDATES_MAX > QUERY_ROWS_MAX ? CANDIDATES_MAX : QUERY_ROWS_MAX];
    enum delivery deliveries[QUERY_ROWS_MAX];
    size_t id_count;
    size_t needing; /* the first of them: of any day, found before the rest */
    size_t at;
    bool turning; /* states that are at hand come at once: a loop, not a
                   * call within a call for each */
    bool again;

    struct consultation *visits;
    struct agenda *agendas[AGENDAS_MAX];
    size_t agenda_count;
    struct query_row *rows;
    size_t row_count;
};

static struct listing *listing_new(struct query *query,
                                   const struct actor *actor, rows_fn *done,
                                   void *arg)
{
    struct listing *listing = calloc(1, sizeof(*listing));

    assert(listing);
    listing->query = query;
    listing->actor = *actor;
    listing->done = done;
    listing->arg = arg;
    return listing;
}

static void listing_end(struct listing *listing, enum refusal refusal)
{
    listing->done(listing->arg, refusal, listing->rows,
                  refusal == REFUSED_NOTHING ? listing->row_count : 0);
    for (size_t i = 0; i < listing->agenda_count; i++)
        free(listing->agendas[i]);
    free(listing->visits);
    free(listing->rows);
    free(listing);
}

static const struct agenda *keep_agenda(struct listing *listing,
                                        const struct agenda *agenda)
{
    for (size_t i = 0; i < listing->agenda_count; i++)
        if (practitioner_id_equal(listing->agendas[i]->practitioner,
                                  agenda->practitioner))
            return listing->agendas[i];
    if (listing->agenda_count == AGENDAS_MAX)
        return NULL;
    struct agenda *copy = malloc(sizeof(*copy));
    assert(copy);
    *copy = *agenda;
    listing->agendas[listing->agenda_count++] = copy;
    return copy;
}

static int newest_first(const void *a, const void *b)
{
    const struct query_row *left = a;
    const struct query_row *right = b;

    return left->visit->start_ms < right->visit->start_ms   ? 1
           : left->visit->start_ms > right->visit->start_ms ? -1
                                                            : 0;
}

static void listing_next(struct listing *listing);

/* The state decides: rows may be older than it. */
static bool is_wanted(const struct listing *listing,
                      const struct consultation *visit)
{
    if (listing->is_desk)
        return query_is_on_desk(&listing->actor, listing->practitioner, visit,
                                listing->from_ms, listing->to_ms);
    return access_visit(&listing->actor, visit) == REFUSED_NOTHING;
}

static void listing_state(void *arg, const struct consultation *visit,
                          const struct agenda *agenda)
{
    struct listing *listing = arg;
    size_t index = listing->at - 1;

    if (visit && is_wanted(listing, visit) &&
        listing->row_count < listing->limit) {
        size_t count = listing->row_count;
        listing->visits[count] = *visit;
        listing->rows[count] = (struct query_row){
            .consultation = visit->id,
            .visit = &listing->visits[count],
            .agenda = agenda ? keep_agenda(listing, agenda) : NULL,
            .delivery = listing->deliveries[index],
        };
        listing->row_count += 1;
    }
    listing_next(listing);
}

static void listing_next(struct listing *listing)
{
    listing->again = true;
    if (listing->turning)
        return;
    listing->turning = true;
    while (listing->again && listing->at < listing->id_count) {
        listing->again = false;
        engine_state(listing->query->engine, listing->ids[listing->at++],
                     listing_state, listing);
    }
    listing->turning = false;
    if (!listing->again)
        return; /* the next state comes later */
    if (listing->word_count > 0)
        qsort(listing->rows, listing->row_count, sizeof(*listing->rows),
              newest_first);
    listing_end(listing, REFUSED_NOTHING);
}

static void listing_found(void *arg, int status)
{
    struct listing *listing = arg;

    if (status) {
        listing_end(listing, REFUSED_TRY_AGAIN);
        return;
    }
    size_t rows = listing->id_count ? listing->id_count : 1;
    listing->visits = calloc(rows, sizeof(*listing->visits));
    listing->rows = calloc(rows, sizeof(*listing->rows));
    assert(listing->visits && listing->rows);
    listing_next(listing);
}

static int read_deliveries(struct reader_of_store *reader,
                           struct listing *listing)
{
    for (size_t i = 0; i < listing->id_count && i < QUERY_ROWS_MAX; i++) {
        int err =
            read_delivery(reader, listing->ids[i], &listing->deliveries[i]);
        if (err)
            return err;
    }
    return 0;
}

/* ---- a day ------------------------------------------------------------------
 */

static int keep_appointment(void *arg, const struct appointment *row)
{
    struct listing *listing = arg;

    for (size_t i = 0; i < listing->needing; i++)
        if (consultation_id_equal(listing->ids[i], row->consultation))
            return 0;
    if (listing->id_count < QUERY_ROWS_MAX)
        listing->ids[listing->id_count++] = row->consultation;
    return 0;
}

bool query_is_on_desk(const struct actor *actor,
                      struct practitioner_id practitioner,
                      const struct consultation *visit, int64_t from_ms,
                      int64_t to_ms)
{
    bool on_day = visit->start_ms >= from_ms && visit->start_ms < to_ms;

    if (access_visit(actor, visit) != REFUSED_NOTHING)
        return false;
    if (actor->role == ROLE_DOCTOR)
        return on_day || consultation_needs_doctor(visit);
    if (consultation_needs_call(visit))
        return true;
    return on_day && (practitioner_id_is_none(practitioner) ||
                      practitioner_id_equal(visit->practitioner, practitioner));
}

static int read_any_day(struct reader_of_store *reader, struct listing *listing)
{
    if (listing->actor.role == ROLE_DOCTOR)
        return read_needing(reader, listing->actor.clinic,
                            listing->practitioner, listing->from_ms,
                            listing->to_ms, NEEDING_MAX, keep_appointment,
                            listing);
    return read_calls(reader, listing->actor.clinic, NEEDING_MAX,
                      keep_appointment, listing);
}

static int day_run(struct reader_of_store *reader, void *arg)
{
    struct listing *listing = arg;
    int err = read_any_day(reader, listing);

    listing->needing = listing->id_count;
    if (!err)
        err = read_appointments(reader, listing->actor.clinic,
                                listing->practitioner, listing->from_ms,
                                listing->to_ms, keep_appointment, listing);
    return err ? err : read_deliveries(reader, listing);
}

void query_day(struct query *query, const struct actor *actor,
               struct practitioner_id practitioner, int64_t from_ms,
               int64_t to_ms, rows_fn *done, void *arg)
{
    struct listing *listing = listing_new(query, actor, done, arg);

    listing->practitioner = practitioner;
    listing->from_ms = from_ms;
    listing->to_ms = to_ms;
    listing->limit = QUERY_ROWS_MAX;
    listing->is_desk = true;
    if (actor->role == ROLE_DOCTOR)
        listing->practitioner = actor->practitioner;
    if (actor->role != ROLE_DOCTOR && actor->role != ROLE_SECRETARY) {
        listing_end(listing, REFUSED_FORBIDDEN);
        return;
    }
    store_ask(query->store, day_run, listing_found, listing);
}

/* ---- one row
 * ------------------------------------------------------------------ */

static int row_run(struct reader_of_store *reader, void *arg)
{
    return read_deliveries(reader, arg);
}

void query_row(struct query *query, const struct actor *actor,
               struct consultation_id visit, rows_fn *done, void *arg)
{
    struct listing *listing = listing_new(query, actor, done, arg);

    listing->ids[0] = visit;
    listing->id_count = 1;
    listing->limit = 1;
    store_ask(query->store, row_run, listing_found, listing);
}

/* ---- by name
 * --------------------------------------------------------------------- */

struct candidates {
    struct consultation_id ids[CANDIDATES_MAX];
    size_t count;
};

static int keep_candidate(void *arg, struct consultation_id visit)
{
    struct candidates *candidates = arg;

    if (candidates->count < CANDIDATES_MAX)
        candidates->ids[candidates->count++] = visit;
    return 0;
}

static bool among(const struct candidates *candidates,
                  struct consultation_id visit)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (consultation_id_equal(candidates->ids[i], visit))
            return true;
    return false;
}

/* Those of the first word that all others have too. */
static int find_run(struct reader_of_store *reader, void *arg)
{
    struct listing *listing = arg;
    struct candidates left = { .count = 0 };

    for (size_t i = 0; i < listing->word_count; i++) {
        struct candidates of_word = { .count = 0 };
        int err = read_found_among(reader, listing->actor.clinic,
                                   listing->practitioner, FINDER_NAME_WORD,
                                   listing->words[i], CANDIDATES_MAX,
                                   keep_candidate, &of_word);
        if (err)
            return err;
        if (i == 0) {
            left = of_word;
            continue;
        }
        size_t kept = 0;
        for (size_t k = 0; k < left.count; k++)
            if (among(&of_word, left.ids[k]))
                left.ids[kept++] = left.ids[k];
        left.count = kept;
    }
    memcpy(listing->ids, left.ids, left.count * sizeof(left.ids[0]));
    listing->id_count = left.count;
    return read_deliveries(reader, listing);
}

void query_find(struct query *query, const struct actor *actor,
                const char *words, rows_fn *done, void *arg)
{
    struct listing *listing = listing_new(query, actor, done, arg);

    listing->limit = QUERY_FIND_MAX;
    listing->word_count = finder_words(query->keys, words, listing->words);
    if (actor->role == ROLE_DOCTOR)
        listing->practitioner = actor->practitioner;
    if (actor->role != ROLE_DOCTOR && actor->role != ROLE_SECRETARY) {
        listing_end(listing, REFUSED_FORBIDDEN);
        return;
    }
    if (listing->word_count == 0) {
        listing_end(listing, REFUSED_INVALID);
        return;
    }
    store_ask(query->store, find_run, listing_found, listing);
}

/* ---- days
 * ----------------------------------------------------------------------------
 */

/* Days since 1970-01-01 of a proleptic Gregorian date, years from March. */
static int64_t days_of(struct date date)
{
    int64_t year = date.year - (date.month <= 2 ? 1 : 0);
    int64_t month = (date.month + 9) % 12;

    return year * 365 + year / 4 - year / 100 + year / 400 +
           (153 * month + 2) / 5 + date.day - 1 - 719468;
}

/* What the wall shows, as if it were UTC, less UTC. */
static int64_t offset_at(const char *time_zone, int64_t utc_ms)
{
    struct wall_time wall;

    if (zone_wall_time(time_zone, utc_ms, &wall))
        return 0;
    int64_t shown_ms = days_of(wall.date) * DAY_MS +
                       (wall.hour * INT64_C(60) + wall.minute) * 60000;
    return shown_ms - utc_ms / 60000 * 60000;
}

/* The moment at which a day begins there; the second look is for days on which
 * the clock is changed. */
static int64_t begin_of(const char *time_zone, int64_t midnight_ms)
{
    int64_t guess_ms = midnight_ms - offset_at(time_zone, midnight_ms);

    return midnight_ms - offset_at(time_zone, guess_ms);
}

int query_day_bounds(const char *time_zone, struct date day, int64_t *out_from,
                     int64_t *out_to)
{
    if (!date_is_real(day))
        return -EINVAL;
    int64_t midnight_ms = days_of(day) * DAY_MS;
    *out_from = begin_of(time_zone, midnight_ms);
    *out_to = begin_of(time_zone, midnight_ms + DAY_MS);
    return 0;
}

struct date query_day_of(const char *time_zone, int64_t at_ms)
{
    struct wall_time wall;

    if (zone_wall_time(time_zone, at_ms, &wall) &&
        zone_wall_time("UTC", at_ms, &wall))
        return (struct date){ .year = 1970, .month = 1, .day = 1 };
    return wall.date;
}
