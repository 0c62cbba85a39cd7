#include "tests/bench/signaling/crowd.h"

#include "tests/client/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_US 120000000 /* until a play is given up */
#define AT_ONCE     200       /* handshakes on their way at a time */

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

static int64_t share(int64_t *sorted, unsigned count, unsigned percent)
{
    return count ? sorted[(count - 1) * (size_t)percent / 100] : 0;
}

/* From when they began to when they were done, in milliseconds. */
static void print_times(struct crowd *crowd, unsigned count, const char *more)
{
    int64_t *each = calloc(count + 1, sizeof(*each));
    uint64_t first = UINT64_MAX, last = 0;
    unsigned done = 0;

    must(each != NULL, "memory");
    for (unsigned i = 0; i < count; i++) {
        const struct person *person = &crowd->people[i];
        if (!person->done_us)
            continue;
        each[done++] = (int64_t)(person->done_us - person->began_us);
        first = person->began_us < first ? person->began_us : first;
        last = person->done_us > last ? person->done_us : last;
    }
    qsort(each, done, sizeof(*each), compare);
    printf("{\"done\":%u,\"ms\":%.1f,\"p50_ms\":%.1f,\"p95_ms\":%.1f,"
           "\"refused\":%u,\"lost\":%u,\"opened\":%u%s}\n",
           done, done ? (double)(last - first) / 1e3 : 0.,
           (double)share(each, done, 50) / 1e3,
           (double)share(each, done, 95) / 1e3, crowd->refused, crowd->lost,
           crowd->opened, more);
    free(each);
}

static unsigned begin(struct crowd *crowd, const struct crowd_events *play,
                      unsigned from, unsigned to)
{
    must(to <= crowd->patients, "there are not so many patients");
    crowd->play = play;
    for (unsigned i = from; i < to; i++) {
        struct person *person = &crowd->people[i];
        person->began_us = person->done_us = 0;
        person->asked = false;
        person->over = false;
    }
    return to - from;
}

static unsigned done_of(const struct crowd *crowd, unsigned from, unsigned to)
{
    unsigned done = 0;

    for (unsigned i = from; i < to; i++)
        done += crowd->people[i].over;
    return done;
}

/* Everybody comes as fast as they are let in: more than so many handshakes at a
 * time would only wait for each other, and those who wait too long are cut off
 * by any server. */
static void everybody_comes(struct crowd *crowd, unsigned count)
{
    uint64_t began = now_us();

    for (unsigned i = 0; i < count; i++) {
        crowd->people[i].began_us = now_us();
        person_open(&crowd->people[i]);
        while (crowd->lines.connecting >= AT_ONCE &&
               now_us() < began + PATIENCE_US)
            crowd_turn(crowd, 1);
    }
}

static void until_done(struct crowd *crowd, unsigned from, unsigned to)
{
    uint64_t end = now_us() + PATIENCE_US;

    while (now_us() < end && done_of(crowd, from, to) < to - from)
        for (int i = 0; i < 16; i++)
            crowd_turn(crowd, 1);
}

static void done(struct person *person)
{
    person->over = true;
    person->done_us = now_us();
}

/* ---- echo: against the bare server -----------------------------------------
 */

static void echo_say(struct person *person)
{
    char text[201];

    memset(text, ' ', sizeof(text));
    text[0] = '{';
    text[199] = '}';
    text[200] = '\0';
    person->presence_at_us = UINT64_MAX; /* it knows no verbs */
    line_send(&person->line, text);
}

static void echo_heard(struct person *person, json_t *frame)
{
    (void)frame;
    if (!person->over)
        done(person);
}

void play_echo(struct crowd *crowd, unsigned count)
{
    static const struct crowd_events play = { .opened = echo_say,
                                              .frame = echo_heard };

    begin(crowd, &play, 0, count);
    everybody_comes(crowd, count);
    until_done(crowd, 0, count);
    print_times(crowd, count, "");
}

/* ---- staff -----------------------------------------------------------------
 */

static void staff_show_day(struct person *person)
{
    char members[40];

    (void)snprintf(members, sizeof(members), "{\"day\":\"%s\"}",
                   person->crowd->day);
    person_say(person, "show_day", person->practitioner, members);
}

static void staff_frame(struct person *person, json_t *frame)
{
    if (json_object_get(frame, "board"))
        done(person);
}

