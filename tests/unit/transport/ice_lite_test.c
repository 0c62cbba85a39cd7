#include "media/transport/ice_lite.h"
#include "media/transport/stun.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND 1000000u

/* A page's check, as browsers send it. */
struct check {
    const struct ice_round *round;
    bool nominate;
    bool controlled;
    bool indication;
    bool unsigned_;
    const char *password; /* another one than the round's */
};

static struct address at(uint16_t port)
{
    return address_ipv4((const uint8_t[]){ 10, 77, 9, 1 }, port);
}

static struct slice write_check(struct check check, uint8_t *bytes, size_t size)
{
    struct writer out = writer_into(bytes, size);
    char name[600];
    struct stun_content content = {
        .class = check.indication ? STUN_INDICATION : STUN_REQUEST,
        .method = STUN_BINDING,
        .transaction = (const uint8_t *)"transaction!",
        .priority = 1,
        .controlling = !check.controlled,
        .controlled = check.controlled,
        .tie_breaker = 7,
        .use_candidate = check.nominate,
    };
    const char *key = check.password ? check.password : check.round->pwd;

    snprintf(name, sizeof(name), "%s:%s", check.round->ufrag,
             check.round->peer_ufrag);
    content.username = slice_of_text(name);
    assert_int_equal(
        stun_write(&content,
                   check.unsigned_ ? slice(NULL, 0) : slice_of_text(key), &out),
        0);
    return writer_done(&out);
}

/* What the page got back; class -1 for silence. */
static int answer_class, answer_code;
static struct address answer_mapped;

static int send_check(struct ice_lite *ice, struct check check,
                      struct address from, uint64_t now_us,
                      struct ice_news *news)
{
    uint8_t bytes[1024], reply_bytes[ICE_REPLY_SIZE_MAX];
    struct writer reply = writer_into(reply_bytes, sizeof(reply_bytes));
    struct stun_message message;
    struct ice_round round = *check.round; /* renewal may wipe it */
    struct slice packet = write_check(check, bytes, sizeof(bytes));
    int err = ice_lite_receive(ice, packet, &from, now_us, &reply, news);

    answer_class = -1;
    if (reply.length == 0)
        return err;
    assert_int_equal(stun_read(writer_done(&reply), &message), 0);
    assert_memory_equal(message.transaction, "transaction!", 12);
    answer_class = (int)message.class;
    answer_code = message.error_code;
    answer_mapped = message.mapped;
    if (err == 0)
        assert_true(stun_integrity_ok(&message, slice_of_text(round.pwd)));
    return err;
}

static struct ice_lite fresh(void)
{
    struct ice_lite ice;

    assert_int_equal(ice_lite_init(&ice, slice_of_text("f5xD")), 0);
    return ice;
}

static void makes_credentials_that_differ(void **state)
{
    struct ice_lite a = fresh(), b = fresh();

    (void)state;
    assert_int_equal(strlen(a.now.ufrag), ICE_UFRAG_LENGTH);
    assert_int_equal(strlen(a.now.pwd), ICE_PWD_LENGTH);
    assert_string_not_equal(a.now.ufrag, b.now.ufrag);
    assert_string_not_equal(a.now.pwd, b.now.pwd);
    assert_null(ice_lite_path(&a));
    assert_int_equal(ice_lite_init(&a, slice(NULL, 0)), -EINVAL);
}

static void answers_a_check_with_the_address_it_saw(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct address from = at(4000);

    (void)state;
    assert_false(ice_lite_knows(&ice, &from));
    assert_int_equal(
        send_check(&ice, (struct check){ .round = &ice.now }, from, 5, &news),
        0);
    assert_int_equal(answer_class, STUN_SUCCESS);
    assert_true(address_equal(&answer_mapped, &from));
    assert_true(news.passed && news.added && news.moved);
    assert_true(ice_lite_knows(&ice, &from));
    assert_true(address_equal(ice_lite_path(&ice), &from));
    assert_int_equal(ice_lite_heard_us(&ice), 5);
}

