#include "tests/bench/signaling/clinic.h"

#include "base/secret.h"
#include "base/text.h"
#include "signaling/app/clock.h"
#include "tests/client/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t bench_now_us(void)
{
    return (uint64_t)clock_monotonic_us();
}

uint64_t bench_cpu_us(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

/* ---- the app ---------------------------------------------------------------
 */

static void key_read(const char *path, uint8_t out[32])
{
    char text[65] = "";
    FILE *file = fopen(path, "r");

    must(file && fread(text, 1, 64, file) == 64, path);
    must(text_hex_read(slice_of_text(text), out, 32) == 0, "the key");
    (void)fclose(file);
}

void house_open(struct house *house, const char *database, const char *key,
                const char *redis)
{
    char error[300] = "";
    struct app_options options = {
        .loop = house->loop = ev_loop_new(EVFLAG_AUTO),
        .database = database,
        .redis = redis,
        .public_url = "https://localhost",
        .times.opens_before_ms = DAY_MS,
    };

    key_read(key, options.master_key);
    if (app_new(&options, &house->app, error, sizeof(error)))
        fprintf(stderr, "%s\n", error);
    must(house->app != NULL, "the app did not start");
}

void house_close(struct house *house)
{
    app_free(house->app);
    ev_loop_destroy(house->loop);
}

void house_turn(struct house *house, const bool *done)
{
    while (!*done)
        ev_run(house->loop, EVRUN_ONCE);
}

/* ---- who works there -------------------------------------------------------
 */

struct furnishing {
    struct clinic_of_bench *clinic;
    int number;
};

static void staff_fill(const struct furnishing *furnishing, enum role role,
                       struct staff *out)
{
    const struct clinic_of_bench *clinic = furnishing->clinic;
    char password[80];

    *out = (struct staff){ .clinic = clinic->id, .role = role };
    (void)snprintf(out->login, sizeof(out->login), "%s%d",
                   role == ROLE_DOCTOR ? "doctor" : "secretary",
                   furnishing->number);
    (void)snprintf(out->name, sizeof(out->name), "%s", out->login);
    (void)snprintf(password, sizeof(password), "secret of %s", out->login);
    must(account_hash(password, out->password_hash,
                      sizeof(out->password_hash)) == 0,
         "argon2");
    if (role == ROLE_DOCTOR) {
        secret_random(out->id.bytes, ID_BYTES);
        out->practitioner = clinic->doctors[0];
    } else {
        out->id = clinic->secretary.staff;
    }
}

static int add_staff(struct reader_of_store *writer,
                     const struct furnishing *furnishing)
{
    struct staff staff;
    int err = 0;

    if (furnishing->number < 0)
        return 0;
    staff_fill(furnishing, ROLE_SECRETARY, &staff);
    err = directory_put_staff(writer, &staff);
    staff_fill(furnishing, ROLE_DOCTOR, &staff);
    return err ? err : directory_put_staff(writer, &staff);
}

static int furnish(struct reader_of_store *writer, void *arg)
{
    struct furnishing *furnishing = arg;
    struct clinic_of_bench *of = furnishing->clinic;
    struct clinic clinic = { .id = of->id,
                             .name = "Cabinet de la Mesure",
                             .phone = "+33536490001",
                             .address = "1 place des Essais, 64000 Pau",
                             .locale = "fr",
                             .time_zone = "UTC" };
    struct practitioner doctor = { .clinic = of->id,
                                   .name = "Dr Camille Exemple",
                                   .quality = "Docteur en médecine",
                                   .speciality = "Médecine générale",
                                   .identifier = "10000000001",
                                   .address = "1 place des Essais, 64000 Pau",
                                   .phone = "+33536490001",
                                   .mail = "camille@clinic.example" };
    int err = directory_put_clinic(writer, &clinic);

    for (unsigned i = 0; i < of->count && !err; i++) {
        doctor.id = of->doctors[i];
        err = directory_put_practitioner(writer, &doctor);
        if (!err)
            err = directory_put_reason(writer, doctor.id, "Suivi");
    }
    return err ? err : add_staff(writer, furnishing);
}

static void reloaded(void *arg, int status)
{
    must(status == 0, "the directory");
    *(bool *)arg = true;
}

void clinic_add(struct house *house, unsigned doctors, int number,
                struct clinic_of_bench *out)
{
    struct furnishing furnishing = { out, number };
    bool done = false;

    *out = (struct clinic_of_bench){ .count = doctors };
    out->doctors = calloc(doctors, sizeof(*out->doctors));
    must(out->doctors != NULL, "memory");
    secret_random(out->id.bytes, ID_BYTES);
    for (unsigned i = 0; i < doctors; i++)
        secret_random(out->doctors[i].bytes, ID_BYTES);
    out->secretary.role = ROLE_SECRETARY;
    out->secretary.clinic = out->id;
    secret_random(out->secretary.staff.bytes, ID_BYTES);
    must(store_change_now(house->app->store, furnish, &furnishing) == 0,
         "the clinic");
    directory_reload(house->app->directory, reloaded, &done);
    house_turn(house, &done);
}

void clinic_release(struct clinic_of_bench *clinic)
{
    free(clinic->doctors);
}

/* ---- what people say -------------------------------------------------------
 */

struct command_id new_command_id(void)
{
    struct command_id id;

    secret_random(id.bytes, sizeof(id.bytes));
    return id;
}

struct actor doctor_of(const struct clinic_of_bench *clinic, unsigned doctor)
{
    struct actor actor = { .role = ROLE_DOCTOR,
                           .clinic = clinic->id,
                           .practitioner = clinic->doctors[doctor] };

    memcpy(actor.staff.bytes, actor.practitioner.bytes, ID_BYTES);
    return actor;
}

struct actor patient_of(const struct clinic_of_bench *clinic,
                        struct consultation_id visit)
{
    return (struct actor){ .role = ROLE_PATIENT,
                           .clinic = clinic->id,
                           .consultation = visit,
                           .device_generation = 1 };
}

struct command a_booking(const struct clinic_of_bench *clinic, unsigned doctor,
                         int64_t start_ms, uint32_t duration_min)
{
    struct command book = { .kind = COMMAND_BOOK,
                            .id = new_command_id(),
                            .actor = clinic->secretary,
                            .practitioner = clinic->doctors[doctor] };

    book.book.identity = (struct identity){ .family = "Exemple",
                                            .given = "Jeanne",
                                            .birth = { 1954, 7, 14 },
                                            .sex = SEX_FEMALE,
                                            .mobile = "+33639980001" };
    (void)snprintf(book.book.reason, sizeof(book.book.reason), "Suivi");
    book.book.start_ms = start_ms;
    book.book.duration_min = duration_min;
    book.book.nothing_due = true;
    return book;
}

struct command way_in(unsigned step, struct actor patient)
{
    static const enum command_kind kinds[WAY_IN] = {
        COMMAND_CONSENT, COMMAND_SITUATE, COMMAND_CHECK_DEVICE, COMMAND_ARRIVE
    };
    struct command command = { .kind = kinds[step],
                               .id = new_command_id(),
                               .actor = patient,
                               .consultation = patient.consultation };

    switch (step) {
    case 0:
        command.consent.accepted = true;
        memcpy(command.consent.version, "1", 2);
        memset(command.consent.hash, 9, HASH_BYTES);
        break;
    case 1:
        (void)snprintf(command.situate.place, sizeof(command.situate.place),
                       "à la maison");
        break;
    case 2:
        command.check.camera = command.check.microphone = DEVICE_WORKS;
        break;
    default:
        break;
    }
    return command;
}

struct heard {
    bool done;
    struct answer answer;
};

static void hear(void *arg, const struct answer *answer)
{
    struct heard *heard = arg;

    heard->answer = *answer;
    heard->done = true;
}

struct consultation_id house_must(struct house *house,
                                  const struct command *command)
{
    struct heard heard = { .done = false };

    engine_submit(house->app->engine, command, hear, &heard);
    house_turn(house, &heard.done);
    if (heard.answer.refusal)
        fprintf(stderr, "%s: %s\n", command_verb(command->kind),
                refusal_code(heard.answer.refusal));
    must(heard.answer.refusal == REFUSED_NOTHING, "refused");
    return heard.answer.consultation;
}
