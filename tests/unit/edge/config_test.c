#include "signaling/config.h"

#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char error[CONFIG_ERROR_TEXT];

static struct config with(const char *line)
{
    struct config config;

    config_init(&config);
    assert_int_equal(config_set(&config, line, "test", error), 0);
    return config;
}

static void assert_wrong(const char *line, const char *named)
{
    struct config config;

    config_init(&config);
    error[0] = '\0';
    assert_int_not_equal(config_set(&config, line, "f, line 3", error), 0);
    assert_non_null(strstr(error, "f, line 3"));
    assert_non_null(strstr(error, named));
}

static void reads_settings(void **state)
{
    struct config config =
        with("listen = 127.0.0.1:8080, [::1]:8081 127.0.0.2:65535");

    (void)state;
    assert_int_equal(config.listen_count, 3);
    assert_string_equal(config.listen[1].address, "::1");
    assert_int_equal(config.listen[1].port, 8081);
    config = with("origin=https://a.example");
    assert_string_equal(config.origin, "https://a.example");
    assert_true(config_is_secure(&config));
    config = with("  opens_before_minutes =  45 ");
    assert_int_equal(config.opens_before_minutes, 45);
    assert_int_equal(with("log=debug").log, LOG_LEVEL_DEBUG);
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    assert_wrong("listn = 1", "listn");
    assert_wrong("listen = localhost:80", "localhost:80");
    assert_wrong("listen = 127.0.0.1:0", "127.0.0.1:0");
    assert_wrong("listen = 127.0.0.1:99999", "99999");
    assert_wrong("listen = 127.0.0.1", "127.0.0.1");
    assert_wrong("opens_before_minutes = soon", "opens_before_minutes");
    assert_wrong("opens_before_minutes = -1", "opens_before_minutes");
    assert_wrong("opens_before_minutes = 9e9", "opens_before_minutes");
    assert_wrong("log = loud", "loud");
    assert_wrong("just words", "just words");
}

static void names_file_and_line(void **state)
{
    char path[] = "/tmp/vestibule-config-XXXXXX";
    struct config config;
    int file = mkstemp(path);

    (void)state;
    assert_true(file >= 0);
    /* A comment longer than any setting is one line still. */
    dprintf(file, "#%01500d\n\norigin = https://a.example\nnonsense = 1\n", 0);
    close(file);
    config_init(&config);
    assert_int_not_equal(config_read(&config, path, error), 0);
    assert_non_null(strstr(error, "line 4"));
    assert_non_null(strstr(error, "nonsense"));
    unlink(path);
    assert_int_not_equal(config_read(&config, path, error), 0);
    assert_non_null(strstr(error, path));
}

static void plain_http_stays_on_loopback(void **state)
{
    struct config config = with("listen = 0.0.0.0:8443");

    (void)state;
    strcpy(config.master_key, "file");
    assert_int_not_equal(config_check(&config, error), 0);
    assert_non_null(strstr(error, "0.0.0.0"));
    strcpy(config.tls_certificate, "c");
    assert_int_not_equal(config_check(&config, error), 0);
    assert_non_null(strstr(error, "tls_key"));
    strcpy(config.tls_key, "k");
    assert_int_equal(config_check(&config, error), 0);
}

static void asks_for_a_master_key(void **state)
{
    struct config config = with("origin = http://localhost:1");

    (void)state;
    assert_int_not_equal(config_check(&config, error), 0);
    assert_non_null(strstr(error, "master_key"));
}

static void refuses_an_origin_with_a_path(void **state)
{
    struct config config = with("origin = https://a.example/x");

    (void)state;
    strcpy(config.master_key, "file");
    assert_int_not_equal(config_check(&config, error), 0);
    assert_non_null(strstr(error, "origin"));
}

static void reads_the_master_key(void **state)
{
    struct config config = with(
        "master_key = command:printf "
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    uint8_t key[32];

    (void)state;
    assert_int_equal(config_master_key(&config, key, error), 0);
    assert_int_equal(key[1], 0x11);
    config = with("master_key = command:printf short");
    assert_int_not_equal(config_master_key(&config, key, error), 0);
    config = with("master_key = command:exit 1");
    assert_int_not_equal(config_master_key(&config, key, error), 0);
    config = with("master_key = /nonexistent");
    assert_int_not_equal(config_master_key(&config, key, error), 0);
    assert_non_null(strstr(error, "master_key"));
}

/* The sample holds only settings that exist: each commented one is tried. */
static void the_sample_is_true(void **state)
{
    FILE *file = fopen("deploy/vestibule.conf", "r");
    char line[1024];
    int tried = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        struct config config;
        config_init(&config);
        if (line[0] != '#' || line[1] == ' ' || !strchr(line, '='))
            continue;
        if (config_set(&config, line + 1, "sample", error))
            fail_msg("%s: %s", line, error);
        tried++;
    }
    (void)fclose(file);
    assert_true(tried > 15);
}

static void turn_needs_urls_and_a_secret(void **state)
{
    static const char *const wrong[] = {
        "turn = https://turn.example.org",
        "turn = turns:",
        "turn = turns:turn.example.org, turn.example.org",
        "turn = turns:a\"b",
    };
    struct config config = with("turn = turns:turn.example.org:443");

    (void)state;
    (void)config_set(&config, "master_key = k", "test", error);
    assert_int_not_equal(config_check(&config, error), 0);
    assert_non_null(strstr(error, "turn_secret_file"));
    (void)config_set(&config, "turn_secret_file = s", "test", error);
    assert_int_equal(config_check(&config, error), 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        (void)config_set(&config, wrong[i], "test", error);
        assert_int_not_equal(config_check(&config, error), 0);
    }
    (void)config_set(&config,
                     "turn = turns:a.example:443?transport=tcp "
                     "turn:[2001:db8::1]:3478",
                     "test", error);
    assert_int_equal(config_check(&config, error), 0);
}

static void a_relay_elsewhere_needs_certificates(void **state)
{
    static const char *const wrong[] = {
        "relay = tls:relay.example.org",
        "relay = tls:relay.example.org:0",
        "relay = tls:[::1:3479",
        "relay = tls:a/b:3479",
        "relay = tls:one.example:3479, tls:two.example",
    };
    struct config config = with("relay = tls:one.example:3479,tls:[::1]:3479");

    (void)state;
    (void)config_set(&config, "master_key = k", "test", error);
    (void)config_set(&config, "relay_certificate = c", "test", error);
    (void)config_set(&config, "relay_key = k", "test", error);
    assert_int_not_equal(config_check(&config, error), 0);
    assert_non_null(strstr(error, "relay_authority is missing"));
    (void)config_set(&config, "relay_authority = a", "test", error);
    assert_int_equal(config_check(&config, error), 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        (void)config_set(&config, wrong[i], "test", error);
        assert_int_not_equal(config_check(&config, error), 0);
        assert_non_null(strstr(error, "tls:HOST:PORT, not"));
    }
    (void)config_set(&config, "relay = /run/relay.sock", "test", error);
    assert_int_not_equal(config_check(&config, error), 0);
    assert_non_null(strstr(error, "relay_certificate belongs to"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_settings),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(names_file_and_line),
        cmocka_unit_test(plain_http_stays_on_loopback),
        cmocka_unit_test(asks_for_a_master_key),
        cmocka_unit_test(refuses_an_origin_with_a_path),
        cmocka_unit_test(reads_the_master_key),
        cmocka_unit_test(the_sample_is_true),
        cmocka_unit_test(turn_needs_urls_and_a_secret),
        cmocka_unit_test(a_relay_elsewhere_needs_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
