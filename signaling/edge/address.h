/*
 * address: where a client is, also behind proxies we trust. Pure.
 */
#ifndef EDGE_ADDRESS_H
#define EDGE_ADDRESS_H

#include "base/slice.h"

#define NETWORKS_MAX 32

/* IPv6, or IPv4 mapped into it (::ffff:a.b.c.d), so that one spelling is one
 * address. */
struct address {
    uint8_t bytes[16];
};

struct network {
    struct address address;
    unsigned bits; /* of 128 */
};

struct networks {
    struct network list[NETWORKS_MAX];
    size_t count;
};

int address_read(struct slice text, struct address *out);

/* "10.0.0.0/8, ::1"; -EINVAL and out untouched when one is malformed. */
int networks_read(const char *text, struct networks *out);
bool networks_have(const struct networks *networks, struct address address);

/* The client: the peer, or, when the peer is a proxy we trust, the last address
 * in X-Forwarded-For that is none of ours. */
struct address address_of_client(struct address peer, const char *forwarded_for,
                                 const struct networks *trusted);

bool address_is_loopback(struct address address);

/* What one household or host shares: IPv6 by its /64. */
struct address address_group(struct address address);

#endif
