/*
 * Two nodes that share one record (tests/with-postgres; without a server there
 * is nothing to share and the tests pass). Both get conflicting commands for
 * one visit at the same moment; a checker of its own then looks for one order
 * of them that explains every answer.
 */
#include "base/log.h"
#include "tests/unit/app/given.h"

#define AT_ONCE   6 /* of one history, sent to both nodes in turn */
#define HISTORIES 40
#define WAVERS    300 /* at each node */

/* ---- a history --------------------------------------------------------------
 */

struct history {
    struct consultation visit; /* before */
    struct agenda agenda;
    struct policy policy;
    struct command commands[AT_ONCE];
    struct answer answers[AT_ONCE];
};

struct order {
    const struct history *history;
    struct consultation visit; /* after those that were placed */
    struct agenda agenda;
    bool placed[AT_ONCE];    /* accepted, and in this order by now */
    bool explained[AT_ONCE]; /* refused, and so it would have been */
};

static bool decided(const struct order *order, int i, struct decision *out)
{
    struct situation situation = { .visit = &order->visit,
                                   .agenda = &order->agenda,
                                   .agenda_clinic = order->visit.clinic,
                                   .policy = &order->history->policy };

    decide(&situation, &order->history->commands[i], out);
    return out->refusal == order->history->answers[i].refusal;
}

static void explain_refusals(struct order *order)
{
    struct decision decision;

    for (int i = 0; i < AT_ONCE; i++)
        if (order->history->answers[i].refusal != REFUSED_NOTHING &&
            decided(order, i, &decision))
            order->explained[i] = true;
}

static enum event_kind first_of(const struct decision *decision)
{
    return decision->count > 0 ? decision->events[0].event.kind : EVENT_KINDS;
}

/* The command next in this order; false when its answer would be another. */
static bool place(struct order *order, int i)
{
    const struct answer *answer = &order->history->answers[i];
    struct decision decision;

    if (!decided(order, i, &decision))
        return false;
    for (size_t k = 0; k < decision.count; k++) {
        struct event *event = &decision.events[k].event;
        if (decision.events[k].target == TARGET_VISIT)
            consultation_apply(&order->visit, event);
        else
            agenda_apply(&order->agenda, event);
    }
    order->placed[i] = true;
    explain_refusals(order);
    /* Who was told that it wrote something did not find it done already. */
    return answer->seq == order->visit.seq &&
           answer->first == first_of(&decision);
}

static bool search(const struct order *order)
{
    bool whole = true, explained = true;

    for (int i = 0; i < AT_ONCE; i++) {
        bool accepted = order->history->answers[i].refusal == REFUSED_NOTHING;
        if (accepted && !order->placed[i]) {
            struct order next = *order;
            whole = false;
            if (place(&next, i) && search(&next))
                return true;
        }
        if (!accepted && !order->explained[i])
            explained = false;
    }
    return whole && explained;
}

/* Is there one order that explains all answers? */
static bool has_an_order(const struct history *history)
{
    static struct order order;

    memset(&order, 0, sizeof(order));
    order.history = history;
    order.visit = history->visit;
    order.agenda = history->agenda;
    explain_refusals(&order);
    return search(&order);
}

/* ---- two nodes --------------------------------------------------------------
 */

struct nodes {
    struct given *first; /* made the database */
    struct given second;
};

static int nodes_new(void **state)
{
    struct nodes *nodes = calloc(1, sizeof(*nodes));
    void *first;

    *state = nodes;
    if (!given_server())
        return 0;
    log_threshold(LOG_LEVEL_ERROR);
    given_new(&first);
    nodes->first = first;
    nodes->second = *nodes->first;
    nodes->second.app = NULL;
    start(&nodes->second); /* on the same loop */
    return 0;
}

static int nodes_free(void **state)
{
    struct nodes *nodes = *state;
    void *first = nodes->first;

    if (first) {
        stop(&nodes->second);
        given_free(&first);
    }
    free(nodes);
    return 0;
}

