/* Who may hear whom: the app against the relay's side of the socket. */
#include "tests/unit/app/offered.h"
#include "tests/unit/app/relay_end.h"

#include "base/text.h"
#include "signaling/app/media_inside.h"

struct scene {
    struct given *given;
    struct relay_end relay;
    struct actor patient;
    struct page_id patient_page;
    struct page_id doctor_page;
    bool up;
    struct media_event events[50];
    size_t count;
    bool awaited; /* an event of this kind came */
    enum media_event_kind kind;
};

static void hear_media(void *arg, const struct media_event *event)
{
    struct scene *scene = arg;

    if (event->kind == scene->kind)
        scene->awaited = true;
    if (scene->count < 50)
        scene->events[scene->count++] = *event;
}

static void await_up(struct scene *scene)
{
    for (int i = 0; i < 200 && !media_is_up(scene->given->app->media); i++)
        ev_run(scene->given->loop, EVRUN_ONCE);
    assert_true(media_is_up(scene->given->app->media));
}

static void await_event(struct scene *scene, enum media_event_kind kind)
{
    scene->kind = kind;
    scene->awaited = false;
    turn_until(scene->given, &scene->awaited);
}

static int scene_make(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    void *given;

    assert_int_equal(given_new(&given), 0);
    scene->given = given;
    stop(scene->given);
    relay_end_start(&scene->relay, scene->given->loop, scene->given->folder);
    scene->given->relay_control = scene->relay.path;
    start(scene->given);
    media_on_event(scene->given->app->media, hear_media, scene);
    secret_random(scene->patient_page.bytes, ID_BYTES);
    secret_random(scene->doctor_page.bytes, ID_BYTES);
    await_up(scene);
    scene->patient = a_patient(scene->given, booked(scene->given));
    *state = scene;
    return 0;
}

static int scene_end(void **state)
{
    struct scene *scene = *state;
    void *given = scene->given;

    stop(scene->given);
    relay_end_stop(&scene->relay);
    free(scene);
    return given_free(&given);
}

/* Both connected; nobody admitted. */
static void both_there(struct scene *scene)
{
    assert_true(
        offer_of(scene->given, &scene->patient, scene->patient_page).answered);
    assert_true(
        offer_of(scene->given, &scene->given->doctor_actor, scene->doctor_page)
            .answered);
}

static size_t routes_of(const struct scene *scene, struct consultation_id id)
{
    return relay_end_routes(&scene->relay, id);
}

/* Which visit is shown to this page. */
static bool is_shown(struct scene *scene, struct page_id page,
                     struct consultation_id *out)
{
    struct media_event shown;

    if (!media_shown(scene->given->app->media, page, &shown))
        return false;
    *out = shown.visit;
    return true;
}

static void admit(struct scene *scene)
{
    struct command admit = a_command(COMMAND_ADMIT, scene->given->doctor_actor,
                                     scene->patient.consultation);

    waits(scene->given, scene->patient);
    assert_int_equal(routes_of(scene, scene->patient.consultation), 0);
    must(scene->given, &admit);
}

static void nobody_is_routed_before_admission(void **state)
{
    struct scene *scene = *state;

    both_there(scene);
    waits(scene->given, scene->patient);
    assert_null(relay_end_asked(&scene->relay, "route"));
    const json_t *join = relay_end_asked(&scene->relay, "join");
    char place[ID_TEXT];
    text_base64url(slice(scene->given->doctor.id.bytes, ID_BYTES), place);
    assert_string_equal(json_string_value(json_object_get(join, "place")),
                        place);
}

