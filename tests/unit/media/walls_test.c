/* The walls between people, in space and in time, and the one between a key and
 * whoever would read two packets sealed alike. Real pages' protocols. */
#include "page.h"

#define SOUND   4 /* sections of slot 1 */
#define PICTURE 5
#define ALL     65536

/* ---- who gets what of whom --------------------------------------------------
 */

/* A packet whose content says in whose visit it was sent. */
static void send_marked(struct page *page, bool video, uint16_t seq,
                        uint8_t mark)
{
    const uint8_t picture[8] = { 0x10, 0, (uint8_t)page->number, mark };
    const uint8_t words[8] = { 'w', 'o', 'r', mark };
    static const uint8_t extension[] = { 0x10, 0x9e, 0x40, '0' };
    struct rtp_packet packet = {
        .marker = true,
        .payload_type = video ? PAGE_VP8 : PAGE_OPUS,
        .seq = seq,
        .timestamp = seq * 3000u,
        .ssrc = (video ? PAGE_VIDEO : PAGE_AUDIO) + page->number,
        .payload = slice(video ? picture : words, 8),
    };

    if (!video) {
        packet.extension_profile = RTP_EXTENSION_ONEBYTE;
        packet.extension = slice(extension, sizeof(extension));
    }
    page_send_rtp(page, &packet);
}

static void send_both(struct page *page, uint8_t mark)
{
    send_marked(page, true, page->video_seq++, mark);
    send_marked(page, false, page->audio_seq++, mark);
}

/* Packets of people since the last look that carry a mark; RTX has two bytes
 * before the content (RFC 4588). */
static size_t marked(const struct page *page, uint8_t mark)
{
    size_t count = 0;

    for (size_t i = 0; i < page->rtp_count; i++) {
        struct slice payload = page->rtp[i].payload;

        if (payload.length == 8)
            count += payload.data[3] == mark;
        else if (payload.length == 10)
            count += payload.data[5] == mark;
    }
    return count;
}

static void forget_what_came(struct page *page)
{
    do
        page_listen(page);
    while (page->used > 0);
}

/* Asks for every number there is of one stream, soon enough for all that is
 * kept to be there still; how many packets of this mark came for it. */
static size_t ask_for_all(struct page *page, uint32_t ssrc, uint8_t mark)
{
    size_t count = 0;

    for (unsigned first = 0; first < ALL; first += 512) {
        uint8_t bytes[1400];
        uint16_t seqs[512];
        struct writer out = writer_into(bytes, sizeof(bytes));

        for (unsigned i = 0; i < 512; i++)
            seqs[i] = (uint16_t)(first + i);
        rtcp_write_receiver_report(&out, 9, NULL, 0);
        rtcp_write_nack(&out, 9, ssrc, seqs, 512);
        assert_false(out.failed);
        page_send_rtcp(page, &out);
        relay_wait(page->relay, 1);
        page_listen(page);
        count += marked(page, mark);
    }
    return count;
}

/* Every stream that the page knows of, and those that it should not. */
static size_t ask_for_everything(struct page *page, const struct page *other,
                                 uint8_t mark)
{
    const uint32_t ssrcs[] = {
        page->slot_ssrc[PICTURE],   page->slot_rtx[PICTURE],
        page->slot_ssrc[SOUND],     other->slot_ssrc[PICTURE],
        PAGE_VIDEO + other->number, PAGE_VIDEO_RX + other->number,
    };
    size_t count = 0;

    for (size_t i = 0; i < sizeof(ssrcs) / sizeof(ssrcs[0]); i++)
        count += ask_for_all(page, ssrcs[i], mark);
    relay_wait(page->relay, 500); /* repairs are paced */
    page_listen(page);
    return count + marked(page, mark);
}

/* What was lost on the way is repeated: all that follows can fail. */
static void is_given_again(struct page *page, uint8_t mark)
{
    const struct rtp_packet *last = NULL;

    assert_true(page_got(page, PICTURE, &last) > 0);
    if (last)
        page_miss(page, PICTURE, last->seq);
    relay_wait(page->relay, 100);
    page_listen(page);
    assert_int_equal(marked(page, mark), 1);
}

