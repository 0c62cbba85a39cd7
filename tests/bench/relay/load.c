/*
 * load: pages in pairs that show each other, and what that costs the relay in
 * CPU time. Prints one line of JSON.
 *
 *   load relay CONTROL PID LOAD PAGES SECONDS
 *   load bare  PORT    PID LOAD PAGES SECONDS    against `limit`
 *
 * LOAD is video (bursts of eight packets of 1,100 bytes, more than it can do),
 * audio (fifty packets of 112 bytes a second and page) or idle.
 */
#include "tests/bench/relay/must.h"
#include "tests/bench/relay/page.h"

#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FIRST_PORT  42001
#define WINDOW      1024 /* packets on their way; a receive buffer holds them */
#define STALL_US    200000 /* then the rest is lost */
#define BURST       8
#define VIDEO_BYTES 1084 /* 1,100 with the tag */
#define AUDIO_BYTES 96   /* 112 */
#define AUDIO_US    20000
#define WARM_US     500000

struct load {
    struct page *pages;
    unsigned count;
    clockid_t clock; /* of the relay's CPU time */
    long pid;
    FILE *control;
    json_int_t requests;
};

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t cpu_ns(const struct load *load)
{
    struct timespec used;

    must(clock_gettime(load->clock, &used) == 0, "the relay's clock");
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static long private_kib(const struct load *load)
{
    char path[64], line[256];
    long sum = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", load->pid);
    file = fopen(path, "r");
    must(file != NULL, path);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, "Private_Dirty:", 14) == 0)
            sum += strtol(line + 14, NULL, 10);
    (void)fclose(file);
    return sum;
}

/* ---- the relay's control socket --------------------------------------------
 */

static void control_open(struct load *load, const char *path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    must(connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0, path);
    load->control = fdopen(fd, "r+");
    must(load->control != NULL, "control");
    setvbuf(load->control, NULL, _IONBF, 0);
}

/* Sends a request, skips events, returns the answer. Consumes `request`. */
static json_t *ask(struct load *load, json_t *request)
{
    static char line[262144];
    char *text;

    load->requests += 1;
    json_object_set_new(request, "id", json_integer(load->requests));
    text = json_dumps(request, JSON_COMPACT);
    must(dprintf(fileno(load->control), "%s\n", text) > 0, "control");
    free(text);
    json_decref(request);
    while (fgets(line, sizeof(line), load->control)) {
        json_t *answer = json_loads(line, 0, NULL);

        if (json_integer_value(json_object_get(answer, "re")) ==
            load->requests) {
            must(!json_object_get(answer, "refused"), line);
            return answer;
        }
        json_decref(answer);
    }
    must(false, "the relay closed its control socket");
    return NULL;
}

static void name_of(unsigned number, char out[32])
{
    snprintf(out, 32, "page%u", number);
}

static void join(struct load *load, struct page *page)
{
    char name[32], *offer = page_offer(page);
    json_t *answer;

    name_of(page->number, name);
    answer = ask(load, json_pack("{s:s, s:s, s:s, s:s}", "do", "join", "place",
                                 "bench", "peer", name, "offer", offer));
    page_answered(page, json_string_value(json_object_get(answer, "answer")));
    json_decref(answer);
    free(offer);
}

static void route(struct load *load, unsigned first)
{
    char a[32], b[32], room[32];

    name_of(first, a);
    name_of(first + 1, b);
    snprintf(room, sizeof(room), "room%u", first);
    json_decref(
        ask(load, json_pack("{s:s, s:s, s:s, s:i, s:i, s:[{s:s, s:s, s:i}, "
                            "{s:s, s:s, s:i}]}",
                            "do", "route", "place", "bench", "room", room,
                            "order", 1, "seq", 1, "routes", "from", a, "to", b,
                            "slot", 1, "from", b, "to", a, "slot", 1)));
}

/* The machine may be busy: those who are there must not count as lost. */
static void tick_all(struct load *load, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        page_tick(&load->pages[i], now_us());
}

static void connect_all(struct load *load)
{
    for (unsigned i = 0; i < load->count; i++) {
        struct page *page = &load->pages[i];
        uint64_t limit = now_us() + 30000000;

        join(load, page);
        while (!page_connects(page, now_us())) {
            struct pollfd ready = { .fd = page->socket, .events = POLLIN };

            must(now_us() < limit, "a page does not connect");
            (void)poll(&ready, 1, 10);
        }
        if (i % 2 == 1)
            route(load, i - 1);
        tick_all(load, i + 1);
    }
}

static void meet_bare(struct load *load, const char *port)
{
    struct sockaddr_in to = { .sin_family = AF_INET };

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    for (unsigned i = 0; i < load->count; i++) {
        struct page *page = &load->pages[i];
        struct srtp_keys keys = { .profile = SRTP_PROFILE_AES128_GCM,
                                  .local = { (uint8_t)i },
                                  .remote = { (uint8_t)i } };

        must(connect(page->socket, (struct sockaddr *)&to, sizeof(to)) == 0,
             "connect");
        must(srtp_in_init(&page->in, &keys) == 0, "srtp");
        must(srtp_out_init(&page->out, &keys) == 0, "srtp");
    }
}

/* ---- loads -----------------------------------------------------------------
 */

