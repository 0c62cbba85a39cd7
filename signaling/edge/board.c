#include "signaling/edge/fanout_inner.h"

#include <stdlib.h>

/* What was asked for a page: its day, or one of its rows. */
struct board_ask {
    struct socket *socket;
    struct consultation_id visit;
    struct practitioner_id practitioner;
    struct date day;
    char re[ID_TEXT];
};

static struct board_ask *ask_new(struct socket *socket)
{
    struct board_ask *ask = calloc(1, sizeof(*ask));

    if (!ask)
        abort();
    ask->socket = socket;
    ws_hold(socket);
    return ask;
}

static void ask_free(struct board_ask *ask)
{
    ws_release(ask->socket);
    free(ask);
}

static bool is_shown(const struct socket *socket,
                     const struct consultation *visit)
{
    return socket->has_board &&
           query_is_on_desk(&socket->actor, socket->board_of, visit,
                            socket->board_from_ms, socket->board_to_ms);
}

static json_t *row_value(struct socket *socket, struct topic *topic,
                         const struct query_row *row)
{
    struct policy policy =
        directory_policy(socket->edge->app->directory, row->visit->clinic);

    topic->practitioner = row->visit->practitioner;
    return frame_row(row, &policy, socket->actor.role,
                     fanout_now(topic, &socket->actor));
}

/* ---- one row --------------------------------------------------------------
 */

static void row_drop(struct watch *watch)
{
    watch->row = false;
    ws_send(watch->socket, frame_row_gone(watch->topic->visit));
    watch_let_go(watch);
}

static void on_row(void *arg, enum refusal refusal,
                   const struct query_row *rows, size_t count)
{
    struct board_ask *ask = arg;
    struct watch *watch =
        ws_is_open(ask->socket) ? watch_find(ask->socket, ask->visit) : NULL;

    if (watch && watch->row) {
        bool again = watch->row_again;
        watch->row_reading = false;
        watch->row_again = false;
        if (refusal == REFUSED_TRY_AGAIN)
            again = false, topic_missed(watch->topic);
        else if (refusal || count != 1 || !is_shown(ask->socket, rows->visit))
            row_drop(watch), again = false;
        else
            ws_send(ask->socket,
                    frame_of_row(row_value(ask->socket, watch->topic, rows)));
        if (again)
            board_refresh(watch);
    }
    ask_free(ask);
}

void board_refresh(struct watch *watch)
{
    if (watch->row_reading) {
        watch->row_again = true;
        return;
    }
    watch->row_reading = true;
    struct board_ask *ask = ask_new(watch->socket);
    ask->visit = watch->topic->visit;
    query_row(watch->socket->edge->app->query, &watch->socket->actor,
              ask->visit, on_row, ask);
}

void board_moved(struct topic *topic, const struct consultation *visit)
{
    list_each (link, after, &topic->fanout->desks) {
        struct socket *socket = list_member(link, struct socket, in_desks);
        struct watch *watch = watch_find(socket, topic->visit);
        if (is_shown(socket, visit)) {
            watch = watch_get(socket, topic->visit);
            watch->row = true;
            board_refresh(watch);
        } else if (watch && watch->row) {
            row_drop(watch);
        }
    }
}

/* ---- the day --------------------------------------------------------------
 */

void board_clear(struct socket *socket)
{
    socket->has_board = false;
    list_each (link, after, &socket->watches) {
        struct watch *watch = list_member(link, struct watch, in_socket);
        watch->row = false;
        watch->row_reading = watch->row_again = false;
        watch_let_go(watch);
    }
}

static void on_day(void *arg, enum refusal refusal,
                   const struct query_row *rows, size_t count)
{
    struct board_ask *ask = arg;
    struct socket *socket = ask->socket;
    bool newest = practitioner_id_equal(ask->practitioner, socket->board_of) &&
                  memcmp(&ask->day, &socket->board_day, sizeof(ask->day)) == 0;

    if (ws_is_open(socket) && refusal) {
        ws_send(socket, wire_refused(ask->re, refusal_code(refusal),
                                     refusal_say(refusal)));
    } else if (ws_is_open(socket) && newest) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            struct watch *watch = watch_get(socket, rows[i].consultation);
            watch->row = true;
            json_array_append_new(list,
                                  row_value(socket, watch->topic, &rows[i]));
        }
        ws_send(socket, frame_board(list, ask->day));
        ws_send(socket, wire_ok(ask->re));
    }
    ask_free(ask);
}

void fanout_show_day(struct socket *socket, const char *re,
                     struct practitioner_id practitioner, struct date day)
{
    struct app *app = socket->edge->app;
    const struct clinic *clinic =
        directory_find_clinic(app->directory, socket->actor.clinic);
    int64_t from_ms;
    int64_t to_ms;

    if (!clinic || query_day_bounds(clinic->time_zone, day, &from_ms, &to_ms)) {
        ws_send(socket, wire_refused(re, refusal_code(REFUSED_INVALID),
                                     "\"day\" is not a day."));
        return;
    }
    board_clear(socket);
    socket->has_board = true;
    socket->board_of = practitioner;
    socket->board_day = day;
    socket->board_from_ms = from_ms;
    socket->board_to_ms = to_ms;

    struct board_ask *ask = ask_new(socket);
    ask->practitioner = practitioner;
    ask->day = day;
    memcpy(ask->re, re, strnlen(re, ID_TEXT - 1));
    query_day(app->query, &socket->actor, practitioner, from_ms, to_ms, on_day,
              ask);
}
