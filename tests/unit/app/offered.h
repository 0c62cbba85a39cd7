/*
 * offered: a page's offer, waited for until it was answered or refused.
 */
#ifndef TESTS_APP_OFFERED_H
#define TESTS_APP_OFFERED_H

#include "tests/unit/app/given.h"

struct offered {
    bool done;
    bool answered;
    char code[30];
};

static inline void hear_offer(void *arg, const char *answer, const char *code)
{
    struct offered *offered = arg;

    offered->done = true;
    offered->answered = answer != NULL;
    if (code)
        snprintf(offered->code, sizeof(offered->code), "%s", code);
}

static inline struct offered offer_of(struct given *given,
                                      const struct actor *actor,
                                      struct page_id page)
{
    struct offered offered = { .done = false };

    media_offer(given->app->media, actor, page, "v=0\r\n", hear_offer,
                &offered);
    turn_until(given, &offered.done);
    return offered;
}

#endif
