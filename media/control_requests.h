/*
 * control_requests: what the workers are carrying out for the connections, each
 * under a ticket that comes back with the answers. One thread.
 */
#ifndef MEDIA_CONTROL_REQUESTS_H
#define MEDIA_CONTROL_REQUESTS_H

#include "media/control_line.h"

#define CONTROL_REQUESTS_MAX 512

struct request {
    bool used;
    bool ours; /* asked by ourselves, to see whether anybody is left */
    uint32_t generation;
    uint64_t connection; /* whose; 0: nobody's */
    int64_t id;
    enum control_verb verb;
    unsigned outstanding; /* workers that have not answered */
    bool taken;           /* one of them could */
    enum media_refusal refusal;
    size_t report_count;
    struct media_report *reports[MEDIA_WORKERS_MAX];
};

struct requests {
    struct request all[CONTROL_REQUESTS_MAX];
};

/* NULL: too many are under way. */
struct request *request_begin(struct requests *requests, uint64_t connection,
                              const struct control_request *line);

/* Frees the reports. */
void request_release(struct request *request);
void requests_release(struct requests *requests);

uint64_t request_ticket(const struct requests *requests,
                        const struct request *request);

/* NULL: nobody waits for that any more. */
struct request *request_by(struct requests *requests, uint64_t ticket);

/* What one worker has to say about it. */
void request_take(struct request *request, struct media_event *event);

#endif
