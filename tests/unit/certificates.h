/*
 * certificates: a private authority and what it signed, made anew for each test
 * in a folder of its own.
 */
#ifndef TESTS_UNIT_CERTIFICATES_H
#define TESTS_UNIT_CERTIFICATES_H

#include "base/mutual_tls.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct certificates {
    char folder[40];
    char paths[16][80]; /* handed out by certificates_path */
    size_t path_count;
};

struct certificate {
    X509 *x509;
    EVP_PKEY *key;
};

/* A path in the folder that lives as long as the certificates. */
static inline const char *certificates_path(struct certificates *in,
                                            const char *name, const char *end)
{
    char *path = in->paths[in->path_count++ % 16];

    strcpy(path, in->folder);
    strcat(path, "/");
    strncat(path, name, 20);
    strncat(path, end, 10);
    return path;
}

static inline void certificate_write(struct certificates *in, const char *name,
                                     struct certificate made)
{
    FILE *file = fopen(certificates_path(in, name, ".pem"), "we");

    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, made.x509), 1);
    (void)fclose(file);
    file = fopen(certificates_path(in, name, ".key"), "we");
    assert_non_null(file);
    assert_int_equal(
        PEM_write_PrivateKey(file, made.key, NULL, NULL, 0, NULL, NULL), 1);
    (void)fclose(file);
}

static inline void certificate_extend(X509 *x509, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* by: NULL signs itself, as an authority. purpose: an extended key usage, or
 * NULL. days: until it ends, from yesterday on. */
static inline struct certificate certificate_make(struct certificates *in,
                                                  const char *name,
                                                  const struct certificate *by,
                                                  const char *purpose,
                                                  long days)
{
    static long serial;
    struct certificate made = { X509_new(), EVP_EC_gen("P-256") };
    X509_NAME *subject = X509_get_subject_name(made.x509);

    X509_set_version(made.x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.x509), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.x509), -86400 * 2);
    X509_gmtime_adj(X509_getm_notAfter(made.x509), 86400 * days);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made.x509,
                         by ? X509_get_subject_name(by->x509) : subject);
    X509_set_pubkey(made.x509, made.key);
    certificate_extend(made.x509, NID_basic_constraints,
                       by ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (purpose)
        certificate_extend(made.x509, NID_ext_key_usage, purpose);
    assert_true(X509_sign(made.x509, by ? by->key : made.key, EVP_sha256()) >
                0);
    certificate_write(in, name, made);
    return made;
}

static inline void certificate_release(struct certificate *certificate)
{
    X509_free(certificate->x509);
    EVP_PKEY_free(certificate->key);
}

/* authority, relay and node; both (either purpose), bare (none), late (node's,
 * expired); stranger (of another authority, named other). */
static inline void certificates_begin(struct certificates *in)
{
    memset(in, 0, sizeof(*in));
    strcpy(in->folder, "/tmp/vestibule-tls-XXXXXX");
    assert_non_null(mkdtemp(in->folder));
    struct certificate authority =
        certificate_make(in, "authority", NULL, NULL, 30);
    struct certificate other = certificate_make(in, "other", NULL, NULL, 30);
    struct certificate made[] = {
        certificate_make(in, "relay", &authority, "serverAuth", 30),
        certificate_make(in, "node", &authority, "clientAuth", 30),
        certificate_make(in, "both", &authority, "serverAuth,clientAuth", 30),
        certificate_make(in, "bare", &authority, NULL, 30),
        certificate_make(in, "late", &authority, "serverAuth,clientAuth", -1),
        certificate_make(in, "stranger", &other, "serverAuth,clientAuth", 30),
        authority,
        other,
    };

    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        certificate_release(&made[i]);
}

static inline void certificates_end(struct certificates *in)
{
    static const char *const names[] = { "authority", "other",   "relay",
                                         "node",      "both",    "bare",
                                         "late",      "stranger" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlink(certificates_path(in, names[i], ".pem"));
        (void)unlink(certificates_path(in, names[i], ".key"));
    }
    (void)rmdir(in->folder);
}

/* name's certificate, believing authority. */
static inline struct mutual_tls_files certificates_of(struct certificates *in,
                                                      const char *name,
                                                      const char *authority)
{
    return (struct mutual_tls_files){
        .certificate = certificates_path(in, name, ".pem"),
        .key = certificates_path(in, name, ".key"),
        .authority = certificates_path(in, authority, ".pem"),
    };
}

#endif
