/*
 * replay: which packets of one stream were seen (RFC 3711, section 3.3.2). The
 * index counts on where sequence numbers begin anew. Embedded in its stream; no
 * I/O, no allocation, valid when zeroed.
 */
#ifndef MEDIA_TRANSPORT_REPLAY_H
#define MEDIA_TRANSPORT_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#define REPLAY_WINDOW 1024 /* packets; a second of pictures */

struct replay {
    uint64_t highest; /* index seen; 0 before the first */
    uint64_t seen[REPLAY_WINDOW / 64];
};

/* The index a sequence number stands for: rollover count and number, 48 bits
 * (RFC 3711, section 3.3.1). The first packet's rollover count is 0. */
uint64_t replay_index(const struct replay *replay, uint16_t seq);

/* 0; -EALREADY: was seen; -ESTALE: older than the window can tell. */
int replay_check(const struct replay *replay, uint64_t index);

/* After replay_check said 0 and, for what comes, the packet was authentic. */
void replay_mark(struct replay *replay, uint64_t index);

#endif
