#include "media/rate/layers.h"

#define UP 1.3 /* of its rate, to go up to it: an estimate is not exact */

static bool fits(const struct layer *layer, bool is_up, uint64_t limit_bps)
{
    double needs = (double)layer->bps * (is_up ? UP : 1);

    return needs <= (double)limit_bps;
}

struct layer_choice layers_choose(const struct layer layers[LAYERS_MAX],
                                  unsigned current, uint64_t limit_bps)
{
    struct layer_choice choice = { .layer = current };
    bool found = false;

    for (unsigned i = 0; i < LAYERS_MAX; i++) {
        if (!layers[i].sent)
            continue;
        if (!found || fits(&layers[i], i > current, limit_bps))
            choice.layer = i;
        else
            choice.starved = true;
        found = true;
    }
    return choice;
}
