/* The check before the visit, from datagram to datagram with a real page's
 * protocols: the own voice comes back, the line is measured, and neither goes
 * on once people are routed to each other. */
#include "page.h"

#include <math.h>
#include <opus/opus.h>

#define HOUSE   3
#define SOUND   4
#define PICTURE 5

struct scene {
    struct relay *relay;
    struct page *anna;
    OpusEncoder *encoder;
    double phase;
    uint8_t said[512][200]; /* payloads, as they left */
    size_t lengths[512];
    size_t count;
};

static struct scene scene_of(void **state)
{
    struct scene scene = { .relay = *state };
    int err;

    scene.encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &err);
    assert_non_null(scene.encoder);
    opus_encoder_ctl(scene.encoder, OPUS_SET_BITRATE(32000));
    scene.anna = page_connected(scene.relay, "anna", 1);
    page_listen(scene.anna);
    return scene;
}

static void scene_end(struct scene *scene)
{
    opus_encoder_destroy(scene->encoder);
    page_free(scene->anna);
}

/* A tone for so long, a packet each 20 ms. */
static void say(struct scene *scene, double amplitude, unsigned ms)
{
    for (unsigned t = 0; t < ms; t += 20) {
        static const uint8_t mid[] = { 0x40, '0' };
        float pcm[960];
        uint8_t *packet = scene->said[scene->count];
        opus_int32 length;

        for (int i = 0; i < 960; i++) {
            scene->phase += 2 * 3.14159265358979 * 300 / 48000;
            pcm[i] = (float)(amplitude * sin(scene->phase));
        }
        length = opus_encode_float(scene->encoder, pcm, 960, packet, 200);
        assert_in_range(length, 1, 200);
        scene->lengths[scene->count++] = (size_t)length;
        page_send_rtp(scene->anna,
                      &(struct rtp_packet){
                          .payload_type = PAGE_OPUS,
                          .seq = scene->anna->audio_seq++,
                          .timestamp = (uint32_t)scene->count * 960,
                          .ssrc = PAGE_AUDIO + scene->anna->number,
                          .extension_profile = RTP_EXTENSION_ONEBYTE,
                          .extension = slice(mid, sizeof(mid)),
                          .payload = slice(packet, (size_t)length),
                      });
        relay_wait(scene->relay, 20);
    }
}

static enum media_refusal house(struct scene *scene, enum house_play play)
{
    return relay_ask(scene->relay,
                     (struct media_command){
                         .kind = MEDIA_HOUSE,
                         .house = { .peer = named("anna"), .play = play },
                     });
}

static enum media_refusal probe(struct scene *scene)
{
    return relay_ask(scene->relay, (struct media_command){
                                       .kind = MEDIA_PROBE,
                                       .probe = named("anna"),
                                   });
}

static const struct media_event *event_of(const struct scene *scene,
                                          enum media_event_kind kind)
{
    for (size_t i = 0; i < scene->relay->event_count; i++)
        if (scene->relay->events[i].kind == kind)
            return &scene->relay->events[i];
    return NULL;
}

static const struct peer *anna_there(const struct scene *scene)
{
    return map_get(&scene->relay->board.by_name, slice_of_text("anna"));
}

