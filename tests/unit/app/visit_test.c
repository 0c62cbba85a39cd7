/* A whole visit over the real store: accounts, lists, texts, documents. */
#include "tests/unit/app/given.h"

#include "signaling/app/finder.h"

/* ---- sign in
 * ------------------------------------------------------------------ */

struct signed_in {
    bool done;
    enum sign_in_result result;
    char cookie[COOKIE_TEXT];
};

static void hear_sign_in(void *arg, const struct sign_in *answer)
{
    struct signed_in *heard = arg;

    heard->done = true;
    heard->result = answer->result;
    if (answer->cookie)
        strcpy(heard->cookie, answer->cookie);
}

static struct signed_in sign_in(struct given *given, const char *login,
                                const char *password)
{
    struct signed_in heard = { .done = false };

    account_sign_in(given->app->account, login, password, "192.0.2.1",
                    hear_sign_in, &heard);
    turn_until(given, &heard.done);
    return heard;
}

struct found {
    bool done;
    bool there;
    struct session session;
};

static void hear_session(void *arg, int status, const struct session *session)
{
    assert_int_equal(status, 0);
    struct found *found = arg;

    found->done = true;
    found->there = session != NULL;
    if (session)
        found->session = *session;
}

static struct found session_of(struct given *given, const char *cookie)
{
    struct found found = { .done = false };

    account_session(given->app->account, slice_of_text(cookie), hear_session,
                    &found);
    turn_until(given, &found.done);
    return found;
}

static void hear_done(void *arg, int status)
{
    assert_int_equal(status, 0);
    *(bool *)arg = true;
}

static void staff_sign_in_and_out(void **state)
{
    struct given *given = *state;
    struct signed_in in = sign_in(given, "camille", PASSWORD);

    assert_int_equal(in.result, SIGN_IN_OK);
    assert_int_equal(sign_in(given, "camille", "wrong").result, SIGN_IN_WRONG);
    assert_int_equal(sign_in(given, "nobody", PASSWORD).result, SIGN_IN_WRONG);
    stop(given);
    start(given);
    struct found found = session_of(given, in.cookie);
    assert_true(found.there);
    assert_int_equal(found.session.actor.role, ROLE_DOCTOR);
    assert_memory_equal(&found.session.actor.practitioner, &given->doctor.id,
                        ID_BYTES);
    bool done = false;
    account_sign_out(given->app->account, slice_of_text(in.cookie), hear_done,
                     &done);
    turn_until(given, &done);
    assert_false(session_of(given, in.cookie).there);
    assert_false(session_of(given, "nonsense").there);
}

static void too_many_tries_are_stopped(void **state)
{
    struct given *given = *state;
    enum sign_in_result last = SIGN_IN_OK;

    /* as fast as argon2id lets us: a slow machine is given more tries */
    for (int i = 0; i < 60 && last != SIGN_IN_TOO_MANY; i++)
        last = sign_in(given, "sam", "wrong").result;
    assert_int_equal(last, SIGN_IN_TOO_MANY);
    assert_int_equal(sign_in(given, "camille", PASSWORD).result, SIGN_IN_OK);
}

/* ---- links
 * ---------------------------------------------------------------------- */

struct looked {
    bool done;
    enum link_state state;
    bool clinic;
};

static void hear_look(void *arg, const struct link_look *look)
{
    struct looked *looked = arg;

    looked->done = true;
    looked->state = look->state;
    looked->clinic = look->clinic != NULL;
}

static enum link_state look(struct given *given, const char *token)
{
    struct looked looked = { .done = false };

    account_look(given->app->account, slice_of_text(token), hear_look, &looked);
    turn_until(given, &looked.done);
    return looked.state;
}

