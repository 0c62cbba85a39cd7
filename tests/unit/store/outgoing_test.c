/* outgoing: what must leave the house, what is due, what the provider said. */
#include "tests/unit/store/given.h"

#include "signaling/store/due.h"
#include "signaling/store/inbox.h"
#include "signaling/store/outbox_rows.h"

/* ---- outbox ---------------------------------------------------------------
 */

struct claimed {
    int64_t now_ms;
    uint32_t limit;
    size_t count;
    struct {
        int64_t id;
        enum notice_kind kind;
        uint32_t attempts;
        char channel[12];
        char detail[64];
    } rows[8];
};

static int copy_row(void *arg, const struct outbox_row *row)
{
    struct claimed *claimed = arg;

    claimed->rows[claimed->count].id = row->id;
    claimed->rows[claimed->count].kind = row->kind;
    claimed->rows[claimed->count].attempts = row->attempts;
    memcpy(claimed->rows[claimed->count].channel, row->channel, 12);
    snprintf(claimed->rows[claimed->count].detail, 64, "%.*s",
             (int)row->detail.length, (const char *)row->detail.data);
    claimed->count += 1;
    return 0;
}

static int run_claim(struct reader_of_store *writer, void *arg)
{
    struct claimed *claimed = arg;

    claimed->count = 0;
    return outbox_claim(writer, claimed->now_ms, 60,
                        claimed->limit ? claimed->limit : 8, copy_row, claimed);
}

struct outcome {
    int64_t id;
    bool sent;
    int64_t next_ms;
};

static int run_outcome(struct reader_of_store *writer, void *arg)
{
    struct outcome *outcome = arg;

    return outcome->sent ? outbox_sent(writer, outcome->id, 1)
                         : outbox_failed(writer, outcome->id, outcome->next_ms,
                                         "no_answer");
}

struct delivery_asked {
    struct consultation_id visit;
    enum delivery delivery;
};

static int run_delivery(struct reader_of_store *reader, void *arg)
{
    struct delivery_asked *asked = arg;

    return read_delivery(reader, asked->visit, &asked->delivery);
}

static enum delivery delivery_now(struct store *store, struct stream_id visit)
{
    struct delivery_asked asked = { .visit = visit_of(visit) };

    assert_int_equal(store_ask_now(store, run_delivery, &asked), 0);
    return asked.delivery;
}

static void put_notice(struct store *store, struct stream_id stream,
                       uint64_t seq, enum notice_kind kind, const char *channel)
{
    struct append *append = one_event(stream, seq, "{}");

    append_outbox(append, visit_of(stream), kind, seq, channel,
                  slice_of_text("to someone"), 1000 + (int64_t)seq);
    assert_int_equal(append_now(store, append).result, APPEND_COMMITTED);
}

static void a_row_is_leased_to_one_worker(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct claimed claimed = { .now_ms = 1000 };

    put_notice(given->store, stream, 1, NOTICE_BOOKED, "mail");
    assert_int_equal(delivery_now(given->store, stream), DELIVERY_WAITING);
    /* not due yet */
    assert_int_equal(store_change_now(given->store, run_claim, &claimed), 0);
    assert_int_equal(claimed.count, 0);
    claimed.now_ms = 1001;
    assert_int_equal(store_change_now(given->store, run_claim, &claimed), 0);
    assert_int_equal(claimed.count, 1);
    assert_int_equal(claimed.rows[0].attempts, 0);
    assert_string_equal(claimed.rows[0].channel, "mail");
    assert_string_equal(claimed.rows[0].detail, "to someone");
    /* someone has it */
    claimed.now_ms = 1060;
    assert_int_equal(store_change_now(given->store, run_claim, &claimed), 0);
    assert_int_equal(claimed.count, 0);
    /* who had it died */
    claimed.now_ms = 1061;
    assert_int_equal(store_change_now(given->store, run_claim, &claimed), 0);
    assert_int_equal(claimed.count, 1);
    assert_int_equal(claimed.rows[0].attempts, 1);

    struct outcome sent = { .id = claimed.rows[0].id, .sent = true };
    assert_int_equal(store_change_now(given->store, run_outcome, &sent), 0);
    claimed.now_ms = 9000;
    assert_int_equal(store_change_now(given->store, run_claim, &claimed), 0);
    assert_int_equal(claimed.count, 0);
    assert_int_equal(delivery_now(given->store, stream), DELIVERY_SENT);
}

