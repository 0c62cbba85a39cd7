/*
 * outbox_rows: what must leave the house, claimed by lease so that a worker
 * that died is replaced by another. At least once.
 */
#ifndef STORE_OUTBOX_ROWS_H
#define STORE_OUTBOX_ROWS_H

#include "signaling/store/store.h"

struct outbox_row {
    int64_t id;
    struct consultation_id visit;
    enum notice_kind kind;
    uint64_t seq;      /* of the event that caused it */
    char channel[12];  /* "mail", "sms", "payment" */
    uint32_t attempts; /* before this one */
    int64_t created_ms;
    struct slice detail; /* plain; valid during the callback */
};
typedef int outbox_row_fn(void *arg, const struct outbox_row *row);

/* Claims up to limit rows that are due until now + lease. */
int outbox_claim(struct reader_of_store *writer, int64_t now_ms,
                 int64_t lease_ms, uint32_t limit, outbox_row_fn *each,
                 void *arg);
int outbox_sent(struct reader_of_store *writer, int64_t id, int64_t now_ms);
/* Tries again at next_ms; 0: never, it failed for good. why: a short code. */
int outbox_failed(struct reader_of_store *writer, int64_t id, int64_t next_ms,
                  const char *why);

#endif
