/*
 * A year of visits in a store beside one day of them: seeds both through the
 * store's own append (one append for each visit, with all its events), then
 * asks both in turn for the same day's list and gives both the same command.
 */
#include "tests/bench/signaling/clinic.h"

#include "base/secret.h"
#include "signaling/app/agenda_facts.h"
#include "signaling/app/clock.h"
#include "signaling/app/finder.h"
#include "signaling/app/ledger.h"
#include "signaling/app/record.h"
#include "tests/client/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCTORS    10
#define EACH_DAY   80 /* visits of one doctor */
#define SLOT_MIN   9
#define AT_ONCE    512 /* appends on their way */
#define EVENTS_MAX 40
#define TURNS      41
#define FROM_HOUR  7

/* One visit while it is made: what was decided, in order. */
struct making {
    struct consultation visit;
    struct agenda *agenda;
    uint64_t visit_from;
    uint64_t agenda_from;
    uint8_t facts[AGENDA_FACTS_MAX]; /* of the agenda before, to be kept */
    struct slice kept;
    size_t count;
    struct {
        enum target target;
        struct event event;
    } events[EVENTS_MAX];
};

struct seeding {
    struct house house;
    struct clinic_of_bench clinic;
    struct agenda *agendas; /* of each doctor */
    uint64_t folded[DOCTORS];
    struct policy policy;
    unsigned waiting; /* appends on their way */
    unsigned visits;
    unsigned events;
    double seconds;
};

/* ---- one visit -------------------------------------------------------------
 */

static void make_step(struct seeding *seeding, struct making *making,
                      struct command command, int64_t at_ms)
{
    struct decision decision;
    struct situation situation = { .visit = &making->visit,
                                   .agenda = making->agenda,
                                   .agenda_clinic = seeding->clinic.id,
                                   .policy = &seeding->policy };

    command.consultation = making->visit.id;
    command.now_ms = at_ms;
    decide(&situation, &command, &decision);
    if (decision.refusal)
        fprintf(stderr, "%s: %s\n", command_verb(command.kind),
                refusal_code(decision.refusal));
    must(decision.refusal == REFUSED_NOTHING, "seeding");
    for (size_t i = 0; i < decision.count; i++) {
        struct event *event = &decision.events[i].event;
        must(making->count < EVENTS_MAX, "too many events");
        making->events[making->count].target = decision.events[i].target;
        making->events[making->count++].event = *event;
        if (decision.events[i].target == TARGET_VISIT)
            consultation_apply(&making->visit, event);
        else
            agenda_apply(making->agenda, event);
    }
}

/* As the engine does (world.c: stream_is_long). */
static void keep_facts(struct seeding *seeding, unsigned doctor,
                       struct making *making)
{
    const struct agenda *agenda = making->agenda;

    making->kept = slice(NULL, 0);
    if (agenda->seq < seeding->folded[doctor] + AGENDA_FACTS_EVERY)
        return;
    making->kept = agenda_facts_write(agenda, making->facts);
    seeding->folded[doctor] = agenda->seq;
}

/* From the booking to the end, as it went by itself. */
static void make_visit(struct seeding *seeding, unsigned doctor,
                       int64_t start_ms, bool held, struct making *making)
{
    struct actor system = { .role = ROLE_SYSTEM };
    struct actor patient;
    struct command command =
        a_booking(&seeding->clinic, doctor, start_ms, SLOT_MIN);

    making->agenda = &seeding->agendas[doctor];
    making->count = 0;
    making->agenda_from = making->agenda->seq;
    making->visit_from = 0;
    keep_facts(seeding, doctor, making);
    secret_random(making->visit.id.bytes, ID_BYTES);
    struct consultation_id id = making->visit.id;
    consultation_init(&making->visit, id);
    make_step(seeding, making, command, start_ms - 2 * DAY_MS);
    if (!held)
        return;
    patient = patient_of(&seeding->clinic, id);
    command = (struct command){ .kind = COMMAND_CLAIM,
                                .actor = system,
                                .claim = { .birth = { 1954, 7, 14 },
                                           .link_generation = 1 } };
    make_step(seeding, making, command, start_ms - 9 * MINUTE_MS);
    for (unsigned i = 0; i < WAY_IN; i++)
        make_step(seeding, making, way_in(i, patient),
                  start_ms - (8 - i) * MINUTE_MS);
    command = (struct command){ .kind = COMMAND_ADMIT,
                                .actor = doctor_of(&seeding->clinic, doctor) };
    make_step(seeding, making, command, start_ms);
    command.kind = COMMAND_END;
    command.end.how = ENDED_VIDEO;
    command.end.due = DUE_NOTHING;
    command.end.prescription = PLAN_NONE;
    make_step(seeding, making, command, start_ms + 5 * MINUTE_MS);
}