static void refuses_forged_checks(void **state)
{
    struct ice_lite ice = fresh(), other = fresh();
    struct ice_news news;
    struct address from = at(4000);

    (void)state;
    /* Right name, wrong password. */
    assert_int_equal(
        send_check(&ice,
                   (struct check){ .round = &ice.now, .password = "guess" },
                   from, 1, &news),
        -EACCES);
    assert_int_equal(answer_code, STUN_UNAUTHENTICATED);
    /* Right name, no integrity at all. */
    assert_int_equal(
        send_check(&ice, (struct check){ .round = &ice.now, .unsigned_ = true },
                   from, 1, &news),
        -EACCES);
    assert_int_equal(answer_code, STUN_BAD_REQUEST);
    /* Somebody else's name: silence. */
    assert_int_equal(
        send_check(&ice, (struct check){ .round = &other.now }, from, 1, &news),
        -EACCES);
    assert_int_equal(answer_class, -1);
    /* Right local name and password, but not the page of the offer. */
    struct ice_round wrong_page = ice.now;
    snprintf(wrong_page.peer_ufrag, sizeof(wrong_page.peer_ufrag), "else");
    assert_int_equal(send_check(&ice, (struct check){ .round = &wrong_page },
                                from, 1, &news),
                     -EACCES);

    assert_false(ice_lite_knows(&ice, &from));
    assert_null(ice_lite_path(&ice));
    assert_int_equal(ice_lite_heard_us(&ice), 0);
}

static void tells_a_page_that_thinks_it_is_controlled(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct address from = at(4000);

    (void)state;
    assert_int_equal(
        send_check(&ice,
                   (struct check){ .round = &ice.now, .controlled = true },
                   from, 1, &news),
        -EPROTO);
    assert_int_equal(answer_class, STUN_ERROR);
    assert_int_equal(answer_code, STUN_ROLE_CONFLICT);
    assert_false(ice_lite_knows(&ice, &from));
}

static void follows_the_newest_nomination(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct check plain = { .round = &ice.now };
    struct check nominating = { .round = &ice.now, .nominate = true };
    struct address first = at(1), second = at(2);

    (void)state;
    send_check(&ice, nominating, first, 10, &news);
    send_check(&ice, plain, second, 20, &news);
    assert_true(news.added && !news.moved);
    assert_true(address_equal(ice_lite_path(&ice), &first));
    send_check(&ice, nominating, second, 30, &news);
    assert_true(news.moved && !news.added);
    assert_true(address_equal(ice_lite_path(&ice), &second));
}

static void leaves_a_silent_path_without_nomination(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct check plain = { .round = &ice.now };
    struct address first = at(1), second = at(2);

    (void)state;
    send_check(&ice, plain, first, 0, &news);
    ice_lite_heard(&ice, &first, SECOND); /* sound still comes this way */
    send_check(&ice, plain, second, 2 * SECOND - 1, &news);
    assert_false(news.moved);
    send_check(&ice, plain, second, 2 * SECOND, &news);
    assert_true(news.moved);
    assert_true(address_equal(ice_lite_path(&ice), &second));
}

static void media_from_strangers_keeps_nothing_alive(void **state)
{
    struct ice_lite ice = fresh();
    struct address stranger = at(9);

    (void)state;
    ice_lite_heard(&ice, &stranger, SECOND);
    assert_int_equal(ice_lite_heard_us(&ice), 0);
}

static void restart_keeps_the_old_round_until_the_new_was_checked(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct ice_round old = ice.now;
    char dropped[ICE_UFRAG_LENGTH + 1];

    (void)state;
    send_check(&ice, (struct check){ .round = &old }, at(1), 1, &news);
    assert_int_equal(ice_lite_restart(&ice, slice_of_text("new1"), dropped), 0);
    assert_string_equal(dropped, "");
    assert_string_not_equal(ice.now.ufrag, old.ufrag);

    /* Consent goes on with the old credentials. */
    assert_int_equal(
        send_check(&ice, (struct check){ .round = &old }, at(1), 2, &news), 0);
    assert_false(news.renewed);
    /* The first check with the new ones ends that. */
    struct ice_round renewed = ice.now;
    assert_int_equal(
        send_check(&ice, (struct check){ .round = &renewed, .nominate = true },
                   at(2), 3, &news),
        0);
    assert_true(news.renewed && news.moved);
    assert_string_equal(news.old_ufrag, old.ufrag);
    assert_int_equal(
        send_check(&ice, (struct check){ .round = &old }, at(1), 4, &news),
        -EACCES);
}

static void restart_twice_drops_the_round_in_between(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct ice_round old = ice.now;
    char dropped[ICE_UFRAG_LENGTH + 1];

    (void)state;
    ice_lite_restart(&ice, slice_of_text("new1"), dropped);
    struct ice_round between = ice.now;
    ice_lite_restart(&ice, slice_of_text("new2"), dropped);
    assert_string_equal(dropped, between.ufrag);
    assert_int_equal(
        send_check(&ice, (struct check){ .round = &between }, at(1), 1, &news),
        -EACCES);
    assert_int_equal(
        send_check(&ice, (struct check){ .round = &old }, at(1), 1, &news), 0);
}

