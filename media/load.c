#include "media/load.h"

#define LOOK_US 1000000 /* not more often */
#define OLD_US  5000000 /* then the last share says nothing */

double load_now(struct load *load, struct worker *const *workers,
                unsigned count, uint64_t now_us)
{
    uint64_t passed = now_us - load->looked_us;
    uint64_t most = 0;

    if (load->looked_us != 0 && passed < LOOK_US)
        return load->share;
    for (unsigned i = 0; i < count; i++) {
        uint64_t cpu = worker_cpu_us(workers[i]);
        uint64_t spent = cpu - load->cpu_us[i];

        most = spent > most ? spent : most;
        load->cpu_us[i] = cpu;
    }
    if (load->looked_us != 0) {
        double share = (double)most / (double)passed;

        share = share > 1 ? 1 : share;
        load->share = passed > OLD_US ? share : (load->share + share) / 2;
    }
    load->looked_us = now_us;
    return load->share;
}
