/*
 * control_line: the JSON of the control socket: one request line read into a
 * struct, answers and events written as lines. No I/O.
 */
#ifndef MEDIA_CONTROL_LINE_H
#define MEDIA_CONTROL_LINE_H

#include "media/media.h"

enum control_verb {
    CONTROL_JOIN,
    CONTROL_LEAVE,
    CONTROL_ROUTE,
    CONTROL_HOUSE,
    CONTROL_PROBE,
    CONTROL_ROOMS,
    CONTROL_PING,
};

struct control_request {
    int64_t id;
    enum control_verb verb;
    char place[MEDIA_NAME_MAX + 1]; /* join and route */
    struct media_command command;   /* without ticket */
};

/* Once, before the first line: lets the JSON library draw its random seed while
 * it still can. */
void control_line_start(void);

/* Why a line is no request, in words for the developer who wrote it. */
struct control_fault {
    bool has_id;
    int64_t id;
    const char *code; /* bad_request or bad_offer */
    const char *say;
};

/* -EBADMSG fills fault_out and nothing else. What the command carries belongs
 * to the caller. */
int control_line_read(struct slice line, struct control_request *out,
                      struct control_fault *fault_out);

/* Each returns one line with its line feed; free it. NULL: out of memory. */
struct control_self {
    const char *instance;
    unsigned workers;
    const char *name;
    const char *release;
    double load; /* load.h */
    bool draining;
    uint64_t left_s; /* until it ends whoever is there */
};
char *control_line_hello(const struct control_self *self);
char *control_line_ok(int64_t id);
char *control_line_refused(int64_t id, bool has_id, const char *code,
                           const char *say);
char *control_line_refusal(int64_t id, enum media_refusal refusal);
char *control_line_answer(int64_t id, const char *sdp);
char *control_line_ping(int64_t id, struct media_report *const *reports,
                        size_t count, const struct control_self *self);
char *control_line_draining(void);
char *control_line_rooms(int64_t id, struct media_report *const *reports,
                         size_t count);
char *control_line_event(const struct media_event *event);

#endif
