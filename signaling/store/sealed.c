#include "signaling/store/sealed.h"

#include "base/secret.h"
#include "base/writer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int sealed_make(struct reader_of_store *writer, struct stream_id stream,
                struct slice header, struct slice plain, struct sealed *out)
{
    const uint8_t *key;
    int err = keyring_make(&writer->keys, writer->sql, stream, &key);
    if (err)
        return err;

    out->length = plain.length + SEAL_TAG;
    out->bytes = malloc(out->length);
    if (!out->bytes)
        return -ENOMEM;
    err =
        seal(&writer->keys.sealer, key, header, plain, out->nonce, out->bytes);
    if (err)
        sealed_release(out);
    return err;
}

void sealed_release(struct sealed *sealed)
{
    free(sealed->bytes);
    sealed->bytes = NULL;
}

int sealed_open(struct reader_of_store *reader, struct stream_id stream,
                struct slice header, struct slice nonce, struct slice sealed,
                uint8_t **out)
{
    const uint8_t *key;
    int err = keyring_find(&reader->keys, reader->sql, stream, &key);
    if (err == -ENOENT)
        return -EBADMSG; /* something was sealed, so there was a key */
    if (err)
        return err;

    uint8_t *plain = malloc(sealed.length + 1);
    if (!plain)
        return -ENOMEM;
    err = unseal(&reader->keys.sealer, key, header, nonce, sealed, plain);
    if (err) {
        free(plain);
        return err;
    }
    *out = plain;
    return 0;
}

void plain_free(uint8_t *plain, size_t length)
{
    if (plain)
        secret_wipe(plain, length);
    free(plain);
}

static struct writer header_begin(struct row_header *header, const char *what,
                                  struct consultation_id visit)
{
    struct writer writer = writer_into(header->bytes, ROW_HEADER_MAX);

    writer_text(&writer, what);
    writer_bytes(&writer, slice(visit.bytes, ID_BYTES));
    return writer;
}

static struct row_header header_end(struct row_header *header,
                                    const struct writer *writer)
{
    assert(!writer->failed);
    header->length = writer->length;
    return *header;
}

struct row_header header_of_text(struct consultation_id visit,
                                 enum text_kind kind, uint32_t number,
                                 int64_t at_ms, enum role role)
{
    struct row_header header;
    struct writer writer = header_begin(&header, "vestibule text 1", visit);

    writer_u8(&writer, (uint8_t)kind);
    writer_u32(&writer, number);
    writer_u64(&writer, (uint64_t)at_ms);
    writer_u8(&writer, (uint8_t)role);
    return header_end(&header, &writer);
}

struct row_header header_of_document(struct consultation_id visit,
                                     enum document_kind kind, uint32_t version)
{
    struct row_header header;
    struct writer writer = header_begin(&header, "vestibule document 1", visit);

    writer_u8(&writer, (uint8_t)kind);
    writer_u32(&writer, version);
    return header_end(&header, &writer);
}

struct row_header header_of_outbox(struct consultation_id visit, int64_t id,
                                   enum notice_kind kind, const char *channel)
{
    struct row_header header;
    struct writer writer = header_begin(&header, "vestibule outbox 1", visit);

    writer_u64(&writer, (uint64_t)id);
    writer_u8(&writer, (uint8_t)kind);
    writer_text(&writer, channel);
    return header_end(&header, &writer);
}
