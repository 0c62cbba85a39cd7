#include "signaling/relay/relay.h"

#include "base/list.h"
#include "base/log.h"
#include "signaling/relay/relay_line.h"
#include "signaling/relay/relay_link.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEAT_S        1.0
#define AGAIN_S       0.2 /* a restart is over soon, and pages wait for it */
#define AGAIN_TRIES   5
#define UNHEARD_TOLD  60   /* of so many, one is told */
#define BEATS_SILENT  3    /* then the connection counts as dead */
#define REQUEST_MS    5000 /* joins wait for DTLS keys at most that long */
#define INSTANCE_TEXT 80

struct request {
    struct list link;
    uint64_t id;
    ev_tstamp until;
    relay_done_fn *done;
    void *arg;
};

struct relay {
    struct ev_loop *loop;
    relay_event_fn *told;
    void *arg;

    struct relay_link *link;
    bool up; /* hello was heard */
    char instance[INSTANCE_TEXT];
    char name[RELAY_NAME_TEXT];
    char release[RELAY_RELEASE_TEXT];
    double load;
    struct relay_counts counts;
    bool draining;
    uint32_t left_s;
    unsigned silent;  /* beats */
    unsigned unheard; /* connections that ended before their hello */
    unsigned tries;   /* to connect since it was up */
    ev_timer beat;
    ev_timer late; /* the first request's time */

    uint64_t last_id;
    struct list requests; /* unanswered */
    char *in;
    size_t in_length;
};

static void tell(struct relay *relay, const struct relay_event *event)
{
    relay->told(relay->arg, event);
}

/* ---- requests
 * ------------------------------------------------------------------ */

static void end_request(struct request *request,
                        const struct relay_answer *answer)
{
    relay_done_fn *done = request->done;
    void *arg = request->arg;

    list_remove(&request->link);
    free(request);
    if (done)
        done(arg, answer);
}

static void refuse_request(struct request *request, const char *code)
{
    struct relay_answer answer = { .refused = code };

    end_request(request, &answer);
}

/* Wakes for the request that is late first. */
static void arm(struct relay *relay)
{
    ev_tstamp first = 0;

    list_each (link, after, &relay->requests) {
        struct request *request = list_member(link, struct request, link);
        if (first == 0 || request->until < first)
            first = request->until;
    }
    ev_timer_stop(relay->loop, &relay->late);
    if (first == 0)
        return;
    ev_tstamp in = first - ev_now(relay->loop);
    ev_timer_set(&relay->late, in > 0 ? in : 0., 0.);
    ev_timer_start(relay->loop, &relay->late);
}

static void on_late(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct relay *relay = timer->data;
    struct list late;

    (void)events;
    list_init(&late);
    list_each (link, after, &relay->requests) {
        struct request *request = list_member(link, struct request, link);
        if (request->until > ev_now(loop))
            continue;
        list_remove(link);
        list_append(&late, link);
    }
    while (!list_is_empty(&late))
        refuse_request(list_member(list_first(&late), struct request, link),
                       "timeout");
    arm(relay);
}

/* ---- the connection
 * --------------------------------------------------------------- */

static void beat_in(struct relay *relay, ev_tstamp seconds)
{
    ev_timer_stop(relay->loop, &relay->beat);
    ev_timer_set(&relay->beat, seconds, BEAT_S);
    ev_timer_start(relay->loop, &relay->beat);
}

/* Asks soon whether it is there again, and later now and then. */
static void try_again(struct relay *relay)
{
    if (relay->tries >= AGAIN_TRIES)
        return;
    relay->tries += 1;
    beat_in(relay, AGAIN_S);
}

static void disconnect(struct relay *relay)
{
    struct list waiting;
    bool was_up = relay->up;

    relay_link_close(relay->link);
    relay->up = false;
    relay->in_length = 0;
    try_again(relay);
    list_init(&waiting);
    list_each (link, after, &relay->requests) {
        list_remove(link);
        list_append(&waiting, link);
    }
    while (!list_is_empty(&waiting))
        refuse_request(list_member(list_first(&waiting), struct request, link),
                       "no_relay");
    if (was_up) {
        struct relay_event down = { .kind = RELAY_DOWN };
        log_warning("relay lost");
        tell(relay, &down);
    }
}