static void admission_is_told_after_the_relay_agreed(void **state)
{
    struct scene *scene = *state;
    struct consultation_id id = scene->patient.consultation;
    struct consultation_id visit;

    both_there(scene);
    admit(scene);
    /* The answer to the command came after the routes were set. */
    assert_int_equal(routes_of(scene, id), 2);
    assert_true(is_shown(scene, scene->patient_page, &visit));
    assert_memory_equal(&visit, &id, ID_BYTES);
    assert_true(is_shown(scene, scene->doctor_page, &visit));
    const json_t *route = relay_end_asked(&scene->relay, "route");
    struct consultation now = state_of(scene->given, id);
    assert_int_equal(json_integer_value(json_object_get(route, "seq")),
                     now.seq);
    size_t slots = 0;
    for (size_t i = 0; i < scene->count; i++)
        if (scene->events[i].kind == MEDIA_SLOTS && scene->events[i].count > 0)
            slots += 1;
    assert_int_equal(slots, 2);
}

static void the_end_clears_the_routes_and_the_connection(void **state)
{
    struct scene *scene = *state;
    struct consultation_id visit;

    both_there(scene);
    admit(scene);
    ended(scene->given, scene->patient, 0);
    assert_int_equal(routes_of(scene, scene->patient.consultation), 0);
    assert_false(is_shown(scene, scene->patient_page, &visit));
    assert_non_null(relay_end_asked(&scene->relay, "leave"));
    assert_string_equal(
        offer_of(scene->given, &scene->patient, scene->patient_page).code,
        "ended");
}

static void put_back_and_telephone_clear_the_routes(void **state)
{
    struct scene *scene = *state;
    struct given *given = scene->given;
    struct consultation_id id = scene->patient.consultation;
    struct command back = a_command(COMMAND_PUT_BACK, given->doctor_actor, id);
    struct command admit_again =
        a_command(COMMAND_ADMIT, given->doctor_actor, id);
    struct command telephone =
        a_command(COMMAND_CONTINUE_BY_TELEPHONE, given->doctor_actor, id);

    both_there(scene);
    admit(scene);
    must(given, &back);
    assert_int_equal(routes_of(scene, id), 0);
    must(given, &admit_again);
    assert_int_equal(routes_of(scene, id), 2);
    telephone.telephone.cause = TELEPHONE_VIDEO_FAILED;
    must(given, &telephone);
    assert_int_equal(routes_of(scene, id), 0);
}

static void a_mute_relay_delays_but_does_not_stop(void **state)
{
    struct scene *scene = *state;

    both_there(scene);
    waits(scene->given, scene->patient);
    scene->relay.mute = true;
    struct command admit = a_command(COMMAND_ADMIT, scene->given->doctor_actor,
                                     scene->patient.consultation);
    ev_tstamp begin = ev_time();
    must(scene->given, &admit);
    assert_true(ev_time() - begin < 2.);
    scene->relay.mute = false;
    await_event(scene, MEDIA_SLOTS); /* it is asked again */
    assert_int_equal(routes_of(scene, scene->patient.consultation), 2);
}

static void a_page_that_takes_over_gets_the_routes(void **state)
{
    struct scene *scene = *state;
    struct given *given = scene->given;
    struct page_id tablet;
    struct consultation_id visit;

    both_there(scene);
    admit(scene);
    secret_random(tablet.bytes, ID_BYTES);
    assert_string_equal(offer_of(scene->given, &scene->patient, tablet).code,
                        "elsewhere");
    presence_take_over(given->app->presence, &scene->patient, tablet);
    scene->count = 0;
    assert_true(offer_of(scene->given, &scene->patient, tablet).answered);
    for (int i = 0; i < 200 && !is_shown(scene, tablet, &visit); i++)
        ev_run(given->loop, EVRUN_ONCE);
    assert_true(is_shown(scene, tablet, &visit));
    assert_false(is_shown(scene, scene->patient_page, &visit));
}

