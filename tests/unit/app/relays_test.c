/* Several relays: where a practitioner's calls live, and who moves when. */
#include "tests/unit/app/offered.h"
#include "tests/unit/app/relay_end.h"

#include "base/log.h"
#include "signaling/store/placement_rows.h"

#include <openssl/sha.h>

#define WITHIN_S                                                               \
    15. /* loaded machines are slow; nothing here takes so long                \
         */

struct scene {
    struct given *given;
    struct relay_end west;
    struct relay_end east;
    char control[300];
    struct actor patient;
    struct page_id patient_page;
    struct page_id doctor_page;
    size_t agains;
};

static void hear_media(void *arg, const struct media_event *event)
{
    struct scene *scene = arg;

    if (event->kind == MEDIA_AGAIN)
        scene->agains += 1;
}

/* Turns the loop until it is so. */
#define AWAIT(scene, condition)                                                \
    do {                                                                       \
        ev_tstamp end = ev_time() + WITHIN_S;                                  \
        ev_timer awake;                                                        \
        ev_timer_init(&awake, turn_end, 0.05, 0.05);                           \
        ev_timer_start((scene)->given->loop, &awake);                          \
        while (!(condition) && ev_time() < end)                                \
            ev_run((scene)->given->loop, EVRUN_ONCE);                          \
        ev_timer_stop((scene)->given->loop, &awake);                           \
        assert_true(condition);                                                \
    } while (0)

/* So long nothing is to happen. */
static void pass(struct scene *scene, double seconds)
{
    ev_tstamp end = ev_time() + seconds;
    ev_timer awake;

    ev_timer_init(&awake, turn_end, 0.05, 0.05);
    ev_timer_start(scene->given->loop, &awake);
    while (ev_time() < end)
        ev_run(scene->given->loop, EVRUN_ONCE);
    ev_timer_stop(scene->given->loop, &awake);
}

static size_t up_count(const struct scene *scene)
{
    struct metrics_now now = { .relay_count = 0 };
    size_t up = 0;

    media_measure(scene->given->app->media, &now);
    for (size_t i = 0; i < now.relay_count; i++)
        up += now.relays[i].up;
    return up;
}

static int scene_make(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    void *given;

    log_threshold(LOG_LEVEL_ERROR);
    assert_int_equal(given_new(&given), 0);
    scene->given = given;
    stop(scene->given);
    struct ev_loop *loop = scene->given->loop;
    relay_end_start_as(&scene->west, loop, scene->given->folder, "west");
    relay_end_start_as(&scene->east, loop, scene->given->folder, "east");
    scene->west.load = 0.9; /* so that east is chosen */
    snprintf(scene->control, sizeof(scene->control), "%s, %s", scene->west.path,
             scene->east.path);
    scene->given->relay_control = scene->control;
    start(scene->given);
    media_on_event(scene->given->app->media, hear_media, scene);
    secret_random(scene->patient_page.bytes, ID_BYTES);
    secret_random(scene->doctor_page.bytes, ID_BYTES);
    AWAIT(scene, up_count(scene) == 2);
    scene->patient = a_patient(scene->given, booked(scene->given));
    *state = scene;
    return 0;
}

static int scene_end(void **state)
{
    struct scene *scene = *state;
    void *given = scene->given;

    stop(scene->given);
    relay_end_stop(&scene->west);
    relay_end_stop(&scene->east);
    free(scene);
    return given_free(&given);
}

static void both_join(struct scene *scene)
{
    assert_true(
        offer_of(scene->given, &scene->patient, scene->patient_page).answered);
    assert_true(
        offer_of(scene->given, &scene->given->doctor_actor, scene->doctor_page)
            .answered);
}

static size_t joins(const struct relay_end *end)
{
    size_t count = 0;

    for (size_t i = 0; i < end->count; i++)
        if (strcmp(json_string_value(json_object_get(end->asked[i], "do")),
                   "join") == 0)
            count += 1;
    return count;
}

static size_t routes_at(const struct scene *scene, const struct relay_end *end)
{
    return relay_end_routes(end, scene->patient.consultation);
}

static void call(struct scene *scene)
{
    both_join(scene);
    admitted(scene->given, scene->patient);
    assert_int_equal(routes_at(scene, &scene->east), 2);
}

