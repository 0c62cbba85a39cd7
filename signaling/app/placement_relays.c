/*
 * placement_relays: the part of placement that knows which relay is good. What
 * this node reaches it sees itself; what the others reach they say in a lease.
 */
#include "signaling/app/placement_inside.h"

#include "signaling/app/clock.h"

#include <openssl/sha.h>

#define DOWN_US  INT64_C(1000000) /* a restart may take less: no move then */
#define START_US INT64_C(5000000) /* until a new node has reached them all */
#define CUT_US   INT64_C(2000000) /* without any, a node sends its pages away */
/* So long nobody undoes what another node did, unless no node reaches the relay
 * that it chose: what the nodes say of each other may be old. */
#define HOLD_US       INT64_C(30000000)
#define DRAIN_CALL_US INT64_C(600000000) /* a call is awaited that long */
#define HAND_OVER_S   10                 /* before it ends */
#define LEASE_MS      4000
#define MARK_BYTES    8 /* a relay's name in a lease */
#define LOAD_STEPS    4 /* what differs by less than a quarter is alike */

static const struct slice lease_key = { (const uint8_t *)"relays", 6 };

static void mark_of(const char *name, uint8_t out[MARK_BYTES])
{
    uint8_t hash[32];

    (void)SHA256((const uint8_t *)name, strlen(name), hash);
    memcpy(out, hash, MARK_BYTES);
}

void placement_lease(struct placement *placement)
{
    const struct relays *relays = placement->with.relays;
    uint8_t marks[1 + RELAYS_MAX * MARK_BYTES];
    size_t length = 1; /* who reaches none says that, too */

    marks[0] = 1;
    for (size_t i = 0; i < relays_count(relays); i++) {
        if (!relays_is_usable(relays, i))
            continue;
        mark_of(relays_name(relays, i), marks + length);
        length += MARK_BYTES;
    }
    placement->leased_us = clock_monotonic_us();
    bus_lease(placement->with.bus, lease_key,
              slice(placement->node, NODE_BYTES), slice(marks, length),
              clock_now_ms() + LEASE_MS);
}

/* ---- what the nodes say ---------------------------------------------------
 */

struct votes {
    uint8_t mark[MARK_BYTES];
    size_t nodes;
    size_t reach; /* how many of them reach the relay of this mark */
};

static void count_vote(void *arg, struct slice member, struct slice value)
{
    struct votes *votes = arg;

    (void)member;
    votes->nodes += 1;
    for (size_t at = 1; at + MARK_BYTES <= value.length; at += MARK_BYTES)
        if (memcmp(value.data + at, votes->mark, MARK_BYTES) == 0) {
            votes->reach += 1;
            return;
        }
}

static struct votes votes_of(const struct placement *placement,
                             const char *name)
{
    struct votes votes = { .nodes = 0 };

    mark_of(name, votes.mark);
    bus_leases(placement->with.bus, lease_key, clock_now_ms(), count_vote,
               &votes);
    return votes;
}

/* ---- a node that reaches none ---------------------------------------------
 */

void placement_note_reach(struct placement *placement, int64_t now_us)
{
    bool any = relays_is_any_up(placement->with.relays);

    if (!any && placement->none_us == 0)
        placement->none_us = now_us;
    if (any && placement->none_us != 0) {
        placement->none_us = 0;
        placement->reached_us = now_us;
    }
}

struct others {
    const struct placement *placement;
    bool reach_some;
};

static void look_at_other(void *arg, struct slice member, struct slice value)
{
    struct others *others = arg;
    bool own = member.length == NODE_BYTES &&
               memcmp(member.data, others->placement->node, NODE_BYTES) == 0;

    if (!own && value.length > 1)
        others->reach_some = true;
}

bool placement_is_cut_off(const struct placement *placement)
{
    struct others others = { .placement = placement };
    int64_t now_us = clock_monotonic_us();

    if (placement->none_us == 0 || now_us - placement->none_us < CUT_US ||
        now_us - placement->began_us < START_US)
        return false;
    bus_leases(placement->with.bus, lease_key, clock_now_ms(), look_at_other,
               &others);
    return others.reach_some;
}

