#include "signaling/edge/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0,    0,
                                           0, 0, 0, 0, 0xff, 0xff };

static bool is_mapped(const struct address *address)
{
    return memcmp(address->bytes, mapped_prefix, 12) == 0;
}

int address_read(struct slice text, struct address *out)
{
    char copy[64];
    struct address read;

    if (text.length > 2 && text.data[0] == '[' &&
        text.data[text.length - 1] == ']')
        text = slice(text.data + 1, text.length - 2);
    if (!text_copy(copy, sizeof(copy), text))
        return -EINVAL;
    memcpy(read.bytes, mapped_prefix, 12);
    if (inet_pton(AF_INET, copy, read.bytes + 12) != 1 &&
        inet_pton(AF_INET6, copy, read.bytes) != 1)
        return -EINVAL;
    *out = read;
    return 0;
}

static int network_read(struct slice text, struct network *out)
{
    char copy[80];
    struct network read;

    if (!text_copy(copy, sizeof(copy), text))
        return -EINVAL;
    char *slash = strchr(copy, '/');
    if (slash)
        *slash = '\0';
    int err = address_read(slice_of_text(copy), &read.address);
    if (err)
        return err;
    unsigned most = strchr(copy, ':') ? 128 : 32;
    unsigned long bits = most;
    if (slash) {
        char *end;
        bits = strtoul(slash + 1, &end, 10);
        if (!isdigit((unsigned char)slash[1]) || *end || bits > most)
            return -EINVAL;
    }
    read.bits = (unsigned)bits + (128 - most);
    *out = read;
    return 0;
}

/* The next part of a list set off by commas; spaces around it are dropped. */
static struct slice part_next(const char **rest)
{
    const char *start = *rest;

    while (*start == ' ' || *start == '\t' || *start == ',')
        start++;
    size_t length = strcspn(start, ",");
    *rest = start + length;
    while (length > 0 && isspace((unsigned char)start[length - 1]))
        length--;
    return slice(start, length);
}

int networks_read(const char *text, struct networks *out)
{
    struct networks read = { .count = 0 };

    for (;;) {
        struct slice part = part_next(&text);
        if (part.length == 0)
            break;
        if (read.count == NETWORKS_MAX ||
            network_read(part, &read.list[read.count]))
            return -EINVAL;
        read.count++;
    }
    *out = read;
    return 0;
}

static bool network_has(const struct network *network, struct address address)
{
    unsigned whole = network->bits / 8;
    unsigned rest = network->bits % 8;

    if (memcmp(network->address.bytes, address.bytes, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    uint8_t mask = (uint8_t)(0xff << (8 - rest));
    return ((network->address.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

bool networks_have(const struct networks *networks, struct address address)
{
    for (size_t i = 0; i < networks->count; i++)
        if (network_has(&networks->list[i], address))
            return true;
    return false;
}

struct address address_of_client(struct address peer, const char *forwarded_for,
                                 const struct networks *trusted)
{
    size_t length = forwarded_for ? strlen(forwarded_for) : 0;
    struct address client = peer;

    /* From the right: each proxy appended whom it heard. */
    while (length > 0 && networks_have(trusted, client)) {
        size_t start = length;
        while (start > 0 && forwarded_for[start - 1] != ',')
            start--;
        const char *rest = forwarded_for + start;
        struct slice part = slice(rest, length - start);
        while (part.length > 0 && part.data[0] == ' ')
            part = slice(part.data + 1, part.length - 1);
        while (part.length > 0 && part.data[part.length - 1] == ' ')
            part.length--;
        struct address next;
        if (address_read(part, &next))
            break; /* not what a proxy of ours writes: go no further */
        client = next;
        length = start > 0 ? start - 1 : 0;
    }
    return client;
}

bool address_is_loopback(struct address address)
{
    static const uint8_t six[16] = { [15] = 1 };

    if (is_mapped(&address))
        return address.bytes[12] == 127;
    return memcmp(address.bytes, six, 16) == 0;
}

struct address address_group(struct address address)
{
    if (!is_mapped(&address))
        memset(address.bytes + 8, 0, 8);
    return address;
}
