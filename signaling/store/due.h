/*
 * due: deadlines whose time has come. Any node may fire one: its command id is
 * a hash of (stream, seq, kind), so it happens once.
 */
#ifndef STORE_DUE_H
#define STORE_DUE_H

#include "signaling/store/store.h"

struct due_deadline {
    struct consultation_id visit;
    uint64_t seq;
    enum deadline_kind kind;
    int64_t at_ms;
};
typedef int due_fn(void *arg, const struct due_deadline *due);

int due_read(struct reader_of_store *reader, int64_t now_ms, uint32_t limit,
             due_fn *each, void *arg);
/* For deadlines that lead to no event (a look at the provider): when next. */
int due_postpone(struct reader_of_store *writer, const struct due_deadline *due,
                 int64_t at_ms);
int due_remove(struct reader_of_store *writer, const struct due_deadline *due);

#endif
