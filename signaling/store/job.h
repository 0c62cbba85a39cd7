/*
 * job: something that a thread of the store does for the loop. It travels from
 * the list of one to the list of the other and belongs to whoever holds it.
 */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include "base/list.h"
#include "signaling/store/store.h"

struct job {
    struct list link;
    /* On the loop's thread: tells the caller and frees the job. */
    void (*answer)(struct job *job);
};

#endif
