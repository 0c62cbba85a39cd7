/* The client over TLS, against a server of OpenSSL's on a thread of its own. */
#include "signaling/relay/relay.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "tests/unit/certificates.h"

#include <jansson.h>

#define HELLO                                                                  \
    "{\"event\":\"hello\",\"version\":1,\"instance\":\"i\",\"workers\":1,"     \
    "\"name\":\"far\",\"release\":\"9\",\"load\":0.5,\"draining\":false}\n"

struct far_end {
    int listening;
    uint16_t port;
    SSL_CTX *ctx;
    bool mute; /* takes connections, and does nothing with them */
    pthread_t thread;
    atomic_uint taken;
    atomic_uint failed; /* handshakes */
    atomic_bool drains;
    atomic_bool ends;
};

struct scene {
    struct certificates certificates;
    struct far_end far;
    struct ev_loop *loop;
    struct relay *relay;
    unsigned ups;
    unsigned downs;
    unsigned drainings;
    bool answered;
    char sdp[RELAY_LINE_MAX];
};

/* ---- the relay's side
 * --------------------------------------------------------- */

static void say(SSL *tls, const char *text)
{
    size_t sent = 0, length = strlen(text);

    while (sent < length) {
        ssize_t put = mutual_tls_write(tls, text + sent, length - sent);
        if (put <= 0)
            return;
        sent += (size_t)put;
    }
}

/* A join is answered with the offer it brought. */
static void answer(struct far_end *far, SSL *tls, char *text)
{
    json_t *line = json_loads(text, 0, NULL);
    json_t *offer = json_object_get(line, "offer");
    json_t *to =
        json_pack("{s:O,s:b,s:f,s:b}", "re", json_object_get(line, "id"), "ok",
                  1, "load", 0.25, "draining", (int)atomic_load(&far->drains));

    if (offer)
        json_object_set(to, "answer", offer);
    char *out = json_dumps(to, JSON_COMPACT);
    say(tls, out);
    say(tls, "\n");
    free(out);
    json_decref(to);
    json_decref(line);
}

static void serve(struct far_end *far, SSL *tls)
{
    char *in = malloc(RELAY_LINE_MAX + 1);
    size_t length = 0;
    ssize_t got;

    if (mutual_tls_shake(tls) != 0) {
        atomic_fetch_add(&far->failed, 1);
        free(in);
        return;
    }
    say(tls, HELLO);
    while ((got = mutual_tls_read(tls, in + length, RELAY_LINE_MAX - length)) >
           0) {
        char *end;
        length += (size_t)got;
        in[length] = '\0';
        while ((end = strchr(in, '\n'))) {
            *end = '\0';
            answer(far, tls, in);
            length -= (size_t)(end + 1 - in);
            memmove(in, end + 1, length + 1);
        }
    }
    free(in);
}

