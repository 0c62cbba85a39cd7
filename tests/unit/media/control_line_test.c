#include "media/control_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static const char *refused(const char *line)
{
    struct control_request request;
    struct control_fault fault = { 0 };

    assert_int_not_equal(
        control_line_read(slice_of_text(line), &request, &fault), 0);
    assert_non_null(fault.say);
    return fault.code;
}

static void reads_a_route(void **state)
{
    struct control_request request;
    struct control_fault fault;

    (void)state;
    assert_int_equal(
        control_line_read(
            slice_of_text("{\"id\":7,\"do\":\"route\",\"place\":\"p\",\"room\":"
                          "\"r-1_Z\",\"order\":3,\"seq\":9,\"routes\":[{"
                          "\"from\":\"a\",\"to\":\"b\",\"slot\":4}]}"),
            &request, &fault),
        0);
    assert_int_equal(request.id, 7);
    assert_int_equal(request.verb, CONTROL_ROUTE);
    assert_string_equal(request.place, "p");
    assert_int_equal(request.command.kind, MEDIA_ROUTE);
    assert_string_equal(request.command.route.room.text, "r-1_Z");
    assert_int_equal(request.command.route.order, 3);
    assert_int_equal(request.command.route.seq, 9);
    assert_int_equal(request.command.route.route_count, 1);
    assert_int_equal(request.command.route.routes[0].slot, 4);
    free(request.command.route.routes);
}

static void reads_house_and_leave(void **state)
{
    struct control_request request;
    struct control_fault fault;

    (void)state;
    assert_int_equal(
        control_line_read(slice_of_text("{\"id\":1,\"do\":\"house\",\"peer\":"
                                        "\"a\",\"play\":\"hold\"}"),
                          &request, &fault),
        0);
    assert_int_equal(request.command.house.play, HOUSE_HOLD);
    assert_int_equal(
        control_line_read(
            slice_of_text("{\"id\":1,\"do\":\"leave\",\"peer\":\"a\"}"),
            &request, &fault),
        0);
    assert_string_equal(request.command.leave.text, "a");
}

