#include "signaling/relay/relays.h"

#include "base/log.h"
#include "base/text.h"
#include "signaling/net/lookup.h"
#include "signaling/relay/relay_address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEARCH_S 10. /* between two looks at a name */

struct one {
    struct relays *relays;
    struct relay *relay;
    const struct name *of; /* whose address it is; NULL: none's */
    bool listed;           /* it still is */
    bool was_up;
    char address[RELAY_NAME_TEXT]; /* as far as it fits */
};

/* A host's name: each of its addresses is a relay, also those it gets later. */
struct name {
    struct relays *relays;
    struct relay_address address;
    struct lookup *lookup;
    ev_timer again;
};

struct relays {
    struct ev_loop *loop;
    relays_fn *told;
    void *arg;
    char *certificate;
    char *key;
    char *authority;
    size_t count;
    struct one all[RELAYS_MAX];
    size_t name_count;
    struct name names[RELAYS_MAX];
};

size_t relays_count(const struct relays *relays)
{
    return relays->count;
}

struct relay *relays_at(const struct relays *relays, size_t index)
{
    return relays->all[index].relay;
}

size_t relays_index(const struct relays *relays, const struct relay *relay)
{
    for (size_t i = 0; i < relays->count; i++)
        if (relays->all[i].relay == relay)
            return i;
    return RELAYS_MAX;
}

const char *relays_name(const struct relays *relays, size_t index)
{
    const struct one *one = &relays->all[index];
    const char *name = relay_name(one->relay);

    if (name[0])
        return name;
    return one->was_up ? one->address : "";
}

/* One that is up counts before one that was: it may have another address now.
 */
struct relay *relays_find(const struct relays *relays, const char *name)
{
    struct relay *found = NULL;

    for (size_t i = 0; name[0] && i < relays->count; i++) {
        struct relay *relay = relays->all[i].relay;
        if (strcmp(relays_name(relays, i), name) != 0)
            continue;
        if (relay_is_up(relay))
            return relay;
        if (!found)
            found = relay;
    }
    return found;
}

bool relays_is_usable(const struct relays *relays, size_t index)
{
    const struct relay *relay = relays->all[index].relay;

    return relay_is_up(relay) &&
           relays_find(relays, relays_name(relays, index)) == relay;
}

bool relays_is_expected(const struct relays *relays, size_t index)
{
    const struct one *one = &relays->all[index];

    return !one->of || relay_is_up(one->relay) || (one->listed && one->was_up);
}

bool relays_is_any_up(const struct relays *relays)
{
    for (size_t i = 0; i < relays->count; i++)
        if (relays_is_usable(relays, i))
            return true;
    return false;
}

static void ignore(void *arg, const struct relay_event *event)
{
    (void)arg;
    (void)event;
}

static void hear(void *arg, const struct relay_event *event)
{
    struct one *one = arg;
    struct relays *relays = one->relays;
    size_t index = (size_t)(one - relays->all);

    one->was_up = one->was_up || event->kind == RELAY_UP;
    if (event->kind == RELAY_UP && !relays_is_usable(relays, index))
        log_error("relay has the name of another one and is not used name=%s",
                  relays_name(relays, index));
    relays->told(relays->arg, one->relay, event);
}

static int add(struct relays *relays, const char *address,
               const struct name *of, char error[RELAY_ERROR_TEXT])
{
    struct one *one = &relays->all[relays->count];
    struct relay_options with = {
        .loop = relays->loop,
        .address = address,
        .certificate = relays->certificate,
        .key = relays->key,
        .authority = relays->authority,
        .told = hear,
        .arg = one,
    };

    if (relays->count == RELAYS_MAX) {
        (void)snprintf(error, RELAY_ERROR_TEXT,
                       "relay takes at most %d relays.", RELAYS_MAX);
        return -E2BIG;
    }
    one->relays = relays;
    one->of = of;
    one->listed = true;
    (void)snprintf(one->address, sizeof(one->address), "%s", address);
    int err = relay_new(&with, &one->relay, error);
    if (!err)
        relays->count += 1;
    return err;
}

/* ---- names ----------------------------------------------------------------
 */

static struct one *find_address(struct relays *relays, const char *address)
{
    for (size_t i = 0; i < relays->count; i++)
        if (strcmp(relays->all[i].address, address) == 0)
            return &relays->all[i];
    return NULL;
}

static void unlist(struct relays *relays, const struct name *name)
{
    for (size_t i = 0; i < relays->count; i++)
        if (relays->all[i].of == name)
            relays->all[i].listed = false;
}

