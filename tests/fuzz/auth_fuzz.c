/* A browser's headers, one a line: Cookie, Origin, Host, X-Forwarded-For, and
 * an address list as the settings have it. */
#include "base/text.h"
#include "signaling/edge/address.h"
#include "signaling/edge/auth.h"
#include "signaling/edge/headers.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first cookie of that name, by another way. */
static void cookies(const char *header)
{
    static const char name[] = "__Host-desk";
    struct slice found = auth_cookie(header, name);
    char *copy = strdup(header);
    char *rest = copy;
    char *part;
    const char *value = NULL;

    while (!value && (part = strsep(&rest, ";")) != NULL) {
        part += strspn(part, " ");
        if (strncmp(part, name, strlen(name)) == 0 && part[strlen(name)] == '=')
            value = part + strlen(name) + 1;
    }
    assert(slice_equal(found, slice_of_text(value ? value : "")));
    free(copy);
}

static bool ends_in_localhost(const char *name)
{
    size_t length = strlen(name);

    return length > 10 && strcasecmp(name + length - 10, ".localhost") == 0;
}

/* Names that cannot be anybody else's. */
static void hosts(const char *host)
{
    char name[256];
    struct in_addr four;

    if (!auth_host_is_loopback(host) ||
        !text_copy(name, sizeof(name), slice_of_text(host)))
        return;
    char *port = strrchr(name, ':');
    if (port && name[0] != '[')
        *strchr(name, ':') = '\0';
    assert(strncmp(name, "[::1]", 5) == 0 ||
           strcasecmp(name, "localhost") == 0 || ends_in_localhost(name) ||
           (inet_pton(AF_INET, name, &four) == 1 &&
            ntohl(four.s_addr) >> 24 == 127));
}

static void origins(const char *origin, const char *host)
{
    struct auth_origins ours = { "https://tele.example",
                                 "https://a.example, https://b.example",
                                 .plain = false };

    if (auth_origin_is_ours(&ours, origin, host))
        assert(strcasecmp(origin, "https://tele.example") == 0 ||
               strcasecmp(origin, "https://a.example") == 0 ||
               strcasecmp(origin, "https://b.example") == 0);
    ours.plain = true;
    ours.origin = ours.origins = "";
    if (auth_origin_is_ours(&ours, origin, host))
        assert(auth_host_is_loopback(host) &&
               strcasecmp(origin + strlen("http://"), host) == 0);
}

static void addresses(const char *forwarded, const char *list)
{
    struct networks trusted = { .count = 0 };
    struct address peer, far;

    (void)address_read(slice_of_text("10.1.2.3"), &peer);
    (void)address_read(slice_of_text("192.0.2.1"), &far);
    int err = networks_read(list, &trusted);
    assert(trusted.count <= NETWORKS_MAX && (!err || trusted.count == 0));
    for (size_t i = 0; i < trusted.count; i++)
        assert(trusted.list[i].bits <= 128);
    struct address client = address_of_client(peer, forwarded, &trusted);
    if (!networks_have(&trusted, peer))
        assert(memcmp(&client, &peer, sizeof(peer)) == 0);
    /* Behind a proxy of ours nothing it did not write itself is believed. */
    (void)networks_read("10.0.0.0/8", &trusted);
    char *line = NULL;
    int length = asprintf(&line, "%s, 192.0.2.1", forwarded);
    assert(length > 0);
    client = address_of_client(peer, line, &trusted);
    assert(memcmp(&client, &far, sizeof(far)) == 0);
    free(line);
}

/* Whatever host is asked for, each header is one line, and none is missing. */
static void answers(const char *host)
{
    char lines[HEADERS_TEXT];
    struct header_facts facts = { .content = CONTENT_PAGE,
                                  .secure = true,
                                  .host = host,
                                  .payment_page = "https://pay.example" };

    headers_make(&facts, lines);
    for (const char *line = lines; *line;) {
        const char *end = strstr(line, "\r\n");
        const char *colon = strstr(line, ": ");
        assert(end && colon && colon < end);
        for (const char *c = line; c < end; c++)
            assert(*c >= ' ' && *c <= '~');
        line = end + 2;
    }
    assert(strstr(lines, "\r\nx-content-type-options: nosniff\r\n"));
    assert(strstr(lines, "\r\nstrict-transport-security: "));
    assert(strstr(lines, "script-src 'self'; "));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup(size ? (const char *)data : "", size);
    const char *lines[5] = { "", "", "", "", "" };
    char *rest = text;

    for (size_t i = 0; i < 5 && rest; i++)
        lines[i] = strsep(&rest, "\n");
    cookies(lines[0]);
    origins(lines[1], lines[2]);
    hosts(lines[2]);
    answers(lines[2]);
    addresses(lines[3], lines[4]);
    free(text);
    return 0;
}