static uint64_t sum_sent(const struct load *load)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < load->count; i++)
        sum += load->pages[i].sent;
    return sum;
}

static uint64_t sum_got(const struct load *load)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < load->count; i++)
        sum += load->pages[i].got;
    return sum;
}

static unsigned after(const struct load *load, unsigned i)
{
    return i + 1 < load->count ? i + 1 : 0;
}

static void receive_all(struct load *load)
{
    for (unsigned i = 0; i < load->count; i++)
        page_receive(&load->pages[i]);
}

/* Takes what comes back until all is there or nothing comes any more. */
static void collect(struct load *load, uint64_t wanted)
{
    uint64_t seen_us = now_us(), seen = sum_got(load), got;

    while ((got = sum_got(load)) < wanted && now_us() - seen_us < STALL_US) {
        receive_all(load);
        if (got == seen)
            continue;
        seen = got;
        seen_us = now_us();
    }
}

/*
 * What a packet costs a relay that has more to do than it can. On a machine
 * with other work the load is not sure to keep the relay busy, so the relay
 * is held while a window of bursts is laid before it.
 */
static void run_video(struct load *load, uint64_t until_us, uint64_t least)
{
    unsigned next = 0;

    while (now_us() < until_us || sum_sent(load) < least) {
        uint64_t got = sum_got(load), sent = sum_sent(load);

        must(kill((pid_t)load->pid, SIGSTOP) == 0, "stop");
        tick_all(load, load->count);
        for (unsigned i = 0; i < WINDOW / BURST; i++) {
            page_send(&load->pages[next], true, BURST, VIDEO_BYTES);
            next = after(load, next);
        }
        must(kill((pid_t)load->pid, SIGCONT) == 0, "continue");
        collect(load, got + sum_sent(load) - sent);
    }
}

static void sleep_until(uint64_t until_us)
{
    uint64_t now = now_us();
    struct timespec pause = { 0 };

    if (now >= until_us)
        return;
    pause.tv_nsec = (long)((until_us - now) % 1000000) * 1000;
    pause.tv_sec = (time_t)((until_us - now) / 1000000);
    (void)nanosleep(&pause, NULL);
}

/* Everyone's packets spread over the frame; idle: only what keeps them up. */
static void run_paced(struct load *load, bool audio, uint64_t until_us)
{
    uint64_t due = now_us();

    must(load->count > 0, "pages");
    for (unsigned i = 0; now_us() < until_us; i = after(load, i)) {
        struct page *page = &load->pages[i];

        page_tick(page, now_us());
        if (audio)
            page_send(page, false, 1, AUDIO_BYTES);
        page_receive(page);
        due += AUDIO_US / load->count;
        sleep_until(due);
    }
}

static void run(struct load *load, const char *kind, uint64_t for_us)
{
    /* Warm is when every cache of the relay's has been round once. */
    if (strcmp(kind, "video") == 0)
        run_video(load, now_us() + for_us, 600 * (uint64_t)load->count);
    else
        run_paced(load, strcmp(kind, "audio") == 0, now_us() + for_us);
}

int main(int argc, char **argv)
{
    struct load load = { 0 };
    struct rlimit files = { 8192, 8192 };
    uint64_t setup, cpu, start, sent, got;
    long memory;

    must(argc == 7,
         "usage: load relay|bare CONTROL|PORT PID LOAD PAGES SECONDS");
    (void)setrlimit(RLIMIT_NOFILE, &files);
    load.pid = strtol(argv[3], NULL, 10);
    load.count = (unsigned)strtoul(argv[5], NULL, 10) & ~1u;
    load.pages = calloc(load.count, sizeof(*load.pages));
    must(load.pages && load.count > 0, "pages");
    must(clock_getcpuclockid((pid_t)load.pid, &load.clock) == 0, "pid");
    must(srtp_start() == 0, "srtp");
    page_identity();
    for (unsigned i = 0; i < load.count; i++)
        page_open(&load.pages[i], i, (uint16_t)(FIRST_PORT + i));

    memory = private_kib(&load);
    setup = cpu_ns(&load);
    if (strcmp(argv[1], "relay") == 0) {
        control_open(&load, argv[2]);
        connect_all(&load);
    } else {
        meet_bare(&load, argv[2]);
    }
    setup = cpu_ns(&load) - setup;
    run(&load, argv[4], WARM_US);
    memory = private_kib(&load) - memory;

    sent = sum_sent(&load);
    got = sum_got(&load);
    start = now_us();
    cpu = cpu_ns(&load);
    run(&load, argv[4], (uint64_t)(strtod(argv[6], NULL) * 1e6));
    cpu = cpu_ns(&load) - cpu;
    printf("{\"seconds\":%.3f,\"cpu_ns\":%llu,\"sent\":%llu,\"got\":%llu,"
           "\"setup_ns\":%llu,\"memory_kib\":%ld,\"pages\":%u}\n",
           (double)(now_us() - start) / 1e6, (unsigned long long)cpu,
           (unsigned long long)(sum_sent(&load) - sent),
           (unsigned long long)(sum_got(&load) - got),
           (unsigned long long)setup, memory, load.count);
    for (unsigned i = 0; i < load.count; i++)
        page_close(&load.pages[i]);
    return 0;
}