static struct actor doctor_of(const struct scene *scene,
                              struct clinic_id clinic,
                              struct practitioner_id whose)
{
    struct actor doctor = scene->given->doctor_actor;

    doctor.clinic = clinic;
    doctor.practitioner = whose;
    return doctor;
}

/* ---- placing --------------------------------------------------------------
 */

static void a_practitioner_goes_where_the_load_is_least(void **state)
{
    struct scene *scene = *state;

    both_join(scene);
    assert_int_equal(joins(&scene->east), 2); /* together */
    assert_int_equal(joins(&scene->west), 0);
}

/* Else the older one, looked after for longer, could come second and take the
 * place of the page's connection of now. */
static void a_page_that_offers_again_takes_its_offer_back(void **state)
{
    struct scene *scene = *state;
    struct offered before = { .done = false }, now = before;
    struct media *media = scene->given->app->media;
    struct actor *doctor = &scene->given->doctor_actor;

    media_offer(media, doctor, scene->doctor_page, "v=0\r\nold", hear_offer,
                &before);
    media_offer(media, doctor, scene->doctor_page, "v=0\r\n", hear_offer, &now);
    turn_until(scene->given, &before.done);
    turn_until(scene->given, &now.done);
    assert_true(now.answered && !before.answered);
    assert_string_equal(before.code, "no_relay");
    assert_int_equal(joins(&scene->east), 1);
}

static void alike_relays_share_the_practitioners(void **state)
{
    struct scene *scene = *state;
    struct given *given = scene->given;

    scene->east.load = 0.8; /* by now as much as west, more or less */
    pass(scene, 2.5);       /* a beat tells it */
    for (uint8_t i = 0; i < 6; i++) {
        struct page_id page = { { i + 1 } };
        struct practitioner_id whose = { { 7, i } };
        struct actor doctor = doctor_of(scene, given->clinic.id, whose);
        assert_true(offer_of(scene->given, &doctor, page).answered);
    }
    assert_int_equal(joins(&scene->east), 3);
    assert_int_equal(joins(&scene->west), 3);
}

static void a_new_process_finds_them_where_they_are(void **state)
{
    struct scene *scene = *state;

    both_join(scene);
    stop(scene->given);
    scene->west.load = 0;
    scene->east.load = 1;
    relay_end_forget(&scene->east);
    start(scene->given);
    AWAIT(scene, up_count(scene) == 2);
    both_join(scene);
    assert_int_equal(joins(&scene->east), 2);
    assert_int_equal(joins(&scene->west), 0);
}

static void a_second_relay_of_one_name_is_not_used(void **state)
{
    struct scene *scene = *state;

    relay_end_hide(&scene->west);
    relay_end_hide(&scene->east);
    AWAIT(scene, up_count(scene) == 0);
    scene->west.name = "east";
    scene->west.load = 0;
    relay_end_listen(&scene->east);
    AWAIT(scene, up_count(scene) == 1);
    relay_end_listen(&scene->west);
    pass(scene, 2.5);
    assert_int_equal(up_count(scene), 1);
    assert_string_equal(app_readiness(scene->given->app).slower
                            ? app_readiness(scene->given->app).slower
                            : "",
                        "");
}

/* ---- a relay dies ---------------------------------------------------------
 */

static void when_a_relay_dies_its_calls_go_on_elsewhere(void **state)
{
    struct scene *scene = *state;

    call(scene);
    relay_end_hide(&scene->east);
    ev_tstamp begin = ev_time();
    AWAIT(scene, scene->agains == 2 && routes_at(scene, &scene->west) == 2);
    print_message("told after %.1f s\n", ev_time() - begin);
    both_join(scene);
    assert_int_equal(joins(&scene->west), 2);
    assert_true(
        state_of(scene->given, scene->patient.consultation).service_failed);
    /* Only its line was cut: its room is emptied, nobody moves back. */
    scene->agains = 0;
    relay_end_listen(&scene->east);
    AWAIT(scene, up_count(scene) == 2 && routes_at(scene, &scene->east) == 0);
    assert_int_equal(routes_at(scene, &scene->west), 2);
    assert_int_equal(scene->agains, 0);
}

