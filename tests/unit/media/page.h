/*
 * page: a browser page's end of a connection, for tests: real sockets, STUN,
 * DTLS (OpenSSL's client) and SRTP against a switchboard in the same thread.
 * Time is the test's. Included by one test each.
 */
#ifndef TESTS_PAGE_H
#define TESTS_PAGE_H

#include "media/rtp/rtcp.h"
#include "media/rtp/rtp.h"
#include "media/sockets.h"
#include "media/switchboard.h"
#include "tests/client/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

/* No test needs all of it. */
#pragma GCC diagnostic ignored "-Wunused-function"

#define PAGE_START    UINT64_C(4000000000000000) /* us since 1900 */
#define PAGE_OPUS     111
#define PAGE_VP8      96
#define PAGE_RTX      97
#define PAGE_RID      5     /* extension; MID is 4 */
#define PAGE_AUDIO    1000u /* SSRCs that a page sends with, plus its number */
#define PAGE_VIDEO    2000u
#define PAGE_VIDEO_RX 3000u

/* ---- the relay under test --------------------------------------------------
 */

struct relay {
    struct cache_pool pool;
    struct packets packets;
    struct media_env env;
    struct switchboard board;
    struct arrivals *arrivals;
    struct tcp *tcp; /* at the same port */
    int socket;
    struct address address;
    uint64_t now;
    struct media_event answer;     /* to the last command */
    struct media_event events[64]; /* what was told of peers */
    size_t event_count;
};

static void relay_told(void *arg, const struct media_event *event)
{
    struct relay *relay = arg;

    if (event->kind == MEDIA_DONE || event->kind == MEDIA_ANSWERED ||
        event->kind == MEDIA_REPORTED)
        relay->answer = *event;
    else if (relay->event_count < 64)
        relay->events[relay->event_count++] = *event;
}

static bool relay_heard(const struct relay *relay, enum media_event_kind kind,
                        const char *peer)
{
    for (size_t i = 0; i < relay->event_count; i++)
        if (relay->events[i].kind == kind &&
            strcmp(relay->events[i].peer.text, peer) == 0)
            return true;
    return false;
}

/* A socket on a free port of 127.0.0.1. */
static int page_socket(struct address *out)
{
    struct sockaddr_in name = { .sin_family = AF_INET };
    socklen_t length = sizeof(name);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    uint8_t loopback[4] = { 127, 0, 0, 1 };

    assert_true(fd >= 0);
    memcpy(&name.sin_addr, loopback, 4);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
    *out = address_ipv4(loopback, ntohs(name.sin_port));
    return fd;
}

/* What is made once a process. */
static struct dtls_context relay_identity;
static struct hold_audio *relay_hold;

static int relay_libraries(void **state)
{
    (void)state;
    relay_hold = hold_audio_new();
    return srtp_start() != 0 || dtls_context_init(&relay_identity) != 0 ||
           !relay_hold;
}

static int relay_libraries_end(void **state)
{
    (void)state;
    hold_audio_free(relay_hold);
    dtls_context_release(&relay_identity);
    return 0;
}

static void relay_packet(void *arg, uint8_t *bytes, size_t length,
                         const struct endpoint *from)
{
    struct relay *relay = arg;

    switchboard_datagram(&relay->board, bytes, length, from, relay->now);
}

static bool relay_knows(void *arg, const struct address *remote)
{
    struct relay *relay = arg;

    return switchboard_knows(&relay->board, remote);
}

static void relay_gone(void *arg, const struct address *remote)
{
    struct relay *relay = arg;

    switchboard_gone(&relay->board, remote);
}

/* A port that is free for both. */
static void relay_sockets(struct relay *relay)
{
    const struct tcp_user user = { relay_packet, relay_knows, relay_gone,
                                   relay };

    assert_int_equal(tcp_new(&user, &relay->tcp), 0);
    for (;;) {
        relay->socket = page_socket(&relay->address);
        if (tcp_listen(relay->tcp, &relay->address) == 0)
            return;
        close(relay->socket);
    }
}

static int relay_begin(void **state)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    relay->now = PAGE_START;
    assert_int_equal(cache_pool_init(&relay->pool, 8), 0);
    relay->arrivals = arrivals_new();
    relay_sockets(relay);
    relay->env = (struct media_env){
        .dtls = &relay_identity,
        .hold = relay_hold,
        .pool = &relay->pool,
        .egress = egress_new(),
        .packets = &relay->packets,
        .tcp = relay->tcp,
        .tell = relay_told,
        .arg = relay,
    };
    switchboard_init(&relay->board, &relay->env, relay->now);
    *state = relay;
    return 0;
}

