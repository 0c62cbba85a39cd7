/*
 * vp8: the descriptor in front of every VP8 payload (RFC 7741, section 4.2) and
 * the numbers in it that pictures are told apart by. Receivers work out from
 * them which pictures a picture builds on, so in a stream whose sources take
 * turns they must go on counting, as seq_map's numbers do.
 */
#ifndef MEDIA_RTP_VP8_H
#define MEDIA_RTP_VP8_H

#include "base/slice.h"

enum vp8_number {
    VP8_PICTURE, /* PictureID */
    VP8_BASE,    /* TL0PICIDX: pictures that others build on */
    VP8_KEY,     /* KEYIDX: whole pictures */
    VP8_NUMBERS,
};

struct vp8_field {
    uint8_t at;   /* byte of the payload */
    uint8_t bits; /* 0: the sender leaves it out */
    uint16_t value;
};

struct vp8_descriptor {
    bool whole; /* the first packet of a key frame */
    struct vp8_field numbers[VP8_NUMBERS];
};

/* A payload that is cut short has neither numbers nor a beginning. */
struct vp8_descriptor vp8_read(struct slice payload);

/* ---- the numbers of one outgoing stream ------------------------------------
 */

struct vp8_count {
    bool begun;    /* one was ever sent */
    bool attached; /* the source's numbers are known */
    uint16_t last; /* of the newest picture that was sent */
    uint16_t shift;
};

struct vp8_map {
    struct vp8_count counts[VP8_NUMBERS];
};

/* The next packet is of another source, or lies beyond a wall. */
void vp8_map_switch(struct vp8_map *map);

/* A packet of the present source leaves. newest: no later one has left. */
void vp8_map_pass(struct vp8_map *map, const struct vp8_descriptor *packet,
                  bool newest);

/* Puts the numbers that a packet has in this stream into its payload, whose
 * length is the one that was read or more. The same packet gets the same ones
 * however often it is written since the switch. */
void vp8_map_write(const struct vp8_map *map,
                   const struct vp8_descriptor *packet, uint8_t *payload);

#endif
