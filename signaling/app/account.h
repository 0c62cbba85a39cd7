/*
 * account: who is behind a request. Signing in with a password (argon2id, two
 * hashes at a time), sessions by cookie, and a patient's way in by link or code
 * and the day of birth.
 *
 * Loop's thread. Every answer comes exactly once, later or at once.
 */
#ifndef APP_ACCOUNT_H
#define APP_ACCOUNT_H

#include "signaling/app/directory.h"
#include "signaling/app/engine.h"
#include "signaling/app/link.h"
#include "signaling/bus/bus.h"
#include "signaling/store/session.h"

#include <ev.h>

#define COOKIE_TEXT        44 /* 32 random bytes in base64url */
#define SESSION_STAFF_MS   (12LL * 60 * 60 * 1000)
#define SESSION_PATIENT_MS (31LL * 24 * 60 * 60 * 1000)
#define SESSION_FRESH_MS   30000 /* how old a copy of a session may be */
#define PROVED_FOR_MS      (30LL * 60 * 1000) /* documents stay open */

struct account;

struct account_options {
    struct ev_loop *loop;
    struct store *store;
    struct bus *bus;
    struct directory *directory;
    struct engine *engine;
    const struct link_keys *keys; /* outlives the account */
    struct outgoing_ways ways;
};
int account_new(const struct account_options *options, struct account **out);
/* Finishes what its threads do; accepts no more. Before the store closes. */
void account_stop(struct account *account);
void account_free(struct account *account);

/* ---- sessions ------------------------------------------------------------ */

/* session NULL: nobody is signed in with this cookie (unknown, run out, staff
 * disabled, or a patient's device that was fenced off by a newer claim), unless
 * status says that it could not be read: a negative errno, ask again. */
typedef void session_fn(void *arg, int status, const struct session *session);

/* For each request, and for live sockets every SESSION_FRESH_MS. At most that
 * old; answered at once when the copy is fresh. */
void account_session(struct account *account, struct slice cookie,
                     session_fn *done, void *arg);

/* Ends it everywhere; done may be NULL. */
typedef void account_done_fn(void *arg, int status);
void account_sign_out(struct account *account, struct slice cookie,
                      account_done_fn *done, void *arg);

/* ---- staff ----------------------------------------------------------------
 */

enum sign_in_result {
    SIGN_IN_OK,
    SIGN_IN_WRONG,    /* login or password; never which */
    SIGN_IN_TOO_MANY, /* tries, of this login or from this address */
    SIGN_IN_BUSY,     /* too many at this moment, or the store is gone */
};
struct sign_in {
    enum sign_in_result result;
    const char *cookie; /* SIGN_IN_OK: the value to set */
    const struct session *session;
};
typedef void sign_in_fn(void *arg, const struct sign_in *answer);

/* address: where from, as text; only counted, never kept. */
void account_sign_in(struct account *account, const char *login,
                     const char *password, const char *address,
                     sign_in_fn *done, void *arg);

/* For the command line: argon2id at once, blocks a second. */
int account_hash(const char *password, char *out, size_t size);

/* ---- patients --------------------------------------------------------------
 */

enum link_state {
    LINK_OK,
    LINK_UNKNOWN,
    LINK_REPLACED,
    LINK_CANCELLED,
    LINK_EXPIRED,
    LINK_ENDED_TRIES,
    LINK_WITHDRAWN, /* a guest's invitation */
};
extern const char *const link_state_names[];
/* ok unknown replaced cancelled expired ended_tries withdrawn */

struct link_look {
    enum link_state state;
    const struct consultation *visit;        /* NULL: unknown */
    const struct clinic *clinic;             /* unknown: the only one or NULL */
    const struct practitioner *practitioner; /* NULL: unknown */
    uint32_t number; /* of the guest whose link it is; 0: a patient's */
    const struct guest *guest; /* NULL: withdrawn, or a patient's link */
};
typedef void link_look_fn(void *arg, const struct link_look *look);

/* What a link leads to; notes that it was opened. */
void account_look(struct account *account, struct slice token,
                  link_look_fn *done, void *arg);

struct claim {
    enum refusal refusal; /* REFUSED_NOTHING: claimed, or wrong day */
    bool wrong_birth;     /* the day of birth did not fit, or the code */
    uint32_t tries_left;  /* until the next pause or end */
    struct consultation_id consultation;
    uint32_t guest;     /* which guest it is; 0: the patient */
    const char *cookie; /* claimed: the value to set */
    const struct session *session;
};
typedef void claim_fn(void *arg, const struct claim *answer);

/* id: the Idempotency-Key, or random. A repetition that already claimed makes
 * another session of the same device generation. */
void account_claim(struct account *account, struct command_id id,
                   struct slice token, struct date birth, claim_fn *done,
                   void *arg);

/* A guest's link, with the code that stands beside it. */
void account_claim_guest(struct account *account, struct command_id id,
                         struct slice token, struct slice code, claim_fn *done,
                         void *arg);

/* By the code of a letter. REFUSED_UNKNOWN when nothing fits; edge counts the
 * tries of an address before it calls this. */
void account_join(struct account *account, struct command_id id,
                  struct slice code, struct date birth, claim_fn *done,
                  void *arg);

/* Sends the link again to the contact on file, if there is such a visit. Tells
 * nothing; done is called after the same work either way. */
void account_resend(struct account *account, const char *contact,
                    struct date birth, account_done_fn *done, void *arg);

/* "Call me back" by who holds a link, open or not, before or without claiming.
 * NO_NUMBER: nobody can be called, or the link is none of ours; never which. */
typedef void call_me_fn(void *arg, enum refusal refusal);
void account_callback(struct account *account, struct command_id id,
                      struct slice token, call_me_fn *done, void *arg);

/* The day of birth again, so that documents open: refusal FORBIDDEN when it is
 * wrong. */
typedef void prove_fn(void *arg, enum refusal refusal);
void account_prove(struct account *account, struct slice cookie,
                   struct command_id id, struct date birth, prove_fn *done,
                   void *arg);

#endif