static uint32_t draw(uint32_t below)
{
    uint32_t number;

    secret_random(&number, sizeof(number));
    return number % below;
}

static int add_practitioner(struct reader_of_store *writer, void *arg)
{
    const struct practitioner *practitioner = arg;
    int err = directory_put_practitioner(writer, practitioner);

    return err ? err
               : directory_put_reason(writer, practitioner->id, "Consultation");
}

static void reloaded(void *arg, int status)
{
    assert_int_equal(status, 0);
    *(bool *)arg = true;
}

/* Each visit has a doctor of its own, who is free. */
static void next_doctor(struct nodes *nodes)
{
    struct given *both[] = { nodes->first, &nodes->second };

    secret_random(nodes->first->doctor.id.bytes, ID_BYTES);
    nodes->first->doctor_actor.practitioner = nodes->first->doctor.id;
    assert_int_equal(store_change_now(nodes->first->app->store,
                                      add_practitioner, &nodes->first->doctor),
                     0);
    for (int i = 0; i < 2; i++) {
        bool done = false;
        directory_reload(both[i]->app->directory, reloaded, &done);
        turn_until(both[i], &done);
    }
}

/* ---- the commands -----------------------------------------------------------
 */

static void draw_command(struct given *given, struct actor patient,
                         struct command *out)
{
    struct consultation_id id = patient.consultation;
    struct actor doctor = given->doctor_actor;

    switch (draw(10)) {
    case 0:
        *out = a_command(COMMAND_ADMIT, doctor, id);
        break;
    case 1:
        *out = a_command(COMMAND_PUT_BACK, doctor, id);
        break;
    case 2:
        *out = a_command(COMMAND_END, doctor, id);
        out->end.how = ENDED_VIDEO;
        out->end.due = DUE_NOTHING;
        break;
    case 3:
        *out = a_command(COMMAND_NO_SHOW, doctor, id);
        break;
    case 4:
        *out = a_command(COMMAND_CANCEL, given->secretary, id);
        out->cancel.by = CANCELLED_BY_CLINIC;
        break;
    case 5:
        *out = a_command(COMMAND_ARRIVE, patient, id);
        break;
    case 6:
        *out = a_command(COMMAND_LEAVE, patient, id);
        break;
    case 7:
        *out = a_command(COMMAND_CONTINUE_BY_TELEPHONE, doctor, id);
        break;
    case 8:
        *out = a_command(COMMAND_SETTLE, given->secretary, id);
        out->settle.how = SETTLEMENT_CASH;
        break;
    default:
        *out = a_command(COMMAND_WAIVE, given->secretary, id);
        strcpy(out->why.reason, "geste");
        break;
    }
}

static struct consultation_id book_now(struct nodes *nodes)
{
    struct given *given = nodes->first;

    next_doctor(nodes);
    struct command book = a_booking(given, clock_now_ms() + MINUTE_MS);
    book.book.duration_min = 5;
    struct answer answer = submit(given, &book);
    assert_int_equal(answer.refusal, REFUSED_NOTHING);
    return answer.consultation;
}

/* At one moment of a visit, six commands to two nodes at once. */
static void make_history(struct nodes *nodes, struct history *out)
{
    struct given *given = nodes->first;
    struct actor patient = a_patient(given, book_now(nodes));
    struct heard heard[AT_ONCE] = { { .done = false } };
    struct seen *seen = calloc(1, sizeof(*seen));

    switch (draw(3)) {
    case 0:
        break;
    case 1:
        waits(given, patient);
        break;
    default:
        admitted(given, patient);
        break;
    }
    engine_state(given->app->engine, patient.consultation, see, seen);
    turn_until(given, &seen->done);
    out->visit = seen->visit;
    out->agenda = seen->agenda;
    out->policy = directory_policy(given->app->directory, given->clinic.id);
    free(seen);
    for (int i = 0; i < AT_ONCE; i++) {
        struct given *node = i % 2 ? &nodes->second : given;
        draw_command(given, patient, &out->commands[i]);
        out->commands[i].now_ms = clock_now_ms();
        engine_submit(node->app->engine, &out->commands[i], hear, &heard[i]);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        turn_until(given, &heard[i].done);
        out->answers[i] = heard[i].answer;
    }
}

