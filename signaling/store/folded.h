/*
 * folded: what was folded from a stream's events up to a number, kept so that
 * reading begins there. Sealed under the stream's key and bound to the hash of
 * the last event that is in it: it opens beside that very log only.
 */
#ifndef STORE_FOLDED_H
#define STORE_FOLDED_H

#include "signaling/store/append.h"
#include "signaling/store/connection.h"

/* In the append's transaction, before its first event of that stream: touched
 * still has the head's hash. */
int folded_write(struct reader_of_store *writer, const struct part *part,
                 const struct touched *touched);

#endif
