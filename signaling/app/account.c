#include "signaling/app/account_inside.h"

#include "base/secret.h"
#include "base/text.h"
#include "signaling/app/clock.h"
#include "signaling/core/access.h"

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define TOKEN_BYTES      32
#define HASHERS          2 /* argon2id takes 64 MiB each */
#define SIGN_INS_WAITING 32
#define SWEEP_S          3600.0
#define LOGIN_PER_MIN    10
#define LOGIN_BURST      20
#define ADDRESS_PER_MIN  60
#define ADDRESS_BURST    120

/* Of a random password that nobody has: an unknown login costs the same. */
#define NOBODYS_HASH                                                           \
    "$argon2id$v=19$m=65536,t=2,p=1$M4L66Q1ACDNcvr"                            \
    "LYlFsH1w$HE91WPDQ5y8BR8SiFIkWkDLytN5xokCcv7Fxe3OJhjU"

struct copy {
    struct list link;
    struct session session;
    int64_t read_ms;
};

/* ---- copies of sessions ----------------------------------------------------
 */

static void copy_drop(struct account *account, struct copy *copy)
{
    list_remove(&copy->link);
    (void)map_remove(&account->copies, slice(copy->session.token_hash, 32));
    free(copy);
}

static void copy_put(struct account *account, const struct session *session)
{
    struct slice key = slice(session->token_hash, 32);
    struct copy *copy = map_get(&account->copies, key);

    if (copy)
        copy_drop(account, copy);
    if (account->copies.count >= SESSIONS_KEPT)
        copy_drop(account,
                  list_member(list_first(&account->by_age), struct copy, link));
    copy = calloc(1, sizeof(*copy));
    assert(copy);
    copy->session = *session;
    copy->read_ms = clock_monotonic_us() / 1000;
    list_append(&account->by_age, &copy->link);
    map_put(&account->copies, key, copy);
}

/* ---- life -------------------------------------------------------------- */

struct sweep {
    int64_t now_ms;
};

static int sweep_run(struct reader_of_store *writer, void *arg)
{
    struct sweep *sweep = arg;

    return session_sweep(writer, sweep->now_ms);
}

static void sweep_done(void *arg, int status)
{
    (void)status; /* in an hour again */
    free(arg);
}

/* Sessions that ran out. */
static void on_sweep(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct account *account = timer->data;
    struct sweep *sweep = calloc(1, sizeof(*sweep));

    (void)loop;
    (void)events;
    assert(sweep);
    sweep->now_ms = clock_now_ms();
    store_change(account->with.store, sweep_run, sweep_done, sweep);
}

int account_new(const struct account_options *options, struct account **out)
{
    if (sodium_init() < 0)
        return -EIO;
    struct account *account = calloc(1, sizeof(*account));
    if (!account)
        return -ENOMEM;
    account->with = *options;
    map_init(&account->copies);
    list_init(&account->by_age);
    int err = worker_new(options->loop, HASHERS, SIGN_INS_WAITING, NULL,
                         &account->hashers);
    if (err) {
        free(account);
        return err;
    }
    ev_timer_init(&account->sweep, on_sweep, 1., SWEEP_S);
    account->sweep.data = account;
    ev_timer_start(options->loop, &account->sweep);
    *out = account;
    return 0;
}

void account_stop(struct account *account)
{
    if (!account)
        return;
    ev_timer_stop(account->with.loop, &account->sweep);
    worker_stop(account->hashers);
}

void account_free(struct account *account)
{
    if (!account)
        return;
    worker_free(account->hashers);
    list_each (link, after, &account->by_age)
        copy_drop(account, list_member(link, struct copy, link));
    map_release(&account->copies);
    free(account);
}

struct command_id account_random_command(void)
{
    struct command_id id = { { 0 } };

    secret_random(id.bytes, sizeof(id.bytes));
    return id;
}

/* ---- opening, keeping, ending
 * -------------------------------------------------- */

struct change {
    struct account *account;
    struct session session;
    char cookie[COOKIE_TEXT];
    opened_fn *opened;
    account_done_fn *done;
    void *arg;
};

static int put_run(struct reader_of_store *writer, void *arg)
{
    struct change *change = arg;

    return session_put(writer, &change->session);
}

static int remove_run(struct reader_of_store *writer, void *arg)
{
    struct change *change = arg;

    return session_remove(writer, change->session.token_hash);
}

