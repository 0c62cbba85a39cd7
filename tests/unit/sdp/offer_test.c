/* Offers recorded from real browsers, and what must be refused. */
#include "media/sdp/offer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char text[OFFER_BYTES_MAX + 2];
static struct offer offer;

static struct slice recorded(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "tests/vector/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    return slice(text, length);
}

/* ---- recorded ---------------------------------------------------------------
 */

static void reads_chromium(void **state)
{
    (void)state;
    assert_int_equal(offer_read(recorded("chromium156-offer.sdp"), &offer),
                     OFFER_TAKEN);
    assert_int_equal(offer.section_count, 2);
    assert_true(strlen(offer.ice_ufrag) >= 4);
    assert_int_equal(strlen(offer.ice_pwd), 24);
    assert_memory_equal(offer.fingerprint, "sha-256 ", 8);

    const struct offer_section *sound = &offer.sections[0];
    assert_int_equal(sound->kind, SDP_AUDIO);
    assert_int_equal(sound->direction, SDP_SENDRECV);
    assert_string_equal(sound->mid, "0");
    assert_int_equal(sound->payload_type, 111);
    assert_int_equal(sound->rtx_payload_type, 0);
    assert_int_equal(sound->extensions.audio_level, 1);
    assert_int_equal(sound->extensions.abs_send_time, 2);
    assert_int_equal(sound->extensions.transport_cc, 3);
    assert_int_equal(sound->extensions.mid, 4);
    assert_true(sound->feedback.transport_cc && !sound->feedback.nack);
    assert_int_equal(sound->source_count, 1);
    assert_true(sound->sources[0].ssrc != 0);
    assert_true(strlen(sound->cname) > 0 && strlen(sound->track) == 36);

    const struct offer_section *camera = &offer.sections[1];
    assert_int_equal(camera->payload_type, 96);
    assert_int_equal(camera->rtx_payload_type, 97);
    assert_true(camera->feedback.nack && camera->feedback.pli &&
                camera->feedback.fir && camera->feedback.remb &&
                camera->feedback.transport_cc);
    assert_int_equal(camera->source_count, 1);
    assert_true(camera->sources[0].rtx_ssrc != 0);
    assert_string_equal(camera->cname, sound->cname);
    assert_string_equal(camera->stream, sound->stream);
}

static void reads_chromium_simulcast(void **state)
{
    (void)state;
    assert_int_equal(
        offer_read(recorded("chromium156-simulcast-offer.sdp"), &offer),
        OFFER_TAKEN);
    const struct offer_section *camera = &offer.sections[1];
    assert_string_equal(offer.ice_ufrag, "f5xD");
    assert_string_equal(offer.ice_pwd, "9UkTFlxUrD7bu2zUy6zjUNvL");
    assert_int_equal(camera->source_count, 0); /* announced by rid only */
    assert_int_equal(camera->rid_count, 3);
    assert_string_equal(camera->rids[0], "l");
    assert_string_equal(camera->rids[2], "h");
    assert_int_equal(camera->extensions.rid, 10);
    assert_int_equal(camera->extensions.repaired_rid, 11);
}

static void reads_firefox(void **state)
{
    (void)state;
    assert_int_equal(offer_read(recorded("firefox153-offer.sdp"), &offer),
                     OFFER_TAKEN);
    /* Fingerprint above the sections; port 0 with bundle-only is in use. */
    assert_string_equal(offer.fingerprint,
                        "sha-256 DE:24:99:5F:77:3F:93:7D:27:9E:03:1A:58:56:7A:"
                        "CC:0C:57:E7:28:8B:B1:71:0B:E2:76:52:A4:BC:5B:4A:B4");
    assert_string_equal(offer.ice_ufrag, "22125093");
    assert_int_equal(offer.section_count, 2);
    assert_int_equal(offer.sections[0].payload_type, 109);
    assert_int_equal(offer.sections[0].sources[0].ssrc, 2446496438u);

    const struct offer_section *camera = &offer.sections[1];
    assert_false(camera->rejected);
    assert_int_equal(camera->payload_type, 120);
    assert_int_equal(camera->rtx_payload_type, 124);
    assert_int_equal(camera->source_count, 1);
    assert_int_equal(camera->sources[0].ssrc, 1693471158u);
    assert_int_equal(camera->sources[0].rtx_ssrc, 1392489219u);
    assert_int_equal(camera->extensions.mid, 3);
    assert_int_equal(camera->extensions.transport_cc, 7);
    assert_string_equal(camera->stream,
                        "{c699b837-6be3-4b8a-b67b-9b7698ad0d8e}");
}

