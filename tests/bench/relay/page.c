#include "tests/bench/relay/page.h"

#include "base/secret.h"
#include "media/rtp/clock.h"
#include "media/rtp/rtcp.h"
#include "media/rtp/rtp.h"
#include "tests/client/must.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK_US   2500000 /* consent, as Chromium's */
#define RETRY_US   50000
#define REPORT_US  1000000
#define REMB_BPS   20000000
#define OPEN_ONE   16   /* of so many packets */
#define MISS_ONE   1000 /* of so many pictures' packets */
#define GAP_MOST   32   /* numbers asked for at once */
#define STAMP_ROOM 64   /* bytes: smaller packets carry no time */

enum { SOUND, PICTURE };

static uint32_t ssrc_of(const struct page *page, int kind)
{
    return (kind == PICTURE ? 200000 : 100000) + page->number;
}

struct client_ssrcs page_ssrcs(const struct page *page)
{
    return (struct client_ssrcs){ ssrc_of(page, SOUND), ssrc_of(page, PICTURE),
                                  300000 + page->number };
}

void page_open(struct page *page, const struct client_identity *identity,
               unsigned number, struct sockaddr_in own)
{
    int room = 8 * 1024 * 1024, one = 1;

    *page = (struct page){ .number = number, .own = own };
    client_open(&page->client, identity, "page", &own);
    (void)setsockopt(page->client.socket, SOL_SOCKET, SO_RCVBUFFORCE, &room,
                     sizeof(room));
    (void)setsockopt(page->client.socket, SOL_SOCKET, SO_SNDBUFFORCE, &room,
                     sizeof(room));
    must(setsockopt(page->client.socket, IPPROTO_UDP, UDP_GRO, &one,
                    sizeof(one)) == 0,
         "UDP_GRO");
    secret_random(page->seq, sizeof(page->seq));
    page->seq[SOUND] &= 0x7fff;
    page->seq[PICTURE] &= 0x7fff;
    page->until_miss = MISS_ONE + number % MISS_ONE;
}

void page_close(struct page *page)
{
    client_close(&page->client);
}

/* ---- the way ---------------------------------------------------------------
 */

/* The address of the first UDP candidate (RFC 8839, section 5.1). */
void page_described(struct page *page, const char *sdp)
{
    const char *at = sdp;
    char host[64], protocol[8];
    unsigned port;

    client_answered(&page->client, sdp);
    page->to = (struct sockaddr_in){ .sin_family = AF_INET };
    while ((at = strstr(at, "a=candidate:")) != NULL) {
        /* NOLINTNEXTLINE(cert-err34-c): a wrong port does not connect */
        if (sscanf(at, "a=candidate:%*s %*s %7s %*s %63s %u", protocol, host,
                   &port) == 3 &&
            strcasecmp(protocol, "udp") == 0 &&
            inet_pton(AF_INET, host, &page->to.sin_addr) == 1) {
            page->to.sin_port = htons((uint16_t)port);
            break;
        }
        at += 1;
    }
    must(page->to.sin_port != 0, "no candidate");
    must(connect(page->client.socket, (struct sockaddr *)&page->to,
                 sizeof(page->to)) == 0,
         "connect");
}

void page_meet(struct page *page, struct sockaddr_in to)
{
    struct srtp_keys keys = { .profile = SRTP_PROFILE_AES128_GCM,
                              .local = { (uint8_t)page->number },
                              .remote = { (uint8_t)page->number } };

    page->to = to;
    must(connect(page->client.socket, (struct sockaddr *)&to, sizeof(to)) == 0,
         "connect");
    client_take_keys(&page->client, &keys);
}

static void check(struct page *page, uint64_t now_us)
{
    uint8_t bytes[512];
    struct writer out = writer_into(bytes, sizeof(bytes));

    client_write_check(&page->client, &out);
    (void)send(page->client.socket, bytes, out.length, 0);
    page->checked_us = now_us;
}

bool page_connects(struct page *page, uint64_t now_us)
{
    if (!page->client.ssl) {
        uint8_t reply[512];

        if (now_us - page->checked_us >= RETRY_US)
            check(page, now_us);
        if (recv(page->client.socket, reply, sizeof(reply), 0) < 20 ||
            reply[0] != 1)
            return false;
        client_shake(&page->client, &page->to);
    }
    return client_shaken(&page->client);
}

/* ---- reports ---------------------------------------------------------------
 */

static void send_rtcp(struct page *page, const struct writer *plain)
{
    uint8_t bytes[512];
    struct writer out = writer_into(bytes, sizeof(bytes));

    must(srtp_out_rtcp(&page->client.out, writer_done(plain), &out) == 0,
         "rtcp");
    (void)send(page->client.socket, bytes, out.length, 0);
}

