#include "signaling/app/engine.h"

#include "base/log.h"
#include "base/writer.h"
#include "signaling/app/clock.h"
#include "signaling/app/ledger.h"
#include "signaling/app/look.h"
#include "signaling/app/metrics.h"
#include "signaling/app/world.h"

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdlib.h>

#define TRIES_MAX   5 /* conflicts with other writers before we give up */
#define STREAMS_MAX 3

enum { VISIT, AGENDA, AGENDA_TO }; /* a job's streams */

struct engine {
    struct store *store;
    struct bus *bus;
    struct directory *directory;
    const struct link_keys *keys;
    struct outgoing_ways ways;
    struct metrics *metrics;
    struct world *world;
    struct list jobs;
    struct looks looks;
    wall_fn *wall;
    void *wall_arg;
};

struct walled {
    struct job *job;
};

/* One command on its way. Steps run in the order in which they stand below;
 * each either answers, or arranges to be continued. */
struct job {
    struct list link; /* the engine's */
    struct walled walled;
    struct engine *engine;
    struct command command;
    uint8_t *text;
    uint8_t *bytes; /* of the document */
    struct slice document;
    answer_fn *done;
    void *arg;

    struct stream *streams[STREAMS_MAX]; /* pinned; NULL: not needed */
    bool held[STREAMS_MAX];
    int order[STREAMS_MAX]; /* in which they are taken */
    int wanted;
    int at;
    struct turn turn;
    unsigned tries;
    bool proposed;   /* some stream was not read for this command */
    bool reads;      /* every stream is */
    int64_t came_us; /* for metrics, by the monotonic clock */
    int64_t appended_us;
    struct decision decision;
    uint64_t decided[STREAMS_MAX]; /* upon which seq; once applied, its own */
    bool keeps[STREAMS_MAX];       /* the append keeps its facts folded */

    /* what an earlier sending of this command did */
    struct append_answer earlier;
    enum event_kind first;
    bool surely; /* the store said that there was one */
};

struct engine *engine_new(const struct engine_options *options)
{
    struct engine *engine = calloc(1, sizeof(*engine));

    assert(engine);
    engine->store = options->store;
    engine->bus = options->bus;
    engine->directory = options->directory;
    engine->keys = options->keys;
    engine->ways = options->ways;
    engine->metrics = options->metrics;
    engine->world = world_new(options->store);
    list_init(&engine->jobs);
    looks_init(&engine->looks, engine->world);
    return engine;
}

static void job_free(struct job *job)
{
    list_remove(&job->link);
    free(job->text);
    free(job->bytes);
    free(job);
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    /* The store is closed: what it did not answer is not answered any more. */
    list_each (link, after, &engine->jobs)
        job_free(list_member(link, struct job, link));
    looks_release(&engine->looks);
    world_free(engine->world);
    free(engine);
}

void engine_on_wall(struct engine *engine, wall_fn *wall, void *arg)
{
    engine->wall = wall;
    engine->wall_arg = arg;
}

/* ---- the end of a job --------------------------------------------------- */

static void job_count(const struct job *job, const struct answer *answer)
{
    struct metrics *metrics = job->engine->metrics;

    if (answer->refusal == REFUSED_NOTHING)
        metrics->done[job->command.kind] += 1;
    else
        metrics->refused[answer->refusal] += 1;
    histogram_note(&metrics->command_s,
                   (double)(clock_monotonic_us() - job->came_us) / 1e6);
}

/* Frees first: the answer may submit the next command of the same stream. */
static void job_answer(struct job *job, const struct answer *answer)
{
    answer_fn *done = job->done;
    void *arg = job->arg;
    struct answer copy = *answer;

    job_count(job, answer);
    copy.consultation = job->command.consultation;
    for (int i = STREAMS_MAX - 1; i >= 0; i--) {
        if (job->held[i])
            stream_release(job->streams[i]);
        if (job->streams[i])
            stream_unpin(job->streams[i]);
    }
    job_free(job);
    if (done)
        done(arg, &copy);
}

