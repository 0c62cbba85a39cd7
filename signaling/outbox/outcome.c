#include "signaling/outbox/outcome.h"

#include <stdio.h>

struct outcome outcome_done(void)
{
    return (struct outcome){ .kind = OUTCOME_DONE };
}

struct outcome outcome_of(enum outcome_kind kind, const char *why)
{
    struct outcome outcome = { .kind = kind };

    (void)snprintf(outcome.why, sizeof(outcome.why), "%s", why);
    return outcome;
}

static enum outcome_kind kind_of_http(long status, bool replays)
{
    if (status >= 200 && status < 300)
        return OUTCOME_DONE;
    /* Not now (408, 425, 429), the same key is being worked on (409), or our
     * own settings are wrong (401, 403) and somebody will mend them. */
    if (status == 401 || status == 403 || status == 408 || status == 409 ||
        status == 425 || status == 429)
        return OUTCOME_RETRY;
    if (status >= 500)
        return replays ? OUTCOME_FETCH_FIRST : OUTCOME_RETRY;
    return OUTCOME_REFUSED;
}

struct outcome outcome_of_http(long status, uint32_t retry_after_s,
                               bool replays)
{
    char why[OUTCOME_WHY];
    struct outcome outcome;

    (void)snprintf(why, sizeof(why), "http_%ld", status);
    outcome = outcome_of(kind_of_http(status, replays), why);
    if (outcome.kind == OUTCOME_DONE)
        return outcome_done();
    if (outcome.kind == OUTCOME_RETRY)
        outcome.wait_ms = (int64_t)retry_after_s * 1000;
    return outcome;
}
