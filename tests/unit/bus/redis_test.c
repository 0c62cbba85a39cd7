/* The line against a real Redis server, which is killed, stopped and flushed.
 */
#include "base/log.h"
#include "signaling/bus/redis.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_S 60.0 /* for a machine that has much to do */

struct scene {
    char folder[32];
    char socket[64];
    pid_t server;
    struct ev_loop *loop;
    struct bus *buses[2];
    struct redis *lines[2];
};

static void serve(struct scene *scene)
{
    scene->server = fork();
    assert_true(scene->server >= 0);
    if (scene->server > 0)
        return;
    assert_non_null(freopen("/dev/null", "w", stdout));
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket",
           scene->socket, "--save", "", "--appendonly", "no", "--user",
           "default", "off", "--user", "house", "on", ">pass word",
           "resetchannels", "&vestibule", "+@all", NULL);
    _exit(127);
}

static void end(struct scene *scene)
{
    kill(scene->server, SIGKILL);
    waitpid(scene->server, NULL, 0);
}

static struct redis *line_of(struct scene *scene, struct bus *bus,
                             const char *password)
{
    struct redis_options options = { .loop = scene->loop,
                                     .bus = bus,
                                     .password = password };

    options.place.count = 1;
    snprintf(options.place.hosts[0].host, REDIS_TEXT, "%s", scene->socket);
    snprintf(options.place.user, sizeof(options.place.user), "house");
    return redis_new(&options);
}

static int scene_make(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    log_threshold(LOG_LEVEL_ERROR);
    strcpy(scene->folder, "/tmp/redis_test.XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    snprintf(scene->socket, sizeof(scene->socket), "%s/s", scene->folder);
    scene->loop = ev_loop_new(EVFLAG_AUTO);
    serve(scene);
    for (int i = 0; i < 2; i++) {
        scene->buses[i] = bus_local_new();
        scene->lines[i] = line_of(scene, scene->buses[i], "pass word");
    }
    *state = scene;
    return 0;
}

static int scene_end(void **state)
{
    struct scene *scene = *state;

    for (int i = 0; i < 2; i++) {
        redis_free(scene->lines[i]);
        bus_free(scene->buses[i]);
    }
    ev_loop_destroy(scene->loop);
    end(scene);
    unlink(scene->socket);
    rmdir(scene->folder);
    free(scene);
    return 0;
}

typedef bool truth_fn(struct scene *scene);

static void wake(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
}

static void turn_until(struct scene *scene, truth_fn *truth)
{
    ev_tstamp begin = ev_time();
    ev_timer often;

    ev_timer_init(&often, wake, 0.02, 0.02);
    ev_timer_start(scene->loop, &often);
    while (!truth(scene)) {
        if (ev_time() - begin > WAIT_S)
            fail_msg("waited in vain");
        ev_run(scene->loop, EVRUN_ONCE);
    }
    ev_timer_stop(scene->loop, &often);
}

static bool both_up(struct scene *scene)
{
    return redis_is_up(scene->lines[0]) && redis_is_up(scene->lines[1]);
}

static bool both_down(struct scene *scene)
{
    return !redis_is_up(scene->lines[0]) && !redis_is_up(scene->lines[1]);
}

static uint64_t moved_to;

static void hear_moved(void *arg, struct slice key, uint64_t seq)
{
    (void)arg;
    assert_true(slice_is_text(key, "stream"));
    moved_to = seq;
}

static uint64_t wanted;

static bool arrived(struct scene *scene)
{
    (void)scene;
    return moved_to == wanted;
}

static void tell(struct scene *scene, uint64_t seq)
{
    wanted = seq;
    bus_publish(scene->buses[0], slice_of_text("stream"), seq);
    turn_until(scene, arrived);
}

static void a_node_hears_the_other(void **state)
{
    struct scene *scene = *state;

    bus_subscribe(scene->buses[1], hear_moved, NULL);
    turn_until(scene, both_up);
    tell(scene, 7);
    tell(scene, 8);
}

static void a_server_that_was_killed_is_found_again(void **state)
{
    struct scene *scene = *state;

    bus_subscribe(scene->buses[1], hear_moved, NULL);
    turn_until(scene, both_up);
    for (uint64_t round = 1; round <= 3; round++) {
        end(scene);
        turn_until(scene, both_down);
        uint64_t before = redis_dropped(scene->lines[0]);
        bus_publish(scene->buses[0], slice_of_text("stream"), 99);
        assert_true(redis_dropped(scene->lines[0]) > before);
        serve(scene);
        turn_until(scene, both_up);
        tell(scene, 100 + round);
    }
}

/* Connected, and says nothing any more. */
static void a_server_that_hangs_is_left(void **state)
{
    struct scene *scene = *state;

    bus_subscribe(scene->buses[1], hear_moved, NULL);
    turn_until(scene, both_up);
    kill(scene->server, SIGSTOP);
    turn_until(scene, both_down);
    kill(scene->server, SIGCONT);
    turn_until(scene, both_up);
    tell(scene, 11);
}

static unsigned members;

static void count_member(void *arg, struct slice member, struct slice value)
{
    (void)arg, (void)member, (void)value;
    members += 1;
}

static bool both_have_the_lease(struct scene *scene)
{
    members = 0;
    for (int i = 0; i < 2; i++)
        bus_leases(scene->buses[i], slice_of_text("visit"), 1, count_member,
                   NULL);
    return members == 2;
}

/* Leases are told anew when the line comes up, by whoever holds them. */
static void a_lease_survives_the_server(void **state)
{
    struct scene *scene = *state;

    end(scene);
    bus_lease(scene->buses[0], slice_of_text("visit"), slice_of_text("page"),
              slice_of_text("here"), 60 * 1000);
    serve(scene);
    turn_until(scene, both_have_the_lease);
}

static void a_wrong_password_is_refused(void **state)
{
    struct scene *scene = *state;
    struct bus *bus = bus_local_new();
    struct redis *line = line_of(scene, bus, "wrong");

    bus_subscribe(scene->buses[1], hear_moved, NULL);
    turn_until(scene, both_up);
    tell(scene, 5);
    assert_false(redis_is_up(line));
    redis_free(line);
    bus_free(bus);
}

/* ---- a fail-over ----------------------------------------------------------
 */

enum { MASTER, REPLICA, SENTINEL, PROCESSES };

struct trio {
    char folder[32];
    uint16_t ports[PROCESSES];
    pid_t pids[PROCESSES];
};

static uint16_t free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof(address);
    int probe = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(probe, (struct sockaddr *)&address, length), 0);
    getsockname(probe, (struct sockaddr *)&address, &length);
    close(probe);
    return ntohs(address.sin_port);
}

