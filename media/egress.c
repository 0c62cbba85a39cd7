#include "media/egress.h"

#include "base/log.h"
#include "media/sockets.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#define RUN_PACKETS   64    /* segments the kernel takes at most */
#define RUN_BYTES     65000 /* a datagram's length has 16 bits, with headers */
#define ENDS          256   /* places in the table of destinations */
#define SOCKETS_KNOWN 8

static_assert(EGRESS_PACKETS <= UINT16_MAX, "indexes are short");

struct departure {
    uint8_t *bytes;
    uint16_t length;
    uint16_t next; /* packet of the same run */
};

/* Packets to one destination that leave as one message: the kernel cuts it
 * into segments of equal size, of which only the last may be shorter. */
struct run {
    struct endpoint to;
    uint16_t first;
    uint16_t last;
    uint16_t count;
    uint16_t segment; /* bytes of each packet but the last */
    uint32_t bytes;
    bool ended; /* a shorter one came: nothing goes behind it */
};

/* Whether the kernel cuts what a socket sends (UDP GSO). */
struct cutting {
    int socket;
    bool worked;
    bool refused;
};

struct message {
    struct sockaddr_storage to;
    /* Aligned for struct cmsghdr. */
    union {
        struct cmsghdr head;
        uint8_t bytes[EGRESS_CONTROL];
    } control;
};

struct egress {
    size_t count; /* packets */
    size_t used;  /* bytes of them */
    size_t run_count;
    size_t cutting_count;
    struct cutting cuttings[SOCKETS_KNOWN];
    uint16_t latest[ENDS]; /* run, by destination; may be out of date */
    struct departure departures[EGRESS_PACKETS];
    struct run runs[EGRESS_PACKETS];
    struct mmsghdr headers[EGRESS_PACKETS];
    struct message messages[EGRESS_PACKETS];
    struct iovec vectors[EGRESS_PACKETS];
    /* Packets lie one behind the other, so that a run is mostly one piece. */
    uint8_t bytes[EGRESS_PACKETS * EGRESS_BYTES];
};

struct egress *egress_new(void)
{
    return calloc(1, sizeof(struct egress));
}

void egress_free(struct egress *egress)
{
    free(egress);
}

/* ---- gathering -------------------------------------------------------------
 */

struct writer egress_place(struct egress *egress)
{
    if (egress->count == EGRESS_PACKETS)
        egress_flush(egress);
    return writer_into(egress->bytes + egress->used, EGRESS_BYTES);
}

/* NULL when there are more sockets than we know by heart. */
static struct cutting *cutting_of(struct egress *egress, int socket)
{
    for (size_t i = 0; i < egress->cutting_count; i++)
        if (egress->cuttings[i].socket == socket)
            return &egress->cuttings[i];
    if (egress->cutting_count == SOCKETS_KNOWN)
        return NULL;
    egress->cuttings[egress->cutting_count] =
        (struct cutting){ .socket = socket };
    return &egress->cuttings[egress->cutting_count++];
}

static bool may_cut(struct egress *egress, int socket)
{
    const struct cutting *cutting = cutting_of(egress, socket);

    return cutting && !cutting->refused;
}

static size_t place_of(const struct endpoint *to)
{
    const uint8_t *tail = to->remote.bytes;
    size_t hash = to->remote.port;

    for (size_t i = 0; i < sizeof(to->remote.bytes); i++)
        hash = hash * 31 + tail[i];
    return (hash ^ hash >> 8) % ENDS;
}

static bool goes_there(const struct run *run, const struct endpoint *to)
{
    return run->to.socket == to->socket &&
           address_equal(&run->to.remote, &to->remote) &&
           address_equal(&run->to.local, &to->local);
}

static bool takes(struct egress *egress, const struct run *run,
                  const struct endpoint *to, size_t length)
{
    return !run->ended && length <= run->segment && run->count < RUN_PACKETS &&
           run->bytes + length <= RUN_BYTES && goes_there(run, to) &&
           may_cut(egress, to->socket);
}

/* Only a destination's newest run may grow, so that its packets keep their
 * order. What the table says may be of a run that has left; then another
 * destination stands there, or the run is what we look for all the same. */
static struct run *run_for(struct egress *egress, const struct endpoint *to,
                           size_t length)
{
    uint16_t *latest = &egress->latest[place_of(to)];
    struct run *run = &egress->runs[*latest];

    if (*latest < egress->run_count && takes(egress, run, to, length))
        return run;
    *latest = (uint16_t)egress->run_count;
    run = &egress->runs[egress->run_count++];
    *run = (struct run){ .to = *to, .segment = (uint16_t)length };
    return run;
}

