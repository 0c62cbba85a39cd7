/*
 * rewrap: another master key in place of the present one. Each key is wrapped
 * anew; what the keys seal stays as it is.
 */
#ifndef STORE_REWRAP_H
#define STORE_REWRAP_H

#include "signaling/store/store.h"

/* Within store_change. How many keys were wrapped; none are unless all are.
 * A server that has the master key before can open no key afterwards, and makes
 * none: stop all of them first, and start them with the new one. A backup of
 * the keys still opens by the one before. */
int store_rewrap(struct reader_of_store *writer, const uint8_t master_key[32],
                 uint64_t *out);

#endif
