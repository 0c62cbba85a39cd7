/* A camera with two encodings, and receivers whose lines differ. */
#include "page.h"

#define PICTURE 5
#define LAYER   7     /* byte of the payload that tells the encoding */
#define SMALL   5000u /* SSRCs of the encodings */
#define LARGE   5001u

struct call {
    struct relay *relay;
    struct page *doctor; /* has two encodings */
    struct page *anna;
    struct page *bruno;
    uint16_t seq;
    bool named; /* the encodings were heard: their names are left out */
};

static struct call call_of(void **state)
{
    struct call call = { .relay = *state, .seq = 100 };
    struct media_command command = { .kind = MEDIA_ROUTE };
    struct media_route *routes = calloc(2, sizeof(*routes));

    call.doctor = page_new(call.relay, "doctor", 1);
    call.doctor->encodings = true;
    page_join(call.doctor);
    page_check(call.doctor);
    assert_true(page_connects(call.doctor));
    call.anna = page_connected(call.relay, "anna", 2);
    call.bruno = page_connected(call.relay, "bruno", 3);
    routes[0] = (struct media_route){ named("doctor"), named("anna"), 1 };
    routes[1] = (struct media_route){ named("doctor"), named("bruno"), 1 };
    command.route.order = command.route.seq = 1;
    command.route.routes = routes;
    command.route.route_count = 2;
    snprintf(command.route.room.text, sizeof(command.route.room.text), "v");
    assert_int_equal(relay_ask(call.relay, command), MEDIA_TAKEN);
    return call;
}

static void call_end(struct call *call)
{
    page_free(call->doctor);
    page_free(call->anna);
    page_free(call->bruno);
}

static void show(struct call *call, bool large, bool whole)
{
    const uint8_t names[] = { 0x40, '1', PAGE_RID << 4, large ? 'h' : 'q' };
    uint16_t picture = (uint16_t)(call->seq + (large ? 12000 : 3000));
    /* Which encoding stands where a receiver does not look. */
    uint8_t frame[1000] = { 0x90,
                            0xe0,
                            (uint8_t)(0x80 | picture >> 8),
                            (uint8_t)picture,
                            (uint8_t)(call->seq + (large ? 100 : 0)),
                            0x20,
                            whole ? 0 : 1,
                            large ? 'h' : 'q' };

    page_send_rtp(
        call->doctor,
        &(struct rtp_packet){
            .marker = true,
            .payload_type = PAGE_VP8,
            .seq = (uint16_t)(call->seq + (large ? 7000 : 0)),
            .timestamp = call->seq * 3000u + large,
            .ssrc = large ? LARGE : SMALL,
            .extension_profile = RTP_EXTENSION_ONEBYTE,
            .extension = slice(names, call->named ? 0 : sizeof(names)),
            .payload = slice(frame, large ? 1000 : 200),
        });
}

static void say_remb(struct page *page, uint64_t bps)
{
    uint8_t bytes[64];
    struct writer out = writer_into(bytes, sizeof(bytes));

    rtcp_write_receiver_report(&out, 9, NULL, 0);
    rtcp_write_remb(&out, 9, bps, &page->slot_ssrc[PICTURE], 1);
    page_send_rtcp(page, &out);
}

/* What a page was shown of each encoding. */
struct shown {
    size_t small;
    size_t large;
    bool began_whole; /* each change did */
};
static void look(struct page *page, struct shown *shown, char *last)
{
    page_listen(page);
    for (size_t i = 0; i < page->rtp_count; i++) {
        const struct rtp_packet *packet = &page->rtp[i];

        if (packet->ssrc != page->slot_ssrc[PICTURE])
            continue;
        if ((char)packet->payload.data[LAYER] != *last)
            shown->began_whole &= (packet->payload.data[LAYER - 1] & 1) == 0;
        *last = (char)packet->payload.data[LAYER];
        shown->small += *last == 'q';
        shown->large += *last == 'h';
    }
}

/* Both encodings for so long, 50 packets a second; a whole picture each 300 ms
 * (it is asked for; here it comes anyway). */
static void pass(struct call *call, unsigned ms, uint64_t anna_bps,
                 uint64_t bruno_bps, struct shown *anna, struct shown *bruno)
{
    char anna_last = 0, bruno_last = 0;

    *anna = *bruno = (struct shown){ .began_whole = true };
    for (unsigned i = 0; i < ms; i += 20, call->seq++) {
        show(call, false, i % 300 == 0);
        show(call, true, i % 300 == 0);
        if (i % 240 == 0) {
            say_remb(call->anna, anna_bps);
            say_remb(call->bruno, bruno_bps);
        }
        relay_wait(call->relay, 20);
        look(call->anna, anna, &anna_last);
        look(call->bruno, bruno, &bruno_last);
        page_listen(call->doctor);
    }
    call->named = true;
}

static void each_receiver_gets_what_fits(void **state)
{
    struct call call = call_of(state);
    struct shown anna, bruno;

    /* Bruno's line turns out to be narrow, Anna's does not. */
    pass(&call, 2000, 800000, 300000, &anna, &bruno);
    pass(&call, 2000, 800000, 200000, &anna, &bruno);
    pass(&call, 1000, 800000, 200000, &anna, &bruno);
    assert_int_equal(anna.large, 50);
    assert_int_equal(anna.small, 0);
    assert_int_equal(bruno.small, 50);
    assert_int_equal(bruno.large, 0);
    assert_true(anna.began_whole && bruno.began_whole);
    call_end(&call);
}

