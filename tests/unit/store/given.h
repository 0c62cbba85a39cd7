/* What the tests of the store have in common: a store in a folder of its own,
 * and short ways to write and wait. */
#ifndef TESTS_STORE_GIVEN_H
#define TESTS_STORE_GIVEN_H

#include "base/log.h"
#include "base/secret.h"
#include "signaling/store/store.h"
#include "tests/unit/server.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef GIVEN_ROOT
#define GIVEN_ROOT "/tmp"
#endif

struct given {
    char folder[64];
    char path[160];
    struct store *store;
};

static const uint8_t given_master_key[32] = "the master key of these tests!!";

static inline int given_open(struct given *given, char *error, size_t size)
{
    struct store_options options = { .url = given->path };

    memcpy(options.master_key, given_master_key, 32);
    return store_open(&options, &given->store, error, size);
}

static inline void given_reopen(struct given *given)
{
    char error[300] = "";

    store_close(given->store);
    given->store = NULL;
    if (given_open(given, error, sizeof(error)) != 0)
        fail_msg("%s", error);
}

static inline void given_folder(struct given *given)
{
    snprintf(given->folder, sizeof(given->folder),
             GIVEN_ROOT "/store_test.XXXXXX");
    assert_non_null(mkdtemp(given->folder));
    snprintf(given->path, sizeof(given->path), "%s/v.db", given->folder);
    if (given_server())
        given_database(given->folder, "CREATE", given->path,
                       sizeof(given->path));
    given->store = NULL;
}

static inline int given_store(void **state)
{
    struct given *given = calloc(1, sizeof(*given));
    char error[300] = "";

    log_threshold(LOG_LEVEL_ERROR);
    given_folder(given);
    if (given_open(given, error, sizeof(error)) != 0)
        fail_msg("%s", error);
    *state = given;
    return 0;
}

static inline void given_remove(struct given *given)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-lock" };

    if (given_server())
        given_database(given->folder, "DROP", NULL, 0);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char path[192];
        snprintf(path, sizeof(path), "%s%s", given->path, ends[i]);
        unlink(path);
    }
    rmdir(given->folder);
}

static inline int then_removed(void **state)
{
    struct given *given = *state;

    store_close(given->store);
    given_remove(given);
    free(given);
    return 0;
}

/* Faults of a test's own making are logged, many times over: not now. */
static inline int hush(void)
{
    int kept = dup(STDERR_FILENO);
    FILE *nowhere = fopen("/dev/null", "w");

    assert_non_null(nowhere);
    dup2(fileno(nowhere), STDERR_FILENO);
    fclose(nowhere);
    return kept;
}

static inline void unhush(int kept)
{
    dup2(kept, STDERR_FILENO);
    close(kept);
}

/* ---- ids ------------------------------------------------------------------
 */

static inline struct stream_id new_stream(enum stream_kind kind)
{
    struct stream_id stream = { .kind = kind };

    secret_random(stream.bytes, sizeof(stream.bytes));
    return stream;
}

static inline struct consultation_id visit_of(struct stream_id stream)
{
    struct consultation_id visit;

    memcpy(visit.bytes, stream.bytes, ID_BYTES);
    return visit;
}

static inline struct command_id new_command(void)
{
    struct command_id command;

    secret_random(command.bytes, sizeof(command.bytes));
    return command;
}

/* ---- appends --------------------------------------------------------------
 */

static const uint8_t given_actor[16] = "an actor in test";
static const uint8_t given_content[32] = "the content of a command";

static inline struct append *new_append(void)
{
    return append_new(new_command(), given_actor, given_content);
}

static inline void add_event(struct append *append, struct stream_id stream,
                             uint64_t seq, const char *record)
{
    struct staff_id staff = { .bytes = "a staff member" };

    append_event(append, stream, seq, "arrived", 1000 + (int64_t)seq,
                 ROLE_SECRETARY, staff, slice_of_text(record));
}

static inline struct append *one_event(struct stream_id stream, uint64_t seq,
                                       const char *record)
{
    struct append *append = new_append();

    add_event(append, stream, seq, record);
    return append;
}

struct waited {
    bool answered;
    struct append_answer answer;
};

static inline void take_answer(void *arg, const struct append_answer *answer)
{
    struct waited *waited = arg;

    waited->answered = true;
    waited->answer = *answer;
}

static inline void turn(struct store *store)
{
    struct pollfd descriptor = { .fd = store_descriptor(store),
                                 .events = POLLIN };

    assert_int_equal(poll(&descriptor, 1, 60 * 1000), 1);
    store_poll(store);
}

static inline struct append_answer append_now(struct store *store,
                                              struct append *append)
{
    struct waited waited = { .answered = false };

    store_append(store, append, take_answer, &waited);
    while (!waited.answered)
        turn(store);
    return waited.answer;
}

/* ---- reading --------------------------------------------------------------
 */

struct stream_copy {
    struct stream_id stream;
    uint64_t after;
    size_t count;
    struct {
        uint64_t seq;
        int64_t at_ms;
        enum role role;
        char kind[32];
        char record[200];
    } events[300];
};

static inline int copy_event(void *arg, const struct stored_event *event)
{
    struct stream_copy *copy = arg;

    assert_true(copy->count < 300);
    assert_true(event->record.length < sizeof(copy->events[0].record));
    copy->events[copy->count].seq = event->seq;
    copy->events[copy->count].at_ms = event->at_ms;
    copy->events[copy->count].role = event->role;
    snprintf(copy->events[copy->count].kind, 32, "%s", event->kind);
    memcpy(copy->events[copy->count].record, event->record.data,
           event->record.length);
    copy->events[copy->count].record[event->record.length] = '\0';
    copy->count += 1;
    return 0;
}

static inline int run_copy(struct reader_of_store *reader, void *arg)
{
    struct stream_copy *copy = arg;

    copy->count = 0;
    return read_stream(reader, copy->stream, copy->after, copy_event, copy);
}

struct head_copy {
    struct stream_id stream;
    uint64_t seq;
};

static inline int run_head(struct reader_of_store *reader, void *arg)
{
    struct head_copy *copy = arg;

    return read_head(reader, copy->stream, &copy->seq);
}

static inline uint64_t head_now(struct store *store, struct stream_id stream)
{
    struct head_copy copy = { .stream = stream };

    assert_int_equal(store_ask_now(store, run_head, &copy), 0);
    return copy.seq;
}

#endif
