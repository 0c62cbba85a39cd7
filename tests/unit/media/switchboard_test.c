/* The relay from datagram to datagram, with real pages' protocols. */
#include "page.h"

#define SOUND   4 /* sections of slot 1 */
#define PICTURE 5

struct call {
    struct relay *relay;
    struct page *doctor;
    struct page *anna;
};

static struct call call_of(void **state)
{
    struct call call = { .relay = *state };

    call.doctor = page_connected(call.relay, "doctor", 1);
    call.anna = page_connected(call.relay, "anna", 2);
    page_listen(call.doctor);
    page_listen(call.anna);
    return call;
}

static void call_end(struct call *call)
{
    page_free(call->doctor);
    page_free(call->anna);
}

static void talk(struct page *page, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        page_speak(page, "words");
        page_show(page, i == 0);
        relay_wait(page->relay, 20);
    }
}

static void nothing_passes_without_a_route(void **state)
{
    struct call call = call_of(state);

    talk(call.doctor, 50);
    talk(call.anna, 50);
    page_listen(call.doctor);
    page_listen(call.anna);
    assert_int_equal(call.doctor->rtp_count, 0);
    assert_int_equal(call.anna->rtp_count, 0);
    call_end(&call);
}

static void a_route_carries_both_ways_and_its_end_stops_at_once(void **state)
{
    struct call call = call_of(state);

    assert_int_equal(relay_pair(call.relay, "v", 1, 1, "doctor", "anna"),
                     MEDIA_TAKEN);
    talk(call.doctor, 10);
    talk(call.anna, 10);
    page_listen(call.doctor);
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, SOUND, NULL), 10);
    assert_int_equal(page_got(call.anna, PICTURE, NULL), 10);
    assert_int_equal(page_got(call.doctor, SOUND, NULL), 10);
    assert_int_equal(page_got(call.doctor, PICTURE, NULL), 10);

    assert_int_equal(relay_pair(call.relay, "v", 1, 0, NULL, NULL),
                     MEDIA_STALE);
    assert_int_equal(relay_pair(call.relay, "v", 1, 2, NULL, NULL),
                     MEDIA_TAKEN);
    page_listen(call.anna);
    talk(call.doctor, 50);
    page_listen(call.anna);
    assert_int_equal(call.anna->rtp_count, 0);
    call_end(&call);
}

static void headers_are_the_relays_own(void **state)
{
    struct call call = call_of(state);
    const struct rtp_packet *got = NULL;
    struct extension_ids ids = { .mid = 4, .audio_level = 1 };
    struct extensions extensions;

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    page_speak(call.doctor, "words");
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, SOUND, &got), 1);
    assert_int_equal(got->payload_type, PAGE_OPUS);
    assert_true(got->seq < 32768);
    assert_true(slice_is_text(got->payload, "words"));
    extensions_read(got, &ids, &extensions);
    assert_int_equal(extensions.audio_level, 0x9e);
    assert_int_equal(extensions.mid.length, 0);
    /* The clock of the slot is told at once, with its name. */
    assert_int_equal(page_got_rtcp(call.anna, RTCP_SENDER_REPORT), 1);
    assert_int_equal(page_got_rtcp(call.anna, RTCP_OTHER), 1);
    for (size_t i = 0; i < call.anna->rtcp_count; i++)
        if (call.anna->rtcp[i].kind == RTCP_SENDER_REPORT)
            assert_true(call.anna->rtcp[i].sender.rtp - got->timestamp < 960);
    call_end(&call);
}

static void a_picture_begins_with_a_whole_one(void **state)
{
    struct call call = call_of(state);

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    relay_wait(call.relay, 5);
    page_listen(call.doctor);
    assert_int_equal(page_got_rtcp(call.doctor, RTCP_PLI), 1);
    page_show(call.doctor, false);
    relay_wait(call.relay, 200);
    page_listen(call.anna);
    page_listen(call.doctor);
    assert_int_equal(page_got(call.anna, PICTURE, NULL), 0);
    assert_int_equal(page_got_rtcp(call.doctor, RTCP_PLI), 0);
    relay_wait(call.relay, 150); /* asked again after 300 ms */
    page_listen(call.doctor);
    assert_int_equal(page_got_rtcp(call.doctor, RTCP_PLI), 1);
    page_show(call.doctor, true);
    page_show(call.doctor, false);
    relay_wait(call.relay, 1000);
    page_listen(call.anna);
    page_listen(call.doctor);
    assert_int_equal(page_got(call.anna, PICTURE, NULL), 2);
    assert_int_equal(page_got_rtcp(call.doctor, RTCP_PLI), 0);
    call_end(&call);
}

