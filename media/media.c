#include "media/media.h"

#include <stdlib.h>

void media_report_free(struct media_report *report)
{
    if (!report)
        return;
    for (size_t i = 0; i < report->room_count; i++)
        free(report->rooms[i].routes);
    free(report->rooms);
    free(report->peers);
    free(report);
}
