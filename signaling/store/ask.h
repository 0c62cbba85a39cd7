/*
 * ask: a function that the reading thread (or, for changes, the store thread)
 * runs for the loop.
 */
#ifndef STORE_ASK_H
#define STORE_ASK_H

#include "signaling/store/job.h"

struct ask {
    struct job job;
    bool changes; /* for the store thread */
    store_run_fn *run;
    store_done_fn *done;
    void *arg;
    int status;
    bool waits;    /* whoever asks waits for it instead of being told by done */
    bool finished; /* then: run has returned */
};

#endif
