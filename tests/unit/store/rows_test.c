/* rows: what is written beside the events, and the small tables. */
#include "tests/unit/store/given.h"

#include "signaling/store/chore.h"
#include "signaling/store/directory.h"

/* ---- appointments ---------------------------------------------------------
 */

struct day {
    struct clinic_id clinic;
    struct practitioner_id practitioner;
    int64_t from;
    int64_t to;
    size_t count;
    struct appointment rows[16];
};

static int copy_appointment(void *arg, const struct appointment *row)
{
    struct day *day = arg;

    day->rows[day->count++] = *row;
    return 0;
}

static int run_day(struct reader_of_store *reader, void *arg)
{
    struct day *day = arg;

    day->count = 0;
    return read_appointments(reader, day->clinic, day->practitioner, day->from,
                             day->to, copy_appointment, day);
}

static struct stream_id put_appointment(struct store *store, uint8_t clinic,
                                        uint8_t practitioner, int64_t start_ms)
{
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct append *append = one_event(stream, 1, "{}");
    struct appointment row = { .consultation = visit_of(stream),
                               .clinic = { { clinic } },
                               .practitioner = { { practitioner } },
                               .start_ms = start_ms,
                               .duration_min = 20,
                               .phase = PHASE_BOOKED };

    append_appointment(append, &row);
    assert_int_equal(append_now(store, append).result, APPEND_COMMITTED);
    return stream;
}

static void appointments_are_listed_by_start(void **state)
{
    struct given *given = *state;
    struct day day = { .from = 100, .to = 300 };

    struct stream_id second = put_appointment(given->store, 1, 1, 200);
    struct stream_id first = put_appointment(given->store, 1, 2, 100);
    put_appointment(given->store, 1, 1, 300); /* not in [100, 300) */
    put_appointment(given->store, 2, 3, 150); /* another clinic's */

    assert_int_equal(store_ask_now(given->store, run_day, &day), 0);
    assert_int_equal(day.count, 3);
    day.clinic.bytes[0] = 1;
    assert_int_equal(store_ask_now(given->store, run_day, &day), 0);
    assert_int_equal(day.count, 2);
    assert_memory_equal(day.rows[0].consultation.bytes, first.bytes, 16);
    assert_memory_equal(day.rows[1].consultation.bytes, second.bytes, 16);
    assert_int_equal(day.rows[1].duration_min, 20);
    assert_int_equal(day.rows[1].phase, PHASE_BOOKED);
    day.practitioner.bytes[0] = 2;
    assert_int_equal(store_ask_now(given->store, run_day, &day), 0);
    assert_int_equal(day.count, 1);
    day.clinic.bytes[0] = 0;
    assert_int_equal(store_ask_now(given->store, run_day, &day), 0);
    assert_int_equal(day.count, 1);
    day.clinic.bytes[0] = 2;
    assert_int_equal(store_ask_now(given->store, run_day, &day), 0);
    assert_int_equal(day.count, 0);
}

static void an_appointment_is_written_anew(void **state)
{
    struct given *given = *state;
    struct stream_id stream = put_appointment(given->store, 1, 1, 100);
    struct day day = { .from = 0, .to = 1000 };
    struct append *append = one_event(stream, 2, "{}");
    struct appointment moved = { .consultation = visit_of(stream),
                                 .clinic = { { 1 } },
                                 .practitioner = { { 9 } },
                                 .start_ms = 500,
                                 .duration_min = 40,
                                 .phase = PHASE_WAITING,
                                 .needs_doctor = true };

    append_appointment(append, &moved);
    append_now(given->store, append);
    assert_int_equal(store_ask_now(given->store, run_day, &day), 0);
    assert_int_equal(day.count, 1);
    assert_int_equal(day.rows[0].practitioner.bytes[0], 9);
    assert_int_equal(day.rows[0].start_ms, 500);
    assert_int_equal(day.rows[0].duration_min, 40);
    assert_int_equal(day.rows[0].phase, PHASE_WAITING);
    assert_true(day.rows[0].needs_doctor);
}

static struct stream_id put_needing(struct store *store, uint8_t practitioner,
                                    int64_t start_ms, bool needs_doctor)
{
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct append *append = one_event(stream, 1, "{}");
    struct appointment row = { .consultation = visit_of(stream),
                               .clinic = { { 1 } },
                               .practitioner = { { practitioner } },
                               .start_ms = start_ms,
                               .duration_min = 20,
                               .phase = PHASE_ENDED,
                               .needs_doctor = needs_doctor };

    append_appointment(append, &row);
    assert_int_equal(append_now(store, append).result, APPEND_COMMITTED);
    return stream;
}

