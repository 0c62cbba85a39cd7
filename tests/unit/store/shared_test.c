/* Two nodes that write to one database at the same time (tests/with-postgres;
 * without a server there is nothing to share and the tests pass). */
#include "tests/unit/store/given.h"

#include "signaling/store/erase.h"
#include "signaling/store/verify.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define LANES   12 /* writers of each node */
#define STREAMS 5  /* that all of them fight for */
#define ROUNDS  30

struct node {
    struct given given;
    size_t committed;
    size_t conflicts;
    size_t other;
    size_t running;
};

struct lane {
    struct node *node;
    struct stream_id first, second;
    uint64_t first_seq, second_seq;
    unsigned left;
    struct append *next;
};

static struct stream_id numbered(enum stream_kind kind, unsigned number)
{
    struct stream_id stream = { .kind = kind };

    memset(stream.bytes, (int)number + 1, sizeof(stream.bytes));
    return stream;
}

static void lane_next(struct lane *lane);

static void lane_answered(void *arg, const struct append_answer *answer)
{
    struct lane *lane = arg;

    if (answer->result == APPEND_COMMITTED)
        lane->node->committed += 1;
    else if (answer->result == APPEND_CONFLICT)
        lane->node->conflicts += 1;
    else
        lane->node->other += 1;
    lane_next(lane);
}

static int run_heads(struct reader_of_store *reader, void *arg)
{
    struct lane *lane = arg;
    int err = read_head(reader, lane->first, &lane->first_seq);

    return err ? err : read_head(reader, lane->second, &lane->second_seq);
}

/* On the heads as they are now: another may be faster. */
static void lane_decide(void *arg, int status)
{
    struct lane *lane = arg;
    struct append *append = new_append();

    assert_int_equal(status, 0);
    /* In whichever order: no two groups may wait for each other for ever. */
    if (lane->left % 2) {
        add_event(append, lane->first, lane->first_seq + 1, "{}");
        add_event(append, lane->second, lane->second_seq + 1, "{}");
    } else {
        add_event(append, lane->second, lane->second_seq + 1, "{}");
        add_event(append, lane->first, lane->first_seq + 1, "{}");
    }
    store_append(lane->node->given.store, append, lane_answered, lane);
}

static void lane_next(struct lane *lane)
{
    uint32_t draw;

    if (lane->left == 0) {
        lane->node->running -= 1;
        return;
    }
    lane->left -= 1;
    secret_random(&draw, sizeof(draw));
    lane->first = numbered(STREAM_CONSULTATION, draw % STREAMS);
    lane->second = numbered(STREAM_AGENDA, draw / STREAMS % STREAMS);
    store_ask(lane->node->given.store, run_heads, lane_decide, lane);
}

static void turn_both(struct node *nodes)
{
    struct pollfd descriptors[2];

    for (int i = 0; i < 2; i++)
        descriptors[i] =
            (struct pollfd){ .fd = store_descriptor(nodes[i].given.store),
                             .events = POLLIN };
    assert_true(poll(descriptors, 2, 60 * 1000) > 0);
    for (int i = 0; i < 2; i++)
        store_poll(nodes[i].given.store);
}

static int run_verify(struct reader_of_store *reader, void *arg)
{
    return store_verify(reader, arg);
}

static void two_nodes_write_one_log(void **state)
{
    struct node nodes[2] = { 0 };
    struct lane lanes[2 * LANES];
    struct verify_report report;
    char error[300] = "";

    (void)state;
    if (!given_server())
        return;
    log_threshold(LOG_LEVEL_ERROR);
    given_folder(&nodes[0].given);
    nodes[1].given = nodes[0].given;
    for (int i = 0; i < 2; i++)
        if (given_open(&nodes[i].given, error, sizeof(error)) != 0)
            fail_msg("%s", error);
    for (int i = 0; i < 2 * LANES; i++) {
        lanes[i] = (struct lane){ .node = &nodes[i % 2], .left = ROUNDS };
        nodes[i % 2].running += 1;
        lane_next(&lanes[i]);
    }
    while (nodes[0].running + nodes[1].running > 0)
        turn_both(nodes);

    size_t committed = nodes[0].committed + nodes[1].committed;
    assert_int_equal(nodes[0].other + nodes[1].other, 0);
    assert_true(nodes[0].committed > 0 && nodes[1].committed > 0);
    assert_true(nodes[0].conflicts + nodes[1].conflicts > 0);
    assert_int_equal(store_ask_now(nodes[0].given.store, run_verify, &report),
                     0);
    assert_int_equal(report.fault, VERIFY_FINE);
    assert_int_equal(report.events, 2 * committed);
    for (int i = 0; i < 2; i++)
        store_close(nodes[i].given.store);
    given_remove(&nodes[0].given);
}