/* ---- which is best --------------------------------------------------------
 */

struct rank {
    size_t reach; /* the more the better; then the less the better */
    unsigned load;
    size_t placed;
};

static bool is_better(const struct rank *a, const struct rank *b)
{
    if (a->reach != b->reach)
        return a->reach > b->reach;
    if (a->load != b->load)
        return a->load < b->load;
    return a->placed < b->placed;
}

struct placement_burden placement_burden_now(const struct placement *placement)
{
    const struct relays *relays = placement->with.relays;
    struct placement_burden burden = { { 0 } };

    list_each (link, after, &placement->all) {
        const struct placed *placed = list_member(link, struct placed, link);
        const struct relay *relay = relays_find(relays, placed->row.relay);
        if (relay)
            burden.placed[relays_index(relays, relay)] += 1;
    }
    return burden;
}

size_t placement_choose(const struct placement *placement, const char * not,
                        const struct placement_burden *burden)
{
    const struct relays *relays = placement->with.relays;
    struct rank best = { 0, 0, 0 };
    size_t chosen = RELAYS_MAX;

    for (size_t i = 0; i < relays_count(relays); i++) {
        const struct relay *relay = relays_at(relays, i);
        const char *name = relays_name(relays, i);
        if (!relays_is_usable(relays, i) || relay_is_draining(relay) ||
            strcmp(name, not ) == 0)
            continue;
        /* Both may be behind the same cut: nobody moves to it meanwhile. */
        if (not [0] && relay_is_silent(relay))
            continue;
        struct rank rank = {
            .reach = votes_of(placement, name).reach,
            .load = (unsigned)(relay_load(relay) * LOAD_STEPS),
            .placed = burden->placed[i],
        };
        if (chosen == RELAYS_MAX || is_better(&rank, &best)) {
            best = rank;
            chosen = i;
        }
    }
    return chosen;
}

/* ---- which is none any more -----------------------------------------------
 */

/* This node has not reached it for a while. */
static bool is_away(const struct placement *placement, const char *name)
{
    const struct relays *relays = placement->with.relays;
    const struct relay *relay = relays_find(relays, name);
    int64_t now_us = clock_monotonic_us();

    if (!relay)
        return now_us - placement->began_us > START_US;
    const struct relay_sight *sight =
        &placement->sights[relays_index(relays, relay)];
    return sight->down_us > 0 && now_us - sight->down_us > DOWN_US &&
           (sight->seen || now_us - placement->began_us > START_US);
}

/* Another node has just moved them. */
static bool is_fresh(const struct placed *placed)
{
    return !placed->ours && placed->row.generation > 1 &&
           clock_monotonic_us() - placed->since_us < HOLD_US;
}

bool placement_is_dead(const struct placement *placement,
                       const struct placed *placed,
                       const struct placement_burden *burden)
{
    const char *name = placed->row.relay;

    if (!is_away(placement, name))
        return false;
    size_t best = placement_choose(placement, name, burden);
    if (best == RELAYS_MAX)
        return false;
    struct votes stay = votes_of(placement, name);
    struct votes leave =
        votes_of(placement, relays_name(placement->with.relays, best));
    /* This node reached none until just now: the others know better. */
    if (stay.reach > 0 && placement->reached_us > 0 &&
        clock_monotonic_us() - placement->reached_us < START_US)
        return false;
    if (is_fresh(placed) && (leave.nodes <= 1 || stay.reach > 0))
        return false;
    return leave.reach > stay.reach;
}

bool placement_is_draining(const struct placement *placement, const char *name,
                           bool *out_ends)
{
    const struct relays *relays = placement->with.relays;
    const struct relay *relay = relays_find(relays, name);

    if (!relay || !relay_is_up(relay) || !relay_is_draining(relay))
        return false;
    const struct relay_sight *sight =
        &placement->sights[relays_index(relays, relay)];
    uint32_t left_s = relay_left_s(relay);
    *out_ends = clock_monotonic_us() - sight->drains_us > DRAIN_CALL_US ||
                (left_s > 0 && left_s <= HAND_OVER_S);
    return true;
}