/* How many packets come by RTX for this number. */
static size_t repeats(struct page *page, uint16_t seq)
{
    size_t count = 0;

    page_listen(page);
    page_miss(page, PICTURE, seq);
    page_listen(page);
    for (size_t i = 0; i < page->rtp_count; i++) {
        const struct rtp_packet *packet = &page->rtp[i];

        if (packet->ssrc != page->slot_rtx[PICTURE])
            continue;
        assert_int_equal(packet->payload_type, PAGE_RTX);
        assert_int_equal(packet->payload.data[0] << 8 | packet->payload.data[1],
                         seq);
        count += 1;
    }
    return count;
}

static void a_route_is_a_wall_in_time(void **state)
{
    struct call call = call_of(state);
    struct page *bruno = page_connected(call.relay, "bruno", 3);
    const struct rtp_packet *got = NULL;
    uint16_t old, fresh;

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    talk(call.anna, 5);
    page_listen(call.doctor);
    assert_int_equal(page_got(call.doctor, PICTURE, &got), 5);
    old = got->seq;
    assert_int_equal(repeats(call.doctor, old), 1);
    assert_int_equal(repeats(call.doctor, (uint16_t)(old + 1)), 0);

    /* The doctor goes on to Bruno; nothing of Anna's comes any more, not
     * even what was sent before, under whatever number it is asked for. */
    relay_pair(call.relay, "w", 2, 1, "doctor", "bruno");
    talk(call.anna, 5);
    talk(bruno, 5);
    page_listen(call.doctor);
    assert_int_equal(page_got(call.doctor, PICTURE, &got), 5);
    fresh = got->seq;
    for (size_t i = 0; i < call.doctor->rtp_count; i++)
        if (call.doctor->rtp[i].ssrc == call.doctor->slot_ssrc[PICTURE])
            assert_int_equal(call.doctor->rtp[i].payload.data[2], 3);
    assert_int_equal((uint16_t)(fresh - old), 5);
    assert_int_equal(repeats(call.doctor, fresh), 1);
    for (uint16_t seq = (uint16_t)(old - 4); seq != (uint16_t)(old + 1); seq++)
        assert_int_equal(repeats(call.doctor, seq), 0);

    /* Back to Anna: what was sent before still is not repeated. */
    relay_pair(call.relay, "v", 3, 2, "doctor", "anna");
    assert_int_equal(repeats(call.doctor, fresh), 0);
    talk(call.anna, 2);
    assert_int_equal(repeats(call.doctor, fresh), 0);
    page_free(bruno);
    call_end(&call);
}

static void what_is_missing_is_asked_for_and_passed_on(void **state)
{
    struct call call = call_of(state);
    uint8_t rtx[8] = { 0x00, 0x65, 0x10, 1, 9 };
    const struct rtp_packet *got = NULL;

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    page_show_seq(call.doctor, 100, true);
    page_show_seq(call.doctor, 102, false);
    page_listen(call.doctor);
    relay_wait(call.relay, 30);
    page_listen(call.doctor);
    assert_int_equal(page_got_rtcp(call.doctor, RTCP_NACK), 1);
    page_send_rtp(call.doctor, &(struct rtp_packet){
                                   .payload_type = PAGE_RTX,
                                   .seq = 1,
                                   .timestamp = 101 * 3000u,
                                   .ssrc = PAGE_VIDEO_RX + 1,
                                   .payload = slice(rtx, sizeof(rtx)),
                               });
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, PICTURE, &got), 3);
    assert_int_equal(got->payload.length, 6);
    assert_int_equal(got->payload.data[2], 9);
    assert_int_equal((uint16_t)(call.anna->rtp[1].seq - got->seq), 1);
    relay_wait(call.relay, 500);
    page_listen(call.doctor);
    assert_int_equal(page_got_rtcp(call.doctor, RTCP_NACK), 0);
    call_end(&call);
}

