/*
 * picture: the last rung. When a line does not carry speech and pictures, the
 * pictures to that page stop before speech suffers, and come back by
 * themselves. Pure; time is passed in.
 */
#ifndef MEDIA_RATE_PICTURE_H
#define MEDIA_RATE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#define PICTURE_NEEDS_BPS 100000 /* below it is not worth looking at */
#define PICTURE_BACK_BPS  180000 /* a line between both does not flap */
#define PICTURE_BAD_US    UINT64_C(1000000) /* so long before it goes */
#define PICTURE_OFF_US    UINT64_C(3000000) /* so long it stays away */

struct picture {
    bool off;
    uint64_t changed_us;
    uint64_t bad_since_us; /* 0: it is not */
};

struct picture_line {
    uint64_t limit_bps;  /* of pictures; DOWNLINK_UNKNOWN: anything */
    uint64_t full_bps;   /* where it is full; not lowered for loss */
    uint64_t sent_bps;   /* what was put on it lately */
    bool speech_suffers; /* it gets lost by more than Opus repairs */
};

/* True when the picture went or came back. */
bool picture_update(struct picture *picture, const struct picture_line *line,
                    uint64_t now_us);

#endif
