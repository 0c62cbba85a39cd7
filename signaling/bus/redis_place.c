#include "signaling/bus/redis.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define REDIS_PORT    6379
#define SENTINEL_PORT 26379

/* "host", "host:port" or "[::1]:port". */
static bool read_host(struct slice text, uint16_t otherwise,
                      struct redis_place *out)
{
    char copy[REDIS_TEXT];

    if (text.length == 0 || out->count == REDIS_HOSTS_MAX ||
        !text_copy(copy, sizeof(copy), text))
        return false;
    char *host = copy;
    char *colon = strrchr(copy, ':');
    char *bracket = strrchr(copy, ']');
    if (bracket && colon && colon < bracket)
        colon = NULL;
    unsigned long port = otherwise;
    if (colon) {
        char *end;
        port = strtoul(colon + 1, &end, 10);
        if (*end || port < 1 || port > 65535)
            return false;
        *colon = '\0';
    }
    if (bracket) {
        if (host[0] != '[' || bracket[1] != '\0')
            return false;
        host += 1;
        *bracket = '\0';
    }
    if (host[0] == '\0' || strpbrk(host, "/ []"))
        return false;
    strcpy(out->hosts[out->count].host, host);
    out->hosts[out->count++].port = (uint16_t)port;
    return true;
}

static bool read_user(const char **at, struct redis_place *out)
{
    const char *end = strchr(*at, '@');

    if (!end)
        return true;
    struct slice user = slice(*at, (size_t)(end - *at));
    *at = end + 1;
    return user.length > 0 && !memchr(user.data, ':', user.length) &&
           text_copy(out->user, sizeof(out->user), user);
}

static bool read_sentinel(const char *at, struct redis_place *out)
{
    const char *slash = strchr(at, '/');

    out->by_sentinel = true;
    if (!slash || slash[1] == '\0' ||
        !text_copy(out->master, sizeof(out->master), slice_of_text(slash + 1)))
        return false;
    while (at < slash) {
        const char *end = memchr(at, ',', (size_t)(slash - at));
        if (!end)
            end = slash;
        if (!read_host(slice(at, (size_t)(end - at)), SENTINEL_PORT, out))
            return false;
        at = end + 1;
    }
    return out->count > 0;
}

bool redis_place_read(const char *url, struct redis_place *out)
{
    const char *at = strstr(url, "://");

    memset(out, 0, sizeof(*out));
    if (!at)
        return false;
    at += 3;
    if (strncmp(url, "unix://", 7) == 0) {
        out->count = 1;
        return at[0] == '/' &&
               text_copy(out->hosts[0].host, REDIS_TEXT, slice_of_text(at));
    }
    if (!read_user(&at, out))
        return false;
    if (strncmp(url, "redis://", 8) == 0)
        return read_host(slice_of_text(at), REDIS_PORT, out);
    if (strncmp(url, "sentinel://", 11) == 0)
        return read_sentinel(at, out);
    return false;
}