static void a_link_leads_in_until_it_is_replaced(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    char token[LINK_TOKEN_TEXT];

    token_of(given, id, token);
    assert_int_equal(look(given, token), LINK_OK);
    assert_int_equal(look(given, "AAAA"), LINK_UNKNOWN);
    struct claimed first = claim(given, id, (struct date){ 1950, 3, 2 });
    assert_non_null(first.claim.cookie);
    assert_true(session_of(given, first.cookie).there);
    assert_true(state_of(given, id).link_opened);

    struct claimed second = claim(given, id, (struct date){ 1950, 3, 2 });
    assert_true(session_of(given, second.cookie).there);
    assert_false(session_of(given, first.cookie).there); /* fenced off */

    struct command reissue =
        a_command(COMMAND_REISSUE_LINK, given->secretary, id);
    must(given, &reissue);
    assert_int_equal(look(given, token), LINK_REPLACED);
    struct command cancel = a_command(COMMAND_CANCEL, given->secretary, id);
    must(given, &cancel);
    token_of(given, id, token);
    assert_int_equal(look(given, token), LINK_CANCELLED);
}

static void wrong_birth_dates_pause_and_end_the_link(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct date wrong = { 1951, 3, 2 };
    struct claimed claimed;

    for (unsigned i = 1; i <= 5; i++) {
        claimed = claim(given, id, wrong);
        assert_true(claimed.claim.wrong_birth);
        assert_null(claimed.claim.cookie);
        assert_int_equal(claimed.claim.tries_left, 5 - i);
    }
    claimed = claim(given, id, (struct date){ 1950, 3, 2 });
    assert_int_equal(claimed.claim.refusal, REFUSED_LINK_PAUSED);
    clock_advance(16 * MINUTE_MS);
    claimed = claim(given, id, (struct date){ 1950, 3, 2 });
    assert_non_null(claimed.claim.cookie);
    clock_advance(-16 * MINUTE_MS);
}

static void a_code_and_a_birth_date_lead_in(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct link link = { .visit = id, .person = LINK_PATIENT, .generation = 1 };
    char code[LINK_CODE_TEXT];
    char typed[16];
    struct claimed claimed = { .done = false };

    link_code(&given->app->keys, &link, code);
    snprintf(typed, sizeof(typed), "%.4s-%s ", code, code + 4);
    account_join(given->app->account, random_id(), slice_of_text(typed),
                 (struct date){ 1950, 3, 2 }, hear_claim, &claimed);
    turn_until(given, &claimed.done);
    assert_int_equal(claimed.claim.refusal, REFUSED_NOTHING);
    assert_memory_equal(&claimed.session.actor.consultation, &id, ID_BYTES);

    claimed = (struct claimed){ .done = false };
    account_join(given->app->account, random_id(), slice_of_text("AAAABBBB"),
                 (struct date){ 1950, 3, 2 }, hear_claim, &claimed);
    turn_until(given, &claimed.done);
    assert_int_equal(claimed.claim.refusal, REFUSED_UNKNOWN);
}

/* ---- lists
 * -------------------------------------------------------------------------- */

struct listed {
    bool done;
    enum refusal refusal;
    size_t count;
    struct consultation first;
    enum delivery delivery;
};

static void hear_rows(void *arg, enum refusal refusal,
                      const struct query_row *rows, size_t count)
{
    struct listed *listed = arg;

    listed->done = true;
    listed->refusal = refusal;
    listed->count = count;
    if (count > 0) {
        listed->first = *rows[0].visit;
        listed->delivery = rows[0].delivery;
    }
}

static struct listed day(struct given *given, struct actor actor)
{
    struct listed listed = { .done = false };
    struct practitioner_id all = { { 0 } };

    query_day(given->app->query, &actor, all, clock_now_ms() - 86400000,
              clock_now_ms() + 86400000, hear_rows, &listed);
    turn_until(given, &listed.done);
    return listed;
}

static struct listed find(struct given *given, const char *words)
{
    struct listed listed = { .done = false };

    query_find(given->app->query, &given->secretary, words, hear_rows, &listed);
    turn_until(given, &listed.done);
    return listed;
}

