/* The release rule, payment and what voids an approval, told as stories. */
#include "signaling/core/notice.h"
#include "tests/story/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void release_needs_both_keys_in_either_order(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    assert_int_equal(story_draft(&story, 1), REFUSED_NOTHING);
    struct story paid_first = story;

    assert_int_equal(story_approve(&story), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_APPROVED);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_DUE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).prescription,
                     PRESCRIPTION_APPROVED);
    assert_int_equal(story_say(&story, COMMAND_FETCH), REFUSED_NOT_RELEASED);
    assert_int_equal(story_pay(&story), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_PAID, EVENT_RELEASED);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_RELEASED);
    story_do(&story, COMMAND_FETCH);

    assert_int_equal(story_pay(&paid_first), REFUSED_NOTHING);
    assert_int_equal(story_see(&paid_first, ROLE_PATIENT).step,
                     STEP_AWAITING_DOCTOR);
    assert_int_equal(story_approve(&paid_first), REFUSED_NOTHING);
    HAPPENED(&paid_first, EVENT_APPROVED, EVENT_RELEASED);
}

static void an_edit_voids_the_approval(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    (void)story_draft(&story, 1);
    (void)story_approve(&story);
    struct command stale = story_command(&story, COMMAND_APPROVE);
    assert_int_equal(story_draft(&story, 2), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_APPROVAL_VOID, EVENT_PRESCRIPTION_DRAFTED);
    assert_int_equal(story_tell(&story, &stale), REFUSED_STALE_VERSION);
    assert_int_equal(story_pay(&story), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_PAID);
    assert_int_equal(story.visit.released_version, 0);
}

static void a_corrected_identity_voids_the_approval(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    (void)story_draft(&story, 1);
    (void)story_approve(&story);
    story_do(&story, COMMAND_CORRECT_IDENTITY);
    HAPPENED(&story, EVENT_IDENTITY_CORRECTED, EVENT_APPROVAL_VOID);
}

static void an_override_replaces_payment_but_never_approval(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    (void)story_draft(&story, 1);
    story_do(&story, COMMAND_OVERRIDE);
    HAPPENED(&story, EVENT_OVERRIDDEN);
    (void)story_approve(&story);
    HAPPENED(&story, EVENT_APPROVED, EVENT_RELEASED);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_DUE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).prescription,
                     PRESCRIPTION_RELEASED);
}

static void revoking_ends_access_and_a_refund_does_not(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    (void)story_draft(&story, 1);
    (void)story_approve(&story);
    (void)story_pay(&story);
    story_do(&story, COMMAND_REFUND);
    HAPPENED(&story, EVENT_REFUND_ASKED);
    struct command news = story_command(&story, COMMAND_PAYMENT_NEWS);
    news.payment_news.news = NEWS_REFUNDED;
    assert_int_equal(story_tell(&story, &news), REFUSED_NOTHING);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_RELEASED);
    story_do(&story, COMMAND_FETCH);
    story_do(&story, COMMAND_REVOKE);
    assert_int_equal(story_say(&story, COMMAND_FETCH), REFUSED_NOT_RELEASED);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_REVOKED);
    story.now_ms += 31 * DAY;
}

static void a_released_paper_is_there_for_thirty_days(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    (void)story_draft(&story, 1);
    (void)story_approve(&story);
    (void)story_pay(&story);
    story.now_ms = story.visit.released_ms + 30 * DAY - 1;
    story_do(&story, COMMAND_FETCH);
    story.now_ms = story.visit.released_ms + 30 * DAY;
    assert_int_equal(story_say(&story, COMMAND_FETCH), REFUSED_NOT_RELEASED);
}

static void nobody_is_charged_twice(void **state)
{
    struct story story;
    enum notice_kind notices[NOTICES_MAX];

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    story_do(&story, COMMAND_OPEN_PAYMENT);
    story_do(&story, COMMAND_OPEN_PAYMENT); /* a double click */
    assert_int_equal(story.last.count, 0);
    story_do(&story, COMMAND_PAYMENT_READY);
    struct command news = story_command(&story, COMMAND_PAYMENT_NEWS);
    struct consultation before = story.visit;
    story_do(&story, COMMAND_SETTLE); /* cash, at the desk */
    assert_int_equal(
        notices_of(&before, &story.visit, &story.last.events[0].event, notices),
        1);
    assert_int_equal(notices[0], NOTICE_EXPIRE_CHECKOUT);
    assert_int_equal(story_tell(&story, &news), REFUSED_NOTHING);
    HAPPENED(&story, EVENT_PAID, EVENT_REFUND_ASKED);
    assert_int_equal(story.visit.settlement, SETTLEMENT_CASH);
    assert_true(story_see(&story, ROLE_SECRETARY).surplus);
    assert_int_equal(story_tell(&story, &news), REFUSED_NOTHING);
    assert_int_equal(story.last.count, 0); /* told twice, done once */
    news.payment_news.news = NEWS_REFUNDED;
    assert_int_equal(story_tell(&story, &news), REFUSED_NOTHING);
    assert_false(story_see(&story, ROLE_SECRETARY).surplus);
}

