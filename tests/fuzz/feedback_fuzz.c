/* Transport-wide feedback of packets with any numbers at any times. The input
 * is a list of steps: how far the number moves (2 bytes, signed), how far the
 * clock (2 bytes: a mantissa of 11 bits, an exponent of 5; an odd exponent also
 * asks for a message). A second implementation reads the messages; what it
 * understands is what came, once and completely. */
#include "base/reader.h"
#include "media/rate/feedback.h"
#include "media/rtp/rtcp.h"
#include "media/rtp/rtp.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define START UINT64_C(4000000000000000)
#define LATER UINT64_C(9000000000000000) /* where the clock stands still */

static struct feedback feedback;

/* By number, when a packet came that was not told yet. Those of earlier rounds
 * are as good as none: clearing all would take longer than the rest. */
static struct {
    uint32_t round;
    uint64_t at;
} came[65536];
static uint32_t this_round;
static size_t untold;

static bool is_untold(uint16_t seq)
{
    return came[seq].round == this_round && came[seq].at != 0;
}

static size_t read_symbols(struct reader *in, size_t count, uint8_t *out)
{
    size_t at = 0, received = 0;

    while (at < count) {
        uint16_t chunk = reader_u16(in);
        bool vector = chunk >> 15;
        bool two_bits = chunk >> 14 & 1;
        size_t holds = !vector ? chunk & 0x1fff : two_bits ? 7 : 14;

        assert(!in->failed && holds > 0);
        for (size_t i = 0; i < holds && at < count; i++) {
            uint8_t symbol = !vector    ? chunk >> 13 & 3
                             : two_bits ? chunk >> (12 - 2 * i) & 3
                                        : chunk >> (13 - i) & 1;
            assert(symbol != 3);
            received += symbol != 0;
            out[at++] = symbol;
        }
    }
    return received;
}

/* Everything told is as it came, and is not told again. */
static void understand(struct slice message)
{
    static uint8_t symbols[FEEDBACK_PACKETS_MAX];
    struct reader in = reader_of(message);
    struct rtcp_message rtcp;
    struct slice rest = message;

    int took = rtcp_next(&rest, &rtcp);
    assert(took == 1 && rest.length == 0);
    (void)reader_bytes(&in, 12);
    uint16_t seq = reader_u16(&in);
    size_t count = reader_u16(&in);
    uint64_t clock = (uint64_t)reader_u24(&in) * 256;
    (void)reader_u8(&in);
    assert(count > 0 && count <= FEEDBACK_PACKETS_MAX);
    size_t received = read_symbols(&in, count, symbols);
    assert(received > 0);
    for (size_t i = 0; i < count; i++, seq++) {
        if (symbols[i] == 0) {
            assert(!is_untold(seq));
            continue;
        }
        clock += symbols[i] == 1 ? (uint64_t)reader_u8(&in)
                                 : (uint64_t)(int16_t)reader_u16(&in);
        assert(is_untold(seq));
        assert(clock % (UINT64_C(256) << 24) ==
               came[seq].at / 250 % (UINT64_C(256) << 24));
        came[seq].at = 0;
        untold--;
    }
    assert(!in.failed && in.rest.length < 4);
}

static bool tell(uint64_t now)
{
    uint8_t bytes[FEEDBACK_SIZE_MAX];
    struct writer out = writer_into(bytes, sizeof(bytes));
    int64_t before = feedback.next;

    if (!feedback_write(&feedback, 1, 2, now, &out)) {
        assert(out.length == 0 && !out.failed);
        assert(feedback_deadline(&feedback) == FEEDBACK_NEVER);
        return false;
    }
    assert(!out.failed && feedback.next > before);
    understand(writer_done(&out));
    return true;
}

static void packet(uint16_t seq, uint64_t now)
{
    bool begun = feedback.begun;
    int64_t extended = seq_extend(feedback.highest, seq);
    bool late = begun && extended < feedback.next;

    bool stale = feedback.due_us != FEEDBACK_NEVER &&
                 now - feedback.since_us >= FEEDBACK_LONGEST_US;

    if (begun && !late &&
        (stale || extended - feedback.next >= FEEDBACK_WINDOW))
        this_round++, untold = 0; /* an outage: nothing is told */
    if (!late && !is_untold(seq)) {
        came[seq].round = this_round;
        came[seq].at = now;
        untold++;
    }
    feedback_packet(&feedback, seq, now);
    bool many = feedback.highest - feedback.next >= FEEDBACK_MANY - 1;
    assert(late ||
           feedback_deadline(&feedback) <=
               now + (many ? FEEDBACK_INTERVAL_US : FEEDBACK_SPARSE_US));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader in = reader_of(slice(data, size));
    uint64_t now = START;
    uint16_t seq = reader_u16(&in);

    feedback_init(&feedback);
    this_round++;
    untold = 0;
    while (in.rest.length >= 4) {
        seq = (uint16_t)(seq + reader_u16(&in));
        uint16_t step = reader_u16(&in);
        now += (uint64_t)(step & 0x7ff) << (step >> 11);
        if (now > LATER)
            now = LATER;
        packet(seq, now);
        if (step >> 11 & 1)
            (void)tell(now);
    }
    while (tell(now))
        ;
    assert(untold == 0);
    return 0;
}