static void messages_of_a_visit_keep_their_order(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct claimed claimed = { .now_ms = 5000 };

    put_notice(given->store, stream, 1, NOTICE_BOOKED, "mail");
    put_notice(given->store, stream, 2, NOTICE_CANCELLED, "mail");
    put_notice(given->store, stream, 3, NOTICE_CANCELLED, "sms");
    assert_int_equal(store_change_now(given->store, run_claim, &claimed), 0);
    assert_int_equal(claimed.count, 2); /* each channel's first */
    assert_int_equal(claimed.rows[0].kind, NOTICE_BOOKED);
    assert_string_equal(claimed.rows[1].channel, "sms");

    struct outcome later = { .id = claimed.rows[0].id, .next_ms = 8000 };
    assert_int_equal(store_change_now(given->store, run_outcome, &later), 0);
    claimed.now_ms = 7999;
    claimed.limit = 1;
    struct outcome sms = { .id = claimed.rows[1].id, .sent = true };
    assert_int_equal(store_change_now(given->store, run_outcome, &sms), 0);
    assert_int_equal(store_change_now(given->store, run_claim, &claimed), 0);
    assert_int_equal(claimed.count, 0); /* the second waits for the first */

    struct outcome never = { .id = later.id, .next_ms = 0 };
    assert_int_equal(store_change_now(given->store, run_outcome, &never), 0);
    assert_int_equal(store_change_now(given->store, run_claim, &claimed), 0);
    assert_int_equal(claimed.count, 1);
    assert_int_equal(claimed.rows[0].kind, NOTICE_CANCELLED);
}

static void delivery_tells_the_worst_of_the_newest(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct claimed claimed = { .now_ms = 5000 };

    assert_int_equal(delivery_now(given->store, stream), DELIVERY_NONE);
    put_notice(given->store, stream, 1, NOTICE_OPEN_CHECKOUT, "payment");
    assert_int_equal(delivery_now(given->store, stream), DELIVERY_NONE);

    struct append *append = one_event(stream, 2, "{}");
    append_outbox(append, visit_of(stream), NOTICE_BOOKED, 2, "mail",
                  slice_of_text(""), 1);
    append_outbox(append, visit_of(stream), NOTICE_BOOKED, 2, "sms",
                  slice_of_text(""), 1);
    append_now(given->store, append);
    assert_int_equal(store_change_now(given->store, run_claim, &claimed), 0);
    assert_int_equal(claimed.count, 3);
    for (size_t i = 0; i < 3; i++) {
        bool mail = strcmp(claimed.rows[i].channel, "mail") == 0;
        struct outcome outcome = { .id = claimed.rows[i].id, .sent = mail };
        store_change_now(given->store, run_outcome, &outcome);
    }
    assert_int_equal(delivery_now(given->store, stream), DELIVERY_FAILED);
    put_notice(given->store, stream, 3, NOTICE_LINK, "mail");
    assert_int_equal(delivery_now(given->store, stream), DELIVERY_WAITING);
}

/* ---- deadlines ------------------------------------------------------------
 */

struct dues {
    int64_t now_ms;
    size_t count;
    struct due_deadline rows[8];
    int64_t postpone_ms;
};

static int copy_due(void *arg, const struct due_deadline *due)
{
    struct dues *dues = arg;

    dues->rows[dues->count++] = *due;
    return 0;
}

static int run_dues(struct reader_of_store *reader, void *arg)
{
    struct dues *dues = arg;

    dues->count = 0;
    return due_read(reader, dues->now_ms, 8, copy_due, dues);
}

