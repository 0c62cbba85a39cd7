/*
 * schema: the tables, as numbered steps that only add. A store says which
 * version it has and from which version on a server can still read it, so that
 * two releases may run beside each other.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "signaling/store/sql.h"

/* Brings the database up to this build's version, in one transaction. On
 * failure one sentence in error. */
int schema_migrate(struct sql *sql, char *error, size_t error_size);

#endif
