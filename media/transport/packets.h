/*
 * packets: a few outgoing datagrams and the bytes they consist of. Protocols
 * put them in; whoever owns the sockets sends them and clears the list. Plain
 * memory (12 KiB), no allocation; one per worker is enough.
 */
#ifndef MEDIA_TRANSPORT_PACKETS_H
#define MEDIA_TRANSPORT_PACKETS_H

#include "base/slice.h"

#define PACKETS_MAX      8
#define PACKET_BYTES_MAX 1500 /* bytes of one datagram, either direction */

struct packets {
    size_t count;
    struct slice list[PACKETS_MAX]; /* each points into bytes */
    size_t used;
    uint8_t bytes[PACKETS_MAX * PACKET_BYTES_MAX];
};

static inline void packets_clear(struct packets *packets)
{
    packets->count = 0;
    packets->used = 0;
}

/* Copies one datagram in. False, and nothing is added, when it does not fit:
 * the network may lose packets, so callers need not care. */
static inline bool packets_add(struct packets *packets, struct slice datagram)
{
    if (packets->count == PACKETS_MAX || datagram.length == 0 ||
        datagram.length > sizeof(packets->bytes) - packets->used)
        return false;

    uint8_t *place = packets->bytes + packets->used;
    memcpy(place, datagram.data, datagram.length);
    packets->used += datagram.length;
    packets->list[packets->count++] = slice(place, datagram.length);
    return true;
}

#endif