static struct stream *first_stream(struct job *job)
{
    return job->streams[VISIT] ? job->streams[VISIT] : job->streams[AGENDA];
}

static void job_refuse(struct job *job, enum refusal refusal)
{
    struct answer answer = { .refusal = refusal, .first = EVENT_KINDS };
    struct stream *first = first_stream(job);

    if (first->loaded)
        answer.seq = stream_seq(first);
    job_answer(job, &answer);
}

/* ---- a command that was sent before ---------------------------------------
 */

static int keep_first(void *arg, const struct stored_event *event)
{
    struct job *job = arg;

    if (event->seq == job->earlier.first_seq)
        job->first = event_of_name(event->kind);
    return 1; /* one is enough */
}

static int recall_run(struct reader_of_store *reader, void *arg)
{
    struct job *job = arg;
    struct stream_id stream = ledger_stream(&job->command);
    uint8_t actor[ID_BYTES];
    uint8_t content[32];

    ledger_actor(&job->command.actor, actor);
    ledger_content(&job->command, content);
    int err = read_command(reader, stream, actor, job->command.id, content,
                           &job->earlier);
    if (err || job->earlier.result != APPEND_REPEATED)
        return err;
    return read_stream(reader, stream, job->earlier.first_seq - 1, keep_first,
                       job);
}

static void job_recalled(struct job *job)
{
    struct answer answer = {
        .refusal = job->earlier.result == APPEND_REPEATED ? REFUSED_NOTHING
                                                          : REFUSED_REPEATED,
        .seq = job->earlier.seq,
        .first = job->first,
    };

    job_answer(job, &answer);
}

static void job_recall_after_refusal(void *arg, int status)
{
    struct job *job = arg;

    if (status >= 0)
        job_recalled(job);
    else if (status == -ENOENT && !job->surely)
        job_refuse(job, job->decision.refusal);
    else
        job_refuse(job, REFUSED_TRY_AGAIN);
}

/* A refusal may only mean that the first sending already did it. */
static void job_recall(struct job *job)
{
    job->first = EVENT_KINDS;
    store_ask(job->engine->store, recall_run, job_recall_after_refusal, job);
}

/* ---- after the append -------------------------------------------------------
 */

static int target_of(enum target target)
{
    switch (target) {
    case TARGET_VISIT:
        return VISIT;
    case TARGET_AGENDA:
        return AGENDA;
    case TARGET_AGENDA_TO:
        return AGENDA_TO;
    }
    return VISIT;
}

static bool job_moves(const struct job *job, int which)
{
    for (size_t i = 0; i < job->decision.count; i++)
        if (target_of(job->decision.events[i].target) == which)
            return true;
    return false;
}

/* What was appended, to the states in memory; but a reading for somebody else
 * may have brought it already, and it must not count twice. */
static void job_apply(struct job *job)
{
    for (size_t i = 0; i < job->decision.count; i++) {
        int which = target_of(job->decision.events[i].target);
        struct stream *stream = job->streams[which];
        if (job->keeps[which])
            stream->folded = job->decided[which];
        job->keeps[which] = false;
        if (stream_seq(stream) == job->decided[which])
            stream_apply(stream, &job->decision.events[i].event);
        job->decided[which] += 1;
    }
    for (int i = 0; i < STREAMS_MAX; i++)
        if (job_moves(job, i))
            stream_appended(job->streams[i], job->decided[i]);
}

static void publish(struct engine *engine, const struct stream *stream)
{
    uint8_t key[1 + ID_BYTES];

    key[0] = (uint8_t)stream->id.kind;
    memcpy(key + 1, stream->id.bytes, ID_BYTES);
    bus_publish(engine->bus, slice(key, sizeof(key)), stream_seq(stream));
}

static void job_publish(struct job *job)
{
    struct answer answer = {
        .refusal = REFUSED_NOTHING,
        .seq = job->decided[job->streams[VISIT] ? VISIT : AGENDA],
        .first = job->decision.events[0].event.kind,
    };

    for (int i = STREAMS_MAX - 1; i >= 0; i--)
        if (job_moves(job, i))
            publish(job->engine, job->streams[i]);
    job_answer(job, &answer);
}

