/*
 * verify: reads the whole log and tells whether anyone changed it. Needs no
 * trust in the tables: each event's hash is computed again from its bytes and
 * the event before, and its payload must open with its header.
 *
 * What it cannot see: a tail that was cut off together with its head row.
 * Against that, heads are kept somewhere else (heads.h).
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "signaling/store/store.h"

enum verify_fault {
    VERIFY_FINE,
    VERIFY_MISSING,   /* an event before this one is gone */
    VERIFY_CHANGED,   /* its bytes are not what was hashed */
    VERIFY_UNCHAINED, /* it does not follow from the event before */
    VERIFY_SEAL,      /* hashed anew by someone without the key */
    VERIFY_TAIL,      /* the newest event is not the one the head names */
};
extern const char *const verify_fault_names[];
/* fine missing changed unchained seal tail */

struct verify_report {
    uint64_t streams;
    uint64_t events;
    uint64_t erased; /* events whose key was destroyed: hashed, not opened */
    enum verify_fault fault;
    struct stream_id stream; /* of the first bad event */
    uint64_t seq;
};

/* Within store_ask or store_ask_now. 0 and a report, also when something is
 * wrong; a negative errno when it could not be read. */
int store_verify(struct reader_of_store *reader, struct verify_report *out);

#endif