/* ---- into the store --------------------------------------------------------
 */

static void on_appended(void *arg, const struct append_answer *answer)
{
    struct seeding *seeding = arg;

    must(answer->result == APPEND_COMMITTED, "an append was not committed");
    seeding->waiting -= 1;
}

static void add_rows(struct append *append, const struct seeding *seeding,
                     const struct consultation *visit)
{
    const struct link_keys *keys = &seeding->house.app->keys;
    uint8_t words[FINDER_WORDS_MAX][32], code[1][32];
    struct link link = { visit->id, LINK_PATIENT, visit->link_generation };
    char text[LINK_CODE_TEXT];

    ledger_projections(append, visit);
    append_finders(append, visit->id, FINDER_NAME_WORD, words,
                   finder_words(keys, "Exemple Jeanne", words));
    link_code(keys, &link, text);
    finder_code(keys, text, code[0]);
    append_finders(append, visit->id, FINDER_CODE, code, 1);
}

static void append_visit(struct seeding *seeding, const struct making *making)
{
    static const uint8_t actor[16], content[32];
    struct append *append = append_new(new_command_id(), actor, content);
    uint64_t visit_seq = making->visit_from, agenda_seq = making->agenda_from;

    if (making->kept.length > 0)
        append_folded(append,
                      ledger_agenda_stream(making->agenda->practitioner),
                      AGENDA_FACTS_FORM, making->kept);
    for (size_t i = 0; i < making->count; i++) {
        const struct event *event = &making->events[i].event;
        bool own = making->events[i].target == TARGET_VISIT;
        char *record = record_write(event);
        append_event(append,
                     own ? ledger_visit_stream(making->visit.id)
                         : ledger_agenda_stream(making->agenda->practitioner),
                     own ? ++visit_seq : ++agenda_seq, event_name(event->kind),
                     event->at_ms, event->role, event->staff,
                     slice_of_text(record));
        free(record);
    }
    add_rows(append, seeding, &making->visit);
    seeding->waiting += 1;
    seeding->visits += 1;
    seeding->events += (unsigned)making->count;
    store_append(seeding->house.app->store, append, on_appended, seeding);
    while (seeding->waiting >= AT_ONCE)
        ev_run(seeding->house.loop, EVRUN_ONCE);
}

static int64_t midnight(void)
{
    return clock_now_ms() / DAY_MS * DAY_MS;
}

/* A day's visits go round the doctors, so that one group of appends has many
 * agendas. */
static void seed_day(struct seeding *seeding, int64_t day_ms, unsigned left,
                     bool held)
{
    static struct making making;

    for (unsigned i = 0; i < left && i < DOCTORS * EACH_DAY; i++) {
        make_visit(seeding, i % DOCTORS,
                   day_ms + FROM_HOUR * 60 * MINUTE_MS +
                       i / DOCTORS * SLOT_MIN * MINUTE_MS,
                   held, &making);
        append_visit(seeding, &making);
    }
}

/* The last day is tomorrow: booked, not yet held. */
static void seed(struct seeding *seeding, const char *path, const char *key,
                 unsigned visits)
{
    unsigned per_day = DOCTORS * EACH_DAY;
    unsigned days = (visits + per_day - 1) / per_day;
    int64_t tomorrow = midnight() + DAY_MS;
    uint64_t began = bench_now_us();

    house_open(&seeding->house, path, key, NULL);
    clinic_add(&seeding->house, DOCTORS, -1, &seeding->clinic);
    seeding->policy =
        directory_policy(seeding->house.app->directory, seeding->clinic.id);
    seeding->agendas = calloc(DOCTORS, sizeof(*seeding->agendas));
    must(seeding->agendas != NULL, "memory");
    for (unsigned i = 0; i < DOCTORS; i++)
        agenda_init(&seeding->agendas[i], seeding->clinic.doctors[i]);
    for (unsigned day = 0; day < days; day++)
        seed_day(seeding, tomorrow - (int64_t)(days - 1 - day) * DAY_MS,
                 day + 1 == days ? per_day : visits - day * per_day,
                 day + 1 < days);
    while (seeding->waiting > 0)
        ev_run(seeding->house.loop, EVRUN_ONCE);
    seeding->seconds = (double)(bench_now_us() - began) / 1e6;
    house_close(&seeding->house); /* and again, with nothing in memory */
    house_open(&seeding->house, path, key, NULL);
}

