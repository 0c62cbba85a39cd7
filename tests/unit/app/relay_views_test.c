/*
 * Two nodes that share one record and do not reach the same relays
 * (tests/with-postgres; without a server the tests pass). Each relay has an end
 * for each node, so that one node can lose it while the other does not.
 */
#include "tests/unit/app/offered.h"
#include "tests/unit/app/relay_end.h"

#include "base/log.h"
#include "base/text.h"

#include <sys/stat.h>

#define WITHIN_S 20.

struct node {
    struct given given;
    struct relay_end west;
    struct relay_end east;
    char control[300];
};

struct nodes {
    struct given *made; /* the database and the loop */
    struct node one;
    struct node other;
};

static bool lines_up;

static void send_to(void *arg, struct slice frame)
{
    if (lines_up)
        bus_heard(arg, frame);
}

static void link_up(struct nodes *nodes)
{
    lines_up = true;
    bus_greet(nodes->one.given.app->bus);
    bus_greet(nodes->other.given.app->bus);
}

static void node_start(struct node *node, const struct given *made,
                       const char *sub)
{
    char folder[80];

    node->given = *made;
    node->given.app = NULL;
    snprintf(folder, sizeof(folder), "%s/%s", made->folder, sub);
    assert_int_equal(mkdir(folder, 0700), 0);
    relay_end_start_as(&node->west, made->loop, folder, "west");
    relay_end_start_as(&node->east, made->loop, folder, "east");
    node->west.load = 0.9; /* east is chosen, where it can be */
    snprintf(node->control, sizeof(node->control), "%s,%s", node->west.path,
             node->east.path);
    node->given.relay_control = node->control;
    start(&node->given);
}

static int nodes_new(void **state)
{
    struct nodes *nodes = calloc(1, sizeof(*nodes));
    void *made;

    *state = nodes;
    if (!given_server())
        return 0;
    log_threshold(LOG_LEVEL_ERROR);
    given_new(&made);
    nodes->made = made;
    stop(nodes->made);
    node_start(&nodes->one, nodes->made, "one");
    node_start(&nodes->other, nodes->made, "other");
    lines_up = false;
    bus_on_send(nodes->one.given.app->bus, send_to,
                nodes->other.given.app->bus);
    bus_on_send(nodes->other.given.app->bus, send_to,
                nodes->one.given.app->bus);
    return 0;
}

static void node_stop(struct node *node)
{
    bus_on_send(node->given.app->bus, NULL, NULL);
    stop(&node->given);
    relay_end_stop(&node->west);
    relay_end_stop(&node->east);
}

static int nodes_free(void **state)
{
    struct nodes *nodes = *state;

    if (nodes->made) {
        void *made = nodes->made;
        lines_up = false;
        node_stop(&nodes->one);
        node_stop(&nodes->other);
        given_free(&made);
    }
    free(nodes);
    return 0;
}

/* Turns the loop until it is so, or for so long. */
static void turn(struct nodes *nodes, double seconds)
{
    ev_timer limit;

    ev_timer_init(&limit, turn_end, seconds, 0.);
    ev_timer_start(nodes->made->loop, &limit);
    ev_run(nodes->made->loop, 0);
    ev_timer_stop(nodes->made->loop, &limit);
}

#define AWAIT(nodes, condition)                                                \
    do {                                                                       \
        ev_tstamp end = ev_time() + WITHIN_S;                                  \
        while (!(condition) && ev_time() < end)                                \
            turn(nodes, 0.05);                                                 \
        assert_true(condition);                                                \
    } while (0)

static size_t up_count(const struct node *node)
{
    struct metrics_now now = { .relay_count = 0 };
    size_t up = 0;

    media_measure(node->given.app->media, &now);
    for (size_t i = 0; i < now.relay_count; i++)
        up += now.relays[i].up;
    return up;
}

static uint64_t moves(const struct nodes *nodes)
{
    struct metrics_now one = { .relay_count = 0 }, other = one;

    media_measure(nodes->one.given.app->media, &one);
    media_measure(nodes->other.given.app->media, &other);
    return one.relay_moves + other.relay_moves;
}

