/*
 * Clinics with a day full of visits from now on, and a list of who comes. The
 * patients are ready to arrive: their link claimed, consent given, device
 * checked; they are listed with their cookies, doctor by doctor, and after them
 * the staff who can sign in.
 */
#include "tests/bench/signaling/clinic.h"

#include "base/text.h"
#include "signaling/app/clock.h"
#include "tests/client/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW      256
#define SLOT_MIN    5
#define VISITS_EACH 20 /* of one doctor */

struct booking {
    struct house *house;
    FILE *out;
    struct clinic_of_bench *clinics;
    unsigned per_clinic; /* visits */
    int64_t first_ms;
    unsigned next;
    unsigned wanted;
    unsigned answered;
    bool done;
};

/* One patient on the way to the door of the waiting room. */
struct slot {
    struct booking *booking;
    unsigned number;
    unsigned step;
    struct actor patient;
};

struct booked {
    struct consultation_id visit;
    char cookie[COOKIE_TEXT];
};
static struct booked *booked; /* by number */

static void book_next(struct booking *booking);
static void slot_step(struct slot *slot);

static void on_step(void *arg, const struct answer *answer)
{
    struct slot *slot = arg;
    struct booking *booking = slot->booking;

    if (answer->refusal)
        fprintf(stderr, "%s\n", refusal_code(answer->refusal));
    must(answer->refusal == REFUSED_NOTHING, "a command was refused");
    booked[slot->number].visit = answer->consultation;
    slot->step += 1;
    if (slot->step < 2 + WAY_IN - 1) { /* all but to arrive */
        slot_step(slot);
        return;
    }
    free(slot);
    booking->answered += 1;
    booking->done = booking->answered == booking->wanted;
    book_next(booking);
}

static void on_claimed(void *arg, const struct claim *claim)
{
    struct slot *slot = arg;

    must(claim->refusal == REFUSED_NOTHING && claim->cookie, "a claim");
    memcpy(booked[slot->number].cookie, claim->cookie, COOKIE_TEXT);
    slot->patient = claim->session->actor;
    slot->step += 1;
    slot_step(slot);
}

static void slot_claim(struct slot *slot)
{
    struct app *app = slot->booking->house->app;
    struct link link = { .visit = booked[slot->number].visit,
                         .person = LINK_PATIENT,
                         .generation = 1 };
    char token[LINK_TOKEN_TEXT];

    link_token(&app->keys, &link, token);
    account_claim(app->account, new_command_id(), slice_of_text(token),
                  (struct date){ 1954, 7, 14 }, on_claimed, slot);
}

static void slot_step(struct slot *slot)
{
    struct booking *booking = slot->booking;
    unsigned in_clinic = slot->number % booking->per_clinic;
    struct command command;

    if (slot->step == 1) {
        slot_claim(slot);
        return;
    }
    if (slot->step == 0)
        command = a_booking(
            &booking->clinics[slot->number / booking->per_clinic],
            in_clinic / VISITS_EACH,
            booking->first_ms + in_clinic % VISITS_EACH * SLOT_MIN * MINUTE_MS,
            SLOT_MIN);
    else
        command = way_in(slot->step - 2, slot->patient);
    engine_submit(booking->house->app->engine, &command, on_step, slot);
}

static void book_next(struct booking *booking)
{
    if (booking->next == booking->wanted)
        return;
    struct slot *slot = calloc(1, sizeof(*slot));
    must(slot != NULL, "memory");
    *slot = (struct slot){ .booking = booking, .number = booking->next++ };
    slot_step(slot);
}

static void list_patients(const struct booking *booking)
{
    for (unsigned i = 0; i < booking->wanted; i++) {
        char id[ID_TEXT];
        text_base64url(slice(booked[i].visit.bytes, ID_BYTES), id);
        fprintf(booking->out, "patient %s __Host-v-%s=%s\n", id, id,
                booked[i].cookie);
    }
}

static void list_staff(const struct booking *booking, unsigned clinics)
{
    for (unsigned i = 0; i < clinics; i++) {
        char id[ID_TEXT];
        text_base64url(slice(booking->clinics[i].doctors[0].bytes, ID_BYTES),
                       id);
        fprintf(booking->out, "doctor doctor%u %s\nsecretary secretary%u\n", i,
                id, i);
    }
}

/* All within one day: a run that begins late at night is of the next. */
static int64_t first_start(void)
{
    int64_t now = clock_now_ms() / MINUTE_MS * MINUTE_MS + 5 * MINUTE_MS;
    int64_t end = now + VISITS_EACH * SLOT_MIN * MINUTE_MS;

    return now / DAY_MS == end / DAY_MS ? now : end / DAY_MS * DAY_MS;
}

int work_book(int argc, char **argv)
{
    must(argc == 6, "work book DATABASE KEY CLINICS VISITS LIST");
    unsigned clinics = (unsigned)atoi(argv[3]);
    struct house house;
    struct booking booking = {
        .house = &house,
        .out = fopen(argv[5], "w"),
        .clinics = calloc(clinics, sizeof(*booking.clinics)),
        .first_ms = first_start(),
        .wanted = (unsigned)atoi(argv[4]),
    };
    uint64_t began = bench_now_us();

    booking.per_clinic = booking.wanted / clinics;
    booked = calloc(booking.wanted, sizeof(*booked));
    must(booking.out && booking.clinics && booked, argv[5]);
    house_open(&house, argv[1], argv[2], NULL);
    for (unsigned i = 0; i < clinics; i++)
        clinic_add(&house, (booking.per_clinic + VISITS_EACH - 1) / VISITS_EACH,
                   (int)i, &booking.clinics[i]);
    for (unsigned i = 0; i < WINDOW; i++)
        book_next(&booking);
    house_turn(&house, &booking.done);
    list_patients(&booking);
    list_staff(&booking, clinics);
    (void)fclose(booking.out);
    struct date day = query_day_of("UTC", booking.first_ms);
    printf("{\"day\":\"%04u-%02u-%02u\",\"ms\":%lu}\n", day.year, day.month,
           day.day, (unsigned long)(bench_now_us() - began) / 1000);
    house_close(&house);
    for (unsigned i = 0; i < clinics; i++)
        clinic_release(&booking.clinics[i]);
    free(booking.clinics);
    free(booked);
    return 0;
}