static void reads_firefox_simulcast(void **state)
{
    (void)state;
    assert_int_equal(
        offer_read(recorded("firefox153-simulcast-offer.sdp"), &offer),
        OFFER_TAKEN);
    assert_int_equal(offer.sections[1].rid_count, 3);
    assert_int_equal(offer.sections[1].source_count, 3);
}

/* The page's layout of docs/relay-control.md. */
static void check_thirteen(const char *name)
{
    static const char kinds[] = "avvaavavavavv";

    assert_int_equal(offer_read(recorded(name), &offer), OFFER_TAKEN);
    assert_int_equal(offer.section_count, 13);
    for (size_t i = 0; i < 13; i++) {
        const struct offer_section *section = &offer.sections[i];
        assert_int_equal(section->kind,
                         kinds[i] == 'a' ? SDP_AUDIO : SDP_VIDEO);
        assert_int_equal(section->direction,
                         i < 3 ? SDP_SENDONLY : SDP_RECVONLY);
        assert_false(section->rejected);
        assert_int_equal(strtol(section->mid, NULL, 10), i);
        assert_true(section->payload_type > 0);
        assert_true(section->kind == SDP_AUDIO ||
                    section->rtx_payload_type > 0);
        assert_true(section->extensions.mid > 0);
        assert_true(section->extensions.transport_cc > 0);
        if (i >= 3)
            assert_int_equal(section->source_count, 0);
    }
}

static void reads_the_pages_offer(void **state)
{
    (void)state;
    check_thirteen("chromium156-thirteen-offer.sdp");
    assert_int_equal(offer.sections[1].source_count, 1);
    assert_string_equal(offer.sections[1].stream, "-");
    check_thirteen("firefox153-thirteen-offer.sdp");
    assert_int_equal(offer.sections[1].source_count, 1);
    check_thirteen("chromium156-thirteen-simulcast-offer.sdp");
    assert_int_equal(offer.sections[1].rid_count, 3);
    check_thirteen("firefox153-thirteen-simulcast-offer.sdp");
    assert_int_equal(offer.sections[1].rid_count, 3);
}

/* The layout without what two people do not need, by who is no browser. */
static void check_eight(const char *name)
{
    static const char kinds[] = "avvaavav";

    assert_int_equal(offer_read(recorded(name), &offer), OFFER_TAKEN);
    assert_int_equal(offer.section_count, 8);
    for (size_t i = 0; i < 8; i++) {
        const struct offer_section *section = &offer.sections[i];
        assert_int_equal(section->kind,
                         kinds[i] == 'a' ? SDP_AUDIO : SDP_VIDEO);
        assert_int_equal(section->direction,
                         i < 3 ? SDP_SENDONLY : SDP_RECVONLY);
        assert_false(section->rejected);
        assert_true(section->payload_type > 0);
        if (i < 2)
            assert_int_equal(section->source_count, 1);
    }
}

static void reads_libwebrtc_of_2022(void **state)
{
    (void)state;
    check_eight("wrtc010-offer.sdp");
    assert_int_equal(offer.sections[1].rtx_payload_type, 97);
    assert_int_equal(offer.sections[0].extensions.transport_cc, 3);
}

/* It counts extensions anew in each section: 2 is the loudness of sound and the
 * time of pictures, of which the time stays. */
static void settles_aiortcs_extensions(void **state)
{
    (void)state;
    check_eight("aiortc140-offer.sdp");
    assert_int_equal(offer.sections[0].extensions.mid, 1);
    assert_int_equal(offer.sections[0].extensions.audio_level, 0);
    assert_int_equal(offer.sections[1].extensions.mid, 1);
    assert_int_equal(offer.sections[1].extensions.abs_send_time, 2);
}

