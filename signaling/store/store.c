/*
 * store: the two threads, and the lists between them and the loop. What they
 * write and read is in group, write and read.
 */
#include "signaling/store/store.h"

#include "base/log.h"
#include "base/secret.h"
#include "signaling/store/ask.h"
#include "signaling/store/group.h"
#include "signaling/store/schema.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ASKS_WAITING_MAX 16384 /* ours; more are told -EAGAIN */
#define ASKS_TOGETHER    16    /* at most in one reading */

struct store {
    char *url;
    const struct sql_driver *driver;
    int lock_held; /* of the database, against other processes */
    int event;     /* eventfd: something was answered */
    uint8_t house_key[32];

    pthread_t writing_thread;
    pthread_t reading_thread;
    struct reader_of_store writer; /* the store thread's */
    struct reader_of_store reader; /* the reading thread's */
    atomic_uint erasures;
    atomic_bool unsure;

    pthread_mutex_t mutex; /* of everything below */
    pthread_cond_t to_write;
    pthread_cond_t to_read;
    pthread_cond_t finished;
    struct list appends;
    size_t append_count;
    struct list changes;
    struct list asks;
    size_t ask_count; /* changes among them */
    struct list answered;
    bool closing;
};

/* ---- handing over -----------------------------------------------------------
 */

/* The mutex is held. */
static void answered(struct store *store, struct job *job)
{
    uint64_t one = 1;
    bool told = !list_is_empty(&store->answered);

    list_append(&store->answered, &job->link);
    if (told)
        return; /* the loop was woken for an earlier one and has not come yet */
    ssize_t written = write(store->event, &one, sizeof(one));
    (void)written; /* an eventfd that is already set stays set */
}

static void finish_ask(struct store *store, struct ask *ask)
{
    if (!ask->waits) {
        answered(store, &ask->job);
        return;
    }
    ask->finished = true;
    pthread_cond_broadcast(&store->finished);
}

static void answer_append(struct job *job)
{
    struct append *append = list_member(job, struct append, job);

    if (append->done)
        append->done(append->arg, &append->answer);
    append_free(append);
}

void store_append(struct store *store, struct append *append,
                  append_done_fn *done, void *arg)
{
    append->done = done;
    append->arg = arg;
    append->job.answer = answer_append;
    append->answer = (struct append_answer){ APPEND_NOT_STORED, 0, 0 };

    pthread_mutex_lock(&store->mutex);
    if (store->closing || store->append_count >= APPENDS_WAITING_MAX) {
        answered(store, &append->job);
    } else {
        list_append(&store->appends, &append->job.link);
        store->append_count += 1;
        pthread_cond_signal(&store->to_write);
    }
    pthread_mutex_unlock(&store->mutex);
}

static void answer_ask(struct job *job)
{
    struct ask *ask = list_member(job, struct ask, job);

    if (ask->done)
        ask->done(ask->arg, ask->status);
    free(ask);
}

/* The mutex is held. */
static void submit_ask(struct store *store, struct ask *ask)
{
    if (store->closing || store->ask_count >= ASKS_WAITING_MAX) {
        ask->status = store->closing ? -ECANCELED : -EAGAIN;
        finish_ask(store, ask);
        return;
    }
    list_append(ask->changes ? &store->changes : &store->asks, &ask->job.link);
    store->ask_count += 1;
    pthread_cond_signal(ask->changes ? &store->to_write : &store->to_read);
}

static void ask_later(struct store *store, const struct ask *value)
{
    struct ask *ask = malloc(sizeof(*ask));

    if (!ask)
        abort();
    *ask = *value;
    ask->job.answer = answer_ask;
    pthread_mutex_lock(&store->mutex);
    submit_ask(store, ask);
    pthread_mutex_unlock(&store->mutex);
}

static int ask_and_wait(struct store *store, struct ask *ask)
{
    ask->waits = true;
    pthread_mutex_lock(&store->mutex);
    submit_ask(store, ask);
    while (!ask->finished)
        pthread_cond_wait(&store->finished, &store->mutex);
    pthread_mutex_unlock(&store->mutex);
    return ask->status;
}

void store_ask(struct store *store, store_run_fn *run, store_done_fn *done,
               void *arg)
{
    struct ask ask = { .run = run, .done = done, .arg = arg };

    ask_later(store, &ask);
}

int store_ask_now(struct store *store, store_run_fn *run, void *arg)
{
    struct ask ask = { .run = run, .arg = arg };

    return ask_and_wait(store, &ask);
}

void store_change(struct store *store, store_change_fn *run,
                  store_done_fn *done, void *arg)
{
    struct ask ask = { .changes = true, .run = run, .done = done, .arg = arg };

    ask_later(store, &ask);
}

