/*
 * given: a whole app on a temporary database, its clinic, and the loop
 * turned until an answer is there.
 */
#ifndef TESTS_APP_GIVEN_H
#define TESTS_APP_GIVEN_H

#include "base/secret.h"
#include "signaling/app/app.h"
#include "signaling/app/clock.h"
#include "tests/unit/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define MINUTE_MS 60000LL
#define PASSWORD  "correct horse battery"

struct given {
    char folder[64];
    char database[160];
    struct ev_loop *loop;
    struct app *app;
    const char *relay_control;
    const char *payment_url;
    const char *mail_url;
    const char *sms_url;
    struct clinic clinic;
    struct practitioner doctor;
    struct practitioner other;
    struct actor secretary;
    struct actor doctor_actor;
    struct actor other_actor;
};

static inline void start(struct given *given)
{
    char error[200] = "";
    struct app_options options = {
        .loop = given->loop,
        .database = given->database,
        .public_url = "https://clinic.example",
        .relay_control = given->relay_control,
        .payment_url = given->payment_url,
        .payment_key = given->payment_url ? "sk_test_1" : NULL,
        .payment_webhook_secret = given->payment_url ? "whsec_test" : NULL,
        .mail_url = given->mail_url,
        .mail_from = "clinic@clinic.example",
        .sms_url = given->sms_url,
        .sms_key = "sms",
        .sms_from = "CABINET",
    };
    memset(options.master_key, 7, sizeof(options.master_key));
    int err = app_new(&options, &given->app, error, sizeof(error));
    if (err)
        print_error("%s\n", error);
    assert_int_equal(err, 0);
}

static inline void stop(struct given *given)
{
    app_free(given->app);
    given->app = NULL;
}

static inline int add_clinic(struct reader_of_store *writer, void *arg)
{
    struct given *given = arg;
    struct staff staff = {
        .id = given->secretary.staff,
        .clinic = given->clinic.id,
        .role = ROLE_SECRETARY,
        .login = "sam",
        .name = "Sam Accueil",
    };
    int err = directory_put_clinic(writer, &given->clinic);

    if (!err)
        err = directory_put_practitioner(writer, &given->doctor);
    if (!err)
        err = directory_put_practitioner(writer, &given->other);
    if (!err)
        err = directory_put_reason(writer, given->doctor.id, "Consultation");
    assert_int_equal(account_hash(PASSWORD, staff.password_hash,
                                  sizeof(staff.password_hash)),
                     0);
    if (!err)
        err = directory_put_staff(writer, &staff);
    staff.id = given->doctor_actor.staff;
    staff.role = ROLE_DOCTOR;
    staff.practitioner = given->doctor.id;
    strcpy(staff.login, "camille");
    if (!err)
        err = directory_put_staff(writer, &staff);
    return err;
}

static inline int given_new(void **state)
{
    struct given *given = calloc(1, sizeof(*given));

    strcpy(given->folder, "/tmp/vestibule-app-XXXXXX");
    assert_non_null(mkdtemp(given->folder));
    snprintf(given->database, sizeof(given->database), "%s/clinic.db",
             given->folder);
    if (given_server())
        given_database(given->folder, "CREATE", given->database,
                       sizeof(given->database));
    given->loop = ev_loop_new(EVFLAG_AUTO);
    secret_random(given->clinic.id.bytes, ID_BYTES);
    strcpy(given->clinic.name, "Cabinet de la Place");
    strcpy(given->clinic.phone, "+33536490001");
    strcpy(given->clinic.address, "1 place du Marché\n64000 Pau");
    strcpy(given->clinic.locale, "fr");
    strcpy(given->clinic.time_zone, "Europe/Paris");
    given->clinic.payment_key = true;
    given->doctor.clinic = given->clinic.id;
    secret_random(given->doctor.id.bytes, ID_BYTES);
    strcpy(given->doctor.name, "Dr Camille Exemple");
    strcpy(given->doctor.quality, "Docteur en médecine");
    strcpy(given->doctor.speciality, "Médecine générale");
    strcpy(given->doctor.identifier, "10000000001");
    strcpy(given->doctor.address, "1 place du Marché, 64000 Pau");
    strcpy(given->doctor.phone, "+33536490001");
    strcpy(given->doctor.mail, "camille@clinic.example");
    given->other = given->doctor;
    secret_random(given->other.id.bytes, ID_BYTES);
    strcpy(given->other.name, "Dr Dominique Exemple");
    given->secretary.role = ROLE_SECRETARY;
    given->secretary.clinic = given->clinic.id;
    secret_random(given->secretary.staff.bytes, ID_BYTES);
    given->doctor_actor.role = ROLE_DOCTOR;
    given->doctor_actor.clinic = given->clinic.id;
    given->doctor_actor.practitioner = given->doctor.id;
    secret_random(given->doctor_actor.staff.bytes, ID_BYTES);
    given->other_actor = given->doctor_actor;
    given->other_actor.practitioner = given->other.id;
    secret_random(given->other_actor.staff.bytes, ID_BYTES);
    start(given);
    assert_int_equal(store_change_now(given->app->store, add_clinic, given), 0);
    stop(given);
    start(given);
    *state = given;
    return 0;
}

