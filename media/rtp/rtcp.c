#include "media/rtp/rtcp.h"

#include "base/reader.h"

#include <assert.h>
#include <errno.h>

enum {
    TYPE_SR = 200,
    TYPE_RR = 201,
    TYPE_SDES = 202,
    TYPE_RTPFB = 205, /* transport layer feedback, RFC 4585 */
    TYPE_PSFB = 206,  /* payload specific feedback */
};

enum {
    FORMAT_NACK = 1,
    FORMAT_PLI = 1,
    FORMAT_FIR = 4,
    FORMAT_AFB = 15, /* REMB is an application layer message */
};

#define BLOCK_SIZE 24 /* bytes of a report block */
#define SDES_CNAME 1
#define REMB_NAME  0x52454d42 /* "REMB" */

/* ---- reading ------------------------------------------------------------- */

static void read_blocks(struct reader *in, size_t count,
                        struct rtcp_message *out)
{
    struct slice blocks = reader_bytes(in, count * BLOCK_SIZE);

    if (in->failed)
        return;
    out->block_count = count;
    out->blocks = blocks;
}

static void read_report(struct reader *in, uint8_t type, size_t count,
                        struct rtcp_message *out)
{
    struct rtcp_sender_info info = { 0 };

    out->sender_ssrc = reader_u32(in);
    if (type == TYPE_SR) {
        info.ntp = reader_u64(in);
        info.rtp = reader_u32(in);
        info.packets = reader_u32(in);
        info.octets = reader_u32(in);
    }
    if (in->failed)
        return;
    out->sender = info;
    out->kind = type == TYPE_SR ? RTCP_SENDER_REPORT : RTCP_RECEIVER_REPORT;
    read_blocks(in, count, out);
}

static void read_remb(struct reader *in, struct rtcp_message *out)
{
    uint32_t word;
    unsigned exponent;
    uint64_t mantissa;

    if (reader_u32(in) != REMB_NAME)
        return;
    word = reader_u32(in);
    if (in->failed)
        return;
    exponent = word >> 18 & 0x3f;
    mantissa = word & 0x3ffff;
    out->kind = RTCP_REMB;
    out->remb_bps =
        exponent > 45 ? UINT64_MAX / 2 : mantissa << exponent; /* 18 + 45 */
}

static void read_payload_feedback(struct reader *in, unsigned format,
                                  struct rtcp_message *out)
{
    switch (format) {
    case FORMAT_PLI:
        out->kind = RTCP_PLI;
        break;
    case FORMAT_FIR: {
        uint32_t target = reader_u32(in);

        if (in->failed)
            return;
        out->media_ssrc = target;
        out->kind = RTCP_FIR;
        break;
    }
    case FORMAT_AFB:
        read_remb(in, out);
        break;
    default:
        break;
    }
}

static void read_feedback(struct reader *in, uint8_t type, unsigned format,
                          struct rtcp_message *out)
{
    out->sender_ssrc = reader_u32(in);
    out->media_ssrc = reader_u32(in);
    if (in->failed)
        return;
    if (type == TYPE_PSFB) {
        read_payload_feedback(in, format, out);
    } else if (format == FORMAT_NACK) {
        out->kind = RTCP_NACK;
        out->nacks = slice(in->rest.data, in->rest.length / 4 * 4);
    }
}

/* RFC 3550, section 6.4.1: padding counts itself in its last byte. Content
 * without it; none when it contradicts the length. */
static struct slice without_padding(struct slice body)
{
    size_t padding = body.length > 0 ? body.data[body.length - 1] : 0;

    if (padding == 0 || padding % 4 != 0 || padding > body.length)
        return slice(NULL, 0);
    return slice(body.data, body.length - padding);
}

int rtcp_next(struct slice *packet, struct rtcp_message *out)
{
    struct reader in = reader_of(*packet);
    struct rtcp_message message = { 0 };
    struct reader body;
    uint8_t first, type;
    size_t length;

    if (packet->length == 0)
        return 0;
    first = reader_u8(&in);
    type = reader_u8(&in);
    length = (size_t)reader_u16(&in) * 4;
    body = reader_of(reader_bytes(&in, length));
    if (in.failed || first >> 6 != 2)
        return -EBADMSG;
    if (first & 0x20)
        body.rest = without_padding(body.rest);

    if (type == TYPE_SR || type == TYPE_RR)
        read_report(&body, type, first & 0x1f, &message);
    else if (type == TYPE_RTPFB || type == TYPE_PSFB)
        read_feedback(&body, type, first & 0x1f, &message);
    *packet = in.rest;
    *out = message;
    return 1;
}

struct rtcp_block rtcp_block_at(const struct rtcp_message *message,
                                size_t index)
{
    struct reader in =
        reader_of(slice(message->blocks.data + index * BLOCK_SIZE, BLOCK_SIZE));
    struct rtcp_block block = { 0 };
    uint32_t lost;

    assert(index < message->block_count);
    block.ssrc = reader_u32(&in);
    block.fraction_lost = reader_u8(&in);
    lost = reader_u24(&in);
    block.lost = (int32_t)(lost << 8) / 256; /* 24 bits, signed */
    block.highest_seq = reader_u32(&in);
    block.jitter = reader_u32(&in);
    block.last_report = reader_u32(&in);
    block.since_report = reader_u32(&in);
    return block;
}

