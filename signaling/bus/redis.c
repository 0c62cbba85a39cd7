/*
 * redis: two connections (one speaks, one listens, as Redis wants it), made
 * anew together whenever either is lost. Each message is this node's number and
 * a frame; a node knows that the line works by hearing itself.
 */
#include "signaling/bus/redis.h"

#include "base/log.h"
#include "base/secret.h"
#include "signaling/bus/frame.h"
#include "signaling/net/lookup.h"

#include <assert.h>
/* hiredis.h before its adapter; both are C that our warnings spare */
#include <hiredis/adapters/libev.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

#define CHANNEL     "vestibule"
#define BEAT_S      1.0 /* this node tells itself that the line works */
#define SILENCE_S   5.0 /* not heard for so long: the line is dead */
#define RETRY_MIN_S 0.1
#define RETRY_MAX_S 2.0
#define UNSENT_MAX  (4 * 1024 * 1024) /* bytes; beyond, frames are dropped */
#define NODE_BYTES  8

enum redis_step {
    STEP_RESTING,    /* until the retry timer */
    STEP_RESOLVING,  /* a host's name */
    STEP_ASKING,     /* a Sentinel for the master */
    STEP_CONNECTING, /* both connections */
    STEP_UP,
};

struct redis {
    struct redis_options with;
    char password[REDIS_TEXT];
    uint8_t node[NODE_BYTES];
    enum redis_step step;
    size_t host; /* which is tried */
    char address[REDIS_TEXT];
    uint16_t port;
    bool master_found; /* address is the master's, not a Sentinel's */
    struct lookup *lookup;
    redisAsyncContext *sentinel;
    redisAsyncContext *says;
    redisAsyncContext *hears;
    ev_timer timer; /* a retry while resting, else the beat */
    double retry_s;
    ev_tstamp heard_at; /* this node's own voice */
    uint64_t dropped;
    bool told_down; /* one line in the log for each loss */
};

static void rest(struct redis *redis, const char *why);

/* ---- connections ----------------------------------------------------------
 */

/* Its callbacks no longer reach us. */
static void drop(redisAsyncContext **context)
{
    redisAsyncContext *gone = *context;

    *context = NULL;
    if (!gone)
        return;
    gone->data = NULL;
    redisAsyncFree(gone);
}

static void forget_lookup(struct redis *redis)
{
    lookup_forget(redis->lookup);
    redis->lookup = NULL;
}

/* The library frees a context after it has told us that it is lost. */
static void forget(struct redis *redis, const redisAsyncContext *context)
{
    redisAsyncContext **all[] = { &redis->sentinel, &redis->says,
                                  &redis->hears };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (*all[i] == context)
            *all[i] = NULL;
}

static void on_connect(const redisAsyncContext *context, int status)
{
    struct redis *redis = context->data;

    if (!redis || status == REDIS_OK)
        return;
    forget(redis, context);
    rest(redis, "cannot connect");
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
    struct redis *redis = context->data;

    (void)status;
    if (!redis)
        return;
    forget(redis, context);
    rest(redis, "connection lost");
}

static redisAsyncContext *connect_to(struct redis *redis)
{
    redisAsyncContext *context =
        redis->port ? redisAsyncConnect(redis->address, redis->port)
                    : redisAsyncConnectUnix(redis->address);

    if (!context)
        return NULL;
    if (context->err || redisLibevAttach(redis->with.loop, context) != 0) {
        redisAsyncFree(context);
        return NULL;
    }
    context->data = redis;
    redisAsyncSetConnectCallback(context, on_connect);
    redisAsyncSetDisconnectCallback(context, on_disconnect);
    return context;
}

/* ---- talking --------------------------------------------------------------
 */

static void on_auth(redisAsyncContext *context, void *answer, void *arg)
{
    const redisReply *reply = answer;
    struct redis *redis = context->data;

    (void)arg;
    if (redis && reply && reply->type == REDIS_REPLY_ERROR)
        rest(redis, "user or password refused");
}

