/*
 * load: how busy the busiest worker was over the last seconds, as a share of
 * one core. Looked at when somebody asks. One thread.
 */
#ifndef MEDIA_LOAD_H
#define MEDIA_LOAD_H

#include "media/worker.h"

struct load {
    uint64_t looked_us; /* 0: never */
    uint64_t cpu_us[MEDIA_WORKERS_MAX];
    double share;
};

/* 0 to 1. */
double load_now(struct load *load, struct worker *const *workers,
                unsigned count, uint64_t now_us);

#endif
