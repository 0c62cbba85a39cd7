#include "signaling/config.h"

#include "base/secret.h"
#include "base/text.h"
#include "signaling/bus/redis.h"
#include "signaling/relay/relay_address.h"
#include "signaling/store/master_key.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum setting_type { SETTING_TEXT, SETTING_NUMBER, SETTING_LISTEN, SETTING_LOG };

struct setting {
    const char *key;
    enum setting_type type;
    size_t offset;
    uint32_t least; /* SETTING_NUMBER */
    uint32_t most;
};

#define TEXT(key)                                                              \
    {                                                                          \
#key, SETTING_TEXT, offsetof(struct config, key), 0, 0                 \
    }
#define NUMBER(key, least, most)                                               \
    {                                                                          \
#key, SETTING_NUMBER, offsetof(struct config, key), least, most        \
    }

static const struct setting settings[] = {
    { "listen", SETTING_LISTEN, 0, 0, 0 },
    { "log", SETTING_LOG, offsetof(struct config, log), 0, 0 },
    TEXT(origin),
    TEXT(origins),
    TEXT(tls_certificate),
    TEXT(tls_key),
    TEXT(database),
    TEXT(redis),
    TEXT(redis_password_file),
    TEXT(master_key),
    TEXT(relay),
    TEXT(relay_certificate),
    TEXT(relay_key),
    TEXT(relay_authority),
    TEXT(turn),
    TEXT(turn_secret_file),
    TEXT(web_root),
    TEXT(trusted_proxies),
    TEXT(metrics_from),
    TEXT(mail_url),
    TEXT(mail_from),
    TEXT(mail_user),
    TEXT(mail_password_file),
    TEXT(sms_url),
    TEXT(sms_key_file),
    TEXT(payment_url),
    TEXT(payment_key_file),
    TEXT(payment_webhook_secret_file),
    TEXT(payment_page),
    NUMBER(opens_before_minutes, 1, 1440),
    NUMBER(released_for_days, 1, 3650),
    NUMBER(sign_in_per_minute, 1, 100000),
    NUMBER(claim_per_minute, 1, 100000),
    NUMBER(connect_per_minute, 1, 100000),
    NUMBER(messages_per_second, 1, 10000),
    NUMBER(messages_burst, 1, 100000),
};

static const char *const log_names[] = { "error", "warning", "notice", "debug",
                                         NULL };

void config_init(struct config *config)
{
    *config = (struct config){
        .database = "vestibule.db",
        .web_root = "web",
        .trusted_proxies = "",
        .metrics_from = "127.0.0.0/8, ::1",
        .opens_before_minutes = 30,
        .released_for_days = 30,
        .sign_in_per_minute = 5,
        .claim_per_minute = 10,
        .connect_per_minute = 10,
        .messages_per_second = 20,
        .messages_burst = 60,
        .log = LOG_LEVEL_NOTICE,
    };
}

