#include "media/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define NOW UINT64_C(1000000)

static char told[4096];

static void remember(void *arg, const struct peer_name *peer)
{
    (void)arg;
    strcat(strcat(told, peer->text), " ");
}

static struct peer_name peer(const char *text)
{
    struct peer_name name = { "" };

    snprintf(name.text, sizeof(name.text), "%s", text);
    return name;
}

/* Two people who see each other. */
static enum media_refusal pair(struct rooms *rooms, const char *room,
                               uint64_t order, uint64_t seq, const char *a,
                               const char *b)
{
    struct media_route routes[2] = { { peer(a), peer(b), 1 },
                                     { peer(b), peer(a), 1 } };
    struct media_room set = {
        .order = order, .seq = seq, .route_count = a ? 2 : 0, .routes = routes
    };

    snprintf(set.room.text, sizeof(set.room.text), "%s", room);
    told[0] = '\0';
    return rooms_set(rooms, &set, NOW, remember, NULL);
}

static enum media_refusal empty(struct rooms *rooms, const char *room,
                                uint64_t order, uint64_t seq)
{
    struct media_room set = { .order = order, .seq = seq };

    snprintf(set.room.text, sizeof(set.room.text), "%s", room);
    told[0] = '\0';
    return rooms_set(rooms, &set, NOW, remember, NULL);
}

static size_t routes_of(const struct rooms *rooms, const char *name)
{
    struct peer_name who = peer(name);
    const struct room *room = rooms_of(rooms, &who);

    return room ? room->count : 0;
}

static int begin(void **state)
{
    struct rooms *rooms = calloc(1, sizeof(*rooms));

    rooms_init(rooms);
    *state = rooms;
    return 0;
}

static int end(void **state)
{
    rooms_release(*state);
    free(*state);
    return 0;
}

static void nobody_has_routes_before_they_are_set(void **state)
{
    assert_int_equal(routes_of(*state, "doctor"), 0);
    assert_int_equal(pair(*state, "v1", 1, 10, "doctor", "anna"), MEDIA_TAKEN);
    assert_int_equal(routes_of(*state, "doctor"), 2);
    assert_int_equal(routes_of(*state, "anna"), 2);
    assert_non_null(strstr(told, "doctor"));
    assert_non_null(strstr(told, "anna"));
}

static void a_lower_seq_is_stale_the_same_is_fine(void **state)
{
    assert_int_equal(pair(*state, "v1", 1, 10, "doctor", "anna"), MEDIA_TAKEN);
    assert_int_equal(empty(*state, "v1", 1, 9), MEDIA_STALE);
    assert_int_equal(routes_of(*state, "anna"), 2);
    assert_int_equal(pair(*state, "v1", 1, 10, "doctor", "anna"), MEDIA_TAKEN);
    assert_int_equal(routes_of(*state, "anna"), 2);
}

static void an_empty_set_empties_and_is_remembered_an_hour(void **state)
{
    struct rooms *rooms = *state;

    pair(rooms, "v1", 1, 10, "doctor", "anna");
    assert_int_equal(empty(rooms, "v1", 1, 11), MEDIA_TAKEN);
    assert_int_equal(routes_of(rooms, "anna"), 0);
    assert_int_equal(routes_of(rooms, "doctor"), 0);
    assert_non_null(strstr(told, "anna"));

    rooms_expire(rooms, NOW + ROOM_MEMORY_US - 1);
    assert_int_equal(pair(rooms, "v1", 1, 10, "doctor", "anna"), MEDIA_STALE);
    rooms_expire(rooms, NOW + ROOM_MEMORY_US);
    assert_int_equal(pair(rooms, "v1", 1, 10, "doctor", "anna"), MEDIA_TAKEN);
    rooms_expire(rooms, NOW + 2 * ROOM_MEMORY_US); /* it is not empty */
    assert_int_equal(routes_of(rooms, "anna"), 2);
}