static void the_voice_comes_back_as_it_went(void **state)
{
    struct scene scene = scene_of(state);
    const struct media_event *heard;
    size_t at = 0;

    assert_int_equal(house(&scene, HOUSE_ECHO), MEDIA_TAKEN);
    say(&scene, 0.1, 1000);
    page_listen(scene.anna);
    assert_int_equal(scene.anna->rtp_count, 0); /* first it listens */
    assert_null(event_of(&scene, MEDIA_HEARD));
    say(&scene, 0, 1600);
    heard = event_of(&scene, MEDIA_HEARD);
    assert_non_null(heard);
    assert_true(fabs(heard->heard.loudness_db - -23) < 2);
    assert_in_range(heard->heard.spoken_ms, 950, 1200);
    assert_in_range(heard->heard.playing_ms, 2400, 3000);

    page_listen(scene.anna);
    relay_wait(scene.relay, 3200);
    page_listen(scene.anna);
    assert_int_equal(page_got(scene.anna, HOUSE, NULL), scene.anna->rtp_count);
    assert_in_range(scene.anna->rtp_count, 110, 140);
    /* Undecoded: each payload is one that left, in order. */
    for (size_t i = 0; i < scene.anna->rtp_count; i++) {
        while (at < scene.count &&
               !slice_equal(scene.anna->rtp[i].payload,
                            slice(scene.said[at], scene.lengths[at])))
            at += 1;
        assert_true(at < scene.count);
    }
    /* And nothing of it is left. */
    assert_null(anna_there(&scene)->echo);
    scene_end(&scene);
}

static void without_being_asked_nothing_is_kept(void **state)
{
    struct scene scene = scene_of(state);

    say(&scene, 0.2, 1000);
    assert_null(anna_there(&scene)->echo);
    page_listen(scene.anna);
    assert_int_equal(page_got(scene.anna, HOUSE, NULL), 0);
    assert_int_equal(house(&scene, HOUSE_ECHO), MEDIA_TAKEN);
    say(&scene, 0.2, 500);
    assert_int_equal(house(&scene, HOUSE_SILENT), MEDIA_TAKEN);
    assert_null(anna_there(&scene)->echo);
    relay_wait(scene.relay, 6000);
    page_listen(scene.anna);
    assert_int_equal(scene.anna->rtp_count, 0);
    scene_end(&scene);
}

static void music_follows_the_echo(void **state)
{
    struct scene scene = scene_of(state);

    assert_int_equal(house(&scene, HOUSE_ECHO), MEDIA_TAKEN);
    say(&scene, 0.2, 4100);
    relay_wait(scene.relay, 6000);
    page_listen(scene.anna);
    assert_int_equal(house(&scene, HOUSE_HOLD), MEDIA_TAKEN);
    relay_wait(scene.relay, 1000);
    page_listen(scene.anna);
    assert_in_range(page_got(scene.anna, HOUSE, NULL), 15, 18);
    scene_end(&scene);
}

static void company_ends_a_check_at_once(void **state)
{
    struct scene scene = scene_of(state);
    struct page *doctor = page_connected(scene.relay, "doctor", 2);

    assert_int_equal(house(&scene, HOUSE_ECHO), MEDIA_TAKEN);
    assert_int_equal(probe(&scene), MEDIA_TAKEN);
    say(&scene, 0.2, 500);
    assert_int_equal(relay_pair(scene.relay, "v", 1, 1, "doctor", "anna"),
                     MEDIA_TAKEN);
    assert_null(anna_there(&scene)->echo);
    assert_null(anna_there(&scene)->probe);
    assert_int_equal(house(&scene, HOUSE_ECHO), MEDIA_ROUTED);
    assert_int_equal(probe(&scene), MEDIA_ROUTED);
    page_listen(scene.anna);
    say(&scene, 0.2, 1000);
    page_listen(scene.anna);
    assert_int_equal(page_got(scene.anna, HOUSE, NULL), 0);
    page_free(doctor);
    scene_end(&scene);
}

