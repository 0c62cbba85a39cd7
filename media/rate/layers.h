/*
 * layers: which of a camera's encodings one receiver is sent. Pure.
 */
#ifndef MEDIA_RATE_LAYERS_H
#define MEDIA_RATE_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#define LAYERS_MAX 3 /* encodings of one camera, the smallest first */

struct layer {
    bool sent; /* packets of it came lately */
    uint64_t bps;
};

struct layer_choice {
    unsigned layer;
    bool starved; /* a wider line would get a larger one */
};

/* The largest that fits the limit (DOWNLINK_UNKNOWN: any), or the smallest
 * there is. Going up from the current one takes more room than staying. */
struct layer_choice layers_choose(const struct layer layers[LAYERS_MAX],
                                  unsigned current, uint64_t limit_bps);

#endif