static void a_short_absence_moves_nobody(void **state)
{
    struct scene *scene = *state;

    call(scene);
    relay_end_hang_up(&scene->east); /* and comes again with the next beat */
    AWAIT(scene, up_count(scene) == 1);
    AWAIT(scene, up_count(scene) == 2);
    pass(scene, 1.);
    assert_int_equal(scene->agains, 0);
    assert_int_equal(routes_at(scene, &scene->east), 2);
    assert_int_equal(routes_at(scene, &scene->west), 0);
}

static void the_end_reaches_every_relay(void **state)
{
    struct scene *scene = *state;

    call(scene);
    relay_end_stray(&scene->west, scene->patient.consultation);
    ended(scene->given, scene->patient, 0);
    assert_int_equal(routes_at(scene, &scene->west), 0);
    assert_int_equal(routes_at(scene, &scene->east), 0);
}

static void a_stray_room_is_emptied_and_the_call_stays(void **state)
{
    struct scene *scene = *state;

    call(scene);
    relay_end_stray(&scene->west, scene->patient.consultation);
    AWAIT(scene, routes_at(scene, &scene->west) == 0);
    assert_int_equal(routes_at(scene, &scene->east), 2);
    assert_int_equal(scene->agains, 0);
}

static void without_any_relay_it_says_so(void **state)
{
    struct scene *scene = *state;

    call(scene);
    relay_end_hide(&scene->west);
    relay_end_hide(&scene->east);
    AWAIT(scene, up_count(scene) == 0);
    assert_string_equal(app_readiness(scene->given->app).slower, "relay");
    assert_string_equal(
        offer_of(scene->given, &scene->patient, scene->patient_page).code,
        "no_relay");
    relay_end_listen(&scene->west); /* the other one stays away */
    AWAIT(scene, routes_at(scene, &scene->west) == 2);
    assert_null(app_readiness(scene->given->app).slower);
    both_join(scene);
    assert_int_equal(joins(&scene->west), 2);
}

/* ---- a node cut off from them ---------------------------------------------
 */

/* Another node says that it reaches both. */
static void another_reaches_them(struct scene *scene)
{
    static const char *const names[] = { "west", "east" };
    static const uint8_t other[8] = { 1, 2, 3 };
    uint8_t hash[32], marks[1 + 2 * 8] = { 1 };

    for (size_t i = 0; i < 2; i++) {
        (void)SHA256((const uint8_t *)names[i], strlen(names[i]), hash);
        memcpy(marks + 1 + 8 * i, hash, 8);
    }
    bus_lease(scene->given->app->bus, slice_of_text("relays"),
              slice(other, sizeof(other)), slice(marks, sizeof(marks)),
              clock_now_ms() + 60000);
}

static void a_node_that_reaches_none_leaves_the_work_to_others(void **state)
{
    struct scene *scene = *state;

    call(scene);
    pass(scene, 3.5); /* a new node is not judged, nor does it judge */
    another_reaches_them(scene);
    /* What says nothing may be gone as well: nobody moves there. */
    scene->west.mute = true;
    pass(scene, 1.4);
    relay_end_hide(&scene->east);
    AWAIT(scene, up_count(scene) == 0);
    relay_end_hide(&scene->west);
    scene->west.mute = false;
    pass(scene, 2.5);
    assert_int_equal(scene->agains, 0);
    assert_string_equal(app_readiness(scene->given->app).because, "relay");

    /* One of them is back before the other: the call stays where it is. */
    relay_end_listen(&scene->west);
    AWAIT(scene, up_count(scene) == 1);
    assert_null(app_readiness(scene->given->app).because);
    pass(scene, 1.5);
    relay_end_listen(&scene->east);
    AWAIT(scene, up_count(scene) == 2);
    assert_int_equal(scene->agains, 0);
    assert_int_equal(routes_at(scene, &scene->east), 2);
    assert_int_equal(routes_at(scene, &scene->west), 0);
}

/* ---- a relay drains -------------------------------------------------------
 */

static void say_draining(struct relay_end *end)
{
    end->draining = true;
    relay_end_say(end, json_pack("{s:s}", "event", "draining"));
}

static void whoever_waits_leaves_a_relay_that_drains(void **state)
{
    struct scene *scene = *state;

    both_join(scene);
    waits(scene->given, scene->patient);
    say_draining(&scene->east);
    AWAIT(scene, scene->agains == 2);
    both_join(scene);
    assert_int_equal(joins(&scene->west), 2);
    pass(scene, 1.);
    assert_int_equal(scene->agains, 2);
}