static void a_change_is_seamless_and_a_wall(void **state)
{
    struct call call = call_of(state);
    struct shown anna, bruno;
    const struct rtp_packet *got = NULL;
    uint16_t before, after;

    pass(&call, 3000, 800000, 800000, &anna, &bruno);
    assert_true(bruno.large > 50);
    show(&call, false, false);
    show(&call, true, false);
    page_listen(call.bruno);
    assert_int_equal(page_got(call.bruno, PICTURE, &got), 1);
    before = got->seq;

    say_remb(call.bruno, 200000);
    relay_wait(call.relay, 10);
    call.seq++;
    show(&call, true, false); /* until a whole one of the other comes */
    show(&call, false, false);
    page_listen(call.bruno);
    assert_int_equal(page_got(call.bruno, PICTURE, &got), 1);
    assert_int_equal(got->payload.data[LAYER], 'h');
    call.seq++;
    show(&call, true, true);
    show(&call, false, true);
    page_listen(call.bruno);
    assert_int_equal(page_got(call.bruno, PICTURE, &got), 2);
    assert_int_equal(got->payload.data[LAYER], 'q');
    after = got->seq;
    assert_int_equal((uint16_t)(after - before), 3);

    /* What was sent of the other one is not repeated under any number. */
    for (uint16_t seq = (uint16_t)(before - 20); seq != after; seq++)
        page_miss(call.bruno, PICTURE, seq);
    relay_wait(call.relay, 300);
    page_listen(call.bruno);
    for (size_t i = 0; i < call.bruno->rtp_count; i++)
        assert_true(call.bruno->rtp[i].ssrc != call.bruno->slot_rtx[PICTURE] ||
                    call.bruno->rtp[i].payload.length == 0);
    page_miss(call.bruno, PICTURE, after);
    page_listen(call.bruno);
    assert_true(call.bruno->rtp_count > 0);
    call_end(&call);
}

/* What a receiver reads of a picture it got: each shown one counts one on. */
static struct vp8_descriptor numbers_of(const struct rtp_packet *packet)
{
    return vp8_read(packet->payload);
}

static void assert_next(const struct rtp_packet *packet,
                        struct vp8_descriptor *last)
{
    struct vp8_descriptor now = numbers_of(packet);

    assert_int_equal(now.numbers[VP8_PICTURE].value,
                     (last->numbers[VP8_PICTURE].value + 1) & 0x7fff);
    assert_int_equal(now.numbers[VP8_BASE].value,
                     (last->numbers[VP8_BASE].value + 1) & 0xff);
    *last = now;
}

static void pictures_count_on_over_a_change(void **state)
{
    struct call call = call_of(state);
    struct shown anna, bruno;
    const struct rtp_packet *got = NULL;
    struct vp8_descriptor last, missed;
    uint16_t seq;

    pass(&call, 3000, 800000, 800000, &anna, &bruno);
    show(&call, false, false);
    show(&call, true, false);
    page_listen(call.bruno);
    assert_int_equal(page_got(call.bruno, PICTURE, &got), 1);
    last = numbers_of(got);
    say_remb(call.bruno, 200000);
    relay_wait(call.relay, 10);
    call.seq++;
    show(&call, true, true);
    show(&call, false, true);
    page_listen(call.bruno);
    assert_int_equal(page_got(call.bruno, PICTURE, &got), 2);
    assert_int_equal(got->payload.data[LAYER], 'q');
    last.numbers[VP8_PICTURE].value++; /* the whole large one */
    last.numbers[VP8_BASE].value++;
    assert_next(got, &last);
    seq = got->seq;
    missed = last;
    call.seq++;
    show(&call, false, false);
    page_listen(call.bruno);
    assert_int_equal(page_got(call.bruno, PICTURE, &got), 1);
    assert_next(got, &last);

    /* Repeated, it is the same picture. */
    page_miss(call.bruno, PICTURE, seq);
    page_listen(call.bruno);
    assert_int_equal(call.bruno->rtp_count, 1);
    got = &call.bruno->rtp[0];
    assert_int_equal(got->ssrc, call.bruno->slot_rtx[PICTURE]);
    last = vp8_read(slice(got->payload.data + 2, got->payload.length - 2));
    assert_true(last.whole);
    for (size_t i = 0; i < VP8_NUMBERS; i++)
        assert_int_equal(last.numbers[i].value, missed.numbers[i].value);

    /* Whoever stayed with the large one sees its numbers, not Bruno's. */
    page_listen(call.anna);
    call.seq++;
    show(&call, false, false);
    show(&call, true, false);
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, PICTURE, &got), 1);
    assert_int_equal(got->payload.data[LAYER], 'h');
    last = numbers_of(got);
    call.seq++;
    show(&call, true, false);
    page_listen(call.anna);
    assert_int_equal(page_got(call.anna, PICTURE, &got), 1);
    assert_next(got, &last);
    call_end(&call);
}

#define RELAY_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, relay_begin, relay_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELAY_TEST(each_receiver_gets_what_fits),
        RELAY_TEST(a_change_is_seamless_and_a_wall),
        RELAY_TEST(pictures_count_on_over_a_change),
    };

    return cmocka_run_group_tests(tests, relay_libraries, relay_libraries_end);
}
