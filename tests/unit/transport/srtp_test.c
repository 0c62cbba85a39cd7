#include "media/transport/srtp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SSRC 0x01020304u

static const enum srtp_profile profiles[] = {
    SRTP_PROFILE_AES128_GCM,
    SRTP_PROFILE_AES128_CM_SHA1_80,
};

/* Two ends of one connection. */
struct ends {
    struct srtp_out from;
    struct srtp_in to;
};

static void ends_init(struct ends *ends, enum srtp_profile profile)
{
    struct srtp_keys ours = { .profile = profile };
    struct srtp_keys theirs = { .profile = profile };

    for (size_t i = 0; i < SRTP_MASTER_MAX; i++) {
        ours.local[i] = theirs.remote[i] = (uint8_t)i;
        ours.remote[i] = theirs.local[i] = (uint8_t)(100 + i);
    }
    assert_int_equal(srtp_out_init(&ends->from, &ours), 0);
    assert_int_equal(srtp_in_init(&ends->to, &theirs), 0);
}

static void ends_release(struct ends *ends)
{
    srtp_out_release(&ends->from);
    srtp_in_release(&ends->to);
}

static struct slice rtp(uint16_t seq, uint32_t ssrc, uint8_t bytes[32])
{
    struct writer out = writer_into(bytes, 32);

    writer_u8(&out, 0x80);
    writer_u8(&out, 111);
    writer_u16(&out, seq);
    writer_u32(&out, 960u * seq);
    writer_u32(&out, ssrc);
    writer_text(&out, "hello, twenty bytes!");
    return writer_done(&out);
}

static struct slice rtcp(uint8_t bytes[32])
{
    struct writer out = writer_into(bytes, 32);

    writer_u8(&out, 0x81);
    writer_u8(&out, 206);
    writer_u16(&out, 2);
    writer_u32(&out, SSRC);
    writer_u32(&out, 5);
    return writer_done(&out);
}

static void carries_sound_there(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ends ends;
        uint8_t plain[32], sealed[128];
        size_t length;

        ends_init(&ends, profiles[p]);
        for (uint16_t seq = 65530; seq != 10; seq++) { /* over the rollover */
            struct slice packet = rtp(seq, SSRC, plain);
            struct writer out = writer_into(sealed, sizeof(sealed));
            assert_int_equal(srtp_out_rtp(&ends.from, packet, &out), 0);
            assert_true(out.length > packet.length &&
                        out.length <= packet.length + SRTP_GROWTH_MAX);
            assert_memory_not_equal(sealed + 12, plain + 12, 20);
            assert_int_equal(srtp_in_rtp(&ends.to, sealed, out.length, &length),
                             0);
            assert_true(slice_equal(slice(sealed, length), packet));
        }
        ends_release(&ends);
    }
}

static void carries_reports_there(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ends ends;
        uint8_t plain[32], sealed[128];
        struct writer out = writer_into(sealed, sizeof(sealed));
        size_t length;

        ends_init(&ends, profiles[p]);
        assert_int_equal(srtp_out_rtcp(&ends.from, rtcp(plain), &out), 0);
        assert_int_equal(srtp_in_rtcp(&ends.to, sealed, out.length, &length),
                         0);
        assert_true(slice_equal(slice(sealed, length), rtcp(plain)));
        ends_release(&ends);
    }
}

static void encrypts_in_place_at_the_writers_end(void **state)
{
    struct ends ends;
    uint8_t bytes[128];
    size_t length;

    (void)state;
    ends_init(&ends, SRTP_PROFILE_AES128_GCM);
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct slice packet = rtp(1, SSRC, bytes);
    assert_int_equal(srtp_out_rtp(&ends.from, packet, &out), 0);
    assert_int_equal(srtp_in_rtp(&ends.to, bytes, out.length, &length), 0);
    assert_memory_equal(bytes + 12, "hello, twenty bytes!", 20);
    ends_release(&ends);
}

static void refuses_replays_and_forgeries(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ends ends;
        uint8_t plain[32], sealed[128], copy[128];
        struct writer out = writer_into(sealed, sizeof(sealed));
        size_t length = 77;

        ends_init(&ends, profiles[p]);
        assert_int_equal(srtp_out_rtp(&ends.from, rtp(7, SSRC, plain), &out),
                         0);
        memcpy(copy, sealed, sizeof(copy));
        copy[20] ^= 1;
        assert_int_equal(srtp_in_rtp(&ends.to, copy, out.length, &length),
                         -EACCES);
        memcpy(copy, sealed, sizeof(copy));
        assert_int_equal(srtp_in_rtp(&ends.to, copy, out.length, &length), 0);
        length = 77;
        memcpy(copy, sealed, sizeof(copy));
        assert_int_equal(srtp_in_rtp(&ends.to, copy, out.length, &length),
                         -EALREADY);
        assert_int_equal(length, 77); /* untouched on failure */

        out = writer_into(sealed, sizeof(sealed));
        assert_int_equal(srtp_out_rtcp(&ends.from, rtcp(plain), &out), 0);
        memcpy(copy, sealed, sizeof(copy));
        assert_int_equal(srtp_in_rtcp(&ends.to, copy, out.length, &length), 0);
        memcpy(copy, sealed, sizeof(copy));
        assert_int_equal(srtp_in_rtcp(&ends.to, copy, out.length, &length),
                         -EALREADY);
        ends_release(&ends);
    }
}

