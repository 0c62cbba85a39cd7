/* An RTP packet: what is read lies inside the packet, and a header rebuilt from
 * it reads back the same, with extensions of ours as well. */
#include "media/rtp/extensions.h"
#include "media/rtp/rtp.h"
#include "media/rtp/vp8.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct extension_ids ids = { .mid = 1,
                                          .rid = 2,
                                          .repaired_rid = 3,
                                          .audio_level = 4,
                                          .abs_send_time = 5,
                                          .transport_cc = 6 };

static bool lies_in(struct slice part, struct slice whole)
{
    return part.length == 0 ||
           (part.data >= whole.data &&
            part.data + part.length <= whole.data + whole.length);
}

static void check_extensions(const struct rtp_packet *packet)
{
    struct extensions read;

    extensions_read(packet, &ids, &read);
    assert(lies_in(read.mid, packet->extension));
    assert(lies_in(read.rid, packet->extension));
    assert(lies_in(read.repaired_rid, packet->extension));
    if (packet->extension_profile == RTP_EXTENSION_ONEBYTE)
        assert(read.mid.length <= 16 && read.rid.length <= 16);
    else if ((packet->extension_profile & 0xfff0) != RTP_EXTENSION_TWOBYTE)
        assert(!read.has_audio_level && !read.has_transport_seq);
}

/* A payload that was padded brings its padding along, as the relay's evened
 * packets do; a packet of nothing but padding is written with the header. */
static struct rtp_packet rebuilt(const struct rtp_packet *packet, uint8_t *room,
                                 size_t size)
{
    struct writer out = writer_into(room, size);
    struct rtp_packet written = *packet, again;

    if (packet->payload.length > 0) {
        written.padded = packet->padding > 0;
        written.padding = 0;
    }
    rtp_write_header(&written, &out);
    assert((out.length - written.padding - RTP_HEADER_SIZE) % 4 == 0);
    writer_bytes(&out, packet->payload);
    for (unsigned i = 1; written.padded && i <= packet->padding; i++)
        writer_u8(&out, i == packet->padding ? packet->padding : 0);
    assert(!out.failed);
    int err = rtp_read(writer_done(&out), &again);
    assert(!err);
    assert(again.marker == packet->marker && again.seq == packet->seq);
    assert(again.payload_type == packet->payload_type);
    assert(again.timestamp == packet->timestamp && again.ssrc == packet->ssrc);
    assert(slice_equal(again.payload, packet->payload));
    assert(again.padding == packet->padding);
    return again;
}

/* As the relay sends it: nothing of the sender's but what we name. */
static void with_ours(const struct rtp_packet *packet, uint8_t *room,
                      size_t size)
{
    struct rtp_packet ours = *packet;
    struct extensions had, has;
    uint8_t body[64];
    struct writer out = writer_into(body, sizeof(body));

    extensions_read(packet, &ids, &had);
    extension_write_mid(&out, ids.mid, had.mid);
    if (had.has_audio_level)
        extension_write_audio_level(&out, ids.audio_level, had.audio_level);
    extension_write_abs_send_time(&out, ids.abs_send_time, packet->timestamp);
    assert(!out.failed);
    ours.extension_profile = RTP_EXTENSION_ONEBYTE;
    ours.extension = writer_done(&out);
    struct rtp_packet again = rebuilt(&ours, room, size);
    extensions_read(&again, &ids, &has);
    assert(had.mid.length > 16 || slice_equal(has.mid, had.mid));
    assert(has.has_audio_level == had.has_audio_level);
    assert(has.audio_level == had.audio_level);
    assert(has.rid.length == 0 && !has.has_transport_seq);
}

/* A receiver finds the numbers that were written where it looks for them, and
 * nothing else of the payload is touched. */
static void renumber(struct slice payload)
{
    struct vp8_descriptor read = vp8_read(payload), again;
    struct vp8_map map = { 0 };
    uint8_t *copy = malloc(payload.length + 1);

    assert(copy);
    if (payload.length > 0)
        memcpy(copy, payload.data, payload.length);
    vp8_map_pass(&map, &read, true);
    for (size_t i = 0; i < VP8_NUMBERS; i++)
        map.counts[i].shift = 4711;
    vp8_map_write(&map, &read, copy);
    again = vp8_read(slice(copy, payload.length));
    assert(again.whole == read.whole);
    for (size_t i = 0; i < VP8_NUMBERS; i++) {
        const struct vp8_field *is = &again.numbers[i];
        unsigned bits = read.numbers[i].bits;

        assert(is->bits == bits && is->at == read.numbers[i].at);
        assert(is->value ==
               ((read.numbers[i].value + 4711u) & ((1u << bits) - 1)));
    }
    for (size_t i = 0; i < VP8_NUMBERS; i++)
        map.counts[i].shift = 0;
    vp8_map_write(&map, &read, copy);
    assert(slice_equal(slice(copy, payload.length), payload));
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice(data, size);
    struct rtp_packet packet;

    if (rtp_read(bytes, &packet))
        return 0;
    assert(packet.payload_type < 128 && packet.extension.length % 4 == 0);
    assert(lies_in(packet.extension, bytes) && lies_in(packet.payload, bytes));
    renumber(packet.payload);
    check_extensions(&packet);

    size_t room_size = size + 128;
    uint8_t *room = malloc(room_size);
    assert(room);
    struct rtp_packet again = rebuilt(&packet, room, room_size);
    assert(slice_equal(again.extension, packet.extension));
    assert(packet.extension.length == 0 ||
           again.extension_profile == packet.extension_profile);
    with_ours(&packet, room, room_size);
    free(room);
    return 0;
}
