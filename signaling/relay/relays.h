/*
 * relays: the relays that are configured, each with its own control line.
 * Loop's thread. What is known of each is told by itself, in its hello and with
 * each beat.
 */
#ifndef RELAY_RELAYS_H
#define RELAY_RELAYS_H

#include "signaling/relay/relay.h"

#define RELAYS_MAX 16

struct relays;

typedef void relays_fn(void *arg, struct relay *relay,
                       const struct relay_event *event);

struct relays_options {
    struct ev_loop *loop;
    const char *addresses;   /* of relay.h, with commas between them; a host's
                              * name stands for all of its addresses, which
                              * are looked up now and then */
    const char *certificate; /* with tls: PEM files */
    const char *key;
    const char *authority;
    relays_fn *told;
    void *arg;
};

/* As relay_new; none at all is an error too. */
int relays_new(const struct relays_options *options, struct relays **out,
               char error[RELAY_ERROR_TEXT]);
/* What waits is answered first, "no_relay". */
void relays_free(struct relays *relays);

size_t relays_count(const struct relays *relays);
struct relay *relays_at(const struct relays *relays, size_t index);
/* RELAYS_MAX for one that is none of them. */
size_t relays_index(const struct relays *relays, const struct relay *relay);

/* By which the record knows it: what it calls itself, or else its address.
 * "": it was never up, and may still call itself something. */
const char *relays_name(const struct relays *relays, size_t index);
/* The first of this name, or NULL. */
struct relay *relays_find(const struct relays *relays, const char *name);

/* It is up, and the first of its name: what another one says under the same
 * name cannot be told apart. */
bool relays_is_usable(const struct relays *relays, size_t index);
/* Somebody should look after it when it is not up: an address of a name that
 * was never reached, or is that name's no more, is not missed. */
bool relays_is_expected(const struct relays *relays, size_t index);
bool relays_is_any_up(const struct relays *relays);

#endif