/* ---- asking ----------------------------------------------------------------
 */

struct asked {
    bool done;
    size_t count;
    struct consultation_id last; /* visit of the list */
    int64_t start_ms;
    uint32_t duration_min;
};

static void on_rows(void *arg, enum refusal refusal,
                    const struct query_row *rows, size_t count)
{
    struct asked *asked = arg;

    must(refusal == REFUSED_NOTHING, "the day's list was refused");
    asked->count = count;
    if (count > 0) {
        asked->last = rows[count - 1].consultation;
        asked->start_ms = rows[count - 1].visit->start_ms;
        asked->duration_min = rows[count - 1].visit->duration_min;
    }
    asked->done = true;
}

/* A doctor's day, in microseconds. */
static double ask_day(struct seeding *seeding, unsigned doctor,
                      struct asked *asked)
{
    struct actor actor = doctor_of(&seeding->clinic, doctor);
    int64_t tomorrow = midnight() + DAY_MS;
    uint64_t began = bench_now_us();

    asked->done = false;
    query_day(seeding->house.app->query, &actor, actor.practitioner, tomorrow,
              tomorrow + DAY_MS, on_rows, asked);
    house_turn(&seeding->house, &asked->done);
    must(asked->count == EACH_DAY, "the list is not the day's");
    return (double)(bench_now_us() - began);
}

/* Makes a visit a minute shorter or longer: it moves the visit and the agenda.
 */
static double say_one(struct seeding *seeding, const struct asked *asked)
{
    struct command command = {
        .kind = COMMAND_RESCHEDULE,
        .id = new_command_id(),
        .actor = seeding->clinic.secretary,
        .consultation = asked->last,
        .move = { asked->start_ms,
                  asked->duration_min == SLOT_MIN ? SLOT_MIN - 1 : SLOT_MIN },
    };
    uint64_t began = bench_now_us();

    house_must(&seeding->house, &command);
    return (double)(bench_now_us() - began);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

struct figures {
    double first_list[DOCTORS];
    double first_command[DOCTORS];
    double list[TURNS];
    double command[TURNS];
};

static void print_figures(const char *name, struct figures *figures)
{
    printf("\"%s\":{\"first_list_us\":%.0f,\"first_command_us\":%.0f,"
           "\"list_us\":%.0f,\"command_us\":%.0f}",
           name, median(figures->first_list, DOCTORS),
           median(figures->first_command, DOCTORS),
           median(figures->list, TURNS), median(figures->command, TURNS));
}

/* In turn. Each doctor's first list and first command after the start read
 * everything anew; after that the day is in memory. */
static void compare_both(struct seeding both[2])
{
    static struct figures figures[2];
    struct asked asked;

    for (unsigned i = 0; i < DOCTORS; i++)
        for (int k = 0; k < 2; k++) {
            figures[k].first_list[i] = ask_day(&both[k], i, &asked);
            figures[k].first_command[i] = say_one(&both[k], &asked);
        }
    for (unsigned i = 0; i < TURNS; i++)
        for (int k = 0; k < 2; k++) {
            figures[k].list[i] = ask_day(&both[k], i % DOCTORS, &asked);
            figures[k].command[i] = say_one(&both[k], &asked);
        }
    printf("{");
    print_figures("day", &figures[0]);
    printf(",");
    print_figures("year", &figures[1]);
    printf(",\"seconds\":%.1f,\"visits\":%u,\"events\":%u}\n", both[1].seconds,
           both[1].visits, both[1].events);
}

int work_year(int argc, char **argv)
{
    static struct seeding both[2]; /* the day, the year */

    must(argc == 5, "work year DAY YEAR KEY VISITS");
    seed(&both[0], argv[1], argv[3], DOCTORS * EACH_DAY);
    seed(&both[1], argv[2], argv[3], (unsigned)atoi(argv[4]));
    compare_both(both);
    for (int i = 0; i < 2; i++) {
        house_close(&both[i].house);
        clinic_release(&both[i].clinic);
        free(both[i].agendas);
    }
    return 0;
}
