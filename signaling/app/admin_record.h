/*
 * admin_record: commands of the command line that look after the record as a
 * whole. In the shape of admin_commands.h.
 */
#ifndef APP_ADMIN_RECORD_H
#define APP_ADMIN_RECORD_H

#include "signaling/app/admin_commands.h"

/* Was anything changed? */
int admin_verify(struct reader_of_store *store, struct admin_call *call);

/* The heads, for a copy that is kept elsewhere. */
int admin_heads(struct reader_of_store *store, struct admin_call *call);

/* Another master key. */
int admin_rewrap(struct reader_of_store *store, struct admin_call *call);

/* The provider is asked for all payments now. */
int admin_reconcile(struct reader_of_store *store, struct admin_call *call);

#endif