static size_t blocks_of(const struct page *page, struct rtcp_block out[2])
{
    size_t count = 0;

    for (int kind = SOUND; kind <= PICTURE; kind++)
        if (page->heard[kind].packets > 0)
            out[count++] = (struct rtcp_block){
                .ssrc = page->heard[kind].ssrc,
                .highest_seq = (uint32_t)page->heard[kind].highest,
            };
    return count;
}

/* What Chromium puts in one message each second. */
static void report(struct page *page, uint64_t now_us)
{
    uint8_t plain[400];
    struct writer in = writer_into(plain, sizeof(plain));
    struct rtcp_block blocks[2];
    uint32_t own = ssrc_of(page, PICTURE);

    for (int kind = SOUND; kind <= PICTURE; kind++)
        if (page->sent_kind[kind] > 0)
            rtcp_write_sender_report(
                &in, ssrc_of(page, kind),
                &(struct rtcp_sender_info){
                    .ntp = ntp_of(now_us +
                                  (uint64_t)CLOCK_1900_TO_1970_S * 1000000),
                    .rtp = page->timestamp[kind],
                    .packets = (uint32_t)page->sent_kind[kind],
                });
    rtcp_write_receiver_report(&in, own, blocks, blocks_of(page, blocks));
    rtcp_write_cname(&in, own, "c");
    rtcp_write_remb(&in, own, REMB_BPS, &own, 1);
    send_rtcp(page, &in);
    page->reported_us = now_us;
}

static void miss(struct page *page, uint16_t seq, unsigned count)
{
    uint8_t plain[128];
    uint16_t seqs[GAP_MOST];
    struct writer in = writer_into(plain, sizeof(plain));
    uint32_t own = ssrc_of(page, PICTURE);

    if (count > GAP_MOST)
        count = GAP_MOST;
    for (unsigned i = 0; i < count; i++)
        seqs[i] = (uint16_t)(seq + i);
    rtcp_write_receiver_report(&in, own, NULL, 0);
    rtcp_write_nack(&in, own, page->heard[PICTURE].ssrc, seqs, count);
    send_rtcp(page, &in);
    page->missed += count;
}

void page_tick(struct page *page, uint64_t now_us)
{
    if (page->client.ufrag[0] == '\0')
        return; /* the bare loop speaks neither */
    if (now_us - page->checked_us >= CHECK_US)
        check(page, now_us);
    if (now_us - page->reported_us >= REPORT_US)
        report(page, now_us);
}

/* ---- sending ---------------------------------------------------------------
 */

static void write_packet(struct page *page, const struct burst *burst,
                         bool first, bool last, uint64_t now_us,
                         struct writer *out)
{
    /* Level; transport-wide number; as Chromium when it is reported on. */
    uint8_t extension[] = { 0x10, 0x9e, 0x22, 1, 2, 3, 0x31, 0, 0, 0, 0, 0 };
    static const uint8_t filler[1500];
    int kind = burst->video;

    extension[7] = (uint8_t)(page->transport_seq >> 8);
    extension[8] = (uint8_t)page->transport_seq;
    page->transport_seq += 1;
    rtp_write_header(
        &(struct rtp_packet){
            .marker = burst->video && last,
            .payload_type = burst->video ? CLIENT_VP8 : CLIENT_OPUS,
            .seq = page->seq[kind]++,
            .timestamp = page->timestamp[kind],
            .ssrc = ssrc_of(page, kind),
            .extension_profile = RTP_EXTENSION_ONEBYTE,
            .extension = slice(extension, sizeof(extension)),
        },
        out);
    if (burst->video) { /* RFC 7741: a whole picture begins with each frame */
        writer_u8(out, first ? 0x10 : 0x00);
        writer_u8(out, first ? 0x00 : 0xff);
    }
    if (burst->length > STAMP_ROOM)
        writer_u64(out, now_us);
    if (out->length < burst->length)
        writer_bytes(out, slice(filler, burst->length - out->length));
}

/* One message of equal packets, which the kernel cuts. */
static bool send_cut(const struct page *page, const struct writer *bytes,
                     unsigned count)
{
    union {
        struct cmsghdr head;
        uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
    } control = { .head = { .cmsg_len = CMSG_LEN(sizeof(uint16_t)),
                            .cmsg_level = IPPROTO_UDP,
                            .cmsg_type = UDP_SEGMENT } };
    struct iovec vector = { bytes->data, bytes->length };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    uint16_t segment = (uint16_t)(bytes->length / count);

    if (count > 1) {
        memcpy(CMSG_DATA(&control.head), &segment, sizeof(segment));
        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
    }
    return sendmsg(page->client.socket, &message, 0) > 0;
}