static void the_next_patient_gets_nothing_of_the_one_before(void **state)
{
    struct relay *relay = *state;
    struct page *doctor = page_connected(relay, "doctor", 1);
    struct page *anna = page_connected(relay, "anna", 2);
    struct page *bert = page_connected(relay, "bert", 3);

    relay_pair(relay, "anna", 1, 1, "doctor", "anna");
    for (unsigned i = 0; i < 100; i++) {
        send_both(doctor, 'A');
        send_both(anna, 'a');
        relay_wait(relay, 5);
    }
    page_listen(anna);
    assert_int_equal(marked(anna, 'A'), 200);
    is_given_again(anna, 'A');

    relay_pair(relay, "anna", 1, 2, NULL, NULL);
    relay_pair(relay, "bert", 2, 1, "doctor", "bert");
    page_listen(bert);
    assert_int_equal(bert->rtp_count, 0);
    assert_int_equal(ask_for_everything(bert, anna, 'A'), 0);
    assert_int_equal(ask_for_everything(bert, anna, 'a'), 0);

    /* Nor once the doctor's stream flows to him, whose cache is one. */
    for (unsigned i = 0; i < 100; i++) {
        send_both(doctor, 'B');
        relay_wait(relay, 5);
    }
    page_listen(bert);
    assert_int_equal(marked(bert, 'B'), 200);
    assert_int_equal(marked(bert, 'A'), 0);
    is_given_again(bert, 'B');
    assert_int_equal(ask_for_everything(bert, anna, 'A'), 0);

    /* Nor does she hear of him, or the doctor of her, ever again. */
    forget_what_came(anna);
    forget_what_came(doctor);
    assert_int_equal(ask_for_everything(anna, bert, 'B'), 0);
    assert_int_equal(ask_for_everything(doctor, anna, 'a'), 0);
    page_free(doctor);
    page_free(anna);
    page_free(bert);
}

/* A page that sends while it waits: nobody asked for it, nobody gets it. The
 * numbers of the visit before stand for it in the doctor's slot. */
static void what_was_sent_before_admission_is_never_shown(void **state)
{
    struct relay *relay = *state;
    struct page *doctor = page_connected(relay, "doctor", 1);
    struct page *anna = page_connected(relay, "anna", 2);
    struct page *bert = page_connected(relay, "bert", 3);

    relay_pair(relay, "anna", 1, 1, "doctor", "anna");
    for (unsigned i = 0; i < 100; i++) {
        send_both(anna, 'a');
        send_both(bert, 'e');
        relay_wait(relay, 2);
    }
    relay_pair(relay, "anna", 1, 2, NULL, NULL);
    relay_pair(relay, "bert", 2, 1, "doctor", "bert");
    forget_what_came(doctor);
    for (unsigned i = 0; i < 3; i++)
        send_both(bert, 'b');
    page_listen(doctor);
    assert_int_equal(marked(doctor, 'b'), 6);
    is_given_again(doctor, 'b');
    assert_int_equal(ask_for_all(doctor, doctor->slot_ssrc[PICTURE], 'e'), 0);
    assert_int_equal(ask_for_everything(doctor, bert, 'e'), 0);
    page_free(doctor);
    page_free(anna);
    page_free(bert);
}

/* Packets of the doctor's that were under way when the visit changed: some come
 * before the first of the new visit, some after it. */
static void what_comes_late_stays_before_the_wall(void **state)
{
    struct relay *relay = *state;
    struct page *doctor = page_connected(relay, "doctor", 1);
    struct page *anna = page_connected(relay, "anna", 2);
    struct page *bert = page_connected(relay, "bert", 3);
    uint16_t late[2][10];
    unsigned held = 0;

    relay_pair(relay, "anna", 1, 1, "doctor", "anna");
    for (unsigned i = 0; i < 60; i++) {
        if (i % 6 == 5) {
            late[0][held] = doctor->audio_seq++;
            late[1][held++] = doctor->video_seq++;
        }
        send_both(doctor, 'A');
        relay_wait(relay, 5);
    }
    relay_pair(relay, "anna", 1, 2, NULL, NULL);
    relay_pair(relay, "bert", 2, 1, "doctor", "bert");
    for (unsigned i = 0; i < 20; i++) {
        send_marked(doctor, i % 2, late[i % 2][i / 2], 'A');
        if (i >= 9)
            send_both(doctor, 'B');
        relay_wait(relay, 5);
    }
    page_listen(bert);
    assert_int_equal(marked(bert, 'B'), 22);
    assert_int_equal(marked(bert, 'A'), 0);
    page_free(doctor);
    page_free(anna);
    page_free(bert);
}

/* ---- no number is sealed twice ----------------------------------------------
 */

