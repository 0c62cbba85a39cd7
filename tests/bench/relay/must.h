/* must: a benchmark that cannot go on says why and ends. */
#ifndef BENCH_MUST_H
#define BENCH_MUST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

#endif
