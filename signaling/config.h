/*
 * config: the settings of vestibule, read once at start from a file and the
 * command line. A plain value; texts are copied in.
 */
#ifndef SIGNALING_CONFIG_H
#define SIGNALING_CONFIG_H

#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_TEXT       512 /* of one setting; ours */
#define CONFIG_LISTEN_MAX 8
#define CONFIG_ERROR_TEXT 400
#define CONFIG_SECRET_MAX 4096 /* bytes of a file that holds a secret */

struct config_listen {
    char address[64]; /* numeric, IPv4 or IPv6 without brackets */
    uint16_t port;
};

struct config {
    struct config_listen listen[CONFIG_LISTEN_MAX];
    size_t listen_count;
    char origin[CONFIG_TEXT];  /* "https://tele.example.org", no slash at end */
    char origins[CONFIG_TEXT]; /* further ones whose pages are ours */
    char tls_certificate[CONFIG_TEXT];
    char tls_key[CONFIG_TEXT];
    char database[CONFIG_TEXT];
    char redis[CONFIG_TEXT]; /* "": this node is alone */
    char redis_password_file[CONFIG_TEXT];
    char master_key[CONFIG_TEXT]; /* a file, or "command:" and a command */
    char relay[CONFIG_TEXT];      /* its control socket; "": no relay */
    char relay_certificate[CONFIG_TEXT]; /* where it is tls:HOST:PORT */
    char relay_key[CONFIG_TEXT];
    char relay_authority[CONFIG_TEXT];
    char turn[CONFIG_TEXT]; /* URLs, separated by commas; "": none */
    char turn_secret_file[CONFIG_TEXT];
    char web_root[CONFIG_TEXT];
    char trusted_proxies[CONFIG_TEXT]; /* addresses or networks */
    char metrics_from[CONFIG_TEXT];    /* likewise: who may read them */
    char mail_url[CONFIG_TEXT];
    char mail_from[CONFIG_TEXT];
    char mail_user[CONFIG_TEXT];
    char mail_password_file[CONFIG_TEXT];
    char sms_url[CONFIG_TEXT];
    char sms_key_file[CONFIG_TEXT];
    char payment_url[CONFIG_TEXT];
    char payment_key_file[CONFIG_TEXT];
    char payment_webhook_secret_file[CONFIG_TEXT];
    char payment_page[CONFIG_TEXT]; /* origin of the provider's hosted page */
    uint32_t opens_before_minutes;
    uint32_t released_for_days;
    uint32_t sign_in_per_minute; /* per address */
    uint32_t claim_per_minute;   /* per address */
    uint32_t connect_per_minute; /* per address */
    uint32_t messages_per_second;
    uint32_t messages_burst;
    enum log_level log;
};

/* What is in force when nobody says anything. */
void config_init(struct config *config);

/* One line of a file or one argument: "key = value". `where` names it in the
 * error ("vestibule.conf, line 3"). 0 or -EINVAL with one sentence in error. */
int config_set(struct config *config, const char *line, const char *where,
               char error[CONFIG_ERROR_TEXT]);

/* The lines of a file; "#" begins a comment. */
int config_read(struct config *config, const char *path,
                char error[CONFIG_ERROR_TEXT]);

/* Do the settings fit together? Called once, after all were set; fills in what
 * follows from others. */
int config_check(struct config *config, char error[CONFIG_ERROR_TEXT]);

/* The 32 bytes that wrap the visits' keys, from the file or command named:
 * 32 bytes as they are, or 64 hexadecimal digits. */
int config_master_key(const struct config *config, uint8_t out[32],
                      char error[CONFIG_ERROR_TEXT]);

/* A small file's text without the line feed at its end; path "" gives "". */
int config_secret(const char *path, char *out, size_t size,
                  char error[CONFIG_ERROR_TEXT]);

/* Browsers reach us by TLS, here or at a proxy. */
bool config_is_secure(const struct config *config);

#endif