static int run_calls(struct reader_of_store *reader, void *arg)
{
    struct day *day = arg;

    day->count = 0;
    return read_calls(reader, day->clinic, 2, copy_appointment, day);
}

static struct stream_id put_call(struct store *store, uint8_t clinic,
                                 int64_t start_ms, bool needs_call)
{
    struct stream_id stream = put_appointment(store, clinic, 1, start_ms);
    struct append *append = one_event(stream, 2, "{}");
    struct appointment row = { .consultation = visit_of(stream),
                               .clinic = { { clinic } },
                               .practitioner = { { 1 } },
                               .start_ms = start_ms,
                               .duration_min = 20,
                               .phase = PHASE_BOOKED,
                               .needs_call = needs_call };

    append_appointment(append, &row);
    assert_int_equal(append_now(store, append).result, APPEND_COMMITTED);
    return stream;
}

static void whom_to_call_is_found_on_any_day(void **state)
{
    struct given *given = *state;
    struct day day = { .clinic = { { 1 } } };

    put_call(given->store, 1, 50, true); /* the third: too many */
    struct stream_id older = put_call(given->store, 1, 100, true);
    put_call(given->store, 1, 200, false);
    put_call(given->store, 2, 250, true); /* another clinic's */
    struct stream_id newer = put_call(given->store, 1, 400, true);

    assert_int_equal(store_ask_now(given->store, run_calls, &day), 0);
    assert_int_equal(day.count, 2);
    assert_memory_equal(day.rows[0].consultation.bytes, newer.bytes, 16);
    assert_memory_equal(day.rows[1].consultation.bytes, older.bytes, 16);
    assert_true(day.rows[0].needs_call);
    assert_false(day.rows[0].needs_doctor);
}

static int run_needing(struct reader_of_store *reader, void *arg)
{
    struct day *day = arg;

    day->count = 0;
    return read_needing(reader, day->clinic, day->practitioner, day->from,
                        day->to, 2, copy_appointment, day);
}

static void what_needs_the_doctor_is_found_on_other_days(void **state)
{
    struct given *given = *state;
    struct day day = {
        .clinic = { { 1 } }, .practitioner = { { 1 } }, .from = 300, .to = 400
    };

    put_needing(given->store, 1, 50, true); /* the third: too many */
    struct stream_id older = put_needing(given->store, 1, 100, true);
    put_needing(given->store, 1, 200, false);
    put_needing(given->store, 1, 300, true); /* on the day itself */
    put_needing(given->store, 2, 250, true); /* another doctor's */
    struct stream_id newer = put_needing(given->store, 1, 400, true);

    assert_int_equal(store_ask_now(given->store, run_needing, &day), 0);
    assert_int_equal(day.count, 2);
    assert_memory_equal(day.rows[0].consultation.bytes, newer.bytes, 16);
    assert_memory_equal(day.rows[1].consultation.bytes, older.bytes, 16);
    day.clinic.bytes[0] = 2;
    assert_int_equal(store_ask_now(given->store, run_needing, &day), 0);
    assert_int_equal(day.count, 0);
}

/* ---- finders --------------------------------------------------------------
 */

struct finding {
    enum finder kind;
    uint8_t hash[32];
    size_t count;
    struct consultation_id visits[8];
};

static int copy_found(void *arg, struct consultation_id visit)
{
    struct finding *finding = arg;

    finding->visits[finding->count++] = visit;
    return 0;
}

static int run_find(struct reader_of_store *reader, void *arg)
{
    struct finding *finding = arg;

    finding->count = 0;
    return read_found(reader, finding->kind, finding->hash, copy_found,
                      finding);
}

static void a_visit_is_found_by_its_newest_keys(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    static const uint8_t words[3][32] = { "one", "two", "three" };
    struct finding finding = { .kind = FINDER_NAME_WORD, .hash = "two" };

    struct append *append = one_event(stream, 1, "{}");
    append_finders(append, visit_of(stream), FINDER_NAME_WORD, words, 2);
    append_finders(append, visit_of(stream), FINDER_CODE, &words[2], 1);
    append_now(given->store, append);
    assert_int_equal(store_ask_now(given->store, run_find, &finding), 0);
    assert_int_equal(finding.count, 1);
    assert_memory_equal(finding.visits[0].bytes, stream.bytes, 16);

    append = one_event(stream, 2, "{}");
    append_finders(append, visit_of(stream), FINDER_NAME_WORD, words, 1);
    append_now(given->store, append);
    assert_int_equal(store_ask_now(given->store, run_find, &finding), 0);
    assert_int_equal(finding.count, 0);
    finding = (struct finding){ .kind = FINDER_CODE, .hash = "three" };
    assert_int_equal(store_ask_now(given->store, run_find, &finding), 0);
    assert_int_equal(finding.count, 1);
}

