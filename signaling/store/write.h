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

#endif
