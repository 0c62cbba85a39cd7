/*
 * directory: the clinic, its practitioners, staff and reasons. Small and read
 * often; the app keeps a copy in memory.
 */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "signaling/store/store.h"

struct clinic {
    struct clinic_id id;
    char name[100];
    char phone[PHONE_TEXT];   /* +33… */
    char address[SHORT_TEXT]; /* on prescriptions and letters */
    char locale[LOCALE_TEXT]; /* of messages when a visit has none */
    char time_zone[40];       /* "Europe/Paris" */
    bool payment_key;
};

/* What CSP R.5132-3 asks of a prescriber. */
struct practitioner {
    struct practitioner_id id;
    struct clinic_id clinic;
    char name[100];   /* "Dr Camille Exemple" */
    char quality[60]; /* "Docteur en médecine" */
    char speciality[80];
    char identifier[20]; /* RPPS */
    char address[SHORT_TEXT];
    char phone[PHONE_TEXT];
    char mail[MAIL_TEXT];
};

struct staff {
    struct staff_id id;
    struct clinic_id clinic;
    enum role role;                      /* ROLE_DOCTOR or ROLE_SECRETARY */
    struct practitioner_id practitioner; /* doctors */
    char login[64];
    char name[100];
    char password_hash[128]; /* argon2id, libsodium's text form */
    bool disabled;
};

int directory_put_clinic(struct reader_of_store *writer,
                         const struct clinic *clinic);
int directory_put_practitioner(struct reader_of_store *writer,
                               const struct practitioner *practitioner);
int directory_put_staff(struct reader_of_store *writer,
                        const struct staff *staff);
int directory_put_reason(struct reader_of_store *writer,
                         struct practitioner_id practitioner,
                         const char *reason);

typedef int clinic_fn(void *arg, const struct clinic *clinic);
typedef int practitioner_fn(void *arg, const struct practitioner *practitioner);
typedef int staff_fn(void *arg, const struct staff *staff);
typedef int reason_fn(void *arg, struct practitioner_id practitioner,
                      const char *reason);
int directory_clinics(struct reader_of_store *reader, clinic_fn *each,
                      void *arg);
int directory_practitioners(struct reader_of_store *reader,
                            practitioner_fn *each, void *arg);
int directory_staff(struct reader_of_store *reader, staff_fn *each, void *arg);
int directory_reasons(struct reader_of_store *reader, reason_fn *each,
                      void *arg);

#endif
