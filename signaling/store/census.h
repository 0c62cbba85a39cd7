/*
 * census: how many of what there are, for those who watch over the house. No
 * names, no ids.
 */
#ifndef STORE_CENSUS_H
#define STORE_CENSUS_H

#include "signaling/store/store.h"

#define CENSUS_PHASES 8 /* as many as enum phase has */

struct census {
    uint64_t visits[CENSUS_PHASES]; /* that start in the time asked for */
    uint64_t outbox_waiting;
    uint64_t outbox_failed;
    int64_t oldest_ms; /* when the oldest that waits was written; 0: none */
};

int read_census(struct reader_of_store *reader, int64_t from_ms, int64_t to_ms,
                struct census *out);

#endif