/* Does this event change who may hear whom? */
static bool moves_walls(enum event_kind kind)
{
    switch (kind) {
    case EVENT_CALLED_IN:
    case EVENT_PUT_BACK:
    case EVENT_CONTINUED_BY_TELEPHONE:
    case EVENT_ENDED:
    case EVENT_CANCELLED:
    case EVENT_NO_SHOW:
    case EVENT_LAPSED:
    case EVENT_REASSIGNED:
    case EVENT_CLAIMED:
    case EVENT_LINK_ISSUED:
    case EVENT_CONSENT_REFUSED:
    case EVENT_GUEST_LINK_ISSUED:
    case EVENT_GUEST_CLAIMED:
    case EVENT_GUEST_DECLINED:
    case EVENT_GUEST_LEFT:
    case EVENT_GUEST_ADMITTED:
    case EVENT_GUEST_DISMISSED:
    case EVENT_GUEST_WITHDRAWN:
        return true;
    default: /* most events */
        return false;
    }
}

void engine_walled(struct walled *walled)
{
    job_publish(walled->job);
}

static void job_wall(struct turn *turn, int status)
{
    struct job *job = turn->arg;
    struct engine *engine = job->engine;

    (void)status; /* unread, its seq is 0: the relay will not lower itself */
    engine->wall(engine->wall_arg, job->streams[VISIT]->visit,
                 job->streams[AGENDA]->agenda, job->command.consultation,
                 &job->walled);
}

/* How long people wait, whoever looks at the screen. */
static void job_count_wait(const struct job *job)
{
    const struct consultation *visit =
        job->streams[VISIT] ? job->streams[VISIT]->visit : NULL;

    for (size_t i = 0; i < job->decision.count; i++)
        if (visit && job->decision.events[i].event.kind == EVENT_CALLED_IN)
            histogram_note(
                &job->engine->metrics->waiting_s,
                (double)(job->command.now_ms - visit->waiting_since_ms) / 1e3);
}

static void job_committed(struct job *job)
{
    struct engine *engine = job->engine;
    bool walls = false;

    job_count_wait(job);
    job_apply(job);
    for (size_t i = 0; i < job->decision.count; i++)
        walls = walls || moves_walls(job->decision.events[i].event.kind);
    if (!walls || !engine->wall) {
        job_publish(job);
        return;
    }
    if (!job->streams[AGENDA])
        job->streams[AGENDA] = world_agenda(
            engine->world, job->streams[VISIT]->visit->practitioner);
    job->turn.ready = job_wall;
    stream_load(job->streams[AGENDA], &job->turn);
}

static void job_decide(struct job *job);
static void job_reload(struct job *job);
static void job_confirm(struct job *job);
static void job_again(struct job *job);

static void job_count_append(const struct job *job, enum append_result result)
{
    struct metrics *metrics = job->engine->metrics;

    if (result == APPEND_COMMITTED)
        metrics->appends[DATABASE_COMMITTED] += 1;
    else if (result == APPEND_CONFLICT)
        metrics->appends[DATABASE_CONFLICT] += 1;
    else if (result == APPEND_NOT_STORED || result == APPEND_UNKNOWN)
        metrics->appends[DATABASE_FAILED] += 1;
    histogram_note(&metrics->commit_s,
                   (double)(clock_monotonic_us() - job->appended_us) / 1e6);
}

static void job_appended(void *arg, const struct append_answer *answer)
{
    struct job *job = arg;

    job_count_append(job, answer->result);
    switch (answer->result) {
    case APPEND_COMMITTED:
        job_committed(job);
        return;
    case APPEND_CONFLICT:
        job_reload(job);
        return;
    case APPEND_REPEATED:
        job->surely = true;
        job_recall(job);
        return;
    case APPEND_MISUSED:
        job_refuse(job, REFUSED_REPEATED);
        return;
    case APPEND_NOT_STORED:
        job_refuse(job, REFUSED_TRY_AGAIN);
        return;
    case APPEND_UNKNOWN:
        /* Written or not: what the tail says now decides, and if it was, the
         * same id comes back as repeated. */
        job_reload(job);
        return;
    }
}

