#include "media/transport/ice_tcp.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int ice_tcp_next(struct slice *rest, struct slice *out)
{
    while (rest->length >= ICE_TCP_HEADER) {
        size_t length = (size_t)(rest->data[0] << 8 | rest->data[1]);

        if (length > PACKET_BYTES_MAX)
            return -EBADMSG;
        if (rest->length < ICE_TCP_HEADER + length)
            return 0;
        *out = slice(rest->data + ICE_TCP_HEADER, length);
        rest->data += ICE_TCP_HEADER + length;
        rest->length -= ICE_TCP_HEADER + length;
        if (length > 0)
            return 1;
    }
    return 0;
}

void ice_tcp_queue_release(struct ice_tcp_queue *queue)
{
    free(queue->bytes);
    *queue = (struct ice_tcp_queue){ .bytes = NULL };
}

/* Room behind what waits, made by moving it to the front. */
static bool make_room(struct ice_tcp_queue *queue, size_t bytes)
{
    if (queue->length + bytes > ICE_TCP_QUEUE_BYTES)
        return false;
    if (!queue->bytes)
        queue->bytes = malloc(ICE_TCP_QUEUE_BYTES);
    if (!queue->bytes)
        return false;
    if (queue->begin + queue->length + bytes > ICE_TCP_QUEUE_BYTES) {
        memmove(queue->bytes, queue->bytes + queue->begin, queue->length);
        queue->begin = 0;
    }
    return true;
}

bool ice_tcp_queue_add(struct ice_tcp_queue *queue, struct slice packet,
                       bool picture)
{
    size_t bytes = ICE_TCP_HEADER + packet.length;
    uint8_t *end;

    assert(packet.length > 0 && packet.length <= UINT16_MAX);
    if (picture && queue->length + bytes > ICE_TCP_QUEUE_HALF)
        return false;
    if (!make_room(queue, bytes))
        return false;
    end = queue->bytes + queue->begin + queue->length;
    end[0] = (uint8_t)(packet.length >> 8);
    end[1] = (uint8_t)packet.length;
    memcpy(end + ICE_TCP_HEADER, packet.data, packet.length);
    queue->length += bytes;
    return true;
}

struct slice ice_tcp_queue_front(const struct ice_tcp_queue *queue)
{
    if (queue->length == 0)
        return slice(NULL, 0);
    return slice(queue->bytes + queue->begin, queue->length);
}

void ice_tcp_queue_written(struct ice_tcp_queue *queue, size_t bytes)
{
    assert(bytes <= queue->length);
    queue->begin += bytes;
    queue->length -= bytes;
    if (queue->length == 0)
        queue->begin = 0;
}