static void lists_show_what_is_theirs(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct listed listed = day(given, given->secretary);

    assert_int_equal(listed.count, 1);
    assert_memory_equal(&listed.first.id, &id, ID_BYTES);
    assert_int_not_equal(listed.delivery, DELIVERY_NONE);
    assert_int_equal(day(given, given->doctor_actor).count, 1);
    assert_int_equal(day(given, given->other_actor).count, 0);
    struct actor stranger = given->secretary;
    stranger.clinic.bytes[0] ^= 1;
    assert_int_equal(day(given, stranger).count, 0);
    assert_int_equal(day(given, a_patient(given, id)).refusal,
                     REFUSED_FORBIDDEN);
}

static void names_are_found_without_accents(void **state)
{
    struct given *given = *state;

    booked(given);
    assert_int_equal(find(given, "lefevre").count, 1);
    assert_int_equal(find(given, "MÜLLER zoe").count, 1);
    assert_int_equal(find(given, "lefevre paul").count, 0);
    assert_int_equal(find(given, "  ").refusal, REFUSED_INVALID);
    stop(given);
    start(given);
    assert_int_equal(find(given, "Zoë").count, 1);
}

/* ---- texts
 * -------------------------------------------------------------------------- */

struct chatted {
    bool done;
    enum refusal refusal;
    size_t count;
    char last[100];
};

static void hear_chat(void *arg, enum refusal refusal,
                      const struct stored_text *messages, size_t count)
{
    struct chatted *chatted = arg;

    chatted->done = true;
    chatted->refusal = refusal;
    chatted->count = count;
    if (count)
        snprintf(chatted->last, sizeof(chatted->last), "%.*s",
                 (int)messages[count - 1].text.length,
                 (const char *)messages[count - 1].text.data);
}

static struct chatted chat(struct given *given, struct actor actor,
                           struct consultation_id id, uint32_t from)
{
    struct chatted chatted = { .done = false };

    texts_chat(given->app->texts, &actor, id, from, hear_chat, &chatted);
    turn_until(given, &chatted.done);
    return chatted;
}

static void the_desk_reads_its_own_messages_only(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct actor patient = a_patient(given, id);
    struct command say = a_command(COMMAND_SEND_MESSAGE, patient, id);

    say.text = slice_of_text("J'ai mal");
    must(given, &say);
    say = a_command(COMMAND_SEND_MESSAGE, given->secretary, id);
    say.text = slice_of_text("Le médecin arrive");
    must(given, &say);
    assert_int_equal(chat(given, patient, id, 1).count, 2);
    assert_int_equal(chat(given, patient, id, 2).count, 1);
    struct chatted desk = chat(given, given->secretary, id, 1);
    assert_int_equal(desk.count, 1);
    assert_string_equal(desk.last, "Le médecin arrive");
    assert_int_equal(chat(given, given->other_actor, id, 1).refusal,
                     REFUSED_UNKNOWN);
}

static void hear_saved(void *arg, enum refusal refusal)
{
    assert_int_equal(refusal, REFUSED_NOTHING);
    *(bool *)arg = true;
}

struct written {
    bool done;
    enum refusal refusal;
    char note[50];
    char lines[50];
    char measures[50];
};

static void hear_written(void *arg, enum refusal refusal,
                         const struct writing *writing)
{
    struct written *written = arg;
    struct slice note = writing->note, lines = writing->lines;
    struct slice measures = writing->measures;

    written->done = true;
    written->refusal = refusal;
    snprintf(written->note, sizeof(written->note), "%.*s", (int)note.length,
             (const char *)note.data);
    snprintf(written->lines, sizeof(written->lines), "%.*s", (int)lines.length,
             (const char *)lines.data);
    snprintf(written->measures, sizeof(written->measures), "%.*s",
             (int)measures.length, (const char *)measures.data);
}

