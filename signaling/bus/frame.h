/*
 * frame: what one node's bus tells the others', as bytes. Pure.
 *
 * All numbers are big-endian. A frame is one byte for its kind, then
 *   moved:  seq (8), the key
 *   lease:  how long it still holds in ms (4; 0 with an empty value: let go),
 *           lengths of key and member (1 each), key, member, value
 *   taken:  a minute's rate (4), burst (4), the key
 *   greet:  nothing: tell me your leases
 */
#ifndef BUS_FRAME_H
#define BUS_FRAME_H

#include "base/slice.h"
#include "base/writer.h"

#define FRAME_MAX 1024 /* bytes */

enum frame_kind {
    FRAME_MOVED = 1,
    FRAME_LEASE,
    FRAME_TAKEN,
    FRAME_GREET,
};

struct frame {
    enum frame_kind kind;
    struct slice key;
    uint64_t seq;        /* moved */
    struct slice member; /* lease */
    struct slice value;
    uint32_t holds_ms;
    uint32_t rate; /* taken */
    uint32_t burst;
};

void frame_write(struct writer *out, const struct frame *frame);

/* False for what is no frame; slices point into bytes. */
bool frame_read(struct slice bytes, struct frame *out);

#endif