/* ---- texts and documents --------------------------------------------------
 */

struct texts {
    struct consultation_id visit;
    enum text_kind kind;
    uint32_t after;
    size_t count;
    struct {
        uint32_t number;
        int64_t at_ms;
        enum role role;
        char text[64];
    } texts[8];
};

static int copy_text(void *arg, const struct stored_text *text)
{
    struct texts *texts = arg;

    texts->texts[texts->count].number = text->number;
    texts->texts[texts->count].at_ms = text->at_ms;
    texts->texts[texts->count].role = text->role;
    snprintf(texts->texts[texts->count].text, 64, "%.*s",
             (int)text->text.length, (const char *)text->text.data);
    texts->count += 1;
    return 0;
}

static int run_texts(struct reader_of_store *reader, void *arg)
{
    struct texts *texts = arg;

    texts->count = 0;
    return read_texts(reader, texts->visit, texts->kind, texts->after,
                      copy_text, texts);
}

struct among {
    struct finding finding;
    struct clinic_id clinic;
    struct practitioner_id practitioner;
};

static int run_among(struct reader_of_store *reader, void *arg)
{
    struct among *among = arg;
    struct finding *finding = &among->finding;

    finding->count = 0;
    return read_found_among(reader, among->clinic, among->practitioner,
                            FINDER_NAME_WORD, finding->hash, 2, copy_found,
                            finding);
}

static void put_named(struct store *store, struct stream_id stream,
                      const uint8_t hash[32])
{
    struct append *append = one_event(stream, 2, "{}");

    append_finders(append, visit_of(stream), FINDER_NAME_WORD,
                   (const uint8_t(*)[32])hash, 1);
    assert_int_equal(append_now(store, append).result, APPEND_COMMITTED);
}

static void a_name_is_found_among_a_practitioners_visits(void **state)
{
    struct given *given = *state;
    struct among among = { .clinic = { { 1 } }, .practitioner = { { 1 } } };
    struct stream_id old = put_appointment(given->store, 1, 1, 100);
    struct stream_id new = put_appointment(given->store, 1, 1, 200);
    struct stream_id colleagues = put_appointment(given->store, 1, 2, 300);
    struct stream_id strangers = put_appointment(given->store, 2, 1, 400);

    memset(among.finding.hash, 7, 32);
    put_named(given->store, old, among.finding.hash);
    put_named(given->store, new, among.finding.hash);
    put_named(given->store, colleagues, among.finding.hash);
    put_named(given->store, strangers, among.finding.hash);

    assert_int_equal(store_ask_now(given->store, run_among, &among), 0);
    assert_int_equal(among.finding.count, 2);
    assert_memory_equal(among.finding.visits[0].bytes, new.bytes, 16);
    assert_memory_equal(among.finding.visits[1].bytes, old.bytes, 16);
    among.practitioner.bytes[0] = 0; /* all of the clinic: the newest two */
    assert_int_equal(store_ask_now(given->store, run_among, &among), 0);
    assert_int_equal(among.finding.count, 2);
    assert_memory_equal(among.finding.visits[0].bytes, colleagues.bytes, 16);
}

static void texts_come_back_in_order(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct texts texts = { .visit = visit_of(stream), .kind = TEXT_MESSAGE };
    struct append *append = one_event(stream, 1, "{}");

    append_text(append, texts.visit, TEXT_MESSAGE, 2, 20, ROLE_DOCTOR,
                slice_of_text("second"));
    append_text(append, texts.visit, TEXT_MESSAGE, 1, 10, ROLE_PATIENT,
                slice_of_text("first"));
    append_text(append, texts.visit, TEXT_NOTE, 1, 30, ROLE_DOCTOR,
                slice_of_text("a note"));
    append_now(given->store, append);
    assert_int_equal(store_ask_now(given->store, run_texts, &texts), 0);
    assert_int_equal(texts.count, 2);
    assert_string_equal(texts.texts[0].text, "first");
    assert_int_equal(texts.texts[0].role, ROLE_PATIENT);
    assert_int_equal(texts.texts[1].at_ms, 20);
    texts.after = 1;
    assert_int_equal(store_ask_now(given->store, run_texts, &texts), 0);
    assert_int_equal(texts.count, 1);
    assert_string_equal(texts.texts[0].text, "second");
}