/* The same button pressed on two nodes at once, by one command id. */
static void a_command_sent_to_two_nodes_is_carried_out_once(void **state)
{
    struct node nodes[2] = { 0 };
    char error[300] = "";

    (void)state;
    if (!given_server())
        return;
    log_threshold(LOG_LEVEL_ERROR);
    given_folder(&nodes[0].given);
    nodes[1].given = nodes[0].given;
    for (int i = 0; i < 2; i++)
        if (given_open(&nodes[i].given, error, sizeof(error)) != 0)
            fail_msg("%s", error);
    for (int round = 0; round < ROUNDS; round++) {
        struct stream_id stream = new_stream(STREAM_CONSULTATION);
        struct command_id command = new_command();
        struct waited waited[2] = { { .answered = false } };
        size_t committed = 0;
        for (int i = 0; i < 2; i++) {
            struct append *append =
                append_new(command, given_actor, given_content);
            add_event(append, stream, 1, "{}");
            store_append(nodes[i].given.store, append, take_answer, &waited[i]);
        }
        while (!waited[0].answered || !waited[1].answered)
            turn_both(nodes);
        for (int i = 0; i < 2; i++) {
            if (waited[i].answer.result == APPEND_COMMITTED)
                committed += 1;
            else
                assert_true(waited[i].answer.result == APPEND_CONFLICT ||
                            waited[i].answer.result == APPEND_REPEATED);
        }
        assert_int_equal(committed, 1);
        assert_int_equal(head_now(nodes[0].given.store, stream), 1);
    }
    for (int i = 0; i < 2; i++)
        store_close(nodes[i].given.store);
    given_remove(&nodes[0].given);
}

static int run_erase(struct reader_of_store *writer, void *arg)
{
    return visit_erase(writer, *(struct consultation_id *)arg, 5000);
}

static struct append_answer append_at(struct node nodes[2], int which,
                                      struct stream_id stream, uint64_t seq)
{
    struct waited waited = { .answered = false };

    store_append(nodes[which].given.store, one_event(stream, seq, "{}"),
                 take_answer, &waited);
    while (!waited.answered)
        turn_both(nodes);
    return waited.answer;
}

/* One node destroys a visit's key; the other has it in memory, for reading and
 * for writing, and gives it up by itself. */
static void a_key_that_one_node_destroys_is_given_up_by_the_other(void **state)
{
    struct node nodes[2] = { 0 };
    struct stream_copy copy = { .stream = new_stream(STREAM_CONSULTATION) };
    struct stream_copy kept = { .stream = new_stream(STREAM_CONSULTATION) };
    struct consultation_id visit = visit_of(copy.stream);
    struct timespec begin, now, moment = { .tv_nsec = 50 * 1000 * 1000 };
    char error[300] = "";
    int read;

    (void)state;
    if (!given_server())
        return;
    given_folder(&nodes[0].given);
    nodes[1].given = nodes[0].given;
    for (int i = 0; i < 2; i++)
        if (given_open(&nodes[i].given, error, sizeof(error)) != 0)
            fail_msg("%s", error);
    for (int i = 0; i < 2; i++) {
        struct store *store = nodes[i].given.store;
        uint64_t seq = (uint64_t)i + 1;
        assert_int_equal(append_at(nodes, i, copy.stream, seq).result,
                         APPEND_COMMITTED);
        assert_int_equal(append_at(nodes, i, kept.stream, seq).result,
                         APPEND_COMMITTED);
        assert_int_equal(store_ask_now(store, run_copy, &copy), 0);
    }

    int silent = hush(); /* each refused append is logged */
    assert_int_equal(store_change_now(nodes[0].given.store, run_erase, &visit),
                     0);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        nanosleep(&moment, NULL);
        read = store_ask_now(nodes[1].given.store, run_copy, &copy);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (read == 0 && now.tv_sec - begin.tv_sec < 30);
    assert_int_equal(read, -ENOKEY);
    uint64_t seq = 3; /* its writing connection looks by its own clock */
    while (append_at(nodes, 1, copy.stream, seq).result == APPEND_COMMITTED) {
        nanosleep(&moment, NULL);
        seq += 1;
        assert_true(seq < 500);
    }
    unhush(silent);
    assert_int_equal(append_at(nodes, 1, kept.stream, 3).result,
                     APPEND_COMMITTED);
    assert_int_equal(store_ask_now(nodes[1].given.store, run_copy, &kept), 0);
    assert_int_equal(kept.count, 3);
    for (int i = 0; i < 2; i++)
        store_close(nodes[i].given.store);
    given_remove(&nodes[0].given);
}

/* ---- an answer that is lost -------------------------------------------------
 */

/* Stands between a store and the server, and breaks the connection when the
 * server says that it committed: it did, but nobody hears of it. */
struct bridge {
    char folder[64];
    int listener;
    pthread_t thread;
    atomic_bool breaks; /* at the next commit, once */
};

