/* A connection of a test's own beside a store: its tables, and whoever reads.
 */
#ifndef TESTS_STORE_BESIDE_H
#define TESTS_STORE_BESIDE_H

#include "signaling/store/connection.h"
#include "tests/unit/store/given.h"

struct scene {
    struct given given;
    struct reader_of_store writer;
    atomic_uint erasures;
    atomic_bool unsure;
};

static inline int scene_new(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct reader_of_store *writer = &scene->writer;
    char error[300] = "";

    log_threshold(LOG_LEVEL_ERROR);
    given_folder(&scene->given);
    if (given_open(&scene->given, error, sizeof(error)) != 0)
        fail_msg("%s", error);
    *writer = (struct reader_of_store){
        .driver = sql_driver_of(scene->given.path),
        .url = scene->given.path,
        .writes = true,
        .unsure = &scene->unsure,
    };
    assert_int_equal(
        keyring_init(&writer->keys, given_master_key, &scene->erasures), 0);
    if (connection_open(writer, error, sizeof(error)) != 0)
        fail_msg("%s", error);
    assert_int_equal(keyring_check_master(&writer->keys, writer->sql), 0);
    *state = scene;
    return 0;
}

static inline int scene_free(void **state)
{
    struct scene *scene = *state;

    connection_close(&scene->writer);
    keyring_release(&scene->writer.keys);
    store_close(scene->given.store);
    given_remove(&scene->given);
    free(scene);
    return 0;
}

#endif