static int relay_end(void **state)
{
    struct relay *relay = *state;

    switchboard_release(&relay->board);
    assert_int_equal(relay->pool.free_count, relay->pool.blocks);
    egress_free(relay->env.egress);
    tcp_free(relay->tcp);
    arrivals_free(relay->arrivals);
    cache_pool_release(&relay->pool);
    close(relay->socket);
    free(relay);
    return 0;
}

#define RELAY_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, relay_begin, relay_end)

/* One turn of a worker: what came, what is due, what leaves. */
static void relay_turn(struct relay *relay)
{
    size_t count;

    while ((count = arrivals_receive(relay->arrivals, relay->socket,
                                     relay->address.port)) > 0) {
        for (size_t i = 0; i < count; i++) {
            struct endpoint from;
            uint8_t *bytes;
            size_t length;

            if (arrivals_at(relay->arrivals, i, &bytes, &length, &from))
                switchboard_datagram(&relay->board, bytes, length, &from,
                                     relay->now);
        }
    }
    tcp_turn(relay->tcp, relay->now);
    switchboard_turn(&relay->board, relay->now);
    egress_flush(relay->env.egress);
    tcp_settle(relay->tcp, relay->now);
}

/* Time passes in steps of a millisecond, or of twenty when it takes long. */
static void relay_wait(struct relay *relay, unsigned ms)
{
    unsigned step = ms > 2000 ? 20 : 1;

    for (unsigned i = 0; i < ms; i += step) {
        relay->now += step * 1000;
        relay_turn(relay);
    }
}

static enum media_refusal relay_ask(struct relay *relay,
                                    struct media_command command)
{
    switchboard_command(&relay->board, &command, relay->now);
    relay_turn(relay);
    return relay->answer.refusal;
}

static struct peer_name named(const char *text)
{
    struct peer_name name = { "" };

    snprintf(name.text, sizeof(name.text), "%s", text);
    return name;
}

/* Both see each other in slot 1; without names the room is emptied. */
static enum media_refusal relay_pair(struct relay *relay, const char *room,
                                     uint64_t order, uint64_t seq,
                                     const char *a, const char *b)
{
    struct media_command command = { .kind = MEDIA_ROUTE };
    struct media_route *routes = calloc(2, sizeof(*routes));

    command.route.order = order;
    command.route.seq = seq;
    command.route.routes = routes;
    snprintf(command.route.room.text, sizeof(command.route.room.text), "%s",
             room);
    if (a) {
        routes[0] = (struct media_route){ named(a), named(b), 1 };
        routes[1] = (struct media_route){ named(b), named(a), 1 };
        command.route.route_count = 2;
    }
    return relay_ask(relay, command);
}

/* ---- a page ----------------------------------------------------------------
 */

struct page {
    struct relay *relay;
    const char *name;
    unsigned number;
    struct client_identity identity;
    struct client client;
    int stream; /* a TCP connection, through which it sends; 0: by UDP */
    uint32_t slot_ssrc[16]; /* by section */
    uint32_t slot_rtx[16];
    uint16_t audio_seq;
    uint16_t video_seq;
    bool encodings; /* its camera offers two, named "q" and "h" */

    /* what came, plain, since page_listen */
    size_t rtp_count;
    struct rtp_packet rtp[256];
    size_t rtcp_count;
    struct rtcp_message rtcp[256];
    uint8_t bytes[512][1600];
    size_t used;
};

/* The microphone's SSRC is not told: it is found by its MID. */
static struct offer *page_offer(struct page *page)
{
    struct client_ssrcs ssrcs = { 0, PAGE_VIDEO + page->number,
                                  PAGE_VIDEO_RX + page->number };
    char *text = client_offer(&page->client, &ssrcs);
    struct offer *offer = calloc(1, sizeof(*offer));

    assert_int_equal(offer_read(slice_of_text(text), offer), OFFER_TAKEN);
    free(text);
    if (page->encodings) {
        struct offer_section *camera = &offer->sections[1];

        camera->rid_count = 2;
        strcpy(camera->rids[0], "q");
        strcpy(camera->rids[1], "h");
        camera->extensions.rid = PAGE_RID;
        camera->extensions.repaired_rid = PAGE_RID + 1;
    }
    return offer;
}

