/*
 * seq_map: makes one continuous outgoing stream of the sources that take turns
 * in it. It numbers packets, shifts timestamps, and promises that no outgoing
 * number is used twice: under SRTP a second packet with the same number would
 * be encrypted with the same key stream.
 * A switch is a wall: what belongs to before it never passes after it.
 */
#ifndef MEDIA_RTP_SEQ_MAP_H
#define MEDIA_RTP_SEQ_MAP_H

#include <stdbool.h>
#include <stdint.h>

#define SEQ_MAP_WINDOW 1024 /* packets a late one may lie back */

struct seq_map {
    bool begun;           /* anything was ever sent */
    bool attached;        /* a source has spoken since the switch */
    int64_t source_first; /* extended numbers of the source */
    int64_t source_highest;
    int64_t shift;   /* outgoing = source + shift */
    int64_t highest; /* extended; the newest outgoing number */
    uint32_t timestamp_shift;
    uint32_t timestamp; /* of the newest outgoing packet */
    uint64_t sent[SEQ_MAP_WINDOW / 64];
};

struct seq_mapped {
    uint16_t seq;
    uint32_t timestamp;
    bool first; /* the first packet since the switch */
};

/* Numbers start below 2^15 so that a receiver cannot mistake the first
 * packets' rollover counter (RFC 3711, section 3.3.1). */
void seq_map_init(struct seq_map *map, uint16_t random_seq);

/* The next packet that passes belongs to a new source, or to the same one
 * beyond a wall. */
void seq_map_switch(struct seq_map *map);

/* False: the packet must not be sent (from before the switch, too late, or sent
 * before). `line` is where the stream's clock stands for this packet: the
 * timestamp that the first packet after a switch gets, unless that would lead
 * backwards. least_step is the smallest advance over a switch. */
bool seq_map_pass(struct seq_map *map, uint16_t source_seq,
                  uint32_t source_timestamp, uint32_t line, uint32_t least_step,
                  struct seq_mapped *out);

/* The source's number of a packet that was sent since the switch; false for
 * any other: the wall in time. */
bool seq_map_source(const struct seq_map *map, uint16_t outgoing_seq,
                    uint16_t *out);

#endif