static void what_is_being_written_is_kept(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    bool saved = false;
    struct written written = { .done = false };

    texts_save(given->app->texts, &given->doctor_actor, id,
               &(struct writing){
                   .note = slice_of_text("va mieux"),
                   .lines = slice_of_text("[]"),
                   .measures = slice_of_text("{\"weight_kg\":72}"),
               },
               hear_saved, &saved);
    turn_until(given, &saved);
    saved = false;
    texts_save(given->app->texts, &given->doctor_actor, id,
               &(struct writing){ .note = slice_of_text("va bien") },
               hear_saved, &saved);
    turn_until(given, &saved);
    stop(given);
    start(given);
    texts_writing(given->app->texts, &given->doctor_actor, id, hear_written,
                  &written);
    turn_until(given, &written.done);
    assert_string_equal(written.note, "va bien");
    assert_string_equal(written.lines, "[]");
    assert_string_equal(written.measures, "{\"weight_kg\":72}");
    written.done = false;
    texts_writing(given->app->texts, &given->secretary, id, hear_written,
                  &written);
    turn_until(given, &written.done);
    assert_int_equal(written.refusal, REFUSED_FORBIDDEN);
}

/* ---- documents
 * ------------------------------------------------------------------------ */

static const char lines[] = "[{\"drug\":\"Paracétamol 1 g, comprimé\","
                            "\"dosage\":\"1 comprimé 3 fois par jour\","
                            "\"duration\":\"5 jours\",\"renewals\":0}]";

struct previewed {
    bool done;
    struct preview_answer answer;
};

static void hear_preview(void *arg, const struct preview_answer *answer)
{
    struct previewed *previewed = arg;

    previewed->done = true;
    previewed->answer = *answer;
}

static struct preview_answer preview(struct given *given,
                                     struct consultation_id id,
                                     const char *json)
{
    struct previewed previewed = { .done = false };
    struct preview wanted = {
        .id = random_id(),
        .actor = given->doctor_actor,
        .consultation = id,
        .lines = slice_of_text(json),
    };

    document_preview(given->app->document, &wanted, hear_preview, &previewed);
    turn_until(given, &previewed.done);
    return previewed.answer;
}

struct got {
    bool done;
    enum refusal refusal;
    size_t length;
    char begin[5];
};

static void hear_bytes(void *arg, enum refusal refusal, struct slice bytes)
{
    struct got *got = arg;

    got->done = true;
    got->refusal = refusal;
    got->length = bytes.length;
    if (bytes.length >= 4)
        memcpy(got->begin, bytes.data, 4);
}

static struct got fetch(struct given *given, struct actor actor,
                        struct consultation_id id, enum document_request what,
                        uint32_t version)
{
    struct got got = { .done = false };

    document_fetch(given->app->document, &actor, id, what, version, hear_bytes,
                   &got);
    turn_until(given, &got.done);
    return got;
}

static void a_prescription_needs_both_keys(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct actor patient = a_patient(given, id);

    admitted(given, patient);
    struct preview_answer draft = preview(given, id, lines);
    assert_int_equal(draft.answer.refusal, REFUSED_NOTHING);
    assert_int_equal(draft.version, 1);
    struct preview_answer again = preview(given, id, lines);
    assert_int_equal(again.answer.refusal, REFUSED_NOTHING);
    assert_int_equal(again.version, 1); /* nothing was edited */
    assert_memory_equal(again.hash, draft.hash, HASH_BYTES);
    struct got got = fetch(given, given->doctor_actor, id, REQUEST_DRAFT, 1);
    assert_string_equal(got.begin, "%PDF");
    assert_int_equal(fetch(given, patient, id, REQUEST_PRESCRIPTION, 0).refusal,
                     REFUSED_NOT_RELEASED);
    assert_int_equal(fetch(given, patient, id, REQUEST_DRAFT, 1).refusal,
                     REFUSED_FORBIDDEN);
    assert_int_equal(
        fetch(given, given->secretary, id, REQUEST_DRAFT, 1).refusal,
        REFUSED_FORBIDDEN);
    struct command approve =
        a_command(COMMAND_APPROVE, given->doctor_actor, id);
    approve.approve.version = 1;
    memcpy(approve.approve.hash, draft.hash, HASH_BYTES);
    must(given, &approve);
    ended(given, patient, 2500);
    assert_int_equal(fetch(given, patient, id, REQUEST_PRESCRIPTION, 0).refusal,
                     REFUSED_NOT_RELEASED);

    struct command settle = a_command(COMMAND_SETTLE, given->secretary, id);
    settle.settle.how = SETTLEMENT_CASH;
    must(given, &settle);
    got = fetch(given, patient, id, REQUEST_PRESCRIPTION, 0);
    assert_int_equal(got.refusal, REFUSED_NOTHING);
    assert_string_equal(got.begin, "%PDF");
    assert_true(state_of(given, id).fetched);
    got = fetch(given, patient, id, REQUEST_RECEIPT, 0);
    assert_int_equal(got.refusal, REFUSED_NOTHING);
    assert_string_equal(got.begin, "%PDF");

    stop(given);
    start(given);
    assert_int_equal(fetch(given, patient, id, REQUEST_PRESCRIPTION, 0).refusal,
                     REFUSED_NOTHING);
    assert_int_equal(
        fetch(given, given->secretary, id, REQUEST_PRESCRIPTION, 0).refusal,
        REFUSED_FORBIDDEN);
    struct command revoke = a_command(COMMAND_REVOKE, given->doctor_actor, id);
    strcpy(revoke.why.reason, "erreur");
    must(given, &revoke);
    assert_int_equal(fetch(given, patient, id, REQUEST_PRESCRIPTION, 0).refusal,
                     REFUSED_NOT_RELEASED);
}

