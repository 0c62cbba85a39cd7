/*
 * finder: keyed hashes by which a visit is found without its words lying in
 * the clear: code, words of the names, contact, checkout. Words are compared in
 * lower case without accents. Pure.
 */
#ifndef APP_FINDER_H
#define APP_FINDER_H

#include "signaling/app/link.h"
#include "signaling/core/identity.h"
#include "signaling/store/store.h"

#define FINDER_WORDS_MAX 12

/* One hash for each different word of text; how many. */
size_t finder_words(const struct link_keys *keys, const char *text,
                    uint8_t out[FINDER_WORDS_MAX][32]);

/* A telephone number by its digits, a mail address in lower case. False when
 * text is neither. French numbers match with 0 and with +33. */
bool finder_contact(const struct link_keys *keys, const char *text,
                    uint8_t out[32]);
void finder_code(const struct link_keys *keys, const char *code,
                 uint8_t out[32]);
void finder_checkout(const struct link_keys *keys, const char *checkout,
                     uint8_t out[32]);

#endif
