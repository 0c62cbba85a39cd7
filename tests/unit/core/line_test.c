/* What measures of a line and a voice are enough for, and the E-model against
 * the ITU's own reference points. */
#include "signaling/core/line.h"
#include "signaling/core/mos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct line_figures wide(void)
{
    return (struct line_figures){
        .up_known = true,
        .down_known = true,
        .rtt_known = true,
        .up_kbps = 1100,
        .down_kbps = 1200,
        .rtt_ms = 40,
        .jitter_ms = 5,
    };
}

static void the_worse_direction_decides(void **state)
{
    struct line_figures line = wide();

    (void)state;
    assert_int_equal(line_verdict(&line), LINE_GOOD);
    line.up_kbps = 300;
    assert_int_equal(line_verdict(&line), LINE_FAIR);
    line.down_kbps = 100;
    assert_int_equal(line_verdict(&line), LINE_SOUND);
    line.down_kbps = 30;
    assert_int_equal(line_verdict(&line), LINE_POOR);
}

static void loss_delay_and_jitter_count_as_much(void **state)
{
    struct line_figures line = wide();

    (void)state;
    line.loss_down = 0.05;
    assert_int_equal(line_verdict(&line), LINE_FAIR);
    line.loss_up = 0.12;
    assert_int_equal(line_verdict(&line), LINE_SOUND);
    line.loss_up = 0.3;
    assert_int_equal(line_verdict(&line), LINE_POOR);
    line = wide();
    line.rtt_ms = 600;
    assert_int_equal(line_verdict(&line), LINE_FAIR);
    line.jitter_ms = 200;
    assert_int_equal(line_verdict(&line), LINE_SOUND);
    line.rtt_ms = 4000;
    assert_int_equal(line_verdict(&line), LINE_POOR);
}

static void what_was_not_measured_is_not_held_against_anyone(void **state)
{
    struct line_figures line = { .rtt_known = true, .rtt_ms = 20 };

    (void)state;
    assert_int_equal(line_verdict(&line), LINE_UNTESTED);
    line.down_known = true;
    line.down_kbps = 1200;
    assert_int_equal(line_verdict(&line), LINE_GOOD);
    line = wide();
    line.rtt_known = false;
    line.rtt_ms = 9999;
    assert_int_equal(line_verdict(&line), LINE_GOOD);
}

static void a_voice_is_heard_faint_or_not_there(void **state)
{
    struct voice_figures voice = { .loudness_db = -22, .spoken_ms = 900 };

    (void)state;
    assert_int_equal(voice_verdict(&voice), VOICE_HEARD);
    voice.loudness_db = -46;
    assert_int_equal(voice_verdict(&voice), VOICE_FAINT);
    voice.spoken_ms = 20;
    assert_int_equal(voice_verdict(&voice), VOICE_SILENT);
}

static double mos(double rtt, double jitter, double loss)
{
    return mos_estimate(&(struct talk_figures){ rtt, jitter, loss });
}

static bool is_near(double value, double wanted)
{
    return value > wanted - 0.03 && value < wanted + 0.03;
}

/* By hand: d = 26.5 gives R = 92.56 and MOS 4.40; G.107, annex B, has R 90 at
 * 4.34, 80 at 4.03, 70 at 3.60, 60 at 3.10, 50 at 2.58. */
static void the_estimate_follows_the_recommendation(void **state)
{
    (void)state;
    assert_true(is_near(mos(0, 0, 0), 4.40));
    /* R 90: d = 133.3, so a round trip of 213.7 */
    assert_true(is_near(mos(213.7, 0, 0), 4.34));
    /* R 80: loss of 3.75 percent more (95 * p / (p + 25.1) = 12.56) */
    assert_true(is_near(mos(0, 0, 0.0382), 4.03));
    assert_true(is_near(mos(0, 0, 0.0783), 3.60));
    assert_true(is_near(mos(0, 0, 0.1310), 3.10));
    /* Past 177.3 ms each ms costs 0.134: d = 400 is R 59.1. */
    assert_true(is_near(mos(747, 0, 0), 3.05));
    /* Jitter counts as the delay of its buffer. */
    assert_true(is_near(mos(100, 50, 0), mos(300, 0, 0)));
}

static void it_stays_on_the_scale(void **state)
{
    double before = 5;

    (void)state;
    for (double loss = 0; loss <= 1; loss += 0.01) {
        double now = mos(0, 0, loss);

        assert_true(now >= 1 && now <= 4.5 && now <= before);
        before = now;
    }
    assert_true(mos(100000, 5000, 1) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worse_direction_decides),
        cmocka_unit_test(loss_delay_and_jitter_count_as_much),
        cmocka_unit_test(what_was_not_measured_is_not_held_against_anyone),
        cmocka_unit_test(a_voice_is_heard_faint_or_not_there),
        cmocka_unit_test(the_estimate_follows_the_recommendation),
        cmocka_unit_test(it_stays_on_the_scale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
