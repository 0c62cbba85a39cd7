#include "signaling/edge/headers.h"

#include "base/writer.h"

#include <string.h>

#define HOST_MAX 261 /* RFC 1035's 255, a colon and a port */

/* A host goes into a header: letters, digits and what addresses need, and no
 * more than leaves room for the other headers. */
static bool host_is_clean(const char *host)
{
    return *host && strlen(host) <= HOST_MAX &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789.-:[]") == strlen(host);
}

/* style: Preact sets styles through the DOM, which needs no exception. The
 * socket is named besides 'self', which older Safari does not take for it. */
static void page_policy(struct writer *out, const struct header_facts *facts)
{
    writer_text(
        out,
        "content-security-policy: default-src 'none'; "
        "script-src 'self'; style-src 'self'; img-src 'self' "
        "blob: data:; media-src 'self' blob: mediastream:; font-src 'self'; "
        "worker-src 'self'; manifest-src 'self'; frame-src "
        "'self' blob:; connect-src 'self'");
    if (host_is_clean(facts->host))
        writer_format(out, " %s://%s", facts->secure ? "wss" : "ws",
                      facts->host);
    writer_format(out, "; form-action 'self'%s%s",
                  facts->payment_page[0] ? " " : "", facts->payment_page);
    writer_text(out, "; frame-ancestors 'none'; base-uri 'none'; object-src "
                     "'none'; require-trusted-types-for 'script'\r\n");
    writer_text(out, "permissions-policy: camera=(self), microphone=(self), "
                     "display-capture=(self), screen-wake-lock=(self), "
                     "autoplay=(self), fullscreen=(self), geolocation=()\r\n");
    writer_text(out, "x-frame-options: DENY\r\n");
}

static void other_policy(struct writer *out, enum content content)
{
    if (content == CONTENT_DOCUMENT) /* viewers bring styles of their own */
        writer_text(out, "content-security-policy: frame-ancestors 'self'\r\n"
                         "x-frame-options: SAMEORIGIN\r\n");
    else
        writer_text(out, "content-security-policy: default-src 'none'; "
                         "frame-ancestors 'none'\r\nx-frame-options: DENY\r\n");
    writer_text(out, "permissions-policy: camera=(), microphone=(), "
                     "display-capture=(), geolocation=()\r\n");
}

void headers_make(const struct header_facts *facts, char out[HEADERS_TEXT])
{
    struct writer to = writer_into(out, HEADERS_TEXT - 1);

    if (facts->content == CONTENT_PAGE)
        page_policy(&to, facts);
    else
        other_policy(&to, facts->content);
    writer_text(&to, "x-content-type-options: nosniff\r\n"
                     "referrer-policy: no-referrer\r\n"
                     "cross-origin-opener-policy: same-origin\r\n"
                     "cross-origin-resource-policy: same-origin\r\n");
    if (facts->content != CONTENT_ASSET)
        writer_text(&to, "cache-control: no-store\r\n");
    if (facts->secure)
        writer_text(&to, "strict-transport-security: max-age=31536000\r\n");
    out[to.length] = '\0';
}