/* One sentence for whoever started us. */
static int __attribute__((format(printf, 2, 3)))
wrong(char *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, CONFIG_ERROR_TEXT, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

/* "127.0.0.1:8080" or "[::1]:8080". */
static bool listen_read(const char *text, struct config_listen *out)
{
    const char *colon = strrchr(text, ':');
    struct in6_addr any;

    if (!colon || colon == text)
        return false;
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (!isdigit((unsigned char)colon[1]) || *end || port < 1 || port > 65535)
        return false;
    size_t length = (size_t)(colon - text);
    bool six = text[0] == '[' && colon[-1] == ']';
    if (six) {
        text++;
        length -= 2;
    }
    struct config_listen read = { .port = (uint16_t)port };
    if (!text_copy(read.address, sizeof(read.address), slice(text, length)))
        return false;
    if (inet_pton(six ? AF_INET6 : AF_INET, read.address, &any) != 1)
        return false;
    *out = read;
    return true;
}

static int listen_set(struct config *config, char *value, const char *where,
                      char *error)
{
    size_t count = 0;
    char *rest = NULL;

    for (char *part = strtok_r(value, ", ", &rest); part;
         part = strtok_r(NULL, ", ", &rest)) {
        if (count == CONFIG_LISTEN_MAX ||
            !listen_read(part, &config->listen[count]))
            return wrong(
                error,
                "%s: listen takes up to %d of ADDRESS:PORT with numeric "
                "addresses, not \"%s\".",
                where, CONFIG_LISTEN_MAX, part);
        count++;
    }
    config->listen_count = count;
    return 0;
}

static int number_set(struct config *config, const struct setting *setting,
                      const char *value, const char *where, char *error)
{
    char *end;
    unsigned long number = strtoul(value, &end, 10);

    if (!isdigit((unsigned char)value[0]) || *end || number < setting->least ||
        number > setting->most)
        return wrong(error, "%s: %s is a number from %u to %u, not \"%s\".",
                     where, setting->key, setting->least, setting->most, value);
    uint32_t *at = (uint32_t *)(void *)((char *)config + setting->offset);
    *at = (uint32_t)number;
    return 0;
}

static int log_set(struct config *config, const char *value, const char *where,
                   char *error)
{
    for (int i = 0; log_names[i]; i++)
        if (strcmp(value, log_names[i]) == 0) {
            config->log = (enum log_level)i;
            return 0;
        }
    return wrong(error,
                 "%s: log is error, warning, notice or debug, not \"%s\".",
                 where, value);
}

static const struct setting *setting_of(const char *key)
{
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (strcmp(settings[i].key, key) == 0)
            return &settings[i];
    return NULL;
}

int config_set(struct config *config, const char *line, const char *where,
               char error[CONFIG_ERROR_TEXT])
{
    char copy[CONFIG_TEXT * 2];

    if (!text_copy(copy, sizeof(copy), slice_of_text(line)))
        return wrong(error, "%s: this line is too long.", where);
    char *equals = strchr(copy, '=');
    if (!equals)
        return wrong(error, "%s: expected \"key = value\", not \"%s\".", where,
                     trim(copy));
    *equals = '\0';
    char *key = trim(copy);
    char *value = trim(equals + 1);
    const struct setting *setting = setting_of(key);
    if (!setting)
        return wrong(error, "%s: there is no setting named \"%s\".", where,
                     key);
    switch (setting->type) {
    case SETTING_LISTEN:
        return listen_set(config, value, where, error);
    case SETTING_NUMBER:
        return number_set(config, setting, value, where, error);
    case SETTING_LOG:
        return log_set(config, value, where, error);
    case SETTING_TEXT:
        break;
    }
    if (!text_copy((char *)config + setting->offset, CONFIG_TEXT,
                   slice_of_text(value)))
        return wrong(error, "%s: %s is too long.", where, key);
    return 0;
}

int config_read(struct config *config, const char *path,
                char error[CONFIG_ERROR_TEXT])
{
    char line[CONFIG_TEXT * 2];
    char where[300];
    int err = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return wrong(error, "The configuration %.200s cannot be read: %s.",
                     path, strerror(errno));
    for (unsigned number = 1; !err && fgets(line, sizeof(line), file);
         number++) {
        bool whole = strchr(line, '\n') || feof(file);
        const char *text = trim(line);
        snprintf(where, sizeof(where), "%.200s, line %u", path, number);
        if (!whole && text[0] != '#')
            err = wrong(error, "%s: this line is too long.", where);
        else if (text[0] != '\0' && text[0] != '#')
            err = config_set(config, text, where, error);
        while (!whole) { /* the rest of a long comment */
            int c = fgetc(file);
            whole = c == '\n' || c == EOF;
        }
    }
    (void)fclose(file);
    return err;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* "http://" or "https://" and a host, nothing after. It goes into headers: a
 * sign that is none of a host's would end one. */
static bool is_origin(const char *text)
{
    const char *host = NULL;

    for (const char *c = text; *c; c++)
        if (!isgraph((unsigned char)*c))
            return false;

    if (strncmp(text, "https://", 8) == 0)
        host = text + 8;
    else if (strncmp(text, "http://", 7) == 0)
        host = text + 7;
    return host && *host && strcspn(host, "/?# \"';,") == strlen(host);
}

static int check_origin(const struct config *config, char *error)
{
    if (!is_origin(config->origin))
        return wrong(error,
                     "origin is the address that browsers use, such as "
                     "https://tele.example.org without a path, not \"%s\".",
                     config->origin);
    if (config->payment_page[0] && !is_origin(config->payment_page))
        return wrong(
            error,
            "payment_page is the origin of the provider's payment page, "
            "such as https://checkout.example.com, not \"%s\".",
            config->payment_page);
    return 0;
}

/* "turns:host:443" and the like, as browsers take them. */
static bool is_turn_url(const char *text, size_t length)
{
    size_t scheme = strncmp(text, "turns:", 6) == 0  ? 6
                    : strncmp(text, "turn:", 5) == 0 ? 5
                                                     : 0;

    if (scheme == 0 || length == scheme)
        return false;
    for (size_t i = scheme; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("-._:[]?=", text[i]))
            return false;
    return true;
}

static int check_turn(const struct config *config, char *error)
{
    const char *url = config->turn;

    if (!config->turn[0] != !config->turn_secret_file[0])
        return wrong(error,
                     "turn and turn_secret_file go together: %s is "
                     "missing.",
                     config->turn[0] ? "turn_secret_file" : "turn");
    for (url += strspn(url, ", "); *url; url += strspn(url, ", ")) {
        size_t length = strcspn(url, ", ");

        if (!is_turn_url(url, length))
            return wrong(error,
                         "turn takes URLs such as turns:turn.example.org:443, "
                         "not \"%.*s\".",
                         (int)length, url);
        url += length;
    }
    return 0;
}

static int check_redis(const struct config *config, char *error)
{
    struct redis_place place;

    if (!config->redis[0])
        return 0;
    if (!strstr(config->database, "://"))
        return wrong(error,
                     "redis connects several nodes, which share a database: "
                     "set database = postgresql://… too, or remove redis.");
    if (!redis_place_read(config->redis, &place))
        return wrong(error,
                     "redis takes redis://[USER@]HOST[:PORT], unix:///PATH or "
                     "sentinel://HOST[:PORT],…/MASTER; a password belongs "
                     "into redis_password_file.");
    return 0;
}

/* Where a relay is on another machine, each shows the other who it is. */
static int check_relay_files(const struct config *config, bool wanted,
                             char *error)
{
    const struct {
        const char *key;
        const char *path;
    } files[] = {
        { "relay_certificate", config->relay_certificate },
        { "relay_key", config->relay_key },
        { "relay_authority", config->relay_authority },
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (!files[i].path[0] == wanted)
            return wrong(error,
                         wanted ? "relay = tls:… needs relay_certificate, "
                                  "relay_key and relay_authority: %s is "
                                  "missing."
                                : "%s belongs to relay = tls:HOST:PORT; a "
                                  "socket's path needs none.",
                         files[i].key);
    return 0;
}

static int check_relay(const struct config *config, char *error)
{
    const char *part = config->relay;
    bool tls = false;

    for (part += strspn(part, ", "); *part; part += strspn(part, ", ")) {
        size_t length = strcspn(part, ", ");
        struct relay_address address;

        if (!relay_address_read(slice(part, length), &address))
            return wrong(error,
                         "relay takes the path of a control socket or "
                         "tls:HOST:PORT, not \"%.*s\".",
                         (int)length, part);
        tls = tls || address.tls;
        part += length;
    }
    return check_relay_files(config, tls, error);
}

static int check_listen(const struct config *config, char *error)
{
    if (!config->tls_certificate[0] != !config->tls_key[0])
        return wrong(error,
                     "tls_certificate and tls_key go together: %s is missing.",
                     config->tls_key[0] ? "tls_certificate" : "tls_key");
    if (config->tls_certificate[0])
        return 0;
    for (size_t i = 0; i < config->listen_count; i++)
        if (!is_loopback(config->listen[i].address))
            return wrong(
                error,
                "listen names %s, which others can reach: without "
                "tls_certificate and tls_key only loopback addresses are "
                "served.",
                config->listen[i].address);
    return 0;
}

int config_check(struct config *config, char error[CONFIG_ERROR_TEXT])
{
    if (config->listen_count == 0) {
        config->listen[0] = (struct config_listen){ "127.0.0.1", 8443 };
        config->listen_count = 1;
    }
    if (!config->origin[0])
        snprintf(config->origin, sizeof(config->origin), "%s://localhost:%u",
                 config->tls_certificate[0] ? "https" : "http",
                 config->listen[0].port);
    int err = check_origin(config, error);
    if (!err)
        err = check_turn(config, error);
    if (!err)
        err = check_redis(config, error);
    if (!err)
        err = check_relay(config, error);
    if (err)
        return err;
    if (!config->master_key[0])
        return wrong(error,
                     "master_key is missing: name a file that holds 32 random "
                     "bytes, away from the database, or command: and a command "
                     "that prints them.");
    return check_listen(config, error);
}

/* The whole of a stream of at most size bytes; -E2BIG when it holds more. */
static int read_whole(FILE *file, uint8_t *out, size_t size, size_t *out_length)
{
    size_t length = fread(out, 1, size, file);

    if (ferror(file))
        return -EIO;
    if (length == size && fgetc(file) != EOF)
        return -E2BIG;
    *out_length = length;
    return 0;
}

int config_master_key(const struct config *config, uint8_t out[32],
                      char error[CONFIG_ERROR_TEXT])
{
    char what[200];

    return master_key_read(config->master_key, out, what, sizeof(what))
               ? wrong(error, "master_key %s.", what)
               : 0;
}

int config_secret(const char *path, char *out, size_t size,
                  char error[CONFIG_ERROR_TEXT])
{
    size_t length = 0;

    out[0] = '\0';
    if (!path[0])
        return 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return wrong(error, "%.300s cannot be read: %s.", path,
                     strerror(errno));
    int err = read_whole(file, (uint8_t *)out, size - 1, &length);
    (void)fclose(file);
    if (err) {
        out[0] = '\0';
        return wrong(error, "%.300s is too long for a secret.", path);
    }
    while (length > 0 && (out[length - 1] == '\n' || out[length - 1] == '\r'))
        length--;
    out[length] = '\0';
    return 0;
}

bool config_is_secure(const struct config *config)
{
    return strncmp(config->origin, "https://", 8) == 0;
}
