#include "media/egress.h"

#include "base/log.h"
#include "media/sockets.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

struct departure {
    struct iovec bytes;
    struct sockaddr_storage to;
    /* Aligned for struct cmsghdr. */
    union {
        struct cmsghdr head;
        uint8_t bytes[EGRESS_CONTROL];
    } control;
};

struct egress {
    size_t count;
    int socket; /* of all packets that wait */
    struct mmsghdr messages[EGRESS_PACKETS];
    struct departure departures[EGRESS_PACKETS];
    uint8_t buffers[EGRESS_PACKETS][EGRESS_BYTES];
};

struct egress *egress_new(void)
{
    return calloc(1, sizeof(struct egress));
}

void egress_free(struct egress *egress)
{
    free(egress);
}

struct writer egress_place(struct egress *egress)
{
    if (egress->count == EGRESS_PACKETS)
        egress_flush(egress);
    return writer_into(egress->buffers[egress->count], EGRESS_BYTES);
}

void egress_add(struct egress *egress, const struct writer *packet,
                const struct endpoint *to)
{
    struct departure *departure = &egress->departures[egress->count];
    struct msghdr *header = &egress->messages[egress->count].msg_hdr;

    assert(packet->data == egress->buffers[egress->count]);
    if (packet->failed || packet->length == 0)
        return;
    if (egress->count > 0 && egress->socket != to->socket) {
        /* Another socket: send the others first, this one stays in place. */
        size_t last = egress->count;

        egress_flush(egress);
        memcpy(egress->buffers[0], egress->buffers[last], packet->length);
        departure = &egress->departures[0];
        header = &egress->messages[0].msg_hdr;
    }
    egress->socket = to->socket;
    departure->bytes = (struct iovec){
        .iov_base = egress->buffers[egress->count],
        .iov_len = packet->length,
    };
    *header = (struct msghdr){
        .msg_name = &departure->to,
        .msg_iov = &departure->bytes,
        .msg_iovlen = 1,
        .msg_control = &departure->control,
        .msg_controllen = sizeof(departure->control),
    };
    sockets_fill(header, to);
    egress->count += 1;
}

void egress_flush(struct egress *egress)
{
    size_t sent = 0;

    while (sent < egress->count) {
        int n = sendmmsg(egress->socket, egress->messages + sent,
                         (unsigned)(egress->count - sent), MSG_DONTWAIT);

        if (n > 0) {
            sent += (size_t)n;
            continue;
        }
        if (errno == EINTR)
            continue;
        /* The first one failed: leave it out. EAGAIN means a full send buffer,
         * where trying the rest would only cost time. */
        if (errno == EAGAIN || errno == ENOBUFS) {
            log_limited(LOG_LEVEL_WARNING, "send buffer full lost=%zu",
                        egress->count - sent);
            break;
        }
        sent += 1;
    }
    egress->count = 0;
}
