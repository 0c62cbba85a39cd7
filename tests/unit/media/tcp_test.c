/* TCP connections over loopback; time is the test's. */
#include "media/sockets.h"
#include "media/tcp.h"
#include "media/transport/ice_tcp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define START  UINT64_C(1000000000)
#define SECOND UINT64_C(1000000)

struct house {
    struct tcp *tcp;
    struct address address;
    uint64_t now;
    bool known; /* whether connections are a peer's */
    size_t packets;
    struct endpoint from; /* of the last packet */
    uint8_t bytes[PACKET_BYTES_MAX];
    size_t length;
    size_t gone;
};

static void packet(void *arg, uint8_t *bytes, size_t length,
                   const struct endpoint *from)
{
    struct house *house = arg;

    memcpy(house->bytes, bytes, length);
    house->length = length;
    house->from = *from;
    house->packets += 1;
}

static bool knows(void *arg, const struct address *remote)
{
    assert_int_not_equal(remote->connection, 0);
    return ((struct house *)arg)->known;
}

static void gone(void *arg, const struct address *remote)
{
    assert_int_not_equal(remote->connection, 0);
    ((struct house *)arg)->gone += 1;
}

static int house_begin(void **state)
{
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct house *house = calloc(1, sizeof(*house));
    const struct tcp_user user = { packet, knows, gone, house };
    uint16_t port = (uint16_t)(20000 + getpid() % 20000);

    house->now = START;
    assert_int_equal(tcp_new(&user, &house->tcp), 0);
    do
        house->address = address_ipv4(loopback, ++port);
    while (tcp_listen(house->tcp, &house->address) == -EADDRINUSE);
    *state = house;
    return 0;
}

static int house_end(void **state)
{
    struct house *house = *state;

    tcp_free(house->tcp);
    free(house);
    return 0;
}

static void turn(struct house *house)
{
    tcp_turn(house->tcp, house->now);
    tcp_settle(house->tcp, house->now);
}

static void pass(struct house *house, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        house->now += SECOND;
        turn(house);
    }
}

static int page_connect(struct house *house)
{
    struct sockaddr_storage name;
    socklen_t length = sockets_name(&house->address, &name);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&name, length), 0);
    turn(house);
    return fd;
}

static bool is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

static void say(struct house *house, int fd, const void *bytes, size_t length)
{
    assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), length);
    turn(house);
}

static void packets_come_whole_and_answers_leave_framed(void **state)
{
    struct house *house = *state;
    int fd = page_connect(house);
    uint8_t got[16];

    house->known = true;
    say(house, fd, "\0", 1);
    say(house, fd, "\5he", 3);
    assert_int_equal(house->packets, 0);
    say(house, fd, "llo\0\2yo\0", 8);
    assert_int_equal(house->packets, 2);
    assert_true(slice_is_text(slice(house->bytes, house->length), "yo"));

    tcp_send(house->tcp, &house->from, slice_of_text("answer"), false);
    assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), -1);
    turn(house);
    assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), 8);
    assert_memory_equal(got, "\0\6answer", 8);
    close(fd);
    turn(house);
    assert_int_equal(house->gone, 1);
    /* The way is known to nobody any more. */
    tcp_send(house->tcp, &house->from, slice_of_text("answer"), false);
    turn(house);
}

static void who_passes_no_check_is_closed_after_five_seconds(void **state)
{
    struct house *house = *state;
    int fd = page_connect(house);

    pass(house, 2);
    say(house, fd, "\0\3abc", 5); /* talking is not enough */
    pass(house, 2);
    assert_false(is_closed(fd));
    pass(house, 1);
    assert_true(is_closed(fd));
    assert_int_equal(house->gone, 1);
    close(fd);
}

static void a_peers_connection_stays_until_the_peer_is_gone(void **state)
{
    struct house *house = *state;
    int fd = page_connect(house);

    house->known = true;
    say(house, fd, "\0\3abc", 5);
    pass(house, 60);
    assert_false(is_closed(fd));
    house->known = false;
    pass(house, 4);
    assert_false(is_closed(fd));
    pass(house, 2);
    assert_true(is_closed(fd));
    close(fd);
}