static inline int given_free(void **state)
{
    struct given *given = *state;
    char command[128];

    if (given->app)
        stop(given);
    ev_loop_destroy(given->loop);
    if (given_server())
        given_database(given->folder, "DROP", NULL, 0);
    snprintf(command, sizeof(command), "rm -rf '%s'", given->folder);
    assert_int_equal(system(command), 0);
    free(given);
    return 0;
}

/* Turns the loop until *done; a machine that does much else gets a minute. */
#define PATIENCE_S 60.
static inline void turn_end(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    (void)timer;
    ev_break(loop, EVBREAK_ALL);
}

static inline void turn_until(struct given *given, const bool *done)
{
    ev_timer limit;
    ev_tstamp begin = ev_time();

    ev_timer_init(&limit, turn_end, PATIENCE_S, PATIENCE_S);
    ev_timer_start(given->loop, &limit);
    while (!*done && ev_time() - begin < PATIENCE_S)
        ev_run(given->loop, EVRUN_ONCE);
    ev_timer_stop(given->loop, &limit);
    assert_true(*done);
}

struct heard {
    bool done;
    struct answer answer;
};

static inline void hear(void *arg, const struct answer *answer)
{
    struct heard *heard = arg;

    assert_false(heard->done); /* exactly once */
    heard->answer = *answer;
    heard->done = true;
}

static inline struct answer submit(struct given *given,
                                   const struct command *command)
{
    struct heard heard = { .done = false };

    engine_submit(given->app->engine, command, hear, &heard);
    turn_until(given, &heard.done);
    return heard.answer;
}

struct seen {
    bool done;
    bool found;
    struct consultation visit;
    struct agenda agenda;
};

static inline void see(void *arg, const struct consultation *visit,
                       const struct agenda *agenda)
{
    struct seen *seen = arg;

    seen->done = true;
    seen->found = visit != NULL;
    if (visit)
        seen->visit = *visit;
    if (agenda)
        seen->agenda = *agenda;
}

static inline struct consultation state_of(struct given *given,
                                           struct consultation_id id)
{
    static struct seen seen;

    memset(&seen, 0, sizeof(seen));
    engine_state(given->app->engine, id, see, &seen);
    turn_until(given, &seen.done);
    assert_true(seen.found);
    return seen.visit;
}

static inline struct command_id random_id(void)
{
    struct command_id id;

    secret_random(id.bytes, sizeof(id.bytes));
    return id;
}

static inline struct command a_command(enum command_kind kind,
                                       struct actor actor,
                                       struct consultation_id of)
{
    return (struct command){
        .kind = kind,
        .id = random_id(),
        .actor = actor,
        .consultation = of,
    };
}