static void the_higher_order_takes_a_peer_for_good(void **state)
{
    pair(*state, "v1", 1, 10, "doctor", "anna");
    pair(*state, "v2", 2, 5, "doctor", "bruno");
    assert_int_equal(routes_of(*state, "anna"), 0);
    assert_int_equal(routes_of(*state, "bruno"), 2);
    assert_non_null(strstr(told, "anna"));

    /* The first room cannot have him back with its old order, not even when
     * the second is over: only a newer decision can. */
    pair(*state, "v1", 1, 11, "doctor", "anna");
    assert_int_equal(routes_of(*state, "anna"), 0);
    empty(*state, "v2", 2, 6);
    assert_int_equal(routes_of(*state, "anna"), 0);
    assert_int_equal(routes_of(*state, "doctor"), 0);
    pair(*state, "v1", 3, 12, "doctor", "anna");
    assert_int_equal(routes_of(*state, "anna"), 2);
}

static void an_equal_order_takes_nobody(void **state)
{
    pair(*state, "v1", 2, 10, "doctor", "anna");
    pair(*state, "v2", 2, 5, "doctor", "bruno");
    assert_int_equal(routes_of(*state, "anna"), 2);
    assert_int_equal(routes_of(*state, "bruno"), 0);
}

static void others_of_a_room_stay_when_one_is_taken(void **state)
{
    struct media_route routes[3] = { { peer("doctor"), peer("anna"), 1 },
                                     { peer("aide"), peer("anna"), 2 },
                                     { peer("anna"), peer("aide"), 1 } };
    struct media_room set = {
        .room = { "v1" }, .order = 1, .seq = 1, .route_count = 3
    };

    set.routes = routes;
    assert_int_equal(rooms_set(*state, &set, NOW, remember, NULL), MEDIA_TAKEN);
    pair(*state, "v2", 2, 1, "doctor", "bruno");
    assert_int_equal(routes_of(*state, "anna"), 2);
    assert_int_equal(routes_of(*state, "aide"), 2);
}

/* After any history: a peer's routes are all in the one room that has it. */
static void no_peer_is_ever_in_two_rooms(void **state)
{
    static const char *names[] = { "a", "b", "c", "d", "e" };
    static const char *rooms_named[] = { "v1", "v2", "v3" };
    struct rooms *rooms = *state;
    uint64_t seq = 1;

    srandom(11);
    for (int i = 0; i < 20000; i++) {
        const char *room = rooms_named[random() % 3];
        size_t a = (size_t)random() % 5, b = (size_t)random() % 5;
        size_t cursor = 0;
        const struct room *one;

        if (random() % 4 == 0 || a == b)
            empty(rooms, room, (uint64_t)(random() % 9), ++seq);
        else
            pair(rooms, room, (uint64_t)(random() % 9), ++seq, names[a],
                 names[b]);
        while ((one = map_next(&rooms->by_name, &cursor)) != NULL) {
            for (size_t r = 0; r < one->count; r++) {
                assert_ptr_equal(rooms_of(rooms, &one->routes[r].from), one);
                assert_ptr_equal(rooms_of(rooms, &one->routes[r].to), one);
            }
        }
        for (size_t n = 0; n < 5; n++) {
            struct peer_name who = peer(names[n]);
            const struct room *owner = rooms_of(rooms, &who);
            bool named = false;

            for (size_t r = 0; owner && r < owner->count; r++)
                named = named ||
                        strcmp(owner->routes[r].from.text, who.text) == 0 ||
                        strcmp(owner->routes[r].to.text, who.text) == 0;
            assert_true(!owner || named);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_has_routes_before_they_are_set,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_lower_seq_is_stale_the_same_is_fine,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            an_empty_set_empties_and_is_remembered_an_hour, begin, end),
        cmocka_unit_test_setup_teardown(the_higher_order_takes_a_peer_for_good,
                                        begin, end),
        cmocka_unit_test_setup_teardown(an_equal_order_takes_nobody, begin,
                                        end),
        cmocka_unit_test_setup_teardown(others_of_a_room_stay_when_one_is_taken,
                                        begin, end),
        cmocka_unit_test_setup_teardown(no_peer_is_ever_in_two_rooms, begin,
                                        end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
