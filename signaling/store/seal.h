/*
 * seal: AES-256-GCM for what is personal or medical. Pure but for the nonce,
 * which comes from the kernel. One sealer belongs to one thread.
 */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include "base/slice.h"

#define SEAL_KEY   32 /* bytes, AES-256 */
#define SEAL_NONCE 12 /* NIST SP 800-38D, section 8.2: 96 bits, drawn anew */
#define SEAL_TAG   16

struct sealer {
    struct evp_cipher_ctx_st *context;
    struct evp_cipher_st *cipher;
};

/* -ENOMEM. */
int sealer_init(struct sealer *sealer);
void sealer_release(struct sealer *sealer);

/* Encrypts plain; header is authenticated beside it, in the clear. nonce holds
 * SEAL_NONCE bytes; out holds plain.length + SEAL_TAG: ciphertext, then tag. */
int seal(struct sealer *sealer, const uint8_t key[SEAL_KEY],
         struct slice header, struct slice plain, uint8_t *nonce, uint8_t *out);

/* out holds sealed.length - SEAL_TAG bytes; wiped when it does not open:
 * -EBADMSG, the bytes, the header or the key are not what they were. */
int unseal(struct sealer *sealer, const uint8_t key[SEAL_KEY],
           struct slice header, struct slice nonce, struct slice sealed,
           uint8_t *out);

#endif
