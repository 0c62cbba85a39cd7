/* What Stripe tells us: webhooks and checkout sessions. Pure. */
#include "signaling/outbox/stripe.h"

#include "base/secret.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE_BYTES 32
#define HEADER_ITEMS    16 /* t and as many signatures; ours */

struct signatures {
    char time[20];
    uint8_t v1[HEADER_ITEMS][SIGNATURE_BYTES];
    size_t count;
};

static int read_header(const char *header, struct signatures *out)
{
    *out = (struct signatures){ 0 };
    while (*header) {
        size_t length = strcspn(header, ",");
        struct slice item = slice(header, length);

        if (length > 2 && strncmp(header, "t=", 2) == 0) {
            if (!text_copy(out->time, sizeof(out->time),
                           slice(item.data + 2, length - 2)))
                return -EBADMSG;
        } else if (length > 3 && strncmp(header, "v1=", 3) == 0 &&
                   out->count < HEADER_ITEMS) {
            if (text_hex_read(slice(item.data + 3, length - 3),
                              out->v1[out->count], SIGNATURE_BYTES) == 0)
                out->count += 1;
        }
        header += length + (header[length] == ',');
    }
    if (!out->time[0] || out->time[strspn(out->time, "0123456789")] ||
        out->count == 0)
        return -EBADMSG;
    return 0;
}

/* HMAC-SHA256 over "t.body". */
static int sign(const char *secret, const char *time, struct slice body,
                uint8_t out[SIGNATURE_BYTES])
{
    size_t head = strlen(time) + 1;
    uint8_t *signed_text = malloc(head + body.length);
    unsigned int length = SIGNATURE_BYTES;
    int err = 0;

    if (!signed_text)
        return -ENOMEM;
    memcpy(signed_text, time, head - 1);
    signed_text[head - 1] = '.';
    if (body.length > 0)
        memcpy(signed_text + head, body.data, body.length);
    if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), signed_text,
              head + body.length, out, &length))
        err = -ENOMEM;
    free(signed_text);
    return err;
}

int stripe_verify(const char *secret, struct slice body, const char *header,
                  int64_t now_ms)
{
    uint8_t expected[SIGNATURE_BYTES];
    struct signatures given;
    bool good = false;
    int64_t age_s;
    int err;

    if (!header || read_header(header, &given))
        return -EBADMSG;
    err = sign(secret, given.time, body, expected);
    if (err)
        return err;
    for (size_t i = 0; i < given.count; i++)
        good |= secret_equal(given.v1[i], expected, SIGNATURE_BYTES);

    age_s = now_ms / 1000 - strtoll(given.time, NULL, 10);
    if (!good || age_s > STRIPE_TOLERANCE_S || age_s < -STRIPE_TOLERANCE_S)
        return -EPERM;
    return 0;
}

/* A member's text when it is one and fits; else "". */
static void take(const json_t *object, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, name));

    out[0] = '\0';
    if (text)
        (void)text_copy(out, size, slice_of_text(text));
}

/* Sessions are fetched by their own name; what happened to a payment or its
 * charge, by the payment's. */
static void take_about(const json_t *object, char *out, size_t size)
{
    char kind[32];

    take(object, "object", kind, sizeof(kind));
    if (strcmp(kind, "checkout.session") == 0 ||
        strcmp(kind, "payment_intent") == 0)
        take(object, "id", out, size);
    else
        take(object, "payment_intent", out, size);
}

int stripe_read_event(struct slice body, struct payment_event *out)
{
    json_t *event = json_loadb((const char *)body.data, body.length, 0, NULL);
    const json_t *object =
        json_object_get(json_object_get(event, "data"), "object");
    struct payment_event read = { "", "" };

    take(event, "id", read.id, sizeof(read.id));
    if (json_is_object(object))
        take_about(object, read.about, sizeof(read.about));
    json_decref(event);
    if (!read.id[0])
        return -EBADMSG;

    *out = read;
    return 0;
}

/* A number from 0 to most; 0 for anything else. */
static int64_t number_of(const json_t *object, const char *name, int64_t most)
{
    int64_t number = json_integer_value(json_object_get(object, name));

    return number < 0 || number > most ? 0 : number;
}

static void take_money(const json_t *session, struct money *out)
{
    out->minor = number_of(session, "amount_total", INT64_MAX);
    take(session, "currency", out->currency, sizeof(out->currency));
    for (char *c = out->currency; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
}

static enum payment_status status_of(const json_t *session)
{
    const json_t *intent = json_object_get(session, "payment_intent");
    char status[24];
    char paid[24];

    take(session, "status", status, sizeof(status));
    take(session, "payment_status", paid, sizeof(paid));
    if (strcmp(paid, "paid") == 0)
        return PAYMENT_PAID;
    if (strcmp(status, "expired") == 0)
        return PAYMENT_EXPIRED;
    if (json_is_object(json_object_get(intent, "last_payment_error")))
        return PAYMENT_DECLINED;
    return PAYMENT_OPEN;
}

int stripe_read_session(struct slice body, struct payment_state *out)
{
    json_t *session = json_loadb((const char *)body.data, body.length, 0, NULL);
    const json_t *charge = json_object_get(
        json_object_get(session, "payment_intent"), "latest_charge");
    struct payment_state read = { .status = status_of(session) };
    char kind[32];

    take(session, "object", kind, sizeof(kind));
    take(session, "id", read.checkout, sizeof(read.checkout));
    take(session, "url", read.url, sizeof(read.url));
    take(session, "client_reference_id", read.reference,
         sizeof(read.reference));
    take(json_object_get(session, "metadata"), "key", read.key,
         sizeof(read.key));
    take_money(session, &read.amount);
    read.refunded_minor = number_of(charge, "amount_refunded", INT64_MAX);
    read.disputed = json_is_true(json_object_get(charge, "disputed"));
    read.created_ms = number_of(session, "created", INT64_MAX / 1000) * 1000;
    json_decref(session);
    if (strcmp(kind, "checkout.session") != 0 || !read.checkout[0])
        return -EBADMSG;

    *out = read;
    return 0;
}