static void nonsense_ends_its_connection_and_no_other(void **state)
{
    struct house *house = *state;
    int web = page_connect(house);
    int page = page_connect(house);

    house->known = true;
    say(house, page, "\0\3abc", 5);
    say(house, web, "GET / HTTP/1.1\r\n\r\n", 18);
    assert_true(is_closed(web));
    say(house, page, "\0\3abc", 5);
    assert_int_equal(house->packets, 2);
    close(web);
    close(page);
}

static void strangers_from_one_address_are_few(void **state)
{
    struct house *house = *state;
    int page = page_connect(house);
    int strangers[TCP_STRANGERS_EACH];
    int more;

    house->known = true;
    say(house, page, "\0\3abc", 5);
    house->known = false;
    for (size_t i = 0; i < TCP_STRANGERS_EACH; i++) {
        strangers[i] = page_connect(house);
        assert_false(is_closed(strangers[i]));
    }
    more = page_connect(house);
    assert_true(is_closed(more));
    close(more);
    assert_false(is_closed(page));

    /* One that leaves makes room. */
    close(strangers[0]);
    turn(house);
    strangers[0] = page_connect(house);
    assert_false(is_closed(strangers[0]));
    for (size_t i = 0; i < TCP_STRANGERS_EACH; i++)
        close(strangers[i]);
    close(page);
}

/* Reads what comes until the last packet of all did; counts whole packets by
 * their first letter. */
static void drain(struct house *house, int fd, size_t counts[256])
{
    static uint8_t bytes[8000000];
    struct slice rest = slice(bytes, 0);
    struct slice packet;

    memset(counts, 0, 256 * sizeof(counts[0]));
    tcp_send(house->tcp, &house->from, slice_of_text("end"), false);
    for (int tries = 0; counts['e'] == 0; tries++) {
        uint8_t *end = bytes + (rest.data - bytes) + rest.length;
        ssize_t n = recv(fd, end, 100000, MSG_DONTWAIT);

        rest.length += n > 0 ? (size_t)n : 0;
        while (ice_tcp_next(&rest, &packet) == 1)
            counts[packet.data[0]] += 1;
        assert_true(tries < 60000);
        if (n <= 0)
            usleep(1000);
        turn(house);
    }
    assert_int_equal(rest.length, 0);
}

/* Ten seconds of a call towards a page that reads nothing for as long. */
static void who_reads_slowly_loses_pictures_and_no_sound(void **state)
{
    struct house *house = *state;
    static uint8_t picture[1100] = { 'p' }, sound[120] = { 's' };
    size_t counts[256];
    int fd = page_connect(house);
    int small = 16384;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    house->known = true;
    say(house, fd, "\0\3abc", 5);
    for (unsigned i = 0; i < 250; i++) {
        tcp_send(house->tcp, &house->from, slice(sound, sizeof(sound)), false);
        for (unsigned p = 0; p < 20; p++)
            tcp_send(house->tcp, &house->from, slice(picture, sizeof(picture)),
                     true);
        turn(house);
    }
    drain(house, fd, counts);
    assert_int_equal(counts['s'], 250);
    assert_true(counts['p'] > 10 && counts['p'] < 5000);

    /* It has caught up: all come again. */
    for (unsigned p = 0; p < 20; p++)
        tcp_send(house->tcp, &house->from, slice(picture, sizeof(picture)),
                 true);
    drain(house, fd, counts);
    assert_int_equal(counts['p'], 20);
    close(fd);
}

/* A large picture in one turn is no reason to lose any of it. */
static void a_fast_page_loses_nothing(void **state)
{
    struct house *house = *state;
    static uint8_t picture[1100] = { 'p' };
    size_t counts[256];
    int fd = page_connect(house);

    house->known = true;
    say(house, fd, "\0\3abc", 5);
    for (unsigned p = 0; p < 90; p++)
        tcp_send(house->tcp, &house->from, slice(picture, sizeof(picture)),
                 true);
    drain(house, fd, counts);
    assert_int_equal(counts['p'], 90);
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, house_begin, house_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(packets_come_whole_and_answers_leave_framed),
        TEST(who_passes_no_check_is_closed_after_five_seconds),
        TEST(a_peers_connection_stays_until_the_peer_is_gone),
        TEST(nonsense_ends_its_connection_and_no_other),
        TEST(strangers_from_one_address_are_few),
        TEST(who_reads_slowly_loses_pictures_and_no_sound),
        TEST(a_fast_page_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
