#include "signaling/store/chain.h"

#include "base/writer.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>

size_t chain_header_write(const struct chain_header *header,
                          uint8_t out[CHAIN_HEADER_MAX])
{
    struct writer writer = writer_into(out, CHAIN_HEADER_MAX);

    writer_text(&writer, "vestibule event 1");
    writer_u8(&writer, (uint8_t)header->stream.kind);
    writer_bytes(&writer, slice(header->stream.bytes, ID_BYTES));
    writer_u64(&writer, header->seq);
    writer_u64(&writer, (uint64_t)header->at_ms);
    writer_u8(&writer, (uint8_t)header->role);
    writer_bytes(&writer, slice(header->staff.bytes, ID_BYTES));
    writer_bytes(&writer, slice(header->command.bytes, ID_BYTES));
    writer_u8(&writer, (uint8_t)strlen(header->kind));
    writer_text(&writer, header->kind);
    assert(!writer.failed);
    return writer.length;
}

int chain_hash(const uint8_t previous[CHAIN_HASH], struct slice header,
               struct slice nonce, struct slice sealed, uint8_t out[CHAIN_HASH])
{
    uint8_t lengths[5];
    struct writer writer = writer_into(lengths, sizeof(lengths));
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (!context)
        return -ENOMEM;
    writer_u8(&writer, (uint8_t)nonce.length);
    writer_u32(&writer, (uint32_t)sealed.length);

    /* The header tells its own end; lengths stand before what follows it. */
    bool ok = EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(context, previous, CHAIN_HASH) == 1 &&
              EVP_DigestUpdate(context, header.data, header.length) == 1 &&
              EVP_DigestUpdate(context, lengths, sizeof(lengths)) == 1 &&
              EVP_DigestUpdate(context, nonce.data, nonce.length) == 1 &&
              EVP_DigestUpdate(context, sealed.data, sealed.length) == 1 &&
              EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    return ok ? 0 : -ENOMEM;
}
