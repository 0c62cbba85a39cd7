/*
 * fingerprint: which certificate a page announced in its offer. A plain value.
 */
#ifndef MEDIA_TRANSPORT_FINGERPRINT_H
#define MEDIA_TRANSPORT_FINGERPRINT_H

#include "base/slice.h"

#define DTLS_FINGERPRINT_MAX 64 /* bytes; SHA-512 */

enum dtls_hash {
    DTLS_HASH_NONE,
    DTLS_SHA256,
    DTLS_SHA384,
    DTLS_SHA512,
};

/* A certificate's fingerprint as an offer carries it (RFC 8122, section 5). */
struct dtls_fingerprint {
    enum dtls_hash hash;
    size_t length; /* bytes */
    uint8_t bytes[DTLS_FINGERPRINT_MAX];
};

bool dtls_fingerprint_equal(const struct dtls_fingerprint *a,
                            const struct dtls_fingerprint *b);

/* Reads "sha-256 AB:CD:…" (either case). -EBADMSG when malformed, -ENOTSUP for
 * a hash that is not one of ours (sha-1, md5). */
int dtls_fingerprint_read(struct slice text, struct dtls_fingerprint *out);

#endif