static void a_note_is_replaced(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct texts texts = { .visit = visit_of(stream), .kind = TEXT_NOTE };

    for (int i = 0; i < 2; i++) {
        struct append *append = new_append(); /* without an event, too */
        append_text(append, texts.visit, TEXT_NOTE, 1, 30 + i, ROLE_DOCTOR,
                    slice_of_text(i == 0 ? "before" : ""));
        assert_int_equal(append_now(given->store, append).result,
                         APPEND_COMMITTED);
    }
    assert_int_equal(store_ask_now(given->store, run_texts, &texts), 0);
    assert_int_equal(texts.count, 1);
    assert_string_equal(texts.texts[0].text, "");
    assert_int_equal(texts.texts[0].at_ms, 31);
}

struct document {
    struct consultation_id visit;
    uint32_t version;
    uint8_t *bytes;
    size_t length;
};

static int run_document(struct reader_of_store *reader, void *arg)
{
    struct document *document = arg;

    return read_document(reader, document->visit, DOCUMENT_PRESCRIPTION,
                         document->version, &document->bytes,
                         &document->length);
}

static void a_document_comes_back(void **state)
{
    enum { LARGE = 300000 };
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct document document = { .visit = visit_of(stream), .version = 2 };
    struct append *append = one_event(stream, 1, "{}");
    uint8_t *bytes = malloc(LARGE);

    secret_random(bytes, LARGE);
    append_document(append, document.visit, DOCUMENT_PRESCRIPTION, 2,
                    slice(bytes, LARGE));
    append_now(given->store, append);
    given_reopen(given);
    assert_int_equal(store_ask_now(given->store, run_document, &document), 0);
    assert_int_equal(document.length, LARGE);
    assert_memory_equal(document.bytes, bytes, LARGE);
    free(document.bytes);
    free(bytes);
    document.version = 1;
    assert_int_equal(store_ask_now(given->store, run_document, &document),
                     -ENOENT);
}

/* ---- directory ------------------------------------------------------------
 */

static const struct clinic a_clinic = { .id = { "a clinic" },
                                        .name = "Cabinet de l'Étoile",
                                        .phone = "+33536490000",
                                        .locale = "fr",
                                        .time_zone = "Europe/Paris",
                                        .payment_key = true };
static const struct practitioner a_practitioner = {
    .id = { "a practitioner" },
    .clinic = { "a clinic" },
    .name = "Dr Camille Exemple",
    .quality = "Docteur en médecine",
    .speciality = "Médecine générale",
    .identifier = "10000000000",
};
static const struct staff a_doctor = { .id = { "a doctor" },
                                       .clinic = { "a clinic" },
                                       .role = ROLE_DOCTOR,
                                       .practitioner = { "a practitioner" },
                                       .login = "camille",
                                       .name = "Camille Exemple" };

static int run_directory(struct reader_of_store *writer, void *arg)
{
    int err = directory_put_clinic(writer, &a_clinic);

    (void)arg;
    if (!err)
        err = directory_put_practitioner(writer, &a_practitioner);
    if (!err)
        err = directory_put_staff(writer, &a_doctor);
    if (!err)
        err = directory_put_reason(writer, a_practitioner.id, "Suivi");
    if (!err)
        err = directory_put_reason(writer, a_practitioner.id, "Autre");
    return err ? err : directory_put_reason(writer, a_practitioner.id, "Suivi");
}

static int check_clinic(void *arg, const struct clinic *clinic)
{
    assert_memory_equal(clinic->id.bytes, a_clinic.id.bytes, 16);
    assert_string_equal(clinic->name, a_clinic.name);
    assert_string_equal(clinic->time_zone, a_clinic.time_zone);
    assert_true(clinic->payment_key);
    *(int *)arg += 1;
    return 0;
}

static int check_practitioner(void *arg, const struct practitioner *found)
{
    assert_memory_equal(found->clinic.bytes, a_clinic.id.bytes, 16);
    assert_string_equal(found->speciality, a_practitioner.speciality);
    assert_string_equal(found->identifier, a_practitioner.identifier);
    *(int *)arg += 10;
    return 0;
}

