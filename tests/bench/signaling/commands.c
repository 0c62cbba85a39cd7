/*
 * Commands at the engine, as many visits at once as there are: each patient
 * leaves and comes back into the waiting room, and says the next when the last
 * is durable.
 */
#include "tests/bench/signaling/clinic.h"

#include "signaling/app/clock.h"
#include "tests/client/must.h"

#include <stdio.h>
#include <stdlib.h>

struct run;

struct lane {
    struct run *run;
    struct actor patient;
    bool waits; /* in the waiting room */
};

struct run {
    struct house house;
    struct clinic_of_bench clinic;
    struct lane *lanes;
    unsigned count;
    unsigned said;
    unsigned answered;
    unsigned wanted;
    bool done;
};

static void say(struct lane *lane);

static void heard(void *arg, const struct answer *answer)
{
    struct lane *lane = arg;
    struct run *run = lane->run;

    if (answer->refusal)
        fprintf(stderr, "%s\n", refusal_code(answer->refusal));
    must(answer->refusal == REFUSED_NOTHING, "a command was refused");
    lane->waits = !lane->waits;
    run->answered += 1;
    run->done = run->answered == run->wanted;
    if (run->said < run->wanted)
        say(lane);
}

static void say(struct lane *lane)
{
    struct command command = {
        .kind = lane->waits ? COMMAND_LEAVE : COMMAND_ARRIVE,
        .id = new_command_id(),
        .actor = lane->patient,
        .consultation = lane->patient.consultation,
    };

    lane->run->said += 1;
    engine_submit(lane->run->house.app->engine, &command, heard, lane);
}

static void go(struct run *run, unsigned count)
{
    uint64_t began = bench_now_us(), cpu = bench_cpu_us();

    run->said = run->answered = 0;
    run->wanted = count;
    run->done = false;
    for (unsigned i = 0; i < run->count && i < count; i++)
        say(&run->lanes[i]);
    house_turn(&run->house, &run->done);
    uint64_t us = bench_now_us() - began;
    printf("{\"per_s\":%.1f,\"cpu_us\":%.2f,\"began_us\":%lu,\"ended_us\":%lu}"
           "\n",
           count * 1e6 / (double)us, (double)(bench_cpu_us() - cpu) / count,
           (unsigned long)began, (unsigned long)(began + us));
    (void)fflush(stdout);
}

/* ---- the people ------------------------------------------------------------
 */

struct entry {
    struct lane *lane;
    unsigned step;
    unsigned *left;
    bool *done;
};

static void enter(struct entry *entry);

static void entered(void *arg, const struct answer *answer)
{
    struct entry *entry = arg;

    if (answer->refusal)
        fprintf(stderr, "%s\n", refusal_code(answer->refusal));
    must(answer->refusal == REFUSED_NOTHING, "on the way in");
    entry->lane->patient.consultation = answer->consultation;
    entry->step += 1;
    if (entry->step < 2 + WAY_IN) {
        enter(entry);
        return;
    }
    entry->lane->waits = true;
    *entry->left -= 1;
    *entry->done = *entry->left == 0;
    free(entry);
}

static void enter(struct entry *entry)
{
    struct run *run = entry->lane->run;
    unsigned number = (unsigned)(entry->lane - run->lanes);
    struct command command;

    if (entry->step == 0) {
        command =
            a_booking(&run->clinic, number / 64,
                      clock_now_ms() + (5 + number % 64) * MINUTE_MS * 5, 5);
    } else if (entry->step == 1) {
        command = (struct command){
            .kind = COMMAND_CLAIM,
            .id = new_command_id(),
            .actor = { .role = ROLE_SYSTEM },
            .consultation = entry->lane->patient.consultation,
            .claim = { .birth = { 1954, 7, 14 }, .link_generation = 1 },
        };
        entry->lane->patient =
            patient_of(&run->clinic, entry->lane->patient.consultation);
    } else {
        command = way_in(entry->step - 2, entry->lane->patient);
    }
    engine_submit(run->house.app->engine, &command, entered, entry);
}

static void everybody_enters(struct run *run)
{
    unsigned left = run->count;
    bool done = false;

    for (unsigned i = 0; i < run->count; i++) {
        struct entry *entry = calloc(1, sizeof(*entry));
        must(entry != NULL, "memory");
        *entry = (struct entry){ &run->lanes[i], 0, &left, &done };
        run->lanes[i].run = run;
        enter(entry);
    }
    house_turn(&run->house, &done);
}

int work_commands(int argc, char **argv)
{
    struct run run = { .count = 0 };
    char words[64];
    unsigned count;

    must(argc == 4 || argc == 5, "work commands DATABASE KEY VISITS [REDIS]");
    run.count = (unsigned)atoi(argv[3]);
    run.lanes = calloc(run.count, sizeof(*run.lanes));
    must(run.lanes != NULL, "memory");
    house_open(&run.house, argv[1], argv[2], argv[4]);
    clinic_add(&run.house, run.count / 64 + 1, -1, &run.clinic);
    everybody_enters(&run);
    printf("{\"visits\":%u}\n", run.count);
    (void)fflush(stdout);
    while (fgets(words, sizeof(words), stdin))
        if (sscanf(words, "go %u", &count) == 1)
            go(&run, count);
    house_close(&run.house);
    clinic_release(&run.clinic);
    free(run.lanes);
    return 0;
}
