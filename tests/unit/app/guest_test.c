/* Guests: the way in, and who may hear whom once there are more than two. */
#include "tests/unit/app/offered.h"
#include "tests/unit/app/relay_end.h"

#include "base/text.h"
#include "signaling/app/media_inside.h"

#define PEOPLE 4 /* doctor, patient, two guests */

struct scene {
    struct given *given;
    struct relay_end relay;
    struct consultation_id id;
    struct actor actors[PEOPLE]; /* doctor, patient, guests 1 and 2 */
    struct page_id pages[PEOPLE];
    struct media_event told[PEOPLE]; /* the last slots of each page */
    size_t times[PEOPLE];
};

static void hear_media(void *arg, const struct media_event *event)
{
    struct scene *scene = arg;

    for (size_t i = 0; event->kind == MEDIA_SLOTS && i < PEOPLE; i++)
        if (page_id_equal(event->page, scene->pages[i])) {
            scene->told[i] = *event;
            scene->times[i] += 1;
        }
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
    for (int i = 0; i < 200 && !media_is_up(scene->given->app->media); i++)
        ev_run(scene->given->loop, EVRUN_ONCE);
    for (size_t i = 0; i < PEOPLE; i++)
        secret_random(scene->pages[i].bytes, ID_BYTES);
    scene->id = booked(scene->given);
    scene->actors[0] = scene->given->doctor_actor;
    scene->actors[1] = a_patient(scene->given, scene->id);
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

/* ---- steps ----------------------------------------------------------------
 */

static struct link link_of(struct scene *scene, uint32_t number)
{
    struct consultation visit = state_of(scene->given, scene->id);

    return (struct link){
        .visit = scene->id,
        .person = (enum link_person)number,
        .generation = visit.guests.each[number - 1].link_generation,
    };
}

static struct claimed claim_guest(struct scene *scene, uint32_t number,
                                  const char *code)
{
    struct link link = link_of(scene, number);
    struct claimed claimed = { .done = false };
    char token[LINK_TOKEN_TEXT];
    char pin[LINK_PIN_TEXT];

    link_token(&scene->given->app->keys, &link, token);
    link_pin(&scene->given->app->keys, &link, pin);
    account_claim_guest(scene->given->app->account, random_id(),
                        slice_of_text(token), slice_of_text(code ? code : pin),
                        hear_claim, &claimed);
    turn_until(scene->given, &claimed.done);
    return claimed;
}

static void invite(struct scene *scene)
{
    struct command invite =
        a_command(COMMAND_INVITE_GUEST, scene->given->secretary, scene->id);

    strcpy(invite.invite.name, "Sam Interprète");
    strcpy(invite.invite.mail, "sam@interpretes.example");
    invite.invite.kind = GUEST_INTERPRETER;
    must(scene->given, &invite);
}

/* Invited, in by the code, promised, tested, waiting. */
static void guest_waits(struct scene *scene, uint32_t number)
{
    struct claimed claimed;
    struct actor *actor = &scene->actors[number + 1];

    invite(scene);
    claimed = claim_guest(scene, number, NULL);
    assert_int_equal(claimed.claim.refusal, REFUSED_NOTHING);
    *actor = claimed.session.actor;
    assert_int_equal(actor->guest, number);
    struct command consent = a_command(COMMAND_CONSENT, *actor, scene->id);
    struct command check = a_command(COMMAND_CHECK_DEVICE, *actor, scene->id);
    struct command arrive = a_command(COMMAND_ARRIVE, *actor, scene->id);
    consent.consent.accepted = true;
    strcpy(consent.consent.version, "g1");
    memset(consent.consent.hash, 9, HASH_BYTES);
    must(scene->given, &consent);
    must(scene->given, &check);
    must(scene->given, &arrive);
}

static bool offer(struct scene *scene, size_t who)
{
    return offer_of(scene->given, &scene->actors[who], scene->pages[who])
        .answered;
}

static void doctor_does(struct scene *scene, enum command_kind kind,
                        uint32_t number)
{
    struct command command = a_command(kind, scene->actors[0], scene->id);

    if (number > 0) {
        command.guest.number = number;
        command.guest.told = true;
    }
    must(scene->given, &command);
}

static void doctor_and_patient_talk(struct scene *scene)
{
    assert_true(offer(scene, 0));
    assert_true(offer(scene, 1));
    waits(scene->given, scene->actors[1]);
    doctor_does(scene, COMMAND_ADMIT, 0);
}

static const json_t *routes(struct scene *scene)
{
    char name[ID_TEXT];

    text_base64url(slice(scene->id.bytes, ID_BYTES), name);
    return json_object_get(json_object_get(scene->relay.rooms, name), "routes");
}

/* The slot in which `to` has `from`; 0: not routed. */
static int slot_of(struct scene *scene, size_t from, size_t to)
{
    char peers[PEOPLE][ID_TEXT];
    size_t index;
    json_t *route;

    media_peer_of_doctor(scene->actors[0].practitioner, scene->pages[0],
                         peers[0]);
    media_peer_of_patient(scene->id, scene->actors[1].device_generation,
                          scene->pages[1], peers[1]);
    for (uint32_t n = 1; n <= 2; n++)
        media_peer_of_guest(scene->id, n,
                            scene->actors[n + 1].device_generation,
                            scene->pages[n + 1], peers[n + 1]);
    json_array_foreach(
        routes(scene), index,
        route) if (strcmp(json_string_value(json_object_get(route, "from")),
                          peers[from]) == 0 &&
                   strcmp(json_string_value(json_object_get(route, "to")),
                          peers[to]) == 0) return (int)
        json_integer_value(json_object_get(route, "slot"));
    return 0;
}

/* ---- the way in -----------------------------------------------------------
 */

static void hear_look(void *arg, const struct link_look *look)
{
    *(int *)arg = (int)look->state;
}

static enum link_state look(struct scene *scene, const struct link *link)
{
    int state = -1;
    char token[LINK_TOKEN_TEXT];

    link_token(&scene->given->app->keys, link, token);
    account_look(scene->given->app->account, slice_of_text(token), hear_look,
                 &state);
    for (int i = 0; i < 200 && state < 0; i++)
        ev_run(scene->given->loop, EVRUN_ONCE);
    return (enum link_state)state;
}

static void a_link_alone_is_not_a_way_in(void **state)
{
    struct scene *scene = *state;

    invite(scene);
    struct claimed wrong = claim_guest(scene, 1, "12345");
    assert_int_equal(wrong.claim.refusal, REFUSED_NOTHING);
    assert_true(wrong.claim.wrong_birth);
    assert_null(wrong.claim.cookie);
    assert_int_equal(wrong.claim.tries_left, 4);
    /* Nor does the patient's birth date lead in by it. */
    struct claimed patients =
        claim(scene->given, scene->id, (struct date){ 1950, 3, 2 });
    assert_int_equal(patients.session.actor.role, ROLE_PATIENT);
    struct claimed right = claim_guest(scene, 1, NULL);
    assert_int_equal(right.session.actor.role, ROLE_GUEST);
}

static void looking_consumes_nothing_and_tells_how_it_stands(void **state)
{
    struct scene *scene = *state;

    invite(scene);
    struct link link = link_of(scene, 1);
    assert_int_equal(look(scene, &link), LINK_OK);
    assert_int_equal(look(scene, &link), LINK_OK);
    struct command reissue = a_command(COMMAND_REISSUE_GUEST_LINK,
                                       scene->given->secretary, scene->id);
    reissue.guest.number = 1;
    must(scene->given, &reissue);
    assert_int_equal(look(scene, &link), LINK_REPLACED);
    link = link_of(scene, 1);
    struct command withdraw =
        a_command(COMMAND_WITHDRAW_GUEST, scene->given->secretary, scene->id);
    withdraw.guest.number = 1;
    must(scene->given, &withdraw);
    assert_int_equal(look(scene, &link), LINK_WITHDRAWN);
}

static void hear_session(void *arg, int status, const struct session *session)
{
    assert_int_equal(status, 0);
    *(int *)arg = session ? 1 : 0;
}

static int has_session(struct scene *scene, const char *cookie)
{
    int found = -1;

    account_session(scene->given->app->account, slice_of_text(cookie),
                    hear_session, &found);
    for (int i = 0; i < 200 && found < 0; i++)
        ev_run(scene->given->loop, EVRUN_ONCE);
    return found;
}

static void a_session_ends_with_its_link(void **state)
{
    struct scene *scene = *state;

    invite(scene);
    struct claimed first = claim_guest(scene, 1, NULL);
    assert_int_equal(has_session(scene, first.cookie), 1);
    struct claimed second = claim_guest(scene, 1, NULL);
    assert_int_equal(has_session(scene, first.cookie), 0);
    assert_int_equal(has_session(scene, second.cookie), 1);
    struct command withdraw =
        a_command(COMMAND_WITHDRAW_GUEST, scene->given->secretary, scene->id);
    withdraw.guest.number = 1;
    must(scene->given, &withdraw);
    assert_int_equal(has_session(scene, second.cookie), 0);
}

/* ---- who hears whom -------------------------------------------------------
 */

static void a_guest_is_not_routed_before_admission(void **state)
{
    struct scene *scene = *state;

    doctor_and_patient_talk(scene);
    guest_waits(scene, 1);
    assert_true(offer(scene, 2));
    assert_int_equal(json_array_size(routes(scene)), 2);
    assert_int_equal(slot_of(scene, 2, 0), 0);
    assert_int_equal(slot_of(scene, 0, 2), 0);
    assert_int_equal(scene->times[2], 0);
}

static void everybody_keeps_their_slot(void **state)
{
    struct scene *scene = *state;

    doctor_and_patient_talk(scene);
    guest_waits(scene, 1);
    guest_waits(scene, 2);
    assert_true(offer(scene, 2));
    assert_true(offer(scene, 3));
    doctor_does(scene, COMMAND_ADMIT_GUEST, 2);
    assert_int_equal(json_array_size(routes(scene)), 6);
    assert_int_equal(slot_of(scene, 1, 0), 1);
    assert_int_equal(slot_of(scene, 3, 0), 3);
    assert_int_equal(slot_of(scene, 0, 3), 1);
    assert_int_equal(slot_of(scene, 1, 3), 2);
    doctor_does(scene, COMMAND_ADMIT_GUEST, 1);
    assert_int_equal(json_array_size(routes(scene)), 12);
    assert_int_equal(slot_of(scene, 2, 0), 2);
    assert_int_equal(slot_of(scene, 3, 0), 3);
    assert_int_equal(slot_of(scene, 2, 3), 3);
    assert_int_equal(slot_of(scene, 1, 3), 2);
    /* Each page was told by name. */
    assert_int_equal(scene->told[0].count, 3);
    assert_int_equal(scene->told[0].seats[1].role, ROLE_GUEST);
    assert_int_equal(scene->told[0].seats[1].slot, 2);
    assert_string_equal(scene->told[0].seats[1].name, "Sam Interprète");
    doctor_does(scene, COMMAND_DISMISS_GUEST, 1);
    assert_int_equal(json_array_size(routes(scene)), 6);
    assert_int_equal(slot_of(scene, 3, 0), 3);
    assert_int_equal(slot_of(scene, 0, 2), 0);
    assert_int_equal(scene->told[2].count, 0);
}

static void the_end_and_the_telephone_leave_no_route(void **state)
{
    struct scene *scene = *state;

    doctor_and_patient_talk(scene);
    guest_waits(scene, 1);
    assert_true(offer(scene, 2));
    doctor_does(scene, COMMAND_ADMIT_GUEST, 1);
    assert_int_equal(json_array_size(routes(scene)), 6);
    doctor_does(scene, COMMAND_PUT_BACK, 0);
    assert_int_equal(json_array_size(routes(scene)), 0);
    doctor_does(scene, COMMAND_ADMIT, 0);
    assert_int_equal(json_array_size(routes(scene)), 2);
    doctor_does(scene, COMMAND_ADMIT_GUEST, 1);
    struct command end = a_command(COMMAND_END, scene->actors[0], scene->id);
    end.end.due = DUE_NOTHING;
    must(scene->given, &end);
    assert_int_equal(json_array_size(routes(scene)), 0);
    assert_false(offer(scene, 2));
}

static void a_new_link_cuts_the_page_that_had_the_old_one(void **state)
{
    struct scene *scene = *state;

    doctor_and_patient_talk(scene);
    guest_waits(scene, 1);
    assert_true(offer(scene, 2));
    doctor_does(scene, COMMAND_ADMIT_GUEST, 1);
    doctor_does(scene, COMMAND_REISSUE_GUEST_LINK, 1);
    assert_int_equal(json_array_size(routes(scene)), 2);
    assert_non_null(relay_end_asked(&scene->relay, "leave"));
    assert_false(offer(scene, 2));
}

static void a_guest_who_is_away_keeps_the_place(void **state)
{
    struct scene *scene = *state;

    doctor_and_patient_talk(scene);
    guest_waits(scene, 1);
    assert_true(offer(scene, 2));
    doctor_does(scene, COMMAND_ADMIT_GUEST, 1);
    presence_let_go(scene->given->app->presence, &scene->actors[2],
                    scene->pages[2]);
    media_check(scene->given->app->media, scene->id);
    doctor_does(scene, COMMAND_PIN_GUEST, 1);
    assert_int_equal(slot_of(scene, 0, 2), 1);
    doctor_does(scene, COMMAND_DISMISS_GUEST, 1);
    assert_int_equal(json_array_size(routes(scene)), 2);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_make, scene_end)
    const struct CMUnitTest tests[] = {
        CASE(a_link_alone_is_not_a_way_in),
        CASE(looking_consumes_nothing_and_tells_how_it_stands),
        CASE(a_session_ends_with_its_link),
        CASE(a_guest_is_not_routed_before_admission),
        CASE(everybody_keeps_their_slot),
        CASE(the_end_and_the_telephone_leave_no_route),
        CASE(a_new_link_cuts_the_page_that_had_the_old_one),
        CASE(a_guest_who_is_away_keeps_the_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
