/*
 * signed_file: a text file whose last line is "signature HEX", an Ed25519
 * signature (RFC 8032) over every byte before that line. For the command line:
 * reading and signing wait for the disk.
 */
#ifndef APP_SIGNED_FILE_H
#define APP_SIGNED_FILE_H

#include <stdbool.h>

/* Appends the line. key: path of a private key as PEM
 * (openssl genpkey -algorithm ed25519). On failure a negative errno and what is
 * wrong with which file, in words. */
int signed_file_sign(int file, const char *key, const char **out_error);

/* Was it signed with the private half of this public key (PEM), and not changed
 * since? -EBADMSG when not. */
int signed_file_check(int file, const char *public_key, const char **out_error);

#endif
