/*
 * guest: the part of account by which guests come in: by a link of their own
 * and the code that stands beside it in the message.
 */
#include "signaling/app/account_inside.h"

#include <assert.h>
#include <stdlib.h>

enum link_state account_guest_link(const struct consultation *visit,
                                   const struct guest *guest,
                                   uint32_t generation)
{
    if (visit->phase == PHASE_CANCELLED)
        return LINK_CANCELLED;
    if (!consultation_is_open(visit))
        return LINK_EXPIRED;
    if (!guest)
        return LINK_WITHDRAWN;
    if (guest->link_generation != generation)
        return LINK_REPLACED;
    if (guest->claim_failures >= CLAIMS_BEFORE_END)
        return LINK_ENDED_TRIES;
    return LINK_OK;
}

struct entering {
    struct account *account;
    struct answer answer;
    struct claim claim;
    claim_fn *done;
    void *arg;
};

static void entering_end(struct entering *entering)
{
    entering->done(entering->arg, &entering->claim);
    free(entering);
}

static void entering_refuse(struct entering *entering, enum refusal refusal)
{
    entering->claim = (struct claim){ .refusal = refusal };
    entering_end(entering);
}

static void entering_opened(void *arg, const char *cookie,
                            const struct session *session)
{
    struct entering *entering = arg;

    if (!session) {
        entering_refuse(entering, REFUSED_TRY_AGAIN);
        return;
    }
    entering->claim.cookie = cookie;
    entering->claim.session = session;
    entering_end(entering);
}

/* Comes at once, for the engine has just held the visit: the generation is the
 * one of this claim. */
static void entering_state(void *arg, const struct consultation *visit,
                           const struct agenda *agenda)
{
    struct entering *entering = arg;
    const struct guest *guest =
        visit ? consultation_guest(visit, entering->claim.guest) : NULL;

    (void)agenda;
    if (!guest) {
        entering_refuse(entering, REFUSED_WRONG_LINK);
        return;
    }
    entering->claim.tries_left = account_tries_left(guest->claim_failures);
    entering->claim.consultation = visit->id;
    if (entering->answer.first != EVENT_GUEST_CLAIMED) {
        entering->claim.wrong_birth = true;
        entering_end(entering);
        return;
    }
    struct actor actor = {
        .role = ROLE_GUEST,
        .clinic = visit->clinic,
        .consultation = visit->id,
        .guest = entering->claim.guest,
        .device_generation = guest->device_generation,
    };
    account_open(entering->account, &actor, SESSION_PATIENT_MS, entering_opened,
                 entering);
}

static void entering_answered(void *arg, const struct answer *answer)
{
    struct entering *entering = arg;

    if (answer->refusal != REFUSED_NOTHING) {
        entering_refuse(entering, answer->refusal);
        return;
    }
    entering->answer = *answer;
    engine_state(entering->account->with.engine, answer->consultation,
                 entering_state, entering);
}

void account_claim_guest(struct account *account, struct command_id id,
                         struct slice token, struct slice code, claim_fn *done,
                         void *arg)
{
    struct entering *entering = calloc(1, sizeof(*entering));
    struct link link;

    assert(entering);
    entering->account = account;
    entering->done = done;
    entering->arg = arg;
    if (link_read(account->with.keys, token, &link) ||
        link.person == LINK_PATIENT) {
        entering_refuse(entering, REFUSED_UNKNOWN);
        return;
    }
    entering->claim.guest = (uint32_t)link.person;
    struct command command = {
        .kind = COMMAND_CLAIM_GUEST,
        .id = id,
        .actor = { .role = ROLE_SYSTEM },
        .consultation = link.visit,
        .guest = { .number = (uint32_t)link.person,
                   .link_generation = link.generation,
                   .fits = link_pin_fits(account->with.keys, &link, code) },
    };
    engine_submit(account->with.engine, &command, entering_answered, entering);
}