static int check_staff(void *arg, const struct staff *found)
{
    assert_int_equal(found->role, ROLE_DOCTOR);
    assert_string_equal(found->login, "camille");
    assert_memory_equal(found->practitioner.bytes, a_practitioner.id.bytes, 16);
    assert_false(found->disabled);
    *(int *)arg += 100;
    return 0;
}

static int check_reason(void *arg, struct practitioner_id practitioner,
                        const char *reason)
{
    bool first = *(int *)arg < 1000;

    assert_memory_equal(practitioner.bytes, a_practitioner.id.bytes, 16);
    assert_string_equal(reason, first ? "Suivi" : "Autre");
    *(int *)arg += 1000;
    return 0;
}

static int run_read_directory(struct reader_of_store *reader, void *arg)
{
    int err = directory_clinics(reader, check_clinic, arg);

    if (!err)
        err = directory_practitioners(reader, check_practitioner, arg);
    if (!err)
        err = directory_staff(reader, check_staff, arg);
    return err ? err : directory_reasons(reader, check_reason, arg);
}

static void the_directory_comes_back(void **state)
{
    struct given *given = *state;
    int seen = 0;

    /* Twice: what is there is replaced, not doubled. */
    assert_int_equal(store_change_now(given->store, run_directory, NULL), 0);
    assert_int_equal(store_change_now(given->store, run_directory, NULL), 0);
    given_reopen(given);
    assert_int_equal(store_ask_now(given->store, run_read_directory, &seen), 0);
    assert_int_equal(seen, 2111);
}

static int run_same_login(struct reader_of_store *writer, void *arg)
{
    struct staff other = a_doctor;

    (void)arg;
    other.id.bytes[0] = 'x';
    return directory_put_staff(writer, &other);
}

static int run_no_clinic(struct reader_of_store *writer, void *arg)
{
    struct practitioner lost = a_practitioner;

    (void)arg;
    lost.id.bytes[0] = 'x';
    lost.clinic.bytes[0] = 'x';
    return directory_put_practitioner(writer, &lost);
}

static void the_directory_refuses_what_contradicts_it(void **state)
{
    struct given *given = *state;

    store_change_now(given->store, run_directory, NULL);
    assert_int_equal(store_change_now(given->store, run_same_login, NULL),
                     -EEXIST);
    int kept = hush();
    assert_int_equal(store_change_now(given->store, run_no_clinic, NULL),
                     -ENOENT);
    unhush(kept);
}

/* ---- chores ---------------------------------------------------------------
 */

static int run_chores(struct reader_of_store *writer, void *arg)
{
    (void)arg;
    assert_int_equal(chore_is_due(writer, "sweep", 1000), 1); /* never done */
    assert_int_equal(chore_claim(writer, "sweep", 1000, 5000), 1);
    assert_int_equal(chore_claim(writer, "sweep", 1000, 5000), 0); /* another */
    assert_int_equal(chore_is_due(writer, "sweep", 4999), 0);
    assert_int_equal(chore_claim(writer, "sweep", 4999, 9000), 0);
    assert_int_equal(chore_is_due(writer, "sweep", 5000), 1);
    assert_int_equal(chore_is_due(writer, "dust", 5000), 1);
    assert_int_equal(chore_claim(writer, "sweep", 5000, 9000), 1);
    assert_int_equal(chore_put(writer, "sweep", 0), 0);
    assert_int_equal(chore_claim(writer, "sweep", 5000, 9000), 1);
    return 0;
}

static void a_chore_is_done_by_whoever_moves_its_time(void **state)
{
    struct given *given = *state;

    assert_int_equal(store_change_now(given->store, run_chores, NULL), 0);
}

int main(void)
{
#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, given_store, then_removed)
    const struct CMUnitTest tests[] = {
        with_store(appointments_are_listed_by_start),
        with_store(an_appointment_is_written_anew),
        with_store(what_needs_the_doctor_is_found_on_other_days),
        with_store(whom_to_call_is_found_on_any_day),
        with_store(a_name_is_found_among_a_practitioners_visits),
        with_store(a_visit_is_found_by_its_newest_keys),
        with_store(texts_come_back_in_order),
        with_store(a_note_is_replaced),
        with_store(a_document_comes_back),
        with_store(the_directory_comes_back),
        with_store(the_directory_refuses_what_contradicts_it),
        with_store(a_chore_is_done_by_whoever_moves_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
