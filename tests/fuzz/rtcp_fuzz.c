/* A compound RTCP packet: every message lies inside it, padding is no content
 * (RFC 3550, section 6.4.1), and what our writers make of a message reads back
 * the same. */
#include "media/rtp/rtcp.h"

#include "base/reader.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NACKS_MAX 256

static uint8_t room[2048];

static struct rtcp_message read_back(const struct writer *out,
                                     enum rtcp_kind kind)
{
    struct slice rest = writer_done(out);
    struct rtcp_message message;

    assert(!out->failed && rest.length % 4 == 0);
    int took = rtcp_next(&rest, &message);
    assert(took == 1 && rest.length == 0 && message.kind == kind);
    return message;
}

static void reports(const struct rtcp_message *message)
{
    struct rtcp_block blocks[RTCP_BLOCKS_MAX];
    struct writer out = writer_into(room, sizeof(room));

    assert(message->block_count <= RTCP_BLOCKS_MAX);
    assert(message->blocks.length == message->block_count * 24);
    for (size_t i = 0; i < message->block_count; i++)
        blocks[i] = rtcp_block_at(message, i);
    rtcp_write_receiver_report(&out, message->sender_ssrc, blocks,
                               message->block_count);
    struct rtcp_message again = read_back(&out, RTCP_RECEIVER_REPORT);
    assert(again.sender_ssrc == message->sender_ssrc);
    assert(slice_equal(again.blocks, message->blocks));
}

static void sender(const struct rtcp_message *message)
{
    struct writer out = writer_into(room, sizeof(room));

    rtcp_write_sender_report(&out, message->sender_ssrc, &message->sender);
    struct rtcp_message again = read_back(&out, RTCP_SENDER_REPORT);
    assert(again.sender_ssrc == message->sender_ssrc);
    assert(again.sender.ntp == message->sender.ntp);
    assert(again.sender.rtp == message->sender.rtp);
    assert(again.sender.packets == message->sender.packets);
    assert(again.sender.octets == message->sender.octets);
}

/* The numbers are the same set; order and repetitions may go. */
static void nacks(const struct rtcp_message *message)
{
    static uint16_t list[NACKS_MAX], again_list[NACKS_MAX];
    static uint8_t asked[65536];
    struct writer out = writer_into(room, sizeof(room));
    size_t count = rtcp_nack_list(message, list, NACKS_MAX);
    size_t pairs = message->nacks.length / 4;

    assert(count <= NACKS_MAX && count <= pairs * 17);
    assert(count >= (pairs < NACKS_MAX ? pairs : NACKS_MAX));
    rtcp_write_nack(&out, message->sender_ssrc, message->media_ssrc, list,
                    count);
    struct rtcp_message again = read_back(&out, RTCP_NACK);
    assert(again.media_ssrc == message->media_ssrc);
    size_t said = rtcp_nack_list(&again, again_list, NACKS_MAX);
    assert(said <= count);
    for (size_t i = 0; i < count; i++)
        asked[list[i]] = 1;
    for (size_t i = 0; i < said; i++)
        assert(asked[again_list[i]]++ >= 1);
    for (size_t i = 0; i < count; i++)
        assert(asked[list[i]] >= 2);
    for (size_t i = 0; i < count; i++)
        asked[list[i]] = 0;
}

static void remb(const struct rtcp_message *message)
{
    struct writer out = writer_into(room, sizeof(room));
    const uint32_t ssrcs[2] = { message->sender_ssrc, message->media_ssrc };

    rtcp_write_remb(&out, message->sender_ssrc, message->remb_bps, ssrcs, 2);
    uint64_t again = read_back(&out, RTCP_REMB).remb_bps;
    /* 18 bits are kept; beyond what any line carries it is only near. */
    assert(again <= message->remb_bps);
    assert(message->remb_bps - again <= message->remb_bps >> 17);
    assert(again == message->remb_bps || message->remb_bps == UINT64_MAX / 2);
}

static void check(const struct rtcp_message *message)
{
    switch (message->kind) {
    case RTCP_SENDER_REPORT:
        sender(message);
        reports(message);
        break;
    case RTCP_RECEIVER_REPORT:
        reports(message);
        break;
    case RTCP_NACK:
        nacks(message);
        break;
    case RTCP_REMB:
        remb(message);
        break;
    case RTCP_PLI: {
        struct writer out = writer_into(room, sizeof(room));
        rtcp_write_pli(&out, message->sender_ssrc, message->media_ssrc);
        assert(read_back(&out, RTCP_PLI).media_ssrc == message->media_ssrc);
        break;
    }
    case RTCP_FIR:
    case RTCP_OTHER:
        assert(message->block_count == 0 && message->nacks.length == 0);
        break;
    }
}

/* What a message of this head may hold, worked out once more. */
static size_t content_bytes(struct slice whole)
{
    size_t length = whole.length - 4;

    if (!(whole.data[0] & 0x20))
        return length;
    size_t padding = length > 0 ? whole.data[whole.length - 1] : 0;
    return padding == 0 || padding % 4 || padding > length ? 0
                                                           : length - padding;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice(data, size);
    struct rtcp_message message;

    for (;;) {
        struct slice before = rest;
        int took = rtcp_next(&rest, &message);
        if (took != 1) {
            assert(took < 0 || rest.length == 0);
            return 0;
        }
        size_t length = before.length - rest.length;
        assert(length >= 4 && length % 4 == 0);
        assert(rest.data == before.data + length);
        size_t content = content_bytes(slice(before.data, length));
        assert(message.blocks.length + message.nacks.length <= content);
        assert(message.kind != RTCP_NACK ||
               message.nacks.length == (content - 8) / 4 * 4);
        check(&message);
    }
}
