#include "media/rtp/rtp.h"

#include "base/reader.h"

#include <errno.h>

int rtp_read(struct slice bytes, struct rtp_packet *out)
{
    struct reader in = reader_of(bytes);
    uint8_t first = reader_u8(&in);
    uint8_t second = reader_u8(&in);
    uint8_t padding = 0;

    if (first >> 6 != 2)
        return -EBADMSG;
    /* Field by field: copying what was just written costs more than it. */
    out->marker = second >> 7;
    out->payload_type = second & 0x7f;
    out->seq = reader_u16(&in);
    out->timestamp = reader_u32(&in);
    out->ssrc = reader_u32(&in);
    (void)reader_bytes(&in, (size_t)(first & 0x0f) * 4);
    out->extension_profile = first & 0x10 ? reader_u16(&in) : 0;
    out->extension =
        reader_bytes(&in, first & 0x10 ? (size_t)reader_u16(&in) * 4 : 0);
    if (in.failed)
        return -EBADMSG;

    if (first & 0x20) {
        if (in.rest.length == 0)
            return -EBADMSG;
        padding = in.rest.data[in.rest.length - 1];
        if (padding == 0 || padding > in.rest.length)
            return -EBADMSG;
    }
    out->padding = padding;
    out->padded = false;
    out->payload = slice(in.rest.data, in.rest.length - padding);
    return 0;
}

void rtp_write_header(const struct rtp_packet *packet, struct writer *out)
{
    bool extended = packet->extension.length > 0;
    size_t words = (packet->extension.length + 3) / 4;
    static const uint8_t zeros[4];

    writer_u8(out,
              (uint8_t)((extended ? 0x90 : 0x80) |
                        (packet->padding > 0 || packet->padded ? 0x20 : 0)));
    writer_u8(out, (uint8_t)(packet->marker << 7 | packet->payload_type));
    writer_u16(out, packet->seq);
    writer_u32(out, packet->timestamp);
    writer_u32(out, packet->ssrc);
    if (extended) {
        writer_u16(out, packet->extension_profile);
        writer_u16(out, (uint16_t)words);
        writer_bytes(out, packet->extension);
        writer_bytes(out, slice(zeros, words * 4 - packet->extension.length));
    }
    for (unsigned i = 1; i <= packet->padding; i++)
        writer_u8(out, i == packet->padding ? packet->padding : 0);
}