/* ---- deciding
 * ----------------------------------------------------------------- */

static struct clinic_id clinic_of(const struct job *job,
                                  const struct agenda *agenda)
{
    struct clinic_id none = { { 0 } };
    const struct practitioner *found =
        agenda ? directory_find_practitioner(job->engine->directory,
                                             agenda->practitioner)
               : NULL;

    return found ? found->clinic : none;
}

/* Reasons are neutral words from the practitioner's own list, never free text:
 * they appear where others may read them. */
static bool reason_is_listed(const struct job *job)
{
    size_t cursor = 0;
    const char *reason;

    while ((reason = directory_next_reason(job->engine->directory,
                                           job->command.practitioner, &cursor)))
        if (strcmp(reason, job->command.book.reason) == 0)
            return true;
    return false;
}

/* Will the append check the head of every stream that was decided on? Then it
 * does not matter how old they are: only accepted commands append. */
static bool job_checks_all(const struct job *job)
{
    for (int i = 0; i < STREAMS_MAX; i++)
        if (job->held[i] && !job_moves(job, i))
            return false;
    return job->decision.refusal == REFUSED_NOTHING;
}

static void job_decide(struct job *job)
{
    struct stream **streams = job->streams;
    struct situation situation = {
        .visit = streams[VISIT] ? streams[VISIT]->visit : NULL,
        .agenda = streams[AGENDA] ? streams[AGENDA]->agenda : NULL,
        .agenda_to = streams[AGENDA_TO] ? streams[AGENDA_TO]->agenda : NULL,
    };

    job->command.now_ms = clock_now_ms();
    situation.agenda_clinic = clinic_of(job, situation.agenda);
    situation.agenda_to_clinic = clinic_of(job, situation.agenda_to);
    struct clinic_id clinic = situation.visit && situation.visit->seq > 0
                                  ? situation.visit->clinic
                                  : situation.agenda_clinic;
    struct policy policy = directory_policy(job->engine->directory, clinic);
    situation.policy = &policy;
    decide(&situation, &job->command, &job->decision);
    if (job->command.kind == COMMAND_BOOK &&
        job->decision.refusal == REFUSED_NOTHING && !reason_is_listed(job))
        job->decision.refusal = REFUSED_INVALID;
    for (int i = 0; i < STREAMS_MAX; i++)
        job->decided[i] = streams[i] ? stream_seq(streams[i]) : 0;
    for (int i = 0; i < STREAMS_MAX; i++)
        job->keeps[i] = streams[i] && stream_is_long(streams[i]);
    if (job->proposed && !job_checks_all(job)) {
        job_again(job);
        return;
    }
    if (job->decision.refusal != REFUSED_NOTHING || job->decision.count == 0) {
        job_confirm(job);
        return;
    }
    struct ledger_entry entry = {
        .command = &job->command,
        .decision = &job->decision,
        .visit = situation.visit,
        .agenda = situation.agenda,
        .agenda_to = situation.agenda_to,
        .keeps_agenda = job->keeps[AGENDA],
        .keeps_agenda_to = job->keeps[AGENDA_TO],
        .document = job->document,
    };
    job->appended_us = clock_monotonic_us();
    store_append(job->engine->store,
                 ledger_append(&entry, job->engine->keys, &job->engine->ways),
                 job_appended, job);
}

/* Reads the next of the streams that are held; false after the last. */
static bool job_read_next(struct job *job)
{
    for (job->at += 1; job->at < STREAMS_MAX; job->at++) {
        if (!job->held[job->at])
            continue;
        stream_reload(job->streams[job->at], &job->turn);
        return true;
    }
    return false;
}

static bool job_gives_up(struct job *job)
{
    job->tries += 1;
    if (job->tries < TRIES_MAX)
        return false;
    log_warning("command gave up verb=%s tries=%u",
                command_verb(job->command.kind), job->tries);
    job_refuse(job, REFUSED_TRY_AGAIN);
    return true;
}

