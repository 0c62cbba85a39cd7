/* Lines that carry little: the last rung, probes, clocks, what senders hear. */
#include "page.h"

#include "media/rtp/clock.h"

#include <math.h>

#define SOUND   4
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
    relay_pair(call.relay, "v", 1, 1, "doctor", "anna");
    return call;
}

static void call_end(struct call *call)
{
    page_free(call->doctor);
    page_free(call->anna);
}

static void say_remb(struct page *page, uint64_t bps)
{
    uint8_t bytes[64];
    struct writer out = writer_into(bytes, sizeof(bytes));

    rtcp_write_receiver_report(&out, 9, NULL, 0);
    rtcp_write_remb(&out, 9, bps, &page->slot_ssrc[PICTURE], 1);
    page_send_rtcp(page, &out);
}

static size_t told(const struct relay *relay, const char *peer, bool shown)
{
    size_t count = 0;

    for (size_t i = 0; i < relay->event_count; i++)
        count += relay->events[i].kind == MEDIA_PICTURE &&
                 relay->events[i].shown == shown &&
                 strcmp(relay->events[i].peer.text, peer) == 0;
    return count;
}

/* So long does Anna talk and show herself, the doctor's line taking so much. */
struct minute {
    size_t sound;
    size_t pictures;
    size_t padding;
    size_t asked; /* Anna for a whole picture */
};
static struct minute pass(struct call *call, unsigned ms, uint64_t bps)
{
    struct minute minute = { 0 };

    for (unsigned i = 0; i < ms; i += 20) {
        page_speak(call->anna, "words");
        page_show(call->anna, i == 0);
        if (i % 240 == 0)
            say_remb(call->doctor, bps);
        relay_wait(call->relay, 20);
        page_listen(call->anna);
        minute.asked += page_got_rtcp(call->anna, RTCP_PLI);
        page_listen(call->doctor);
        minute.sound += page_got(call->doctor, SOUND, NULL);
        minute.pictures += page_got(call->doctor, PICTURE, NULL);
        for (size_t p = 0; p < call->doctor->rtp_count; p++)
            minute.padding +=
                call->doctor->rtp[p].ssrc == call->doctor->slot_rtx[PICTURE] &&
                call->doctor->rtp[p].payload.length == 0;
    }
    return minute;
}

static void a_narrow_line_keeps_sound_and_loses_the_picture(void **state)
{
    struct call call = call_of(state);
    struct minute minute;

    minute = pass(&call, 1000, 800000);
    assert_int_equal(minute.sound, 50);
    assert_int_equal(minute.pictures, 50);
    (void)pass(&call, 1400, 60000);
    assert_int_equal(told(call.relay, "doctor", false), 1);
    assert_int_equal(told(call.relay, "anna", false), 0);
    minute = pass(&call, 1000, 60000);
    assert_int_equal(minute.sound, 50);
    assert_int_equal(minute.pictures, 0);

    /* The other way is another line. */
    page_show(call.doctor, true);
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, PICTURE, NULL), 1);
    call_end(&call);
}

static void the_picture_comes_back_by_itself_and_whole(void **state)
{
    struct call call = call_of(state);
    struct minute minute = { 0 };
    const struct rtp_packet *got = NULL;
    uint64_t bps = 60000;
    size_t padding = 0;

    (void)pass(&call, 1000, 800000);
    (void)pass(&call, 1400, 60000);
    assert_int_equal(told(call.relay, "doctor", false), 1);
    /* Each probe is complained about: nothing comes back. */
    for (unsigned i = 0; i < 100; i++) {
        minute = pass(&call, 240, bps);
        if (minute.padding > 0)
            bps = bps * 95 / 100;
        padding += minute.padding;
    }
    assert_true(padding > 5);
    assert_true(bps > 20000); /* they become rare */
    assert_int_equal(told(call.relay, "doctor", true), 0);
    /* The line is wide again: nobody complains. */
    for (int i = 0; i < 40 && told(call.relay, "doctor", true) == 0; i++)
        minute = pass(&call, 500, bps);
    assert_int_equal(told(call.relay, "doctor", true), 1);
    assert_true(minute.asked > 0);
    assert_int_equal(minute.pictures, 0);

    page_show(call.anna, false);
    page_listen(call.doctor);
    assert_int_equal(page_got(call.doctor, PICTURE, NULL), 0);
    page_show(call.anna, true);
    page_listen(call.doctor);
    assert_int_equal(page_got(call.doctor, PICTURE, &got), 1);
    assert_int_equal(got->payload.data[1] & 1, 0);
    call_end(&call);
}