/* Later sections have port 0 and bundle-only; no extension at all. */
static void reads_webrtcbin(void **state)
{
    (void)state;
    check_eight("webrtcbin122-offer.sdp");
    assert_int_equal(offer.sections[0].payload_type, 96);
    assert_int_equal(offer.sections[0].extensions.mid, 0);
    assert_true(offer.sections[1].sources[0].rtx_ssrc != 0);
    assert_string_equal(offer.sections[7].mid, "video7");
}

static void reads_werift_without_rtx(void **state)
{
    (void)state;
    check_eight("werift024-offer.sdp");
    assert_int_equal(offer.sections[1].rtx_payload_type, 0);
    assert_true(offer.sections[1].feedback.pli);
}

/* ---- made to be refused
 * ------------------------------------------------------ */

#define HEAD                                                                   \
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
#define ICE         "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
#define FINGERPRINT "a=fingerprint:sha-256 AB:CD\r\n"
#define MEDIA       "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
#define COMMON      "a=mid:0\r\na=rtcp-mux\r\n"
#define SETUP       "a=setup:actpass\r\n"
#define OPUS        "a=rtpmap:111 opus/48000/2\r\n"

static const struct {
    const char *text;
    enum offer_refusal refusal;
} cases[] = {
    { HEAD MEDIA ICE FINGERPRINT COMMON SETUP OPUS, OFFER_TAKEN },
    { HEAD ICE FINGERPRINT SETUP MEDIA COMMON OPUS, OFFER_TAKEN },
    { HEAD MEDIA ICE FINGERPRINT COMMON "a=setup:active\r\n" OPUS,
      OFFER_TAKEN },
    { "", OFFER_MALFORMED },
    { "hello", OFFER_MALFORMED },
    { HEAD "garbage\r\n", OFFER_MALFORMED },
    { HEAD, OFFER_NO_SECTIONS },
    { HEAD "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
      OFFER_NO_SECTIONS },
    { HEAD "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n", OFFER_NO_SECTIONS },
    { HEAD "m=audio x UDP/TLS/RTP/SAVPF 111\r\n", OFFER_MALFORMED },
    { HEAD "m=audio\r\n", OFFER_MALFORMED },
    { HEAD "m=audio 9 RTP/SAVPF 111\r\n" ICE FINGERPRINT COMMON SETUP OPUS
           "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
      OFFER_SDES },
    { HEAD MEDIA ICE FINGERPRINT COMMON SETUP OPUS
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
      OFFER_SDES },
    { HEAD "m=audio 9 RTP/AVP 111\r\n" ICE FINGERPRINT COMMON SETUP OPUS,
      OFFER_NOT_DTLS_SRTP },
    { HEAD MEDIA ICE FINGERPRINT "a=rtcp-mux\r\n" SETUP OPUS, OFFER_NO_MID },
    { HEAD MEDIA ICE FINGERPRINT "a=mid:1\r\na=rtcp-mux\r\n" SETUP OPUS,
      OFFER_NOT_BUNDLED },
    { "v=0\r\n" MEDIA ICE FINGERPRINT COMMON SETUP OPUS, OFFER_NOT_BUNDLED },
    { HEAD MEDIA ICE FINGERPRINT "a=mid:0\r\n" SETUP OPUS, OFFER_NO_RTCP_MUX },
    { HEAD MEDIA ICE FINGERPRINT COMMON OPUS, OFFER_BAD_SETUP },
    { HEAD MEDIA ICE FINGERPRINT COMMON "a=setup:passive\r\n" OPUS,
      OFFER_BAD_SETUP },
    { HEAD MEDIA ICE COMMON SETUP OPUS, OFFER_NO_FINGERPRINT },
    { HEAD MEDIA ICE "a=fingerprint:sha-1 AB:CD\r\n" COMMON SETUP OPUS,
      OFFER_WEAK_FINGERPRINT },
    { HEAD MEDIA FINGERPRINT COMMON SETUP OPUS, OFFER_NO_ICE },
    { HEAD MEDIA "a=ice-ufrag:abc\r\n" FINGERPRINT COMMON SETUP OPUS,
      OFFER_MALFORMED },
    { HEAD MEDIA "a=ice-ufrag:ab:d\r\n" FINGERPRINT COMMON SETUP OPUS,
      OFFER_MALFORMED },
    { HEAD MEDIA ICE FINGERPRINT COMMON SETUP "a=rtpmap:111 PCMU/8000\r\n",
      OFFER_NO_OPUS },
    { HEAD
      "m=video 9 UDP/TLS/RTP/SAVPF 111\r\n" ICE FINGERPRINT COMMON SETUP OPUS,
      OFFER_NO_VP8 },
    { HEAD MEDIA ICE FINGERPRINT COMMON SETUP OPUS MEDIA COMMON SETUP OPUS,
      OFFER_MALFORMED }, /* the same mid twice */
};

