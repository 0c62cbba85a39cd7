/*
 * append: what is to be written in one transaction, collected on the loop's
 * thread, then owned by the store thread until it is answered.
 */
#ifndef STORE_APPEND_H
#define STORE_APPEND_H

#include "signaling/store/chain.h"
#include "signaling/store/job.h"

#define APPEND_STREAMS_MAX 8 /* ours; a command touches three at most */
#define CHANNEL_TEXT       12

enum part_kind {
    PART_EVENT,
    PART_APPOINTMENT,
    PART_FINDERS,
    PART_TEXT,
    PART_DOCUMENT,
    PART_OUTBOX,
    PART_DEADLINES,
    PART_FOLDED,
};

struct part {
    struct part *next;
    enum part_kind kind;
    union {
        struct {
            struct stream_id stream;
            uint64_t seq;
            int64_t at_ms;
            enum role role;
            struct staff_id staff;
            char kind[EVENT_KIND_TEXT];
            int rows; /* written: 0 when the place was taken */
        } event;
        struct appointment appointment;
        struct {
            struct consultation_id visit;
            enum finder kind; /* bytes: the hashes, one after the other */
        } finders;
        struct {
            struct consultation_id visit;
            enum text_kind kind;
            uint32_t number;
            int64_t at_ms;
            enum role role;
        } text;
        struct {
            struct consultation_id visit;
            enum document_kind kind;
            uint32_t version;
        } document;
        struct {
            struct consultation_id visit;
            enum notice_kind kind;
            uint64_t seq;
            uint32_t part; /* counts within this append */
            int64_t at_ms;
            char channel[CHANNEL_TEXT];
        } outbox;
        struct {
            struct consultation_id visit;
            uint64_t seq;
            size_t count;
            struct deadline deadlines[DEADLINES_MAX];
        } deadlines;
        struct {
            struct stream_id stream;
            uint32_t form;
        } folded;
    };
    size_t length;
    uint8_t bytes[]; /* plain; wiped when freed */
};

/* A stream that this append writes, in the order of first writing. */
struct touched {
    struct append *append;
    struct stream_id stream;
    uint64_t first; /* expected head + 1 */
    uint64_t last;
    uint64_t head;            /* as it was asked for */
    uint8_t hash[CHAIN_HASH]; /* of the newest event, while writing */
    int head_rows;            /* as in part: what was changed */
    int command_rows;
};

struct append {
    struct job job;
    struct command_id command;
    uint8_t actor[16];
    uint8_t content[32];
    struct part *first;
    struct part **end;
    size_t stream_count;
    struct touched streams[APPEND_STREAMS_MAX];
    uint32_t outbox_count;
    bool failed; /* out of memory while it was built: it is not stored */

    append_done_fn *done;
    void *arg;
    struct append_answer answer;
};

struct touched *append_touched(struct append *append, struct stream_id stream);

bool append_shares_stream(const struct append *a, const struct append *b);

/* Order of writing: by the lowest of each one's streams, so that two nodes
 * never wait for each other. */
int append_compare(const struct append *a, const struct append *b);
int append_compare_streams(const struct stream_id *a,
                           const struct stream_id *b);

static inline struct slice part_bytes(const struct part *part)
{
    return slice(part->bytes, part->length);
}

#endif
