/*
 * aead: AES-128-GCM with one key, one direction. Intel's ipsec-mb does it where
 * it is there, OpenSSL everywhere else: the same bytes, but OpenSSL 3.0 spends
 * more on finding its parameters by name than on a small packet. One thread a
 * key. Allocates nothing for a packet.
 */
#ifndef MEDIA_TRANSPORT_AEAD_H
#define MEDIA_TRANSPORT_AEAD_H

#include "base/slice.h"

#define AEAD_KEY_BYTES 16
#define AEAD_IV_BYTES  12
#define AEAD_TAG_BYTES 16

enum aead_direction {
    AEAD_OPEN,
    AEAD_SEAL,
};

/* Who does it. */
enum aead_maker {
    AEAD_OPENSSL,
    AEAD_IPSEC_MB,
};

struct aead {
    struct evp_cipher_ctx_st *openssl; /* one of the two */
    struct gcm_key_data *ipsec_mb;
};

/* The faster of the makers that this machine has. The first call, before there
 * are threads, looks. */
enum aead_maker aead_maker(void);

/* Another one for the keys that are made from now on; false: this machine has
 * it not. Only tests ask. */
bool aead_choose(enum aead_maker maker);

/* -ENOMEM. */
int aead_init(struct aead *aead, enum aead_direction direction,
              const uint8_t key[AEAD_KEY_BYTES]);

/* Wipes the key. Fine for zeroes. */
void aead_release(struct aead *aead);

/* Encrypts text to out, which may be where it lies, and puts the tag behind it.
 * clear is authenticated but stays readable. -EIO. */
int aead_seal(const struct aead *aead, const uint8_t iv[AEAD_IV_BYTES],
              struct slice clear, struct slice text, uint8_t *out);

/* Decrypts in place; the tag lies behind the text. -EACCES: not authentic, the
 * bytes are spoilt. */
int aead_open(const struct aead *aead, const uint8_t iv[AEAD_IV_BYTES],
              struct slice clear, uint8_t *text, size_t length);

#endif
