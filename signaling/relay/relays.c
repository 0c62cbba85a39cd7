#include "signaling/relay/relays.h"

#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct one {
    struct relays *relays;
    struct relay *relay;
    bool was_up;
    char address[RELAY_NAME_TEXT]; /* as far as it fits */
};

struct relays {
    relays_fn *told;
    void *arg;
    size_t count;
    struct one all[RELAYS_MAX];
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

struct relay *relays_find(const struct relays *relays, const char *name)
{
    for (size_t i = 0; name[0] && i < relays->count; i++)
        if (strcmp(relays_name(relays, i), name) == 0)
            return relays->all[i].relay;
    return NULL;
}

bool relays_is_usable(const struct relays *relays, size_t index)
{
    const struct relay *relay = relays->all[index].relay;

    return relay_is_up(relay) &&
           relays_find(relays, relays_name(relays, index)) == relay;
}

bool relays_is_any_up(const struct relays *relays)
{
    for (size_t i = 0; i < relays->count; i++)
        if (relays_is_usable(relays, i))
            return true;
    return false;
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

static int add(struct relays *relays, const struct relays_options *options,
               const char *address, char error[RELAY_ERROR_TEXT])
{
    struct one *one = &relays->all[relays->count];
    struct relay_options with = {
        .loop = options->loop,
        .address = address,
        .certificate = options->certificate,
        .key = options->key,
        .authority = options->authority,
        .told = hear,
        .arg = one,
    };

    one->relays = relays;
    (void)snprintf(one->address, sizeof(one->address), "%s", address);
    int err = relay_new(&with, &one->relay, error);
    if (!err)
        relays->count += 1;
    return err;
}

static int add_all(struct relays *relays, const struct relays_options *options,
                   char *addresses, char error[RELAY_ERROR_TEXT])
{
    char *rest = NULL;

    for (char *part = strtok_r(addresses, ", ", &rest); part;
         part = strtok_r(NULL, ", ", &rest)) {
        if (relays->count == RELAYS_MAX) {
            (void)snprintf(error, RELAY_ERROR_TEXT,
                           "relay takes at most %d relays.", RELAYS_MAX);
            return -E2BIG;
        }
        int err = add(relays, options, part, error);
        if (err)
            return err;
    }
    if (relays->count > 0)
        return 0;
    (void)snprintf(error, RELAY_ERROR_TEXT, "relay names none.");
    return -EINVAL;
}

int relays_new(const struct relays_options *options, struct relays **out,
               char error[RELAY_ERROR_TEXT])
{
    struct relays *relays = calloc(1, sizeof(*relays));
    char *addresses = strdup(options->addresses);

    assert(relays && addresses);
    relays->told = options->told;
    relays->arg = options->arg;
    int err = add_all(relays, options, addresses, error);
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
    for (size_t i = 0; i < relays->count; i++)
        relay_free(relays->all[i].relay);
    free(relays);
}
