/*
 * app: builds the parts in their order and ends them in the other. Main makes
 * one; edge calls the parts through it.
 *
 * Everything here runs on the loop's thread. Callbacks upward, registered once
 * by main or edge before the loop turns: app_on_moved, presence_on_change,
 * media_on_event.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "signaling/app/account.h"
#include "signaling/app/directory.h"
#include "signaling/app/document.h"
#include "signaling/app/engine.h"
#include "signaling/app/link.h"
#include "signaling/app/media.h"
#include "signaling/app/metrics.h"
#include "signaling/app/payments.h"
#include "signaling/app/presence.h"
#include "signaling/app/query.h"
#include "signaling/app/text.h"
#include "signaling/app/turn.h"

#include <ev.h>

/* Texts are borrowed until app_free. NULL or "": that part is off. */
struct app_options {
    struct ev_loop *loop;
    const char *database; /* a file's path, or "postgresql://…" */
    const char *redis;    /* redis.h; the other nodes */
    const char *redis_password;
    uint8_t master_key[32];    /* wraps the visits' keys; wiped by app_new */
    const char *public_url;    /* "https://clinic.example": links, returns */
    const char *relay_control; /* path of the relay's socket, or tls:… */
    const char *relay_certificate; /* with tls: files of relay.h */
    const char *relay_key;
    const char *relay_authority;
    const char *admin_socket; /* path where the command line is heard */
    const char *font_folder;

    struct directory_times times;

    const char *payment_url; /* the provider's API, "https://api.…" */
    const char *payment_key;
    const char *payment_webhook_secret;

    const char *mail_url; /* "smtp://host:25" */
    const char *mail_user;
    const char *mail_password;
    const char *mail_from;
    const char *mail_authority; /* file of certificates to trust */

    const char *turn_urls;
    const char *turn_secret;

    const char *sms_url;
    const char *sms_key;
    const char *sms_from;
};

struct app {
    struct ev_loop *loop;
    struct store *store;
    struct bus *bus;
    struct directory *directory;
    struct engine *engine;
    struct presence *presence;
    struct account *account;
    struct query *query;
    struct document *document;
    struct texts *texts;
    struct media *media;
    struct metrics *metrics;
    struct payments *payments; /* NULL: no provider configured */
    struct link_keys keys;
    struct turn turn;
    struct app_inside *inside; /* timers, outbox, deadlines, admin socket */
};

/* On failure a negative errno and one sentence in error. */
int app_new(struct app_options *options, struct app **out, char *error,
            size_t error_size);

/* Finishes what was accepted; nothing calls back afterwards. */
void app_free(struct app *app);

/* May new work be given? The words are codes for programs (docs/openapi.yaml),
 * NULL when there is nothing to say. */
struct app_readiness {
    const char *because; /* not ready: "database", "relay" */
    const char *slower;  /* ready, yet less than well: "redis", "relay" */
};
struct app_readiness app_readiness(const struct app *app);

/* What the house counts (metrics.h), with the store's census where it could be
 * read; done may be called from within. */
typedef void app_metrics_fn(void *arg, const struct metrics_now *now);
void app_metrics_now(struct app *app, app_metrics_fn *done, void *arg);

/* A stream moved: read its state again and show it. visit or practitioner is
 * none. `row` of the desk is to be shown again too when a message was delivered
 * or failed: then seq is 0. */
struct app_moved {
    struct consultation_id visit;
    struct practitioner_id practitioner; /* the agenda: delay, admitted */
    uint64_t seq;
};
typedef void app_moved_fn(void *arg, const struct app_moved *moved);
void app_on_moved(struct app *app, app_moved_fn *moved, void *arg);

#endif
