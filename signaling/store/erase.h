/*
 * erase: makes a visit unreadable for good by destroying its key, and removes
 * the rows by which it could be found or would still act. Its events stay, as
 * ciphertext, so that the chain still verifies.
 */
#ifndef STORE_ERASE_H
#define STORE_ERASE_H

#include "signaling/store/store.h"

/* Within store_change. What is read of the visit afterwards is -ENOKEY; an
 * append to it is NOT_STORED. A backup of the keys brings it back: erase again
 * after restoring one (docs/storage.md). */
int visit_erase(struct reader_of_store *writer, struct consultation_id visit,
                int64_t now_ms);

#endif