static void job_reloaded(struct turn *turn, int status)
{
    struct job *job = turn->arg;

    if (status)
        job_refuse(job, REFUSED_TRY_AGAIN);
    else if (!job_read_next(job))
        job_decide(job);
}

static void job_reload(struct job *job)
{
    if (job->proposed) {
        job_again(job);
        return;
    }
    if (job_gives_up(job))
        return;
    job->at = -1;
    job->turn.ready = job_reloaded;
    job_reloaded(&job->turn, 0);
}

/* ---- answers without an append
 * -------------------------------------------------------- */

/* An append checks every head it was decided on. What appends nothing has
 * nobody to check that the streams, which are read one after the other, ever
 * stood like that: when none moved since, all did at the moment the last of
 * them was read. */

static void job_settle(struct job *job)
{
    if (job->decision.refusal != REFUSED_NOTHING)
        job_recall(job);
    else
        job_refuse(job, REFUSED_NOTHING); /* it already is so */
}

static void job_confirmed(struct turn *turn, int status)
{
    struct job *job = turn->arg;

    if (status) {
        job_refuse(job, REFUSED_TRY_AGAIN);
        return;
    }
    if (job_read_next(job))
        return;
    for (int i = 0; i < STREAMS_MAX; i++)
        if (job->held[i] && stream_seq(job->streams[i]) != job->decided[i]) {
            if (!job_gives_up(job))
                job_decide(job);
            return;
        }
    job_settle(job);
}

static void job_confirm(struct job *job)
{
    if (job->wanted < 2 || !store_is_shared(job->engine->store)) {
        job_settle(job);
        return;
    }
    job->at = -1;
    job->turn.ready = job_confirmed;
    job_confirmed(&job->turn, 0);
}

/* ---- taking the streams
 * -------------------------------------------------------- The visit first,
 * then agendas by id: nobody who holds a later one waits for an earlier one. */

static void job_agendas(struct job *job);
static void job_next(struct job *job);

static void job_loaded(struct turn *turn, int status)
{
    struct job *job = turn->arg;
    bool visit = job->order[job->at] == VISIT;

    if (status) {
        job_refuse(job, REFUSED_TRY_AGAIN);
        return;
    }
    if (visit && job->streams[VISIT]->visit->seq == 0 &&
        job->command.kind != COMMAND_BOOK) {
        job_refuse(job, REFUSED_UNKNOWN);
        return;
    }
    job->at += 1;
    if (visit)
        job_agendas(job);
    else
        job_next(job);
}

static void job_holds(struct turn *turn, int status)
{
    struct job *job = turn->arg;
    int which = job->order[job->at];

    (void)status;
    job->held[which] = true;
    if (!job->reads && stream_may_propose(job->streams[which])) {
        job->proposed = true;
        job_loaded(&job->turn, 0);
        return;
    }
    job->turn.ready = job_loaded;
    stream_load(job->streams[which], &job->turn);
}

static void job_next(struct job *job)
{
    if (job->at == job->wanted) {
        job_decide(job);
        return;
    }
    job->turn.ready = job_holds;
    stream_hold(job->streams[job->order[job->at]], &job->turn);
}

static void job_want(struct job *job, int which, struct stream *stream)
{
    job->streams[which] = stream;
    job->order[job->wanted++] = which;
}

/* Whose agenda the command is about first. */
static struct practitioner_id owner_of(const struct job *job)
{
    if (job->command.kind == COMMAND_BOOK || !job->streams[VISIT])
        return job->command.practitioner;
    return job->streams[VISIT]->visit->practitioner;
}

