/*
 * courier: empties the outbox: claims rows by lease, hands messages to the mail
 * server and the SMS gateway on worker threads and orders to payments, and
 * notes what came of each. At least once. Loop's thread.
 */
#ifndef APP_COURIER_H
#define APP_COURIER_H

#include "base/list.h"
#include "signaling/app/directory.h"
#include "signaling/app/link.h"
#include "signaling/app/payments.h"
#include "signaling/outbox/mail.h"
#include "signaling/outbox/sms.h"

struct courier;

struct courier_options {
    struct ev_loop *loop;
    struct store *store;
    struct directory *directory;
    struct engine *engine;
    struct payments *payments; /* NULL: no provider */
    const struct link_keys *keys;
    const char *public_url;
    struct mail_server mail; /* url NULL or "": none; texts are borrowed */
    struct sms_gateway sms;
};
int courier_new(const struct courier_options *options, struct courier **out);
void courier_stop(struct courier *courier);
void courier_free(struct courier *courier);

/* Something was put into the outbox. */
void courier_wake(struct courier *courier);

/* A visit's message was delivered or failed. */
typedef void courier_fn(void *arg, struct consultation_id visit);
void courier_on_delivery(struct courier *courier, courier_fn *told, void *arg);

#endif
