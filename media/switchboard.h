/*
 * switchboard: the peers of one worker, found by name, by ufrag and by address,
 * and the rooms that route between them. It carries out commands and hands each
 * datagram to the peer it is for. One worker's thread.
 */
#ifndef MEDIA_SWITCHBOARD_H
#define MEDIA_SWITCHBOARD_H

#include "media/peer.h"

#define SWITCHBOARD_PEERS_MAX 4096 /* of one worker */

struct switchboard {
    struct media_env *env;
    struct rooms rooms;
    struct map by_name;
    struct map by_ufrag;
    struct map by_address;
    struct address recent; /* of the last media packet: often the next one's */
    struct peer *recent_peer; /* NULL: no recent one */
    uint64_t lively_us;       /* media or somebody new, last */
    struct timer_wheel wheel;
    struct list touched;
    uint64_t expire_us; /* next look at old rooms */
    bool draining;      /* only places that have a peer take another */
};

/* Makes env->touched its own list. */
void switchboard_init(struct switchboard *board, struct media_env *env,
                      uint64_t now_us);

/* Says goodbye to every page. */
void switchboard_release(struct switchboard *board);

/* Carries out and answers by env->tell; frees what the command carries. */
void switchboard_command(struct switchboard *board,
                         struct media_command *command, uint64_t now_us);

/* One datagram; its bytes are spoilt. */
void switchboard_datagram(struct switchboard *board, uint8_t *bytes,
                          size_t length, const struct endpoint *from,
                          uint64_t now_us);

/* Whether the address passed a check of one of the peers. */
bool switchboard_knows(const struct switchboard *board,
                       const struct address *address);

/* Nothing can come from there any more, nor arrive there. */
void switchboard_gone(struct switchboard *board, const struct address *address);

/* How long there was neither media nor anybody coming. */
uint64_t switchboard_quiet_us(const struct switchboard *board, uint64_t now_us);

/* The end of a turn: does what is due. Returns when to come back. */
uint64_t switchboard_turn(struct switchboard *board, uint64_t now_us);

#endif
