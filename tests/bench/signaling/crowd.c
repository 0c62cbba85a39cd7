#include "tests/bench/signaling/crowd.h"

#include "base/secret.h"
#include "base/text.h"
#include "tests/client/must.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define PRESENCE_US  5000000 /* as web/src/shared/socket.ts */
#define BACKOFF_MS   500     /* as web/src/shared/backoff.ts */
#define BACKOFF_MAX  10000
#define FIRST_MS     100 /* and so long, the first time */
#define FIRST_SPREAD 1400
#define FIRST_OF_127 0x7f010001u

uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void new_id(char out[24])
{
    uint8_t bytes[16];

    secret_random(bytes, sizeof(bytes));
    text_base64url(slice(bytes, sizeof(bytes)), out);
}

static char *text_of(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static char *text_of(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    must(vasprintf(&text, format, arguments) >= 0, "memory");
    va_end(arguments);
    return text;
}

/* ---- one person ------------------------------------------------------------
 */

void person_post(struct person *person, const char *path, const char *body)
{
    line_open(&person->line, person->address,
              text_of("POST %s HTTP/1.1\r\nhost: %s\r\norigin: %s\r\n"
                      "content-type: application/json\r\n"
                      "content-length: %zu\r\n\r\n%s",
                      path, person->crowd->origin + strlen("https://"),
                      person->crowd->origin, strlen(body), body));
}

void person_open(struct person *person)
{
    const struct crowd *crowd = person->crowd;
    char path[64];

    if (person->visit[0])
        (void)snprintf(path, sizeof(path), "/ws/visit/%s", person->visit);
    else
        (void)snprintf(path, sizeof(path), "/ws/desk");
    person->open_at_us = 0;
    line_open(&person->line, person->address,
              text_of("GET %s?page=%s HTTP/1.1\r\nhost: %s\r\norigin: %s\r\n"
                      "upgrade: websocket\r\nconnection: Upgrade\r\n"
                      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                      "sec-websocket-version: 13\r\n"
                      "sec-websocket-protocol: vestibule.1\r\n"
                      "cookie: %s\r\n\r\n",
                      path, person->page, crowd->origin + strlen("https://"),
                      crowd->origin, person->cookie));
}

void person_say(struct person *person, const char *verb, const char *of,
                const char *members)
{
    char id[24];

    new_id(id);
    char *frame =
        text_of("{\"id\":\"%s\",\"of\":\"%s\",\"do\":\"%s\",\"with\":%s}", id,
                of, verb, members);
    line_send(&person->line, frame);
    free(frame);
}

static void come_back_later(struct person *person, uint64_t now)
{
    unsigned doubled = person->tries < 10 ? person->tries : 10;
    uint32_t ceiling = BACKOFF_MS << doubled;
    uint32_t part, pause;

    if (ceiling > BACKOFF_MAX)
        ceiling = BACKOFF_MAX;
    secret_random(&part, sizeof(part));
    pause = person->tries == 0 ? FIRST_MS + part % FIRST_SPREAD
                               : ceiling / 2 + part % (ceiling / 2);
    person->tries += 1;
    person->open_at_us = now + 1000 * (uint64_t)pause;
}

/* ---- what lines tell -------------------------------------------------------
 */

static void on_answered(struct line *line, unsigned status, char *answer)
{
    struct person *person = line->owner;
    char *cookie = strcasestr(answer, "\r\nset-cookie: ");

    if ((status != 200 && status != 204) || !cookie) {
        person->crowd->refused += 1;
        if (person->crowd->refused <= 3)
            fprintf(stderr, "crowd: answered %u: %.300s\n", status, answer);
        if (person->stays)
            come_back_later(person, now_us());
        else
            person->over = true;
        return;
    }
    cookie += 14;
    (void)text_copy(person->cookie, sizeof(person->cookie),
                    slice(cookie, strcspn(cookie, ";")));
    if (person->crowd->play && person->crowd->play->signed_in)
        person->crowd->play->signed_in(person);
}

static void on_opened(struct line *line)
{
    struct person *person = line->owner;

    person->tries = 0;
    person->crowd->opened += 1;
    person->presence_at_us = now_us();
    if (person->crowd->play && person->crowd->play->opened)
        person->crowd->play->opened(person);
}

static const char *string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static void on_text(struct line *line, struct slice text)
{
    struct person *person = line->owner;
    struct crowd *crowd = person->crowd;
    json_t *frame = json_loadb((const char *)text.data, text.length, 0, NULL);

    must(frame != NULL, "a frame that is no JSON");
    const json_t *view = json_object_get(frame, "view");
    if (view && person->visit[0]) {
        person->seq =
            (uint64_t)json_integer_value(json_object_get(frame, "seq"));
        (void)snprintf(person->step, sizeof(person->step), "%s",
                       string_of(view, "step"));
    }
    if (json_object_get(frame, "refused")) {
        crowd->refused += 1;
        if (crowd->refused <= 3)
            fprintf(stderr, "crowd: refused: %.*s\n", (int)text.length,
                    text.data);
    }
    if (crowd->play && crowd->play->frame)
        crowd->play->frame(person, frame);
    json_decref(frame);
}

static void on_closed(struct line *line)
{
    struct person *person = line->owner;

    person->crowd->lost += 1;
    if (person->stays)
        come_back_later(person, now_us());
    if (person->crowd->play && person->crowd->play->lost)
        person->crowd->play->lost(person);
}

static const struct line_events events = {
    .answered = on_answered,
    .opened = on_opened,
    .text = on_text,
    .closed = on_closed,
};

static void person_tick(struct person *person, uint64_t now)
{
    if (person->line.state == LINE_CLOSED && person->open_at_us &&
        now >= person->open_at_us)
        person_open(person);
    if (person->line.state != LINE_OPEN || !person->visit[0] ||
        now < person->presence_at_us)
        return;
    person->presence_at_us = now + PRESENCE_US;
    person_say(person, "presence", person->visit,
               "{\"doing\":\"waiting\",\"screen\":\"on\"}");
}

void crowd_turn(struct crowd *crowd, int wait_ms)
{
    static uint64_t ticked_us;

    lines_turn(&crowd->lines, &events, wait_ms);
    uint64_t now = now_us();
    if (now - ticked_us < 5000)
        return;
    ticked_us = now;
    for (unsigned i = 0; i < crowd->count; i++)
        person_tick(&crowd->people[i], now);
}

/* ---- who there is ----------------------------------------------------------
 */

static void person_read(struct crowd *crowd, char *words)
{
    struct person *person = &crowd->people[crowd->count];
    char kind[16], first[NAME_SIZE], second[COOKIE_SIZE] = "";

    must(sscanf(words, "%15s %63s %127s", kind, first, second) >= 2, words);
    *person = (struct person){ .crowd = crowd,
                               .address = FIRST_OF_127 + crowd->count };
    if (strcmp(kind, "patient") == 0) {
        memcpy(person->visit, first, 22);
        memcpy(person->cookie, second, sizeof(person->cookie));
        crowd->patients += 1;
    } else {
        memcpy(person->login, first, sizeof(person->login));
        memcpy(person->practitioner, second, 22);
    }
    new_id(person->page);
    crowd->count += 1;
}

void crowd_read(struct crowd *crowd, const char *path)
{
    FILE *file = fopen(path, "r");
    char words[200];
    size_t room = 0;

    must(file != NULL, path);
    while (fgets(words, sizeof(words), file))
        room += 1;
    rewind(file);
    crowd->people = calloc(room + 1, sizeof(*crowd->people));
    must(crowd->people != NULL, "memory");
    while (fgets(words, sizeof(words), file))
        person_read(crowd, words);
    (void)fclose(file);
    for (unsigned i = 0; i < crowd->count; i++) {
        crowd->people[i].line.all = &crowd->lines;
        crowd->people[i].line.owner = &crowd->people[i];
    }
}

/* ---- the program -----------------------------------------------------------
 */

static void obey(struct crowd *crowd, const char *words)
{
    unsigned a = 0, b = 0, c = 0;
    char verb[16] = "";

    (void)sscanf(words, "%15s %u %u %u", verb, &a, &b, &c);
    crowd->refused = crowd->lost = crowd->opened = 0;
    if (strcmp(verb, "echo") == 0)
        play_echo(crowd, a);
    else if (strcmp(verb, "staff") == 0)
        play_staff(crowd);
    else if (strcmp(verb, "storm") == 0)
        play_storm(crowd, a);
    else if (strcmp(verb, "hold") == 0)
        play_hold(crowd, a);
    else if (strcmp(verb, "events") == 0)
        play_events(crowd, a, b, c);
    else if (strcmp(verb, "resume") == 0)
        play_resume(crowd, a);
    else if (strcmp(verb, "leave") == 0)
        play_leave(crowd);
    else
        must(false, verb);
    (void)fflush(stdout);
    crowd->play = NULL;
}

/* crowd PORT PEOPLE DAY: then obeys lines on its standard input. */
int main(int argc, char **argv)
{
    struct rlimit files;
    struct crowd crowd = { .count = 0 };
    char words[64];

    (void)signal(SIGPIPE, SIG_IGN); /* servers are killed here */
    must(argc == 4, "usage: crowd PORT PEOPLE DAY");
    must(getrlimit(RLIMIT_NOFILE, &files) == 0, "limit");
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    must(lines_init(&crowd.lines, (uint16_t)atoi(argv[1])) == 0, "lines");
    (void)snprintf(crowd.origin, sizeof(crowd.origin), "https://localhost:%s",
                   argv[1]);
    (void)snprintf(crowd.day, sizeof(crowd.day), "%s", argv[3]);
    crowd_read(&crowd, argv[2]);
    printf("{\"people\":%u}\n", crowd.count);
    (void)fflush(stdout);
    while (fgets(words, sizeof(words), stdin))
        obey(&crowd, words);
    lines_release(&crowd.lines);
    free(crowd.people);
    return 0;
}