static void the_house_plays_until_it_is_told_not_to(void **state)
{
    struct call call = call_of(state);
    struct media_command house = { .kind = MEDIA_HOUSE };

    house.house.peer = named("anna");
    house.house.play = HOUSE_HOLD;
    assert_int_equal(relay_ask(call.relay, house), MEDIA_TAKEN);
    relay_wait(call.relay, 600);
    page_listen(call.anna);
    page_listen(call.doctor);
    assert_in_range(page_got(call.anna, 3, NULL), 9, 11);
    assert_int_equal(call.doctor->rtp_count, 0);
    house.house.play = HOUSE_SILENT;
    relay_ask(call.relay, house);
    page_listen(call.anna);
    relay_wait(call.relay, 600);
    page_listen(call.anna);
    assert_int_equal(call.anna->rtp_count, 0);
    house.house.peer = named("nobody");
    assert_int_equal(relay_ask(call.relay, house), MEDIA_UNKNOWN_PEER);
    call_end(&call);
}

static void who_is_silent_is_lost_then_back_or_gone(void **state)
{
    struct call call = call_of(state);
    struct relay *relay = call.relay;

    relay_pair(relay, "v", 1, 1, "doctor", "anna");
    relay->event_count = 0;
    relay_wait(relay, 4000);
    page_check(call.doctor);
    relay_wait(relay, 2500);
    assert_true(relay_heard(relay, MEDIA_LOST, "anna"));
    assert_false(relay_heard(relay, MEDIA_LOST, "doctor"));
    page_check(call.anna);
    assert_true(relay_heard(relay, MEDIA_BACK, "anna"));

    relay_pair(relay, "v", 1, 2, NULL, NULL);
    relay->event_count = 0;
    relay_wait(relay, 13000);
    assert_false(relay_heard(relay, MEDIA_LOST, "anna"));
    relay_wait(relay, 4000);
    assert_true(relay_heard(relay, MEDIA_LOST, "anna"));
    relay_wait(relay, 62000);
    assert_true(relay_heard(relay, MEDIA_GONE, "anna"));
    call_end(&call);
}

/* A page loaded anew under the same name: the old one loses its routes. */
static void a_new_page_takes_the_name_and_its_routes(void **state)
{
    struct call call = call_of(state);
    struct page *again;

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    again = page_connected(call.relay, "anna", 4);
    page_listen(call.anna);
    talk(call.doctor, 5);
    page_listen(again);
    page_listen(call.anna);
    assert_int_equal(page_got(again, SOUND, NULL), 5);
    assert_int_equal(page_got(again, PICTURE, NULL), 5);
    assert_int_equal(call.anna->rtp_count, 0);
    talk(call.anna, 5); /* the old page speaks to nobody */
    page_listen(call.doctor);
    assert_int_equal(call.doctor->rtp_count, 0);
    page_free(again);
    call_end(&call);
}

/* Its line is dead, and it tries again and again: that is told once. */
static void who_offers_anew_in_vain_is_lost(void **state)
{
    struct call call = call_of(state);
    struct relay *relay = call.relay;
    struct page *again[3];

    relay_pair(relay, "v", 1, 1, "doctor", "anna");
    relay->event_count = 0;
    for (size_t i = 0; i < 3; i++) {
        relay_wait(relay, 2000);
        page_check(call.doctor);
        again[i] = page_new(relay, "anna", (unsigned)(4 + i));
        page_join(again[i]);
        assert_int_equal(relay_heard(relay, MEDIA_LOST, "anna"), i == 2);
    }
    relay->event_count = 0;
    relay_wait(relay, 4000);
    page_check(call.doctor);
    assert_false(relay_heard(relay, MEDIA_LOST, "anna"));
    page_free(page_connected(relay, "anna", 7));
    assert_true(relay_heard(relay, MEDIA_CONNECTED, "anna"));
    for (size_t i = 0; i < 3; i++)
        page_free(again[i]);
    call_end(&call);
}

