/*
 * egress over real sockets: the same bytes arrive in the same order whether the
 * kernel cuts the runs or not.
 */
#include "media/egress.h"
#include "media/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGES   3
#define PACKETS 200 /* of one turn; less than a socket's buffer holds */

struct page {
    int socket;
    struct endpoint at;
    uint32_t next; /* packet expected */
};

struct scene {
    int socket;
    struct egress *egress;
    struct page pages[PAGES];
};

static int bound(struct address *out, enum address_family family)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    bool six = family == ADDRESS_IPV6;
    struct sockaddr *name =
        six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t length = six ? sizeof(v6) : sizeof(v4);
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int room = 4 * 1024 * 1024;

    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, name, length), 0);
    assert_int_equal(getsockname(fd, name, &length), 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    *out = six ? address_ipv6(v6.sin6_addr.s6_addr, ntohs(v6.sin6_port))
               : address_ipv4((uint8_t *)&v4.sin_addr, ntohs(v4.sin_port));
    return fd;
}

static void scene_begin(struct scene *scene, enum address_family family)
{
    struct address local;

    *scene = (struct scene){ .egress = egress_new() };
    assert_non_null(scene->egress);
    scene->socket = bound(&local, family);
    for (size_t i = 0; i < PAGES; i++) {
        struct page *page = &scene->pages[i];

        page->socket = bound(&page->at.remote, family);
        page->at.local = local;
        page->at.socket = scene->socket;
    }
}

static void scene_end(struct scene *scene)
{
    for (size_t i = 0; i < PAGES; i++)
        close(scene->pages[i].socket);
    close(scene->socket);
    egress_free(scene->egress);
}

/* The kernel refuses to cut what has no checksum. */
static void forbid_cutting(struct scene *scene)
{
    int one = 1;

    assert_int_equal(
        setsockopt(scene->socket, SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one)),
        0);
}

static uint8_t filler(uint32_t number, size_t at)
{
    return (uint8_t)((size_t)number * 7 + at);
}

static void send_packet(struct scene *scene, size_t page, uint32_t number,
                        size_t length)
{
    struct writer out = egress_place(scene->egress);

    writer_u32(&out, number);
    while (out.length < length)
        writer_u8(&out, filler(number, out.length));
    egress_add(scene->egress, &out, &scene->pages[page].at);
}

/* One packet, complete and next in order; false when none came. */
static bool receive_packet(struct page *page, size_t length)
{
    struct pollfd ready = { .fd = page->socket, .events = POLLIN };
    uint8_t bytes[2048];
    ssize_t got;

    if (poll(&ready, 1, 2000) != 1)
        return false;
    got = recv(page->socket, bytes, sizeof(bytes), 0);
    assert_int_equal(got, length);
    assert_int_equal(bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3],
                     page->next);
    for (size_t at = 4; at < length; at++)
        assert_int_equal(bytes[at], filler(page->next, at));
    page->next += 1;
    return true;
}

/* Sizes as a call has them: pictures in equal packets with a shorter or longer
 * one behind, sound and reports between them. */
static size_t size_of(uint32_t number)
{
    static const size_t sizes[] = { 1100, 1100, 1100, 1100, 700, 1100, 1100,
                                    1101, 90,   90,   90,   60,  300,  1200 };

    return sizes[number % (sizeof(sizes) / sizeof(sizes[0]))];
}

static void exchange(struct scene *scene)
{
    uint32_t sent[PAGES] = { 0 };

    for (unsigned i = 0; i < PACKETS; i++) {
        size_t page = i / 5 % PAGES;

        send_packet(scene, page, sent[page], size_of(sent[page]));
        sent[page] += 1;
    }
    egress_flush(scene->egress);
    for (size_t i = 0; i < PAGES; i++) {
        while (scene->pages[i].next < sent[i])
            assert_true(receive_packet(&scene->pages[i],
                                       size_of(scene->pages[i].next)));
        scene->pages[i].next = 0;
    }
}

