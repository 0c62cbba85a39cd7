/*
 * worker: threads for what would block the loop (password hashes, PDF, the
 * network). A job runs on one of them and its end is told on the loop's thread.
 */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

struct worker;

/* state is handed to every run: what the threads own together, or with one
 * thread what it owns alone. */
int worker_new(struct ev_loop *loop, unsigned threads, size_t capacity,
               void *state, struct worker **out);

/* Finishes every job that was accepted and tells its end; accepts no more. */
void worker_stop(struct worker *worker);
void worker_free(struct worker *worker);

typedef void worker_run_fn(void *state, void *arg);
typedef void worker_done_fn(void *arg);

/* False when too many jobs wait already; then neither is called. */
bool worker_give(struct worker *worker, worker_run_fn *run,
                 worker_done_fn *done, void *arg);

#endif
