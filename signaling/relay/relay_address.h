/*
 * relay_address: where one relay's control line is, as the settings say it: a
 * Unix socket's path, or tls:HOST:PORT. Pure.
 */
#ifndef RELAY_RELAY_ADDRESS_H
#define RELAY_RELAY_ADDRESS_H

#include "base/slice.h"

#include <stdbool.h>

struct relay_address {
    bool tls;
    char path[108]; /* of a socket, as sun_path holds it */
    char host[254]; /* a name or a numeric address, without brackets */
    char port[6];
};

/* tls:HOST:PORT has the HOST in brackets where it is an IPv6 address. */
bool relay_address_read(struct slice text, struct relay_address *out);

#endif
