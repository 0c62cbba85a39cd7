/*
 * Our AEAD_AES_128_GCM against libsrtp's, packet for packet: the same bytes
 * out, the same verdict on whatever comes in.
 */
#include "media/transport/gcm.h"
#include "media/transport/replay.h"
#include "media/transport/srtp.h"

#include <errno.h>
#include <setjmp.h>
#include <srtp2/srtp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROUNDS     24   /* keys tried */
#define PACKETS    2500 /* of each */
#define SSRCS      5
#define PACKET_MAX 1500
#define LATE_MAX   64 /* packets held back at once */

/* ---- chance that can be repeated ------------------------------------------
 */

static uint64_t chance;

static uint32_t any(uint32_t below)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (uint32_t)(chance >> 16) % below;
}

static void any_bytes(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)any(256);
}

/* ---- the four ends: ours and libsrtp's, each way ---------------------------
 */

struct ends {
    struct srtp_out out;
    struct srtp_in in;
    srtp_t their_out;
    srtp_t their_in;
};

static int verdict(srtp_err_status_t status)
{
    switch (status) {
    case srtp_err_status_ok:
        return 0;
    case srtp_err_status_replay_fail:
        return -EALREADY;
    case srtp_err_status_replay_old:
        return -ESTALE;
    case srtp_err_status_auth_fail:
        return -EACCES;
    default:
        return -EBADMSG;
    }
}

static srtp_t oracle(srtp_ssrc_type_t direction, const uint8_t *master)
{
    uint8_t key[SRTP_MASTER_MAX];
    srtp_policy_t policy = { .ssrc = { .type = direction },
                             .key = key,
                             .window_size = REPLAY_WINDOW };
    srtp_t session;

    memcpy(key, master, sizeof(key));
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    assert_int_equal(srtp_create(&session, &policy), srtp_err_status_ok);
    return session;
}

static void ends_init(struct ends *ends)
{
    struct srtp_keys keys = { .profile = SRTP_PROFILE_AES128_GCM };

    any_bytes(keys.local, GCM_MASTER_BYTES);
    memcpy(keys.remote, keys.local, sizeof(keys.local));
    assert_int_equal(srtp_out_init(&ends->out, &keys), 0);
    assert_int_equal(srtp_in_init(&ends->in, &keys), 0);
    ends->their_out = oracle(ssrc_any_outbound, keys.local);
    ends->their_in = oracle(ssrc_any_inbound, keys.local);
}

static void ends_release(struct ends *ends)
{
    srtp_out_release(&ends->out);
    srtp_in_release(&ends->in);
    srtp_dealloc(ends->their_out);
    srtp_dealloc(ends->their_in);
}

/* ---- packets ---------------------------------------------------------------
 */

struct packet {
    size_t header;
    size_t length;
    uint8_t bytes[PACKET_MAX + SRTP_GROWTH_MAX];
};

static void any_rtp(struct packet *packet, uint32_t ssrc, uint16_t seq)
{
    struct writer out = writer_into(packet->bytes, PACKET_MAX);
    unsigned csrcs = any(4) ? 0 : any(16);
    bool extended = any(2) == 1;
    unsigned words = any(20);
    uint8_t payload[1200];
    size_t length = any(3) ? any(64) : any(sizeof(payload));

    writer_u8(&out, (uint8_t)(0x80 | (extended ? 0x10 : 0) | csrcs));
    writer_u8(&out, (uint8_t)any(256));
    writer_u16(&out, seq);
    writer_u32(&out, any(UINT32_MAX));
    writer_u32(&out, ssrc);
    for (unsigned i = 0; i < csrcs; i++)
        writer_u32(&out, any(UINT32_MAX));
    if (extended) {
        writer_u16(&out, 0xbede);
        writer_u16(&out, (uint16_t)words);
        for (unsigned i = 0; i < words; i++)
            writer_u32(&out, any(UINT32_MAX));
    }
    packet->header = out.length;
    any_bytes(payload, length);
    writer_bytes(&out, slice(payload, length));
    assert_false(out.failed);
    packet->length = out.length;
}