static void a_restart_keeps_the_session(void **state)
{
    struct call call = call_of(state);
    char old[256];

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    strcpy(old, call.anna->client.ufrag);
    page_join(call.anna); /* the same certificate */
    assert_string_not_equal(old, call.anna->client.ufrag);
    page_check(call.anna);
    talk(call.doctor, 3);
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, SOUND, NULL), 3);
    call_end(&call);
}

static void dtls_without_a_check_is_not_heard(void **state)
{
    struct relay *relay = *state;
    struct page *page = page_new(relay, "anna", 1);

    page_join(page);
    assert_false(page_connects(page));
    assert_int_equal(relay->event_count, 0);
    page_free(page);
}

static void another_certificate_is_refused(void **state)
{
    struct relay *relay = *state;
    struct page *page = page_new(relay, "anna", 1);

    page_join(page);
    client_identity_release(&page->identity);
    client_identity_init(&page->identity);
    page_check(page);
    (void)page_connects(page);
    relay_wait(relay, 10);
    assert_false(relay_heard(relay, MEDIA_CONNECTED, "anna"));
    assert_true(relay_heard(relay, MEDIA_GONE, "anna"));
    page_free(page);
}

/* Noise of every kind of first byte, from a stranger and from a page. */
static void noise_changes_nothing(void **state)
{
    struct call call = call_of(state);
    struct page *stranger = page_new(call.relay, "stranger", 9);
    const struct rtp_packet *got = NULL;

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    srandom(13);
    for (int i = 0; i < 4000; i++) {
        uint8_t bytes[1600];
        size_t length = (size_t)random() % (i % 10 ? 64 : sizeof(bytes));

        for (size_t b = 0; b < length; b++)
            bytes[b] = (uint8_t)random();
        if (length > 8 && i % 3 == 0)
            memcpy(bytes + 4, "\x21\x12\xa4\x42", 4); /* STUN's cookie */
        if (length > 0 && i % 3 == 1)
            bytes[0] = 0x80; /* RTP */
        page_send(i % 2 ? stranger : call.anna, slice(bytes, length));
    }
    relay_wait(call.relay, 100);
    page_listen(call.doctor);
    assert_int_equal(call.doctor->rtp_count, 0);
    talk(call.anna, 3);
    page_listen(call.doctor);
    assert_int_equal(page_got(call.doctor, SOUND, &got), 3);
    page_free(stranger);
    call_end(&call);
}

/* Authentic RTCP that asks for everything it should not get. */
static void forged_reports_change_nothing(void **state)
{
    struct call call = call_of(state);

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    talk(call.doctor, 3);
    srandom(17);
    for (int i = 0; i < 3000; i++) {
        uint8_t bytes[256];
        struct writer out = writer_into(bytes, sizeof(bytes));
        size_t length = 8 + (size_t)random() % 60 * 4;

        for (size_t b = 0; b < length; b++)
            bytes[b] = (uint8_t)random();
        bytes[0] = (uint8_t)(0x80 | (random() & 0x1f));
        bytes[1] = (uint8_t)(200 + random() % 8);
        if (i % 2) { /* a right length and one of her own streams */
            bytes[2] = (uint8_t)((length / 4 - 1) >> 8);
            bytes[3] = (uint8_t)(length / 4 - 1);
            for (int b = 0; b < 4; b++)
                bytes[8 + b] =
                    (uint8_t)(call.anna->slot_ssrc[PICTURE] >> (24 - 8 * b));
        }
        out.length = length;
        page_send_rtcp(call.anna, &out);
    }
    relay_wait(call.relay, 50);
    page_listen(call.anna);
    talk(call.doctor, 3);
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, SOUND, NULL), 3);
    call_end(&call);
}

