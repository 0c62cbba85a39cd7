/* A TCP connection's bytes. The first byte says in which pieces they come: the
 * packets are the same as in one piece. Then they take the way back through a
 * queue, written in the same pieces. */
#include "media/transport/ice_tcp.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PACKETS 512

struct found {
    size_t count;
    struct slice packets[PACKETS]; /* of the whole stream */
    bool broken;
    size_t left;
};

static void read_whole(struct slice stream, struct found *out)
{
    struct slice packet;
    int err = 1;

    *out = (struct found){ .count = 0 };
    while (out->count < PACKETS && (err = ice_tcp_next(&stream, &packet)) == 1)
        out->packets[out->count++] = packet;
    out->broken = err < 0;
    out->left = stream.length;
}

/* As tcp.c reads: what is left of a piece lies before the next. */
static void read_in_pieces(struct slice stream, size_t piece,
                           const struct found *whole)
{
    uint8_t *bytes = malloc(ICE_TCP_FRAME_MAX + piece);
    size_t held = 0, count = 0;

    while (stream.length > 0 && count < PACKETS) {
        size_t length = stream.length < piece ? stream.length : piece;
        struct slice rest = slice(bytes, held + length);
        struct slice packet;
        int err = 1;

        memcpy(bytes + held, stream.data, length);
        stream.data += length;
        stream.length -= length;
        while (count < PACKETS && (err = ice_tcp_next(&rest, &packet)) == 1)
            assert(slice_equal(packet, whole->packets[count++]));
        if (err < 0) {
            assert(whole->broken);
            break;
        }
        if (err == 0) {
            assert(rest.length < ICE_TCP_FRAME_MAX);
            memmove(bytes, rest.data, rest.length);
            held = rest.length;
        }
    }
    assert(count == whole->count);
    free(bytes);
}

static void write_back(const struct found *found, size_t piece)
{
    static uint8_t stream[PACKETS * ICE_TCP_FRAME_MAX];
    struct ice_tcp_queue queue = { .bytes = NULL };
    size_t added = 0, length = 0;
    struct found again;

    while (added < found->count || queue.length > 0) {
        struct slice front;

        if (added < found->count &&
            ice_tcp_queue_add(&queue, found->packets[added], added % 2 == 0))
            added += 1;
        front = ice_tcp_queue_front(&queue);
        front.length = front.length < piece ? front.length : piece;
        memcpy(stream + length, front.data, front.length);
        length += front.length;
        ice_tcp_queue_written(&queue, front.length);
        assert(queue.length <= ICE_TCP_QUEUE_BYTES);
    }
    read_whole(slice(stream, length), &again);
    assert(again.count == found->count);
    for (size_t i = 0; i < again.count; i++)
        assert(slice_equal(again.packets[i], found->packets[i]));
    ice_tcp_queue_release(&queue);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct found whole;
    uint8_t *stream;
    size_t piece;

    if (size < 2)
        return 0;
    piece = (size_t)data[0] * 16 + 1;
    stream = malloc(size - 1); /* exact, so that ASan sees the end */
    memcpy(stream, data + 1, size - 1);
    read_whole(slice(stream, size - 1), &whole);
    for (size_t i = 0; i < whole.count; i++)
        assert(whole.packets[i].length > 0 &&
               whole.packets[i].length <= PACKET_BYTES_MAX);
    read_in_pieces(slice(stream, size - 1), piece, &whole);
    write_back(&whole, piece);
    free(stream);
    return 0;
}
