#include "media/control_requests.h"

struct request *request_begin(struct requests *requests, uint64_t connection,
                              const struct control_request *line)
{
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        struct request *request = &requests->all[i];
        uint32_t generation = request->generation + 1;

        if (request->used)
            continue;
        *request = (struct request){
            .used = true,
            .generation = generation,
            .connection = connection,
            .id = line->id,
            .verb = line->verb,
        };
        return request;
    }
    return NULL;
}

void request_release(struct request *request)
{
    for (size_t i = 0; i < request->report_count; i++)
        media_report_free(request->reports[i]);
    request->report_count = 0;
    request->used = false;
}

void requests_release(struct requests *requests)
{
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++)
        request_release(&requests->all[i]);
}

/* Ticket 0 is nobody's. */
uint64_t request_ticket(const struct requests *requests,
                        const struct request *request)
{
    uint64_t index = (uint64_t)(request - requests->all) + 1;

    return (uint64_t)request->generation << 32 | index;
}

struct request *request_by(struct requests *requests, uint64_t ticket)
{
    uint64_t index = ticket & 0xffffffff;
    struct request *request;

    if (index == 0 || index > CONTROL_REQUESTS_MAX)
        return NULL;
    request = &requests->all[index - 1];
    return request->used && request->generation == ticket >> 32 ? request
                                                                : NULL;
}

void request_take(struct request *request, struct media_event *event)
{
    if (event->report) {
        request->reports[request->report_count++] = event->report;
        event->report = NULL;
    }
    if (event->refusal == MEDIA_TAKEN)
        request->taken = true;
    else
        request->refusal = event->refusal;
    request->outstanding -= 1;
}