/* A configuration of its own for each; a Sentinel writes into its. */
static void trio_serve(struct trio *trio, int which)
{
    char path[64], port[8];

    snprintf(path, sizeof(path), "%s/%d", trio->folder, which);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "bind 127.0.0.1\nport %u\ndir %s\n", trio->ports[which],
            trio->folder);
    if (which == REPLICA)
        fprintf(file, "save \"\"\nreplicaof 127.0.0.1 %u\n",
                trio->ports[MASTER]);
    if (which == MASTER)
        fprintf(file, "save \"\"\nrepl-diskless-sync-delay 0\n");
    if (which == SENTINEL)
        fprintf(file,
                "sentinel monitor house 127.0.0.1 %u 1\n"
                "sentinel down-after-milliseconds house 500\n"
                "sentinel failover-timeout house 2000\n",
                trio->ports[MASTER]);
    fclose(file);
    snprintf(port, sizeof(port), "%u", trio->ports[which]);
    trio->pids[which] = fork();
    if (trio->pids[which] > 0)
        return;
    assert_non_null(freopen("/dev/null", "w", stdout));
    execlp("redis-server", "redis-server", path,
           which == SENTINEL ? "--sentinel" : "--appendonly",
           which == SENTINEL ? NULL : "no", NULL);
    _exit(127);
}

static void trio_end(struct trio *trio)
{
    char command[64];

    for (int i = 0; i < PROCESSES; i++) {
        if (trio->pids[i] == 0)
            continue;
        kill(trio->pids[i], SIGKILL);
        waitpid(trio->pids[i], NULL, 0);
    }
    snprintf(command, sizeof(command), "rm -rf %s", trio->folder);
    assert_int_equal(system(command), 0);
}

/* Asks with the server's own client, as an administrator would. */
static bool says(uint16_t port, const char *question, const char *word)
{
    char command[160], line[200];
    bool found = false;

    snprintf(command, sizeof(command), "redis-cli -p %u %s 2>/dev/null", port,
             question);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    while (fgets(line, sizeof(line), output))
        found = found || strstr(line, word);
    pclose(output);
    return found;
}

static void await_word(uint16_t port, const char *question, const char *word)
{
    ev_tstamp begin = ev_time();

    while (!says(port, question, word)) {
        if (ev_time() - begin > WAIT_S)
            fail_msg("%s never said %s", question, word);
        ev_sleep(0.05);
    }
}