/* The newest cap that Anna was told, besides her speech; else what it was. */
static uint64_t told_cap(const struct call *call, uint64_t before)
{
    for (size_t i = call->anna->rtcp_count; i-- > 0;)
        if (call->anna->rtcp[i].kind == RTCP_REMB)
            return call->anna->rtcp[i].remb_bps - 48000;
    return before;
}

/* Anna sends what she is told that she may; the doctor talks, but the page,
 * whose machine has much to do, says nothing of what came. */
static void who_says_nothing_carries_no_more(void **state)
{
    struct call call = call_of(state);
    uint8_t bytes[1000] = { 0x10, 0x10 };
    uint64_t cap = 220000;
    uint64_t owed = 0; /* bits, a thousandth of one each */

    (void)pass(&call, 1000, 800000);
    (void)pass(&call, 500, cap);
    for (unsigned ms = 0; ms < 20000; ms += 20) {
        owed += cap * 20;
        for (; owed >= sizeof(bytes) * 8000; owed -= sizeof(bytes) * 8000)
            page_send_rtp(call.anna, &(struct rtp_packet){
                                         .payload_type = PAGE_VP8,
                                         .seq = call.anna->video_seq++,
                                         .timestamp = ms * 90,
                                         .ssrc = PAGE_VIDEO + 2,
                                         .payload = slice(bytes, 1000),
                                     });
        page_speak(call.doctor, "words");
        relay_wait(call.relay, 20);
        page_listen(call.anna);
        cap = told_cap(&call, cap);
        page_listen(call.doctor);
    }
    assert_in_range(cap, 200000, 220000);
    call_end(&call);
}

static void the_next_visit_begins_with_a_picture(void **state)
{
    struct call call = call_of(state);

    (void)pass(&call, 1000, 800000);
    (void)pass(&call, 1400, 60000);
    assert_int_equal(told(call.relay, "doctor", false), 1);
    relay_pair(call.relay, "v", 1, 2, NULL, NULL);
    relay_wait(call.relay, 1100);
    assert_int_equal(told(call.relay, "doctor", true), 1);
    call_end(&call);
}

/* ---- one clock ---------------------------------------------------------- */

static void say_clock(struct page *page, uint32_t ssrc, uint64_t us,
                      uint32_t rtp)
{
    uint8_t bytes[64];
    struct writer out = writer_into(bytes, sizeof(bytes));

    rtcp_write_sender_report(
        &out, ssrc, &(struct rtcp_sender_info){ ntp_of(us), rtp, 1, 1 });
    page_send_rtcp(page, &out);
}

/* The last sender report of this stream of the page's. */
static bool clock_heard(const struct page *page, unsigned section,
                        struct rtcp_sender_info *out)
{
    bool found = false;

    for (size_t i = 0; i < page->rtcp_count; i++) {
        const struct rtcp_message *message = &page->rtcp[i];

        if (message->kind != RTCP_SENDER_REPORT ||
            message->sender_ssrc != page->slot_ssrc[section])
            continue;
        *out = message->sender;
        found = true;
    }
    return found;
}

/* When a packet was captured, by a report of its stream: seconds. */
static double captured(const struct rtcp_sender_info *report, uint32_t rtp,
                       double rate)
{
    return (double)(ntp_to_us(report->ntp) % 1000000000) / 1e6 +
           (int32_t)(rtp - report->rtp) / rate;
}

static void sound_and_picture_of_one_person_share_one_clock(void **state)
{
    /* Anna's device counts its own years, and its two tracks their own ticks:
     * at this moment of hers sound stands at 5000, the picture at 70000. */
    const uint64_t hers = UINT64_C(1234567890123);
    struct call call = call_of(state);
    struct rtcp_sender_info sound, picture;
    const struct rtp_packet *heard = NULL, *seen = NULL;
    double apart;

    for (uint32_t i = 0; i < 60; i++) {
        uint32_t ms = i * 20;

        page_send_rtp(call.anna,
                      &(struct rtp_packet){
                          .payload_type = PAGE_OPUS,
                          .seq = (uint16_t)(10 + i),
                          .timestamp = 5000 + ms * 48,
                          .ssrc = PAGE_AUDIO + 2,
                          .extension_profile = RTP_EXTENSION_ONEBYTE,
                          .extension = slice((const uint8_t[]){ 0x40, '0' }, 2),
                          .payload = slice_of_text("words"),
                      });
        /* The picture takes 30 ms more through its encoder. */
        if (ms >= 40)
            page_send_rtp(call.anna,
                          &(struct rtp_packet){
                              .marker = true,
                              .payload_type = PAGE_VP8,
                              .seq = (uint16_t)(900 + i),
                              .timestamp = 70000 + (ms - 30) * 90,
                              .ssrc = PAGE_VIDEO + 2,
                              .payload = slice((const uint8_t[]){ 0x10, 0 }, 2),
                          });
        if (i == 30) { /* reports do not travel equally fast either */
            say_clock(call.anna, PAGE_AUDIO + 2, hers + ms * 1000,
                      5000 + ms * 48);
            relay_wait(call.relay, 7);
            say_clock(call.anna, PAGE_VIDEO + 2, hers + ms * 1000,
                      70000 + ms * 90);
        }
        page_listen(call.doctor);
        (void)page_got(call.doctor, SOUND, &heard);
        (void)page_got(call.doctor, PICTURE, &seen);
        relay_wait(call.relay, i == 30 ? 13 : 20);
    }
    /* The last of each: sound of 1180 ms, picture of 1150 ms. */
    uint32_t sound_rtp = heard->timestamp, picture_rtp = seen->timestamp;

    relay_wait(call.relay, 1500);
    page_listen(call.doctor);
    assert_true(clock_heard(call.doctor, SOUND, &sound));
    assert_true(clock_heard(call.doctor, PICTURE, &picture));
    apart = captured(&sound, sound_rtp, 48000) -
            captured(&picture, picture_rtp, 90000);
    assert_true(fabs(apart - 0.030) < 0.002);
    call_end(&call);
}

