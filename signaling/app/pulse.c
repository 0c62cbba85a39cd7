#include "signaling/app/pulse.h"

#include "base/log.h"
#include "signaling/app/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct known {
    struct stream_id stream;
    uint64_t seq; /* in memory when the round began; then the record's */
    bool moved;
};

#define BLIND_MS         10000 /* the record was not read for so long */
#define DIRECTORY_ROUNDS 15    /* between two looks at clinics and staff */

struct pulse {
    struct pulse_options with;
    ev_timer timer;
    bool stopped;
    bool reading;
    unsigned rounds;
    int64_t read_ms;  /* the last round that was answered */
    int64_t since_ms; /* the first one after the start or a blind time */
    size_t count, room;
    struct known *known; /* by stream, visits first */
};

/* ---- a round ----------------------------------------------------------------
 */

static void add_known(void *arg, struct stream_id stream, uint64_t seq)
{
    struct pulse *pulse = arg;

    if (pulse->count == pulse->room) {
        pulse->room = pulse->room ? pulse->room * 2 : 64;
        pulse->known =
            realloc(pulse->known, pulse->room * sizeof(pulse->known[0]));
        assert(pulse->known);
    }
    pulse->known[pulse->count++] =
        (struct known){ .stream = stream, .seq = seq };
}

static int compare(const void *a, const void *b)
{
    const struct known *one = a, *other = b;

    if (one->stream.kind != other->stream.kind)
        return one->stream.kind < other->stream.kind ? -1 : 1;
    return memcmp(one->stream.bytes, other->stream.bytes, ID_BYTES);
}

static struct known *find(const struct pulse *pulse, struct stream_id stream)
{
    struct known key = { .stream = stream };

    return bsearch(&key, pulse->known, pulse->count, sizeof(key), compare);
}

static int each_head(void *arg, struct stream_id stream, uint64_t seq)
{
    struct known *known = find(arg, stream);

    if (known && seq > known->seq) {
        known->seq = seq;
        known->moved = true;
    }
    return 0;
}

/* On the reading thread; the loop does not touch the list meanwhile. */
static int round_run(struct reader_of_store *reader, void *arg)
{
    struct pulse *pulse = arg;
    size_t from = 0;

    while (from < pulse->count) {
        struct stream_id some[HEADS_AT_ONCE];
        size_t count = 0;
        while (count < HEADS_AT_ONCE && from + count < pulse->count &&
               pulse->known[from + count].stream.kind ==
                   pulse->known[from].stream.kind) {
            some[count] = pulse->known[from + count].stream;
            count += 1;
        }
        int err = read_heads(reader, some, count, each_head, pulse);
        if (err)
            return err;
        from += count;
    }
    return 0;
}

/* A visit that was booked elsewhere is in no stream of ours yet, but in its
 * practitioner's agenda. */
static void tell_new_visits(void *arg, const struct consultation *visit,
                            const struct agenda *agenda)
{
    struct pulse *pulse = arg;

    (void)visit;
    if (pulse->stopped || !agenda)
        return;
    for (uint32_t i = 0; i < agenda->count; i++) {
        struct stream_id stream = { .kind = STREAM_CONSULTATION };
        memcpy(stream.bytes, agenda->slots[i].consultation.bytes, ID_BYTES);
        if (!engine_has(pulse->with.engine, stream))
            pulse->with.moved(pulse->with.arg, stream, 1);
    }
}

static void no_answer(void *arg, const struct consultation *visit,
                      const struct agenda *agenda)
{
    (void)arg, (void)visit, (void)agenda;
}

