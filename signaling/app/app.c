#include "signaling/app/app.h"

#include "base/log.h"
#include "base/secret.h"
#include "signaling/app/admin.h"
#include "signaling/app/bulletin.h"
#include "signaling/app/clock.h"
#include "signaling/app/courier.h"
#include "signaling/app/deadline.h"
#include "signaling/app/pulse.h"
#include "signaling/bus/redis.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK_S 1.0
#define POST_S 0.02 /* messages of so long are looked for at once */

struct app_inside {
    struct app *app;
    ev_io store_answers;
    ev_timer tick;
    ev_timer post; /* something happened: there may be messages */
    struct admin *admin;
    struct courier *courier;
    struct deadlines *deadlines;
    struct redis *redis; /* NULL: no other nodes, or found by pulse alone */
    struct pulse *pulse; /* NULL where this node alone writes */
    struct bulletin *bulletin; /* NULL where there are no other nodes */
    app_moved_fn *moved;
    void *moved_arg;
};

static void on_store(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct app *app = watcher->data;

    (void)loop;
    (void)events;
    store_poll(app->store);
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct app *app = watcher->data;

    (void)loop;
    (void)events;
    bus_sweep(app->bus, clock_now_ms());
}

static void on_post(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct app *app = watcher->data;

    (void)loop;
    (void)events;
    courier_wake(app->inside->courier);
}

/* A stream moved, here or on another node. */
static void on_moved(void *arg, struct slice key, uint64_t seq)
{
    struct app *app = arg;
    struct app_moved moved = { .seq = seq };

    if (app->inside->courier && !ev_is_active(&app->inside->post)) {
        ev_timer_set(&app->inside->post, POST_S, 0);
        ev_timer_start(app->loop, &app->inside->post);
    }
    if (!app->inside->moved || key.length != 1 + ID_BYTES)
        return;
    if (key.data[0] == STREAM_CONSULTATION)
        memcpy(moved.visit.bytes, key.data + 1, ID_BYTES);
    else if (key.data[0] == STREAM_AGENDA)
        memcpy(moved.practitioner.bytes, key.data + 1, ID_BYTES);
    else
        return;
    app->inside->moved(app->inside->moved_arg, &moved);
}

/* Found in the store by this node itself. */
static void on_pulse(void *arg, struct stream_id stream, uint64_t seq)
{
    uint8_t key[1 + ID_BYTES];

    key[0] = (uint8_t)stream.kind;
    memcpy(key + 1, stream.bytes, ID_BYTES);
    on_moved(arg, slice(key, sizeof(key)), seq);
}

/* The desk's row says how the message went. */
static void on_delivery(void *arg, struct consultation_id visit)
{
    struct app *app = arg;
    struct app_moved moved = { .visit = visit };

    if (app->inside->moved)
        app->inside->moved(app->inside->moved_arg, &moved);
}

void app_on_moved(struct app *app, app_moved_fn *moved, void *arg)
{
    app->inside->moved = moved;
    app->inside->moved_arg = arg;
}

static int open_store(struct app_options *options, struct app *app, char *error,
                      size_t error_size)
{
    struct store_options with = { .url = options->database };
    uint8_t house_key[32];

    memcpy(with.master_key, options->master_key, sizeof(with.master_key));
    secret_wipe(options->master_key, sizeof(options->master_key));
    int err = store_open(&with, &app->store, error, error_size);
    secret_wipe(with.master_key, sizeof(with.master_key));
    if (err)
        return err;
    store_house_key(app->store, house_key);
    link_keys_init(&app->keys, slice(house_key, sizeof(house_key)));
    secret_wipe(house_key, sizeof(house_key));
    ev_io_init(&app->inside->store_answers, on_store,
               store_descriptor(app->store), EV_READ);
    app->inside->store_answers.data = app;
    ev_io_start(app->loop, &app->inside->store_answers);
    return 0;
}

static bool is_set(const char *text)
{
    return text && text[0];
}

static struct outgoing_ways ways_of(const struct app_options *options)
{
    return (struct outgoing_ways){ .mail = is_set(options->mail_url),
                                   .sms = is_set(options->sms_url) };
}

