/*
 * sealed: bytes of a stream's rows, sealed under the stream's key and bound to
 * the row they lie in by its header.
 */
#ifndef STORE_SEALED_H
#define STORE_SEALED_H

#include "signaling/store/connection.h"

struct sealed {
    uint8_t nonce[SEAL_NONCE];
    uint8_t *bytes; /* ciphertext and tag; sealed_release frees it */
    size_t length;
};

/* Makes the stream's key when it has none. */
int sealed_make(struct reader_of_store *writer, struct stream_id stream,
                struct slice header, struct slice plain, struct sealed *out);
void sealed_release(struct sealed *sealed);

/* malloc'ed plain bytes of sealed.length - SEAL_TAG; plain_free wipes them.
 * -EBADMSG, -ENOKEY. */
int sealed_open(struct reader_of_store *reader, struct stream_id stream,
                struct slice header, struct slice nonce, struct slice sealed,
                uint8_t **out);
void plain_free(uint8_t *plain, size_t length);

static inline struct stream_id stream_of_visit(struct consultation_id visit)
{
    struct stream_id stream = { .kind = STREAM_CONSULTATION };

    memcpy(stream.bytes, visit.bytes, ID_BYTES);
    return stream;
}

/* The headers of rows that are no events. */
#define ROW_HEADER_MAX 96
struct row_header {
    uint8_t bytes[ROW_HEADER_MAX];
    size_t length;
};

struct row_header header_of_text(struct consultation_id visit,
                                 enum text_kind kind, uint32_t number,
                                 int64_t at_ms, enum role role);
struct row_header header_of_document(struct consultation_id visit,
                                     enum document_kind kind, uint32_t version);
struct row_header header_of_outbox(struct consultation_id visit, int64_t id,
                                   enum notice_kind kind, const char *channel);

static inline struct slice header_bytes(const struct row_header *header)
{
    return slice(header->bytes, header->length);
}

#endif
