/*
 * work: what the bench does at the engine without the server's door.
 *
 *   work book DATABASE KEY CLINICS VISITS LIST
 *   work commands DATABASE KEY VISITS [REDIS]   then "go N" lines
 *   work year DAY YEAR KEY VISITS
 */
#include "base/log.h"
#include "tests/bench/signaling/clinic.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    log_threshold(LOG_LEVEL_WARNING);
    if (argc > 1 && strcmp(argv[1], "book") == 0)
        return work_book(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "commands") == 0)
        return work_commands(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "year") == 0)
        return work_year(argc - 1, argv + 1);
    fprintf(stderr, "usage: work book|commands|year …\n");
    return 2;
}