/* Finds each section's SSRCs. */
static void page_read_answer(struct page *page, const char *sdp)
{
    const char *section = strstr(sdp, "m=");

    client_answered(&page->client, sdp);
    for (unsigned mid = 0; section; mid++) {
        const char *next = strstr(section + 1, "\r\nm=");
        const char *fid = strstr(section, "a=ssrc-group:FID ");
        const char *ssrc = strstr(section, "a=ssrc:");

        if (ssrc && (!next || ssrc < next))
            page->slot_ssrc[mid] = (uint32_t)strtoul(ssrc + 7, NULL, 10);
        if (fid && (!next || fid < next))
            (void)sscanf(fid + 17, "%u %u", &page->slot_ssrc[mid],
                         &page->slot_rtx[mid]);
        section = next ? next + 2 : NULL;
    }
}

static struct page *page_new(struct relay *relay, const char *name,
                             unsigned number)
{
    struct page *page = calloc(1, sizeof(*page));
    struct sockaddr_in own = { .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    page->relay = relay;
    page->name = name;
    page->number = number;
    page->audio_seq = (uint16_t)(65530 + number);
    page->video_seq = (uint16_t)(100 * number);
    client_identity_init(&page->identity);
    client_open(&page->client, &page->identity, "page", &own);
    return page;
}

static void page_join(struct page *page)
{
    struct media_command join = { .kind = MEDIA_JOIN };

    join.join.peer = named(page->name);
    join.join.offer = page_offer(page);
    assert_int_equal(relay_ask(page->relay, join), MEDIA_TAKEN);
    assert_non_null(page->relay->answer.answer);
    page_read_answer(page, page->relay->answer.answer);
    free(page->relay->answer.answer);
}

static struct sockaddr_in page_relay_name(const struct page *page)
{
    struct sockaddr_in name = { .sin_family = AF_INET,
                                .sin_port = htons(page->relay->address.port) };

    memcpy(&name.sin_addr, page->relay->address.bytes, 4);
    return name;
}

/* From now on by TCP. */
static void page_stream(struct page *page)
{
    struct sockaddr_in to = page_relay_name(page);
    int one = 1;

    page->stream = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(page->stream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    assert_int_equal(connect(page->stream, (struct sockaddr *)&to, sizeof(to)),
                     0);
    relay_turn(page->relay);
}

static void page_send(struct page *page, struct slice datagram)
{
    struct sockaddr_in to = page_relay_name(page);

    if (page->stream) {
        uint8_t length[2] = { (uint8_t)(datagram.length >> 8),
                              (uint8_t)datagram.length };

        assert_int_equal(send(page->stream, length, 2, MSG_MORE), 2);
        assert_int_equal(send(page->stream, datagram.data, datagram.length, 0),
                         datagram.length);
        relay_turn(page->relay);
        return;
    }

    assert_int_equal(sendto(page->client.socket, datagram.data, datagram.length,
                            0, (struct sockaddr *)&to, sizeof(to)),
                     datagram.length);
    relay_turn(page->relay);
}

static void page_check(struct page *page)
{
    uint8_t bytes[512];
    struct writer out = writer_into(bytes, sizeof(bytes));

    client_write_check(&page->client, &out);
    page_send(page, writer_done(&out));
}

static bool page_connects(struct page *page)
{
    struct sockaddr_in to = page_relay_name(page);

    client_shake(&page->client, &to);
    for (int i = 0; i < 50; i++) {
        if (client_shaken(&page->client)) {
            relay_turn(page->relay);
            return true;
        }
        relay_wait(page->relay, 1);
    }
    return false;
}

static struct page *page_connected(struct relay *relay, const char *name,
                                   unsigned number)
{
    struct page *page = page_new(relay, name, number);

    page_join(page);
    page_check(page);
    assert_true(page_connects(page));
    assert_true(relay_heard(relay, MEDIA_CONNECTED, name));
    return page;
}

static void page_free(struct page *page)
{
    client_close(&page->client);
    client_identity_release(&page->identity);
    if (page->stream)
        close(page->stream);
    free(page);
}

/* ---- media ------------------------------------------------------------------
 */

static void page_send_rtp(struct page *page, const struct rtp_packet *packet)
{
    uint8_t plain[1500], bytes[1600];
    struct writer in = writer_into(plain, sizeof(plain));
    struct writer out = writer_into(bytes, sizeof(bytes));

    rtp_write_header(packet, &in);
    writer_bytes(&in, packet->payload);
    assert_int_equal(srtp_out_rtp(&page->client.out, writer_done(&in), &out),
                     0);
    page_send(page, writer_done(&out));
}

static void page_send_rtcp(struct page *page, const struct writer *plain)
{
    uint8_t bytes[1600];
    struct writer out = writer_into(bytes, sizeof(bytes));

    assert_int_equal(srtp_out_rtcp(&page->client.out, writer_done(plain), &out),
                     0);
    page_send(page, writer_done(&out));
}

/* Level -30 dBov, MID "0". */
static void page_speak(struct page *page, const char *words)
{
    static const uint8_t extension[] = { 0x10, 0x9e, 0x40, '0' };

    page_send_rtp(page, &(struct rtp_packet){
                            .payload_type = PAGE_OPUS,
                            .seq = page->audio_seq++,
                            .timestamp = page->audio_seq * 960u,
                            .ssrc = PAGE_AUDIO + page->number,
                            .extension_profile = RTP_EXTENSION_ONEBYTE,
                            .extension = slice(extension, sizeof(extension)),
                            .payload = slice_of_text(words),
                        });
}

/* A frame of one packet: a whole picture or not. */
static void page_show_seq(struct page *page, uint16_t seq, bool whole)
{
    uint8_t frame[8] = { 0x10, whole ? 0 : 1, (uint8_t)page->number };

    page_send_rtp(page, &(struct rtp_packet){
                            .marker = true,
                            .payload_type = PAGE_VP8,
                            .seq = seq,
                            .timestamp = seq * 3000u,
                            .ssrc = PAGE_VIDEO + page->number,
                            .payload = slice(frame, sizeof(frame)),
                        });
}

static inline void page_show(struct page *page, bool whole)
{
    page_show_seq(page, page->video_seq++, whole);
}

static void page_take(struct page *page, uint8_t *bytes, size_t length)
{
    size_t plain;

    if (length < 12 || bytes[0] >> 6 != 2 || !page->client.keyed)
        return;
    if (bytes[1] >= 192 && bytes[1] < 224) {
        struct slice rest;

        assert_int_equal(srtp_in_rtcp(&page->client.in, bytes, length, &plain),
                         0);
        rest = slice(bytes, plain);
        while (page->rtcp_count < 256 &&
               rtcp_next(&rest, &page->rtcp[page->rtcp_count]) == 1)
            page->rtcp_count += 1;
        return;
    }
    assert_int_equal(srtp_in_rtp(&page->client.in, bytes, length, &plain), 0);
    assert_int_equal(rtp_read(slice(bytes, plain), &page->rtp[page->rtp_count]),
                     0);
    page->rtp_count += 1;
}

/* Reads exactly so much, or nothing. */
static bool page_read(struct page *page, uint8_t *bytes, size_t length)
{
    ssize_t n = recv(page->stream, bytes, length, MSG_DONTWAIT);

    if (n <= 0)
        return false;
    for (size_t have = (size_t)n; have < length; have += (size_t)n) {
        n = recv(page->stream, bytes + have, length - have, 0);
        assert_true(n > 0);
    }
    return true;
}

static void page_listen_stream(struct page *page)
{
    uint8_t length[2];

    while (page->used < 512 && page_read(page, length, 2)) {
        uint8_t *bytes = page->bytes[page->used++];
        size_t bytes_length = (size_t)(length[0] << 8 | length[1]);

        assert_true(bytes_length <= 1600);
        assert_true(page_read(page, bytes, bytes_length));
        page_take(page, bytes, bytes_length);
    }
}

/* Forgets what came before, then takes what is there. */
static void page_listen(struct page *page)
{
    page->rtp_count = page->rtcp_count = page->used = 0;
    while (page->used < 256) {
        uint8_t *bytes = page->bytes[page->used];
        ssize_t n = recv(page->client.socket, bytes, 1600, 0);

        if (n < 0)
            break;
        page->used += 1;
        page_take(page, bytes, (size_t)n);
    }
    if (page->stream)
        page_listen_stream(page);
}

/* Packets of the stream in this section since page_listen. */
static size_t page_got(const struct page *page, unsigned section,
                       const struct rtp_packet **last)
{
    size_t count = 0;

    for (size_t i = 0; i < page->rtp_count; i++) {
        if (page->rtp[i].ssrc != page->slot_ssrc[section])
            continue;
        count += 1;
        if (last)
            *last = &page->rtp[i];
    }
    return count;
}

static inline size_t page_got_rtcp(const struct page *page, enum rtcp_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < page->rtcp_count; i++)
        count += page->rtcp[i].kind == kind;
    return count;
}

/* Asks for numbers of the stream in this section again. */
static inline void page_miss(struct page *page, unsigned section, uint16_t seq)
{
    uint8_t bytes[64];
    struct writer out = writer_into(bytes, sizeof(bytes));

    rtcp_write_receiver_report(&out, 9, NULL, 0);
    rtcp_write_nack(&out, 9, page->slot_ssrc[section], &seq, 1);
    page_send_rtcp(page, &out);
}

#endif