static void change_done(void *arg, int status)
{
    struct change *change = arg;
    bool removed = !change->opened && change->session.expires_ms == 0;

    if (status == 0 && !removed)
        copy_put(change->account, &change->session);
    if (change->opened)
        change->opened(change->arg, change->cookie,
                       status ? NULL : &change->session);
    else if (change->done)
        change->done(change->arg, status);
    secret_wipe(change->cookie, sizeof(change->cookie));
    free(change);
}

static struct change *change_new(struct account *account, void *arg)
{
    struct change *change = calloc(1, sizeof(*change));

    assert(change);
    change->account = account;
    change->arg = arg;
    return change;
}

void account_open(struct account *account, const struct actor *actor,
                  int64_t lasts_ms, opened_fn *done, void *arg)
{
    struct change *change = change_new(account, arg);
    int64_t now_ms = clock_now_ms();
    uint8_t token[TOKEN_BYTES];

    secret_random(token, sizeof(token));
    text_base64url(slice(token, sizeof(token)), change->cookie);
    change->session.actor = *actor;
    change->session.created_ms = now_ms;
    change->session.expires_ms = now_ms + lasts_ms;
    change->session.proved_ms = now_ms;
    (void)SHA256(token, sizeof(token), change->session.token_hash);
    secret_wipe(token, sizeof(token));
    change->opened = done;
    store_change(account->with.store, put_run, change_done, change);
}

void account_keep(struct account *account, const struct session *session,
                  account_done_fn *done, void *arg)
{
    struct change *change = change_new(account, arg);

    change->session = *session;
    change->done = done;
    store_change(account->with.store, put_run, change_done, change);
}

static int hash_of_cookie(struct slice cookie, uint8_t out[32])
{
    uint8_t token[TOKEN_BYTES];
    int err = text_base64url_read(cookie, token, sizeof(token));

    if (err)
        return err;
    (void)SHA256(token, sizeof(token), out);
    secret_wipe(token, sizeof(token));
    return 0;
}

void account_sign_out(struct account *account, struct slice cookie,
                      account_done_fn *done, void *arg)
{
    uint8_t hash[32];

    if (hash_of_cookie(cookie, hash)) {
        if (done)
            done(arg, -ENOENT);
        return;
    }
    struct copy *copy = map_get(&account->copies, slice(hash, 32));
    if (copy)
        copy_drop(account, copy);
    struct change *change = change_new(account, arg);
    memcpy(change->session.token_hash, hash, sizeof(hash));
    change->done = done;
    store_change(account->with.store, remove_run, change_done, change);
}

/* ---- finding
 * ------------------------------------------------------------------------ */

struct lookup {
    struct account *account;
    struct session session;
    session_fn *done;
    void *arg;
};

static void lookup_end(struct lookup *lookup, bool valid)
{
    lookup->done(lookup->arg, 0, valid ? &lookup->session : NULL);
    free(lookup);
}

static void lookup_fail(struct lookup *lookup, int status)
{
    lookup->done(lookup->arg, status, NULL);
    free(lookup);
}

/* A patient's or a guest's device counts until a newer claim. */
static void lookup_visit(void *arg, const struct consultation *visit,
                         const struct agenda *agenda)
{
    struct lookup *lookup = arg;

    (void)agenda;
    if (!visit) {
        lookup_fail(lookup, -EAGAIN);
        return;
    }
    lookup_end(lookup,
               access_visit(&lookup->session.actor, visit) == REFUSED_NOTHING);
}

static bool staff_still(const struct account *account,
                        const struct actor *actor)
{
    const struct staff *staff =
        directory_find_staff(account->with.directory, actor->staff);

    return staff && !staff->disabled && staff->role == actor->role &&
           practitioner_id_equal(staff->practitioner, actor->practitioner);
}

static void lookup_check(struct lookup *lookup)
{
    struct account *account = lookup->account;
    const struct actor *actor = &lookup->session.actor;

    if (lookup->session.expires_ms <= clock_now_ms())
        lookup_end(lookup, false);
    else if (ROLES_INVITED & ROLE_BIT(actor->role))
        engine_state(account->with.engine, actor->consultation, lookup_visit,
                     lookup);
    else
        lookup_end(lookup, staff_still(account, actor));
}

static int find_run(struct reader_of_store *reader, void *arg)
{
    struct lookup *lookup = arg;

    return session_find(reader, lookup->session.token_hash, &lookup->session);
}

static void find_done(void *arg, int status)
{
    struct lookup *lookup = arg;

    if (status == -ENOENT) {
        lookup_end(lookup, false);
        return;
    }
    if (status) {
        lookup_fail(lookup, status);
        return;
    }
    copy_put(lookup->account, &lookup->session);
    lookup_check(lookup);
}