static void a_call_is_awaited_on_a_relay_that_drains(void **state)
{
    struct scene *scene = *state;

    call(scene);
    say_draining(&scene->east);
    pass(scene, 2.5);
    assert_int_equal(scene->agains, 0);
    assert_int_equal(routes_at(scene, &scene->east), 2);
    ended(scene->given, scene->patient, 0);
    AWAIT(scene, scene->agains > 0); /* the doctor */
    assert_true(
        offer_of(scene->given, &scene->given->doctor_actor, scene->doctor_page)
            .answered);
    assert_int_equal(joins(&scene->west), 1);
}

static void a_call_is_handed_over_before_the_end(void **state)
{
    struct scene *scene = *state;

    call(scene);
    scene->east.left_s = 60;
    say_draining(&scene->east);
    pass(scene, 2.5);
    assert_int_equal(scene->agains, 0);
    scene->east.left_s = 9; /* with the next beat */
    AWAIT(scene, scene->agains == 2 && routes_at(scene, &scene->west) == 2 &&
                     routes_at(scene, &scene->east) == 0);
    both_join(scene);
    assert_int_equal(joins(&scene->west), 2);
}

/* ---- what other nodes write -----------------------------------------------
 */

static int run_write(struct reader_of_store *writer, void *arg)
{
    return placement_write(writer, arg);
}

static void moved_elsewhere(struct scene *scene, const char *relay,
                            uint64_t generation)
{
    struct placement_row row = { .practitioner = scene->given->doctor.id,
                                 .generation = generation };

    strcpy(row.relay, relay);
    assert_int_equal(
        store_change_now(scene->given->app->store, run_write, &row), 1);
}

/* A node that slept has the wrong row in memory, and nobody told it. */
static void what_the_record_says_counts(void **state)
{
    struct scene *scene = *state;

    both_join(scene);
    waits(scene->given, scene->patient);
    moved_elsewhere(scene, "west", 2);
    struct command admit = a_command(COMMAND_ADMIT, scene->given->doctor_actor,
                                     scene->patient.consultation);
    must(scene->given, &admit);
    assert_int_equal(routes_at(scene, &scene->west), 2);
    assert_int_equal(routes_at(scene, &scene->east), 0);
    assert_int_equal(scene->agains, 2);
}

static void what_another_node_tells_is_followed(void **state)
{
    struct scene *scene = *state;
    uint8_t key[1 + ID_BYTES] = { 'R' };

    call(scene);
    moved_elsewhere(scene, "west", 2);
    memcpy(key + 1, scene->given->doctor.id.bytes, ID_BYTES);
    bus_publish(scene->given->app->bus, slice(key, sizeof(key)), 2);
    AWAIT(scene, scene->agains == 2 && routes_at(scene, &scene->west) == 2 &&
                     routes_at(scene, &scene->east) == 0);
    both_join(scene);
    assert_int_equal(joins(&scene->west), 2);
    /* The end it left says goodbye: that is no news of the new one. */
    const json_t *join = scene->east.asked[0];
    relay_end_say(&scene->east, json_pack("{s:s,s:O}", "event", "gone", "peer",
                                          json_object_get(join, "peer")));
    pass(scene, .5);
    assert_int_equal(scene->agains, 2);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_make, scene_end)
    const struct CMUnitTest tests[] = {
        CASE(a_practitioner_goes_where_the_load_is_least),
        CASE(a_page_that_offers_again_takes_its_offer_back),
        CASE(alike_relays_share_the_practitioners),
        CASE(a_new_process_finds_them_where_they_are),
        CASE(a_second_relay_of_one_name_is_not_used),
        CASE(when_a_relay_dies_its_calls_go_on_elsewhere),
        CASE(a_short_absence_moves_nobody),
        CASE(the_end_reaches_every_relay),
        CASE(a_stray_room_is_emptied_and_the_call_stays),
        CASE(without_any_relay_it_says_so),
        CASE(a_node_that_reaches_none_leaves_the_work_to_others),
        CASE(whoever_waits_leaves_a_relay_that_drains),
        CASE(a_call_is_awaited_on_a_relay_that_drains),
        CASE(a_call_is_handed_over_before_the_end),
        CASE(what_the_record_says_counts),
        CASE(what_another_node_tells_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
