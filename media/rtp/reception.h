/*
 * reception: how one incoming stream arrives: what a receiver report says of it
 * (RFC 3550, appendix A), and which packets are missing and worth asking for
 * again.
 */
#ifndef MEDIA_RTP_RECEPTION_H
#define MEDIA_RTP_RECEPTION_H

#include "media/rtp/rtcp.h"

#define RECEPTION_HOLES_MAX   128     /* more at once is an outage: key frame */
#define RECEPTION_TRIES_MAX   10      /* requests for one packet */
#define RECEPTION_HOLE_US     1000000 /* after that nobody can use it */
#define RECEPTION_REORDER_US  10000   /* a hole this young may fill by itself */
#define RECEPTION_NEVER       UINT64_MAX
#define RECEPTION_DROPOUT_MAX 3000 /* RFC 3550, A.1: a jump is a restart */

struct reception_hole {
    int64_t seq; /* extended */
    uint64_t seen_us;
    uint64_t ask_us; /* when to ask next */
    unsigned tries;
};

struct reception {
    bool begun;
    bool nacks;    /* holes are tracked */
    uint32_t rate; /* timestamp units a second */
    int64_t first; /* extended numbers */
    int64_t highest;
    uint64_t received;
    uint64_t expected_before; /* at the last report */
    uint64_t received_before;
    uint32_t jitter; /* times 16, as in A.8 */
    uint32_t transit;
    uint64_t report_ntp; /* of the last sender report; 0: none */
    uint64_t report_us;  /* when it came */
    double loss;         /* of the last interval, 0 to 1 */
    uint64_t expected_mark;
    uint64_t received_mark;
    struct reception_hole
        *holes; /* RECEPTION_HOLES_MAX, lent; NULL: none yet */
    size_t hole_count;
};

enum reception_verdict {
    RECEPTION_NEW,     /* ahead of all others */
    RECEPTION_LATE,    /* fills a hole, or comes out of order */
    RECEPTION_RESTART, /* the first, or the numbers jumped */
    RECEPTION_OUTAGE,  /* ahead, and too much is missing to ask for it */
};

/* The extended number of its newest packet; -1 before the first. */
static inline int64_t reception_newest(const struct reception *reception)
{
    return reception->begun ? reception->highest : -1;
}

void reception_init(struct reception *reception, uint32_t rate, bool nacks);

/* Memory for the holes of a stream that nacks; before it has any, each hole is
 * an outage. NULL takes it back. */
void reception_lend(struct reception *reception, struct reception_hole *holes);

/* repaired: it came as a retransmission and says nothing of jitter. */
enum reception_verdict reception_packet(struct reception *reception,
                                        uint16_t seq, uint32_t timestamp,
                                        bool repaired, uint64_t now_us);

void reception_sender_report(struct reception *reception, uint64_t ntp,
                             uint64_t now_us);

/* Closes an interval and describes it. */
struct rtcp_block reception_block(struct reception *reception, uint32_t ssrc,
                                  uint64_t now_us);

/* Numbers to ask for now, ascending, at most max; each is asked for again after
 * rtt_us. gave_up: one was asked for in vain, a whole picture is needed. */
size_t reception_ask(struct reception *reception, uint64_t now_us,
                     uint64_t rtt_us, uint16_t *out, size_t max, bool *gave_up);

/* How many packets there should have been and were, since the mark. */
struct reception_count {
    uint64_t expected;
    uint64_t received;
};
void reception_mark(struct reception *reception);
struct reception_count reception_since_mark(const struct reception *reception);

/* When reception_ask has something to do; RECEPTION_NEVER if never. */
uint64_t reception_deadline(const struct reception *reception);

/* What is missing now will not be asked for. */
void reception_forget_holes(struct reception *reception);

#endif