int store_change_now(struct store *store, store_change_fn *run, void *arg)
{
    struct ask ask = { .changes = true, .run = run, .arg = arg };

    return ask_and_wait(store, &ask);
}

/* ---- the store thread -------------------------------------------------------
 */

/* The mutex is held, and let go while writing. */
static void write_group(struct store *store)
{
    struct append *members[GROUP_MAX];
    size_t count = group_take(&store->appends, members);

    if (count == 0)
        return;
    store->append_count -= count;
    pthread_mutex_unlock(&store->mutex);
    group_write(&store->writer, members, count);
    pthread_mutex_lock(&store->mutex);
    for (size_t i = 0; i < count; i++)
        answered(store, &members[i]->job);
}

static struct ask *take_ask(struct store *store, struct list *from)
{
    struct list *link = list_first(from);

    if (!link)
        return NULL;
    list_remove(link);
    store->ask_count -= 1;
    return list_member(link, struct ask, job.link);
}

static void write_change(struct store *store)
{
    struct ask *ask = take_ask(store, &store->changes);

    if (!ask)
        return;
    pthread_mutex_unlock(&store->mutex);
    ask->status = group_change(&store->writer, ask->run, ask->arg);
    pthread_mutex_lock(&store->mutex);
    finish_ask(store, ask);
}

static void *writing(void *arg)
{
    struct store *store = arg;

    pthread_mutex_lock(&store->mutex);
    for (;;) {
        bool idle =
            list_is_empty(&store->appends) && list_is_empty(&store->changes);
        if (idle && store->closing)
            break;
        if (idle)
            pthread_cond_wait(&store->to_write, &store->mutex);
        /* In turns, so that neither starves the other. */
        write_group(store);
        write_change(store);
    }
    pthread_mutex_unlock(&store->mutex);
    return NULL;
}

/* ---- the reading thread -----------------------------------------------------
 */

/* Within the reading that is on, or a new one; what failed ends it. */
static int run_ask(struct reader_of_store *reader, const struct ask *ask,
                   bool *begun)
{
    int status = *begun ? 0 : connection_begin(reader, SQL_READS);

    if (status)
        return status;
    *begun = true;
    status = ask->run(reader, ask->arg);
    if (status >= 0)
        return status;
    connection_rollback(reader);
    *begun = false;
    if (status == -EIO)
        connection_close(reader);
    return status;
}

/* Those who asked before a reading began share its moment: beginning one costs
 * as much as asking. The mutex is held, and let go while reading. */
static void read_some(struct store *store)
{
    struct list together;
    struct ask *ask;
    bool begun = false;

    list_init(&together);
    for (int i = 0; i < ASKS_TOGETHER; i++)
        if ((ask = take_ask(store, &store->asks)))
            list_append(&together, &ask->job.link);
    list_each (link, after, &together) {
        ask = list_member(link, struct ask, job.link);
        list_remove(link);
        pthread_mutex_unlock(&store->mutex);
        ask->status = run_ask(&store->reader, ask, &begun);
        pthread_mutex_lock(&store->mutex);
        finish_ask(store, ask);
    }
    if (!begun)
        return;
    pthread_mutex_unlock(&store->mutex);
    connection_rollback(&store->reader);
    pthread_mutex_lock(&store->mutex);
}

static void *reading(void *arg)
{
    struct store *store = arg;

    pthread_mutex_lock(&store->mutex);
    for (;;) {
        if (!list_is_empty(&store->asks))
            read_some(store);
        else if (store->closing)
            break;
        else
            pthread_cond_wait(&store->to_read, &store->mutex);
    }
    pthread_mutex_unlock(&store->mutex);
    return NULL;
}

/* ---- answers on the loop's thread
 * --------------------------------------------- */

bool store_is_shared(const struct store *store)
{
    return store->driver->shared;
}

int store_descriptor(const struct store *store)
{
    return store->event;
}

void store_poll(struct store *store)
{
    struct list ready;
    uint64_t drained;

    list_init(&ready);
    pthread_mutex_lock(&store->mutex);
    ssize_t got = read(store->event, &drained, sizeof(drained));
    (void)got; /* called once too often is no harm */
    list_each (link, after, &store->answered) {
        list_remove(link);
        list_append(&ready, link);
    }
    pthread_mutex_unlock(&store->mutex);

    list_each (link, after, &ready) {
        struct job *job = list_member(link, struct job, link);
        list_remove(link);
        job->answer(job);
    }
}

/* ---- opening and closing
 * ------------------------------------------------------ */

