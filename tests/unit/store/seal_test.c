/* seal and chain: nobody reads the file, nobody changes it unseen, and what
 * was erased stays erased. */
#include "tests/unit/store/given.h"

#include "base/text.h"
#include "signaling/store/chain.h"
#include "signaling/store/erase.h"
#include "signaling/store/seal.h"
#include "signaling/store/verify.h"

#include <openssl/sha.h>
#include <sqlite3.h>

/* ---- the cipher and the header ---------------------------------------------
 */

static void opens_a_published_vector(void **state)
{
    /* "The Galois/Counter Mode of Operation" (McGrew, Viega), test case 16. */
    static const char key_hex[] = "feffe9928665731c6d6a8f9467308308"
                                  "feffe9928665731c6d6a8f9467308308";
    static const char sealed_hex[] =
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b";
    static const char plain_hex[] =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
    uint8_t key[32], nonce[12], header[20], sealed[76], plain[60], out[60];
    struct sealer sealer;

    (void)state;
    text_hex_read(slice_of_text(key_hex), key, 32);
    text_hex_read(slice_of_text("cafebabefacedbaddecaf888"), nonce, 12);
    text_hex_read(slice_of_text("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
                  header, 20);
    text_hex_read(slice_of_text(sealed_hex), sealed, 76);
    text_hex_read(slice_of_text(plain_hex), plain, 60);

    assert_int_equal(sealer_init(&sealer), 0);
    assert_int_equal(unseal(&sealer, key, slice(header, 20), slice(nonce, 12),
                            slice(sealed, 76), out),
                     0);
    assert_memory_equal(out, plain, 60);
    for (size_t i = 0; i < 76; i++) {
        sealed[i] ^= 1;
        assert_int_equal(unseal(&sealer, key, slice(header, 20),
                                slice(nonce, 12), slice(sealed, 76), out),
                         -EBADMSG);
        sealed[i] ^= 1;
    }
    assert_int_equal(unseal(&sealer, key, slice(header, 19), slice(nonce, 12),
                            slice(sealed, 76), out),
                     -EBADMSG);
    assert_int_equal(unseal(&sealer, key, slice(header, 20), slice(nonce, 12),
                            slice(sealed, 15), out),
                     -EBADMSG);
    sealer_release(&sealer);
}

static void what_is_sealed_opens_and_never_looks_the_same(void **state)
{
    static const uint8_t key[32] = "a key";
    struct slice header = slice_of_text("header");
    struct slice plain = slice_of_text("the same words");
    uint8_t nonce[2][SEAL_NONCE], sealed[2][14 + SEAL_TAG], out[14];
    struct sealer sealer;

    (void)state;
    assert_int_equal(sealer_init(&sealer), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(seal(&sealer, key, header, plain, nonce[i], sealed[i]),
                         0);
        assert_int_equal(unseal(&sealer, key, header, slice(nonce[i], 12),
                                slice(sealed[i], 14 + SEAL_TAG), out),
                         0);
        assert_memory_equal(out, plain.data, 14);
    }
    assert_memory_not_equal(nonce[0], nonce[1], SEAL_NONCE);
    assert_memory_not_equal(sealed[0], sealed[1], 14);
    sealer_release(&sealer);
}

/* The layout of docs/storage.md, laid by hand. */
static void the_header_and_hash_are_as_documented(void **state)
{
    struct chain_header fields = {
        .stream = { STREAM_AGENDA, "streamstreamstre" },
        .seq = 0x0102030405060708,
        .at_ms = 0x1112131415161718,
        .role = ROLE_SECRETARY,
        .staff = { "staffstaffstaffs" },
        .command = { "commandcommandco" },
        .kind = "slot_taken",
    };
    static const char expected[] =
        "vestibule event 1\x01"
        "streamstreamstre\x01\x02\x03\x04\x05\x06\x07\x08"
        "\x11\x12\x13\x14\x15\x16\x17\x18\x02"
        "staffstaffstaffscommandcommandco\x0aslot_taken";
    uint8_t header[CHAIN_HEADER_MAX], hash[32], expected_hash[32];
    uint8_t previous[32] = "previous", whole[300];
    size_t length = chain_header_write(&fields, header);

    (void)state;
    assert_int_equal(length, sizeof(expected) - 1);
    assert_memory_equal(header, expected, length);

    struct slice nonce = slice_of_text("noncenonceno");
    struct slice sealed = slice_of_text("sealed bytes and their tag");
    memcpy(whole, previous, 32);
    memcpy(whole + 32, header, length);
    memcpy(whole + 32 + length, "\x0c\0\0\0\x1anoncenonceno", 17);
    memcpy(whole + 49 + length, sealed.data, 26);
    SHA256(whole, 75 + length, expected_hash);
    assert_int_equal(
        chain_hash(previous, slice(header, length), nonce, sealed, hash), 0);
    assert_memory_equal(hash, expected_hash, 32);
}

/* ---- tampering --------------------------------------------------------------
 */

static int run_verify(struct reader_of_store *reader, void *arg)
{
    return store_verify(reader, arg);
}

static struct verify_report verify_now(struct store *store)
{
    struct verify_report report;

    assert_int_equal(store_ask_now(store, run_verify, &report), 0);
    return report;
}

/* What someone does who has the file and a tool, while nobody looks. */
static void tamper(struct given *given, const char *sql)
{
    if (given_server())
        given_sql(given->path,
                  "CREATE OR REPLACE FUNCTION zeroblob(int) RETURNS bytea "
                  "AS $$ SELECT decode(repeat('00', $1), 'hex') $$ "
                  "LANGUAGE sql");
    given_sql(given->path, sql);
}

static void nothing_wrong_is_told_as_fine(void **state)
{
    struct given *given = *state;

    assert_int_equal(verify_now(given->store).streams, 0);
    for (int i = 0; i < 3; i++) {
        struct stream_id stream = new_stream((enum stream_kind)i);
        append_now(given->store, one_event(stream, 1, "{}"));
        append_now(given->store, one_event(stream, 2, "{}"));
    }
    struct verify_report report = verify_now(given->store);
    assert_int_equal(report.fault, VERIFY_FINE);
    assert_int_equal(report.streams, 3);
    assert_int_equal(report.events, 6);
    struct stream_id guests = new_stream(STREAM_CONSULTATION);
    struct append *append = new_append();
    for (int role = ROLE_PATIENT; role <= ROLE_GUEST; role++)
        append_event(append, guests, 1 + (uint64_t)role, "arrived", 1000,
                     (enum role)role, (struct staff_id){ { 0 } },
                     slice_of_text("{}"));
    append_now(given->store, append);
    assert_int_equal(verify_now(given->store).fault, VERIFY_FINE);
    assert_int_equal(report.erased, 0);
}

static void every_tampering_is_found(void **state)
{
    static const struct {
        const char *sql;
        enum verify_fault fault;
        uint64_t seq;
    } cases[] = {
        { "UPDATE event SET kind = 'paid' WHERE seq = 3", VERIFY_CHANGED, 3 },
        { "UPDATE event SET at_ms = at_ms + 1 WHERE seq = 3", VERIFY_CHANGED,
          3 },
        { "UPDATE event SET role = role + 256 WHERE seq = 3", VERIFY_CHANGED,
          3 },
        { "UPDATE event SET role = role - 256 WHERE seq = 3", VERIFY_CHANGED,
          3 },
        { "UPDATE event SET role = 1 WHERE seq = 3", VERIFY_CHANGED, 3 },
        { "UPDATE event SET staff = zeroblob(16) WHERE seq = 3", VERIFY_CHANGED,
          3 },
        { "UPDATE event SET command = zeroblob(16) WHERE seq = 3",
          VERIFY_CHANGED, 3 },
        { "UPDATE event SET nonce = zeroblob(12) WHERE seq = 3", VERIFY_CHANGED,
          3 },
        { "UPDATE event SET sealed = zeroblob(18) WHERE seq = 3",
          VERIFY_CHANGED, 3 },
        { "UPDATE event SET sealed = (SELECT sealed FROM event "
          "WHERE seq = 2) WHERE seq = 3",
          VERIFY_CHANGED, 3 },
        { "UPDATE event SET hash = zeroblob(32) WHERE seq = 3", VERIFY_CHANGED,
          3 },
        { "UPDATE event SET hash = zeroblob(1) WHERE seq = 3", VERIFY_CHANGED,
          3 },
        { "UPDATE event SET previous = zeroblob(32) WHERE seq = 3",
          VERIFY_CHANGED, 3 },
        { "DELETE FROM event WHERE seq = 3", VERIFY_MISSING, 4 },
        { "DELETE FROM event WHERE seq = 1", VERIFY_MISSING, 2 },
        { "DELETE FROM event WHERE seq = 5", VERIFY_TAIL, 4 },
        { "DELETE FROM event", VERIFY_TAIL, 5 },
        { "DELETE FROM head", VERIFY_TAIL, 5 },
        { "UPDATE head SET seq = 4", VERIFY_TAIL, 5 },
        { "UPDATE head SET hash = zeroblob(32)", VERIFY_TAIL, 5 },
        { "UPDATE event SET seq = 99 WHERE seq = 2;"
          "UPDATE event SET seq = 2 WHERE seq = 3;"
          "UPDATE event SET seq = 3 WHERE seq = 99",
          VERIFY_CHANGED, 2 },
        { "DELETE FROM event WHERE seq = 3;"
          "UPDATE event SET seq = seq - 1 WHERE seq > 3",
          VERIFY_CHANGED, 3 },
        { "INSERT INTO event SELECT stream_kind, stream, 6, kind, at_ms, "
          "role, staff, command, nonce, sealed, previous, hash FROM event "
          "WHERE seq = 5",
          VERIFY_CHANGED, 6 },
        { "UPDATE stream_key SET wrapped = zeroblob(48)", VERIFY_SEAL, 1 },
        { "DELETE FROM stream_key", VERIFY_SEAL, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *fresh;
        given_store(&fresh);
        struct given *given = fresh;
        struct stream_id stream = new_stream(STREAM_CONSULTATION);
        for (uint64_t seq = 1; seq <= 5; seq++)
            append_now(given->store, one_event(stream, seq, "{}"));
        tamper(given, cases[i].sql);

        struct verify_report report = verify_now(given->store);
        if (report.fault != cases[i].fault || report.seq != cases[i].seq)
            fail_msg("%s: %s at %d", cases[i].sql,
                     verify_fault_names[report.fault], (int)report.seq);
        assert_memory_equal(report.stream.bytes, stream.bytes, 16);
        then_removed(&fresh);
    }
}

/* Someone who can hash, but has no key: the seal still tells. */
static void a_chain_hashed_anew_is_found(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct chain_header fields = { .stream = stream,
                                   .seq = 1,
                                   .at_ms = 1001,
                                   .role = ROLE_DOCTOR, /* was SECRETARY */
                                   .staff = { "a staff member" },
                                   .kind = "arrived" };
    uint8_t header[CHAIN_HEADER_MAX], hash[32], none[32] = { 0 };
    sqlite3_stmt *statement;
    sqlite3 *db;

    ONLY_WITH_FILES();
    append_now(given->store, one_event(stream, 1, "{}"));
    assert_int_equal(sqlite3_open(given->path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT command, nonce, sealed FROM event", -1,
                       &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    memcpy(fields.command.bytes, sqlite3_column_blob(statement, 0), 16);
    size_t length = chain_header_write(&fields, header);
    chain_hash(none, slice(header, length),
               slice(sqlite3_column_blob(statement, 1), 12),
               slice(sqlite3_column_blob(statement, 2),
                     (size_t)sqlite3_column_bytes(statement, 2)),
               hash);
    sqlite3_finalize(statement);
    static const char *const updates[] = {
        "UPDATE event SET role = 1, hash = ?1", "UPDATE head SET hash = ?1"
    };
    for (int i = 0; i < 2; i++) {
        sqlite3_prepare_v2(db, updates[i], -1, &statement, NULL);
        sqlite3_bind_blob(statement, 1, hash, 32, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_finalize(statement);
    }
    sqlite3_close(db);

    assert_int_equal(verify_now(given->store).fault, VERIFY_SEAL);
    struct stream_copy copy = { .stream = stream };
    assert_int_equal(store_ask_now(given->store, run_copy, &copy), -EBADMSG);
}

/* ---- nobody reads the file --------------------------------------------------
 */

/* How often the needle stands in the store's files. */
static size_t seen_in_files(const struct given *given, struct slice needle)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    size_t seen = 0;

    for (size_t i = 0; i < 3; i++) {
        char path[192];
        struct stat found;
        snprintf(path, sizeof(path), "%s%s", given->path, ends[i]);
        FILE *file = fopen(path, "rb");
        if (!file)
            continue;
        fstat(fileno(file), &found);
        uint8_t *bytes = malloc((size_t)found.st_size + 1);
        size_t length = fread(bytes, 1, (size_t)found.st_size, file);
        fclose(file);
        const uint8_t *at = bytes;
        while ((at = memmem(at, length - (size_t)(at - bytes), needle.data,
                            needle.length))) {
            seen += 1;
            at += 1;
        }
        free(bytes);
    }
    return seen;
}

static void put_secrets(struct store *store, struct stream_id stream,
                        const char *canary)
{
    struct append *append = one_event(stream, 1, canary);
    struct slice text = slice_of_text(canary);

    append_text(append, visit_of(stream), TEXT_MESSAGE, 1, 1, ROLE_PATIENT,
                text);
    append_text(append, visit_of(stream), TEXT_NOTE, 1, 1, ROLE_DOCTOR, text);
    append_text(append, visit_of(stream), TEXT_LINES, 1, 1, ROLE_DOCTOR, text);
    append_document(append, visit_of(stream), DOCUMENT_RECEIPT, 1, text);
    append_outbox(append, visit_of(stream), NOTICE_BOOKED, 1, "mail", text, 1);
    assert_int_equal(append_now(store, append).result, APPEND_COMMITTED);
}

static void no_plain_text_lies_in_the_files(void **state)
{
    struct given *given = *state;
    struct slice canary = slice_of_text("KANARIENVOGEL");

    ONLY_WITH_FILES();
    put_secrets(given->store, new_stream(STREAM_CONSULTATION), "KANARIENVOGEL");
    put_secrets(given->store, new_stream(STREAM_CONSULTATION), "KANARIENVOGEL");
    append_now(given->store,
               one_event(new_stream(STREAM_AGENDA), 1, "KANARIENVOGEL"));
    append_now(given->store,
               one_event(new_stream(STREAM_CLINIC), 1, "KANARIENVOGEL"));
    assert_true(seen_in_files(given, slice_of_text("arrived")) > 0);
    assert_int_equal(seen_in_files(given, canary), 0);
    assert_int_equal(seen_in_files(given, slice(given_master_key, 16)), 0);
    given_reopen(given); /* the log is folded into the database */
    assert_int_equal(seen_in_files(given, canary), 0);
}

/* ---- erasing ----------------------------------------------------------------
 */

static int run_erase(struct reader_of_store *writer, void *arg)
{
    return visit_erase(writer, *(struct consultation_id *)arg, 5000);
}

static int run_note(struct reader_of_store *reader, void *arg)
{
    struct consultation_id *visit = arg;
    uint8_t *bytes;
    size_t length;

    return read_document(reader, *visit, DOCUMENT_RECEIPT, 1, &bytes, &length);
}

static void read_wrapped_key(struct given *given, uint8_t out[48])
{
    sqlite3_stmt *statement;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(given->path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db,
                       "SELECT wrapped FROM stream_key WHERE stream_kind = 0",
                       -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_bytes(statement, 0), 48);
    memcpy(out, sqlite3_column_blob(statement, 0), 48);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static void an_erased_visit_is_gone_for_good(void **state)
{
    struct given *given = *state;
    struct stream_copy copy = { .stream = new_stream(STREAM_CONSULTATION) };
    struct consultation_id visit = visit_of(copy.stream);
    uint8_t wrapped[48];

    ONLY_WITH_FILES();
    put_secrets(given->store, copy.stream, "a secret");
    /* Both threads have its key at hand. */
    assert_int_equal(store_ask_now(given->store, run_copy, &copy), 0);
    read_wrapped_key(given, wrapped);
    assert_true(seen_in_files(given, slice(wrapped, 48)) > 0);

    assert_int_equal(store_change_now(given->store, run_erase, &visit), 0);
    assert_int_equal(seen_in_files(given, slice(wrapped, 48)), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_ask_now(given->store, run_copy, &copy), -ENOKEY);
        assert_int_equal(store_ask_now(given->store, run_note, &visit),
                         -ENOENT);
        struct append_answer answer =
            append_now(given->store, one_event(copy.stream, 2, "{}"));
        assert_int_equal(answer.result, APPEND_NOT_STORED);
        struct verify_report report = verify_now(given->store);
        assert_int_equal(report.fault, VERIFY_FINE);
        assert_int_equal(report.erased, 1);
        given_reopen(given);
    }
}

static void only_the_erased_visit_is_gone(void **state)
{
    struct given *given = *state;
    struct stream_copy kept = { .stream = new_stream(STREAM_CONSULTATION) };
    struct stream_id erased = new_stream(STREAM_CONSULTATION);
    struct consultation_id visit = visit_of(erased);

    put_secrets(given->store, kept.stream, "kept");
    put_secrets(given->store, erased, "erased");
    assert_int_equal(store_change_now(given->store, run_erase, &visit), 0);
    assert_int_equal(store_ask_now(given->store, run_copy, &kept), 0);
    assert_string_equal(kept.events[0].record, "kept");
    assert_int_equal(
        append_now(given->store, one_event(kept.stream, 2, "{}")).result,
        APPEND_COMMITTED);
}

static int run_key_and_fail(struct reader_of_store *writer, void *arg)
{
    int err = visit_erase(writer, *(struct consultation_id *)arg, 5000);

    return err ? err : -EINVAL;
}

static void an_erasure_that_fails_erases_nothing(void **state)
{
    struct given *given = *state;
    struct stream_copy copy = { .stream = new_stream(STREAM_CONSULTATION) };
    struct consultation_id visit = visit_of(copy.stream);

    put_secrets(given->store, copy.stream, "a secret");
    assert_int_equal(store_change_now(given->store, run_key_and_fail, &visit),
                     -EINVAL);
    assert_int_equal(store_ask_now(given->store, run_copy, &copy), 0);
    assert_int_equal(
        append_now(given->store, one_event(copy.stream, 2, "{}")).result,
        APPEND_COMMITTED);
}

/* A key that was made for an append that was not stored must not live on in
 * memory: what it would seal could never be opened. */
static void a_key_that_was_not_stored_is_not_used(void **state)
{
    struct given *given = *state;
    struct stream_id agenda = new_stream(STREAM_AGENDA);
    struct stream_copy copy = { .stream = new_stream(STREAM_CONSULTATION) };

    ONLY_WITH_FILES(); /* the trigger is written in SQLite's way */
    append_now(given->store, one_event(agenda, 1, "{}"));
    /* Sealed first, then the event finds its place taken. */
    struct append *stale = new_append();
    append_text(stale, visit_of(copy.stream), TEXT_NOTE, 1, 1, ROLE_DOCTOR,
                slice_of_text("note"));
    add_event(stale, copy.stream, 1, "{}");
    add_event(stale, agenda, 2, "{}");
    tamper(given, "CREATE TRIGGER no BEFORE INSERT ON command BEGIN "
                  "SELECT RAISE(ABORT, 'a fault of the test'); END");
    int kept = hush();
    assert_int_equal(append_now(given->store, stale).result, APPEND_NOT_STORED);
    unhush(kept);
    tamper(given, "DROP TRIGGER no");

    assert_int_equal(
        append_now(given->store, one_event(copy.stream, 1, "kept")).result,
        APPEND_COMMITTED);
    given_reopen(given);
    assert_int_equal(store_ask_now(given->store, run_copy, &copy), 0);
    assert_string_equal(copy.events[0].record, "kept");
}

int main(void)
{
#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, given_store, then_removed)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_a_published_vector),
        cmocka_unit_test(what_is_sealed_opens_and_never_looks_the_same),
        cmocka_unit_test(the_header_and_hash_are_as_documented),
        with_store(nothing_wrong_is_told_as_fine),
        cmocka_unit_test(every_tampering_is_found),
        with_store(a_chain_hashed_anew_is_found),
        with_store(no_plain_text_lies_in_the_files),
        with_store(an_erased_visit_is_gone_for_good),
        with_store(only_the_erased_visit_is_gone),
        with_store(an_erasure_that_fails_erases_nothing),
        with_store(a_key_that_was_not_stored_is_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