static void never_encrypts_one_index_twice(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ends ends;
        uint8_t plain[32], sealed[256];
        struct writer out = writer_into(sealed, sizeof(sealed));

        ends_init(&ends, profiles[p]);
        assert_int_equal(srtp_out_rtp(&ends.from, rtp(7, SSRC, plain), &out),
                         0);
        size_t before = out.length;
        assert_int_equal(srtp_out_rtp(&ends.from, rtp(7, SSRC, plain), &out),
                         -EALREADY);
        assert_int_equal(out.length, before);
        assert_int_equal(
            srtp_out_rtp(&ends.from, rtp(7, SSRC + 1, plain), &out), 0);
        ends_release(&ends);
    }
}

/* Lateness is the network's doing, repetition ours: callers assert the second.
 */
static void tells_late_packets_from_repeated_ones(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ends ends;
        uint8_t plain[32], sealed[256];
        struct writer out = writer_into(sealed, sizeof(sealed));

        ends_init(&ends, profiles[p]);
        assert_int_equal(srtp_out_rtp(&ends.from, rtp(100, SSRC, plain), &out),
                         0);
        assert_int_equal(srtp_out_rtp(&ends.from, rtp(5000, SSRC, plain), &out),
                         0);
        assert_int_equal(srtp_out_rtp(&ends.from, rtp(100, SSRC, plain), &out),
                         -ESTALE);
        assert_int_equal(srtp_out_rtp(&ends.from, rtp(101, SSRC, plain), &out),
                         -ESTALE);
        /* Half of all numbers ahead counts as behind. */
        assert_int_equal(
            srtp_out_rtp(&ends.from, rtp(37000, SSRC, plain), &out), 0);
        assert_int_equal(srtp_out_rtp(&ends.from,
                                      rtp(37000 + 32768 - 65536, SSRC, plain),
                                      &out),
                         -ESTALE);
        ends_release(&ends);
    }
}

static void refuses_cut_packets_before_the_library_sees_them(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct ends ends;
        uint8_t bytes[40];
        size_t length;

        ends_init(&ends, profiles[p]);
        for (size_t cut = 0; cut < 22; cut++) {
            /* Exactly sized, so that a read past the end is seen. */
            uint8_t *exact = malloc(cut ? cut : 1);
            memset(exact, 0x80, cut);
            assert_int_equal(srtp_in_rtp(&ends.to, exact, cut, &length),
                             -EBADMSG);
            assert_int_equal(srtp_in_rtcp(&ends.to, exact, cut, &length),
                             -EBADMSG);
            free(exact);
        }
        /* An extension that claims to be longer than the packet. */
        memset(bytes, 0, sizeof(bytes));
        bytes[0] = 0x90;
        bytes[14] = 0xff;
        assert_int_equal(srtp_in_rtp(&ends.to, bytes, sizeof(bytes), &length),
                         -EBADMSG);
        struct writer none = writer_into(bytes, sizeof(bytes));
        assert_int_equal(srtp_out_rtp(&ends.from, slice(bytes, 11), &none),
                         -EBADMSG);
        assert_int_equal(srtp_out_rtcp(&ends.from, slice(bytes, 7), &none),
                         -EBADMSG);
        ends_release(&ends);
    }
}

static void wants_room_for_the_tag(void **state)
{
    struct ends ends;
    uint8_t plain[32], sealed[32 + SRTP_GROWTH_MAX - 1];

    (void)state;
    ends_init(&ends, SRTP_PROFILE_AES128_GCM);
    struct writer out = writer_into(sealed, sizeof(sealed));
    assert_int_equal(srtp_out_rtp(&ends.from, rtp(1, SSRC, plain), &out),
                     -ENOBUFS);
    assert_int_equal(out.length, 0);
    ends_release(&ends);
}

static void bounds_the_streams_of_one_page(void **state)
{
    struct ends ends;
    uint8_t plain[32], sealed[128];
    size_t length;

    (void)state;
    ends_init(&ends, SRTP_PROFILE_AES128_GCM);
    for (uint32_t i = 0; i <= SRTP_STREAMS_MAX; i++) {
        struct writer out = writer_into(sealed, sizeof(sealed));
        assert_int_equal(srtp_out_rtp(&ends.from, rtp(1, i, plain), &out), 0);
        assert_int_equal(srtp_in_rtp(&ends.to, sealed, out.length, &length),
                         i < SRTP_STREAMS_MAX ? 0 : -ENOSPC);
    }
    /* Those that were there still work. */
    struct writer out = writer_into(sealed, sizeof(sealed));
    assert_int_equal(srtp_out_rtp(&ends.from, rtp(2, 3, plain), &out), 0);
    assert_int_equal(srtp_in_rtp(&ends.to, sealed, out.length, &length), 0);
    ends_release(&ends);
}

static int start(void **state)
{
    (void)state;
    return srtp_start();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_sound_there),
        cmocka_unit_test(carries_reports_there),
        cmocka_unit_test(encrypts_in_place_at_the_writers_end),
        cmocka_unit_test(refuses_replays_and_forgeries),
        cmocka_unit_test(never_encrypts_one_index_twice),
        cmocka_unit_test(tells_late_packets_from_repeated_ones),
        cmocka_unit_test(refuses_cut_packets_before_the_library_sees_them),
        cmocka_unit_test(wants_room_for_the_tag),
        cmocka_unit_test(bounds_the_streams_of_one_page),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
