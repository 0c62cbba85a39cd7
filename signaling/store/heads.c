#include "signaling/store/heads.h"

#include "base/text.h"
#include "signaling/store/chain.h"
#include "signaling/store/connection.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#define PAGE     500 /* heads: a driver may hold a whole answer in memory */
#define HASH_HEX (2 * CHAIN_HASH + 1)
#define LINE     160 /* bytes; the longest of ours has 126 */
#define FIRST    "vestibule heads 1"

const char *const heads_fault_names[] = { "gone", "shorter", "other" };

static const char *const kind_names[] = { "consultation", "agenda", "clinic" };
#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

/* ---- writing --------------------------------------------------------------
 */

struct page {
    FILE *to;
    struct stream_id last;
    int64_t kind; /* -1 before the first */
    int left;
    uint64_t written;
};

static int write_head(void *arg, const struct sql_value *columns)
{
    struct page *page = arg;
    uint8_t hash[CHAIN_HASH];
    char id[BASE64URL_SIZE(ID_BYTES)], hex[HASH_HEX];
    int64_t kind = columns[0].number;

    if (kind < 0 || kind >= (int64_t)KINDS)
        return -EUCLEAN;
    int err = sql_read_bytes(&columns[1], page->last.bytes, ID_BYTES);
    if (!err)
        err = sql_read_bytes(&columns[3], hash, sizeof(hash));
    if (err)
        return err;
    text_base64url(slice(page->last.bytes, ID_BYTES), id);
    text_hex(slice(hash, sizeof(hash)), hex);
    page->kind = kind;
    page->left -= 1;
    page->written += 1;
    if (fprintf(page->to, "%s %s %" PRIu64 " %s\n", kind_names[kind], id,
                (uint64_t)columns[2].number, hex) < 0)
        return -EIO;
    return 0;
}

static int write_page(struct reader_of_store *reader, struct page *page)
{
    struct stream_id after = page->last; /* the page's own moves on */

    page->left = PAGE;
    return sql_run(reader->sql,
                   "SELECT stream_kind, stream, seq, hash FROM head "
                   "WHERE (stream_kind, stream) > (?1, ?2) "
                   "ORDER BY stream_kind, stream LIMIT ?3",
                   SQL_VALUES(sql_number(page->kind),
                              sql_bytes(after.bytes, ID_BYTES),
                              sql_number(PAGE)),
                   write_head, page);
}

static int write_first(FILE *to, int64_t now_ms)
{
    time_t now = (time_t)(now_ms / 1000);
    struct tm utc;
    char text[32];

    (void)gmtime_r(&now, &utc);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return fprintf(to, "%s %s\n", FIRST, text) < 0 ? -EIO : 0;
}

int heads_write(struct reader_of_store *reader, int64_t now_ms, FILE *to,
                uint64_t *out)
{
    struct page page = { .to = to, .kind = -1 };
    int err = write_first(to, now_ms);

    while (!err && page.left == 0)
        err = write_page(reader, &page);
    if (!err && fprintf(to, "end %" PRIu64 "\n", page.written) < 0)
        err = -EIO;
    if (!err && fflush(to) != 0)
        err = -errno;
    if (!err)
        *out = page.written;
    return err;
}

/* ---- comparing ------------------------------------------------------------
 */

struct kept_head {
    struct stream_id stream;
    uint64_t seq;
    uint8_t hash[CHAIN_HASH];
};

static bool line_read(const char *line, struct kept_head *out)
{
    char kind[16], id[BASE64URL_SIZE(ID_BYTES)], hex[HASH_HEX];
    int end = 0;

    if (sscanf(line, "%15s %22s %" SCNu64 " %64s%n", kind, id, &out->seq, hex,
               &end) != 4 ||
        strcmp(line + end, "\n") != 0)
        return false;
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kind, kind_names[i]) == 0) {
            out->stream.kind = (enum stream_kind)i;
            return !text_base64url_read(slice_of_text(id), out->stream.bytes,
                                        ID_BYTES) &&
                   !text_hex_read(slice_of_text(hex), out->hash, CHAIN_HASH);
        }
    return false;
}

struct hash_search {
    const uint8_t *hash;
    bool same;
};

static int compare_hash(void *arg, const struct sql_value *columns)
{
    struct hash_search *search = arg;

    search->same = columns[0].bytes.length == CHAIN_HASH &&
                   memcmp(columns[0].bytes.data, search->hash, CHAIN_HASH) == 0;
    return 0;
}

/* 1 when it differs. */
static int head_differs(struct reader_of_store *reader,
                        const struct kept_head *kept,
                        struct heads_difference *out)
{
    struct hash_search search = { .hash = kept->hash };
    struct heads_difference found = { .stream = kept->stream,
                                      .kept = kept->seq };
    int err = read_head(reader, kept->stream, &found.now);

    if (!err)
        err = sql_run(reader->sql,
                      "SELECT hash FROM event WHERE stream_kind = ?1 "
                      "AND stream = ?2 AND seq = ?3",
                      SQL_VALUES(sql_number(kept->stream.kind),
                                 sql_bytes(kept->stream.bytes, ID_BYTES),
                                 sql_number((int64_t)kept->seq)),
                      compare_hash, &search);
    if (err)
        return err;
    found.fault = found.now == 0           ? HEADS_GONE
                  : found.now < found.kept ? HEADS_SHORTER
                                           : HEADS_OTHER;
    *out = found;
    return !search.same || found.now < found.kept;
}

int heads_compare(struct reader_of_store *reader, FILE *from,
                  heads_difference_fn *each, void *arg, uint64_t *out)
{
    char line[LINE], end[LINE];
    struct kept_head kept;
    uint64_t compared = 0;

    if (!fgets(line, sizeof(line), from) ||
        strncmp(line, FIRST " ", sizeof(FIRST)) != 0)
        return -EBADMSG;
    line[0] = '\0';
    while (fgets(line, sizeof(line), from) && line_read(line, &kept)) {
        struct heads_difference difference;
        int differs = head_differs(reader, &kept, &difference);
        if (differs < 0)
            return differs;
        if (differs)
            each(arg, &difference);
        compared += 1;
    }
    (void)snprintf(end, sizeof(end), "end %" PRIu64 "\n", compared);
    if (strcmp(line, end) != 0)
        return -EBADMSG;
    *out = compared;
    return 0;
}