static void bad_lines_name_the_field(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);

    admitted(given, a_patient(given, id));
    struct preview_answer answer = preview(given, id, "[{\"drug\":\"X\"}]");
    assert_int_equal(answer.answer.refusal, REFUSED_INVALID);
    assert_string_equal(answer.fault, "lines.1.dosage");
    answer = preview(given, id, "nonsense");
    assert_string_equal(answer.fault, "lines");
    assert_int_equal(state_of(given, id).drafted_version, 0);
}

static void previews_of_one_visit_follow_each_other(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    static const char edited[] =
        "[{\"drug\":\"Amoxicilline 1 g\",\"dosage\":\"matin et soir\","
        "\"duration\":\"6 jours\",\"renewals\":0}]";
    struct previewed heard[3] = { { .done = false } };
    struct preview wanted = {
        .actor = given->doctor_actor,
        .consultation = id,
        .lines = slice_of_text(lines),
    };

    admitted(given, a_patient(given, id));
    for (int i = 0; i < 3; i++) {
        wanted.id = i == 2 ? wanted.id : random_id();
        wanted.lines = slice_of_text(i == 0 ? lines : edited);
        document_preview(given->app->document, &wanted, hear_preview,
                         &heard[i]);
    }
    for (int i = 0; i < 3; i++)
        turn_until(given, &heard[i].done);
    assert_int_equal(heard[0].answer.version, 1);
    assert_int_equal(heard[1].answer.version, 2);
    /* the same button pressed once: no third version */
    assert_int_equal(heard[2].answer.answer.refusal, REFUSED_NOTHING);
    assert_int_equal(heard[2].answer.version, 2);
}

static struct listed day_after(struct given *given, struct actor actor)
{
    struct listed listed = { .done = false };
    struct practitioner_id all = { { 0 } };

    query_day(given->app->query, &actor, all, clock_now_ms() + 86400000,
              clock_now_ms() + 2 * INT64_C(86400000), hear_rows, &listed);
    turn_until(given, &listed.done);
    return listed;
}

/* Whatever day a doctor looks at: who waits, and what is not finished. */
static void what_needs_its_doctor_is_on_the_desk_of_any_day(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct actor patient = a_patient(given, id);

    assert_int_equal(day_after(given, given->doctor_actor).count, 0);
    waits(given, patient);
    assert_int_equal(day_after(given, given->doctor_actor).count, 1);
    struct command admit = a_command(COMMAND_ADMIT, given->doctor_actor, id);
    must(given, &admit);
    ended(given, patient, 2500);
    assert_int_equal(day_after(given, given->doctor_actor).count, 1);
    assert_int_equal(day_after(given, given->other_actor).count, 0);
    assert_int_equal(day_after(given, given->secretary).count, 0);

    struct preview_answer draft = preview(given, id, lines);
    struct command approve =
        a_command(COMMAND_APPROVE, given->doctor_actor, id);
    approve.approve.version = 1;
    memcpy(approve.approve.hash, draft.hash, HASH_BYTES);
    must(given, &approve);
    stop(given);
    start(given);
    assert_int_equal(day_after(given, given->doctor_actor).count, 1);
    struct command settle = a_command(COMMAND_SETTLE, given->secretary, id);
    settle.settle.how = SETTLEMENT_CASH;
    must(given, &settle); /* which releases it */
    assert_int_equal(day_after(given, given->doctor_actor).count, 0);
}

