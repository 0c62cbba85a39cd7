/* Answers to recorded offers: what design.md, section 5, wants in and out. */
#include "media/sdp/answer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const offers[] = {
    "chromium156-thirteen-offer.sdp",
    "firefox153-thirteen-offer.sdp",
};

static struct offer offer;
static struct answer answer;
static char text[ANSWER_BYTES_MAX + 1];

static void read_recorded(const char *name)
{
    static char bytes[OFFER_BYTES_MAX];
    char path[128];

    snprintf(path, sizeof(path), "tests/vector/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof(bytes), file);
    (void)fclose(file);
    assert_int_equal(offer_read(slice(bytes, length), &offer), OFFER_TAKEN);
}

static void fill(void)
{
    answer_init(&answer, &offer);
    answer.session_id = 4711;
    answer.version = 1;
    answer.ice_ufrag = "ourufrag";
    answer.ice_pwd = "ourpasswordourpassword";
    answer.fingerprint = "sha-256 AB:CD";
    answer.candidates[0] =
        (struct answer_candidate){ .host = "10.77.9.1", .port = 4000 };
    answer.candidates[1] =
        (struct answer_candidate){ .host = "2001:db8::1", .port = 4000 };
    answer.candidates[2] = (struct answer_candidate){ .host = "10.77.9.1",
                                                      .port = 4000,
                                                      .tcp = true };
    answer.candidate_count = 3;
    for (size_t i = 3; i < offer.section_count; i++) {
        struct answer_section *section = &answer.sections[i];
        section->ssrc = 1000 + 2 * (uint32_t)i;
        section->rtx_ssrc = 1001 + 2 * (uint32_t)i;
        snprintf(section->cname, sizeof(section->cname), "slot%zu", i / 2);
        snprintf(section->stream, sizeof(section->stream), "slot%zu", i / 2);
        snprintf(section->track, sizeof(section->track), "track%zu", i);
    }
}

static const char *write_answer(void)
{
    struct writer out = writer_into(text, ANSWER_BYTES_MAX);

    assert_int_equal(answer_write(&answer, &out), 0);
    text[out.length] = '\0';
    return text;
}

/* The text of section i, copied out. */
static const char *section_text(const char *whole, size_t index)
{
    static char block[8192];
    const char *start = whole;

    for (size_t i = 0; i <= index; i++) {
        start = strstr(i ? start + 1 : start, "\r\nm=");
        assert_non_null(start);
    }
    start += 2;
    const char *end = strstr(start, "\r\nm=");
    size_t length = end ? (size_t)(end - start) + 2 : strlen(start);
    assert_true(length < sizeof(block));
    memcpy(block, start, length);
    block[length] = '\0';
    return block;
}

static int count_of(const char *haystack, const char *needle)
{
    int count = 0;

    for (const char *at = strstr(haystack, needle); at;
         at = strstr(at + 1, needle))
        count++;
    return count;
}

#define has(haystack, needle)                                                  \
    assert_int_not_equal(count_of(haystack, needle), 0)
#define lacks(haystack, needle) assert_int_equal(count_of(haystack, needle), 0)

static void speaks_for_a_lite_passive_relay(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        read_recorded(offers[i]);
        fill();
        const char *all = write_answer();
        assert_memory_equal(all, "v=0\r\no=- 4711 1 IN IP4 0.0.0.0\r\n", 32);
        has(all, "\r\na=ice-lite\r\n");
        has(all, "\r\na=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11 12\r\n");
        assert_int_equal(count_of(all, "\r\nm="), 13);
        assert_int_equal(count_of(all, "a=setup:passive\r\n"), 13);
        assert_int_equal(count_of(all, "a=ice-ufrag:ourufrag\r\n"), 13);
        assert_int_equal(count_of(all, "a=fingerprint:sha-256 AB:CD\r\n"), 13);
        assert_int_equal(count_of(all, "a=rtcp-mux\r\n"), 13);
        assert_int_equal(count_of(all, "a=candidate:"), 3);
        has(all, "a=candidate:1 1 udp 2130706431 10.77.9.1 4000 typ host\r\n");
        has(all,
            "a=candidate:2 1 udp 2130706175 2001:db8::1 4000 typ host\r\n");
        has(all, " 10.77.9.1 4000 typ host tcptype passive\r\n");
        lacks(all, "extmap-allow-mixed");
        lacks(all, "video-orientation");
        lacks(all, "minptime");
        lacks(all, "usedtx");
        lacks(all, "a=sendrecv");
        lacks(all, "\n\n");
        assert_int_equal(count_of(all, "\n"), count_of(all, "\r\n"));
    }
}

