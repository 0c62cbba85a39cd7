#include "signaling/outbox/sms.h"

#include "signaling/outbox/http.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 600

static char *body_of(const struct sms_gateway *gateway, const struct sms *sms)
{
    json_t *body = json_pack("{s:s, s:s, s:s}", "to", sms->to, "text",
                             sms->text, "id", sms->id);
    char *text;

    if (body && gateway->from && gateway->from[0])
        json_object_set_new(body, "from", json_string(gateway->from));
    text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

struct outcome sms_send(const struct sms_gateway *gateway,
                        const struct sms *sms)
{
    char authorization[HEADER_MAX];
    char once[HEADER_MAX];
    char *body = body_of(gateway, sms);
    struct http_request request = {
        .method = "POST",
        .url = gateway->url,
        .headers = { "Content-Type: application/json", once, authorization },
    };
    struct http_response response = { 0 };
    struct outcome outcome;

    if (!body)
        return outcome_of(OUTCOME_REFUSED, "bad_text");
    request.body = slice_of_text(body);
    (void)snprintf(authorization, sizeof(authorization),
                   "Authorization: Bearer %s", gateway->key);
    (void)snprintf(once, sizeof(once), "Idempotency-Key: %s", sms->id);

    outcome = http_send(&request, &response);
    if (outcome.kind == OUTCOME_DONE)
        outcome =
            outcome_of_http(response.status, response.retry_after_s, false);
    /* The gateway knows the key: sending again is safe. */
    if (outcome.kind == OUTCOME_FETCH_FIRST)
        outcome.kind = OUTCOME_RETRY;
    explicit_bzero(authorization, sizeof(authorization));
    http_response_release(&response);
    free(body);
    return outcome;
}
