/*
 * postgres_text: our SQL as PostgreSQL reads it: ?N becomes $N, the type names
 * INTEGER and BLOB become BIGINT and BYTEA. Comments and quoted text stay as
 * they are.
 */
#ifndef STORE_POSTGRES_TEXT_H
#define STORE_POSTGRES_TEXT_H

#include "base/slice.h"

#define POSTGRES_TEXT_MAX 2048 /* of one statement, with its terminator */

/* Writes it terminated into out; false when it does not fit. */
bool postgres_text(struct slice text, char *out, size_t size);

#endif