static inline struct command a_booking(const struct given *given,
                                       int64_t start_ms)
{
    struct command book = {
        .kind = COMMAND_BOOK,
        .id = random_id(),
        .actor = given->secretary,
        .practitioner = given->doctor.id,
    };

    strcpy(book.book.identity.family, "Lefèvre-Müller");
    strcpy(book.book.identity.given, "Zoé");
    book.book.identity.birth = (struct date){ 1950, 3, 2 };
    book.book.identity.sex = SEX_FEMALE;
    strcpy(book.book.identity.mobile, "+33639980001");
    strcpy(book.book.identity.mail, "zoe@patients.example");
    strcpy(book.book.reason, "Consultation");
    strcpy(book.book.locale, "fr");
    book.book.start_ms = start_ms;
    book.book.duration_min = 15;
    book.book.fee_max_minor = 3000;
    strcpy(book.book.currency, "EUR");
    return book;
}

static inline struct consultation_id booked(struct given *given)
{
    struct command book = a_booking(given, clock_now_ms() + 5 * MINUTE_MS);
    struct answer answer = submit(given, &book);

    assert_int_equal(answer.refusal, REFUSED_NOTHING);
    return answer.consultation;
}

static inline void token_of(struct given *given, struct consultation_id id,
                            char out[LINK_TOKEN_TEXT])
{
    struct link link = { .visit = id,
                         .person = LINK_PATIENT,
                         .generation = state_of(given, id).link_generation };

    link_token(&given->app->keys, &link, out);
}

struct claimed {
    bool done;
    struct claim claim;
    char cookie[COOKIE_TEXT];
    struct session session;
};

static inline void hear_claim(void *arg, const struct claim *claim)
{
    struct claimed *claimed = arg;

    assert_false(claimed->done);
    claimed->done = true;
    claimed->claim = *claim;
    if (claim->cookie)
        strcpy(claimed->cookie, claim->cookie);
    if (claim->session)
        claimed->session = *claim->session;
}

static inline struct claimed claim(struct given *given,
                                   struct consultation_id id, struct date birth)
{
    char token[LINK_TOKEN_TEXT];
    struct claimed claimed = { .done = false };

    token_of(given, id, token);
    account_claim(given->app->account, random_id(), slice_of_text(token), birth,
                  hear_claim, &claimed);
    turn_until(given, &claimed.done);
    return claimed;
}

static inline struct actor a_patient(struct given *given,
                                     struct consultation_id id)
{
    struct claimed claimed = claim(given, id, (struct date){ 1950, 3, 2 });

    assert_int_equal(claimed.claim.refusal, REFUSED_NOTHING);
    assert_non_null(claimed.claim.cookie);
    return claimed.session.actor;
}

static inline void must(struct given *given, const struct command *command)
{
    struct answer answer = submit(given, command);

    if (answer.refusal != REFUSED_NOTHING)
        print_error("%s: %s\n", command_verb(command->kind),
                    refusal_code(answer.refusal));
    assert_int_equal(answer.refusal, REFUSED_NOTHING);
}

/* Consent, place and device test, and into the waiting room. */
static inline void waits(struct given *given, struct actor patient)
{
    struct consultation_id id = patient.consultation;
    struct command consent = a_command(COMMAND_CONSENT, patient, id);
    struct command situate = a_command(COMMAND_SITUATE, patient, id);
    struct command check = a_command(COMMAND_CHECK_DEVICE, patient, id);
    struct command arrive = a_command(COMMAND_ARRIVE, patient, id);

    consent.consent.accepted = true;
    strcpy(consent.consent.version, "1");
    memset(consent.consent.hash, 9, HASH_BYTES);
    must(given, &consent);
    strcpy(situate.situate.place, "à la maison");
    must(given, &situate);
    check.check.camera = DEVICE_WORKS;
    check.check.microphone = DEVICE_WORKS;
    must(given, &check);
    must(given, &arrive);
}

static inline void admitted(struct given *given, struct actor patient)
{
    struct command admit =
        a_command(COMMAND_ADMIT, given->doctor_actor, patient.consultation);

    waits(given, patient);
    must(given, &admit);
}

static inline void ended(struct given *given, struct actor patient,
                         int64_t amount_minor)
{
    struct command end =
        a_command(COMMAND_END, given->doctor_actor, patient.consultation);

    end.end.how = ENDED_VIDEO;
    end.end.due = amount_minor ? DUE_AMOUNT : DUE_NOTHING;
    end.end.amount_minor = amount_minor;
    end.end.prescription = PLAN_FOLLOWS;
    must(given, &end);
}

#endif
