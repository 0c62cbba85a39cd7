#include "media/transport/ice_lite.h"

#include "base/secret.h"
#include "media/transport/stun.h"

#include <assert.h>
#include <errno.h>

#define NO_PATH SIZE_MAX

/* ice-char (RFC 8839, section 5.4); 64 of them, so that six random bits pick
 * one without bias. */
static void random_ice_text(char *out, size_t length)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789+/";

    secret_random(out, length);
    for (size_t i = 0; i < length; i++)
        out[i] = alphabet[(uint8_t)out[i] & 63];
    out[length] = '\0';
}

static int round_begin(struct ice_round *round, struct slice peer_ufrag)
{
    if (peer_ufrag.length == 0 || peer_ufrag.length > ICE_TEXT_MAX)
        return -EINVAL;
    random_ice_text(round->ufrag, ICE_UFRAG_LENGTH);
    random_ice_text(round->pwd, ICE_PWD_LENGTH);
    memcpy(round->peer_ufrag, peer_ufrag.data, peer_ufrag.length);
    round->peer_ufrag[peer_ufrag.length] = '\0';
    return 0;
}

int ice_lite_init(struct ice_lite *ice, struct slice peer_ufrag)
{
    *ice = (struct ice_lite){ .selected = NO_PATH };
    return round_begin(&ice->now, peer_ufrag);
}

void ice_lite_release(struct ice_lite *ice)
{
    secret_wipe(ice, sizeof(*ice));
    ice->selected = NO_PATH;
}

int ice_lite_restart(struct ice_lite *ice, struct slice peer_ufrag,
                     char dropped_out[ICE_UFRAG_LENGTH + 1])
{
    struct ice_round fresh = { 0 };
    int err = round_begin(&fresh, peer_ufrag);

    if (err)
        return err;
    dropped_out[0] = '\0';
    if (ice->before.ufrag[0] == '\0')
        ice->before = ice->now;
    else
        memcpy(dropped_out, ice->now.ufrag, sizeof(ice->now.ufrag));
    ice->now = fresh;
    return 0;
}

/* USERNAME is "ours:theirs" (RFC 8445, section 7.2.2). */
static bool round_owns(const struct ice_round *round, struct slice username)
{
    size_t theirs = strlen(round->peer_ufrag);

    return round->ufrag[0] != '\0' &&
           username.length == ICE_UFRAG_LENGTH + 1 + theirs &&
           memcmp(username.data, round->ufrag, ICE_UFRAG_LENGTH) == 0 &&
           username.data[ICE_UFRAG_LENGTH] == ':' &&
           memcmp(username.data + ICE_UFRAG_LENGTH + 1, round->peer_ufrag,
                  theirs) == 0;
}

static const struct ice_round *round_of(const struct ice_lite *ice,
                                        struct slice username)
{
    if (round_owns(&ice->now, username))
        return &ice->now;
    if (round_owns(&ice->before, username))
        return &ice->before;
    return NULL;
}

/* ---- paths ----------------------------------------------------------------
 */

static size_t path_of(const struct ice_lite *ice, const struct address *from)
{
    for (size_t i = 0; i < ice->path_count; i++)
        if (address_equal(&ice->paths[i].address, from))
            return i;
    return NO_PATH;
}

/* The one heard least lately that is not the path in use. */
static size_t path_to_replace(const struct ice_lite *ice)
{
    size_t oldest = NO_PATH;

    for (size_t i = 0; i < ice->path_count; i++) {
        if (i == ice->selected)
            continue;
        if (oldest == NO_PATH ||
            ice->paths[i].heard_us < ice->paths[oldest].heard_us)
            oldest = i;
    }
    return oldest;
}

static size_t path_add(struct ice_lite *ice, const struct address *from,
                       struct ice_news *news)
{
    size_t index;

    if (ice->path_count < ICE_PATHS_MAX) {
        index = ice->path_count++;
    } else {
        index = path_to_replace(ice);
        news->replaced = true;
        news->gone = ice->paths[index].address;
    }
    ice->paths[index] = (struct ice_path){ .address = *from };
    news->added = true;
    return index;
}

static bool path_is_silent(const struct ice_lite *ice, size_t successor,
                           uint64_t now_us)
{
    const struct ice_path *path = &ice->paths[ice->selected];
    bool to_tcp = path->address.connection == 0 &&
                  ice->paths[successor].address.connection != 0;

    return now_us > path->heard_us &&
           now_us - path->heard_us >=
               (to_tcp ? ICE_SILENCE_TCP_US : ICE_SILENCE_US);
}

static void choose_path(struct ice_lite *ice, size_t index, bool nominated,
                        uint64_t now_us, struct ice_news *news)
{
    if (index == ice->selected)
        return;
    /* The first to pass carries the handshake: browsers send it at once, and
     * Firefox nominates only later. */
    if (ice->selected == NO_PATH || nominated ||
        path_is_silent(ice, index, now_us)) {
        ice->selected = index;
        news->moved = true;
    }
}

static void renew(struct ice_lite *ice, const struct ice_round *round,
                  struct ice_news *news)
{
    if (round != &ice->now || ice->before.ufrag[0] == '\0')
        return;
    news->renewed = true;
    memcpy(news->old_ufrag, ice->before.ufrag, sizeof(ice->before.ufrag));
    secret_wipe(&ice->before, sizeof(ice->before));
}

