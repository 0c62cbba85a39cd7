/* What makes a packet cheap: no allocation on its way, and one run a frame. */
#include "page.h"

/* Of the address sanitizer's allocator; gcc installs no header for it. */
int __sanitizer_install_malloc_and_free_hooks(
    void (*allocated)(const volatile void *, size_t),
    void (*freed)(const volatile void *));

#define PICTURE 5   /* sections in which slot 1 is received */
#define WARM    600 /* packets: every cache has been round once */
#define PACKETS 400

static bool counting;
static size_t allocations;

static void allocated(const volatile void *pointer, size_t size)
{
    (void)pointer;
    (void)size;
    allocations += counting;
}

static void freed(const volatile void *pointer)
{
    (void)pointer;
    allocations += counting;
}

/* One packet of a picture, `length` bytes of payload; the relay has no turn. */
static void show(struct page *page, bool first, bool last, size_t length)
{
    uint8_t payload[1200], plain[1300], bytes[1400];
    struct writer in = writer_into(plain, sizeof(plain));
    struct writer out = writer_into(bytes, sizeof(bytes));

    memset(payload, (int)length, sizeof(payload));
    payload[0] = first ? 0x10 : 0;
    payload[1] = 0;
    rtp_write_header(
        &(struct rtp_packet){
            .marker = last,
            .payload_type = PAGE_VP8,
            .seq = page->video_seq,
            .timestamp = page->video_seq / 3 * 3000u,
            .ssrc = PAGE_VIDEO + page->number,
        },
        &in);
    page->video_seq += 1;
    writer_bytes(&in, slice(payload, length));
    assert_int_equal(srtp_out_rtp(&page->client.out, writer_done(&in), &out),
                     0);
    assert_int_equal(send(page->client.socket, bytes, out.length, 0),
                     out.length);
}

struct pair {
    struct page *a;
    struct page *b;
};

static struct pair pair_of(struct relay *relay)
{
    struct pair pair = { page_connected(relay, "a", 1),
                         page_connected(relay, "b", 2) };

    pair.a->video_seq = 300;
    relay_pair(relay, "v", 1, 1, "a", "b");
    return pair;
}

static void a_packet_costs_no_allocation(void **state)
{
    struct relay *relay = *state;
    struct pair pair = pair_of(relay);

    for (unsigned i = 0; i < WARM + PACKETS; i++) {
        show(pair.a, i % 3 == 0, i % 3 == 2, 900);
        counting = i >= WARM;
        relay_wait(relay, 4);
        counting = false;
        if (i % 50 == 49) /* before its socket is full */
            page_listen(pair.b);
    }
    assert_int_equal(page_got(pair.b, PICTURE, NULL), 50);
    assert_int_equal(allocations, 0);
    page_free(pair.a);
    page_free(pair.b);
}

static void packets_of_a_frame_leave_equal(void **state)
{
    static const size_t lengths[] = { 997, 998, 998 };
    struct relay *relay = *state;
    struct pair pair = pair_of(relay);
    size_t seen = 0;

    for (size_t i = 0; i < 3; i++)
        show(pair.a, i == 0, i == 2, lengths[i]);
    relay_turn(relay);
    page_listen(pair.b);
    for (size_t i = 0; i < pair.b->rtp_count; i++) {
        const struct rtp_packet *packet = &pair.b->rtp[i];

        if (packet->ssrc != pair.b->slot_ssrc[PICTURE])
            continue;
        assert_int_equal(packet->payload.length, lengths[seen]);
        assert_int_equal(packet->payload.length + packet->padding, 1000);
        assert_int_equal(packet->payload.data[lengths[seen] - 1],
                         (uint8_t)lengths[seen]);
        seen += 1;
    }
    assert_int_equal(seen, 3);
    page_free(pair.a);
    page_free(pair.b);
}

static void small_pictures_are_not_padded(void **state)
{
    struct relay *relay = *state;
    struct pair pair = pair_of(relay);
    const struct rtp_packet *packet = NULL;

    show(pair.a, true, true, 101);
    relay_turn(relay);
    page_listen(pair.b);
    assert_int_equal(page_got(pair.b, PICTURE, &packet), 1);
    assert_int_equal(packet->payload.length, 101);
    assert_int_equal(packet->padding, 0);
    page_free(pair.a);
    page_free(pair.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELAY_TEST(a_packet_costs_no_allocation),
        RELAY_TEST(packets_of_a_frame_leave_equal),
        RELAY_TEST(small_pictures_are_not_padded),
    };

    if (!__sanitizer_install_malloc_and_free_hooks(allocated, freed))
        return 1;
    return cmocka_run_group_tests(tests, relay_libraries, relay_libraries_end);
}