static void on_found(void *arg, const struct lookup_found *found)
{
    struct name *name = arg;
    char error[RELAY_ERROR_TEXT];

    name->lookup = NULL;
    if (found->count > 0)
        unlist(name->relays, name);
    for (size_t i = 0; i < found->count; i++) {
        const char *host = found->addresses[i];
        bool six = strchr(host, ':') != NULL;
        char address[RELAY_NAME_TEXT + 16];
        (void)snprintf(address, sizeof(address),
                       six ? "tls:[%s]:%s" : "tls:%s:%s", host,
                       name->address.port);
        struct one *known = find_address(name->relays, address);
        if (known)
            known->listed = true;
        else if (add(name->relays, address, name, error) != 0)
            log_limited(LOG_LEVEL_ERROR, "%s", error);
        else
            log_notice("relay found address=%s", address);
    }
    ev_timer_set(&name->again, SEARCH_S, 0.);
    ev_timer_start(name->relays->loop, &name->again);
}

static void on_search(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct name *name = timer->data;

    (void)events;
    name->lookup = lookup_start(loop, name->address.host, on_found, name);
    if (name->lookup)
        return;
    ev_timer_set(&name->again, SEARCH_S, 0.);
    ev_timer_start(loop, &name->again);
}

static bool is_numeric(const char *host)
{
    struct in6_addr any;

    return inet_pton(AF_INET, host, &any) == 1 ||
           inet_pton(AF_INET6, host, &any) == 1;
}

/* The files are looked at here, as relay_new would: a wrong setting ends the
 * start, and not the first search. */
static int add_name(struct relays *relays, const char *text,
                    const struct relay_address *address,
                    char error[RELAY_ERROR_TEXT])
{
    struct name *name = &relays->names[relays->name_count];
    struct relay *probe;
    struct relay_options with = {
        .loop = relays->loop,
        .address = text,
        .certificate = relays->certificate,
        .key = relays->key,
        .authority = relays->authority,
        .told = ignore,
    };
    int err = relay_new(&with, &probe, error);

    if (err)
        return err;
    relay_free(probe);
    name->relays = relays;
    name->address = *address;
    ev_timer_init(&name->again, on_search, 0., 0.);
    name->again.data = name;
    ev_timer_start(relays->loop, &name->again);
    relays->name_count += 1;
    return 0;
}

/* ---- the settings ---------------------------------------------------------
 */

static int add_all(struct relays *relays, char *addresses,
                   char error[RELAY_ERROR_TEXT])
{
    char *rest = NULL;
    int err = 0;

    for (char *part = strtok_r(addresses, ", ", &rest); part && !err;
         part = strtok_r(NULL, ", ", &rest)) {
        struct relay_address read;
        bool named = relay_address_read(slice_of_text(part), &read) &&
                     read.tls && !is_numeric(read.host);
        if (named && relays->name_count < RELAYS_MAX)
            err = add_name(relays, part, &read, error);
        else
            err = add(relays, part, NULL, error);
    }
    if (err || relays->count + relays->name_count > 0)
        return err;
    (void)snprintf(error, RELAY_ERROR_TEXT, "relay names none.");
    return -EINVAL;
}

/* NULL stays NULL, and so does "". */
static char *copy(const char *text)
{
    char *out = text && text[0] ? strdup(text) : NULL;

    assert(out || !text || !text[0]);
    return out;
}

int relays_new(const struct relays_options *options, struct relays **out,
               char error[RELAY_ERROR_TEXT])
{
    struct relays *relays = calloc(1, sizeof(*relays));
    char *addresses = strdup(options->addresses);

    assert(relays && addresses);
    relays->loop = options->loop;
    relays->told = options->told;
    relays->arg = options->arg;
    relays->certificate = copy(options->certificate);
    relays->key = copy(options->key);
    relays->authority = copy(options->authority);
    int err = add_all(relays, addresses, error);
    free(addresses);
    if (err) {
        relays_free(relays);
        return err;
    }
    *out = relays;
    return 0;
}

void relays_free(struct relays *relays)
{
    if (!relays)
        return;
    for (size_t i = 0; i < relays->name_count; i++) {
        ev_timer_stop(relays->loop, &relays->names[i].again);
        lookup_forget(relays->names[i].lookup);
    }
    for (size_t i = 0; i < relays->count; i++)
        relay_free(relays->all[i].relay);
    free(relays->certificate);
    free(relays->key);
    free(relays->authority);
    free(relays);
}
