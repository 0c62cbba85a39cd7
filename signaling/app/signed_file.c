#include "signaling/app/signed_file.h"

#include "base/text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNATURE 64 /* bytes (RFC 8032) */
#define WORD      "signature "
#define LAST_LINE (sizeof(WORD) - 1 + 2 * SIGNATURE + 1)

typedef EVP_PKEY *read_pem_fn(FILE *file, EVP_PKEY **key,
                              pem_password_cb *password, void *arg);

/* NULL when the file holds no such key. */
static EVP_PKEY *key_read(const char *path, read_pem_fn *read)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file ? read(file, NULL, NULL, NULL) : NULL;

    if (file)
        (void)fclose(file);
    if (key && EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

/* The whole file; length 0 when it is empty or cannot be read. */
static struct slice file_map(int file)
{
    struct stat found;

    if (fstat(file, &found) || found.st_size <= 0)
        return slice(NULL, 0);
    void *at =
        mmap(NULL, (size_t)found.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    return at == MAP_FAILED ? slice(NULL, 0) : slice(at, (size_t)found.st_size);
}

static void file_unmap(struct slice bytes)
{
    if (bytes.length > 0)
        (void)munmap((void *)(uintptr_t)bytes.data, bytes.length);
}

static int append_signature(int file, const uint8_t signature[SIGNATURE])
{
    char line[LAST_LINE + 1] = WORD;

    text_hex(slice(signature, SIGNATURE), line + sizeof(WORD) - 1);
    line[LAST_LINE - 1] = '\n';
    if (lseek(file, 0, SEEK_END) < 0 ||
        write(file, line, LAST_LINE) != (ssize_t)LAST_LINE)
        return -EIO;
    return 0;
}

int signed_file_sign(int file, const char *key, const char **out_error)
{
    EVP_PKEY *private_key = key_read(key, PEM_read_PrivateKey);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct slice text = file_map(file);
    uint8_t signature[SIGNATURE];
    size_t length = sizeof(signature);
    int err = -EIO;

    *out_error = "the file cannot be written";
    if (!private_key) {
        *out_error = "the key is no private Ed25519 key in PEM that can be "
                     "read";
        err = -EINVAL;
    } else if (context && text.length > 0 &&
               EVP_DigestSignInit(context, NULL, NULL, NULL, private_key) ==
                   1 &&
               EVP_DigestSign(context, signature, &length, text.data,
                              text.length) == 1) {
        err = append_signature(file, signature);
    }
    file_unmap(text);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(private_key);
    return err;
}

/* Splits the last line off. */
static bool take_signature(struct slice *text, uint8_t out[SIGNATURE])
{
    if (text->length < LAST_LINE)
        return false;
    const uint8_t *line = text->data + text->length - LAST_LINE;
    if (memcmp(line, WORD, sizeof(WORD) - 1) != 0 ||
        line[LAST_LINE - 1] != '\n' ||
        text_hex_read(slice(line + sizeof(WORD) - 1, 2 * SIGNATURE), out,
                      SIGNATURE))
        return false;
    text->length -= LAST_LINE;
    return true;
}

int signed_file_check(int file, const char *public_key, const char **out_error)
{
    EVP_PKEY *key = key_read(public_key, PEM_read_PUBKEY);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct slice whole = file_map(file);
    struct slice text = whole;
    uint8_t signature[SIGNATURE];
    int err = -EBADMSG;

    *out_error = "it was not signed with this key, or changed since";
    if (!key) {
        *out_error = "the key is no public Ed25519 key in PEM that can be read";
        err = -EINVAL;
    } else if (context && take_signature(&text, signature) &&
               EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
               EVP_DigestVerify(context, signature, sizeof(signature),
                                text.data, text.length) == 1) {
        err = 0;
    }
    file_unmap(whole);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return err;
}
