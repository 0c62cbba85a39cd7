/*
 * inbox: what the payment provider told us, kept once per event id before it is
 * answered. A hint only: the payment is then fetched from the provider.
 */
#ifndef STORE_INBOX_H
#define STORE_INBOX_H

#include "signaling/store/store.h"

/* 1: new; 0: seen before. */
int inbox_put(struct reader_of_store *writer, const char *event_id,
              const char *checkout, int64_t now_ms);
typedef int inbox_fn(void *arg, const char *event_id, const char *checkout);
int inbox_pending(struct reader_of_store *reader, uint32_t limit,
                  inbox_fn *each, void *arg);
int inbox_done(struct reader_of_store *writer, const char *event_id);

#endif
