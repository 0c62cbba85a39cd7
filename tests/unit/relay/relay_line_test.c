#include "signaling/relay/relay_line.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_line(const char *text, struct relay_line *out)
{
    return relay_line_read(text, strlen(text), out);
}

static void a_route_says_the_whole_set(void **state)
{
    struct relay_route routes[2] = { { "a", "b", 1 }, { "b", "a", 1 } };
    struct relay_set set = { .place = "p",
                             .room = "r",
                             .order = 5,
                             .seq = 6,
                             .routes = routes,
                             .count = 2 };

    (void)state;
    char *line = relay_line_route(3, &set);
    assert_string_equal(
        line, "{\"id\":3,\"do\":\"route\",\"place\":\"p\",\"room\":\"r\","
              "\"order\":5,\"seq\":6,\"routes\":["
              "{\"from\":\"a\",\"to\":\"b\",\"slot\":1},"
              "{\"from\":\"b\",\"to\":\"a\",\"slot\":1}]}\n");
    free(line);
    set.count = 0;
    line = relay_line_route(4, &set);
    assert_non_null(strstr(line, "\"routes\":[]"));
    free(line);
}

static void an_offer_keeps_its_lines(void **state)
{
    (void)state;
    char *line = relay_line_join(1, "p", "q", "v=0\r\ns=-\r\n");
    assert_non_null(strstr(line, "v=0\\r\\ns=-\\r\\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    free(line);
}

static void a_relay_says_who_it_is_and_how_busy(void **state)
{
    struct relay_line line;

    (void)state;
    assert_int_equal(
        read_line("{\"event\":\"hello\",\"instance\":\"x\","
                  "\"name\":\"relay-1.example\",\"release\":"
                  "\"1.2\",\"load\":0.5,\"draining\":true,\"left_s\":9}",
                  &line),
        0);
    assert_string_equal(line.name, "relay-1.example");
    assert_string_equal(line.release, "1.2");
    assert_true(line.says_load && line.load == 0.5 && line.draining);
    assert_int_equal(line.left_s, 9);
    relay_line_release(&line);
    /* An older one does not. */
    assert_int_equal(
        read_line("{\"event\":\"hello\",\"instance\":\"x\"}", &line), 0);
    assert_null(line.name);
    assert_false(line.says_load || line.draining);
    relay_line_release(&line);
    assert_int_equal(read_line("{\"re\":5,\"ok\":true,\"load\":7}", &line), 0);
    assert_true(line.says_load && line.load == 1);
    assert_false(line.says_counts);
    relay_line_release(&line);
    assert_int_equal(
        read_line("{\"re\":5,\"ok\":true,\"peers\":3,\"packets_in\":"
                  "5000000000,\"packets_out\":-1}",
                  &line),
        0);
    assert_true(line.says_counts);
    assert_int_equal(line.counts.peers, 3);
    assert_int_equal(line.counts.packets_in, 5000000000);
    assert_int_equal(line.counts.packets_out, 0);
    relay_line_release(&line);
    assert_int_equal(read_line("{\"event\":\"draining\"}", &line), 0);
    assert_true(line.is_event);
    assert_int_equal(line.event.kind, RELAY_DRAINING);
    relay_line_release(&line);
    assert_int_equal(read_line("{\"event\":\"hello\",\"instance\":\"x\","
                               "\"name\":\"a b\"}",
                               &line),
                     -EBADMSG);
}

static void hello_and_events_are_read(void **state)
{
    struct relay_line line;

    (void)state;
    assert_int_equal(
        read_line("{\"event\":\"hello\",\"instance\":\"x\"}", &line), 0);
    assert_true(line.hello);
    assert_string_equal(line.instance, "x");
    relay_line_release(&line);
    assert_int_equal(read_line("{\"event\":\"lost\",\"peer\":\"q\"}", &line),
                     0);
    assert_true(line.is_event);
    assert_int_equal(line.event.kind, RELAY_LOST);
    relay_line_release(&line);
    assert_int_equal(
        read_line("{\"event\":\"probed\",\"peer\":\"p\",\"down_kbps\":900,"
                  "\"loss_down\":0.25}",
                  &line),
        0);
    assert_int_equal(line.event.kind, RELAY_PROBED);
    assert_true(line.event.measure.down_known);
    assert_false(line.event.measure.up_known);
    assert_false(line.event.measure.rtt_known);
    assert_int_equal(line.event.measure.down_kbps, 900);
    assert_true(line.event.measure.loss_down == 0.25);
    relay_line_release(&line);
    assert_int_equal(read_line("{\"event\":\"heard\",\"peer\":\"p\","
                               "\"loudness_db\":-21.5,\"spoken_ms\":1200,"
                               "\"playing_ms\":2000}",
                               &line),
                     0);
    assert_int_equal(line.event.kind, RELAY_HEARD);
    assert_true(line.event.voice.loudness_db == -21.5);
    assert_int_equal(line.event.voice.spoken_ms, 1200);
    assert_int_equal(line.event.voice.playing_ms, 2000);
    relay_line_release(&line);
    assert_int_equal(read_line("{\"event\":\"gap\",\"peer\":\"p\","
                               "\"what\":\"sound\",\"ms\":1840}",
                               &line),
                     0);
    assert_int_equal(line.event.kind, RELAY_GAP);
    assert_int_equal(line.event.gap_ms, 1840);
    relay_line_release(&line);
    /* a newer relay may know more */
    assert_int_equal(read_line("{\"event\":\"sings\"}", &line), 0);
    assert_false(line.is_event);
    relay_line_release(&line);
}

static void rooms_are_read(void **state)
{
    struct relay_line line;

    (void)state;
    assert_int_equal(
        read_line("{\"re\":5,\"rooms\":[{\"room\":\"r\",\"seq\":9,\"routes\":"
                  "[{\"from\":\"a\",\"to\":\"b\",\"slot\":2}]},"
                  "{\"room\":\"s\",\"seq\":1,\"routes\":[]}],"
                  "\"peers\":[\"a\",\"b\"]}",
                  &line),
        0);
    assert_int_equal(line.re, 5);
    assert_int_equal(line.answer.room_count, 2);
    assert_string_equal(line.answer.rooms[0].routes[0].to, "b");
    assert_int_equal(line.answer.rooms[0].routes[0].slot, 2);
    assert_int_equal(line.answer.rooms[1].count, 0);
    assert_int_equal(line.answer.peer_count, 2);
    relay_line_release(&line);
}

static void nonsense_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "[]",
        "{}",
        "{\"re\":\"5\"}",
        "{\"event\":\"hello\"}",
        "{\"event\":\"lost\"}",
        "{\"re\":1,\"rooms\":[{\"seq\":1}]}",
        "{\"re\":1,\"rooms\":[{\"room\":\"r\",\"routes\":[{}]}]}",
    };
    struct relay_line line;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_int_equal(read_line(lines[i], &line), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_route_says_the_whole_set),
        cmocka_unit_test(an_offer_keeps_its_lines),
        cmocka_unit_test(a_relay_says_who_it_is_and_how_busy),
        cmocka_unit_test(hello_and_events_are_read),
        cmocka_unit_test(rooms_are_read),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
