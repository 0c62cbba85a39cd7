#include "signaling/relay/relay_address.h"

#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define HOST_SIGNS                                                             \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long port = strtoul(text, NULL, 10);

    return digits > 0 && text[digits] == '\0' && port >= 1 && port <= 65535;
}

static bool is_host(const char *text, bool six)
{
    const char *signs = six ? "0123456789abcdefABCDEF:." : HOST_SIGNS;

    return *text && text[strspn(text, signs)] == '\0';
}

/* What stands behind "tls:". */
static bool read_tls(struct slice text, struct relay_address *out)
{
    const char *all = (const char *)text.data;
    const char *colon = memrchr(all, ':', text.length);

    if (!colon)
        return false;
    struct slice host = slice(all, (size_t)(colon - all));
    struct slice port = slice(colon + 1, text.length - host.length - 1);
    bool six = host.length > 2 && all[0] == '[' && colon[-1] == ']';
    if (six)
        host = slice(all + 1, host.length - 2);
    return text_copy(out->host, sizeof(out->host), host) &&
           text_copy(out->port, sizeof(out->port), port) &&
           is_host(out->host, six) && is_port(out->port);
}

bool relay_address_read(struct slice text, struct relay_address *out)
{
    struct relay_address read = { .tls = text.length >= 4 &&
                                         memcmp(text.data, "tls:", 4) == 0 };
    bool good =
        read.tls
            ? read_tls(slice(text.data + 4, text.length - 4), &read)
            : text.length > 0 && text_copy(read.path, sizeof(read.path), text);

    if (good)
        *out = read;
    return good;
}