static void tell(const struct history *history)
{
    for (int i = 0; i < AT_ONCE; i++)
        print_error("%s -> %s seq %d\n",
                    command_verb(history->commands[i].kind),
                    refusal_code(history->answers[i].refusal),
                    (int)history->answers[i].seq);
}

static unsigned histories(void)
{
    const char *wanted = getenv("VESTIBULE_TEST_HISTORIES");

    return wanted ? (unsigned)strtoul(wanted, NULL, 10) : HISTORIES;
}

static void one_order_explains_all_answers(void **state)
{
    struct nodes *nodes = *state;
    static struct history history;
    unsigned accepted = 0, refused = 0;

    if (!given_server())
        return;
    for (unsigned i = 0; i < histories(); i++) {
        make_history(nodes, &history);
        if (!has_an_order(&history)) {
            tell(&history);
            fail_msg("history %u has no order", i);
        }
        for (int k = 0; k < AT_ONCE; k++)
            if (history.answers[k].refusal == REFUSED_NOTHING)
                accepted += 1;
            else
                refused += 1;
        if (i % 500 == 499)
            print_message("%u histories, all with an order\n", i + 1);
    }
    print_message("%u histories: %u accepted, %u refused\n", histories(),
                  accepted, refused);
    assert_true(accepted > histories() / 2 && refused > histories() / 2);
}

/* A doctor who calls in and puts back without end, at one node. */
struct wavering {
    struct given *given;
    struct consultation_id id;
    unsigned left, quarrels;
    bool done;
};

static void waver(struct wavering *wavering);

static void wavered(void *arg, const struct answer *answer)
{
    struct wavering *wavering = arg;

    if (answer->refusal == REFUSED_ANOTHER_ADMITTED)
        wavering->quarrels += 1;
    if (--wavering->left > 0)
        waver(wavering);
    else
        wavering->done = true;
}

static void waver(struct wavering *wavering)
{
    struct command command =
        a_command(wavering->left % 2 ? COMMAND_PUT_BACK : COMMAND_ADMIT,
                  wavering->given->doctor_actor, wavering->id);

    engine_submit(wavering->given->app->engine, &command, wavered, wavering);
}

/* The agenda may name a visit that a node still knows as waiting, when it read
 * the one before and the other after a commit: no refusal may come of that. */
static void what_is_read_apart_refuses_nothing(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    struct consultation_id id = book_now(nodes);
    waits(nodes->first, a_patient(nodes->first, id));
    nodes->second.doctor_actor = nodes->first->doctor_actor;
    struct wavering both[] = {
        { .given = nodes->first, .id = id, .left = WAVERS },
        { .given = &nodes->second, .id = id, .left = WAVERS },
    };
    for (int i = 0; i < 2; i++)
        waver(&both[i]);
    for (int i = 0; i < 2; i++)
        turn_until(nodes->first, &both[i].done);
    for (int i = 0; i < 2; i++)
        assert_int_equal(both[i].quarrels, 0);
}

/* The next after `from` that wrote something, or -1. */
static int next_writer(const struct history *history, int from)
{
    for (int i = from + 1; i < AT_ONCE; i++)
        if (history->answers[i].refusal == REFUSED_NOTHING &&
            history->answers[i].first != EVENT_KINDS)
            return i;
    return -1;
}

static void must_have_no_order(const struct history *history)
{
    if (!has_an_order(history))
        return;
    tell(history);
    fail_msg("an order explains it");
}

