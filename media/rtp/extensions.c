#include "media/rtp/extensions.h"

#include "base/reader.h"

static uint16_t first_u16(struct slice value)
{
    return (uint16_t)(value.data[0] << 8 | value.data[1]);
}

static void take(const struct extension_ids *ids, uint8_t id,
                 struct slice value, struct extensions *out)
{
    if (id == 0 || value.length == 0)
        return;
    if (id == ids->mid)
        out->mid = value;
    if (id == ids->rid)
        out->rid = value;
    if (id == ids->repaired_rid)
        out->repaired_rid = value;
    if (id == ids->audio_level) {
        out->has_audio_level = true;
        out->audio_level = value.data[0];
    }
    if (id == ids->transport_cc && value.length >= 2) {
        out->has_transport_seq = true;
        out->transport_seq = first_u16(value);
    }
}

/* RFC 8285, section 4.2: id 0 is padding, id 15 ends the walk. */
static void read_one_byte(struct reader *in, const struct extension_ids *ids,
                          struct extensions *out)
{
    while (in->rest.length > 0) {
        uint8_t head = reader_u8(in);
        struct slice value;

        if (head == 0)
            continue;
        if (head >> 4 == 15)
            return;
        value = reader_bytes(in, (size_t)(head & 0x0f) + 1);
        if (in->failed)
            return;
        take(ids, head >> 4, value, out);
    }
}

static void read_two_byte(struct reader *in, const struct extension_ids *ids,
                          struct extensions *out)
{
    while (in->rest.length > 0) {
        uint8_t id = reader_u8(in);
        struct slice value;

        if (id == 0)
            continue;
        value = reader_bytes(in, reader_u8(in));
        if (in->failed)
            return;
        take(ids, id, value, out);
    }
}

void extensions_read(const struct rtp_packet *packet,
                     const struct extension_ids *ids, struct extensions *out)
{
    struct reader in = reader_of(packet->extension);

    *out = (struct extensions){ 0 };
    if (packet->extension_profile == RTP_EXTENSION_ONEBYTE)
        read_one_byte(&in, ids, out);
    else if ((packet->extension_profile & 0xfff0) == RTP_EXTENSION_TWOBYTE)
        read_two_byte(&in, ids, out);
}

static bool fits_one_byte(uint8_t id)
{
    return id >= 1 && id <= 14;
}

void extension_write_audio_level(struct writer *out, uint8_t id, uint8_t level)
{
    if (!fits_one_byte(id))
        return;
    writer_u8(out, (uint8_t)(id << 4));
    writer_u8(out, level);
}

void extension_write_abs_send_time(struct writer *out, uint8_t id,
                                   uint64_t now_us)
{
    /* 24 bits of seconds as 6.18 fixed point. */
    uint64_t fixed = ((now_us % 64000000) << 18) / 1000000;

    if (!fits_one_byte(id))
        return;
    writer_u8(out, (uint8_t)(id << 4 | 2));
    writer_u24(out, (uint32_t)(fixed & 0xffffff));
}

void extension_write_mid(struct writer *out, uint8_t id, struct slice mid)
{
    if (!fits_one_byte(id) || mid.length == 0 || mid.length > 16)
        return;
    writer_u8(out, (uint8_t)((unsigned)id << 4 | (unsigned)(mid.length - 1)));
    writer_bytes(out, mid);
}