static void everything_arrives_in_order(void **state)
{
    static const enum address_family families[] = { ADDRESS_IPV4,
                                                    ADDRESS_IPV6 };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (unsigned uncut = 0; uncut < 2; uncut++) {
            struct scene scene;

            scene_begin(&scene, families[i]);
            if (uncut)
                forbid_cutting(&scene);
            for (unsigned turn = 0; turn < 5; turn++)
                exchange(&scene);
            scene_end(&scene);
        }
    }
}

static void more_than_a_run_or_all_places_hold(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, ADDRESS_IPV4);
    for (uint32_t i = 0; i < 2 * EGRESS_PACKETS; i++) {
        send_packet(&scene, 0, i, 1200);
        if (i % 64 != 63)
            continue;
        egress_flush(scene.egress);
        while (scene.pages[0].next <= i)
            assert_true(receive_packet(&scene.pages[0], 1200));
    }
    /* Without a flush it makes its own room. */
    for (uint32_t i = 0; i <= EGRESS_PACKETS; i++)
        send_packet(&scene, 1, i, 40);
    egress_flush(scene.egress);
    while (scene.pages[1].next <= EGRESS_PACKETS)
        assert_true(receive_packet(&scene.pages[1], 40));
    scene_end(&scene);
}

/* How many packets the kernel hands over as one, when asked to (UDP GRO). */
static size_t received_together(struct page *page)
{
    uint8_t bytes[65536];
    struct pollfd ready = { .fd = page->socket, .events = POLLIN };

    assert_int_equal(poll(&ready, 1, 2000), 1);
    return (size_t)recv(page->socket, bytes, sizeof(bytes), 0);
}

static void a_run_leaves_as_one(void **state)
{
    int one = 1;

    (void)state;
    for (unsigned uncut = 0; uncut < 2; uncut++) {
        struct scene scene;
        struct page *page = &scene.pages[2];

        scene_begin(&scene, ADDRESS_IPV4);
        if (uncut)
            forbid_cutting(&scene);
        assert_int_equal(
            setsockopt(page->socket, IPPROTO_UDP, UDP_GRO, &one, sizeof(one)),
            0);
        for (uint32_t i = 0; i < 8; i++) {
            send_packet(&scene, 2, i, i < 7 ? 1000 : 500);
            send_packet(&scene, 1, i, 90); /* between them, to another */
        }
        egress_flush(scene.egress);
        assert_int_equal(received_together(page), uncut ? 1000 : 7500);
        scene_end(&scene);
    }
}

/* A port that cannot be sent to is one page's misfortune. */
static void one_bad_destination_harms_nobody(void **state)
{
    struct scene scene;
    int one = 1;

    (void)state;
    scene_begin(&scene, ADDRESS_IPV4);
    scene.pages[1].at.remote.port = 0;
    for (uint32_t i = 0; i < 4; i++) {
        send_packet(&scene, 1, i, 1000);
        send_packet(&scene, 0, i, 1000);
    }
    egress_flush(scene.egress);
    while (scene.pages[0].next < 4)
        assert_true(receive_packet(&scene.pages[0], 1000));
    /* And runs are still cut for the others. */
    assert_int_equal(setsockopt(scene.pages[0].socket, IPPROTO_UDP, UDP_GRO,
                                &one, sizeof(one)),
                     0);
    for (uint32_t i = 0; i < 4; i++)
        send_packet(&scene, 0, i, 1000);
    egress_flush(scene.egress);
    assert_int_equal(received_together(&scene.pages[0]), 4000);
    scene_end(&scene);
}

static void a_failed_writer_sends_nothing(void **state)
{
    struct scene scene;
    struct writer out;

    (void)state;
    scene_begin(&scene, ADDRESS_IPV4);
    out = egress_place(scene.egress);
    out.failed = true;
    egress_add(scene.egress, &out, &scene.pages[0].at);
    send_packet(&scene, 0, 0, 50);
    egress_flush(scene.egress);
    assert_true(receive_packet(&scene.pages[0], 50));
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_arrives_in_order),
        cmocka_unit_test(more_than_a_run_or_all_places_hold),
        cmocka_unit_test(a_run_leaves_as_one),
        cmocka_unit_test(one_bad_destination_harms_nobody),
        cmocka_unit_test(a_failed_writer_sends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
