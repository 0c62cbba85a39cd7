/*
 * patient: the part of account by which patients come in: by link or code and
 * the day of birth.
 */
#include "signaling/app/account_inside.h"

#include "base/text.h"
#include "signaling/app/clock.h"
#include "signaling/app/finder.h"
#include "signaling/app/ledger.h"
#include "signaling/app/outgoing.h"

#include <assert.h>
#include <stdlib.h>

#define FOUND_MAX      16 /* visits of one contact or code */
#define RESEND_PER_MIN 1
#define RESEND_BURST   3

const char *const link_state_names[] = { "ok",        "unknown", "replaced",
                                         "cancelled", "expired", "ended_tries",
                                         "withdrawn", NULL };

static bool dates_equal(struct date a, struct date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

static struct actor the_house(void)
{
    return (struct actor){ .role = ROLE_SYSTEM };
}

/* ---- what a link leads to
 * ------------------------------------------------------ */

struct looking {
    struct account *account;
    struct link link;
    link_look_fn *done;
    void *arg;
};

static enum link_state patients_link(const struct looking *looking,
                                     const struct consultation *visit)
{
    struct policy policy =
        directory_policy(looking->account->with.directory, visit->clinic);
    int64_t last_ms = consultation_end_ms(visit);

    if (visit->ended_ms > last_ms)
        last_ms = visit->ended_ms;
    if (visit->released_ms > last_ms)
        last_ms = visit->released_ms;
    if (looking->link.generation != visit->link_generation)
        return LINK_REPLACED;
    if (visit->phase == PHASE_CANCELLED)
        return LINK_CANCELLED;
    if (visit->claim_failures >= CLAIMS_BEFORE_END)
        return LINK_ENDED_TRIES;
    if (clock_now_ms() > last_ms + policy.released_for_ms)
        return LINK_EXPIRED;
    return LINK_OK;
}

static void note_opened(struct account *account, const struct link *link)
{
    struct command command = {
        .kind = link->person == LINK_PATIENT ? COMMAND_OPEN_LINK
                                             : COMMAND_OPEN_GUEST_LINK,
        .id = account_random_command(),
        .actor = the_house(),
        .consultation = link->visit,
    };

    if (link->person != LINK_PATIENT)
        command.guest.number = (uint32_t)link->person;
    engine_submit(account->with.engine, &command, NULL, NULL);
}

/* Whom a link of nobody may call: the clinic, where the house has but one. */
static const struct clinic *only_clinic(const struct account *account)
{
    size_t cursor = 0;
    const struct clinic *first =
        directory_next_clinic(account->with.directory, &cursor);

    return directory_next_clinic(account->with.directory, &cursor) ? NULL
                                                                   : first;
}

static void looked(void *arg, const struct consultation *visit,
                   const struct agenda *agenda)
{
    struct looking *looking = arg;
    struct account *account = looking->account;
    struct link_look look = { .state = LINK_UNKNOWN };

    (void)agenda;
    look.clinic = only_clinic(account);
    if (visit) {
        look.number = (uint32_t)looking->link.person;
        look.guest = consultation_guest(visit, look.number);
        look.state = look.number > 0
                         ? account_guest_link(visit, look.guest,
                                              looking->link.generation)
                         : patients_link(looking, visit);
        look.visit = visit;
        look.clinic =
            directory_find_clinic(account->with.directory, visit->clinic);
        look.practitioner = directory_find_practitioner(account->with.directory,
                                                        visit->practitioner);
    }
    looking->done(looking->arg, &look);
    if (look.state == LINK_OK)
        note_opened(account, &looking->link);
    free(looking);
}

void account_look(struct account *account, struct slice token,
                  link_look_fn *done, void *arg)
{
    struct link_look nothing = { .state = LINK_UNKNOWN };
    struct link link;

    if (link_read(account->with.keys, token, &link)) {
        nothing.clinic = only_clinic(account);
        done(arg, &nothing);
        return;
    }
    struct looking *looking = calloc(1, sizeof(*looking));
    assert(looking);
    *looking = (struct looking){
        .account = account, .link = link, .done = done, .arg = arg
    };
    engine_state(account->with.engine, link.visit, looked, looking);
}

/* ---- claiming
 * -------------------------------------------------------------------- */

struct claiming {
    struct account *account;
    struct command command;
    struct answer answer;
    struct claim claim;
    char code[LINK_CODE_TEXT]; /* join */
    uint8_t hash[32];
    struct consultation_id found[FOUND_MAX];
    size_t count;
    size_t at;
    claim_fn *done;
    void *arg;
};

static void claiming_end(struct claiming *claiming)
{
    claiming->done(claiming->arg, &claiming->claim);
    free(claiming);
}

static void claiming_refuse(struct claiming *claiming, enum refusal refusal)
{
    claiming->claim = (struct claim){ .refusal = refusal };
    claiming_end(claiming);
}

static void claiming_opened(void *arg, const char *cookie,
                            const struct session *session)
{
    struct claiming *claiming = arg;

    if (!session) {
        claiming_refuse(claiming, REFUSED_TRY_AGAIN);
        return;
    }
    claiming->claim.cookie = cookie;
    claiming->claim.session = session;
    claiming_end(claiming);
}

uint32_t account_tries_left(uint32_t failures)
{
    if (failures >= CLAIMS_BEFORE_END)
        return 0;
    return (CLAIMS_BEFORE_PAUSE - failures % CLAIMS_BEFORE_PAUSE) %
           CLAIMS_BEFORE_PAUSE;
}

/* Comes at once, for the engine has just held the visit: the generation is the
 * one of this claim. */
static void claiming_state(void *arg, const struct consultation *visit,
                           const struct agenda *agenda)
{
    struct claiming *claiming = arg;

    (void)agenda;
    if (!visit) {
        claiming_refuse(claiming, REFUSED_TRY_AGAIN);
        return;
    }
    claiming->claim.tries_left = account_tries_left(visit->claim_failures);
    claiming->claim.consultation = visit->id;
    if (claiming->answer.first != EVENT_CLAIMED) {
        claiming->claim.wrong_birth = true;
        claiming_end(claiming);
        return;
    }
    struct actor actor = {
        .role = ROLE_PATIENT,
        .clinic = visit->clinic,
        .consultation = visit->id,
        .device_generation = visit->device_generation,
    };
    account_open(claiming->account, &actor, SESSION_PATIENT_MS, claiming_opened,
                 claiming);
}

static void claiming_answered(void *arg, const struct answer *answer)
{
    struct claiming *claiming = arg;

    if (answer->refusal != REFUSED_NOTHING) {
        claiming_refuse(claiming, answer->refusal);
        return;
    }
    claiming->answer = *answer;
    engine_state(claiming->account->with.engine, answer->consultation,
                 claiming_state, claiming);
}

static struct claiming *claiming_new(struct account *account,
                                     struct command_id id, struct date birth,
                                     claim_fn *done, void *arg)
{
    struct claiming *claiming = calloc(1, sizeof(*claiming));

    assert(claiming);
    claiming->account = account;
    claiming->command.kind = COMMAND_CLAIM;
    claiming->command.id = id;
    claiming->command.actor = the_house();
    claiming->command.claim.birth = birth;
    claiming->done = done;
    claiming->arg = arg;
    return claiming;
}

void account_claim(struct account *account, struct command_id id,
                   struct slice token, struct date birth, claim_fn *done,
                   void *arg)
{
    struct claiming *claiming = claiming_new(account, id, birth, done, arg);
    struct link link;

    if (link_read(account->with.keys, token, &link) ||
        link.person != LINK_PATIENT) {
        claiming_refuse(claiming, REFUSED_UNKNOWN);
        return;
    }
    claiming->command.consultation = link.visit;
    claiming->command.claim.link_generation = link.generation;
    engine_submit(account->with.engine, &claiming->command, claiming_answered,
                  claiming);
}

/* ---- by code
 * ------------------------------------------------------------------------ */

struct finding {
    struct consultation_id *found;
    size_t *count;
};

static int keep_found(void *arg, struct consultation_id visit)
{
    struct finding *finding = arg;

    if (*finding->count < FOUND_MAX)
        finding->found[(*finding->count)++] = visit;
    return 0;
}

static int join_run(struct reader_of_store *reader, void *arg)
{
    struct claiming *claiming = arg;
    struct finding finding = { claiming->found, &claiming->count };

    return read_found(reader, FINDER_CODE, claiming->hash, keep_found,
                      &finding);
}

static void join_next(struct claiming *claiming);

static void join_state(void *arg, const struct consultation *visit,
                       const struct agenda *agenda)
{
    struct claiming *claiming = arg;
    char code[LINK_CODE_TEXT];

    (void)agenda;
    if (!visit) {
        join_next(claiming);
        return;
    }
    struct link link = { .visit = visit->id,
                         .person = LINK_PATIENT,
                         .generation = visit->link_generation };
    link_code(claiming->account->with.keys, &link, code);
    if (strcmp(code, claiming->code) != 0) {
        join_next(claiming);
        return;
    }
    claiming->command.consultation = visit->id;
    claiming->command.claim.link_generation = link.generation;
    engine_submit(claiming->account->with.engine, &claiming->command,
                  claiming_answered, claiming);
}

static void join_next(struct claiming *claiming)
{
    if (claiming->at == claiming->count) {
        claiming_refuse(claiming, REFUSED_UNKNOWN);
        return;
    }
    struct consultation_id next = claiming->found[claiming->at++];
    engine_state(claiming->account->with.engine, next, join_state, claiming);
}

static void join_found(void *arg, int status)
{
    struct claiming *claiming = arg;

    if (status)
        claiming_refuse(claiming, REFUSED_TRY_AGAIN);
    else
        join_next(claiming);
}

void account_join(struct account *account, struct command_id id,
                  struct slice code, struct date birth, claim_fn *done,
                  void *arg)
{
    struct claiming *claiming = claiming_new(account, id, birth, done, arg);

    if (!link_code_read(code, claiming->code)) {
        claiming_refuse(claiming, REFUSED_UNKNOWN);
        return;
    }
    finder_code(account->with.keys, claiming->code, claiming->hash);
    store_ask(account->with.store, join_run, join_found, claiming);
}

/* ---- a lost link
 * ----------------------------------------------------------------------- */

struct resending {
    struct account *account;
    struct date birth;
    uint8_t hash[32];
    struct consultation_id found[FOUND_MAX];
    size_t count;
    size_t at;
};

static int resend_run(struct reader_of_store *reader, void *arg)
{
    struct resending *resending = arg;
    struct finding finding = { resending->found, &resending->count };

    return read_found(reader, FINDER_CONTACT, resending->hash, keep_found,
                      &finding);
}

static void resend_next(struct resending *resending);

static void resend_stored(void *arg, const struct append_answer *answer)
{
    (void)answer; /* whoever waits for a message asks again */
    resend_next(arg);
}

/* The link as it is, to the contact as it is. */
static struct append *message_again(const struct consultation *visit,
                                    const struct outgoing_ways *ways)
{
    static const uint8_t nobody[ID_BYTES];
    static const uint8_t nothing[32];
    static const struct event no_event = { .kind = EVENT_LINK_ISSUED };
    const char *channels[OUTGOING_CHANNELS_MAX];
    size_t count = outgoing_channels(visit, NOTICE_LINK, ways, channels);
    struct append *append =
        append_new(account_random_command(), nobody, nothing);

    for (size_t i = 0; i < count; i++) {
        struct outgoing outgoing;
        outgoing_fill(visit, visit, &no_event, NOTICE_LINK, channels[i],
                      &outgoing);
        char *detail = outgoing_write(&outgoing);
        append_outbox(append, visit->id, NOTICE_LINK, visit->seq, channels[i],
                      slice_of_text(detail), clock_now_ms());
        free(detail);
    }
    return append;
}

static void resend_state(void *arg, const struct consultation *visit,
                         const struct agenda *agenda)
{
    struct resending *resending = arg;

    (void)agenda;
    if (!visit || !dates_equal(visit->identity.birth, resending->birth) ||
        (!consultation_is_open(visit) && visit->phase != PHASE_ENDED)) {
        resend_next(resending);
        return;
    }
    store_append(resending->account->with.store,
                 message_again(visit, &resending->account->with.ways),
                 resend_stored, resending);
}

static void resend_next(struct resending *resending)
{
    if (resending->at == resending->count) {
        free(resending);
        return;
    }
    struct consultation_id next = resending->found[resending->at++];
    engine_state(resending->account->with.engine, next, resend_state,
                 resending);
}

static void resend_found(void *arg, int status)
{
    if (status)
        free(arg);
    else
        resend_next(arg);
}

void account_resend(struct account *account, const char *contact,
                    struct date birth, account_done_fn *done, void *arg)
{
    struct resending *resending = calloc(1, sizeof(*resending));
    uint8_t key[33] = { 'r' };

    assert(resending);
    resending->account = account;
    resending->birth = birth;
    bool fits = finder_contact(account->with.keys, contact, resending->hash);
    memcpy(key + 1, resending->hash, 32);
    if (fits && bus_take(account->with.bus, slice(key, sizeof(key)),
                         RESEND_PER_MIN, RESEND_BURST, clock_now_ms()))
        store_ask(account->with.store, resend_run, resend_found, resending);
    else
        free(resending);
    /* Before anything was looked for: the time tells nothing. */
    if (done)
        done(arg, 0);
}

/* ---- call me back
 * ------------------------------------------------------------------------- */

struct calling_back {
    call_me_fn *done;
    void *arg;
};

static void callback_answered(void *arg, const struct answer *answer)
{
    struct calling_back *calling = arg;
    enum refusal refusal = answer->refusal;

    if (refusal == REFUSED_UNKNOWN) /* erased: the same as a link of nobody */
        refusal = REFUSED_NO_NUMBER;
    calling->done(calling->arg, refusal);
    free(calling);
}

void account_callback(struct account *account, struct command_id id,
                      struct slice token, call_me_fn *done, void *arg)
{
    struct link link;

    /* A guest's number is not for the patient's callback. */
    if (link_read(account->with.keys, token, &link) ||
        link.person != LINK_PATIENT) {
        done(arg, REFUSED_NO_NUMBER);
        return;
    }
    struct calling_back *calling = calloc(1, sizeof(*calling));
    assert(calling);
    *calling = (struct calling_back){ .done = done, .arg = arg };
    struct command command = {
        .kind = COMMAND_ASK_CALLBACK,
        .id = id,
        .actor = the_house(),
        .consultation = link.visit,
    };
    engine_submit(account->with.engine, &command, callback_answered, calling);
}

/* ---- proving
 * ------------------------------------------------------------------------------
 */

struct proving {
    struct account *account;
    struct command command;
    struct session session;
    prove_fn *done;
    void *arg;
};

static void proving_end(struct proving *proving, enum refusal refusal)
{
    proving->done(proving->arg, refusal);
    free(proving);
}

static void proving_kept(void *arg, int status)
{
    proving_end(arg, status ? REFUSED_TRY_AGAIN : REFUSED_NOTHING);
}

static void proving_answered(void *arg, const struct answer *answer)
{
    struct proving *proving = arg;

    if (answer->refusal != REFUSED_NOTHING) {
        proving_end(proving, answer->refusal);
    } else if (answer->first != EVENT_PROVED) {
        proving_end(proving, REFUSED_FORBIDDEN);
    } else {
        proving->session.proved_ms = clock_now_ms();
        account_keep(proving->account, &proving->session, proving_kept,
                     proving);
    }
}

static void proving_session(void *arg, int status,
                            const struct session *session)
{
    struct proving *proving = arg;

    if (!session || session->actor.role != ROLE_PATIENT) {
        proving_end(proving, status ? REFUSED_TRY_AGAIN : REFUSED_UNKNOWN);
        return;
    }
    proving->session = *session;
    proving->command.consultation = session->actor.consultation;
    engine_submit(proving->account->with.engine, &proving->command,
                  proving_answered, proving);
}

void account_prove(struct account *account, struct slice cookie,
                   struct command_id id, struct date birth, prove_fn *done,
                   void *arg)
{
    struct proving *proving = calloc(1, sizeof(*proving));

    assert(proving);
    proving->account = account;
    proving->command.kind = COMMAND_PROVE;
    proving->command.id = id;
    proving->command.actor = the_house();
    proving->command.claim.birth = birth;
    proving->done = done;
    proving->arg = arg;
    account_session(account, cookie, proving_session, proving);
}