static void authenticate(struct redis *redis, redisAsyncContext *context)
{
    if (redis->password[0] == '\0')
        return;
    if (redis->with.place.user[0])
        redisAsyncCommand(context, on_auth, NULL, "AUTH %s %s",
                          redis->with.place.user, redis->password);
    else
        redisAsyncCommand(context, on_auth, NULL, "AUTH %s", redis->password);
}

static size_t unsent(const redisAsyncContext *context)
{
    return context->c.obuf ? sdslen(context->c.obuf) : 0;
}

static void publish(struct redis *redis, struct slice frame)
{
    uint8_t message[NODE_BYTES + FRAME_MAX];

    assert(frame.length <= FRAME_MAX);
    if (!redis->says || unsent(redis->says) > UNSENT_MAX) {
        redis->dropped += 1;
        return;
    }
    memcpy(message, redis->node, NODE_BYTES);
    if (frame.length > 0)
        memcpy(message + NODE_BYTES, frame.data, frame.length);
    redisAsyncCommand(redis->says, NULL, NULL, "PUBLISH " CHANNEL " %b",
                      message, NODE_BYTES + frame.length);
}

static void on_send(void *arg, struct slice frame)
{
    struct redis *redis = arg;

    if (redis->step == STEP_UP)
        publish(redis, frame);
    else
        redis->dropped += 1;
}

static void up(struct redis *redis)
{
    redis->step = STEP_UP;
    redis->retry_s = RETRY_MIN_S;
    redis->told_down = false;
    log_notice("redis up");
    bus_greet(redis->with.bus);
}

static void heard(struct redis *redis, struct slice message)
{
    if (message.length < NODE_BYTES)
        return;
    if (memcmp(message.data, redis->node, NODE_BYTES) == 0) {
        redis->heard_at = ev_now(redis->with.loop);
        if (redis->step == STEP_CONNECTING)
            up(redis);
        return;
    }
    if (message.length > NODE_BYTES)
        bus_heard(redis->with.bus, slice(message.data + NODE_BYTES,
                                         message.length - NODE_BYTES));
}

static void on_message(redisAsyncContext *context, void *answer, void *arg)
{
    const redisReply *reply = answer;
    struct redis *redis = context->data;

    (void)arg;
    if (!redis || !reply)
        return;
    if (reply->type == REDIS_REPLY_ERROR) {
        rest(redis, "subscription refused");
        return;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
        return;
    if (strcmp(reply->element[0]->str, "subscribe") == 0)
        publish(redis, slice(NULL, 0)); /* heard again, the line is up */
    else if (reply->element[2]->type == REDIS_REPLY_STRING)
        heard(redis, slice(reply->element[2]->str, reply->element[2]->len));
}

/* ---- coming up ------------------------------------------------------------
 */

static void connect_both(struct redis *redis)
{
    redis->step = STEP_CONNECTING;
    redis->heard_at = ev_now(redis->with.loop);
    redis->says = connect_to(redis);
    redis->hears = connect_to(redis);
    if (!redis->says || !redis->hears) {
        rest(redis, "cannot connect");
        return;
    }
    authenticate(redis, redis->says);
    authenticate(redis, redis->hears);
    redisAsyncCommand(redis->hears, on_message, NULL, "SUBSCRIBE " CHANNEL);
}

static void resolve(struct redis *redis, const char *host);

static void on_master(redisAsyncContext *context, void *answer, void *arg)
{
    const redisReply *reply = answer;
    struct redis *redis = context->data;

    (void)arg;
    if (!redis || !reply)
        return;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        rest(redis, "the Sentinel knows no such master");
        return;
    }
    redis->port = (uint16_t)strtoul(reply->element[1]->str, NULL, 10);
    redis->master_found = true;
    char host[REDIS_TEXT];
    snprintf(host, sizeof(host), "%s", reply->element[0]->str);
    drop(&redis->sentinel);
    resolve(redis, host);
}

static void ask_sentinel(struct redis *redis)
{
    redis->step = STEP_ASKING;
    redis->heard_at = ev_now(redis->with.loop);
    redis->sentinel = connect_to(redis);
    if (!redis->sentinel) {
        rest(redis, "cannot connect");
        return;
    }
    redisAsyncCommand(redis->sentinel, on_master, NULL,
                      "SENTINEL get-master-addr-by-name %s",
                      redis->with.place.master);
}