static void forgets_the_oldest_of_too_many_paths(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct check plain = { .round = &ice.now };
    struct address selected = at(1), oldest = at(2);

    (void)state;
    for (uint16_t i = 0; i < ICE_PATHS_MAX; i++) {
        send_check(&ice, plain, at((uint16_t)(i + 1)), i, &news);
        assert_false(news.replaced);
    }
    send_check(&ice, plain, at(100), 100, &news);
    assert_true(news.replaced && news.added);
    assert_true(address_equal(&news.gone, &oldest));
    assert_true(ice_lite_knows(&ice, &selected));
    assert_false(ice_lite_knows(&ice, &oldest));
}

static void indications_are_heard_and_not_answered(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct check keep_alive = { .round = &ice.now, .indication = true };

    (void)state;
    send_check(&ice, (struct check){ .round = &ice.now }, at(1), 1, &news);
    assert_int_equal(send_check(&ice, keep_alive, at(1), 9, &news), 0);
    assert_int_equal(answer_class, -1);
    assert_int_equal(ice_lite_heard_us(&ice), 9);
    assert_int_equal(send_check(&ice, keep_alive, at(2), 10, &news), 0);
    assert_false(ice_lite_knows(&ice, &(struct address){ 0 }));
    assert_int_equal(ice_lite_heard_us(&ice), 9);
}

static void peeks_whom_a_check_is_for(void **state)
{
    struct ice_lite ice = fresh();
    uint8_t bytes[1024];
    struct slice packet =
        write_check((struct check){ .round = &ice.now }, bytes, sizeof(bytes));

    (void)state;
    assert_true(slice_is_text(ice_lite_peek_ufrag(packet), ice.now.ufrag));
    assert_int_equal(ice_lite_peek_ufrag(slice(bytes, 30)).length, 0);
}

static struct address by_tcp(uint32_t connection)
{
    struct address address = at(5000);

    address.connection = connection;
    return address;
}

/* Chromium checks its TCP connection now and then, beside UDP. */
static void tcp_takes_over_from_udp_late(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct check nominated = { .round = &ice.now, .nominate = true };
    struct check check = { .round = &ice.now };

    (void)state;
    send_check(&ice, nominated, at(1000), SECOND, &news);
    send_check(&ice, check, by_tcp(7), 4 * SECOND, &news);
    assert_false(news.moved);
    send_check(&ice, check, by_tcp(7), 5 * SECOND, &news);
    assert_true(news.moved);
    /* Back as soon as a second passed, or at once by nomination. */
    send_check(&ice, check, at(1000), 5 * SECOND + SECOND / 2, &news);
    assert_false(news.moved);
    send_check(&ice, nominated, at(1000), 5 * SECOND + SECOND / 2, &news);
    assert_true(news.moved);
    send_check(&ice, nominated, by_tcp(7), 6 * SECOND, &news);
    assert_true(news.moved);
    ice_lite_release(&ice);
}

static void a_way_that_is_gone_is_no_path(void **state)
{
    struct ice_lite ice = fresh();
    struct ice_news news;
    struct check check = { .round = &ice.now, .nominate = true };
    struct address first = by_tcp(1), second = by_tcp(2), third = by_tcp(3);

    (void)state;
    send_check(&ice, check, first, SECOND, &news);
    send_check(&ice, check, second, SECOND, &news);
    send_check(&ice, check, third, SECOND, &news);
    ice_lite_gone(&ice, &first); /* the last one takes its place */
    assert_true(address_equal(ice_lite_path(&ice), &third));
    assert_false(ice_lite_knows(&ice, &first));
    assert_true(ice_lite_knows(&ice, &second));
    ice_lite_gone(&ice, &first);
    ice_lite_gone(&ice, &third);
    assert_null(ice_lite_path(&ice));
    ice_lite_gone(&ice, &second);
    assert_int_equal(ice.path_count, 0);

    check.nominate = false;
    send_check(&ice, check, at(1000), SECOND, &news);
    assert_true(news.moved);
    ice_lite_release(&ice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_credentials_that_differ),
        cmocka_unit_test(answers_a_check_with_the_address_it_saw),
        cmocka_unit_test(refuses_forged_checks),
        cmocka_unit_test(tells_a_page_that_thinks_it_is_controlled),
        cmocka_unit_test(follows_the_newest_nomination),
        cmocka_unit_test(leaves_a_silent_path_without_nomination),
        cmocka_unit_test(media_from_strangers_keeps_nothing_alive),
        cmocka_unit_test(restart_keeps_the_old_round_until_the_new_was_checked),
        cmocka_unit_test(restart_twice_drops_the_round_in_between),
        cmocka_unit_test(forgets_the_oldest_of_too_many_paths),
        cmocka_unit_test(indications_are_heard_and_not_answered),
        cmocka_unit_test(peeks_whom_a_check_is_for),
        cmocka_unit_test(tcp_takes_over_from_udp_late),
        cmocka_unit_test(a_way_that_is_gone_is_no_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