static void a_newer_claim_cuts_the_old_device(void **state)
{
    struct scene *scene = *state;
    struct consultation_id id = scene->patient.consultation;

    both_there(scene);
    admit(scene);
    const json_t *join = scene->relay.asked[0];
    char *old = strdup(json_string_value(json_object_get(join, "peer")));
    struct actor anew = a_patient(scene->given, id);
    const json_t *route = relay_end_asked(&scene->relay, "route");
    char *routes = json_dumps(route, 0);
    assert_null(strstr(routes, old));
    const json_t *leave = relay_end_asked(&scene->relay, "leave");
    assert_string_equal(json_string_value(json_object_get(leave, "peer")), old);
    free(routes);
    free(old);
    /* The newer device holds at once; the older one cannot hold any more. */
    struct page_id tablet;
    secret_random(tablet.bytes, ID_BYTES);
    assert_true(presence_hold(scene->given->app->presence, &anew, tablet));
    assert_false(presence_hold(scene->given->app->presence, &scene->patient,
                               scene->patient_page));
}

static void a_relay_that_was_restarted_gets_its_rooms_again(void **state)
{
    struct scene *scene = *state;
    struct consultation_id id = scene->patient.consultation;

    both_there(scene);
    admit(scene);
    scene->count = 0;
    relay_end_restart(&scene->relay);
    await_event(scene, MEDIA_AGAIN);
    await_up(scene);
    both_there(scene);
    for (int i = 0; i < 200 && routes_of(scene, id) != 2; i++)
        ev_run(scene->given->loop, EVRUN_ONCE);
    assert_int_equal(routes_of(scene, id), 2);
    assert_true(state_of(scene->given, id).service_failed);
}

static void a_new_process_leaves_a_call_alone_and_ends_old_ones(void **state)
{
    struct scene *scene = *state;
    struct given *given = scene->given;
    struct consultation_id id = scene->patient.consultation;
    struct consultation_id ended_one = { { 9, 9, 9 } };
    char name[ID_TEXT];

    both_there(scene);
    admit(scene);
    stop(given);
    relay_end_forget(&scene->relay);
    /* A room that no visit of ours accounts for. */
    struct command book = a_booking(given, clock_now_ms() + 60 * MINUTE_MS);
    start(given);
    media_on_event(given->app->media, hear_media, scene);
    ended_one = submit(given, &book).consultation;
    text_base64url(slice(ended_one.bytes, ID_BYTES), name);
    json_object_set_new(scene->relay.rooms, name,
                        json_pack("{s:s,s:i,s:[{s:s,s:s,s:i}]}", "room", name,
                                  "seq", 1, "routes", "from", "a", "to", "b",
                                  "slot", 1));
    await_up(scene);
    for (int i = 0; i < 400 && routes_of(scene, ended_one) != 0; i++)
        ev_run(given->loop, EVRUN_ONCE);
    assert_int_equal(routes_of(scene, ended_one), 0);
    assert_int_equal(routes_of(scene, id), 2); /* nobody's call was cut */

    /* The pages come back under the same names: they are known again. */
    assert_true(presence_hold(given->app->presence, &scene->patient,
                              scene->patient_page));
    assert_true(presence_hold(given->app->presence, &given->doctor_actor,
                              scene->doctor_page));
    await_event(scene, MEDIA_SLOTS);
    assert_int_equal(routes_of(scene, id), 2);
}

/* While the record cannot be read no page comes in, and leases run out: whoever
 * is not known then may be talking all the same. */
static void a_process_that_was_blind_leaves_a_call_alone(void **state)
{
    struct scene *scene = *state;
    struct given *given = scene->given;
    struct consultation_id id = scene->patient.consultation;

    if (!store_is_shared(given->app->store))
        return; /* it sees always: nobody else writes */
    both_there(scene);
    admit(scene);
    stop(given);
    relay_end_forget(&scene->relay);
    start(given);
    await_up(scene);
    media_check(given->app->media, id);
    (void)state_of(given, id); /* the room has been met */
    clock_advance(2LL * PRESENCE_LEASE_MS);
    media_check(given->app->media, id);
    for (int i = 0; i < 20; i++)
        (void)state_of(given, id);
    assert_int_equal(routes_of(scene, id), 2);
}

