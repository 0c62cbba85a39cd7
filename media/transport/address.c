#include "media/transport/address.h"

#include <stdio.h>
#include <string.h>

/* ::ffff:0:0/96, RFC 4291, section 2.5.5.2 */
static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

struct address address_ipv4(const uint8_t bytes[4], uint16_t port)
{
    struct address address = { .family = ADDRESS_IPV4, .port = port };

    memcpy(address.bytes, bytes, 4);
    return address;
}

struct address address_ipv6(const uint8_t bytes[16], uint16_t port)
{
    struct address address = { .family = ADDRESS_IPV6, .port = port };

    if (memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0)
        return address_ipv4(bytes + sizeof(mapped_prefix), port);
    memcpy(address.bytes, bytes, 16);
    return address;
}

bool address_is_loopback(const struct address *address)
{
    static const uint8_t one[16] = { [15] = 1 };

    switch (address->family) {
    case ADDRESS_IPV4:
        return address->bytes[0] == 127;
    case ADDRESS_IPV6:
        return memcmp(address->bytes, one, sizeof(one)) == 0;
    case ADDRESS_NONE:
        break;
    }
    return false;
}

/* The longest run of two or more zero groups is written "::" (RFC 5952,
 * section 4.2); returns its length and where it begins. */
static int longest_zero_run(const uint16_t groups[8], int *start)
{
    int best = 1;

    *start = -1;
    for (int i = 0; i < 8; i++) {
        int length = 0;
        while (i + length < 8 && groups[i + length] == 0)
            length++;
        if (length > best) {
            best = length;
            *start = i;
        }
    }
    return *start < 0 ? 0 : best;
}

static void ipv6_text(const uint8_t bytes[16], char out[ADDRESS_TEXT_SIZE])
{
    uint16_t groups[8];
    int start;
    size_t at = 0;

    for (size_t i = 0; i < 8; i++)
        groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    int run = longest_zero_run(groups, &start);

    for (int i = 0; i < 8; i++) {
        if (i == start) {
            out[at++] = ':';
            if (i + run == 8)
                out[at++] = ':';
            i += run - 1;
            continue;
        }
        at += (size_t)snprintf(out + at, ADDRESS_TEXT_SIZE - at, "%s%x",
                               i == 0 ? "" : ":", groups[i]);
    }
    out[at] = '\0';
}

void address_host_text(const struct address *address,
                       char out[ADDRESS_TEXT_SIZE])
{
    const uint8_t *bytes = address->bytes;

    switch (address->family) {
    case ADDRESS_IPV4:
        snprintf(out, ADDRESS_TEXT_SIZE, "%u.%u.%u.%u", bytes[0], bytes[1],
                 bytes[2], bytes[3]);
        return;
    case ADDRESS_IPV6:
        ipv6_text(bytes, out);
        return;
    case ADDRESS_NONE:
        break;
    }
    snprintf(out, ADDRESS_TEXT_SIZE, "none");
}

void address_text(const struct address *address, char out[ADDRESS_TEXT_SIZE])
{
    char host[ADDRESS_TEXT_SIZE];
    bool ipv6 = address->family == ADDRESS_IPV6;

    address_host_text(address, host);
    snprintf(out, ADDRESS_TEXT_SIZE, "%s%.45s%s:%u%s", ipv6 ? "[" : "", host,
             ipv6 ? "]" : "", address->port, address->connection ? "/tcp" : "");
}