static void any_rtcp(struct packet *packet, uint32_t ssrc)
{
    struct writer out = writer_into(packet->bytes, PACKET_MAX);
    unsigned words = any(40);

    writer_u8(&out, 0x81);
    writer_u8(&out, (uint8_t)(200 + any(8)));
    writer_u16(&out, (uint16_t)(words + 1));
    writer_u32(&out, ssrc);
    for (unsigned i = 0; i < words; i++)
        writer_u32(&out, any(UINT32_MAX));
    packet->length = out.length;
}

/* Walks on, falls back, jumps near and far, stays. */
static uint16_t next_seq(uint16_t seq)
{
    switch (any(24)) {
    case 0:
        return (uint16_t)(seq + any(3000));
    case 1:
        return (uint16_t)(seq - any(1200));
    case 2:
        return any(16) ? seq : (uint16_t)any(65536);
    case 3:
        return (uint16_t)(seq + 2 + any(900));
    default:
        return (uint16_t)(seq + 1);
    }
}

/* Seals with both, in one of the ways there are; false when both refused. */
static bool seal_alike(struct ends *ends, const struct packet *plain,
                       struct packet *out)
{
    uint8_t theirs[PACKET_MAX + SRTP_GROWTH_MAX];
    int length = (int)plain->length;
    struct writer sealed = writer_into(out->bytes, sizeof(out->bytes));
    struct slice whole = slice(out->bytes, plain->length);
    unsigned way = any(3);
    int err;

    if (way == 0) { /* where it lies */
        memcpy(out->bytes, plain->bytes, plain->length);
        err = srtp_out_rtp(&ends->out, whole, &sealed);
    } else if (way == 1) { /* from elsewhere */
        whole.data = plain->bytes;
        err = srtp_out_rtp(&ends->out, whole, &sealed);
    } else { /* a header in place, a payload from elsewhere */
        memcpy(out->bytes, plain->bytes, plain->header);
        err = srtp_out_rtp_parts(
            &ends->out, slice(out->bytes, plain->header),
            slice(plain->bytes + plain->header, plain->length - plain->header),
            &sealed);
    }
    memcpy(theirs, plain->bytes, plain->length);
    assert_int_equal(verdict(srtp_protect(ends->their_out, theirs, &length)),
                     err);
    if (err)
        return false;
    assert_int_equal(sealed.length, length);
    assert_memory_equal(out->bytes, theirs, sealed.length);
    out->length = sealed.length;
    return true;
}

/* Opens with both; the same verdict and the same plain bytes. */
static void open_alike(struct ends *ends, const struct packet *sealed,
                       bool rtcp)
{
    uint8_t ours[PACKET_MAX + SRTP_GROWTH_MAX];
    uint8_t theirs[PACKET_MAX + SRTP_GROWTH_MAX];
    size_t length = 0;
    int their_length = (int)sealed->length;
    int err, their_err;

    memcpy(ours, sealed->bytes, sealed->length);
    memcpy(theirs, sealed->bytes, sealed->length);
    if (rtcp) {
        err = srtp_in_rtcp(&ends->in, ours, sealed->length, &length);
        their_err =
            verdict(srtp_unprotect_rtcp(ends->their_in, theirs, &their_length));
    } else {
        err = srtp_in_rtp(&ends->in, ours, sealed->length, &length);
        their_err =
            verdict(srtp_unprotect(ends->their_in, theirs, &their_length));
    }
    assert_int_equal(err, their_err);
    if (err)
        return;
    assert_int_equal(length, their_length);
    assert_memory_equal(ours, theirs, length);
}

/* One bit that does not change where the header ends. */
static void tamper(struct packet *packet, size_t from)
{
    size_t at = from + any((uint32_t)(packet->length - from));

    packet->bytes[at] ^= (uint8_t)(1 << any(8));
}

