/*
 * bulletin_rows: what nodes tell each other by way of the record while Redis is
 * away. One row a node, written over each time; nothing in it is part of the
 * record.
 */
#ifndef STORE_BULLETIN_ROWS_H
#define STORE_BULLETIN_ROWS_H

#include "signaling/store/store.h"

#define BULLETIN_NODE_BYTES 8 /* drawn when a process starts */

struct bulletin_row {
    uint8_t node[BULLETIN_NODE_BYTES];
    uint64_t turn; /* counts how often it was written */
    bool deaf;
    struct slice frames; /* reading: valid during the callback */
};

/* 0, or a negative errno. Rows that nobody wrote for a day go with it. */
int bulletin_write(struct reader_of_store *writer,
                   const struct bulletin_row *row, int64_t now_ms);
int bulletin_erase(struct reader_of_store *writer,
                   const uint8_t node[BULLETIN_NODE_BYTES]);

/* Those of the others. */
typedef int bulletin_row_fn(void *arg, const struct bulletin_row *row);
int bulletin_each(struct reader_of_store *reader,
                  const uint8_t own[BULLETIN_NODE_BYTES], bulletin_row_fn *each,
                  void *arg);

#endif
