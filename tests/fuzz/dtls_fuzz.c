/* DTLS records: the input is a list of datagrams, each behind its length in two
 * bytes. They go to a server that shakes hands, and to one whose session was
 * forgotten. */
#include "base/reader.h"
#include "media/transport/dtls.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dtls_context context;
static struct packets packets;

static void feed(struct dtls *dtls, struct reader in)
{
    while (in.rest.length > 0 && !in.failed) {
        size_t length = reader_u16(&in);
        packets_clear(&packets);
        if (length > in.rest.length)
            length = in.rest.length;
        struct slice datagram = reader_bytes(&in, length);
        (void)dtls_receive(dtls, datagram, &packets);
        for (size_t i = 0; i < packets.count; i++)
            assert(packets.list[i].length <= DTLS_MTU);
        assert(dtls->state != DTLS_CONNECTED || !dtls->ssl);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtls_fingerprint fingerprint = { .hash = DTLS_SHA256, .length = 32 };
    struct dtls shaking, forgotten = { .state = DTLS_CONNECTED };

    if (!context.ssl_ctx && dtls_context_init(&context))
        abort();
    (void)dtls_fingerprint_read(slice(data, size), &fingerprint);
    if (dtls_init(&shaking, &context, &fingerprint))
        abort();
    feed(&shaking, reader_of(slice(data, size)));
    (void)dtls_timeout(&shaking, &packets);
    dtls_release(&shaking);

    feed(&forgotten, reader_of(slice(data, size)));
    assert(forgotten.state == DTLS_CONNECTED); /* nobody knows the key */
    return 0;
}