static void refuses_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum offer_refusal got =
            offer_read(slice_of_text(cases[i].text), &offer);
        if (got != cases[i].refusal)
            print_error("case %zu\n", i);
        assert_int_equal(got, cases[i].refusal);
    }
}

static void refuses_what_is_too_big(void **state)
{
    struct slice long_text = slice(text, OFFER_BYTES_MAX + 1);

    (void)state;
    memset(text, '\n', sizeof(text));
    assert_int_equal(offer_read(long_text, &offer), OFFER_TOO_LONG);

    size_t length = (size_t)snprintf(text, sizeof(text), "%s", HEAD);
    for (int i = 0; i < 17; i++)
        length += (size_t)snprintf(
            text + length, sizeof(text) - length,
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0%d\r\n", i);
    assert_true(offer_read(slice(text, length), &offer) != OFFER_TAKEN);

    length = (size_t)snprintf(text, sizeof(text), "%s", HEAD);
    for (int i = 0; i < 17; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length,
                                   "m=application 9 UDP/DTLS/SCTP x\r\n");
    assert_int_equal(offer_read(slice(text, length), &offer),
                     OFFER_TOO_MANY_SECTIONS);
}

static void leaves_out_untouched_when_it_refuses(void **state)
{
    (void)state;
    memset(&offer, 0x5a, sizeof(offer));
    assert_true(offer_read(slice_of_text(HEAD MEDIA), &offer) != OFFER_TAKEN);
    assert_int_equal(offer.section_count, (size_t)0x5a5a5a5a5a5a5a5a);
}

/* Cut anywhere it is still read or refused, never worse (ASan watches). */
static void survives_cuts_and_flips(void **state)
{
    struct slice whole = recorded("firefox153-simulcast-offer.sdp");
    char *copy = malloc(whole.length);

    (void)state;
    memcpy(copy, whole.data, whole.length);
    for (size_t cut = 0; cut < whole.length; cut += 7) {
        char *exact = malloc(cut ? cut : 1);
        memcpy(exact, copy, cut);
        (void)offer_read(slice(exact, cut), &offer);
        free(exact);
    }
    for (size_t i = 0; i < whole.length; i++) {
        copy[i] ^= 0x15;
        (void)offer_read(slice(copy, whole.length), &offer);
        copy[i] ^= 0x15;
    }
    free(copy);
}

static void every_refusal_has_its_sentence(void **state)
{
    (void)state;
    for (enum offer_refusal a = OFFER_TAKEN; a <= OFFER_NO_VP8; a++)
        for (enum offer_refusal b = OFFER_TAKEN; b < a; b++)
            assert_string_not_equal(offer_refusal_text(a),
                                    offer_refusal_text(b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_chromium),
        cmocka_unit_test(reads_chromium_simulcast),
        cmocka_unit_test(reads_firefox),
        cmocka_unit_test(reads_firefox_simulcast),
        cmocka_unit_test(reads_the_pages_offer),
        cmocka_unit_test(reads_libwebrtc_of_2022),
        cmocka_unit_test(settles_aiortcs_extensions),
        cmocka_unit_test(reads_webrtcbin),
        cmocka_unit_test(reads_werift_without_rtx),
        cmocka_unit_test(refuses_with_a_reason),
        cmocka_unit_test(refuses_what_is_too_big),
        cmocka_unit_test(leaves_out_untouched_when_it_refuses),
        cmocka_unit_test(survives_cuts_and_flips),
        cmocka_unit_test(every_refusal_has_its_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
