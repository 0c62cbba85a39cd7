/*
 * limit: the least a relay can do on this machine: receive many, open, seal for
 * the other page of the pair, send runs that the kernel cuts. No routes, no
 * headers, no reports, no books. Same cryptography as the relay's.
 *
 *   limit PORT PAGES    pages send from PORT+1, PORT+2, …
 */
#include "media/transport/gcm.h"
#include "tests/bench/relay/must.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#define BATCH    64
#define PACKET   2048
#define RUN_MOST 50 /* packets */

struct page {
    struct sockaddr_in at;
    struct gcm in;
    struct gcm out;
};

static struct page *pages;
static unsigned page_count;
static uint16_t port;

static uint8_t in[BATCH][PACKET];
static uint8_t out[BATCH * PACKET];
static struct sockaddr_in from[BATCH];
static struct mmsghdr arrivals[BATCH];
static struct mmsghdr departures[BATCH];
static struct iovec in_bytes[BATCH], out_bytes[BATCH];
static union {
    struct cmsghdr head;
    uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
} controls[BATCH];

/* Both ends of a page's two ways know these keys beforehand. */
static void open_page(struct page *page, unsigned number)
{
    uint8_t master[GCM_MASTER_BYTES] = { (uint8_t)number };

    page->at = (struct sockaddr_in){ .sin_family = AF_INET };
    page->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    page->at.sin_port = htons((uint16_t)(port + 1 + number));
    must(gcm_init(&page->in, GCM_OPEN, master, 8) == 0, "gcm");
    must(gcm_init(&page->out, GCM_SEAL, master, 8) == 0, "gcm");
}

static int open_socket(void)
{
    struct sockaddr_in name = { .sin_family = AF_INET,
                                .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int room = 4 * 1024 * 1024;

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0,
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
        controls[i].head = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(uint16_t)),
            .cmsg_level = IPPROTO_UDP,
            .cmsg_type = UDP_SEGMENT,
        };
    }
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

static uint16_t pass_on(size_t i, struct page *source, struct page *to,
                        uint8_t *place)
{
    size_t length = arrivals[i].msg_len;
    size_t header = header_of(in[i]);

    if (gcm_open_rtp(&source->in, in[i], header, length) != 0 ||
        gcm_seal_rtp(&to->out, slice(in[i], header),
                     slice(in[i] + header, length - header - GCM_TAG_BYTES),
                     place) != 0)
        return 0;
    return (uint16_t)length;
}

/* One batch: equal packets of one page in a row become a run. */
static size_t relay(size_t count)
{
    uint8_t *place = out;
    size_t runs = 0;

    for (size_t i = 0; i < count;) {
        unsigned number = ntohs(from[i].sin_port) - port - 1u;
        uint8_t *start = place;
        uint16_t segment = 0;
        size_t first = i;

        if (number >= page_count) {
            i += 1;
            continue;
        }
        while (i < count && from[i].sin_port == from[first].sin_port &&
               i - first < RUN_MOST &&
               arrivals[i].msg_len == arrivals[first].msg_len) {
            segment = (uint16_t)arrivals[first].msg_len;
            place += pass_on(i, &pages[number], &pages[number ^ 1], place);
            i += 1;
        }
        if (place > start)
            depart(runs++, &pages[number ^ 1], start, (size_t)(place - start),
                   segment);
    }
    return runs;
}

int main(int argc, char **argv)
{
    int fd;

    must(argc == 3, "usage: limit PORT PAGES");
    port = (uint16_t)strtoul(argv[1], NULL, 10);
    page_count = (unsigned)strtoul(argv[2], NULL, 10);
    pages = calloc(page_count, sizeof(*pages));
    must(pages != NULL, "memory");
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
    }
}
