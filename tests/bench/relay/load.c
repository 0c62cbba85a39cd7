/*
 * relay-load: pages before a media server, and what they cost it in CPU time.
 *
 *   relay-load relay|janus|bare WHERE PID PAGES GROUP ADDRESS [TRACE]
 *
 * WHERE is the relay's control socket, Janus's URL or the bare loop's port.
 * Prints a line of JSON once all are connected, then one for each line read:
 *
 *   KIND MS [PPS BURST BYTES [spin]]
 *
 * and keeps the pages alive between them. Ends with its input.
 */
#include "tests/bench/relay/load.h"
#include "tests/client/must.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_US  30000000
#define SETTLE_MS   1500 /* until every page has reported once */
#define DELAYS_ROOM 1000000

uint64_t load_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void load_tick(struct load *load, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        page_tick(&load->pages[i], load_now_us());
}

void load_receive(struct load *load)
{
    for (unsigned i = 0; i < load->count; i++)
        page_receive(&load->pages[i], load_now_us());
}

void load_connect(struct load *load)
{
    uint64_t limit = load_now_us() + CONNECT_US;
    bool waiting = true;

    while (waiting) {
        waiting = false;
        for (unsigned i = 0; i < load->count; i++) {
            struct page *page = &load->pages[i];

            if (page->to.sin_port == 0)
                continue; /* not yet */
            if (page_connects(page, load_now_us()))
                page_tick(page, load_now_us());
            else
                waiting = true;
        }
        must(load_now_us() < limit, "a page does not connect");
        (void)usleep(1000);
    }
}

bool load_is_due(const struct load *load, unsigned i)
{
    unsigned at_once = load->count / 25 > 8 ? load->count / 25 : 8;

    return i % at_once == at_once - 1;
}

static void meet_bare(struct load *load, const char *port)
{
    struct sockaddr_in to = load->own;

    to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    for (unsigned i = 0; i < load->count; i++)
        page_meet(&load->pages[i], to);
}

/* What only the server has, and not the libraries it shares. */
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

static uint64_t cpu_ns(const struct load *load)
{
    struct timespec used;

    must(clock_gettime(load->clock, &used) == 0, "the server's clock");
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static void stay(struct load *load, int ms)
{
    struct played played;

    (void)play_run(load,
                   &(struct play){ .kind = "idle", .us = (uint64_t)ms * 1000 },
                   &played);
}

static void connect_all(struct load *load, const char *server,
                        const char *where)
{
    long memory = private_kib(load);
    uint64_t cpu = cpu_ns(load);

    if (strcmp(server, "relay") == 0)
        door_relay(load, where);
    else if (strcmp(server, "janus") == 0)
        door_janus(load, where);
    else
        meet_bare(load, where);
    cpu = cpu_ns(load) - cpu;
    stay(load, SETTLE_MS);
    printf("{\"pages\":%u,\"setup_ns\":%llu,\"memory_kib\":%ld}\n", load->count,
           (unsigned long long)cpu, private_kib(load) - memory);
    (void)fflush(stdout);
}

static int rising(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

    return (one > other) - (one < other);
}

static uint32_t delay_at(const struct delays *delays, double share)
{
    if (delays->count == 0)
        return 0;
    return delays->us[(size_t)((double)(delays->count - 1) * share)];
}

static void tell(struct load *load, const struct played *played)
{
    struct delays *delays = &load->delays;
    uint64_t missed = 0, repeated = 0, rtcp = 0;

    for (unsigned i = 0; i < load->count; i++) {
        missed += load->pages[i].missed;
        repeated += load->pages[i].repeated;
        rtcp += load->pages[i].rtcp;
    }
    qsort(delays->us, delays->count, sizeof(*delays->us), rising);
    printf("{\"us\":%llu,\"cpu_ns\":%llu,\"sent\":%llu,\"wanted\":%llu,"
           "\"got\":%llu,\"p50_us\":%u,\"p99_us\":%u,\"missed\":%llu,"
           "\"repeated\":%llu,\"rtcp\":%llu}\n",
           (unsigned long long)played->us, (unsigned long long)played->cpu_ns,
           (unsigned long long)played->sent, (unsigned long long)played->wanted,
           (unsigned long long)played->got, delay_at(delays, 0.5),
           delay_at(delays, 0.99), (unsigned long long)missed,
           (unsigned long long)repeated, (unsigned long long)rtcp);
    (void)fflush(stdout);
}

static void obey(struct load *load, const char *line)
{
    char kind[16] = "", spin[8] = "";
    unsigned ms = 0, pps = 0, burst = 0, bytes = 0;
    struct played played;
    /* NOLINTNEXTLINE(cert-err34-c): bench.mjs says it */
    int count = sscanf(line, "%15s %u %u %u %u %7s", kind, &ms, &pps, &burst,
                       &bytes, spin);

    must(count >= 2 && play_run(load,
                                &(struct play){ .kind = kind,
                                                .us = (uint64_t)ms * 1000,
                                                .pps = pps,
                                                .burst = burst,
                                                .length = bytes,
                                                .spin = spin[0] != '\0' },
                                &played),
         line);
    tell(load, &played);
}

static void serve(struct load *load)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    char line[128];

    setvbuf(stdin, NULL, _IONBF, 0);
    for (;;) {
        while (poll(&input, 1, 20) == 0) {
            load_tick(load, load->count);
            load_receive(load);
        }
        if (!fgets(line, sizeof(line), stdin))
            return;
        obey(load, line);
    }
}

/* The bare loop knows its pages by their ports, which follow its own. */
static void begin(struct load *load, char **argv)
{
    unsigned first = strcmp(argv[1], "bare") == 0
                         ? (unsigned)strtoul(argv[2], NULL, 10) + 1
                         : 0;

    load->pid = strtol(argv[3], NULL, 10);
    load->group = (unsigned)strtoul(argv[5], NULL, 10);
    load->count = (unsigned)strtoul(argv[4], NULL, 10);
    must(load->group > 0 && load->count >= load->group, "pages");
    load->count -= load->count % load->group;
    load->pages = calloc(load->count, sizeof(*load->pages));
    load->delays = (struct delays){ .us = calloc(DELAYS_ROOM, sizeof(uint32_t)),
                                    .room = DELAYS_ROOM };
    must(load->pages && load->delays.us, "memory");
    must(clock_getcpuclockid((pid_t)load->pid, &load->clock) == 0, "pid");
    load->own.sin_family = AF_INET;
    must(inet_pton(AF_INET, argv[6], &load->own.sin_addr) == 1, "address");
    client_identity_init(&load->identity);
    for (unsigned i = 0; i < load->count; i++) {
        struct sockaddr_in own = load->own;

        own.sin_port = htons((uint16_t)(first ? first + i : 0));
        page_open(&load->pages[i], &load->identity, i, own);
        load->pages[i].delays = &load->delays;
    }
}

int main(int argc, char **argv)
{
    struct load load = { 0 };
    struct rlimit files = { 8192, 8192 };

    must(argc == 7 || argc == 8,
         "usage: relay-load relay|janus|bare WHERE PID PAGES GROUP ADDRESS "
         "[TRACE]");
    (void)setrlimit(RLIMIT_NOFILE, &files);
    must(srtp_start() == 0, "srtp");
    if (argc == 8)
        play_read_trace(argv[7]);
    begin(&load, argv);
    connect_all(&load, argv[1], argv[2]);
    serve(&load);
    for (unsigned i = 0; i < load.count; i++)
        page_close(&load.pages[i]);
    client_identity_release(&load.identity);
    free(load.delays.us);
    free(load.pages);
    return 0;
}