/* Counts the padding that came and reports on it, as browsers do. */
static uint64_t report_padding(struct scene *scene, uint32_t *highest,
                               unsigned drop_each, int32_t *lost)
{
    uint8_t bytes[128];
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct rtcp_block block = { .ssrc = scene->anna->slot_rtx[PICTURE] };
    uint64_t count = 0;

    for (size_t i = 0; i < scene->anna->rtp_count; i++) {
        const struct rtp_packet *packet = &scene->anna->rtp[i];

        if (packet->ssrc != scene->anna->slot_rtx[PICTURE])
            continue;
        assert_int_equal(packet->payload.length, 0);
        assert_int_equal(packet->payload_type, PAGE_RTX);
        *highest = packet->seq;
        count += 1;
        if (drop_each && packet->seq % drop_each == 0)
            *lost += 1;
    }
    for (size_t i = 0; i < scene->anna->rtcp_count; i++)
        if (scene->anna->rtcp[i].kind == RTCP_SENDER_REPORT)
            block.last_report =
                (uint32_t)(scene->anna->rtcp[i].sender.ntp >> 16);
    block.highest_seq = 65536 + *highest;
    block.lost = *lost;
    rtcp_write_receiver_report(&out, 9, &block, 1);
    page_send_rtcp(scene->anna, &out);
    return count;
}

static void the_line_is_measured(void **state)
{
    struct scene scene = scene_of(state);
    uint32_t highest = 0;
    int32_t lost = 0;
    const struct media_line *line;

    relay_wait(scene.relay, 100);
    assert_int_equal(probe(&scene), MEDIA_TAKEN);
    for (unsigned t = 0; t < 5000; t += 100) {
        relay_wait(scene.relay, 50);
        page_listen(scene.anna);
        (void)report_padding(&scene, &highest, 20, &lost);
        for (unsigned n = 0; n < 10; n++) { /* 10 packets, one of them lost */
            if (n == 5) {
                scene.anna->audio_seq += 1;
                continue;
            }
            page_speak(scene.anna, "words");
        }
        relay_wait(scene.relay, 50);
        page_listen(scene.anna);
        (void)report_padding(&scene, &highest, 20, &lost);
    }
    assert_non_null(event_of(&scene, MEDIA_PROBED));
    line = &event_of(&scene, MEDIA_PROBED)->line;
    assert_true(line->down_known);
    assert_in_range(line->down_kbps, 1000, 1200);
    assert_true(line->loss_down > 0.02 && line->loss_down < 0.07);
    assert_true(line->up_known);
    assert_true(line->loss_up > 0.08 && line->loss_up < 0.12);
    assert_in_range(line->up_kbps, 30, 70);
    assert_true(line->rtt_known);
    assert_in_range(line->rtt_ms, 0, 60);
    assert_null(anna_there(&scene)->probe);
    scene_end(&scene);
}

static void a_gap_of_sound_is_told_with_its_length(void **state)
{
    struct scene scene = scene_of(state);
    struct page *doctor = page_connected(scene.relay, "doctor", 2);
    const struct media_event *gap;

    say(&scene, 0.2, 100);
    relay_wait(scene.relay, 3000);
    assert_int_equal(relay_pair(scene.relay, "v", 1, 1, "doctor", "anna"),
                     MEDIA_TAKEN);
    relay_wait(scene.relay, 1500);
    say(&scene, 0.2, 500); /* nobody listened before: no gap */
    relay_wait(scene.relay, 800);
    say(&scene, 0.2, 500); /* too short */
    assert_null(event_of(&scene, MEDIA_GAP));
    relay_wait(scene.relay, 2300);
    say(&scene, 0.2, 100);
    gap = event_of(&scene, MEDIA_GAP);
    assert_non_null(gap);
    assert_in_range(gap->gap_ms, 2300, 2400);
    assert_string_equal(gap->peer.text, "anna");
    page_free(doctor);
    scene_end(&scene);
}

#define SCENE_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, relay_begin, relay_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(the_voice_comes_back_as_it_went),
        SCENE_TEST(without_being_asked_nothing_is_kept),
        SCENE_TEST(music_follows_the_echo),
        SCENE_TEST(company_ends_a_check_at_once),
        SCENE_TEST(the_line_is_measured),
        SCENE_TEST(a_gap_of_sound_is_told_with_its_length),
    };

    return cmocka_run_group_tests(tests, relay_libraries, relay_libraries_end);
}