#define STREAMS_SEEN 40
#define NUMBERS_SEEN (1 << 18)

/* What left for one page under one key, told from the packets' own bytes. */
struct ledger {
    size_t streams;
    size_t packets;
    struct {
        uint32_t ssrc;
        bool control; /* SRTCP, which counts by itself */
        int64_t highest;
        uint8_t numbers[NUMBERS_SEEN / 8];
    } seen[STREAMS_SEEN];
};

static void ledger_note(struct ledger *ledger, uint32_t ssrc, bool control,
                        int64_t number)
{
    size_t i = 0;
    uint8_t bit = (uint8_t)(1u << (number & 7));

    while (i < ledger->streams &&
           (ledger->seen[i].ssrc != ssrc || ledger->seen[i].control != control))
        i += 1;
    assert_true(i < STREAMS_SEEN && number >= 0 && number < NUMBERS_SEEN);
    if (i == ledger->streams) {
        ledger->streams += 1;
        ledger->seen[i].ssrc = ssrc;
        ledger->seen[i].control = control;
    }
    assert_int_equal(ledger->seen[i].numbers[number / 8] & bit, 0);
    ledger->seen[i].numbers[number / 8] |= bit;
    if (number > ledger->seen[i].highest)
        ledger->seen[i].highest = number;
    ledger->packets += 1;
}

static int64_t ledger_highest(const struct ledger *ledger, uint32_t ssrc)
{
    for (size_t i = 0; i < ledger->streams; i++)
        if (ledger->seen[i].ssrc == ssrc && !ledger->seen[i].control)
            return ledger->seen[i].highest;
    return -1;
}

static uint32_t u32_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Rollover counter and number, as RFC 3711, section 3.3.1, guesses them; SRTCP
 * tells its own at its end. */
static void ledger_packet(struct ledger *ledger, const uint8_t *bytes,
                          size_t length)
{
    int64_t highest;
    uint16_t seq;

    if (length < 12 || bytes[0] >> 6 != 2)
        return;
    if (bytes[1] >= 192 && bytes[1] < 224) {
        ledger_note(ledger, u32_at(bytes + 4), true,
                    u32_at(bytes + length - 4) & 0x7fffffff);
        return;
    }
    seq = (uint16_t)(bytes[2] << 8 | bytes[3]);
    highest = ledger_highest(ledger, u32_at(bytes + 8));
    ledger_note(ledger, u32_at(bytes + 8), false,
                highest < 0 ? seq : seq_extend(highest, seq));
}

static void ledger_listen(struct ledger *ledger, struct page *page)
{
    uint8_t bytes[1600];
    ssize_t n;
    size_t plain;

    while ((n = recv(page->client.socket, bytes, sizeof(bytes), 0)) > 0) {
        ledger_packet(ledger, bytes, (size_t)n);
        if (n < 12 || bytes[0] >> 6 != 2)
            continue;
        /* And it opens: the numbers above are what it was sealed with. */
        if (bytes[1] >= 192 && bytes[1] < 224)
            assert_int_equal(
                srtp_in_rtcp(&page->client.in, bytes, (size_t)n, &plain), 0);
        else
            assert_int_equal(
                srtp_in_rtp(&page->client.in, bytes, (size_t)n, &plain), 0);
    }
}

