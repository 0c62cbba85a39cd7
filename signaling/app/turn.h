/*
 * turn: tickets for the TURN server through which pages reach the relay where
 * only port 443 is open. A ticket is a user name that says until when it is
 * valid, and an HMAC of it under the secret that the TURN server shares
 * (coturn: use-auth-secret); it names nobody and nothing is stored. Loop's
 * thread.
 */
#ifndef APP_TURN_H
#define APP_TURN_H

#include <stddef.h>
#include <stdint.h>

#define TURN_URLS_MAX  4
#define TURN_TEXT      200  /* of one URL */
#define TURN_USER_TEXT 64   /* "1700000000:" and 22 characters */
#define TURN_WORD_TEXT 32   /* 20 bytes in base64 */
#define TURN_VALID_S   3600 /* to begin with; what has begun goes on */

struct turn {
    char urls[TURN_URLS_MAX][TURN_TEXT];
    size_t url_count; /* 0: there is no TURN server */
    const char *secret;
};

struct turn_ticket {
    char user[TURN_USER_TEXT];
    char password[TURN_WORD_TEXT];
};

/* URLs separated by commas or spaces ("turns:turn.example.org:443"); "" gives
 * none. The secret is borrowed. */
void turn_init(struct turn *turn, const char *urls, const char *secret);

void turn_ticket(const struct turn *turn, int64_t now_ms,
                 struct turn_ticket *out);

#endif