static void a_visit_closed_without_prescription_needs_nobody(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct actor patient = a_patient(given, id);

    admitted(given, patient);
    preview(given, id, lines);
    ended(given, patient, 0);
    assert_int_equal(day_after(given, given->doctor_actor).count, 1);
    struct command close =
        a_command(COMMAND_CLOSE_WITHOUT_PRESCRIPTION, given->doctor_actor, id);
    must(given, &close);
    assert_int_equal(day_after(given, given->doctor_actor).count, 0);
    preview(given, id,
            "[{\"drug\":\"Paracétamol 500 mg\",\"dosage\":\"1 le soir\","
            "\"duration\":\"2 jours\",\"renewals\":0}]");
    assert_int_equal(day_after(given, given->doctor_actor).count, 1);
}

static void a_doctor_finds_the_own_patients_only(void **state)
{
    struct given *given = *state;
    struct listed listed = { .done = false };

    booked(given);
    query_find(given->app->query, &given->doctor_actor, "lefevre", hear_rows,
               &listed);
    turn_until(given, &listed.done);
    assert_int_equal(listed.count, 1);
    listed.done = false;
    query_find(given->app->query, &given->other_actor, "lefevre", hear_rows,
               &listed);
    turn_until(given, &listed.done);
    assert_int_equal(listed.refusal, REFUSED_NOTHING);
    assert_int_equal(listed.count, 0);
}

static void a_letter_is_the_secretarys(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);

    assert_string_equal(
        fetch(given, given->secretary, id, REQUEST_LETTER, 0).begin, "%PDF");
    assert_int_equal(
        fetch(given, given->doctor_actor, id, REQUEST_LETTER, 0).refusal,
        REFUSED_FORBIDDEN);
}

static void proving_opens_documents_again(void **state)
{
    struct given *given = *state;
    struct consultation_id id = booked(given);
    struct claimed claimed = claim(given, id, (struct date){ 1950, 3, 2 });
    bool done = false;

    clock_advance(40 * MINUTE_MS);
    account_prove(given->app->account, slice_of_text(claimed.cookie),
                  random_id(), (struct date){ 1950, 3, 2 }, hear_saved, &done);
    turn_until(given, &done);
    struct found found = session_of(given, claimed.cookie);
    assert_true(clock_now_ms() - found.session.proved_ms < MINUTE_MS);
    clock_advance(-40 * MINUTE_MS);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, given_new, given_free)
    const struct CMUnitTest tests[] = {
        CASE(staff_sign_in_and_out),
        CASE(too_many_tries_are_stopped),
        CASE(a_link_leads_in_until_it_is_replaced),
        CASE(wrong_birth_dates_pause_and_end_the_link),
        CASE(a_code_and_a_birth_date_lead_in),
        CASE(lists_show_what_is_theirs),
        CASE(names_are_found_without_accents),
        CASE(the_desk_reads_its_own_messages_only),
        CASE(what_is_being_written_is_kept),
        CASE(a_prescription_needs_both_keys),
        CASE(bad_lines_name_the_field),
        CASE(previews_of_one_visit_follow_each_other),
        CASE(what_needs_its_doctor_is_on_the_desk_of_any_day),
        CASE(a_visit_closed_without_prescription_needs_nobody),
        CASE(a_doctor_finds_the_own_patients_only),
        CASE(a_letter_is_the_secretarys),
        CASE(proving_opens_documents_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