/* What does not fit is cut; NULL is "". */
static void keep_text(char *out, size_t size, const char *text)
{
    size_t length = text ? strnlen(text, size - 1) : 0;

    memmove(out, text ? text : "", length);
    out[length] = '\0';
}

static void hear_hello(struct relay *relay, const struct relay_line *line)
{
    struct relay_event up = { .kind = RELAY_UP };

    up.restarted = relay->instance[0] != '\0' &&
                   strcmp(relay->instance, line->instance) != 0;
    strncpy(relay->instance, line->instance, sizeof(relay->instance) - 1);
    keep_text(relay->name, sizeof(relay->name), line->name);
    keep_text(relay->release, sizeof(relay->release), line->release);
    relay->up = true;
    relay->unheard = 0;
    relay->tries = 0;
    relay->draining = false;
    log_notice("relay up name=%s restarted=%d", relay->name, up.restarted);
    tell(relay, &up);
}

static void hear_draining(struct relay *relay)
{
    struct relay_event event = { .kind = RELAY_DRAINING };

    if (relay->draining)
        return;
    relay->draining = true;
    log_notice("relay draining name=%s", relay->name);
    tell(relay, &event);
}

/* With hello and with each beat; a relay of an older release says nothing. */
static void hear_load(struct relay *relay, const struct relay_line *line)
{
    if (line->says_load) {
        relay->load = line->load;
        relay->left_s = line->left_s;
    }
    if (line->says_counts)
        relay->counts = line->counts;
    if (line->draining)
        hear_draining(relay);
}

static void hear_line(struct relay *relay, const struct relay_line *line)
{
    if (line->hello) {
        hear_hello(relay, line);
        hear_load(relay, line);
        return;
    }
    if (line->is_event && line->event.kind == RELAY_DRAINING) {
        hear_draining(relay);
        return;
    }
    if (line->is_event) {
        tell(relay, &line->event);
        return;
    }
    list_each (link, after, &relay->requests) {
        struct request *request = list_member(link, struct request, link);
        if (request->id != line->re)
            continue;
        hear_load(relay, line);
        end_request(request, &line->answer);
        arm(relay);
        return;
    }
    /* Answered too late: whoever asked was told "timeout". */
}

/* Every whole line in the buffer. -EBADMSG ends the connection. */
static int hear_lines(struct relay *relay)
{
    size_t used = 0;

    for (;;) {
        char *from = relay->in + used;
        char *end = memchr(from, '\n', relay->in_length - used);
        struct relay_line line;
        if (!end)
            break;
        int err = relay_line_read(from, (size_t)(end - from), &line);
        if (err)
            return err;
        used = (size_t)(end - relay->in) + 1;
        hear_line(relay, &line);
        relay_line_release(&line);
        if (!relay_link_is_open(relay->link))
            return 0; /* somebody who was told ended it */
    }
    relay->in_length -= used;
    memmove(relay->in, relay->in + used, relay->in_length);
    return relay->in_length == RELAY_LINE_MAX ? -EBADMSG : 0;
}

static void on_heard(void *arg)
{
    struct relay *relay = arg;
    ssize_t got;

    while ((got = relay_link_read(relay->link, relay->in + relay->in_length,
                                  RELAY_LINE_MAX - relay->in_length)) > 0) {
        relay->silent = 0;
        relay->in_length += (size_t)got;
        int err = hear_lines(relay);
        if (err) {
            log_error("relay said what we cannot read error=%d", -err);
            disconnect(relay);
        }
        if (!relay_link_is_open(relay->link))
            return;
    }
    if (got == -EAGAIN)
        return;
    if (!relay->up && relay->unheard++ % UNHEARD_TOLD == 0)
        log_warning("relay ended the line before its hello: does it believe "
                    "our certificate?");
    disconnect(relay);
}

static void send_request(struct relay *relay, char *line, uint64_t id,
                         int64_t timeout_ms, relay_done_fn *done, void *arg);

