/*
 * limit: the least a relay can do on this machine: receive many, open, seal for
 * the other pages of the group, send runs that the kernel cuts. No routes, no
 * headers, no reports, no books. Same cryptography as the relay's, and the same
 * pause when little comes.
 *
 *   relay-limit ADDRESS PORT PAGES GROUP    pages send from PORT+1, PORT+2, …
 */
#include "media/transport/gcm.h"
#include "tests/client/must.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH       ((size_t)64)
#define PACKET      2048
#define COPIES      ((size_t)8) /* of one packet, at most */
#define RUN_MOST    50          /* packets */
#define PAUSE_US    500
#define PAUSE_BELOW 16 /* packets of a batch */

struct page {
    struct sockaddr_in at;
    struct gcm in;
    struct gcm out;
};

static struct page *pages;
static unsigned page_count, group;
static struct sockaddr_in own;

static uint8_t in[BATCH][PACKET];
static uint8_t out[COPIES * BATCH * PACKET];
static struct sockaddr_in from[BATCH];
static struct mmsghdr arrivals[BATCH];
static struct mmsghdr departures[COPIES * BATCH];
static struct iovec in_bytes[BATCH], out_bytes[COPIES * BATCH];
static union control {
    struct cmsghdr head;
    uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
} controls[COPIES * BATCH];

/* Both ends of a page's two ways know these keys beforehand. */
static void open_page(struct page *page, unsigned number)
{
    uint8_t master[GCM_MASTER_BYTES] = { (uint8_t)number };

    page->at = own;
    page->at.sin_port = htons((uint16_t)(ntohs(own.sin_port) + 1 + number));
    must(gcm_init(&page->in, GCM_OPEN, master, 8) == 0, "gcm");
    must(gcm_init(&page->out, GCM_SEAL, master, 8) == 0, "gcm");
}

static int open_socket(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int room = 4 * 1024 * 1024;

    must(fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof(own)) == 0,
         "bind");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    return fd;
}

static void prepare(void)
{
    for (size_t i = 0; i < BATCH; i++) {
        in_bytes[i] = (struct iovec){ in[i], PACKET };
        arrivals[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
                                               .msg_namelen = sizeof(from[i]),
                                               .msg_iov = &in_bytes[i],
                                               .msg_iovlen = 1 };
    }
    for (size_t i = 0; i < COPIES * BATCH; i++)
        controls[i].head = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(uint16_t)),
            .cmsg_level = IPPROTO_UDP,
            .cmsg_type = UDP_SEGMENT,
        };
}

/* NOLINTNEXTLINE(readability-non-const-parameter): an iovec takes it. */
static void depart(size_t index, struct page *to, uint8_t *bytes, size_t length,
                   uint16_t segment)
{
    struct msghdr *header = &departures[index].msg_hdr;

    out_bytes[index] = (struct iovec){ bytes, length };
    *header = (struct msghdr){ .msg_name = &to->at,
                               .msg_namelen = sizeof(to->at),
                               .msg_iov = &out_bytes[index],
                               .msg_iovlen = 1 };
    if (length <= segment)
        return;
    memcpy(CMSG_DATA(&controls[index].head), &segment, sizeof(segment));
    header->msg_control = &controls[index];
    header->msg_controllen = sizeof(controls[index]);
}

/* Header and extension of what the load sends. */
static size_t header_of(const uint8_t *packet)
{
    return packet[0] & 0x10 ? 16 + 4 * (size_t)(packet[14] << 8 | packet[15])
                            : 12;
}

static bool open_at(size_t i, struct page *source)
{
    return gcm_open_rtp(&source->in, in[i], header_of(in[i]),
                        arrivals[i].msg_len) == 0;
}

static size_t seal_at(size_t i, struct page *to, uint8_t *place)
{
    size_t header = header_of(in[i]), length = arrivals[i].msg_len;

    must(gcm_seal_rtp(&to->out, slice(in[i], header),
                      slice(in[i] + header, length - header - GCM_TAG_BYTES),
                      place) == 0,
         "seal");
    return length;
}

/* A run from packet `first` on: equal ones, of which the last may be shorter.
 */
static size_t run_end(size_t first, size_t count)
{
    size_t i = first + 1;

    while (i < count && from[i].sin_port == from[first].sin_port &&
           i - first < RUN_MOST &&
           arrivals[i - 1].msg_len == arrivals[first].msg_len &&
           arrivals[i].msg_len <= arrivals[first].msg_len)
        i += 1;
    return i;
}

static bool goes_to(unsigned number, unsigned to)
{
    return to != number && (group == 2 || number % group == 0);
}

static size_t relay(size_t count)
{
    uint8_t *place = out;
    size_t runs = 0, end;

    for (size_t i = 0; i < count; i = end) {
        unsigned number = ntohs(from[i].sin_port) - ntohs(own.sin_port) - 1u;
        unsigned first = number - number % group;
        bool good = number < page_count;

        end = run_end(i, count);
        for (size_t k = i; k < end && good; k++)
            good = open_at(k, &pages[number]);
        for (unsigned to = first; to < first + group && good; to++) {
            uint8_t *start = place;

            if (!goes_to(number, to))
                continue;
            for (size_t k = i; k < end; k++)
                place += seal_at(k, &pages[to], place);
            depart(runs++, &pages[to], start, (size_t)(place - start),
                   (uint16_t)arrivals[i].msg_len);
        }
    }
    return runs;
}

static void read_arguments(char **argv)
{
    own.sin_family = AF_INET;
    must(inet_pton(AF_INET, argv[1], &own.sin_addr) == 1, "address");
    own.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
    page_count = (unsigned)strtoul(argv[3], NULL, 10);
    group = (unsigned)strtoul(argv[4], NULL, 10);
    must(group > 1 && group <= COPIES + 1, "group");
    page_count -= page_count % group;
    pages = calloc(page_count, sizeof(*pages));
    must(pages != NULL, "memory");
}

int main(int argc, char **argv)
{
    const struct timespec pause = { .tv_nsec = PAUSE_US * 1000L };
    int fd;

    must(argc == 5, "usage: relay-limit ADDRESS PORT PAGES GROUP");
    read_arguments(argv);
    for (unsigned i = 0; i < page_count; i++)
        open_page(&pages[i], i);
    fd = open_socket();
    prepare();
    printf("ready\n");
    (void)fflush(stdout);
    for (;;) {
        int count = recvmmsg(fd, arrivals, BATCH, MSG_WAITFORONE, NULL);
        size_t runs;

        if (count <= 0)
            continue;
        runs = relay((size_t)count);
        for (size_t i = 0; i < (size_t)count; i++)
            arrivals[i].msg_hdr.msg_namelen = sizeof(from[i]);
        if (runs > 0)
            (void)sendmmsg(fd, departures, (unsigned)runs, 0);
        if (count < PAUSE_BELOW)
            (void)nanosleep(&pause, NULL);
    }
}
