/*
 * directory: the clinics, practitioners, staff and reasons in memory, for they
 * are few and asked for all the time. Loop's thread; pointers stay valid until
 * directory_reload has answered.
 */
#ifndef APP_DIRECTORY_H
#define APP_DIRECTORY_H

#include "signaling/store/directory.h"

struct directory;

#define DIRECTORY_REASON_MAX 40 /* of one practitioner */

struct directory_times {
    int64_t opens_before_ms; /* 0: half an hour */
    int64_t released_for_ms; /* 0: thirty days */
};

/* Reads at once: start-up only. */
int directory_new(struct store *store, const struct directory_times *times,
                  struct directory **out);
void directory_free(struct directory *directory);

/* Reads again without blocking, after the command line changed something. */
typedef void directory_done_fn(void *arg, int status);
void directory_reload(struct directory *directory, directory_done_fn *done,
                      void *arg);

/* NULL when there is none. */
const struct clinic *directory_find_clinic(const struct directory *directory,
                                           struct clinic_id id);
const struct practitioner *directory_find_practitioner(
    const struct directory *directory, struct practitioner_id id);
const struct staff *directory_find_staff(const struct directory *directory,
                                         struct staff_id id);
const struct staff *directory_find_login(const struct directory *directory,
                                         const char *login);

/* Walks: start with *cursor = 0; NULL at the end. A zero clinic: all. */
const struct clinic *directory_next_clinic(const struct directory *directory,
                                           size_t *cursor);
const struct practitioner *directory_next_practitioner(
    const struct directory *directory, struct clinic_id clinic, size_t *cursor);
const struct staff *directory_next_staff(const struct directory *directory,
                                         struct clinic_id clinic,
                                         size_t *cursor);
const char *directory_next_reason(const struct directory *directory,
                                  struct practitioner_id practitioner,
                                  size_t *cursor);

/* What the clinic decided, for decide and view. */
struct policy directory_policy(const struct directory *directory,
                               struct clinic_id clinic);

#endif
