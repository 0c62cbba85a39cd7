/* A settings file: it means what its lines mean one by one, what is wrong is
 * said in a sentence, and what passes is within its bounds and can stand in a
 * header. */
#include "signaling/config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_file(const uint8_t *data, size_t size, struct config *out,
                     char error[CONFIG_ERROR_TEXT])
{
    char path[40];
    int file = memfd_create("config", MFD_CLOEXEC);
    ssize_t wrote = write(file, data, size);

    assert(file >= 0 && wrote == (ssize_t)size);
    sprintf(path, "/proc/self/fd/%d", file);
    config_init(out);
    int err = config_read(out, path, error);
    (void)close(file);
    return err;
}

/* Line by line, by another way. */
static int read_lines(const uint8_t *data, size_t size, struct config *out,
                      char error[CONFIG_ERROR_TEXT])
{
    char *text = strndup((const char *)data, size);
    char *rest = text;
    char *line;
    int err = 0;

    config_init(out);
    while (!err && (line = strsep(&rest, "\n")) != NULL) {
        line += strspn(line, " \t\v\f\r");
        if (*line != '\0' && *line != '#')
            err = config_set(out, line, "here", error);
    }
    free(text);
    return err;
}

static void check_error(const char *error)
{
    size_t length = strnlen(error, CONFIG_ERROR_TEXT);
    assert(length > 0 && length < CONFIG_ERROR_TEXT);
}

static void check_origin(const char *origin)
{
    assert(strncmp(origin, "http://", 7) == 0 ||
           strncmp(origin, "https://", 8) == 0);
    for (const char *c = origin; *c; c++)
        assert(isgraph((unsigned char)*c));
}

static void check(const struct config *config)
{
    assert(config->listen_count >= 1 &&
           config->listen_count <= CONFIG_LISTEN_MAX);
    for (size_t i = 0; i < config->listen_count; i++) {
        const char *address = config->listen[i].address;
        struct in_addr four;
        struct in6_addr six;
        bool is_four = inet_pton(AF_INET, address, &four) == 1;

        assert(is_four || inet_pton(AF_INET6, address, &six) == 1);
        assert(config->listen[i].port > 0);
        if (!config->tls_key[0])
            assert(is_four ? ntohl(four.s_addr) >> 24 == 127
                           : IN6_IS_ADDR_LOOPBACK(&six));
    }
    check_origin(config->origin);
    if (config->payment_page[0])
        check_origin(config->payment_page);
    assert(config->master_key[0]);
    assert(config->opens_before_minutes >= 1);
    assert(config->messages_per_second >= 1 && config->messages_burst >= 1);
    assert(config->log >= LOG_LEVEL_ERROR && config->log <= LOG_LEVEL_DEBUG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config, lines;
    char error[CONFIG_ERROR_TEXT] = "", other[CONFIG_ERROR_TEXT] = "";

    /* A text file has no zeros. */
    if (size > 0 && memchr(data, 0, size))
        return 0;
    int err = read_file(data, size, &config, error);
    int lines_err = read_lines(data, size, &lines, other);
    assert(err == lines_err);
    if (err) {
        check_error(error);
        return 0;
    }
    assert(memcmp(&config, &lines, sizeof(config)) == 0);
    if (config_check(&config, error)) {
        check_error(error);
        return 0;
    }
    check(&config);
    return 0;
}
