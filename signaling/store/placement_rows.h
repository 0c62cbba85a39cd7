/*
 * placement_rows: which relay a practitioner's calls live on. One row each,
 * changed only by whoever knows its newest generation.
 */
#ifndef STORE_PLACEMENT_ROWS_H
#define STORE_PLACEMENT_ROWS_H

#include "signaling/store/store.h"

#define PLACEMENT_RELAY_TEXT 65

struct placement_row {
    struct practitioner_id practitioner;
    char relay[PLACEMENT_RELAY_TEXT]; /* its name */
    uint64_t generation;              /* 1 is the first */
};

/* -ENOENT: never placed. */
int placement_read(struct reader_of_store *reader,
                   struct practitioner_id practitioner,
                   struct placement_row *out);

typedef int placement_row_fn(void *arg, const struct placement_row *row);
int placement_each(struct reader_of_store *reader, placement_row_fn *each,
                   void *arg);

/* Writes row when the generation there is the one before row's (0: no row yet).
 * 1: it was so, 0: somebody else was first, or a negative errno. */
int placement_write(struct reader_of_store *writer,
                    const struct placement_row *row);

#endif
