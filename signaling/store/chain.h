/*
 * chain: the clear header of an event as bytes, and the hash that ties it to
 * the event before. Pure. The layout is in docs/storage.md and never changes:
 * a second verifier reads it.
 */
#ifndef STORE_CHAIN_H
#define STORE_CHAIN_H

#include "signaling/store/store.h"

#define CHAIN_HASH       32 /* SHA-256 */
#define EVENT_KIND_TEXT  48 /* an event kind's name with its terminator */
#define CHAIN_HEADER_MAX 160

struct chain_header {
    struct stream_id stream;
    uint64_t seq;
    int64_t at_ms;
    enum role role;
    struct staff_id staff;
    struct command_id command;
    const char *kind;
};

/* The bytes that are sealed with and hashed; how many. */
size_t chain_header_write(const struct chain_header *header,
                          uint8_t out[CHAIN_HEADER_MAX]);

/* SHA-256 over previous, header, nonce and sealed bytes. -ENOMEM. */
int chain_hash(const uint8_t previous[CHAIN_HASH], struct slice header,
               struct slice nonce, struct slice sealed,
               uint8_t out[CHAIN_HASH]);

#endif