static void *turn(void *arg)
{
    struct far_end *far = arg;

    while (!atomic_load(&far->ends)) {
        int fd = accept4(far->listening, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            break;
        atomic_fetch_add(&far->taken, 1);
        if (far->mute) {
            char bytes[2048];
            while (recv(fd, bytes, sizeof(bytes), 0) > 0)
                ;
        } else {
            SSL *tls = mutual_tls_begin(far->ctx, MUTUAL_TLS_SERVER, fd);
            serve(far, tls);
            SSL_free(tls);
        }
        close(fd);
    }
    return NULL;
}

static void far_listen(struct far_end *far)
{
    struct sockaddr_in name = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(name);

    far->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        bind(far->listening, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(
        getsockname(far->listening, (struct sockaddr *)&name, &length), 0);
    far->port = ntohs(name.sin_port);
}

static void far_begin(struct scene *scene, const char *name,
                      const char *authority)
{
    struct far_end *far = &scene->far;
    struct mutual_tls_files files =
        certificates_of(&scene->certificates, name, authority);
    char error[MUTUAL_TLS_ERROR_TEXT];

    assert_int_equal(mutual_tls_new(&files, &far->ctx, error), 0);
    assert_int_equal(listen(far->listening, 8), 0);
    assert_int_equal(pthread_create(&far->thread, NULL, turn, far), 0);
}

/* ---- our side
 * ----------------------------------------------------------------- */

static void told(void *arg, const struct relay_event *event)
{
    struct scene *scene = arg;

    scene->ups += event->kind == RELAY_UP;
    scene->downs += event->kind == RELAY_DOWN;
    scene->drainings += event->kind == RELAY_DRAINING;
}

static void begin_with(struct scene *scene, const char *certificate,
                       const char *authority, const char *host)
{
    struct mutual_tls_files files =
        certificates_of(&scene->certificates, certificate, authority);
    char error[RELAY_ERROR_TEXT];
    char address[60];
    struct relay_options options = {
        .loop = scene->loop,
        .address = address,
        .certificate = files.certificate,
        .key = files.key,
        .authority = files.authority,
        .told = told,
        .arg = scene,
    };

    snprintf(address, sizeof(address), "tls:%s:%u", host, scene->far.port);
    assert_int_equal(relay_new(&options, &scene->relay, error), 0);
}

static void wake(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* Turns the loop until it is so, for at most half a minute. */
#define UNTIL(scene, what)                                                     \
    do {                                                                       \
        ev_timer tick;                                                         \
        ev_tstamp end = ev_time() + 30;                                        \
        ev_timer_init(&tick, wake, 0.02, 0.02);                                \
        ev_timer_start((scene)->loop, &tick);                                  \
        while (!(what) && ev_time() < end)                                     \
            ev_run((scene)->loop, 0);                                          \
        ev_timer_stop((scene)->loop, &tick);                                   \
        assert_true(what);                                                     \
    } while (0)

static int begin(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    (void)signal(SIGPIPE, SIG_IGN);
    certificates_begin(&scene->certificates);
    scene->loop = ev_loop_new(0);
    far_listen(&scene->far);
    *state = scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;

    relay_free(scene->relay);
    atomic_store(&scene->far.ends, true);
    (void)shutdown(scene->far.listening, SHUT_RDWR);
    if (scene->far.ctx)
        pthread_join(scene->far.thread, NULL);
    close(scene->far.listening);
    SSL_CTX_free(scene->far.ctx);
    ev_loop_destroy(scene->loop);
    certificates_end(&scene->certificates);
    free(scene);
    return 0;
}

static void joined(void *arg, const struct relay_answer *answer)
{
    struct scene *scene = arg;

    assert_null(answer->refused);
    strcpy(scene->sdp, answer->sdp);
    scene->answered = true;
}

static void lines_go_both_ways(void **state)
{
    struct scene *scene = *state;
    char *offer = malloc(150001);

    memset(offer, 'v', 150000);
    offer[150000] = '\0';
    far_begin(scene, "relay", "authority");
    begin_with(scene, "node", "authority", "127.0.0.1");
    UNTIL(scene, relay_is_up(scene->relay));
    assert_string_equal(relay_name(scene->relay), "far");
    assert_string_equal(relay_release(scene->relay), "9");
    assert_true(relay_load(scene->relay) == 0.5);
    relay_join(scene->relay, "p", "q", offer, joined, scene);
    UNTIL(scene, scene->answered);
    assert_string_equal(scene->sdp, offer);
    UNTIL(scene, relay_load(scene->relay) == 0.25); /* a beat later */
    atomic_store(&scene->far.drains, true);
    UNTIL(scene, scene->drainings > 0);
    assert_true(relay_is_draining(scene->relay));
    assert_int_equal(scene->drainings, 1);
    assert_int_equal(scene->ups, 1);
    free(offer);
}

/* Off the loop: the name is searched on a thread. */
static void a_host_has_a_name(void **state)
{
    struct scene *scene = *state;

    far_begin(scene, "both", "authority");
    begin_with(scene, "both", "authority", "localhost");
    UNTIL(scene, relay_is_up(scene->relay));
}

static void comes_when_the_relay_comes(void **state)
{
    struct scene *scene = *state;

    ev_tstamp began = ev_time();
    begin_with(scene, "node", "authority", "127.0.0.1");
    UNTIL(scene, ev_now(scene->loop) > began + 0.2); /* refused as yet */
    assert_false(relay_is_up(scene->relay));
    far_begin(scene, "relay", "authority");
    UNTIL(scene, relay_is_up(scene->relay));
}

static void nobody_is_believed_who(struct scene *scene, const char *name,
                                   const char *authority)
{
    far_begin(scene, name, authority);
    begin_with(scene, "node", "authority", "127.0.0.1");
    UNTIL(scene, atomic_load(&scene->far.failed) >= 2);
    assert_false(relay_is_up(scene->relay));
    assert_int_equal(scene->ups + scene->downs, 0);
}

static void is_of_another_authority(void **state)
{
    nobody_is_believed_who(*state, "stranger", "authority");
}

static void is_expired(void **state)
{
    nobody_is_believed_who(*state, "late", "authority");
}

/* A node's certificate is no relay's. */
static void is_no_relay(void **state)
{
    nobody_is_believed_who(*state, "node", "authority");
}

static void says_no_purpose(void **state)
{
    nobody_is_believed_who(*state, "bare", "authority");
}

static void does_not_believe_us(void **state)
{
    nobody_is_believed_who(*state, "relay", "other");
}

static void a_relay_that_only_listens_is_left(void **state)
{
    struct scene *scene = *state;

    scene->far.mute = true;
    far_begin(scene, "relay", "authority");
    begin_with(scene, "node", "authority", "127.0.0.1");
    UNTIL(scene, atomic_load(&scene->far.taken) >= 2);
    assert_int_equal(scene->ups + scene->downs, 0);
}

static void assert_refused(struct relay_options options, const char *because)
{
    char error[RELAY_ERROR_TEXT] = "";
    struct relay *relay = NULL;

    assert_true(relay_new(&options, &relay, error) < 0);
    assert_null(relay);
    assert_non_null(strstr(error, because));
}

static void wrong_settings_are_sentences(void **state)
{
    struct scene *scene = *state;
    struct certificates *in = &scene->certificates;
    struct relay_options options = {
        .loop = scene->loop,
        .address = "tls:relay.example:4433",
        .certificate = certificates_path(in, "node", ".pem"),
        .key = certificates_path(in, "node", ".key"),
        .authority = certificates_path(in, "authority", ".pem"),
        .told = told,
    };
    struct relay_options wrong = options;

    wrong.key = NULL;
    assert_refused(wrong, "needs relay_certificate, relay_key");
    wrong = options;
    wrong.key = certificates_path(in, "relay", ".key");
    assert_refused(wrong, "The key /tmp");
    wrong = options;
    wrong.certificate = "/nowhere.pem";
    assert_refused(wrong, "/nowhere.pem cannot be used: No such file");
    wrong = options;
    wrong.authority = certificates_path(in, "authority", ".key");
    assert_refused(wrong, "The authority");
    wrong = options;
    wrong.address = "tls:relay.example";
    assert_refused(wrong, "relay is the path of a socket or tls:HOST:PORT");
    wrong.address = "tls:relay.example:70000";
    assert_refused(wrong, "not \"tls:relay.example:70000\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_go_both_ways, begin, end),
        cmocka_unit_test_setup_teardown(a_host_has_a_name, begin, end),
        cmocka_unit_test_setup_teardown(comes_when_the_relay_comes, begin, end),
        cmocka_unit_test_setup_teardown(is_of_another_authority, begin, end),
        cmocka_unit_test_setup_teardown(is_expired, begin, end),
        cmocka_unit_test_setup_teardown(is_no_relay, begin, end),
        cmocka_unit_test_setup_teardown(says_no_purpose, begin, end),
        cmocka_unit_test_setup_teardown(does_not_believe_us, begin, end),
        cmocka_unit_test_setup_teardown(a_relay_that_only_listens_is_left,
                                        begin, end),
        cmocka_unit_test_setup_teardown(wrong_settings_are_sentences, begin,
                                        end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