/* A declined card leaves the provider's page open: it is watched on, and closed
 * before another one opens or once the visit is settled another way. */
static void a_declined_page_is_not_forgotten(void **state)
{
    static const enum command_kind ways[] = { COMMAND_OPEN_PAYMENT,
                                              COMMAND_PAY_OTHERWISE,
                                              COMMAND_SETTLE, COMMAND_WAIVE };

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct story story;
        enum notice_kind notices[NOTICES_MAX];
        struct deadline deadlines[DEADLINES_MAX];

        story_begin(&story);
        story_until_ended(&story);
        story_do(&story, COMMAND_OPEN_PAYMENT);
        story_do(&story, COMMAND_PAYMENT_READY);
        struct command news = story_command(&story, COMMAND_PAYMENT_NEWS);
        news.payment_news.news = NEWS_FAILED;
        assert_int_equal(story_tell(&story, &news), REFUSED_NOTHING);
        HAPPENED(&story, EVENT_PAYMENT_FAILED);
        assert_int_equal(deadlines_of(&story.visit, deadlines), 1);
        assert_int_equal(deadlines[0].kind, DEADLINE_CHECKOUT);

        struct consultation before = story.visit;
        story_do(&story, ways[i]);
        size_t count = notices_of(&before, &story.visit,
                                  &story.last.events[0].event, notices);
        assert_true(count >= 1);
        assert_int_equal(notices[count - 1], NOTICE_EXPIRE_CHECKOUT);
    }
}

static void another_amount_or_currency_settles_nothing(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    story_do(&story, COMMAND_OPEN_PAYMENT);
    story_do(&story, COMMAND_PAYMENT_READY);
    struct command news = story_command(&story, COMMAND_PAYMENT_NEWS);
    news.payment_news.amount.minor = 2999;
    assert_int_equal(story_tell(&story, &news), REFUSED_AMOUNT_MISMATCH);
    news = story_command(&story, COMMAND_PAYMENT_NEWS);
    memcpy(news.payment_news.amount.currency, "CHF", CURRENCY_TEXT);
    assert_int_equal(story_tell(&story, &news), REFUSED_AMOUNT_MISMATCH);
    assert_int_equal(story.visit.settlement, SETTLEMENT_OPEN);
}

static void a_failed_payment_can_be_tried_again_or_otherwise(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    story_do(&story, COMMAND_OPEN_PAYMENT);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_PAYING);
    story_do(&story, COMMAND_PAYMENT_READY);
    assert_string_equal(story_see(&story, ROLE_PATIENT).checkout_url,
                        "https://payment.example/1");
    struct command news = story_command(&story, COMMAND_PAYMENT_NEWS);
    news.payment_news.news = NEWS_FAILED;
    assert_int_equal(story_tell(&story, &news), REFUSED_NOTHING);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_PAYMENT_FAILED);
    story_do(&story, COMMAND_PAY_OTHERWISE);
    assert_int_equal(story_see(&story, ROLE_PATIENT).step, STEP_PAY_OTHERWISE);
    assert_int_equal(story_pay(&story), REFUSED_NOTHING);
    assert_int_equal(story.visit.settlement, SETTLEMENT_PAID);
}

static void with_the_payment_key_off_approval_is_enough(void **state)
{
    struct story story;

    (void)state;
    story_begin(&story);
    story.policy.payment_key = false;
    story_until_ended(&story);
    (void)story_draft(&story, 1);
    (void)story_approve(&story);
    HAPPENED(&story, EVENT_APPROVED, EVENT_RELEASED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(release_needs_both_keys_in_either_order),
        cmocka_unit_test(an_edit_voids_the_approval),
        cmocka_unit_test(a_corrected_identity_voids_the_approval),
        cmocka_unit_test(an_override_replaces_payment_but_never_approval),
        cmocka_unit_test(revoking_ends_access_and_a_refund_does_not),
        cmocka_unit_test(a_released_paper_is_there_for_thirty_days),
        cmocka_unit_test(nobody_is_charged_twice),
        cmocka_unit_test(a_declined_page_is_not_forgotten),
        cmocka_unit_test(another_amount_or_currency_settles_nothing),
        cmocka_unit_test(a_failed_payment_can_be_tried_again_or_otherwise),
        cmocka_unit_test(with_the_payment_key_off_approval_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
