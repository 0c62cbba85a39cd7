#include "signaling/app/worker.h"

#include "base/queue.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define THREADS_MAX 8

struct job {
    worker_run_fn *run;
    worker_done_fn *done;
    void *arg;
};

struct worker {
    struct ev_loop *loop;
    ev_io ended;
    struct queue *jobs;
    struct queue *done; /* never full: as long as jobs are outstanding */
    size_t capacity;
    size_t outstanding;
    void *state;
    pthread_t threads[THREADS_MAX];
    unsigned count;
    bool stopped;
};

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct job job;

    while (queue_wait(worker->jobs, &job)) {
        job.run(worker->state, job.arg);
        bool kept = queue_push(worker->done, &job);
        assert(kept);
        (void)kept;
    }
    return NULL;
}

static void tell(struct worker *worker)
{
    struct job job;

    while (queue_pop(worker->done, &job)) {
        worker->outstanding -= 1;
        job.done(job.arg);
    }
}

static void on_ended(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    tell(watcher->data);
}

int worker_new(struct ev_loop *loop, unsigned threads, size_t capacity,
               void *state, struct worker **out)
{
    assert(threads > 0 && threads <= THREADS_MAX && capacity > 0);
    struct worker *worker = calloc(1, sizeof(*worker));

    if (!worker)
        return -ENOMEM;
    worker->loop = loop;
    worker->capacity = capacity;
    worker->state = state;
    worker->jobs = queue_new(capacity, sizeof(struct job));
    worker->done = queue_new(capacity, sizeof(struct job));
    if (!worker->jobs || !worker->done) {
        queue_free(worker->jobs);
        queue_free(worker->done);
        free(worker);
        return -ENOMEM;
    }
    ev_io_init(&worker->ended, on_ended, queue_descriptor(worker->done),
               EV_READ);
    worker->ended.data = worker;
    ev_io_start(loop, &worker->ended);
    for (unsigned i = 0; i < threads; i++) {
        int err = pthread_create(&worker->threads[i], NULL, work, worker);
        if (err) {
            worker_free(worker);
            return -err;
        }
        worker->count += 1;
    }
    *out = worker;
    return 0;
}

void worker_stop(struct worker *worker)
{
    if (!worker || worker->stopped)
        return;
    worker->stopped = true;
    queue_close(worker->jobs);
    for (unsigned i = 0; i < worker->count; i++)
        (void)pthread_join(worker->threads[i], NULL);
    tell(worker);
    ev_io_stop(worker->loop, &worker->ended);
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    worker_stop(worker);
    queue_free(worker->jobs);
    queue_free(worker->done);
    free(worker);
}

bool worker_give(struct worker *worker, worker_run_fn *run,
                 worker_done_fn *done, void *arg)
{
    struct job job = { .run = run, .done = done, .arg = arg };

    if (worker->stopped || worker->outstanding == worker->capacity)
        return false;
    if (!queue_push(worker->jobs, &job))
        return false;
    worker->outstanding += 1;
    return true;
}