void play_staff(struct crowd *crowd)
{
    static const struct crowd_events play = { .signed_in = person_open,
                                              .opened = staff_show_day,
                                              .frame = staff_frame };
    crowd->play = &play;
    for (unsigned i = crowd->patients; i < crowd->count; i++) {
        struct person *person = &crowd->people[i];
        char body[200];
        person->over = false;
        if (person->line.state == LINE_OPEN) {
            staff_show_day(person);
            continue;
        }
        (void)snprintf(body, sizeof(body),
                       "{\"login\":\"%s\",\"password\":\"secret of %s\"}",
                       person->login, person->login);
        person_post(person, "/api/session", body);
    }
    until_done(crowd, crowd->patients, crowd->count);
    printf("{\"done\":%u,\"refused\":%u}\n",
           done_of(crowd, crowd->patients, crowd->count), crowd->refused);
}

/* ---- storm: everybody comes and arrives
 * --------------------------------------
 */

static bool is_waiting(const struct person *person)
{
    return strcmp(person->step, "waiting") == 0 ||
           strcmp(person->step, "put_back") == 0;
}

static void storm_frame(struct person *person, json_t *frame)
{
    if (person->over || !json_object_get(frame, "view"))
        return;
    if (is_waiting(person)) {
        done(person);
    } else if (!person->asked) {
        person->asked = true;
        person_say(person, "arrive", person->visit, "{}");
    }
}

static void storm_again(struct person *person)
{
    person->asked = false;
}

void play_storm(struct crowd *crowd, unsigned count)
{
    static const struct crowd_events play = { .frame = storm_frame,
                                              .lost = storm_again };

    begin(crowd, &play, 0, count);
    for (unsigned i = 0; i < count; i++)
        crowd->people[i].stays = true;
    everybody_comes(crowd, count);
    until_done(crowd, 0, count);
    print_times(crowd, count, "");
}

/* ---- hold: everybody only waits
 * -----------------------------------------------
 */

void play_hold(struct crowd *crowd, unsigned ms)
{
    uint64_t end = now_us() + (uint64_t)ms * 1000;

    while (now_us() < end)
        crowd_turn(crowd, 1);
    printf("{\"lost\":%u,\"refused\":%u}\n", crowd->lost, crowd->refused);
}

void play_leave(struct crowd *crowd)
{
    for (unsigned i = 0; i < crowd->count; i++) {
        crowd->people[i].stays = false;
        crowd->people[i].open_at_us = 0;
        if (crowd->people[i].line.state == LINE_OPEN)
            line_leave(&crowd->people[i].line);
        line_drop(&crowd->people[i].line);
    }
    printf("{}\n");
}

/* ---- events: from a command to every other screen
 * -------------------------------
 */

enum screen { PATIENT, DOCTOR, SECRETARY, SCREENS };

/* One command on its way; plays are one at a time, so there is one. */
static struct {
    struct person *people[SCREENS];
    struct person *says;
    const char *visit;
    uint64_t seq; /* everybody has seen it */
    uint64_t sent_us;
    uint64_t acked_us;
    uint64_t shown_us[SCREENS];
} now_on;

static void event_frame(struct person *person, json_t *frame)
{
    const json_t *row = json_object_get(frame, "row");
    const json_t *of = json_object_get(row ? row : frame, "of");
    uint64_t seq =
        (uint64_t)json_integer_value(json_object_get(row ? row : frame, "seq"));

    if (person == now_on.says && json_object_get(frame, "re") &&
        !now_on.acked_us)
        now_on.acked_us = now_us();
    if (!row && !json_object_get(frame, "view"))
        return;
    if (!of || strcmp(json_string_value(of), now_on.visit) != 0 ||
        seq <= now_on.seq)
        return;
    for (int i = 0; i < SCREENS; i++)
        if (person == now_on.people[i] && !now_on.shown_us[i])
            now_on.shown_us[i] = now_us();
}

static bool event_over(void)
{
    for (int i = 0; i < SCREENS; i++)
        if (!now_on.shown_us[i])
            return false;
    return now_on.acked_us != 0;
}

struct times {
    int64_t *from_command; /* to another screen, us */
    int64_t *from_answer;
    unsigned count;
    unsigned never;
};

static void event_note(struct times *times)
{
    if (!event_over()) {
        times->never += 1;
        return;
    }
    for (int i = 0; i < SCREENS; i++) {
        if (now_on.people[i] == now_on.says)
            continue;
        int64_t after = (int64_t)(now_on.shown_us[i] - now_on.acked_us);
        times->from_command[times->count] =
            (int64_t)(now_on.shown_us[i] - now_on.sent_us);
        times->from_answer[times->count] = after > 0 ? after : 0;
        times->count += 1;
    }
}