static int unix_socket(const char *folder, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    snprintf(out->sun_path, sizeof(out->sun_path), "%s/.s.PGSQL.5432", folder);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* False when this connection is over. */
static bool carry(struct bridge *bridge, int from, int to, bool answers)
{
    char bytes[16384];
    ssize_t got = recv(from, bytes, sizeof(bytes), 0);

    if (got <= 0)
        return false;
    if (answers && memmem(bytes, (size_t)got, "COMMIT", 7) &&
        atomic_exchange(&bridge->breaks, false))
        return false;
    return send(to, bytes, (size_t)got, MSG_NOSIGNAL) == got;
}

struct wire {
    struct bridge *bridge;
    int ends[2];
};

static void *wire_turn(void *arg)
{
    struct wire *wire = arg;
    struct pollfd ends[2] = { { wire->ends[0], POLLIN, 0 },
                              { wire->ends[1], POLLIN, 0 } };
    bool open = true;

    while (open && poll(ends, 2, -1) > 0)
        for (int i = 0; i < 2 && open; i++)
            if (ends[i].revents)
                open = carry(wire->bridge, ends[i].fd, ends[1 - i].fd, i == 1);
    close(wire->ends[0]);
    close(wire->ends[1]);
    free(wire);
    return NULL;
}

static void *bridge_turn(void *arg)
{
    struct bridge *bridge = arg;
    struct sockaddr_un address;
    int client;

    while ((client = accept(bridge->listener, NULL, NULL)) >= 0) {
        struct wire *wire = malloc(sizeof(*wire));
        pthread_t thread;
        int server = unix_socket(given_server(), &address);
        assert_int_equal(
            connect(server, (struct sockaddr *)&address, sizeof(address)), 0);
        *wire = (struct wire){ bridge, { client, server } };
        assert_int_equal(pthread_create(&thread, NULL, wire_turn, wire), 0);
        pthread_detach(thread);
    }
    return NULL;
}

static void bridge_begin(struct bridge *bridge)
{
    struct sockaddr_un address;

    snprintf(bridge->folder, sizeof(bridge->folder),
             "/tmp/store_bridge.XXXXXX");
    assert_non_null(mkdtemp(bridge->folder));
    bridge->listener = unix_socket(bridge->folder, &address);
    assert_int_equal(
        bind(bridge->listener, (struct sockaddr *)&address, sizeof(address)),
        0);
    assert_int_equal(listen(bridge->listener, 16), 0);
    atomic_init(&bridge->breaks, false);
    assert_int_equal(pthread_create(&bridge->thread, NULL, bridge_turn, bridge),
                     0);
}

static void bridge_end(struct bridge *bridge)
{
    struct sockaddr_un address;

    shutdown(bridge->listener, SHUT_RDWR);
    pthread_join(bridge->thread, NULL);
    close(bridge->listener);
    close(unix_socket(bridge->folder, &address));
    unlink(address.sun_path);
    rmdir(bridge->folder);
}

struct lookup {
    struct stream_id stream;
    struct command_id command;
    struct append_answer answer;
};

static int run_lookup(struct reader_of_store *reader, void *arg)
{
    struct lookup *lookup = arg;

    return read_command(reader, lookup->stream, given_actor, lookup->command,
                        given_content, &lookup->answer);
}

static struct append *append_of(const struct lookup *lookup)
{
    struct append *append =
        append_new(lookup->command, given_actor, given_content);

    add_event(append, lookup->stream, 1, "{}");
    return append;
}

/* It is never told that nothing was written: it was. */
static void a_commit_whose_answer_is_lost_is_unknown(void **state)
{
    struct given given;
    struct bridge bridge;
    struct lookup lookup = { .stream = new_stream(STREAM_CONSULTATION),
                             .command = new_command() };
    char error[300] = "";

    (void)state;
    if (!given_server())
        return;
    given_folder(&given);
    bridge_begin(&bridge);
    snprintf(given.path, sizeof(given.path),
             "postgresql:///%s?user=postgres&host=%s",
             strrchr(given.folder, '/') + 1, bridge.folder);
    if (given_open(&given, error, sizeof(error)) != 0)
        fail_msg("%s", error);
    int silent = hush();
    atomic_store(&bridge.breaks, true);
    struct append_answer answer = append_now(given.store, append_of(&lookup));
    unhush(silent);
    assert_false(atomic_load(&bridge.breaks));
    assert_int_equal(answer.result, APPEND_UNKNOWN);

    /* Whoever asks is told, and whoever sends it again writes nothing more. */
    assert_int_equal(store_ask_now(given.store, run_lookup, &lookup), 0);
    assert_int_equal(lookup.answer.result, APPEND_REPEATED);
    assert_int_equal(append_now(given.store, append_of(&lookup)).result,
                     APPEND_REPEATED);
    assert_int_equal(head_now(given.store, lookup.stream), 1);
    assert_int_equal(
        append_now(given.store, one_event(lookup.stream, 2, "{}")).result,
        APPEND_COMMITTED);
    store_close(given.store);
    bridge_end(&bridge);
    given_remove(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_nodes_write_one_log),
        cmocka_unit_test(a_command_sent_to_two_nodes_is_carried_out_once),
        cmocka_unit_test(a_key_that_one_node_destroys_is_given_up_by_the_other),
        cmocka_unit_test(a_commit_whose_answer_is_lost_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
