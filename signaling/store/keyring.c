#include "signaling/store/keyring.h"

#include "base/secret.h"
#include "base/writer.h"

#include <errno.h>
#include <openssl/hmac.h>
#include <sys/mman.h>
#include <time.h>

/* Ours: a busy node's day, 512 KiB of locked memory. One that is not there
 * costs a round trip in the middle of a group, so that streams must not push
 * each other out while there is room: each may lie in any place of its shelf.
 */
#define SHELVES      2048
#define SHELF_PLACES 4

struct kept_key {
    uint64_t used; /* when last, as the ring counts; 0: free */
    struct stream_id stream;
    uint8_t key[SEAL_KEY];
};

struct keyring_page {
    uint8_t master_key[SEAL_KEY];
    struct kept_key kept[SHELVES][SHELF_PLACES];
};

int keyring_init(struct keyring *ring, const uint8_t master_key[SEAL_KEY],
                 atomic_uint *erasures)
{
    struct keyring_page *page =
        mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return -ENOMEM;
    /* Best effort: a small RLIMIT_MEMLOCK must not keep the clinic closed. */
    (void)mlock(page, sizeof(*page));
    (void)madvise(page, sizeof(*page), MADV_DONTDUMP);
    memcpy(page->master_key, master_key, SEAL_KEY);
    *ring = (struct keyring){ .page = page,
                              .erasures = erasures,
                              .erasures_seen = atomic_load(erasures) };
    int err = sealer_init(&ring->sealer);
    if (err)
        keyring_release(ring);
    return err;
}

void keyring_release(struct keyring *ring)
{
    if (!ring->page)
        return;
    sealer_release(&ring->sealer);
    secret_wipe(ring->page, sizeof(*ring->page));
    (void)munmap(ring->page, sizeof(*ring->page));
    ring->page = NULL;
}

static void forget_all(struct keyring *ring)
{
    secret_wipe(ring->page->kept, sizeof(ring->page->kept));
    ring->made_some = false;
}

void keyring_begin(struct keyring *ring)
{
    unsigned erasures = atomic_load(ring->erasures);

    if (erasures != ring->erasures_seen)
        forget_all(ring);
    ring->erasures_seen = erasures;
}

