/*
 * chore: what one node of all does now and then. It is done by whoever moves
 * its time forward; one that dies over it leaves it to the next time.
 */
#ifndef STORE_CHORE_H
#define STORE_CHORE_H

#include "signaling/store/store.h"

/* 1: it is due (so is one that nobody ever did); 0: not yet. */
int chore_is_due(struct reader_of_store *reader, const char *name,
                 int64_t now_ms);

/* 1: it was due, is ours, and due again at next_ms; 0: not due any more. */
int chore_claim(struct reader_of_store *writer, const char *name,
                int64_t now_ms, int64_t next_ms);

/* Due then, whenever it was before. */
int chore_put(struct reader_of_store *writer, const char *name, int64_t at_ms);

#endif