size_t rtcp_nack_list(const struct rtcp_message *message, uint16_t *out,
                      size_t max)
{
    struct reader in = reader_of(message->nacks);
    size_t count = 0;

    while (in.rest.length >= 4) {
        uint16_t first = reader_u16(&in);
        uint16_t bits = reader_u16(&in);

        if (count < max)
            out[count++] = first;
        for (unsigned i = 0; i < 16; i++)
            if (bits >> i & 1 && count < max)
                out[count++] = (uint16_t)(first + i + 1);
    }
    return count;
}

/* ---- writing ------------------------------------------------------------- */

static void write_head(struct writer *out, unsigned count, uint8_t type,
                       size_t body_bytes)
{
    assert(count < 32 && body_bytes % 4 == 0);
    writer_u8(out, (uint8_t)(0x80 | count));
    writer_u8(out, type);
    writer_u16(out, (uint16_t)(body_bytes / 4));
}

void rtcp_write_sender_report(struct writer *out, uint32_t ssrc,
                              const struct rtcp_sender_info *info)
{
    write_head(out, 0, TYPE_SR, 24);
    writer_u32(out, ssrc);
    writer_u64(out, info->ntp);
    writer_u32(out, info->rtp);
    writer_u32(out, info->packets);
    writer_u32(out, info->octets);
}

void rtcp_write_receiver_report(struct writer *out, uint32_t ssrc,
                                const struct rtcp_block *blocks, size_t count)
{
    assert(count <= RTCP_BLOCKS_MAX);
    write_head(out, (unsigned)count, TYPE_RR, 4 + count * BLOCK_SIZE);
    writer_u32(out, ssrc);
    for (size_t i = 0; i < count; i++) {
        writer_u32(out, blocks[i].ssrc);
        writer_u8(out, blocks[i].fraction_lost);
        writer_u24(out, (uint32_t)blocks[i].lost & 0xffffff);
        writer_u32(out, blocks[i].highest_seq);
        writer_u32(out, blocks[i].jitter);
        writer_u32(out, blocks[i].last_report);
        writer_u32(out, blocks[i].since_report);
    }
}

void rtcp_write_cname(struct writer *out, uint32_t ssrc, const char *cname)
{
    size_t length = strlen(cname);
    /* Item, then at least one zero that ends the list. */
    size_t padded = (2 + length + 1 + 3) / 4 * 4;

    assert(length <= 255);
    write_head(out, 1, TYPE_SDES, 4 + padded);
    writer_u32(out, ssrc);
    writer_u8(out, SDES_CNAME);
    writer_u8(out, (uint8_t)length);
    writer_text(out, cname);
    for (size_t i = 2 + length; i < padded; i++)
        writer_u8(out, 0);
}

/* How many numbers from the first on fit one pair of PID and BLP. */
static size_t nack_pair(const uint16_t *seqs, size_t count, uint16_t *bits)
{
    size_t used = 1;

    *bits = 0;
    while (used < count) {
        uint16_t ahead = (uint16_t)(seqs[used] - seqs[0]);

        if (ahead == 0 || ahead > 16)
            break;
        *bits = (uint16_t)(*bits | 1u << (ahead - 1));
        used += 1;
    }
    return used;
}

void rtcp_write_nack(struct writer *out, uint32_t sender, uint32_t media,
                     const uint16_t *seqs, size_t count)
{
    size_t pairs = 0;
    uint16_t bits;

    for (size_t at = 0; at < count; pairs++)
        at += nack_pair(seqs + at, count - at, &bits);
    write_head(out, FORMAT_NACK, TYPE_RTPFB, 8 + pairs * 4);
    writer_u32(out, sender);
    writer_u32(out, media);
    for (size_t at = 0; at < count;) {
        uint16_t first = seqs[at];

        at += nack_pair(seqs + at, count - at, &bits);
        writer_u16(out, first);
        writer_u16(out, bits);
    }
}

void rtcp_write_pli(struct writer *out, uint32_t sender, uint32_t media)
{
    write_head(out, FORMAT_PLI, TYPE_PSFB, 8);
    writer_u32(out, sender);
    writer_u32(out, media);
}

void rtcp_write_remb(struct writer *out, uint32_t sender, uint64_t bps,
                     const uint32_t *ssrcs, size_t count)
{
    uint32_t exponent = 0;

    while (bps >> exponent > 0x3ffff)
        exponent += 1;
    assert(count < 256);
    write_head(out, FORMAT_AFB, TYPE_PSFB, 16 + count * 4);
    writer_u32(out, sender);
    writer_u32(out, 0);
    writer_u32(out, REMB_NAME);
    writer_u32(out, (uint32_t)count << 24 | exponent << 18 |
                        (uint32_t)(bps >> exponent));
    for (size_t i = 0; i < count; i++)
        writer_u32(out, ssrcs[i]);
}
