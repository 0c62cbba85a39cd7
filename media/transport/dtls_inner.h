/*
 * dtls_inner: what dtls.c lends to dtls_context.c; nobody else includes it.
 */
#ifndef MEDIA_TRANSPORT_DTLS_INNER_H
#define MEDIA_TRANSPORT_DTLS_INNER_H

#include "media/transport/dtls.h"

#include <openssl/ssl.h>

/* OpenSSL's question whether a peer's certificate is good: it is when it is the
 * one of the offer. */
int dtls_verify(X509_STORE_CTX *store, void *argument);

/* A BIO whose reads and writes are whole datagrams of a struct dtls. */
BIO_METHOD *dtls_bio_method(void);

#endif