static void refuses_what_it_cannot_read(void **state)
{
    static const char *lines[] = {
        "",
        "{",
        "[]",
        "7",
        "{\"do\":\"ping\"}",
        "{\"id\":\"1\",\"do\":\"ping\"}",
        "{\"id\":1}",
        "{\"id\":1,\"do\":\"dance\"}",
        "{\"id\":1,\"id\":2,\"do\":\"ping\"}",
        "{\"id\":1,\"do\":\"leave\"}",
        "{\"id\":1,\"do\":\"leave\",\"peer\":\"\"}",
        "{\"id\":1,\"do\":\"leave\",\"peer\":\"a b\"}",
        "{\"id\":1,\"do\":\"leave\",\"peer\":\"a\\u0000b\"}",
        "{\"id\":1,\"do\":\"leave\",\"peer\":\"01234567890123456789012345678901"
        "2345678901234567890123456789012345\"}",
        "{\"id\":1,\"do\":\"house\",\"peer\":\"a\",\"play\":\"loud\"}",
        "{\"id\":1,\"do\":\"probe\"}",
        "{\"id\":1,\"do\":\"route\",\"place\":\"p\",\"room\":\"r\",\"order\":1,"
        "\"seq\":-1,\"routes\":[]}",
        "{\"id\":1,\"do\":\"route\",\"place\":\"p\",\"room\":\"r\",\"order\":1,"
        "\"seq\":1,\"routes\":{}}",
        "{\"id\":1,\"do\":\"route\",\"place\":\"p\",\"room\":\"r\",\"order\":1,"
        "\"seq\":1,\"routes\":[{\"from\":\"a\",\"to\":\"b\",\"slot\":5}]}",
        "{\"id\":1,\"do\":\"route\",\"place\":\"p\",\"room\":\"r\",\"order\":1,"
        "\"seq\":1,\"routes\":[{\"from\":\"a\",\"to\":\"b\",\"slot\":0}]}",
        "{\"id\":1,\"do\":\"route\",\"place\":\"p\",\"room\":\"r\",\"order\":1,"
        "\"seq\":1,\"routes\":[{\"from\":\"a\",\"to\":\"a\",\"slot\":1}]}",
        "{\"id\":1,\"do\":\"route\",\"place\":\"p\",\"room\":\"r\",\"order\":1,"
        "\"seq\":1,\"routes\":[{\"from\":\"a\",\"to\":\"c\",\"slot\":1},"
        "{\"from\":\"b\",\"to\":\"c\",\"slot\":1}]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_string_equal(refused(lines[i]), "bad_request");
    assert_string_equal(refused("{\"id\":1,\"do\":\"join\",\"place\":\"p\","
                                "\"peer\":\"a\",\"offer\":\"nonsense\"}"),
                        "bad_offer");
}

static void expect(char *line, const char *wanted)
{
    assert_string_equal(line, wanted);
    free(line);
}

static void writes_what_the_contract_says(void **state)
{
    struct media_event lost = { .kind = MEDIA_LOST, .peer = { "a" } };
    struct media_event dark = { .kind = MEDIA_PICTURE, .peer = { "a" } };

    struct control_self self = {
        .instance = "i", .workers = 2, .name = "n", .release = "1", .load = 0.5
    };

    (void)state;
    expect(control_line_hello(&self),
           "{\"event\":\"hello\",\"version\":1,\"instance\":\"i\",\"workers\":"
           "2,\"name\":\"n\",\"release\":\"1\",\"load\":0.5,"
           "\"draining\":false}\n");
    self.draining = true;
    self.left_s = 30;
    struct media_report one = { .peer_count = 2, .packets_in = 5 };
    struct media_report other = { .packets_in = 6, .packets_out = 70 };
    struct media_report *const both[] = { &one, &other };
    expect(
        control_line_ping(4, both, 2, &self),
        "{\"re\":4,\"ok\":true,\"peers\":2,\"rooms\":0,\"packets_in\":11,"
        "\"packets_out\":70,\"load\":0.5,\"draining\":true,\"left_s\":30}\n");
    expect(control_line_draining(), "{\"event\":\"draining\"}\n");
    expect(control_line_refusal(5, MEDIA_DRAINING),
           "{\"re\":5,\"refused\":\"draining\",\"say\":\"The relay takes no "
           "new places.\"}\n");
    expect(control_line_ok(3), "{\"re\":3,\"ok\":true}\n");
    expect(control_line_answer(1, "v=0\r\n"),
           "{\"re\":1,\"answer\":\"v=0\\r\\n\"}\n");
    expect(control_line_event(&lost), "{\"event\":\"lost\",\"peer\":\"a\"}\n");
    expect(control_line_event(&(struct media_event){
               .kind = MEDIA_HEARD,
               .peer = { "a" },
               .heard = { -21.5, 1200, 2000 },
           }),
           "{\"event\":\"heard\",\"peer\":\"a\",\"loudness_db\":-21.5,"
           "\"spoken_ms\":1200,\"playing_ms\":2000}\n");
    expect(control_line_event(&(struct media_event){
               .kind = MEDIA_PROBED,
               .peer = { "a" },
               .line = { .down_known = true,
                         .down_kbps = 900,
                         .loss_down = 0.25,
                         .rtt_known = true,
                         .rtt_ms = 40 },
           }),
           "{\"event\":\"probed\",\"peer\":\"a\",\"down_kbps\":900,"
           "\"loss_down\":0.25,\"rtt_ms\":40}\n");
    expect(control_line_event(&(struct media_event){
               .kind = MEDIA_GAP, .peer = { "a" }, .gap_ms = 1840 }),
           "{\"event\":\"gap\",\"peer\":\"a\",\"what\":\"sound\",\"ms\":"
           "1840}\n");
    expect(control_line_event(&dark),
           "{\"event\":\"picture\",\"peer\":\"a\",\"shown\":false}\n");
    expect(control_line_refused(0, false, "bad_request", "s"),
           "{\"re\":null,\"refused\":\"bad_request\",\"say\":\"s\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_route),
        cmocka_unit_test(reads_house_and_leave),
        cmocka_unit_test(refuses_what_it_cannot_read),
        cmocka_unit_test(writes_what_the_contract_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