/* Which agendas: known once the visit is. */
static void job_agendas(struct job *job)
{
    const struct command *command = &job->command;
    struct world *world = job->engine->world;
    enum command_scope scope = command_scope(command->kind);
    struct practitioner_id to = command->practitioner;

    if (scope == SCOPE_VISIT) {
        job_next(job);
        return;
    }
    struct practitioner_id own = owner_of(job);
    if (scope != SCOPE_VISIT_AGENDAS) {
        job_want(job, AGENDA, world_agenda(world, own));
        job_next(job);
        return;
    }
    int before = memcmp(own.bytes, to.bytes, ID_BYTES);
    if (before == 0) { /* it is theirs already */
        if (job->proposed)
            job_again(job);
        else
            job_refuse(job, REFUSED_INVALID);
        return;
    }
    if (before < 0)
        job_want(job, AGENDA, world_agenda(world, own));
    job_want(job, AGENDA_TO, world_agenda(world, to));
    if (before > 0)
        job_want(job, AGENDA, world_agenda(world, own));
    job_next(job);
}

/* What memory proposed was refused, or somebody else had written: everything
 * is read now. The first stream stays held, so that the commands of a visit
 * keep their order; whose agenda it is may have changed. */
static void job_again(struct job *job)
{
    for (int i = job->wanted - 1; i > 0; i--) {
        int which = job->order[i];
        struct stream *stream = job->streams[which];
        if (job->held[which])
            stream_release(stream);
        job->held[which] = false;
        job->streams[which] = NULL;
        stream_unpin(stream);
    }
    job->proposed = false;
    job->reads = true;
    job->wanted = 1;
    job->at = 0;
    job->turn.ready = job_loaded;
    stream_load(job->streams[job->order[0]], &job->turn);
}

/* ---- the way in
 * -------------------------------------------------------------------- */

static struct consultation_id consultation_of(struct command_id command)
{
    struct consultation_id id;
    uint8_t hash[32];
    uint8_t bytes[12 + ID_BYTES];
    struct writer name = writer_into(bytes, sizeof(bytes));

    writer_text(&name, "consultation");
    writer_bytes(&name, slice(command.bytes, ID_BYTES));
    (void)SHA256(bytes, name.length, hash);
    memcpy(id.bytes, hash, ID_BYTES);
    return id;
}

static uint8_t *copy_of(struct slice bytes)
{
    uint8_t *copy = malloc(bytes.length + 1);

    assert(copy);
    if (bytes.length)
        memcpy(copy, bytes.data, bytes.length);
    copy[bytes.length] = '\0';
    return copy;
}

void engine_submit_document(struct engine *engine,
                            const struct command *command,
                            struct slice document, answer_fn *done, void *arg)
{
    struct job *job = calloc(1, sizeof(*job));

    assert(job && command->kind < COMMAND_KINDS);
    list_append(&engine->jobs, &job->link);
    job->walled.job = job;
    job->engine = engine;
    job->came_us = clock_monotonic_us();
    job->command = *command;
    job->text = copy_of(command->text);
    job->command.text = slice(job->text, command->text.length);
    job->bytes = copy_of(document);
    job->document = slice(job->bytes, document.length);
    job->done = done;
    job->arg = arg;
    job->turn.arg = job;
    job->first = EVENT_KINDS;
    if (command->kind == COMMAND_BOOK)
        job->command.consultation = consultation_of(command->id);
    if (command_scope(command->kind) == SCOPE_AGENDA) {
        job_agendas(job);
        return;
    }
    job_want(job, VISIT, world_visit(engine->world, job->command.consultation));
    job_next(job);
}

void engine_submit(struct engine *engine, const struct command *command,
                   answer_fn *done, void *arg)
{
    engine_submit_document(engine, command, slice(NULL, 0), done, arg);
}

/* ---- reading states
 * ------------------------------------------------------------------ */

void engine_state(struct engine *engine, struct consultation_id visit,
                  state_fn *done, void *arg)
{
    look_at_visit(&engine->looks, visit, done, arg);
}

enum refusal engine_absent(const struct engine *engine)
{
    return engine->looks.absent;
}

void engine_agenda(struct engine *engine, struct practitioner_id practitioner,
                   state_fn *done, void *arg)
{
    look_at_agenda(&engine->looks, practitioner, done, arg);
}

void engine_each_stream(const struct engine *engine, engine_stream_fn *each,
                        void *arg)
{
    world_each(engine->world, each, arg);
}

bool engine_has(const struct engine *engine, struct stream_id stream)
{
    return world_has(engine->world, stream);
}
