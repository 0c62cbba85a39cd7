/*
 * Invariant 1 in every order: all sequences to length six of pay, settle
 * otherwise, waive, refund, draft, approve, edit, revoke, override and end. An
 * oracle that reads only the events, written apart from the core, says when a
 * release had to happen and when it must not.
 */
#include "tests/story/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define LENGTH 6

enum action {
    PAY,
    SETTLE,
    WAIVE,
    REFUND,
    DRAFT,
    APPROVE,
    EDIT,
    REVOKE,
    OVERRIDE,
    END,
    ACTIONS
};

/* What the events so far say, and nothing else. */
struct oracle {
    uint32_t newest;
    uint8_t newest_mark; /* first byte of the newest draft's hash */
    uint32_t approved;
    bool settled;
    bool overridden;
    uint32_t released;
    uint32_t revoked;
};

static void oracle_hear(struct oracle *oracle, const struct event *event)
{
    switch (event->kind) {
    case EVENT_PRESCRIPTION_DRAFTED:
        oracle->newest = event->document.version;
        oracle->newest_mark = event->document.hash[0];
        oracle->approved = 0;
        break;
    case EVENT_APPROVAL_VOID:
        oracle->approved = 0;
        break;
    case EVENT_APPROVED:
        assert_int_equal(event->document.version, oracle->newest);
        assert_int_equal(event->document.hash[0], oracle->newest_mark);
        oracle->approved = event->document.version;
        break;
    case EVENT_PAID:
        if (!event->paid.surplus)
            oracle->settled = true;
        break;
    case EVENT_SETTLED:
    case EVENT_WAIVED:
    case EVENT_NOTHING_DUE:
        oracle->settled = true;
        break;
    case EVENT_REFUNDED:
        if (!event->paid.surplus)
            oracle->settled = false;
        break;
    case EVENT_OVERRIDDEN:
        oracle->overridden = true;
        break;
    case EVENT_RELEASED:
        assert_int_not_equal(oracle->approved, 0);
        assert_int_equal(oracle->approved, oracle->newest);
        assert_int_equal(event->document.version, oracle->approved);
        assert_int_equal(event->document.hash[0], oracle->newest_mark);
        assert_true(oracle->settled || oracle->overridden);
        assert_true(event->document.version > oracle->released);
        oracle->released = event->document.version;
        break;
    case EVENT_REVOKED:
        oracle->revoked = event->revoked.version;
        break;
    default:
        break;
    }
}

static void hear_last(struct oracle *oracle, const struct story *story)
{
    if (story->last.refusal != REFUSED_NOTHING)
        return;
    for (size_t i = 0; i < story->last.count; i++)
        if (story->last.events[i].target == TARGET_VISIT)
            oracle_hear(oracle, &story->last.events[i].event);
}

static void tell(struct story *story, struct oracle *oracle,
                 enum command_kind kind)
{
    struct command command = story_command(story, kind);

    (void)story_tell(story, &command);
    hear_last(oracle, story);
}

static void refund(struct story *story, struct oracle *oracle)
{
    struct command ask = story_command(story, COMMAND_REFUND);

    if (story_tell(story, &ask) != REFUSED_NOTHING)
        return;
    struct command news = story_command(story, COMMAND_PAYMENT_NEWS);
    news.payment_news.news = NEWS_REFUNDED;
    (void)story_tell(story, &news);
    hear_last(oracle, story);
}

static void act(struct story *story, struct oracle *oracle, enum action action)
{
    static uint8_t mark;

    switch (action) {
    case PAY:
        (void)story_pay(story);
        hear_last(oracle, story);
        break;
    case SETTLE:
        tell(story, oracle, COMMAND_SETTLE);
        break;
    case WAIVE:
        tell(story, oracle, COMMAND_WAIVE);
        break;
    case REFUND:
        refund(story, oracle);
        break;
    case DRAFT: /* always the same paper */
        (void)story_draft(story, 1);
        hear_last(oracle, story);
        break;
    case EDIT: /* always another */
        mark = (uint8_t)(mark % 250 + 2);
        (void)story_draft(story, mark);
        hear_last(oracle, story);
        break;
    case APPROVE:
        tell(story, oracle, COMMAND_APPROVE);
        break;
    case REVOKE:
        tell(story, oracle, COMMAND_REVOKE);
        break;
    case OVERRIDE:
        tell(story, oracle, COMMAND_OVERRIDE);
        break;
    case END:
        tell(story, oracle, COMMAND_END);
        break;
    case ACTIONS:
        break;
    }
}

static void check(const struct story *story, const struct oracle *oracle)
{
    const struct consultation *visit = &story->visit;
    bool keys = oracle->approved != 0 && oracle->approved == oracle->newest &&
                (oracle->settled || oracle->overridden);
    bool open = oracle->released > oracle->revoked;

    /* Both keys turned: it is released, without anybody pressing anything. */
    if (keys)
        assert_int_equal(oracle->released, oracle->approved);
    assert_int_equal(visit->released_version, oracle->released);
    assert_int_equal(release_is_open(visit, &story->policy, story->now_ms),
                     open);

    struct view view;
    view_make(visit, &story->agenda, &story->policy, ROLE_PATIENT, &view);
    assert_int_equal(view.prescription == PRESCRIPTION_RELEASED, open);
    if (view.step == STEP_RELEASED)
        assert_true(open);
}

static long explore(const struct story *story, const struct oracle *oracle,
                    int depth)
{
    long orders = 1;

    check(story, oracle);
    if (depth == LENGTH)
        return 1;
    for (int action = 0; action < ACTIONS; action++) {
        struct story next_story = *story;
        struct oracle next_oracle = *oracle;
        act(&next_story, &next_oracle, (enum action)action);
        orders += explore(&next_story, &next_oracle, depth + 1);
    }
    return orders;
}

static void every_order_after_admission(void **state)
{
    static struct story story;
    struct oracle oracle = { 0 };

    (void)state;
    story_begin(&story);
    story_until_admitted(&story);
    assert_int_equal(explore(&story, &oracle, 0), 1111111);
}

static void an_oracle_that_knows_nothing_would_notice(void **state)
{
    struct story story;
    struct oracle oracle = { 0 };

    /* The oracle is no copy of the core: fed a release that broke the rule, it
     * fails. Here the rule's parts are shown to matter one by one. */
    (void)state;
    story_begin(&story);
    story_until_ended(&story);
    (void)story_draft(&story, 1);
    hear_last(&oracle, &story);
    assert_false(release_is_due(&story.visit, &story.policy));
    story.visit.settlement = SETTLEMENT_PAID;
    assert_false(release_is_due(&story.visit, &story.policy));
    story.visit.approved_version = 1;
    assert_true(release_is_due(&story.visit, &story.policy));
    story.visit.drafted_version = 2;
    assert_false(release_is_due(&story.visit, &story.policy));
    story.visit.drafted_version = 1;
    story.visit.settlement = SETTLEMENT_OPEN;
    assert_false(release_is_due(&story.visit, &story.policy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_after_admission),
        cmocka_unit_test(an_oracle_that_knows_nothing_would_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
