/*
 * session: who is signed in on which browser. Tokens are stored only as
 * SHA-256; times are UTC milliseconds.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "signaling/store/store.h"

struct session {
    uint8_t token_hash[32];
    struct actor actor;
    int64_t created_ms;
    int64_t expires_ms;
    int64_t proved_ms; /* patients: when the birth date was last given */
};

int session_put(struct reader_of_store *writer, const struct session *session);
int session_remove(struct reader_of_store *writer, const uint8_t hash[32]);
int session_sweep(struct reader_of_store *writer, int64_t now_ms);
/* -ENOENT when there is none. Does not look at the time. */
int session_find(struct reader_of_store *reader, const uint8_t hash[32],
                 struct session *out);

#endif