/* A master, its replica, their Sentinel, and two lines that found them. */
static void trio_make(struct trio *trio, struct scene *scene)
{
    struct redis_options options = { .loop = ev_loop_new(EVFLAG_AUTO) };
    char url[64];

    log_threshold(LOG_LEVEL_ERROR);
    *trio = (struct trio){ .folder = "/tmp/redis_trio.XXXXXX" };
    *scene = (struct scene){ .loop = options.loop };
    assert_non_null(mkdtemp(trio->folder));
    for (int i = 0; i < PROCESSES; i++)
        trio->ports[i] = free_port();
    trio_serve(trio, MASTER);
    trio_serve(trio, REPLICA);
    await_word(trio->ports[REPLICA], "info replication",
               "master_link_status:up");
    trio_serve(trio, SENTINEL);
    await_word(trio->ports[SENTINEL], "sentinel replicas house",
               "slave-priority");
    /* By name, and the first Sentinel is not there. */
    snprintf(url, sizeof(url), "sentinel://localhost:%u,localhost:%u/house",
             free_port(), trio->ports[SENTINEL]);
    assert_true(redis_place_read(url, &options.place));
    for (int i = 0; i < 2; i++) {
        options.bus = scene->buses[i] = bus_local_new();
        scene->lines[i] = redis_new(&options);
    }
    bus_subscribe(scene->buses[1], hear_moved, NULL);
    turn_until(scene, both_up);
}

static void trio_part(struct trio *trio, struct scene *scene)
{
    for (int i = 0; i < 2; i++) {
        redis_free(scene->lines[i]);
        bus_free(scene->buses[i]);
    }
    ev_loop_destroy(scene->loop);
    trio_end(trio);
}

static void a_new_master_is_followed(void **state)
{
    struct trio trio;
    struct scene scene;

    (void)state;
    trio_make(&trio, &scene);
    tell(&scene, 21);
    kill(trio.pids[MASTER], SIGKILL);
    waitpid(trio.pids[MASTER], NULL, 0);
    trio.pids[MASTER] = 0;
    turn_until(&scene, both_down);
    turn_until(&scene, both_up);
    tell(&scene, 22);
    assert_true(says(trio.ports[REPLICA], "role", "master"));
    trio_part(&trio, &scene);
}

/* Of two masters only one is the Sentinel's: whoever stayed with the other,
 * which was away for less than a dead line is, is sent on when that becomes a
 * replica. */
static void a_master_that_was_cut_off_keeps_nobody(void **state)
{
    struct trio trio;
    struct scene scene;

    (void)state;
    trio_make(&trio, &scene);
    kill(trio.pids[MASTER], SIGSTOP);
    await_word(trio.ports[REPLICA], "role", "master");
    assert_true(redis_is_up(scene.lines[0]));
    kill(trio.pids[MASTER], SIGCONT);
    turn_until(&scene, both_down);
    turn_until(&scene, both_up);
    await_word(trio.ports[MASTER], "role", "slave");
    assert_true(says(trio.ports[REPLICA], "pubsub numsub vestibule", "2"));
    tell(&scene, 23);
    trio_part(&trio, &scene);
}

static void places_are_read(void **state)
{
    struct redis_place place;
    static const char *const bad[] = {
        "",
        "redis://",
        "redis://h:0",
        "redis://h:x",
        "redis://u:p@h",
        "unix://relative",
        "http://h",
        "sentinel://h:1",
        "sentinel://h:1/",
        "redis://h/",
        "redis://[::1",
        "sentinel:///m",
    };

    (void)state;
    assert_true(redis_place_read("redis://house@db.example:7000", &place));
    assert_string_equal(place.user, "house");
    assert_string_equal(place.hosts[0].host, "db.example");
    assert_int_equal(place.hosts[0].port, 7000);
    assert_true(redis_place_read("redis://[::1]", &place));
    assert_string_equal(place.hosts[0].host, "::1");
    assert_int_equal(place.hosts[0].port, 6379);
    assert_true(redis_place_read("unix:///run/redis.sock", &place));
    assert_int_equal(place.hosts[0].port, 0);
    assert_true(redis_place_read("sentinel://a:1,b/main", &place));
    assert_true(place.by_sentinel);
    assert_int_equal(place.count, 2);
    assert_int_equal(place.hosts[1].port, 26379);
    assert_string_equal(place.master, "main");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (redis_place_read(bad[i], &place))
            fail_msg("%s", bad[i]);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_make, scene_end)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_read),
        CASE(a_node_hears_the_other),
        CASE(a_server_that_was_killed_is_found_again),
        CASE(a_server_that_hangs_is_left),
        CASE(a_lease_survives_the_server),
        CASE(a_wrong_password_is_refused),
        cmocka_unit_test(a_new_master_is_followed),
        cmocka_unit_test(a_master_that_was_cut_off_keeps_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
