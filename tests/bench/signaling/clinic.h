/*
 * clinic: the app on a database, without its door: what the bench books, asks
 * and commands at the engine goes through here. One thread.
 */
#ifndef BENCH_CLINIC_H
#define BENCH_CLINIC_H

#include "signaling/app/app.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS    (24 * 60 * MINUTE_MS)

struct house {
    struct ev_loop *loop;
    struct app *app;
};

/* key: the master key's file, 64 hexadecimal digits. redis may be NULL. */
void house_open(struct house *house, const char *database, const char *key,
                const char *redis);
void house_close(struct house *house);

/* Turns the loop until *done. */
void house_turn(struct house *house, const bool *done);

/* A clinic in UTC with so many doctors, whose reason is "Suivi"; a secretary
 * and the first doctor can sign in as `secretaryN` and `doctorN` when `number`
 * is not negative, with the password "secret of LOGIN". */
struct clinic_of_bench {
    struct clinic_id id;
    struct actor secretary;
    struct practitioner_id *doctors;
    unsigned count;
};
void clinic_add(struct house *house, unsigned doctors, int number,
                struct clinic_of_bench *out);
void clinic_release(struct clinic_of_bench *clinic);

struct command_id new_command_id(void);
struct actor doctor_of(const struct clinic_of_bench *clinic, unsigned doctor);
struct actor patient_of(const struct clinic_of_bench *clinic,
                        struct consultation_id visit);
struct command a_booking(const struct clinic_of_bench *clinic, unsigned doctor,
                         int64_t start_ms, uint32_t duration_min);

/* What a patient says on the way into the waiting room, in this order:
 * consent, situate, check_device, arrive. */
#define WAY_IN 4
struct command way_in(unsigned step, struct actor patient);

/* Done, and durable; ends the program otherwise. */
struct consultation_id house_must(struct house *house,
                                  const struct command *command);

uint64_t bench_now_us(void);
uint64_t bench_cpu_us(void);

/* ---- what `work` does ---------------------------------------------------- */

int work_book(int argc, char **argv);
int work_commands(int argc, char **argv);
int work_year(int argc, char **argv);

#endif