void egress_add(struct egress *egress, const struct writer *packet,
                const struct endpoint *to)
{
    uint16_t index = (uint16_t)egress->count;
    struct run *run;

    assert(packet->data == egress->bytes + egress->used);
    if (packet->failed || packet->length == 0)
        return;
    run = run_for(egress, to, packet->length);
    egress->departures[index] =
        (struct departure){ .bytes = packet->data,
                            .length = (uint16_t)packet->length };
    if (run->count == 0)
        run->first = index;
    else
        egress->departures[run->last].next = index;
    run->last = index;
    run->count += 1;
    run->bytes += (uint32_t)packet->length;
    run->ended = packet->length < run->segment;
    egress->count += 1;
    egress->used += packet->length;
}

/* ---- sending ---------------------------------------------------------------
 */

/* The pieces in which a run lies; the packets of fan-out lie apart. Returns
 * the one behind the last. */
static struct iovec *lay_out(const struct egress *egress, const struct run *run,
                             struct iovec *out)
{
    const uint8_t *end = NULL;
    uint16_t index = run->first;

    for (unsigned left = run->count; left > 0; left--) {
        const struct departure *packet = &egress->departures[index];

        if (packet->bytes == end)
            out[-1].iov_len += packet->length;
        else
            *out++ = (struct iovec){ .iov_base = packet->bytes,
                                     .iov_len = packet->length };
        end = packet->bytes + packet->length;
        index = packet->next;
    }
    return out;
}

/* Makes each run one message of the kernel's. */
static void address_messages(struct egress *egress)
{
    struct iovec *vectors = egress->vectors;

    for (size_t i = 0; i < egress->run_count; i++) {
        const struct run *run = &egress->runs[i];
        struct message *message = &egress->messages[i];
        struct msghdr *header = &egress->headers[i].msg_hdr;
        struct iovec *next = lay_out(egress, run, vectors);

        *header = (struct msghdr){
            .msg_name = &message->to,
            .msg_iov = vectors,
            .msg_iovlen = (size_t)(next - vectors),
            .msg_control = &message->control,
            .msg_controllen = sizeof(message->control),
        };
        vectors = next;
        sockets_fill(header, &run->to, run->count > 1 ? run->segment : 0);
    }
}

/* The packets of a run that the kernel will not cut, one by one. Whether any
 * was taken. */
static bool send_uncut(struct egress *egress, size_t index)
{
    const struct run *run = &egress->runs[index];
    struct msghdr header = egress->headers[index].msg_hdr;
    struct iovec one;
    uint16_t packet = run->first;
    bool taken = false;

    header.msg_control = &egress->messages[index].control;
    header.msg_controllen = sizeof(egress->messages[index].control);
    sockets_fill(&header, &run->to, 0);
    header.msg_iov = &one;
    header.msg_iovlen = 1;
    for (unsigned left = run->count; left > 0; left--) {
        one.iov_base = egress->departures[packet].bytes;
        one.iov_len = egress->departures[packet].length;
        if (sendmsg(run->to.socket, &header, MSG_DONTWAIT) >= 0)
            taken = true;
        packet = egress->departures[packet].next;
    }
    return taken;
}

static bool is_about_cutting(int err)
{
    return err == EIO || err == EINVAL || err == EOPNOTSUPP || err == EMSGSIZE;
}

/* The kernel refused this message. One destination whose line takes only small
 * packets must not slow down the others: only a socket that never could is
 * spared the next try. */
static void refused(struct egress *egress, size_t index, int err)
{
    const struct run *run = &egress->runs[index];
    struct cutting *cutting = cutting_of(egress, run->to.socket);

    if (run->count < 2 || !is_about_cutting(err) || !send_uncut(egress, index))
        return;
    if (cutting->worked || cutting->refused)
        return;
    cutting->refused = true;
    log_notice("kernel does not cut runs socket=%d errno=%d", run->to.socket,
               err);
}

static void took(struct egress *egress, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++) {
        if (egress->runs[i].count < 2)
            continue;
        cutting_of(egress, egress->runs[i].to.socket)->worked = true;
        return;
    }
}

/* Sends runs [from, to), which have one socket. */
static void send_runs(struct egress *egress, size_t from, size_t to)
{
    while (from < to) {
        int n = sendmmsg(egress->runs[from].to.socket, egress->headers + from,
                         (unsigned)(to - from), MSG_DONTWAIT);

        if (n > 0) {
            took(egress, from, (size_t)n);
            from += (size_t)n;
            continue;
        }
        if (errno == EINTR)
            continue;
        /* EAGAIN means a full send buffer, where trying the rest would only
         * cost time. Otherwise the first one failed: leave it out. */
        if (errno == EAGAIN || errno == ENOBUFS) {
            log_limited(LOG_LEVEL_WARNING, "send buffer full lost=%zu",
                        to - from);
            return;
        }
        refused(egress, from, errno);
        from += 1;
    }
}

void egress_flush(struct egress *egress)
{
    size_t from = 0;

    address_messages(egress);
    while (from < egress->run_count) {
        size_t to = from + 1;

        while (to < egress->run_count &&
               egress->runs[to].to.socket == egress->runs[from].to.socket)
            to += 1;
        send_runs(egress, from, to);
        from = to;
    }
    egress->count = 0;
    egress->used = 0;
    egress->run_count = 0;
}
