/* A webhook: the signature header on the first line, the body behind it. No
 * header but one that was signed passes; what is read of a body lies within its
 * bounds. */
#include "base/text.h"
#include "signaling/outbox/stripe.h"

#include <assert.h>
#include <errno.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "whsec_fuzz"
#define NOW_MS INT64_C(1795700000000)

static void sign(struct slice body, char out[65])
{
    char *text = malloc(body.length + 16);
    uint8_t digest[32];
    unsigned length = sizeof(digest);
    int head = sprintf(text, "%d.", (int)(NOW_MS / 1000));

    memcpy(text + head, body.data, body.length);
    (void)HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET), (const uint8_t *)text,
               (size_t)head + body.length, digest, &length);
    text_hex(slice(digest, sizeof(digest)), out);
    free(text);
}

/* With the true signature beside them, the other items of a header may only
 * spoil it. */
static void signed_one(const char *header, struct slice body)
{
    char v1[65];
    char *with = malloc(strlen(header) + 128);

    sign(body, v1);
    sprintf(with, "t=%d,v1=%s", (int)(NOW_MS / 1000), v1);
    int err = stripe_verify(SECRET, body, with, NOW_MS);
    assert(!err);
    assert(stripe_verify("whsec_other", body, with, NOW_MS) == -EPERM);
    if (body.length > 0)
        assert(stripe_verify(SECRET, slice(body.data, body.length - 1), with,
                             NOW_MS) == -EPERM);
    sprintf(with, "%s,t=%d,v1=%s", header, (int)(NOW_MS / 1000), v1);
    err = stripe_verify(SECRET, body, with, NOW_MS);
    assert(err == 0 || err == -EBADMSG || err == -EPERM);
    free(with);
}

static void read_body(struct slice body)
{
    struct payment_event event;
    struct payment_state state;

    if (!stripe_read_event(body, &event)) {
        assert(event.id[0] && strlen(event.id) < sizeof(event.id));
        assert(strlen(event.about) < sizeof(event.about));
    }
    if (!stripe_read_session(body, &state)) {
        assert(state.checkout[0]);
        assert(strlen(state.url) < sizeof(state.url));
        assert(strlen(state.reference) < sizeof(state.reference));
        assert(strlen(state.key) < sizeof(state.key));
        assert(strlen(state.amount.currency) < sizeof(state.amount.currency));
        assert(state.amount.minor >= 0 && state.refunded_minor >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - data) : 0;
    struct slice body =
        end ? slice(end + 1, size - length - 1) : slice(data, size);
    char *header = strndup(length > 0 ? (const char *)data : "", length);

    assert(stripe_verify(SECRET, body, header, NOW_MS));
    signed_one(header, body);
    read_body(body);
    free(header);
    return 0;
}