/* ---- tests -----------------------------------------------------------------
 */

/* What arrives: late, twice, changed, or as it was sent. */
static void deliver(struct ends *ends, struct packet *late, size_t *count,
                    const struct packet *sealed, bool rtcp)
{
    struct packet changed = *sealed;

    if (any(6) == 0) {
        /* Past the byte that says how long the header is; an extension's own
         * length lies in the clear as well. */
        tamper(&changed, rtcp ? 4 : sealed->header > 12 ? sealed->header : 1);
        open_alike(ends, &changed, rtcp);
    }
    if (any(4) == 0 && *count < LATE_MAX) {
        late[(*count)++] = *sealed;
        return;
    }
    open_alike(ends, sealed, rtcp);
    if (any(8) == 0)
        open_alike(ends, sealed, rtcp);
    if (*count > 0 && any(3) == 0) {
        size_t which = any((uint32_t)*count);

        open_alike(ends, &late[which], rtcp);
        if (any(2))
            late[which] = late[--*count];
    }
}

static void agrees_with_libsrtp_on_rtp(void **state)
{
    static struct packet late[LATE_MAX];

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ends ends;
        uint32_t ssrcs[SSRCS];
        uint16_t seqs[SSRCS];
        size_t count = 0, sent = 0;

        chance = 0x9e3779b97f4a7c15u * (round + 1);
        ends_init(&ends);
        for (size_t i = 0; i < SSRCS; i++) {
            ssrcs[i] = any(UINT32_MAX);
            seqs[i] = (uint16_t)(any(3) ? 65536 - any(200) : any(65536));
        }
        for (unsigned i = 0; i < PACKETS; i++) {
            struct packet plain, sealed;
            size_t which = any(SSRCS);

            any_rtp(&plain, ssrcs[which], seqs[which]);
            sealed.header = plain.header;
            if (seal_alike(&ends, &plain, &sealed)) {
                sent += 1;
                deliver(&ends, late, &count, &sealed, false);
            } else if (any(2) == 0) {
                seqs[which] = (uint16_t)(seqs[which] + any(20000));
            }
            seqs[which] = next_seq(seqs[which]);
        }
        assert_true(sent > PACKETS / 2);
        ends_release(&ends);
    }
}

static void agrees_with_libsrtp_on_rtcp(void **state)
{
    static struct packet late[LATE_MAX];

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ends ends;
        uint32_t ssrcs[SSRCS];
        size_t count = 0;

        chance = 0xd1b54a32d192ed03u * (round + 1);
        ends_init(&ends);
        for (size_t i = 0; i < SSRCS; i++)
            ssrcs[i] = any(UINT32_MAX);
        for (unsigned i = 0; i < PACKETS / 4; i++) {
            struct packet plain, sealed;
            uint8_t theirs[PACKET_MAX + SRTP_GROWTH_MAX];
            struct writer out = writer_into(sealed.bytes, sizeof(sealed.bytes));
            int length;

            any_rtcp(&plain, ssrcs[any(SSRCS)]);
            length = (int)plain.length;
            memcpy(theirs, plain.bytes, plain.length);
            assert_int_equal(srtp_out_rtcp(&ends.out,
                                           slice(plain.bytes, plain.length),
                                           &out),
                             0);
            assert_int_equal(srtp_protect_rtcp(ends.their_out, theirs, &length),
                             0);
            assert_int_equal(out.length, length);
            assert_memory_equal(sealed.bytes, theirs, out.length);
            sealed.length = out.length;
            deliver(&ends, late, &count, &sealed, true);
            /* Their window is 128 packets, ours is longer: nothing that they
             * could call too old. */
            if (i % 96 == 95)
                count = 0;
        }
        ends_release(&ends);
    }
}