/* ---- what senders hear of their listeners ---------------------------------
 */

static void a_sender_is_told_of_its_listeners_loss(void **state)
{
    struct call call = call_of(state);
    struct rtcp_block lossy = { .fraction_lost = 64, .highest_seq = 200 };
    uint8_t bytes[64];
    struct writer out = writer_into(bytes, sizeof(bytes));

    page_speak(call.anna, "words");
    lossy.ssrc = call.doctor->slot_ssrc[SOUND];
    rtcp_write_receiver_report(&out, 9, &lossy, 1);
    page_send_rtcp(call.doctor, &out);
    relay_wait(call.relay, 1100);
    page_listen(call.anna);
    for (size_t i = 0; i < call.anna->rtcp_count; i++) {
        const struct rtcp_message *message = &call.anna->rtcp[i];

        if (message->kind != RTCP_RECEIVER_REPORT || message->block_count == 0)
            continue;
        assert_in_range(rtcp_block_at(message, 0).fraction_lost, 62, 64);
        call_end(&call);
        return;
    }
    fail_msg("no receiver report");
}

/* ---- repairs ---------------------------------------------------------------
 */

static size_t repaired(struct page *page)
{
    size_t count = 0;

    page_listen(page);
    for (size_t i = 0; i < page->rtp_count; i++)
        count += page->rtp[i].ssrc == page->slot_rtx[PICTURE] &&
                 page->rtp[i].payload.length == 1002;
    return count;
}

static void repairs_leave_one_after_the_other(void **state)
{
    struct call call = call_of(state);
    uint8_t large[1000] = { 0x10, 0 };
    const struct rtp_packet *got = NULL;
    uint16_t last;
    size_t at_once;

    for (uint16_t i = 0; i < 40; i++)
        page_send_rtp(call.anna, &(struct rtp_packet){
                                     .payload_type = PAGE_VP8,
                                     .seq = i,
                                     .timestamp = i * 3000u,
                                     .ssrc = PAGE_VIDEO + 2,
                                     .payload = slice(large, sizeof(large)),
                                 });
    page_listen(call.doctor);
    assert_int_equal(page_got(call.doctor, PICTURE, &got), 40);
    last = got->seq;
    for (uint16_t i = 0; i < 40; i++)
        page_miss(call.doctor, PICTURE, (uint16_t)(last - i));
    page_miss(call.doctor, PICTURE, (uint16_t)(last - 39)); /* waits already */
    at_once = repaired(call.doctor);
    assert_in_range(at_once, 3, 5);
    relay_wait(call.relay, 10);
    at_once += repaired(call.doctor);
    assert_in_range(at_once, 7, 25);
    relay_wait(call.relay, 100);
    assert_int_equal(at_once + repaired(call.doctor), 40);
    call_end(&call);
}

#define RELAY_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, relay_begin, relay_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELAY_TEST(a_narrow_line_keeps_sound_and_loses_the_picture),
        RELAY_TEST(the_picture_comes_back_by_itself_and_whole),
        RELAY_TEST(who_says_nothing_carries_no_more),
        RELAY_TEST(the_next_visit_begins_with_a_picture),
        RELAY_TEST(sound_and_picture_of_one_person_share_one_clock),
        RELAY_TEST(a_sender_is_told_of_its_listeners_loss),
        RELAY_TEST(repairs_leave_one_after_the_other),
    };

    return cmocka_run_group_tests(tests, relay_libraries, relay_libraries_end);
}
