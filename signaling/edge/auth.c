#include "signaling/edge/auth.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

/* The host without its port. */
static struct slice host_name(const char *host)
{
    if (host[0] == '[') {
        const char *end = strchr(host, ']');
        return slice(host, end ? (size_t)(end - host) + 1 : strlen(host));
    }
    return slice(host, strcspn(host, ":"));
}

static bool ends_with(struct slice text, const char *end)
{
    size_t length = strlen(end);

    return text.length > length &&
           strncasecmp((const char *)text.data + text.length - length, end,
                       length) == 0;
}

/* Four numbers that begin with 127, nothing else: "127.evil.example" is a name
 * that anyone may point anywhere. */
static bool is_loopback_four(struct slice name)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr four;

    return text_copy(text, sizeof(text), name) &&
           inet_pton(AF_INET, text, &four) == 1 &&
           ntohl(four.s_addr) >> 24 == 127;
}

bool auth_host_is_loopback(const char *host)
{
    struct slice name = host_name(host);

    return (name.length == 9 &&
            strncasecmp((const char *)name.data, "localhost", 9) == 0) ||
           ends_with(name, ".localhost") || slice_is_text(name, "[::1]") ||
           is_loopback_four(name);
}

static bool is_listed(const char *list, const char *origin)
{
    size_t length = strlen(origin);

    while (*list) {
        list += strspn(list, ", ");
        size_t part = strcspn(list, ", ");
        if (part == length && strncasecmp(list, origin, length) == 0)
            return true;
        list += part;
    }
    return false;
}

bool auth_origin_is_ours(const struct auth_origins *ours, const char *origin,
                         const char *host)
{
    if (!origin || !*origin)
        return false;
    if (is_listed(ours->origin, origin) || is_listed(ours->origins, origin))
        return true;
    return ours->plain && auth_host_is_loopback(host) &&
           strncmp(origin, "http://", 7) == 0 &&
           strcasecmp(origin + 7, host) == 0;
}

bool auth_session_fits(const struct actor *actor, struct consultation_id visit,
                       uint32_t guest)
{
    if (consultation_id_is_none(visit))
        return actor->role == ROLE_DOCTOR || actor->role == ROLE_SECRETARY;
    return actor->role == (guest > 0 ? ROLE_GUEST : ROLE_PATIENT) &&
           actor->guest == guest &&
           consultation_id_equal(actor->consultation, visit);
}

void auth_desk_cookie(bool secure, char out[COOKIE_NAME_TEXT])
{
    snprintf(out, COOKIE_NAME_TEXT, "%sdesk", secure ? "__Host-" : "");
}

void auth_visit_cookie(bool secure, struct consultation_id visit,
                       char out[COOKIE_NAME_TEXT])
{
    char id[ID_TEXT];

    text_base64url(slice(visit.bytes, ID_BYTES), id);
    snprintf(out, COOKIE_NAME_TEXT, "%sv-%s", secure ? "__Host-" : "", id);
}

void auth_guest_cookie(bool secure, struct consultation_id visit,
                       uint32_t guest, char out[COOKIE_NAME_TEXT])
{
    char id[ID_TEXT];

    text_base64url(slice(visit.bytes, ID_BYTES), id);
    snprintf(out, COOKIE_NAME_TEXT, "%sg%u-%s", secure ? "__Host-" : "", guest,
             id);
}

struct slice auth_cookie(const char *header, const char *name)
{
    size_t length = strlen(name);

    while (header && *header) {
        header += strspn(header, "; ");
        size_t part = strcspn(header, ";");
        if (part > length && header[length] == '=' &&
            memcmp(header, name, length) == 0)
            return slice(header + length + 1, part - length - 1);
        header += part;
    }
    return slice(NULL, 0);
}

void auth_set_cookie(const char *name, const char *value, bool secure,
                     int64_t max_age_s, char out[SET_COOKIE_TEXT])
{
    /* Lax, not Strict: whoever returns from the payment page stays known. */
    snprintf(out, SET_COOKIE_TEXT,
             "%s=%s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s",
             name, value, max_age_s, secure ? "; Secure" : "");
}
