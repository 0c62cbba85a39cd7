/*
 * relay_line: one line of the control socket, written and read. Pure.
 */
#ifndef RELAY_RELAY_LINE_H
#define RELAY_RELAY_LINE_H

#include "signaling/relay/relay.h"

#include <jansson.h>

/* malloc'ed, with a line feed at the end. */
char *relay_line_ping(uint64_t id);
char *relay_line_rooms(uint64_t id);
char *relay_line_leave(uint64_t id, const char *peer);
char *relay_line_house(uint64_t id, const char *peer, const char *play);
char *relay_line_probe(uint64_t id, const char *peer);
char *relay_line_join(uint64_t id, const char *place, const char *peer,
                      const char *offer);
char *relay_line_route(uint64_t id, const struct relay_set *set);

struct relay_line {
    bool hello;
    bool is_event;
    const char *instance; /* hello */
    const char *name;     /* hello; or NULL */
    const char *release;
    bool says_counts; /* ping */
    struct relay_counts counts;
    bool says_load; /* hello, ping */
    double load;
    bool draining;
    uint32_t left_s; /* while it drains; 0: it does not say */
    struct relay_event event;
    uint64_t re; /* answers */
    struct relay_answer answer;

    json_t *json; /* holds the texts */
    struct relay_room *rooms;
    struct relay_route **routes; /* of each room */
    const char **peers;
};

/* -EBADMSG for what is no line of ours. Release it after 0. An event of a kind
 * that we do not know reads as an answer to nothing. */
int relay_line_read(const char *text, size_t length, struct relay_line *out);
void relay_line_release(struct relay_line *line);

#endif