static void passed(struct ice_lite *ice, const struct stun_message *message,
                   const struct address *from, uint64_t now_us,
                   struct ice_news *news)
{
    size_t index = path_of(ice, from);

    if (index == NO_PATH)
        index = path_add(ice, from, news);
    choose_path(ice, index, message->use_candidate, now_us, news);
    ice->paths[index].heard_us = now_us;
    ice->heard_us = now_us;
    news->passed = true;
}

/* ---- answering ------------------------------------------------------------
 */

static void reply_error(const struct stun_message *message, uint16_t code,
                        const char *reason, struct slice key,
                        struct writer *reply)
{
    struct stun_content content = {
        .class = STUN_ERROR,
        .method = STUN_BINDING,
        .transaction = message->transaction,
        .error_code = code,
        .error_reason = reason,
        .unknown = code == STUN_UNKNOWN_ATTRIBUTE ? message->unknown : 0,
    };

    (void)stun_write(&content, key, reply);
}

static void reply_success(const struct stun_message *message,
                          const struct address *from, struct slice key,
                          struct writer *reply)
{
    struct stun_content content = {
        .class = STUN_SUCCESS,
        .method = STUN_BINDING,
        .transaction = message->transaction,
        .mapped = from,
    };

    (void)stun_write(&content, key, reply);
}

/* Who passes this is the page: it knows the password of the answer. */
static const struct ice_round *authenticate(const struct ice_lite *ice,
                                            const struct stun_message *message,
                                            struct writer *reply)
{
    const struct ice_round *round = round_of(ice, message->username);
    bool request = message->class == STUN_REQUEST;

    if (round && stun_integrity_ok(message, slice_of_text(round->pwd)))
        return round;

    /* Errors without integrity (RFC 8489, section 9.1.3); silence towards those
     * who do not even know the name, so that nobody can use us as a mirror. */
    if (round && request && message->integrity_at == 0)
        reply_error(message, STUN_BAD_REQUEST, "Bad Request", slice(NULL, 0),
                    reply);
    else if (round && request)
        reply_error(message, STUN_UNAUTHENTICATED, "Unauthenticated",
                    slice(NULL, 0), reply);
    return NULL;
}

static int refuse(const struct stun_message *message, struct slice key,
                  struct writer *reply)
{
    if (message->unknown) {
        reply_error(message, STUN_UNKNOWN_ATTRIBUTE, "Unknown Attribute", key,
                    reply);
        return -EPROTO;
    }
    /* A lite agent never controls: the other side has to switch (RFC 8445,
     * sections 6.1.1 and 7.3.1.1). */
    if (message->controlled) {
        reply_error(message, STUN_ROLE_CONFLICT, "Role Conflict", key, reply);
        return -EPROTO;
    }
    return 0;
}

int ice_lite_receive(struct ice_lite *ice, struct slice packet,
                     const struct address *from, uint64_t now_us,
                     struct writer *reply, struct ice_news *out)
{
    struct stun_message message;
    int err = stun_read(packet, &message);

    *out = (struct ice_news){ 0 };
    if (err)
        return err;
    /* We send no requests, so no response is ours. */
    if (message.method != STUN_BINDING || message.class == STUN_SUCCESS ||
        message.class == STUN_ERROR)
        return -EBADMSG;

    const struct ice_round *round = authenticate(ice, &message, reply);
    if (!round)
        return -EACCES;
    if (message.class == STUN_INDICATION) {
        ice_lite_heard(ice, from, now_us); /* a keep-alive, RFC 8445, 11 */
        return 0;
    }
    struct slice key = slice_of_text(round->pwd);
    err = refuse(&message, key, reply);
    if (err)
        return err;

    reply_success(&message, from, key, reply);
    passed(ice, &message, from, now_us, out);
    renew(ice, round, out); /* last: it may wipe what key points at */
    return 0;
}

void ice_lite_heard(struct ice_lite *ice, const struct address *from,
                    uint64_t now_us)
{
    size_t index = path_of(ice, from);

    if (index == NO_PATH)
        return;
    ice->paths[index].heard_us = now_us;
    ice->heard_us = now_us;
}

void ice_lite_gone(struct ice_lite *ice, const struct address *address)
{
    size_t index = path_of(ice, address);
    size_t last;

    if (index == NO_PATH)
        return;
    last = --ice->path_count;
    ice->paths[index] = ice->paths[last];
    if (ice->selected == index)
        ice->selected = NO_PATH;
    else if (ice->selected == last)
        ice->selected = index;
}

bool ice_lite_knows(const struct ice_lite *ice, const struct address *from)
{
    return path_of(ice, from) != NO_PATH;
}

const struct address *ice_lite_path(const struct ice_lite *ice)
{
    if (ice->selected == NO_PATH)
        return NULL;
    return &ice->paths[ice->selected].address;
}

uint64_t ice_lite_heard_us(const struct ice_lite *ice)
{
    return ice->heard_us;
}

struct slice ice_lite_peek_ufrag(struct slice packet)
{
    struct slice username = stun_peek_username(packet);

    if (username.length == 0)
        return slice(NULL, 0);
    const uint8_t *colon = memchr(username.data, ':', username.length);
    if (!colon)
        return slice(NULL, 0);
    return slice(username.data, (size_t)(colon - username.data));
}