/* What decides and remembers. */
static int build_house(const struct app_options *options, struct app *app)
{
    int err = directory_new(app->store, &options->times, &app->directory);

    if (err)
        return err;
    app->bus = bus_local_new();
    bus_subscribe(app->bus, on_moved, app);
    bus_sweep(app->bus, clock_now_ms());
    if (is_set(options->redis)) {
        struct redis_options redis = { .loop = app->loop,
                                       .bus = app->bus,
                                       .password = options->redis_password };
        if (!redis_place_read(options->redis, &redis.place))
            return -EINVAL;
        app->inside->redis = redis_new(&redis);
    }
    app->metrics = calloc(1, sizeof(*app->metrics));
    assert(app->metrics);
    metrics_init(app->metrics, (double)clock_now_ms() / 1e3);
    struct engine_options engine = {
        .metrics = app->metrics,
        .loop = app->loop,
        .store = app->store,
        .bus = app->bus,
        .directory = app->directory,
        .keys = &app->keys,
        .ways = ways_of(options),
    };
    app->engine = engine_new(&engine);
    struct pulse_options pulse = {
        .loop = app->loop,
        .store = app->store,
        .engine = app->engine,
        .directory = app->directory,
        .moved = on_pulse,
        .arg = app,
    };
    app->inside->pulse = pulse_new(&pulse);
    struct bulletin_options bulletin = { .loop = app->loop,
                                         .store = app->store,
                                         .bus = app->bus,
                                         .redis = app->inside->redis };
    app->inside->bulletin = bulletin_new(&bulletin);
    app->presence = presence_new(app->bus);
    app->query = query_new(app->store, app->directory, app->engine, &app->keys);
    app->texts = texts_new(app->store, app->engine);
    struct account_options account = {
        .loop = app->loop,
        .store = app->store,
        .bus = app->bus,
        .directory = app->directory,
        .engine = app->engine,
        .keys = &app->keys,
        .ways = ways_of(options),
    };
    return account_new(&account, &app->account);
}

/* Who carries messages and orders away. */
static int build_courier(const struct app_options *options, struct app *app)
{
    struct payments_options payments = {
        .loop = app->loop,
        .store = app->store,
        .engine = app->engine,
        .public_url = options->public_url,
        .url = options->payment_url,
        .key = options->payment_key,
        .webhook_secret = options->payment_webhook_secret,
    };
    int err = is_set(options->payment_url)
                  ? payments_new(&payments, &app->payments)
                  : 0;

    if (err)
        return err;
    struct courier_options courier = {
        .loop = app->loop,
        .store = app->store,
        .directory = app->directory,
        .engine = app->engine,
        .payments = app->payments,
        .keys = &app->keys,
        .public_url = options->public_url,
        .mail = { .url = options->mail_url,
                  .user = options->mail_user,
                  .password = options->mail_password,
                  .from = options->mail_from,
                  .authority = options->mail_authority },
        .sms = { .url = options->sms_url,
                 .key = options->sms_key ? options->sms_key : "",
                 .from = options->sms_from ? options->sms_from : "" },
    };
    err = courier_new(&courier, &app->inside->courier);
    if (err)
        return err;
    courier_on_delivery(app->inside->courier, on_delivery, app);
    app->inside->deadlines =
        deadlines_new(app->loop, app->store, app->engine, app->payments);
    return 0;
}

/* What reaches out of the house. */
static int build_doors(const struct app_options *options, struct app *app,
                       char *error, size_t error_size)
{
    struct media_options media = {
        .loop = app->loop,
        .store = app->store,
        .engine = app->engine,
        .presence = app->presence,
        .metrics = app->metrics,
        .bus = app->bus,
        .pulse = app->inside->pulse,
        .relay = options->relay_control,
        .relay_certificate = options->relay_certificate,
        .relay_key = options->relay_key,
        .relay_authority = options->relay_authority,
    };
    int err = media_new(&media, &app->media, error, error_size);

    if (err)
        return err;
    struct document_options document = {
        .loop = app->loop,
        .store = app->store,
        .directory = app->directory,
        .engine = app->engine,
        .keys = &app->keys,
        .public_url = options->public_url,
        .font_folder = options->font_folder,
    };
    err = document_new(&document, &app->document);
    if (!err)
        err = build_courier(options, app);
    if (err || !options->admin_socket)
        return err;
    return admin_new(app, options->admin_socket, options->public_url,
                     &app->inside->admin);
}