/* Turns the loop until so many events are written, and no more than that. */
static void await_seq(struct scene *scene, struct consultation_id id,
                      uint64_t seq)
{
    ev_tstamp begin = ev_time();

    while (state_of(scene->given, id).seq < seq &&
           ev_time() - begin < PATIENCE_S)
        ev_run(scene->given->loop, EVRUN_ONCE);
    assert_int_equal(state_of(scene->given, id).seq, seq);
}

static void a_lost_line_is_an_incident_once(void **state)
{
    struct scene *scene = *state;
    struct consultation_id id = scene->patient.consultation;

    both_there(scene);
    admit(scene);
    const char *peer =
        json_string_value(json_object_get(scene->relay.asked[0], "peer"));
    uint64_t seq = state_of(scene->given, id).seq;
    for (int i = 0; i < 2; i++) {
        relay_end_say(&scene->relay,
                      json_pack("{s:s,s:s}", "event", "lost", "peer", peer));
        await_event(scene, MEDIA_LOST);
    }
    await_seq(scene, id, seq + 1);
    relay_end_say(&scene->relay,
                  json_pack("{s:s,s:s}", "event", "back", "peer", peer));
    await_event(scene, MEDIA_BACK);
    await_seq(scene, id, seq + 2); /* and its end, after whatever came before */
    relay_end_say(&scene->relay,
                  json_pack("{s:s,s:s,s:i,s:f,s:f,s:i}", "event", "quality",
                            "peer", peer, "rtt_ms", 40, "loss_up", 0.25,
                            "loss_down", 0.5, "jitter_ms", 3));
    await_event(scene, MEDIA_QUALITY);
    const struct media_event *last = &scene->events[scene->count - 1];
    assert_int_equal(last->rtt_ms, 40);
    assert_true(last->loss_up > 0.24 && last->loss_up < 0.26);
    assert_memory_equal(&last->visit, &id, ID_BYTES);
}

static void is_told_dark(struct scene *scene, const char *peer)
{
    struct consultation_id id = scene->patient.consultation;

    relay_end_say(&scene->relay, json_pack("{s:s,s:s,s:b}", "event", "picture",
                                           "peer", peer, "shown", 0));
    await_event(scene, MEDIA_PICTURE);
    assert_false(scene->events[scene->count - 1].shown);
    assert_memory_equal(&scene->events[scene->count - 1].visit, &id, ID_BYTES);

    /* Who comes later is told too. */
    size_t before = scene->count;
    media_retell(scene->given->app->media, id);
    assert_int_equal(scene->count, before + 1);
    relay_end_say(&scene->relay, json_pack("{s:s,s:s,s:b}", "event", "picture",
                                           "peer", peer, "shown", 1));
    await_event(scene, MEDIA_PICTURE);
    assert_true(scene->events[scene->count - 1].shown);
    before = scene->count;
    media_retell(scene->given->app->media, id);
    assert_int_equal(scene->count, before);
}

static void a_line_that_carries_sound_only_is_told(void **state)
{
    struct scene *scene = *state;
    char peer[ID_TEXT];

    both_there(scene);
    admit(scene);
    media_peer_of_doctor(scene->given->doctor_actor.practitioner,
                         scene->doctor_page, peer);
    is_told_dark(scene, peer);
    is_told_dark(scene, json_string_value(
                            json_object_get(scene->relay.asked[0], "peer")));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_make, scene_end)
    const struct CMUnitTest tests[] = {
        CASE(nobody_is_routed_before_admission),
        CASE(admission_is_told_after_the_relay_agreed),
        CASE(the_end_clears_the_routes_and_the_connection),
        CASE(put_back_and_telephone_clear_the_routes),
        CASE(a_mute_relay_delays_but_does_not_stop),
        CASE(a_page_that_takes_over_gets_the_routes),
        CASE(a_newer_claim_cuts_the_old_device),
        CASE(a_relay_that_was_restarted_gets_its_rooms_again),
        CASE(a_new_process_leaves_a_call_alone_and_ends_old_ones),
        CASE(a_process_that_was_blind_leaves_a_call_alone),
        CASE(a_lost_line_is_an_incident_once),
        CASE(a_line_that_carries_sound_only_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
