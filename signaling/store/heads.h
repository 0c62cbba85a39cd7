/*
 * heads: the newest event of every stream as lines of text, for a copy that is
 * kept elsewhere, and the comparison of such a copy with the record. What
 * verify.h cannot see, a tail that was cut off together with its head, differs
 * from the copy.
 *
 * Between a first line and "end COUNT" each is "STREAM-KIND ID SEQ HASH"
 * (docs/storage.md). Because an event's hash covers all before it, a stream
 * whose event at SEQ still has this hash is the one that was copied, perhaps
 * longer by now.
 */
#ifndef STORE_HEADS_H
#define STORE_HEADS_H

#include "signaling/store/store.h"

#include <stdio.h>

/* Within store_ask or store_ask_now. How many streams were written. */
int heads_write(struct reader_of_store *reader, int64_t now_ms, FILE *to,
                uint64_t *out);

enum heads_fault {
    HEADS_GONE,    /* the stream is not there any more */
    HEADS_SHORTER, /* its end was cut off */
    HEADS_OTHER,   /* another history than the one that was copied */
};
extern const char *const heads_fault_names[]; /* gone shorter other */

struct heads_difference {
    enum heads_fault fault;
    struct stream_id stream;
    uint64_t kept; /* the newest seq in the copy */
    uint64_t now;  /* and in the record; 0: gone */
};
typedef void heads_difference_fn(void *arg,
                                 const struct heads_difference *difference);

/* Each stream that differs is told; how many were compared. -EBADMSG when this
 * is no such list, or not the whole of one. What comes after its end is not
 * read. */
int heads_compare(struct reader_of_store *reader, FILE *from,
                  heads_difference_fn *each, void *arg, uint64_t *out);

#endif
