/* group: who is written together. */
#include "tests/unit/store/given.h"

#include "signaling/store/group.h"

static struct stream_id stream_named(char name)
{
    struct stream_id stream = { .kind = STREAM_CONSULTATION };

    memset(stream.bytes, name, sizeof(stream.bytes));
    return stream;
}

/* An append for each word, touching a stream for each of its letters. */
static void wait_for(struct list *waiting, const char *const words[],
                     size_t count, struct append *out[])
{
    list_init(waiting);
    for (size_t i = 0; i < count; i++) {
        out[i] = new_append();
        for (const char *letter = words[i]; *letter; letter++)
            add_event(out[i], stream_named(*letter), 1, "{}");
        list_append(waiting, &out[i]->job.link);
    }
}

static void free_all(struct append *appends[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        append_free(appends[i]);
}

static void one_of_each_stream_in_id_order(void **state)
{
    static const char *const words[] = { "d", "c", "d", "a", "c", "b" };
    struct append *appends[6], *group[GROUP_MAX];
    struct list waiting;

    (void)state;
    wait_for(&waiting, words, 6, appends);
    assert_int_equal(group_take(&waiting, group), 4);
    assert_ptr_equal(group[0], appends[3]);
    assert_ptr_equal(group[1], appends[5]);
    assert_ptr_equal(group[2], appends[1]);
    assert_ptr_equal(group[3], appends[0]);
    assert_int_equal(group_take(&waiting, group), 2);
    assert_ptr_equal(group[0], appends[4]);
    assert_ptr_equal(group[1], appends[2]);
    assert_int_equal(group_take(&waiting, group), 0);
    free_all(appends, 6);
}

/* "ab" waits for "a"; then "b" must not overtake it. */
static void nobody_overtakes_on_a_stream(void **state)
{
    static const char *const words[] = { "a", "ab", "b", "c" };
    struct append *appends[4], *group[GROUP_MAX];
    struct list waiting;

    (void)state;
    wait_for(&waiting, words, 4, appends);
    assert_int_equal(group_take(&waiting, group), 2);
    assert_ptr_equal(group[0], appends[0]);
    assert_ptr_equal(group[1], appends[3]);
    assert_int_equal(group_take(&waiting, group), 1);
    assert_ptr_equal(group[0], appends[1]);
    assert_int_equal(group_take(&waiting, group), 1);
    assert_ptr_equal(group[0], appends[2]);
    free_all(appends, 4);
}

static void at_most_so_many_at_once(void **state)
{
    struct append *appends[100], *group[GROUP_MAX];
    struct list waiting;

    (void)state;
    list_init(&waiting);
    for (size_t i = 0; i < 100; i++) {
        appends[i] = one_event(new_stream(STREAM_AGENDA), 1, "{}");
        list_append(&waiting, &appends[i]->job.link);
    }
    assert_int_equal(group_take(&waiting, group), GROUP_MAX);
    assert_int_equal(group_take(&waiting, group), 100 - GROUP_MAX);
    free_all(appends, 100);
}

/* Hundreds that wait for one stream do not keep the others away for long. */
static void a_crowd_on_one_stream_is_bounded(void **state)
{
    struct append *appends[200], *group[GROUP_MAX];
    struct list waiting;
    size_t rounds = 0, taken = 0, count;

    (void)state;
    list_init(&waiting);
    for (size_t i = 0; i < 200; i++) {
        struct stream_id stream =
            i % 2 ? stream_named('x') : new_stream(STREAM_AGENDA);
        appends[i] = one_event(stream, 1, "{}");
        list_append(&waiting, &appends[i]->job.link);
    }
    while ((count = group_take(&waiting, group)) > 0) {
        taken += count;
        rounds += 1;
    }
    assert_int_equal(taken, 200);
    assert_int_equal(rounds, 100); /* one of x in each */
    free_all(appends, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_each_stream_in_id_order),
        cmocka_unit_test(nobody_overtakes_on_a_stream),
        cmocka_unit_test(at_most_so_many_at_once),
        cmocka_unit_test(a_crowd_on_one_stream_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