void account_session(struct account *account, struct slice cookie,
                     session_fn *done, void *arg)
{
    uint8_t hash[32];

    if (hash_of_cookie(cookie, hash)) {
        done(arg, 0, NULL);
        return;
    }
    struct lookup *lookup = calloc(1, sizeof(*lookup));
    assert(lookup);
    lookup->account = account;
    lookup->done = done;
    lookup->arg = arg;
    struct copy *copy = map_get(&account->copies, slice(hash, 32));
    if (copy &&
        clock_monotonic_us() / 1000 - copy->read_ms < SESSION_FRESH_MS) {
        lookup->session = copy->session;
        lookup_check(lookup);
        return;
    }
    if (copy)
        copy_drop(account, copy);
    memcpy(lookup->session.token_hash, hash, sizeof(hash));
    store_ask(account->with.store, find_run, find_done, lookup);
}

/* ---- staff
 * ------------------------------------------------------------------------------
 */

struct knock {
    struct account *account;
    char *password;
    char hash[sizeof(((struct staff *)0)->password_hash)];
    struct staff_id staff;
    bool fits;
    sign_in_fn *done;
    void *arg;
};

static void knock_end(struct knock *knock, enum sign_in_result result,
                      const char *cookie, const struct session *session)
{
    struct sign_in answer = { .result = result,
                              .cookie = cookie,
                              .session = session };

    knock->done(knock->arg, &answer);
    secret_wipe(knock->password, strlen(knock->password));
    free(knock->password);
    free(knock);
}

static void knock_run(void *state, void *arg)
{
    struct knock *knock = arg;

    (void)state;
    knock->fits = crypto_pwhash_str_verify(knock->hash, knock->password,
                                           strlen(knock->password)) == 0;
}

static void knock_opened(void *arg, const char *cookie,
                         const struct session *session)
{
    knock_end(arg, session ? SIGN_IN_OK : SIGN_IN_BUSY, cookie, session);
}

static void knock_done(void *arg)
{
    struct knock *knock = arg;
    struct account *account = knock->account;
    const struct staff *staff =
        directory_find_staff(account->with.directory, knock->staff);

    if (!knock->fits || !staff || staff->disabled) {
        knock_end(knock, SIGN_IN_WRONG, NULL, NULL);
        return;
    }
    struct actor actor = {
        .role = staff->role,
        .clinic = staff->clinic,
        .staff = staff->id,
        .practitioner = staff->practitioner,
    };
    account_open(account, &actor, SESSION_STAFF_MS, knock_opened, knock);
}

/* One token of a bucket named by a hash, so that logins are not kept. */
static bool may_try(struct account *account, const char *kind, const char *name,
                    uint32_t rate, uint32_t burst)
{
    uint8_t key[33];

    key[0] = (uint8_t)kind[0];
    (void)SHA256((const uint8_t *)name, strlen(name), key + 1);
    return bus_take(account->with.bus, slice(key, sizeof(key)), rate, burst,
                    clock_now_ms());
}

void account_sign_in(struct account *account, const char *login,
                     const char *password, const char *address,
                     sign_in_fn *done, void *arg)
{
    const struct staff *staff =
        directory_find_login(account->with.directory, login);
    struct knock *knock = calloc(1, sizeof(*knock));

    assert(knock);
    knock->account = account;
    knock->password = strdup(password);
    assert(knock->password);
    knock->done = done;
    knock->arg = arg;
    if (staff)
        knock->staff = staff->id;
    (void)snprintf(knock->hash, sizeof(knock->hash), "%s",
                   staff ? staff->password_hash : NOBODYS_HASH);
    if (!may_try(account, "a", address, ADDRESS_PER_MIN, ADDRESS_BURST) ||
        !may_try(account, "l", login, LOGIN_PER_MIN, LOGIN_BURST))
        knock_end(knock, SIGN_IN_TOO_MANY, NULL, NULL);
    else if (!worker_give(account->hashers, knock_run, knock_done, knock))
        knock_end(knock, SIGN_IN_BUSY, NULL, NULL);
}

int account_hash(const char *password, char *out, size_t size)
{
    if (sodium_init() < 0)
        return -EIO;
    if (size < crypto_pwhash_STRBYTES)
        return -ENOSPC;
    if (crypto_pwhash_str(out, password, strlen(password),
                          crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return -ENOMEM;
    return 0;
}