static void feedback_and_reports_reach_the_sender(void **state)
{
    static const uint8_t numbered[] = { 0x31, 0x00, 0x01, 0x40, '0' };
    struct call call = call_of(state);
    size_t reports;

    for (unsigned i = 0; i < 60; i++) {
        page_send_rtp(call.anna,
                      &(struct rtp_packet){
                          .payload_type = PAGE_OPUS,
                          .seq = (uint16_t)i,
                          .timestamp = i * 960,
                          .ssrc = PAGE_AUDIO + 2,
                          .extension_profile = RTP_EXTENSION_ONEBYTE,
                          .extension = slice(numbered, sizeof(numbered)),
                          .payload = slice_of_text("words"),
                      });
        relay_wait(call.relay, 20);
    }
    page_listen(call.anna);
    reports = page_got_rtcp(call.anna, RTCP_RECEIVER_REPORT);
    assert_in_range(reports, 1, 2);
    /* One number, told once, and the names beside the reports. */
    assert_int_equal(page_got_rtcp(call.anna, RTCP_OTHER), reports + 1);
    call_end(&call);
}

/* ---- by TCP ----------------------------------------------------------------
 */

static void a_path_moves_to_tcp_and_back(void **state)
{
    struct call call = call_of(state);
    int stream;

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    page_stream(call.anna);
    page_check(call.anna); /* nominates */
    page_listen(call.anna);
    talk(call.doctor, 10);
    talk(call.anna, 10);
    page_listen_stream(call.anna);
    page_listen(call.doctor);
    assert_int_equal(page_got(call.anna, SOUND, NULL), 10);
    assert_int_equal(page_got(call.anna, PICTURE, NULL), 10);
    assert_int_equal(page_got(call.doctor, SOUND, NULL), 10);

    stream = call.anna->stream;
    call.anna->stream = 0;
    page_check(call.anna);
    page_listen(call.anna);
    talk(call.doctor, 10);
    page_listen(call.anna); /* by UDP only: the stream is not looked at */
    assert_int_equal(page_got(call.anna, SOUND, NULL), 10);
    close(stream);
    relay_wait(call.relay, 10);
    page_listen(call.anna);
    talk(call.doctor, 10);
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, SOUND, NULL), 10);
    call_end(&call);
}

static void a_closed_stream_is_a_path_no_more(void **state)
{
    struct call call = call_of(state);

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    page_stream(call.anna);
    page_check(call.anna);
    close(call.anna->stream);
    call.anna->stream = 0;
    relay_wait(call.relay, 10);
    talk(call.doctor, 10);
    /* A check without nomination is enough now. */
    page_check(call.anna);
    page_listen(call.anna);
    talk(call.doctor, 10);
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, SOUND, NULL), 10);
    call_end(&call);
}

static void a_stream_without_a_check_carries_nothing(void **state)
{
    struct call call = call_of(state);

    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    page_stream(call.anna);
    talk(call.anna, 10); /* rightly encrypted, from a way nobody knows */
    page_listen(call.doctor);
    assert_int_equal(page_got(call.doctor, SOUND, NULL), 0);
    relay_wait(call.relay, 7000);
    assert_int_equal(recv(call.anna->stream, &(char){ 0 }, 1, MSG_DONTWAIT), 0);
    call_end(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELAY_TEST(nothing_passes_without_a_route),
        RELAY_TEST(a_route_carries_both_ways_and_its_end_stops_at_once),
        RELAY_TEST(headers_are_the_relays_own),
        RELAY_TEST(a_picture_begins_with_a_whole_one),
        RELAY_TEST(a_route_is_a_wall_in_time),
        RELAY_TEST(what_is_missing_is_asked_for_and_passed_on),
        RELAY_TEST(the_house_plays_until_it_is_told_not_to),
        RELAY_TEST(who_is_silent_is_lost_then_back_or_gone),
        RELAY_TEST(who_offers_anew_in_vain_is_lost),
        RELAY_TEST(a_new_page_takes_the_name_and_its_routes),
        RELAY_TEST(a_restart_keeps_the_session),
        RELAY_TEST(dtls_without_a_check_is_not_heard),
        RELAY_TEST(another_certificate_is_refused),
        RELAY_TEST(noise_changes_nothing),
        RELAY_TEST(forged_reports_change_nothing),
        RELAY_TEST(feedback_and_reports_reach_the_sender),
        RELAY_TEST(a_path_moves_to_tcp_and_back),
        RELAY_TEST(a_closed_stream_is_a_path_no_more),
        RELAY_TEST(a_stream_without_a_check_carries_nothing),
    };

    return cmocka_run_group_tests(tests, relay_libraries, relay_libraries_end);
}
