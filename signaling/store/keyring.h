/*
 * keyring: the key of each stream, wrapped by the master key in its table, and
 * lately used ones unwrapped in memory that is neither swapped nor dumped.
 * Beside them lies, wrapped alike, the house's own key.
 * A keyring belongs to one connection and its thread.
 */
#ifndef STORE_KEYRING_H
#define STORE_KEYRING_H

#include "signaling/store/seal.h"
#include "signaling/store/sql.h"
#include "signaling/store/store.h"

#include <stdatomic.h>

struct keyring_page;

struct keyring {
    struct sealer sealer;
    struct keyring_page *page;
    uint64_t uses;         /* of keys, so far */
    atomic_uint *erasures; /* of the whole process, counted after commit */
    unsigned erasures_seen;
    int64_t erasures_stored;   /* of all nodes, when last looked */
    int64_t looked_ms;         /* monotonic; 0: never */
    bool made_some;            /* since the last commit or rollback */
    uint8_t check[SEAL_NONCE]; /* of the row that tells the master key */
};

int keyring_init(struct keyring *ring, const uint8_t master_key[SEAL_KEY],
                 atomic_uint *erasures);
void keyring_release(struct keyring *ring);

/* Is this the master key that the store was made with? Writes the proof into a
 * new store. -EACCES when it is another. Once before keys can be made. */
int keyring_check_master(struct keyring *ring, struct sql *sql);

/* To be called before each transaction begins: forgets everything when a stream
 * was erased since. (Looking later would not do: the transaction may still see
 * the erased key, and would keep it.) */
void keyring_begin(struct keyring *ring);

/* The same for what other nodes erased, by a look into the database every
 * KEYRING_LOOK_MS at the most. Before a transaction begins, outside of any. */
#define KEYRING_LOOK_MS 2000 /* as often as app/pulse looks at heads */
int keyring_look(struct keyring *ring, struct sql *sql);

/* The key with which the stream is sealed; makes it at the stream's first
 * event. -ENOKEY when the stream was erased, -EACCES when the keys were wrapped
 * by another master key meanwhile. Valid until the next call. */
int keyring_make(struct keyring *ring, struct sql *sql, struct stream_id stream,
                 const uint8_t **out);

/* The house's own key, of links and finders. It was drawn from the store's
 * first master key, and stays when another one takes its place. After
 * keyring_check_master. */
int keyring_house_key(struct keyring *ring, struct sql *sql,
                      uint8_t out[SEAL_KEY]);

/* -ENOKEY when it was erased, -ENOENT when there never was one. */
int keyring_find(struct keyring *ring, struct sql *sql, struct stream_id stream,
                 const uint8_t **out);

/* Destroys the stream's key in the running transaction. Also right when there
 * was none: none will be made. The caller counts erasures up after commit. */
int keyring_erase(struct keyring *ring, struct sql *sql,
                  struct stream_id stream, int64_t now_ms);

/* What was made since the last commit is stored; or part of it never was (the
 * transaction goes on), or nothing. */
void keyring_committed(struct keyring *ring);
void keyring_undone(struct keyring *ring);
void keyring_rolled_back(struct keyring *ring);

/* ---- for rewrap.c ---------------------------------------------------------
 * A key as its table keeps it; it opens for its own stream only. */
#define WRAPPED (SEAL_KEY + SEAL_TAG)

struct wrapped_key {
    uint8_t nonce[SEAL_NONCE];
    uint8_t bytes[WRAPPED];
};

int keyring_wrap(struct keyring *ring, const uint8_t master_key[SEAL_KEY],
                 struct stream_id stream, const uint8_t key[SEAL_KEY],
                 struct wrapped_key *out);
/* By the ring's own master key. -EBADMSG. */
int keyring_unwrap(struct keyring *ring, struct stream_id stream,
                   struct slice nonce, struct slice wrapped,
                   uint8_t out[SEAL_KEY]);
/* What tells this master key at start: a random key that seals nothing. */
int keyring_wrap_check(struct keyring *ring, const uint8_t master_key[SEAL_KEY],
                       struct wrapped_key *out);

#endif