void page_send(struct page *page, const struct burst *burst, uint64_t now_us)
{
    uint8_t plain[1500], bytes[PAGE_BURST_MAX * 1600];
    struct writer out = writer_into(bytes, sizeof(bytes));

    must(burst->count > 0 && burst->count <= PAGE_BURST_MAX, "burst");
    if (burst->first)
        page->timestamp[burst->video] += burst->video ? 3000 : 960;
    for (unsigned i = 0; i < burst->count; i++) {
        struct writer in = writer_into(plain, sizeof(plain));

        write_packet(page, burst, burst->first && i == 0,
                     burst->last && i + 1 == burst->count, now_us, &in);
        must(srtp_out_rtp(&page->client.out, writer_done(&in), &out) == 0,
             "protect");
    }
    if (!send_cut(page, &out, burst->count))
        return;
    page->sent += burst->count;
    page->sent_kind[burst->video] += burst->count;
}

/* ---- receiving -------------------------------------------------------------
 */

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

/* A browser asks for what is missing at once. */
static void hear(struct page *page, const uint8_t *bytes)
{
    int kind = (bytes[1] & 0x7f) == CLIENT_VP8 ? PICTURE : SOUND;
    struct page_heard *heard = &page->heard[kind];
    uint16_t seq = (uint16_t)(bytes[2] << 8 | bytes[3]);
    int64_t extended;

    if (heard->packets++ == 0 || heard->ssrc != number_at(bytes + 8)) {
        heard->ssrc = number_at(bytes + 8);
        heard->first = heard->highest = 65536 + (int64_t)seq;
        return;
    }
    extended = seq_extend(heard->highest, seq);
    if (extended <= heard->highest)
        return;
    if (kind == PICTURE && extended > heard->highest + 1)
        miss(page, (uint16_t)(heard->highest + 1),
             (unsigned)(extended - heard->highest - 1));
    heard->highest = extended;
    if (kind != PICTURE || page->client.ufrag[0] == '\0')
        return;
    if (--page->until_miss == 0) {
        page->until_miss = MISS_ONE;
        miss(page, seq, 1);
    }
}

static void open_one(struct page *page, uint8_t *bytes, size_t length,
                     uint64_t now_us)
{
    struct rtp_packet packet;
    size_t plain;

    must(srtp_in_rtp(&page->client.in, bytes, length, &plain) == 0,
         "a packet came that is not authentic");
    page->opened += 1;
    if (!page->delays || rtp_read(slice(bytes, plain), &packet) != 0 ||
        packet.payload.length <= STAMP_ROOM ||
        page->delays->count == page->delays->room)
        return;
    const uint8_t *stamp = packet.payload.data + 2;
    uint64_t sent = (uint64_t)number_at(stamp) << 32 | number_at(stamp + 4);
    page->delays->us[page->delays->count++] = (uint32_t)(now_us - sent);
}

static void take(struct page *page, uint8_t *bytes, size_t length,
                 uint64_t now_us)
{
    if (length < 12)
        return;
    if (bytes[0] >> 6 != 2) {
        uint8_t reply[256];
        struct writer out = writer_into(reply, sizeof(reply));

        if (bytes[0] == 0 &&
            client_write_reply(slice(bytes, length), &page->to, &out))
            (void)send(page->client.socket, reply, out.length, 0);
        return;
    }
    if (bytes[1] >= 192 && bytes[1] < 224) {
        page->rtcp += 1;
        return;
    }
    if ((bytes[1] & 0x7f) == CLIENT_RTX) {
        page->repeated += 1;
        return;
    }
    page->got += 1;
    hear(page, bytes);
    if (page->got % OPEN_ONE == 1)
        open_one(page, bytes, length, now_us);
}

static size_t segment_of(struct msghdr *message, size_t length)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control;
         control = CMSG_NXTHDR(message, control)) {
        int size;

        if (control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO)
            continue;
        memcpy(&size, CMSG_DATA(control), sizeof(size));
        return (size_t)size;
    }
    return length;
}

void page_receive(struct page *page, uint64_t now_us)
{
    static uint8_t bytes[65536];

    for (;;) {
        uint8_t control[CMSG_SPACE(sizeof(int))];
        struct iovec vector = { .iov_base = bytes, .iov_len = sizeof(bytes) };
        struct msghdr message = { .msg_iov = &vector,
                                  .msg_iovlen = 1,
                                  .msg_control = control,
                                  .msg_controllen = sizeof(control) };
        ssize_t got = recvmsg(page->client.socket, &message, MSG_DONTWAIT);
        size_t segment;

        if (got <= 0)
            return;
        segment = segment_of(&message, (size_t)got);
        for (size_t at = 0; at < (size_t)got; at += segment)
            take(page, bytes + at,
                 segment < (size_t)got - at ? segment : (size_t)got - at,
                 now_us);
    }
}