/* Answers that a broken cluster would give: the checker must see it. */
static void the_checker_finds_planted_bugs(void **state)
{
    struct nodes *nodes = *state;
    static struct history good, bad;
    unsigned lost = 0, split = 0;

    if (!given_server())
        return;
    while (lost < 8 || split < 8) {
        make_history(nodes, &good);
        int one = next_writer(&good, -1), other = next_writer(&good, one);
        if (one < 0)
            continue;
        bad = good; /* written, and told as if it were not */
        bad.answers[one].refusal = REFUSED_OVERLAP;
        must_have_no_order(&bad);
        lost += 1;
        if (other < 0)
            continue;
        bad = good; /* two were told the same place, and no place is left */
        for (int i = 0; i < AT_ONCE; i++)
            if (bad.answers[i].first == EVENT_KINDS)
                bad.answers[i].refusal = REFUSED_OVERLAP;
        bad.answers[one].seq = bad.answers[other].seq;
        must_have_no_order(&bad);
        split += 1;
    }
}

/* What one node did, the other knows, with no word between them. */
static void a_state_is_never_old(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    struct consultation_id id = book_now(nodes);
    for (int i = 0; i < 4; i++) {
        struct given *writer = i % 2 ? nodes->first : &nodes->second;
        struct given *reader = i % 2 ? &nodes->second : nodes->first;
        uint64_t before = state_of(reader, id).seq;
        struct command fix =
            a_command(COMMAND_REISSUE_LINK, nodes->first->secretary, id);
        must(writer, &fix);
        assert_true(state_of(reader, id).seq > before);
    }
}

/* The first node wrote last, so it proposes from memory; meanwhile the second
 * moved on, and no word came of it. Nothing that the first one knows may be the
 * answer. */
static void an_old_state_only_proposes(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    struct given *first = nodes->first, *second = &nodes->second;
    struct actor patient = a_patient(first, book_now(nodes));
    struct command leave =
        a_command(COMMAND_LEAVE, patient, patient.consultation);
    struct command arrive =
        a_command(COMMAND_ARRIVE, patient, patient.consultation);
    struct command cancel =
        a_command(COMMAND_CANCEL, first->secretary, patient.consultation);
    waits(first, patient);
    uint64_t *conflicts = &first->app->metrics->appends[DATABASE_CONFLICT];
    uint64_t before = *conflicts;

    /* "It already is so" would be wrong. */
    must(second, &leave);
    uint64_t seq = state_of(second, patient.consultation).seq;
    struct answer answer = submit(first, &arrive);
    assert_int_equal(answer.refusal, REFUSED_NOTHING);
    assert_int_equal(answer.seq, seq + 1);
    assert_int_equal(*conflicts, before);
    /* So would be a yes. */
    cancel.cancel.by = CANCELLED_BY_CLINIC;
    must(second, &cancel);
    seq = state_of(second, patient.consultation).seq;
    leave.id = random_id();
    answer = submit(first, &leave);
    assert_int_equal(answer.refusal, REFUSED_CANCELLED);
    assert_int_equal(answer.seq, seq);
    assert_int_equal(*conflicts, before + 1);
    assert_int_equal(state_of(second, patient.consultation).seq, seq);
}

/* Nor may it be in whose agenda the visit stands. */
static void an_old_state_does_not_know_whose_visit_it_is(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    struct given *first = nodes->first, *second = &nodes->second;
    struct consultation_id id = book_now(nodes);
    struct practitioner_id from = first->doctor.id;
    int64_t at_ms = clock_now_ms() + 60 * MINUTE_MS;
    struct command to = a_command(COMMAND_REASSIGN, first->secretary, id);
    struct command move = a_command(COMMAND_RESCHEDULE, first->secretary, id);

    next_doctor(nodes);
    to.practitioner = first->doctor.id;
    to.move.start_ms = at_ms;
    to.move.duration_min = 5;
    must(second, &to);
    move.move = to.move;
    move.move.start_ms += 10 * MINUTE_MS;
    must(first, &move);
    move.id = random_id(); /* taken now, in the agenda of who has it */
    move.consultation = booked(first);
    assert_int_equal(submit(second, &move).refusal, REFUSED_OVERLAP);
    /* Back, of which the first node knows nothing: it is theirs already. */
    to.id = random_id();
    to.practitioner = from;
    must(second, &to);
    to.id = random_id();
    to.practitioner = first->doctor.id;
    must(first, &to);
    assert_true(practitioner_id_equal(state_of(second, id).practitioner,
                                      first->doctor.id));
}