/* Who says what about the visit, in an order in which all of it is done. */
static const struct {
    enum screen who;
    const char *verb;
} script[] = {
    { PATIENT, "ask_callback" },
    { SECRETARY, "callback_done" },
    { DOCTOR, "admit" },
    { DOCTOR, "put_back" },
};
#define SCRIPT (sizeof(script) / sizeof(script[0]))

static void event_play(struct crowd *crowd, unsigned visit, unsigned step,
                       struct times *times)
{
    struct person *staff = crowd->people + crowd->patients;

    memset(&now_on, 0, sizeof(now_on));
    now_on.people[PATIENT] = &crowd->people[visit];
    now_on.people[DOCTOR] = &staff[0];
    now_on.people[SECRETARY] = &staff[1];
    now_on.visit = crowd->people[visit].visit;
    now_on.seq = crowd->people[visit].seq;
    now_on.says = now_on.people[script[step].who];
    now_on.sent_us = now_us();
    person_say(now_on.says, script[step].verb, now_on.visit, "{}");
    uint64_t end = now_on.sent_us + 10000000;
    while (!event_over() && now_us() < end)
        crowd_turn(crowd, 1);
    event_note(times);
}

void play_events(struct crowd *crowd, unsigned visits, unsigned count,
                 unsigned gap_ms)
{
    static const struct crowd_events play = { .frame = event_frame };
    struct times times = {
        .from_command = calloc(count * SCREENS, sizeof(int64_t)),
        .from_answer = calloc(count * SCREENS, sizeof(int64_t)),
    };

    must(times.from_command && times.from_answer, "memory");
    crowd->play = &play;
    for (unsigned i = 0; i < count; i++) {
        event_play(crowd, i / SCRIPT % visits, i % SCRIPT, &times);
        uint64_t next = now_us() + (uint64_t)gap_ms * 1000;
        while (now_us() < next)
            crowd_turn(crowd, 1);
    }
    qsort(times.from_command, times.count, sizeof(int64_t), compare);
    qsort(times.from_answer, times.count, sizeof(int64_t), compare);
    printf("{\"count\":%u,\"never\":%u,\"refused\":%u,"
           "\"command_p50_us\":%ld,\"command_p99_us\":%ld,"
           "\"answer_p50_us\":%ld,\"answer_p99_us\":%ld}\n",
           times.count, times.never, crowd->refused,
           (long)share(times.from_command, times.count, 50),
           (long)share(times.from_command, times.count, 99),
           (long)share(times.from_answer, times.count, 50),
           (long)share(times.from_answer, times.count, 99));
    free(times.from_command);
    free(times.from_answer);
}

/* ---- resume: the server was killed and is back
 * ----------------------------------
 */

static unsigned resumed_lower; /* pages that were shown less than before */
static unsigned tried[1200];   /* opened in each tenth of a second */
static uint64_t broke_us;

static void resume_frame(struct person *person, json_t *frame)
{
    if (person->over || !json_object_get(frame, "view"))
        return;
    if (person->seq < person->floor)
        resumed_lower += 1;
    done(person);
}

static void resume_opened(struct person *person)
{
    size_t tenth = (now_us() - broke_us) / 100000;

    (void)person;
    if (tenth < sizeof(tried) / sizeof(tried[0]))
        tried[tenth] += 1;
}

void play_resume(struct crowd *crowd, unsigned count)
{
    static const struct crowd_events play = { .frame = resume_frame,
                                              .opened = resume_opened };
    unsigned busiest = 0;
    char more[80];

    begin(crowd, &play, 0, count);
    memset(tried, 0, sizeof(tried));
    resumed_lower = 0;
    broke_us = now_us();
    for (unsigned i = 0; i < count; i++) {
        crowd->people[i].began_us = broke_us;
        crowd->people[i].floor = crowd->people[i].seq;
        crowd->people[i].seq = 0;
    }
    printf("{\"ready\":true}\n"); /* now it may be killed */
    (void)fflush(stdout);
    until_done(crowd, 0, count);
    for (size_t i = 0; i + 10 <= sizeof(tried) / sizeof(tried[0]); i++) {
        unsigned second = 0;
        for (size_t k = i; k < i + 10; k++)
            second += tried[k];
        busiest = second > busiest ? second : busiest;
    }
    (void)snprintf(more, sizeof(more), ",\"lower\":%u,\"busiest_second\":%u",
                   resumed_lower, busiest);
    print_times(crowd, count, more);
}
