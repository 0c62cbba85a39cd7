/*
 * write: one append as SQL, inside a transaction that is already open.
 */
#ifndef STORE_WRITE_H
#define STORE_WRITE_H

#include "signaling/store/append.h"
#include "signaling/store/connection.h"

/* 0 with append->answer set to COMMITTED (as far as this append is concerned),
 * CONFLICT, REPEATED or MISUSED; or a negative errno. The caller undoes
 * whatever is not COMMITTED. */
int append_write(struct reader_of_store *writer, struct append *append);

/* The same in its steps, for several appends that share no stream: takes the
 * head of each stream, in one order for everybody, and asks whether the command
 * has been here; writes it, if it may be; and, when all is settled, says
 * whether it is all there. False: another writer was in between, and the
 * transaction holds a part of it. */
int append_lock_head(struct reader_of_store *writer, struct touched *touched);
int append_ask(struct reader_of_store *writer, struct append *append);
int append_queue(struct reader_of_store *writer, struct append *append);
bool append_is_written(struct append *append);

#endif
