/*
 * payments: the app's side of the provider: hears its webhooks, and asks it how
 * a checkout stands. A webhook is only a hint. Loop's thread; the network is on
 * a worker.
 */
#ifndef APP_PAYMENTS_H
#define APP_PAYMENTS_H

#include "base/slice.h"

struct payments;

/* status: 0 kept (answer 2xx), -EPERM bad signature, -EBADMSG not readable,
 * other negative errno: not kept, let the provider try again. */
typedef void webhook_fn(void *arg, int status);
void payments_webhook(struct payments *payments, struct slice body,
                      const char *signature, webhook_fn *done, void *arg);

#endif