/* Somebody who never stops looking. */
struct onlooker {
    struct given *given;
    struct consultation_id id;
    bool enough, done;
};

static void look_on(void *arg, const struct consultation *visit,
                    const struct agenda *agenda)
{
    struct onlooker *onlooker = arg;

    (void)visit, (void)agenda;
    if (onlooker->enough)
        onlooker->done = true;
    else
        engine_state(onlooker->given->app->engine, onlooker->id, look_on,
                     onlooker);
}

/* A look may find an event in the record before the engine hears that its own
 * append was committed: then it must not be counted twice. */
static void looking_on_moves_nothing(void **state)
{
    struct nodes *nodes = *state;

    if (!given_server())
        return;
    struct onlooker onlooker = { .given = nodes->first, .id = book_now(nodes) };
    look_on(&onlooker, NULL, NULL);
    for (int i = 0; i < 200; i++) {
        struct command fix = a_command(COMMAND_REISSUE_LINK,
                                       nodes->first->secretary, onlooker.id);
        must(nodes->first, &fix);
        assert_int_equal(state_of(nodes->first, onlooker.id).seq,
                         state_of(&nodes->second, onlooker.id).seq);
    }
    onlooker.enough = true;
    turn_until(nodes->first, &onlooker.done);
}

struct awaited {
    struct consultation_id id; /* none: any visit */
    uint64_t seq;
    bool done;
};

static void await_move(void *arg, const struct app_moved *moved)
{
    struct awaited *awaited = arg;

    if (consultation_id_is_none(moved->visit) || moved->seq < awaited->seq)
        return;
    if (consultation_id_is_none(awaited->id))
        awaited->id = moved->visit;
    if (consultation_id_equal(moved->visit, awaited->id))
        awaited->done = true;
}

static void what_moved_elsewhere_is_told_here(void **state)
{
    struct nodes *nodes = *state;
    struct awaited awaited = { .seq = 1 };

    if (!given_server())
        return;
    app_on_moved(nodes->second.app, await_move, &awaited);
    /* Booked elsewhere: found through the agenda. */
    struct consultation_id id = book_now(nodes);
    turn_until(nodes->first, &awaited.done);
    assert_true(consultation_id_equal(awaited.id, id));
    /* And moved on, while it is shown here. */
    struct actor patient = a_patient(nodes->first, id);
    awaited.seq = state_of(&nodes->second, id).seq + 1;
    awaited.done = false;
    waits(nodes->first, patient);
    turn_until(nodes->first, &awaited.done);
    app_on_moved(nodes->second.app, NULL, NULL);
}

int main(void)
{
#define WITH_NODES(test)                                                       \
    cmocka_unit_test_setup_teardown(test, nodes_new, nodes_free)
    const struct CMUnitTest tests[] = {
        WITH_NODES(one_order_explains_all_answers),
        WITH_NODES(what_is_read_apart_refuses_nothing),
        WITH_NODES(the_checker_finds_planted_bugs),
        WITH_NODES(a_state_is_never_old),
        WITH_NODES(an_old_state_only_proposes),
        WITH_NODES(an_old_state_does_not_know_whose_visit_it_is),
        WITH_NODES(looking_on_moves_nothing),
        WITH_NODES(what_moved_elsewhere_is_told_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
