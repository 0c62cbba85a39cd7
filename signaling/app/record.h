/*
 * record: an event as the JSON that is stored, and back. A loop over the core's
 * tables: what a table does not name is not written. Pure.
 */
#ifndef APP_RECORD_H
#define APP_RECORD_H

#include "base/slice.h"
#include "signaling/core/event.h"

#include <jansson.h>

/* Any value that a table describes, as a new JSON object. */
json_t *record_object(const struct field *fields, const void *value);

/* The other way: members that are missing stay as they are. -EBADMSG for what
 * is no object or has a member of another type; value may be half read then. */
int record_members(struct slice json, const struct field *fields, void *value);

/* malloc'ed JSON text, members in the order of their names. */
char *record_write(const struct event *event);

/* kind, time, role and staff come from the header beside the record. Members
 * that are missing stay zero: older writers knew less. -EBADMSG for what is no
 * record or has a member of another type. */
int record_read(struct slice json, enum event_kind kind, struct event *out);

#endif
