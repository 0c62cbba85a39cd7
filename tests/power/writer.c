/*
 * writer: appends to a store as fast as it can, and says of each event when it
 * is durable, until somebody takes the power away. First it says what it found.
 * Lines on standard output: "verified FAULT", "head LANE SEQ" for each lane,
 * "ready", then "stored LANE SEQ".
 * usage: writer URL
 */
#include "base/log.h"
#include "base/secret.h"
#include "signaling/store/verify.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LANES 8 /* streams, each with one append under way */

struct lane {
    struct store *store;
    unsigned number;
    uint64_t seq; /* of the event under way */
};

static struct stream_id stream_of(const struct lane *lane)
{
    struct stream_id stream = { .kind = STREAM_CONSULTATION };

    memset(stream.bytes, (int)lane->number + 1, ID_BYTES);
    return stream;
}

/* One write a line: nothing waits in a buffer of ours. */
static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
    char line[80];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (write(STDOUT_FILENO, line, (size_t)length) != length)
        _exit(3);
}

static void append_next(struct lane *lane);

static void stored(void *arg, const struct append_answer *answer)
{
    struct lane *lane = arg;

    if (answer->result != APPEND_COMMITTED)
        _exit(4);
    say("stored %u %" PRIu64 "\n", lane->number, lane->seq);
    lane->seq += 1;
    append_next(lane);
}

/* An event with a note and now and then a document, as a visit makes them. */
static void append_next(struct lane *lane)
{
    static const uint8_t actor[16], content[32];
    struct stream_id stream = stream_of(lane);
    struct consultation_id visit;
    struct command_id command;
    uint8_t document[6000];

    memcpy(visit.bytes, stream.bytes, ID_BYTES);
    secret_random(command.bytes, sizeof(command.bytes));
    struct append *append = append_new(command, actor, content);
    append_event(append, stream, lane->seq, "arrived", (int64_t)lane->seq,
                 ROLE_SYSTEM, (struct staff_id){ { 0 } }, slice_of_text("{}"));
    append_text(append, visit, TEXT_NOTE, 1, 1, ROLE_DOCTOR,
                slice_of_text("the newest note"));
    if (lane->seq % 16 == 0) {
        secret_random(document, sizeof(document));
        append_document(append, visit, DOCUMENT_PRESCRIPTION,
                        (uint32_t)lane->seq, slice(document, sizeof(document)));
    }
    store_append(lane->store, append, stored, lane);
}

static int run_look(struct reader_of_store *reader, void *arg)
{
    struct lane *lanes = arg;
    struct verify_report report;
    int err = store_verify(reader, &report);

    if (err)
        return err;
    say("verified %s\n", verify_fault_names[report.fault]);
    for (unsigned i = 0; i < LANES && !err; i++) {
        err = read_head(reader, stream_of(&lanes[i]), &lanes[i].seq);
        say("head %u %" PRIu64 "\n", i, lanes[i].seq);
    }
    return err;
}

int main(int argc, char **argv)
{
    struct store_options options = { .master_key = "the key of this test" };
    struct lane lanes[LANES];
    struct store *store;
    char error[300] = "";

    if (argc != 2)
        return 2;
    options.url = argv[1];
    log_threshold(LOG_LEVEL_ERROR);
    if (store_open(&options, &store, error, sizeof(error))) {
        say("failed: %.60s\n", error);
        return 1;
    }
    for (unsigned i = 0; i < LANES; i++)
        lanes[i] = (struct lane){ .store = store, .number = i };
    int err = store_ask_now(store, run_look, lanes);
    if (err) {
        say("failed: %d\n", err);
        return 1;
    }
    say("ready\n");
    for (unsigned i = 0; i < LANES; i++) {
        lanes[i].seq += 1;
        append_next(&lanes[i]);
    }
    struct pollfd answers = { .fd = store_descriptor(store), .events = POLLIN };
    for (;;) {
        (void)poll(&answers, 1, -1);
        store_poll(store);
    }
}