static void tell(struct pulse *pulse, const struct known *known)
{
    struct practitioner_id practitioner;

    pulse->with.moved(pulse->with.arg, known->stream, known->seq);
    if (known->stream.kind == STREAM_CONSULTATION) {
        struct consultation_id visit;
        memcpy(visit.bytes, known->stream.bytes, ID_BYTES);
        /* Nobody may show it: read, so that it is told once. */
        engine_state(pulse->with.engine, visit, no_answer, NULL);
        return;
    }
    memcpy(practitioner.bytes, known->stream.bytes, ID_BYTES);
    engine_agenda(pulse->with.engine, practitioner, tell_new_visits, pulse);
}

static void round_done(void *arg, int status)
{
    struct pulse *pulse = arg;

    pulse->reading = false;
    if (pulse->stopped)
        return;
    if (status) {
        log_warning("pulse not read error=%d", -status);
        return;
    }
    int64_t now_ms = clock_now_ms();
    if (pulse_is_blind(pulse, now_ms))
        pulse->since_ms = now_ms;
    pulse->read_ms = now_ms;
    for (size_t i = 0; i < pulse->count; i++)
        if (pulse->known[i].moved)
            tell(pulse, &pulse->known[i]);
}

static void begin(struct pulse *pulse)
{
    pulse->count = 0;
    engine_each_stream(pulse->with.engine, add_known, pulse);
    if (pulse->count > 0)
        qsort(pulse->known, pulse->count, sizeof(pulse->known[0]), compare);
    pulse->reading = true;
    store_ask(pulse->with.store, round_run, round_done, pulse);
}

/* So that every agenda of the house is in memory and watched. */
static void load_agendas(struct pulse *pulse)
{
    const struct clinic_id all = { { 0 } };
    const struct practitioner *practitioner;
    size_t cursor = 0;

    while ((practitioner = directory_next_practitioner(pulse->with.directory,
                                                       all, &cursor))) {
        struct stream_id stream = { .kind = STREAM_AGENDA };
        memcpy(stream.bytes, practitioner->id.bytes, ID_BYTES);
        if (!engine_has(pulse->with.engine, stream))
            engine_agenda(pulse->with.engine, practitioner->id, tell_new_visits,
                          pulse);
    }
}

static void directory_read(void *arg, int status)
{
    (void)arg;
    if (status)
        log_warning("directory not read error=%d", -status);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct pulse *pulse = timer->data;

    (void)loop, (void)events;
    if (pulse->reading)
        return;
    load_agendas(pulse);
    begin(pulse);
    /* The command line may have changed it on another machine. */
    if (++pulse->rounds % DIRECTORY_ROUNDS == 0)
        directory_reload(pulse->with.directory, directory_read, NULL);
}

/* ---- the whole --------------------------------------------------------------
 */

struct pulse *pulse_new(const struct pulse_options *options)
{
    if (!store_is_shared(options->store))
        return NULL;

    struct pulse *pulse = calloc(1, sizeof(*pulse));
    assert(pulse);
    pulse->with = *options;
    pulse->read_ms = pulse->since_ms = clock_now_ms();
    ev_timer_init(&pulse->timer, on_timer, PULSE_S, PULSE_S);
    pulse->timer.data = pulse;
    ev_timer_start(options->loop, &pulse->timer);
    return pulse;
}

void pulse_stop(struct pulse *pulse)
{
    if (!pulse)
        return;
    pulse->stopped = true;
    ev_timer_stop(pulse->with.loop, &pulse->timer);
}

void pulse_free(struct pulse *pulse)
{
    if (!pulse)
        return;
    free(pulse->known);
    free(pulse);
}

int64_t pulse_age_ms(const struct pulse *pulse, int64_t now_ms)
{
    return pulse ? now_ms - pulse->read_ms : 0;
}

bool pulse_is_blind(const struct pulse *pulse, int64_t now_ms)
{
    return pulse_age_ms(pulse, now_ms) > BLIND_MS;
}

int64_t pulse_sees_since_ms(const struct pulse *pulse, int64_t now_ms)
{
    if (pulse_is_blind(pulse, now_ms))
        return now_ms;
    return pulse ? pulse->since_ms : 0;
}
