/* options: the relay's command line. */
#ifndef MEDIA_OPTIONS_H
#define MEDIA_OPTIONS_H

#include "media/control.h"

struct options {
    const char *controls[CONTROL_DOORS_MAX];
    size_t control_count;
    const char *socket; /* the one of them that is a path; NULL: none */
    struct mutual_tls_files files;
    char name[MEDIA_NAME_MAX + 1];
    unsigned drain_s;
    struct address listens[WORKER_LISTENS_MAX];
    size_t listen_count;
    struct address announces[WORKER_ANNOUNCES_MAX];
    size_t announce_count;
    unsigned workers;
    bool has_user;
    uid_t user;
    gid_t group;
};

/* False: a sentence on standard error said what is wrong. */
bool options_read(int count, char **words, struct options *out);

#endif