static int each_erasure(void *arg, const struct sql_value *columns)
{
    *(int64_t *)arg = columns[0].number;
    return 0;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int keyring_look(struct keyring *ring, struct sql *sql)
{
    int64_t now_ms = monotonic_ms();
    int64_t stored = 0;

    if (ring->looked_ms != 0 && now_ms - ring->looked_ms < KEYRING_LOOK_MS)
        return 0;
    int err = sql_run(sql, "SELECT number FROM erasure", SQL_NO_VALUES,
                      each_erasure, &stored);
    if (err)
        return err;
    if (stored != ring->erasures_stored)
        forget_all(ring);
    ring->erasures_stored = stored;
    ring->looked_ms = now_ms;
    return 0;
}

void keyring_committed(struct keyring *ring)
{
    ring->made_some = false;
}

void keyring_undone(struct keyring *ring)
{
    bool made_some = ring->made_some;

    keyring_rolled_back(ring);
    ring->made_some = made_some;
}

void keyring_rolled_back(struct keyring *ring)
{
    if (ring->made_some)
        forget_all(ring);
}

/* ---- wrapping -------------------------------------------------------------
 */

#define WRAP_HEADER 32

/* What a wrapped key is bound to: it opens for its own stream only. */
static struct slice wrap_header(struct stream_id stream,
                                uint8_t out[WRAP_HEADER])
{
    struct writer writer = writer_into(out, WRAP_HEADER);

    writer_text(&writer, "vestibule key 1");
    writer_u8(&writer, (uint8_t)stream.kind);
    writer_bytes(&writer, slice(stream.bytes, ID_BYTES));
    return writer_done(&writer);
}

int keyring_wrap(struct keyring *ring, const uint8_t master_key[SEAL_KEY],
                 struct stream_id stream, const uint8_t key[SEAL_KEY],
                 struct wrapped_key *out)
{
    uint8_t header[WRAP_HEADER];

    return seal(&ring->sealer, master_key, wrap_header(stream, header),
                slice(key, SEAL_KEY), out->nonce, out->bytes);
}

int keyring_unwrap(struct keyring *ring, struct stream_id stream,
                   struct slice nonce, struct slice wrapped,
                   uint8_t out[SEAL_KEY])
{
    uint8_t header[WRAP_HEADER];

    if (wrapped.length != WRAPPED)
        return -EBADMSG;
    return unseal(&ring->sealer, ring->page->master_key,
                  wrap_header(stream, header), nonce, wrapped, out);
}

/* ---- finding and making ---------------------------------------------------
 */

static bool same_stream(const struct stream_id *a, const struct stream_id *b)
{
    return a->kind == b->kind && memcmp(a->bytes, b->bytes, ID_BYTES) == 0;
}

static bool is_kept(const struct kept_key *place,
                    const struct stream_id *stream)
{
    return place->used != 0 && same_stream(&place->stream, stream);
}

/* Where its key is, or is to lie: the place that nobody asked for the longest.
 * Ids are random, so their first bytes spread well. */
static struct kept_key *place_of(struct keyring *ring, struct stream_id stream)
{
    unsigned shelf = (unsigned)stream.bytes[0] << 8 | stream.bytes[1];
    struct kept_key *places =
        ring->page->kept[(shelf + (unsigned)stream.kind) % SHELVES];
    struct kept_key *oldest = &places[0];

    for (size_t i = 0; i < SHELF_PLACES; i++) {
        if (is_kept(&places[i], &stream))
            return &places[i];
        if (places[i].used < oldest->used)
            oldest = &places[i];
    }
    return oldest;
}

struct key_row {
    struct keyring *ring;
    struct stream_id stream;
    struct kept_key *place;
    bool found;
};

static int each_key(void *arg, const struct sql_value *columns)
{
    struct key_row *row = arg;

    row->found = true;
    if (columns[2].number != 0)
        return -ENOKEY;

    uint8_t key[SEAL_KEY];
    int err = keyring_unwrap(row->ring, row->stream, columns[0].bytes,
                             columns[1].bytes, key);
    if (!err) {
        row->place->stream = row->stream;
        memcpy(row->place->key, key, SEAL_KEY);
    }
    secret_wipe(key, sizeof(key));
    return err;
}

int keyring_find(struct keyring *ring, struct sql *sql, struct stream_id stream,
                 const uint8_t **out)
{
    struct kept_key *place = place_of(ring, stream);

    if (!is_kept(place, &stream)) {
        struct key_row row = { .ring = ring, .stream = stream, .place = place };
        int err = sql_run(sql,
                          "SELECT nonce, wrapped, erased_ms FROM stream_key "
                          "WHERE stream_kind = ?1 AND stream = ?2",
                          SQL_VALUES(sql_number(stream.kind),
                                     sql_bytes(stream.bytes, ID_BYTES)),
                          each_key, &row);
        if (err || !row.found)
            return err ? err : -ENOENT;
    }
    place->used = ++ring->uses;
    *out = place->key;
    return 0;
}

/* Another node may be faster: then its key stays. And no row is written by
 * whose master key is not the store's any more. */
static int insert_key(struct keyring *ring, struct sql *sql,
                      struct stream_id stream, const uint8_t key[SEAL_KEY])
{
    struct wrapped_key wrapped;
    int err = keyring_wrap(ring, ring->page->master_key, stream, key, &wrapped);

    if (err)
        return err;
    return sql_queue(sql,
                     "INSERT INTO stream_key "
                     "(stream_kind, stream, nonce, wrapped, erased_ms) "
                     "SELECT ?1, ?2, ?3, ?4, 0 FROM master_check "
                     "WHERE number = 1 AND nonce = ?5 ON CONFLICT DO NOTHING",
                     SQL_VALUES(sql_number(stream.kind),
                                sql_bytes(stream.bytes, ID_BYTES),
                                sql_bytes(wrapped.nonce, SEAL_NONCE),
                                sql_bytes(wrapped.bytes, WRAPPED),
                                sql_bytes(ring->check, SEAL_NONCE)),
                     NULL);
}

int keyring_make(struct keyring *ring, struct sql *sql, struct stream_id stream,
                 const uint8_t **out)
{
    int err = keyring_find(ring, sql, stream, out);
    if (err != -ENOENT)
        return err;

    uint8_t key[SEAL_KEY];
    secret_random(key, sizeof(key));
    err = insert_key(ring, sql, stream, key);
    secret_wipe(key, sizeof(key));
    if (err)
        return err;
    ring->made_some = true;
    err = keyring_find(ring, sql, stream, out);
    return err == -ENOENT ? -EACCES : err;
}

int keyring_erase(struct keyring *ring, struct sql *sql,
                  struct stream_id stream, int64_t now_ms)
{
    struct kept_key *place = place_of(ring, stream);

    secret_wipe(place, sizeof(*place));
    int err = sql_run(sql,
                      "INSERT INTO stream_key "
                      "(stream_kind, stream, nonce, wrapped, erased_ms) "
                      "VALUES (?1, ?2, ?3, ?4, ?5) "
                      "ON CONFLICT (stream_kind, stream) DO UPDATE SET "
                      "nonce = excluded.nonce, wrapped = excluded.wrapped, "
                      "erased_ms = excluded.erased_ms",
                      SQL_VALUES(sql_number(stream.kind),
                                 sql_bytes(stream.bytes, ID_BYTES),
                                 sql_bytes(NULL, 0), sql_bytes(NULL, 0),
                                 sql_number(now_ms > 0 ? now_ms : 1)),
                      NULL, NULL);

    return err ? err
               : sql_run(sql, "UPDATE erasure SET number = number + 1",
                         SQL_NO_VALUES, NULL, NULL);
}

/* ---- is it the right master key? ------------------------------------------
 */

struct check_row {
    struct keyring *ring;
    bool found;
};

static const struct stream_id nobody; /* the check's key is no stream's */

static int each_check(void *arg, const struct sql_value *columns)
{
    struct check_row *row = arg;
    uint8_t key[SEAL_KEY];

    row->found = true;
    int err = keyring_unwrap(row->ring, nobody, columns[0].bytes,
                             columns[1].bytes, key);
    secret_wipe(key, sizeof(key));
    if (!err)
        memcpy(row->ring->check, columns[0].bytes.data, SEAL_NONCE);
    return err == -EBADMSG ? -EACCES : err;
}

static int read_check(struct keyring *ring, struct sql *sql)
{
    struct check_row row = { .ring = ring };
    int err =
        sql_run(sql, "SELECT nonce, wrapped FROM master_check WHERE number = 1",
                SQL_NO_VALUES, each_check, &row);

    return err || row.found ? err : -ENOENT;
}

int keyring_wrap_check(struct keyring *ring, const uint8_t master_key[SEAL_KEY],
                       struct wrapped_key *out)
{
    uint8_t key[SEAL_KEY];

    secret_random(key, sizeof(key));
    int err = keyring_wrap(ring, master_key, nobody, key, out);
    secret_wipe(key, sizeof(key));
    return err;
}

int keyring_check_master(struct keyring *ring, struct sql *sql)
{
    struct wrapped_key wrapped;
    int err = read_check(ring, sql);
    if (err != -ENOENT)
        return err;

    err = keyring_wrap_check(ring, ring->page->master_key, &wrapped);
    if (!err)
        err = sql_run(sql,
                      "INSERT INTO master_check (number, nonce, wrapped) "
                      "VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
                      SQL_VALUES(sql_bytes(wrapped.nonce, SEAL_NONCE),
                                 sql_bytes(wrapped.bytes, WRAPPED)),
                      NULL, NULL);
    return err ? err : read_check(ring, sql);
}

/* ---- the house's own key
 * ------------------------------------------------------
 */

/* No kind of stream has this number. */
static const struct stream_id house = { (enum stream_kind)255, "links" };

int keyring_house_key(struct keyring *ring, struct sql *sql,
                      uint8_t out[SEAL_KEY])
{
    static const char label[] = "vestibule links 1";
    const uint8_t *kept;
    uint8_t key[SEAL_KEY];
    unsigned length = sizeof(key);
    int err = keyring_find(ring, sql, house, &kept);

    if (err == -ENOENT) {
        HMAC(EVP_sha256(), ring->page->master_key, SEAL_KEY,
             (const uint8_t *)label, sizeof(label) - 1, key, &length);
        err = insert_key(ring, sql, house, key);
        secret_wipe(key, sizeof(key));
        ring->made_some = true;
        if (!err)
            err = keyring_find(ring, sql, house, &kept);
    }
    if (!err)
        memcpy(out, kept, SEAL_KEY);
    return err;
}
