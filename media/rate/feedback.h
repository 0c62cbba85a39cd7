/*
 * feedback: transport-wide congestion feedback to a page about what it sends
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). Without it browsers
 * stay at their starting rate of 300 kbit/s.
 */
#ifndef MEDIA_RATE_FEEDBACK_H
#define MEDIA_RATE_FEEDBACK_H

#include "base/writer.h"

#define FEEDBACK_INTERVAL_US 100000
#define FEEDBACK_SPARSE_US   250000 /* where less than FEEDBACK_MANY came */
#define FEEDBACK_MANY        8      /* packets: more than sound alone */
#define FEEDBACK_WINDOW      1024 /* packets; more than 100 ms of any camera */
#define FEEDBACK_LONGEST_US  60000000 /* what waited longer is not told */
#define FEEDBACK_NEVER       UINT64_MAX
/* Bytes of one message: a chunk and a long delta per packet at worst. */
#define FEEDBACK_PACKETS_MAX 256 /* described by one message */
#define FEEDBACK_SIZE_MAX    (20 + FEEDBACK_PACKETS_MAX * 4 + 4)

struct feedback {
    bool begun;
    int64_t next;      /* extended; the first number not reported yet */
    int64_t highest;   /* received */
    uint8_t count;     /* messages sent */
    uint64_t since_us; /* the first packet that is to be told */
    uint64_t due_us;   /* FEEDBACK_NEVER: nothing to tell */
    /* us, the lower half; 0: not received */
    uint32_t arrivals[FEEDBACK_WINDOW];
};

void feedback_init(struct feedback *feedback);

/* A packet with this transport-wide number came. */
void feedback_packet(struct feedback *feedback, uint16_t seq, uint64_t now_us);

/* When to send the next message. */
uint64_t feedback_deadline(const struct feedback *feedback);

/* Appends one RTCP message that tells what came since the last; false when
 * there is nothing to tell. */
bool feedback_write(struct feedback *feedback, uint32_t sender, uint32_t media,
                    uint64_t now_us, struct writer *out);

#endif
