/*
 * link: what leads a patient to their visit without an account. A token is an
 * HMAC over (visit, person, generation), so it can be printed again without
 * being stored; issuing a new one raises the generation. The 8-character code
 * is for people who have to type. Pure.
 */
#ifndef APP_LINK_H
#define APP_LINK_H

#include "base/slice.h"
#include "signaling/core/ids.h"

#define LINK_KEY_BYTES   32
#define LINK_TOKEN_BYTES 37 /* visit 16, person 1, generation 4, HMAC 16 */
#define LINK_TOKEN_TEXT  51 /* base64url with its terminator */
#define LINK_CODE_TEXT   9  /* eight characters with their terminator */
#define LINK_PIN_TEXT    7  /* six digits with their terminator */

/* Both wiped by whoever holds them. */
struct link_keys {
    uint8_t link[LINK_KEY_BYTES];   /* tokens and codes */
    uint8_t finder[LINK_KEY_BYTES]; /* what visits are found by */
};

/* secret: at least 16 bytes from a file that does not lie with the data. */
void link_keys_init(struct link_keys *keys, struct slice secret);

enum link_person {
    LINK_PATIENT, /* or who connects for them */
    LINK_GUEST_1, /* a guest's number */
    LINK_GUEST_2,
    LINK_GUEST_3,
};

struct link {
    struct consultation_id visit;
    enum link_person person;
    uint32_t generation;
};

void link_token(const struct link_keys *keys, const struct link *link,
                char out[LINK_TOKEN_TEXT]);

/* -EBADMSG for what we did not make. */
int link_read(const struct link_keys *keys, struct slice text,
              struct link *out);

/* No 0 O 1 I L U: nothing that is misread from paper. */
void link_code(const struct link_keys *keys, const struct link *link,
               char out[LINK_CODE_TEXT]);

/* What a guest types beside the link: it stands in the message and not in the
 * address, so that who only has the address is not in. */
void link_pin(const struct link_keys *keys, const struct link *link,
              char out[LINK_PIN_TEXT]);

/* Blanks and dashes do not count. */
bool link_pin_fits(const struct link_keys *keys, const struct link *link,
                   struct slice typed);

/* What somebody typed, in any case, with blanks and dashes; false: no code. */
bool link_code_read(struct slice typed, char out[LINK_CODE_TEXT]);

#endif