/* Which relay this node thinks the doctor lives on. */
static const char *home(const struct node *node)
{
    struct metrics_now now = { .relay_count = 0 };

    media_measure(node->given.app->media, &now);
    for (size_t i = 0; i < now.relay_count; i++)
        if (now.relays[i].practitioners > 0)
            return i == 0 ? "west" : "east";
    return "";
}

static bool doctor_joins(struct node *node)
{
    struct page_id page = { { 5 } };

    return offer_of(&node->given, &node->given.doctor_actor, page).answered;
}

static void both_up(struct nodes *nodes)
{
    AWAIT(nodes, up_count(&nodes->one) == 2 && up_count(&nodes->other) == 2);
    link_up(nodes);
}

static void all_nodes_follow_one_row(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    both_up(nodes);
    assert_true(doctor_joins(&nodes->one));
    assert_true(doctor_joins(&nodes->other));
    assert_non_null(relay_end_asked(&nodes->one.east, "join"));
    assert_non_null(relay_end_asked(&nodes->other.east, "join"));
    assert_string_equal(home(&nodes->one), "east");
    assert_string_equal(home(&nodes->other), "east");
}

/* Dead for both: one of them moves, once. */
static void a_dead_relay_is_left_once(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    both_up(nodes);
    assert_true(doctor_joins(&nodes->one));
    relay_end_hide(&nodes->one.east);
    relay_end_hide(&nodes->other.east);
    AWAIT(nodes, strcmp(home(&nodes->one), "west") == 0 &&
                     strcmp(home(&nodes->other), "west") == 0);
    turn(nodes, 3.);
    assert_int_equal(moves(nodes), 1);
}

/* One node reaches east alone, the other west alone: nobody pulls. */
static void nodes_that_see_different_relays_do_not_pull(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    both_up(nodes);
    assert_true(doctor_joins(&nodes->one));
    relay_end_hide(&nodes->one.west);
    relay_end_hide(&nodes->other.east);
    AWAIT(nodes, up_count(&nodes->one) == 1 && up_count(&nodes->other) == 1);
    turn(nodes, 3.);
    assert_int_equal(moves(nodes), 0);
    assert_string_equal(home(&nodes->other), "east");
    assert_false(doctor_joins(&nodes->other)); /* no_relay: try again */
    assert_true(doctor_joins(&nodes->one));
}

/* West is reached by both, east by one: west is the better place. */
static void the_relay_that_more_nodes_reach_is_better(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    both_up(nodes);
    assert_true(doctor_joins(&nodes->one));
    relay_end_hide(&nodes->other.east);
    AWAIT(nodes, strcmp(home(&nodes->one), "west") == 0 &&
                     strcmp(home(&nodes->other), "west") == 0);
    relay_end_listen(&nodes->other.east);
    AWAIT(nodes, up_count(&nodes->other) == 2);
    turn(nodes, 3.);
    assert_int_equal(moves(nodes), 1);
}

/* They do not hear each other, and disagree: at most one move in a while. */
static void without_words_nobody_undoes_what_the_other_did(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    both_up(nodes);
    assert_true(doctor_joins(&nodes->one));
    lines_up = false;
    relay_end_hide(&nodes->one.west);
    relay_end_hide(&nodes->other.east);
    turn(nodes, 9.); /* leases of four seconds run out, then a move is due */
    assert_true(moves(nodes) <= 1);
}

int main(void)
{
#define WITH_NODES(test)                                                       \
    cmocka_unit_test_setup_teardown(test, nodes_new, nodes_free)
    const struct CMUnitTest tests[] = {
        WITH_NODES(all_nodes_follow_one_row),
        WITH_NODES(a_dead_relay_is_left_once),
        WITH_NODES(nodes_that_see_different_relays_do_not_pull),
        WITH_NODES(the_relay_that_more_nodes_reach_is_better),
        WITH_NODES(without_words_nobody_undoes_what_the_other_did),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
