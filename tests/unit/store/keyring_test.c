/* keyring: which keys stay in memory. One that does not costs a round trip in
 * the middle of a group. */
#include "tests/unit/store/beside.h"

static int scene_begun(void **state)
{
    int err = scene_new(state);
    struct scene *scene = *state;

    return err ? err : connection_begin(&scene->writer, SQL_WRITES);
}

static int scene_undone(void **state)
{
    struct scene *scene = *state;

    connection_rollback(&scene->writer);
    return scene_free(state);
}

/* Of the shelf that all of them share. */
static struct stream_id numbered(uint8_t number)
{
    struct stream_id stream = { .kind = STREAM_CONSULTATION };

    stream.bytes[ID_BYTES - 1] = number;
    return stream;
}

/* The key's first byte, so that keys can be told apart. */
static uint8_t make(struct scene *scene, struct stream_id stream)
{
    const uint8_t *key;

    assert_int_equal(
        keyring_make(&scene->writer.keys, scene->writer.sql, stream, &key), 0);
    return key[0];
}

/* From now on only what is in memory can be found. */
static void lose_rows(struct scene *scene)
{
    assert_true(sql_change(scene->writer.sql, "DELETE FROM stream_key",
                           SQL_NO_VALUES) > 0);
}

static int find(struct scene *scene, struct stream_id stream)
{
    const uint8_t *key;

    return keyring_find(&scene->writer.keys, scene->writer.sql, stream, &key);
}

static void streams_that_meet_keep_their_keys(void **state)
{
    struct scene *scene = *state;
    uint8_t made[4];
    const uint8_t *key;

    for (uint8_t i = 0; i < 4; i++)
        made[i] = make(scene, numbered(i));
    lose_rows(scene);
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(keyring_find(&scene->writer.keys, scene->writer.sql,
                                      numbered(i), &key),
                         0);
        assert_int_equal(key[0], made[i]);
    }
}

static void who_was_not_asked_for_longest_makes_room(void **state)
{
    struct scene *scene = *state;

    for (uint8_t i = 0; i < 4; i++)
        (void)make(scene, numbered(i));
    assert_int_equal(find(scene, numbered(0)), 0);
    (void)make(scene, numbered(4));
    lose_rows(scene);
    assert_int_equal(find(scene, numbered(0)), 0);
    assert_int_equal(find(scene, numbered(1)), -ENOENT);
    for (uint8_t i = 2; i < 5; i++)
        assert_int_equal(find(scene, numbered(i)), 0);
}

/* As many visits as a clinic has at once, whose ids are drawn. */
static void a_waiting_room_keeps_its_keys(void **state)
{
    struct scene *scene = *state;
    struct stream_id streams[256];
    size_t kept = 0;

    for (size_t i = 0; i < 256; i++) {
        streams[i] = new_stream(STREAM_CONSULTATION);
        (void)make(scene, streams[i]);
    }
    lose_rows(scene);
    for (size_t i = 0; i < 256; i++)
        kept += find(scene, streams[i]) == 0;
    assert_true(kept >= 250);
}

static void a_destroyed_key_is_out_of_memory_and_its_neighbours_stay(
    void **state)
{
    struct scene *scene = *state;

    for (uint8_t i = 0; i < 4; i++)
        (void)make(scene, numbered(i));
    assert_int_equal(
        keyring_erase(&scene->writer.keys, scene->writer.sql, numbered(2), 1),
        0);
    assert_int_equal(find(scene, numbered(2)), -ENOKEY);
    lose_rows(scene);
    assert_int_equal(find(scene, numbered(2)), -ENOENT);
    for (uint8_t i = 0; i < 4; i++)
        if (i != 2)
            assert_int_equal(find(scene, numbered(i)), 0);
}

int main(void)
{
#define WITH_SCENE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, scene_begun, scene_undone)
    const struct CMUnitTest tests[] = {
        WITH_SCENE(streams_that_meet_keep_their_keys),
        WITH_SCENE(who_was_not_asked_for_longest_makes_room),
        WITH_SCENE(a_waiting_room_keeps_its_keys),
        WITH_SCENE(a_destroyed_key_is_out_of_memory_and_its_neighbours_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