/* The same story each run (xorshift32). */
static uint32_t chance(uint32_t below)
{
    static uint32_t state = 2463534242u;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static void send_badly(struct page *page)
{
    static uint16_t held[2][16];
    unsigned kind = chance(2);
    uint16_t *seq = kind ? &page->video_seq : &page->audio_seq;
    uint16_t *late = &held[kind][(page->number * 8 + chance(8)) % 16];

    switch (chance(12)) {
    case 0: /* some are lost, and lie so far apart that numbers wrap soon */
        *seq = (uint16_t)(*seq + chance(600));
        break;
    case 1: /* one is held back */
        *late = (*seq)++;
        break;
    case 2: /* one that was held back, or was never: it comes or is refused */
        if ((uint16_t)(*seq - *late) < 900 && *late != 0) {
            send_marked(page, kind, *late, 'l');
            *late = 0;
        }
        break;
    default:
        send_marked(page, kind, (*seq)++, 'n');
    }
}

static void ask_at_random(struct page *page)
{
    for (unsigned i = 0; i < 4; i++)
        page_miss(page, PICTURE, (uint16_t)chance(ALL));
}

static void change_routes(struct relay *relay, uint64_t order)
{
    static const char *const patients[] = { "anna", "bert" };
    char room[16];

    snprintf(room, sizeof(room), "room%u", (unsigned)order);
    relay_pair(relay, room, order, 1, "doctor", patients[chance(2)]);
}

static void no_number_is_sealed_twice(void **state)
{
    struct relay *relay = *state;
    struct page *pages[] = { page_connected(relay, "doctor", 1),
                             page_connected(relay, "anna", 2),
                             page_connected(relay, "bert", 3) };
    struct ledger *ledgers = calloc(3, sizeof(*ledgers));
    uint64_t order = 0;

    for (unsigned step = 0; step < 6000; step++) {
        unsigned who = chance(3);

        if (step % 150 == 0)
            change_routes(relay, ++order);
        send_badly(pages[who]);
        if (chance(20) == 0)
            ask_at_random(pages[who]);
        if (chance(200) == 0)
            page_check(pages[who]);
        relay_wait(relay, chance(4));
        if (step % 1500 == 700) { /* a page is loaded anew: a new key */
            ledger_listen(&ledgers[who], pages[who]);
            page_free(pages[who]);
            memset(&ledgers[who], 0, sizeof(ledgers[who]));
            pages[who] = page_connected(
                relay, (const char *[]){ "doctor", "anna", "bert" }[who],
                who + 1 + 3 * (step / 1500 + 1));
        }
        for (unsigned i = 0; i < 3; i++)
            ledger_listen(&ledgers[i], pages[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        assert_true(ledgers[i].packets > 50);
        page_free(pages[i]);
    }
    free(ledgers);
}

/* Numbers of a stream that goes on for so long that they wrap. */
static void rollovers_are_told_apart(void **state)
{
    struct relay *relay = *state;
    struct page *doctor = page_connected(relay, "doctor", 1);
    struct page *anna = page_connected(relay, "anna", 2);
    struct ledger *ledger = calloc(1, sizeof(*ledger));

    relay_pair(relay, "anna", 1, 1, "doctor", "anna");
    for (unsigned i = 0; i < 900; i++) {
        send_marked(doctor, false, doctor->audio_seq, 'A');
        doctor->audio_seq = (uint16_t)(doctor->audio_seq + 1 + chance(400));
        if (i == 450) /* beyond a wall too */
            relay_pair(relay, "again", 2, 1, "doctor", "anna");
        relay_wait(relay, 1);
        ledger_listen(ledger, anna);
    }
    assert_true(ledger_highest(ledger, anna->slot_ssrc[SOUND]) > 2L * ALL);
    page_free(doctor);
    page_free(anna);
    free(ledger);
}

/* ---- the first packets are lost
 * ----------------------------------------------
 */

static void the_first_fifty_may_be_lost(void **state)
{
    struct relay *relay = *state;
    struct page *doctor = page_connected(relay, "doctor", 1);

    for (unsigned i = 0; i < 12; i++) {
        struct page *page = page_connected(relay, "anna", 2);
        uint8_t lost[1600];
        const struct rtp_packet *sound = NULL, *picture = NULL;

        relay_pair(relay, "v", 1, 2 * i + 1, "doctor", "anna");
        for (unsigned n = 0; n < 50; n++)
            send_both(doctor, 'A');
        while (recv(page->client.socket, lost, sizeof(lost), 0) > 0)
            ;
        send_both(doctor, 'A');
        page_listen(page); /* asserts that all decrypts */
        assert_int_equal(page_got(page, SOUND, &sound), 1);
        assert_int_equal(page_got(page, PICTURE, &picture), 1);
        assert_true(sound->seq >= 50 && sound->seq < 32768 + 50);
        assert_true(picture->seq >= 50 && picture->seq < 32768 + 50);
        relay_pair(relay, "v", 1, 2 * i + 2, NULL, NULL);
        page_free(page);
    }
    page_free(doctor);
}

#define WALL_TEST(name)                                                        \
    cmocka_unit_test_setup_teardown(name, relay_begin, relay_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WALL_TEST(the_next_patient_gets_nothing_of_the_one_before),
        WALL_TEST(what_was_sent_before_admission_is_never_shown),
        WALL_TEST(what_comes_late_stays_before_the_wall),
        WALL_TEST(no_number_is_sealed_twice),
        WALL_TEST(rollovers_are_told_apart),
        WALL_TEST(the_first_fifty_may_be_lost),
    };

    return cmocka_run_group_tests(tests, relay_libraries, relay_libraries_end);
}