static void resolved(void *arg, const struct lookup_found *found)
{
    struct redis *redis = arg;

    redis->lookup = NULL;
    if (found->count == 0) {
        rest(redis, "name not found");
        return;
    }
    snprintf(redis->address, sizeof(redis->address), "%s", found->addresses[0]);
    if (redis->with.place.by_sentinel && !redis->master_found)
        ask_sentinel(redis);
    else
        connect_both(redis);
}

static void resolve(struct redis *redis, const char *host)
{
    redis->step = STEP_RESOLVING;
    redis->heard_at = ev_now(redis->with.loop);
    redis->lookup = lookup_start(redis->with.loop, host, resolved, redis);
    if (!redis->lookup)
        rest(redis, "no thread to resolve names");
}

static void begin(struct redis *redis)
{
    const struct redis_place *place = &redis->with.place;

    redis->master_found = false;
    redis->port = place->hosts[redis->host].port;
    if (redis->port == 0) {
        snprintf(redis->address, sizeof(redis->address), "%s",
                 place->hosts[redis->host].host);
        connect_both(redis);
        return;
    }
    resolve(redis, place->hosts[redis->host].host);
}

/* ---- losing it ------------------------------------------------------------
 */

static void set_timer(struct redis *redis, double after_s)
{
    ev_timer_stop(redis->with.loop, &redis->timer);
    ev_timer_set(&redis->timer, after_s, 0.);
    ev_timer_start(redis->with.loop, &redis->timer);
}

/* Lets everything go and tries the next host in a moment. */
static void rest(struct redis *redis, const char *why)
{
    if (redis->step == STEP_RESTING)
        return;
    redis->step = STEP_RESTING;
    if (!redis->told_down)
        log_warning("redis down why=\"%s\"", why);
    redis->told_down = true;
    forget_lookup(redis);
    drop(&redis->sentinel);
    drop(&redis->says);
    drop(&redis->hears);
    redis->host = (redis->host + 1) % redis->with.place.count;
    set_timer(redis, redis->retry_s);
    redis->retry_s *= 2;
    if (redis->retry_s > RETRY_MAX_S)
        redis->retry_s = RETRY_MAX_S;
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct redis *redis = timer->data;

    (void)events;
    if (redis->step == STEP_RESTING) {
        set_timer(redis, BEAT_S);
        begin(redis);
        return;
    }
    if (ev_now(loop) - redis->heard_at > SILENCE_S) {
        rest(redis, "no answer");
        return;
    }
    if (redis->step == STEP_UP)
        publish(redis, slice(NULL, 0));
    set_timer(redis, BEAT_S);
}

/* ---- the whole ------------------------------------------------------------
 */

struct redis *redis_new(const struct redis_options *options)
{
    struct redis *redis = calloc(1, sizeof(*redis));

    assert(redis);
    redis->with = *options;
    redis->with.password = NULL;
    snprintf(redis->password, sizeof(redis->password), "%s",
             options->password ? options->password : "");
    secret_random(redis->node, sizeof(redis->node));
    redis->retry_s = RETRY_MIN_S;
    ev_timer_init(&redis->timer, on_timer, 0., 0.);
    redis->timer.data = redis;
    ev_timer_start(options->loop, &redis->timer);
    bus_on_send(options->bus, on_send, redis);
    return redis;
}

void redis_free(struct redis *redis)
{
    if (!redis)
        return;
    redis->step = STEP_RESTING;
    bus_on_send(redis->with.bus, NULL, NULL);
    ev_timer_stop(redis->with.loop, &redis->timer);
    forget_lookup(redis);
    drop(&redis->sentinel);
    drop(&redis->says);
    drop(&redis->hears);
    secret_wipe(redis->password, sizeof(redis->password));
    free(redis);
}

bool redis_is_up(const struct redis *redis)
{
    return redis->step == STEP_UP;
}

uint64_t redis_dropped(const struct redis *redis)
{
    return redis->dropped;
}