int app_new(struct app_options *options, struct app **out, char *error,
            size_t error_size)
{
    struct app *app = calloc(1, sizeof(*app));

    assert(app);
    app->inside = calloc(1, sizeof(*app->inside));
    assert(app->inside);
    app->inside->app = app;
    app->loop = options->loop;
    ev_timer_init(&app->inside->post, on_post, POST_S, 0);
    app->inside->post.data = app;
    turn_init(&app->turn, options->turn_urls, options->turn_secret);
    int err = open_store(options, app, error, error_size);
    if (err) {
        app_free(app);
        return err;
    }
    error[0] = '\0';
    err = build_house(options, app);
    if (!err)
        err = build_doors(options, app, error, error_size);
    if (err) {
        if (!error[0])
            (void)snprintf(error, error_size,
                           "The server's parts did not start: %s.",
                           strerror(-err));
        app_free(app);
        return err;
    }
    ev_timer_init(&app->inside->tick, on_tick, TICK_S, TICK_S);
    app->inside->tick.data = app;
    ev_timer_start(app->loop, &app->inside->tick);
    *out = app;
    return 0;
}

/* First those whose threads hand something to the store, then the store, which
 * answers whoever waits, then those who were answered. */
void app_free(struct app *app)
{
    if (!app)
        return;
    ev_timer_stop(app->loop, &app->inside->tick);
    app->inside->moved = NULL;
    admin_free(app->inside->admin);
    pulse_stop(app->inside->pulse);
    bulletin_stop(app->inside->bulletin);
    redis_free(app->inside->redis);
    deadlines_stop(app->inside->deadlines);
    courier_stop(app->inside->courier);
    payments_stop(app->payments);
    media_stop(app->media);
    document_stop(app->document);
    account_stop(app->account);
    if (app->store) {
        ev_io_stop(app->loop, &app->inside->store_answers);
        store_close(app->store);
    }
    pulse_free(app->inside->pulse);
    bulletin_free(app->inside->bulletin);
    deadlines_free(app->inside->deadlines);
    courier_free(app->inside->courier);
    payments_free(app->payments);
    document_free(app->document);
    media_free(app->media);
    account_free(app->account);
    texts_free(app->texts);
    query_free(app->query);
    presence_free(app->presence);
    engine_free(app->engine);
    bus_free(app->bus);
    directory_free(app->directory);
    secret_wipe(&app->keys, sizeof(app->keys));
    ev_timer_stop(app->loop, &app->inside->post); /* last words started it */
    free(app->metrics);
    free(app->inside);
    free(app);
}

struct app_readiness app_readiness(const struct app *app)
{
    const struct app_inside *inside = app->inside;
    struct app_readiness readiness = { NULL, NULL };

    if (pulse_is_blind(inside->pulse, clock_now_ms()))
        readiness.because = "database";
    if (inside->redis && !redis_is_up(inside->redis))
        readiness.slower = "redis";
    if (media_is_configured(app->media) && !media_is_up(app->media))
        readiness.slower = "relay";
    if (!readiness.because && media_is_cut_off(app->media))
        readiness.because = "relay";
    return readiness;
}

/* ---- metrics --------------------------------------------------------------
 */

#define CENSUS_MS (12LL * 60 * 60 * 1000) /* before and after now */

struct census_ask {
    struct app *app;
    struct metrics_now now;
    app_metrics_fn *done;
    void *arg;
};

static int census_run(struct reader_of_store *reader, void *arg)
{
    struct census_ask *ask = arg;

    return read_census(reader, ask->now.now_ms - CENSUS_MS,
                       ask->now.now_ms + CENSUS_MS, &ask->now.census);
}

static void census_done(void *arg, int status)
{
    struct census_ask *ask = arg;
    const struct app_inside *inside = ask->app->inside;
    struct metrics_now *now = &ask->now;

    now->database_age_s =
        (double)pulse_age_ms(inside->pulse, clock_now_ms()) / 1e3;
    now->redis_configured = inside->redis != NULL;
    now->redis_up = inside->redis && redis_is_up(inside->redis);
    now->redis_dropped = inside->redis ? redis_dropped(inside->redis) : 0;
    media_measure(ask->app->media, now);
    now->database_up = status == 0;
    ask->done(ask->arg, now);
    free(ask);
}

void app_metrics_now(struct app *app, app_metrics_fn *done, void *arg)
{
    struct census_ask *ask = calloc(1, sizeof(*ask));

    assert(ask);
    *ask = (struct census_ask){ .app = app, .done = done, .arg = arg };
    ask->now.now_ms = clock_now_ms();
    /* nobody waits for what is away */
    if (pulse_is_blind(app->inside->pulse, ask->now.now_ms))
        census_done(ask, -EAGAIN);
    else
        store_ask(app->store, census_run, census_done, ask);
}
