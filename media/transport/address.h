/*
 * address: where a packet came from and where its answer goes: an IPv4 or IPv6
 * address, a port, and the way (UDP, or one TCP connection). A plain value;
 * conversions from and to sockaddr belong to whoever owns the sockets.
 *
 * An IPv4-mapped IPv6 address (::ffff:a.b.c.d, what a dual-stack socket
 * reports) becomes the IPv4 address it means, so that equality and
 * XOR-MAPPED-ADDRESS are right. The socket's owner maps it back when sending.
 */
#ifndef MEDIA_TRANSPORT_ADDRESS_H
#define MEDIA_TRANSPORT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* "[" 45 characters "]:65535", "/tcp" and the terminator (RFC 4291). */
#define ADDRESS_TEXT_SIZE 64

enum address_family {
    ADDRESS_NONE = 0, /* a zeroed struct is no address */
    ADDRESS_IPV4 = 4,
    ADDRESS_IPV6 = 6,
};

struct address {
    enum address_family family;
    uint16_t port;       /* host order */
    uint32_t connection; /* 0: UDP; else which TCP connection of the worker */
    uint8_t bytes[16];   /* network order; IPv4 takes four, the rest are 0 */
};

struct address address_ipv4(const uint8_t bytes[4], uint16_t port);

/* Unwraps an IPv4-mapped address. */
struct address address_ipv6(const uint8_t bytes[16], uint16_t port);

static inline bool address_equal(const struct address *a,
                                 const struct address *b)
{
    return a->family == b->family && a->port == b->port &&
           a->connection == b->connection &&
           memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* 127.0.0.0/8 and ::1. */
bool address_is_loopback(const struct address *address);

/* Only the address, as a candidate line wants it: "10.0.0.1", "2001:db8::1". */
void address_host_text(const struct address *address,
                       char out[ADDRESS_TEXT_SIZE]);

/* For the log: "10.0.0.1:4000", "[2001:db8::1]:4000/tcp". */
void address_text(const struct address *address, char out[ADDRESS_TEXT_SIZE]);

#endif
