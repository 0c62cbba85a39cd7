/*
 * sms: hands one short message to a gateway: POST of JSON {"to","from","text",
 * "id"} with a bearer key and an Idempotency-Key. Blocks up to HTTP_TIMEOUT_S:
 * worker threads only.
 */
#ifndef OUTBOX_SMS_H
#define OUTBOX_SMS_H

#include "signaling/outbox/outcome.h"

/* Texts are borrowed for the call. */
struct sms_gateway {
    const char *url;  /* https; http to loopback only */
    const char *key;  /* bearer */
    const char *from; /* what the phone shows; "": the gateway's own */
};

struct sms {
    const char *to; /* "+33639980001" */
    const char *text;
    const char *id; /* unique and the same at every attempt */
};

struct outcome sms_send(const struct sms_gateway *gateway,
                        const struct sms *sms);

#endif