static int check_master(struct store *store, char *error, size_t error_size)
{
    int err = connection_begin(&store->writer, SQL_ALONE);

    if (!err)
        err = keyring_check_master(&store->writer.keys, store->writer.sql);
    if (!err)
        err = keyring_house_key(&store->writer.keys, store->writer.sql,
                                store->house_key);
    if (!err)
        err = connection_commit(&store->writer);
    if (!err)
        return 0;
    connection_rollback(&store->writer);
    if (err == -EACCES)
        snprintf(error, error_size,
                 "The master key is not the one that %s was made with.",
                 store->url);
    else
        snprintf(error, error_size, "Cannot read the database %s: %s.",
                 store->url, strerror(-err));
    return err;
}

static int open_database(struct store *store, const uint8_t master_key[32],
                         char *error, size_t error_size)
{
    struct reader_of_store *writer = &store->writer;
    struct reader_of_store *reader = &store->reader;
    int err =
        store->driver->lock(store->url, &store->lock_held, error, error_size);
    if (err)
        return err;

    *writer = (struct reader_of_store){ .driver = store->driver,
                                        .url = store->url,
                                        .writes = true,
                                        .unsure = &store->unsure };
    *reader = *writer;
    reader->writes = false;
    err = keyring_init(&writer->keys, master_key, &store->erasures);
    if (!err)
        err = keyring_init(&reader->keys, master_key, &store->erasures);
    if (err) {
        snprintf(error, error_size, "Out of memory.");
        return err;
    }
    err = connection_open(writer, error, error_size);
    if (!err)
        err = schema_migrate(writer->sql, error, error_size);
    if (!err)
        err = check_master(store, error, error_size);
    if (!err)
        err = connection_open(reader, error, error_size);
    return err;
}

static int start_threads(struct store *store, char *error, size_t error_size)
{
    int err = pthread_create(&store->writing_thread, NULL, writing, store);

    if (!err) {
        err = pthread_create(&store->reading_thread, NULL, reading, store);
        if (err) {
            pthread_mutex_lock(&store->mutex);
            store->closing = true;
            pthread_cond_broadcast(&store->to_write);
            pthread_mutex_unlock(&store->mutex);
            pthread_join(store->writing_thread, NULL);
        }
    }
    if (err)
        snprintf(error, error_size, "Cannot start a thread: %s.",
                 strerror(err));
    return -err;
}

static struct store *store_new(const char *url)
{
    struct store *store = calloc(1, sizeof(*store));

    if (!store)
        return NULL;
    store->lock_held = -1;
    store->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    store->url = strdup(url);
    pthread_mutex_init(&store->mutex, NULL);
    pthread_cond_init(&store->to_write, NULL);
    pthread_cond_init(&store->to_read, NULL);
    pthread_cond_init(&store->finished, NULL);
    list_init(&store->appends);
    list_init(&store->changes);
    list_init(&store->asks);
    list_init(&store->answered);
    return store;
}

/* The threads are not running. */
static void store_free(struct store *store)
{
    connection_close(&store->reader);
    connection_close(&store->writer);
    keyring_release(&store->reader.keys);
    keyring_release(&store->writer.keys);
    if (store->lock_held >= 0)
        store->driver->unlock(store->lock_held);
    if (store->event >= 0)
        close(store->event);
    pthread_cond_destroy(&store->finished);
    pthread_cond_destroy(&store->to_read);
    pthread_cond_destroy(&store->to_write);
    pthread_mutex_destroy(&store->mutex);
    free(store->url);
    secret_wipe(store->house_key, sizeof(store->house_key));
    free(store);
}

int store_open(struct store_options *options, struct store **out, char *error,
               size_t error_size)
{
    struct store *store = store_new(options->url);
    int err = store && store->event >= 0 && store->url ? 0 : -ENOMEM;

    if (err)
        snprintf(error, error_size, "Out of memory.");
    if (!err) {
        store->driver = sql_driver_of(options->url);
        if (!store->driver) {
            snprintf(error, error_size,
                     "The database is a file's path or begins with "
                     "postgresql://.");
            err = -ENOSYS;
        }
    }
    if (!err)
        err = open_database(store, options->master_key, error, error_size);
    if (!err)
        err = start_threads(store, error, error_size);
    secret_wipe(options->master_key, sizeof(options->master_key));
    if (err) {
        if (store)
            store_free(store);
        return err;
    }
    *out = store;
    return 0;
}

void store_house_key(const struct store *store, uint8_t out[32])
{
    memcpy(out, store->house_key, sizeof(store->house_key));
}

void store_close(struct store *store)
{
    if (!store)
        return;
    pthread_mutex_lock(&store->mutex);
    store->closing = true;
    pthread_cond_broadcast(&store->to_write);
    pthread_cond_broadcast(&store->to_read);
    pthread_mutex_unlock(&store->mutex);
    pthread_join(store->writing_thread, NULL);
    pthread_join(store->reading_thread, NULL);

    /* An answer may ask for more, which is refused, which is an answer. */
    while (!list_is_empty(&store->answered))
        store_poll(store);
    store_free(store);
}