static void receives_what_the_page_sends(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        read_recorded(offers[i]);
        fill();
        const char *all = write_answer();
        const char *sound = section_text(all, 0);
        has(sound, "a=recvonly\r\n");
        has(sound, " useinbandfec=1\r\n");
        has(sound, "transport-wide-cc");
        has(sound, " transport-cc\r\n");
        lacks(sound, "a=ssrc");

        const char *camera = section_text(all, 1);
        has(camera, "a=recvonly\r\n");
        has(camera, " VP8/90000\r\n");
        has(camera, " rtx/90000\r\n");
        has(camera, " nack\r\n");
        has(camera, " nack pli\r\n");
        has(camera, " ccm fir\r\n");
        has(camera, " goog-remb\r\n");
        has(camera, " transport-cc\r\n");
        has(camera, "transport-wide-cc");
        has(camera, "sdes:mid\r\n");
        lacks(camera, "a=ssrc");
        lacks(camera, "a=msid");
    }
}

static void sends_fixed_slots(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        read_recorded(offers[i]);
        fill();
        const char *all = write_answer();
        const char *sound = section_text(all, 4);
        has(sound, "a=sendonly\r\n");
        has(sound, "a=ssrc:1008 cname:slot2\r\n");
        has(sound, "a=msid:slot2 track4\r\n");
        lacks(sound, "FID");
        lacks(sound, "transport-wide-cc");
        lacks(sound, "transport-cc");

        const char *camera = section_text(all, 5);
        has(camera, "a=sendonly\r\n");
        has(camera, "a=ssrc-group:FID 1010 1011\r\n");
        has(camera, "a=ssrc:1010 cname:slot2\r\n");
        has(camera, "a=ssrc:1011 cname:slot2\r\n");
        has(camera, "a=msid:slot2 track5\r\n"); /* the same stream */
        has(camera, " goog-remb\r\n");
        has(camera, "abs-send-time");
        lacks(camera, "transport-cc");
        lacks(camera, "transport-wide-cc");
        lacks(camera, "rtp-stream-id");

        assert_int_equal(answer_extensions(&answer, 5).transport_cc, 0);
        assert_int_equal(answer_extensions(&answer, 1).transport_cc,
                         offer.sections[1].extensions.transport_cc);
    }
}

static void answers_simulcast_only_when_told(void **state)
{
    (void)state;
    read_recorded("chromium156-thirteen-simulcast-offer.sdp");
    fill();
    lacks(write_answer(), "simulcast");
    answer.sections[1].simulcast = true;
    const char *camera = section_text(write_answer(), 1);
    has(camera, "a=rid:l recv\r\n");
    has(camera, "a=simulcast:recv l;m;h\r\n");
    has(camera, "repaired-rtp-stream-id");
}

static void rejects_and_idles_sections(void **state)
{
    static const char offered[] =
        "v=0\r\na=group:BUNDLE a b c d\r\n"
        "a=fingerprint:sha-256 AB\r\na=setup:actpass\r\n"
        "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:a\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:b\r\na=rtcp-mux\r\n"
        "a=rtpmap:111 opus/48000/2\r\na=inactive\r\n"
        "m=audio 0 UDP/TLS/RTP/SAVPF 8\r\na=mid:c\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:d\r\na=rtcp-mux\r\n"
        "a=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n";

    (void)state;
    assert_int_equal(offer_read(slice_of_text(offered), &offer), OFFER_TAKEN);
    answer_init(&answer, &offer);
    answer.ice_ufrag = answer.ice_pwd = answer.fingerprint = "x";
    const char *all = write_answer();
    has(all, "\r\na=group:BUNDLE b d\r\n");
    has(section_text(all, 0),
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n");
    /* webrtcbin wants a transport there too. */
    has(section_text(all, 0), "a=fingerprint:x\r\na=setup:passive\r\n");
    has(section_text(all, 1), "a=inactive\r\n");
    has(section_text(all, 1), "m=audio 9 ");
    has(section_text(all, 2), "m=audio 0 ");
    has(section_text(all, 3), "a=recvonly\r\n");
}

static void repeats_itself_and_counts_its_room(void **state)
{
    char *first;

    (void)state;
    read_recorded(offers[0]);
    fill();
    first = strdup(write_answer());
    assert_string_equal(first, write_answer());
    free(first);

    for (size_t room = 0; room < 4000; room += 97) {
        struct writer out = writer_into(text, room);
        assert_int_equal(answer_write(&answer, &out), -ENOBUFS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks_for_a_lite_passive_relay),
        cmocka_unit_test(receives_what_the_page_sends),
        cmocka_unit_test(sends_fixed_slots),
        cmocka_unit_test(answers_simulcast_only_when_told),
        cmocka_unit_test(rejects_and_idles_sections),
        cmocka_unit_test(repeats_itself_and_counts_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