/* Laps of the sequence number, each with its rollover count. */
static void counts_rollovers_as_libsrtp_does(void **state)
{
    struct ends ends;
    uint16_t seq = 65000;

    (void)state;
    chance = 77;
    ends_init(&ends);
    for (unsigned i = 0; i < 600; i++) {
        struct packet plain, sealed;

        any_rtp(&plain, 1, seq);
        sealed.header = plain.header;
        assert_true(seal_alike(&ends, &plain, &sealed));
        open_alike(&ends, &sealed, false);
        seq = (uint16_t)(seq + 1013);
    }
    ends_release(&ends);
}

/* A stranger's packets cost a peer nothing, however many names they bear. */
static void forgets_streams_that_were_forged(void **state)
{
    struct ends ends;
    struct packet plain, sealed;
    size_t length;

    (void)state;
    chance = 5;
    ends_init(&ends);
    for (uint32_t ssrc = 1; ssrc <= 1000; ssrc++) {
        any_rtp(&plain, ssrc, 9);
        plain.length += GCM_TAG_BYTES;
        assert_int_equal(
            srtp_in_rtp(&ends.in, plain.bytes, plain.length, &length), -EACCES);
    }
    assert_int_equal(ends.in.gcm.stream_count, 0);
    any_rtp(&plain, 1, 9);
    sealed.header = plain.header;
    assert_true(seal_alike(&ends, &plain, &sealed));
    open_alike(&ends, &sealed, false);
    assert_int_equal(ends.in.gcm.stream_count, 1);
    ends_release(&ends);
}

static void refuses_reports_in_the_clear(void **state)
{
    struct ends ends;
    struct packet plain, sealed;
    struct writer out = writer_into(sealed.bytes, sizeof(sealed.bytes));
    size_t length;

    (void)state;
    chance = 6;
    ends_init(&ends);
    any_rtcp(&plain, 7);
    assert_int_equal(
        srtp_out_rtcp(&ends.out, slice(plain.bytes, plain.length), &out), 0);
    sealed.bytes[out.length - GCM_INDEX_BYTES] &= 0x7f;
    assert_int_equal(srtp_in_rtcp(&ends.in, sealed.bytes, out.length, &length),
                     -EACCES);
    ends_release(&ends);
}

/* Far beyond what 32 bits count. */
static void keeps_its_place_after_billions_of_packets(void **state)
{
    struct replay replay = { .highest = UINT64_C(0xfffffffe0000) };

    (void)state;
    assert_true(replay_index(&replay, 1) == UINT64_C(0xfffffffe0001));
    assert_true(replay_index(&replay, 65535) == UINT64_C(0xfffffffdffff));
    replay_mark(&replay, UINT64_C(0xfffffffe0001));
    assert_int_equal(replay_check(&replay, UINT64_C(0xfffffffe0001)),
                     -EALREADY);
    assert_int_equal(replay_check(&replay, UINT64_C(0xfffffffe0000)), 0);
    assert_int_equal(
        replay_check(&replay, UINT64_C(0xfffffffe0001) - REPLAY_WINDOW),
        -ESTALE);
    replay_mark(&replay, UINT64_C(0xffffffffffff));
    assert_int_equal(replay_check(&replay, UINT64_C(0xffffffffffff)),
                     -EALREADY);
}

static int start(void **state)
{
    (void)state;
    return aead_choose(AEAD_OPENSSL) ? srtp_start() : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_libsrtp_on_rtp),
        cmocka_unit_test(agrees_with_libsrtp_on_rtcp),
        cmocka_unit_test(counts_rollovers_as_libsrtp_does),
        cmocka_unit_test(forgets_streams_that_were_forged),
        cmocka_unit_test(refuses_reports_in_the_clear),
        cmocka_unit_test(keeps_its_place_after_billions_of_packets),
    };
    /* Whoever does the AES-GCM. */
    if (cmocka_run_group_tests_name("openssl", tests, start, NULL) != 0)
        return 1;
    if (!aead_choose(AEAD_IPSEC_MB))
        return 0;
    return cmocka_run_group_tests_name("ipsec-mb", tests, NULL, NULL);
}
