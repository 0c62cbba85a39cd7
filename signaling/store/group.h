/*
 * group: one commit for many appends. Runs on the store thread.
 *
 * Each append has a savepoint: what one of them meets (a conflict, a
 * repetition) does not touch its neighbours. A commit that fails is nobody's
 * success. It may even so have left whole pages in the write-ahead log, which a
 * crash right now would bring back; therefore the connection is opened again
 * and a marker row is committed, which overwrites them. Only after that may an
 * append be answered NOT_STORED; until then it is UNKNOWN.
 */
#ifndef STORE_GROUP_H
#define STORE_GROUP_H

#include "signaling/store/append.h"
#include "signaling/store/connection.h"

#define GROUP_MAX 64 /* design, section 3 */

/* Moves up to GROUP_MAX appends from waiting into out, first come first served,
 * at most one per stream; how many. */
size_t group_take(struct list *waiting, struct append *out[GROUP_MAX]);

/* Writes them and sets the answer of each. */
void group_write(struct reader_of_store *writer, struct append **members,
                 size_t count);

/* One change in a transaction of its own; what run returned, or why it was not
 * stored. */
int group_change(struct reader_of_store *writer, store_change_fn *run,
                 void *arg);

#endif