static void on_beat(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct relay *relay = timer->data;

    (void)loop;
    (void)events;
    if (!relay_link_is_open(relay->link)) {
        relay->silent = 0;
        relay_link_open(relay->link);
        if (!relay_link_is_open(relay->link))
            try_again(relay);
        return;
    }
    relay->silent += 1;
    if (relay->silent > BEATS_SILENT) {
        log_warning("relay is silent name=%s", relay->name);
        disconnect(relay);
        return;
    }
    if (relay->up) {
        uint64_t id = ++relay->last_id;
        send_request(relay, relay_line_ping(id), id, REQUEST_MS, NULL, NULL);
    }
}

int relay_new(const struct relay_options *options, struct relay **out,
              char error[RELAY_ERROR_TEXT])
{
    struct relay *relay = calloc(1, sizeof(*relay));
    char *in = malloc(RELAY_LINE_MAX);
    int err = -ENOMEM;

    snprintf(error, RELAY_ERROR_TEXT, "memory is short");
    if (relay && in)
        err = relay_link_new(options, on_heard, relay, &relay->link, error);
    if (err) {
        free(in);
        free(relay);
        return err;
    }
    relay->in = in;
    relay->loop = options->loop;
    relay->told = options->told;
    relay->arg = options->arg;
    list_init(&relay->requests);
    ev_timer_init(&relay->beat, on_beat, 0., BEAT_S);
    ev_timer_init(&relay->late, on_late, 0., 0.);
    relay->beat.data = relay->late.data = relay;
    ev_timer_start(relay->loop, &relay->beat);
    *out = relay;
    return 0;
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    relay->up = false; /* we leave: no loss to be told */
    disconnect(relay);
    ev_timer_stop(relay->loop, &relay->beat);
    ev_timer_stop(relay->loop, &relay->late);
    relay_link_free(relay->link);
    free(relay->in);
    free(relay);
}

bool relay_is_up(const struct relay *relay)
{
    return relay->up;
}

bool relay_is_silent(const struct relay *relay)
{
    return relay->silent > 1;
}

const char *relay_name(const struct relay *relay)
{
    return relay->name;
}

const char *relay_release(const struct relay *relay)
{
    return relay->release;
}

struct relay_counts relay_counts(const struct relay *relay)
{
    return relay->counts;
}

double relay_load(const struct relay *relay)
{
    return relay->load;
}

bool relay_is_draining(const struct relay *relay)
{
    return relay->draining;
}

uint32_t relay_left_s(const struct relay *relay)
{
    return relay->left_s;
}

/* ---- asking
 * -------------------------------------------------------------------------- */

/* Frees line. */
static void send_request(struct relay *relay, char *line, uint64_t id,
                         int64_t timeout_ms, relay_done_fn *done, void *arg)
{
    struct relay_answer none = { .refused = "no_relay" };
    struct request *request = calloc(1, sizeof(*request));
    size_t length = strlen(line);

    assert(request);
    request->id = id;
    request->until = ev_now(relay->loop) + (double)timeout_ms / 1000.;
    request->done = done;
    request->arg = arg;
    if (!relay->up || length > RELAY_LINE_MAX ||
        !relay_link_put(relay->link, line, length)) {
        free(request);
        free(line);
        if (done)
            done(arg, &none);
        return;
    }
    free(line);
    list_append(&relay->requests, &request->link);
    arm(relay);
}

void relay_join(struct relay *relay, const char *place, const char *peer,
                const char *offer, relay_done_fn *done, void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_join(id, place, peer, offer), id, REQUEST_MS,
                 done, arg);
}

void relay_leave(struct relay *relay, const char *peer, relay_done_fn *done,
                 void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_leave(id, peer), id, REQUEST_MS, done, arg);
}

void relay_house(struct relay *relay, const char *peer, const char *play,
                 relay_done_fn *done, void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_house(id, peer, play), id, REQUEST_MS, done,
                 arg);
}

void relay_probe(struct relay *relay, const char *peer, relay_done_fn *done,
                 void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_probe(id, peer), id, REQUEST_MS, done, arg);
}

void relay_rooms(struct relay *relay, relay_done_fn *done, void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_rooms(id), id, REQUEST_MS, done, arg);
}

void relay_route(struct relay *relay, const struct relay_set *set,
                 int64_t timeout_ms, relay_done_fn *done, void *arg)
{
    uint64_t id = ++relay->last_id;

    send_request(relay, relay_line_route(id, set), id, timeout_ms, done, arg);
}