static int run_postpone(struct reader_of_store *writer, void *arg)
{
    struct dues *dues = arg;

    return due_postpone(writer, &dues->rows[0], dues->postpone_ms);
}

static int run_remove(struct reader_of_store *writer, void *arg)
{
    struct dues *dues = arg;

    return due_remove(writer, &dues->rows[0]);
}

static void deadlines_come_due_and_are_replaced(void **state)
{
    struct given *given = *state;
    struct stream_id stream = new_stream(STREAM_CONSULTATION);
    struct deadline both[] = { { DEADLINE_LAPSE, 300 },
                               { DEADLINE_CHECKOUT, 200 } };
    struct dues dues = { .now_ms = 300, .postpone_ms = 400 };

    struct append *append = one_event(stream, 1, "{}");
    append_deadlines(append, visit_of(stream), 1, both, 2);
    append_now(given->store, append);
    assert_int_equal(store_ask_now(given->store, run_dues, &dues), 0);
    assert_int_equal(dues.count, 2);
    assert_int_equal(dues.rows[0].kind, DEADLINE_CHECKOUT);
    assert_int_equal(dues.rows[0].seq, 1);
    assert_memory_equal(dues.rows[0].visit.bytes, stream.bytes, 16);

    assert_int_equal(store_change_now(given->store, run_postpone, &dues), 0);
    assert_int_equal(store_ask_now(given->store, run_dues, &dues), 0);
    assert_int_equal(dues.count, 1);
    assert_int_equal(dues.rows[0].kind, DEADLINE_LAPSE);

    append = one_event(stream, 2, "{}");
    append_deadlines(append, visit_of(stream), 2, both, 1);
    append_now(given->store, append);
    /* What was read belongs to the state before: it removes nothing. */
    assert_int_equal(store_change_now(given->store, run_remove, &dues), 0);
    dues.now_ms = 1000;
    assert_int_equal(store_ask_now(given->store, run_dues, &dues), 0);
    assert_int_equal(dues.count, 1);
    assert_int_equal(store_change_now(given->store, run_remove, &dues), 0);
    assert_int_equal(store_ask_now(given->store, run_dues, &dues), 0);
    assert_int_equal(dues.count, 0);
}

/* ---- inbox ----------------------------------------------------------------
 */

static int run_inbox_put(struct reader_of_store *writer, void *arg)
{
    return inbox_put(writer, arg, "cs_1", 1000);
}

static int run_inbox_done(struct reader_of_store *writer, void *arg)
{
    return inbox_done(writer, arg);
}

static int check_pending(void *arg, const char *event_id, const char *checkout)
{
    assert_string_equal(event_id, "evt_1");
    assert_string_equal(checkout, "cs_1");
    *(size_t *)arg += 1;
    return 0;
}

static int run_pending(struct reader_of_store *reader, void *arg)
{
    *(size_t *)arg = 0;
    return inbox_pending(reader, 10, check_pending, arg);
}

static void the_provider_is_heard_once(void **state)
{
    struct given *given = *state;
    char event_id[] = "evt_1";
    size_t pending;

    assert_int_equal(store_change_now(given->store, run_inbox_put, event_id),
                     1);
    assert_int_equal(store_change_now(given->store, run_inbox_put, event_id),
                     0);
    assert_int_equal(store_ask_now(given->store, run_pending, &pending), 0);
    assert_int_equal(pending, 1);
    store_change_now(given->store, run_inbox_done, event_id);
    assert_int_equal(store_ask_now(given->store, run_pending, &pending), 0);
    assert_int_equal(pending, 0);
    assert_int_equal(store_change_now(given->store, run_inbox_put, event_id),
                     0);
}

int main(void)
{
#define with_store(test)                                                       \
    cmocka_unit_test_setup_teardown(test, given_store, then_removed)
    const struct CMUnitTest tests[] = {
        with_store(a_row_is_leased_to_one_worker),
        with_store(messages_of_a_visit_keep_their_order),
        with_store(delivery_tells_the_worst_of_the_newest),
        with_store(deadlines_come_due_and_are_replaced),
        with_store(the_provider_is_heard_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
