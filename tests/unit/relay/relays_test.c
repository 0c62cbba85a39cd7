/* The set of relays: what the setting says, and names with several addresses.
 */
#include "signaling/relay/relays.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/certificates.h"

/* ---- a name server of ours ------------------------------------------------
 */

#define NAME "relays.example"

static struct sockaddr_in hosts[3];
static size_t host_count;

/* What libc has under this name is asked for all else. */
int getaddrinfo(const char *host, const char *service,
                const struct addrinfo *hints, struct addrinfo **out)
{
    static struct addrinfo answers[3];
    int (*real)(const char *, const char *, const struct addrinfo *,
                struct addrinfo **);

    if (!host || strcmp(host, NAME) != 0) {
        *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
        return real(host, service, hints, out);
    }
    if (host_count == 0)
        return EAI_NONAME;
    for (size_t i = 0; i < host_count; i++)
        answers[i] = (struct addrinfo){
            .ai_family = AF_INET,
            .ai_addr = (struct sockaddr *)&hosts[i],
            .ai_addrlen = sizeof(hosts[i]),
            .ai_next = i + 1 < host_count ? &answers[i + 1] : NULL,
        };
    *out = answers;
    return 0;
}

void freeaddrinfo(struct addrinfo *all)
{
    void (*real)(struct addrinfo *);

    if (all && all->ai_addr == (struct sockaddr *)&hosts[0])
        return;
    *(void **)&real = dlsym(RTLD_NEXT, "freeaddrinfo");
    real(all);
}

/* ---- the scene ------------------------------------------------------------
 */

struct scene {
    struct certificates certificates;
    struct ev_loop *loop;
    int listening[3]; /* 127.0.0.2 and on */
    uint16_t port;
};

static void listen_at(struct scene *scene, size_t i)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(scene->port) };
    socklen_t length = sizeof(at);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)i);
    scene->listening[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(scene->listening[i], (struct sockaddr *)&at, length),
                     0);
    assert_int_equal(listen(scene->listening[i], 8), 0);
    assert_int_equal(
        getsockname(scene->listening[i], (struct sockaddr *)&at, &length), 0);
    scene->port = ntohs(at.sin_port);
    hosts[i] = at;
}

static int scene_make(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    (void)signal(SIGPIPE, SIG_IGN);
    certificates_begin(&scene->certificates);
    scene->loop = ev_loop_new(EVFLAG_AUTO);
    for (size_t i = 0; i < 3; i++)
        listen_at(scene, i);
    host_count = 0;
    *state = scene;
    return 0;
}

static int scene_end(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < 3; i++)
        close(scene->listening[i]);
    ev_loop_destroy(scene->loop);
    certificates_end(&scene->certificates);
    free(scene);
    return 0;
}

static void hear(void *arg, struct relay *relay,
                 const struct relay_event *event)
{
    (void)arg;
    (void)relay;
    (void)event;
}

static int make(struct scene *scene, const char *addresses, struct relays **out,
                char *error)
{
    struct relays_options options = {
        .loop = scene->loop,
        .addresses = addresses,
        .certificate = certificates_path(&scene->certificates, "node", ".pem"),
        .key = certificates_path(&scene->certificates, "node", ".key"),
        .authority =
            certificates_path(&scene->certificates, "authority", ".pem"),
        .told = hear,
    };

    return relays_new(&options, out, error);
}

static bool was_reached(struct scene *scene, size_t i)
{
    int fd = accept(scene->listening[i], NULL, NULL);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void turn_end(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

#define AWAIT(scene, condition)                                                \
    do {                                                                       \
        ev_tstamp end = ev_time() + 20.;                                       \
        ev_timer awake;                                                        \
        ev_timer_init(&awake, turn_end, 0.05, 0.05);                           \
        ev_timer_start((scene)->loop, &awake);                                 \
        while (!(condition) && ev_time() < end)                                \
            ev_run((scene)->loop, EVRUN_ONCE);                                 \
        ev_timer_stop((scene)->loop, &awake);                                  \
        assert_true(end > ev_time());                                          \
    } while (0)

static void each_of_the_setting_is_one(void **state)
{
    struct scene *scene = *state;
    struct relays *relays;
    char error[RELAY_ERROR_TEXT] = "";

    assert_int_equal(
        make(scene, "/run/a, /run/b,tls:127.0.0.1:3479", &relays, error), 0);
    assert_int_equal(relays_count(relays), 3);
    assert_false(relays_is_any_up(relays));
    assert_string_equal(relays_name(relays, 0), "");
    assert_null(relays_find(relays, ""));
    relays_free(relays);
}

static void a_wrong_setting_is_told(void **state)
{
    static const char *const wrong[] = { " , ", "tls:host", "tls::3479" };
    struct scene *scene = *state;
    struct relays *relays;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char error[RELAY_ERROR_TEXT] = "";
        assert_true(make(scene, wrong[i], &relays, error) < 0);
        assert_int_not_equal(strlen(error), 0);
    }
    char error[RELAY_ERROR_TEXT] = "";
    char many[RELAYS_MAX * 4 + 5] = "";
    for (size_t i = 0; i <= RELAYS_MAX; i++)
        strcat(many, "/a, ");
    assert_true(make(scene, many, &relays, error) < 0);
    assert_int_not_equal(strlen(error), 0);
}

/* Also one that the name gets later. */
static void each_address_of_a_name_is_one(void **state)
{
    struct scene *scene = *state;
    struct relays *relays;
    char setting[80], error[RELAY_ERROR_TEXT] = "";

    snprintf(setting, sizeof(setting), "tls:" NAME ":%u", scene->port);
    host_count = 2;
    assert_int_equal(make(scene, setting, &relays, error), 0);
    AWAIT(scene, was_reached(scene, 0));
    AWAIT(scene, was_reached(scene, 1));
    assert_int_equal(relays_count(relays), 2);
    assert_false(relays_is_expected(relays, 0)); /* it was never up */
    host_count = 3;
    AWAIT(scene, was_reached(scene, 2));
    assert_int_equal(relays_count(relays), 3);
    relays_free(relays);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_make, scene_end)
    const struct CMUnitTest tests[] = {
        CASE(each_of_the_setting_is_one),
        CASE(a_wrong_setting_is_told),
        CASE(each_address_of_a_name_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
