/*
 * reconciliation: asks the provider for every checkout of the last days and
 * puts into the log what no webhook told and no look at a single page saw: a
 * dispute, money given back at the provider's own desk, a page paid after it
 * was replaced. Every hour, by one node of all. Loop's thread; the network is
 * on a worker of its own, so that a long list holds up nobody who pays.
 */
#ifndef APP_RECONCILIATION_H
#define APP_RECONCILIATION_H

#include "signaling/app/payments.h"

/* The chores (store/chore.h): the last days every hour, and once a day as far
 * back as money is disputed. */
#define RECONCILE_HOURLY "reconcile_hour"
#define RECONCILE_DAILY  "reconcile_day"

struct reconciliation;

int reconciliation_new(const struct payments_options *options,
                       struct reconciliation **out);
void reconciliation_stop(struct reconciliation *reconciliation);
void reconciliation_free(struct reconciliation *reconciliation);

#endif
