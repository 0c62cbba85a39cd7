/*
 * local: the bus of one node. What is published is heard at once; leases are
 * kept in a map of keys, each with its members, those of other nodes among
 * them.
 */
#include "signaling/bus/bus.h"

#include "base/list.h"
#include "base/map.h"
#include "signaling/bus/frame.h"

#include <assert.h>
#include <stdlib.h>

#define TOKEN       INT64_C(60000)
#define BUCKETS_MAX 65536 /* then the full ones are forgotten first */

struct subscriber {
    struct list link;
    bus_moved_fn *moved;
    bus_lease_fn *changed;
    void *arg;
};

struct member {
    struct list link;
    bool ours; /* another node's otherwise */
    int64_t until_ms;
    uint8_t *name;
    size_t name_length;
    uint8_t *value;
    size_t value_length;
};

struct lease_key {
    struct list link;
    struct list members;
    uint8_t key[MAP_KEY_MAX];
    size_t length;
};

struct bucket {
    struct list link;
    uint8_t key[MAP_KEY_MAX];
    size_t length;
    int64_t parts;
    uint32_t burst;
    uint32_t rate;
    int64_t at_ms;
};

struct bus {
    struct list subscribers;
    struct map keys;
    struct list all_keys;
    struct map buckets;
    struct list all_buckets;
    int64_t now_ms; /* of the last sweep: how long a lease still holds */
    bus_send_fn *send;
    void *send_arg;
};

static void *must(void *memory)
{
    if (!memory)
        abort(); /* a few bytes: nothing would work from here on */
    return memory;
}

static uint8_t *copy(struct slice bytes)
{
    uint8_t *to = must(malloc(bytes.length ? bytes.length : 1));

    if (bytes.length)
        memcpy(to, bytes.data, bytes.length);
    return to;
}

struct bus *bus_local_new(void)
{
    struct bus *bus = must(calloc(1, sizeof(*bus)));

    list_init(&bus->subscribers);
    map_init(&bus->keys);
    list_init(&bus->all_keys);
    map_init(&bus->buckets);
    list_init(&bus->all_buckets);
    return bus;
}

void bus_on_send(struct bus *bus, bus_send_fn *send, void *arg)
{
    bus->send = send;
    bus->send_arg = arg;
}

static void hand_frame(const struct frame *frame, bus_send_fn *send, void *arg)
{
    uint8_t bytes[FRAME_MAX];
    struct writer out = writer_into(bytes, sizeof(bytes));

    frame_write(&out, frame);
    assert(!out.failed);
    send(arg, writer_done(&out));
}

static void send_frame(const struct bus *bus, const struct frame *frame)
{
    if (bus->send)
        hand_frame(frame, bus->send, bus->send_arg);
}

static void member_free(struct member *member)
{
    /* NOLINTBEGIN(clang-analyzer-unix.Malloc): list_each took the next link
     * before this one went */
    list_remove(&member->link);
    free(member->name);
    free(member->value);
    free(member);
}

static void lease_key_free(struct bus *bus, struct lease_key *entry)
{
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the next was taken before */
    list_each (link, after, &entry->members)
        member_free(list_member(link, struct member, link));
    list_remove(&entry->link);
    (void)map_remove(&bus->keys, slice(entry->key, entry->length));
    free(entry);
}

static void bucket_free(struct bus *bus, struct bucket *bucket)
{
    list_remove(&bucket->link);
    (void)map_remove(&bus->buckets, slice(bucket->key, bucket->length));
    free(bucket);
}

void bus_free(struct bus *bus)
{
    if (!bus)
        return;
    list_each (link, after, &bus->all_keys)
        lease_key_free(bus, list_member(link, struct lease_key, link));
    list_each (link, after, &bus->all_buckets)
        bucket_free(bus, list_member(link, struct bucket, link));
    list_each (link, after, &bus->subscribers)
        free(list_member(link, struct subscriber, link));
    map_release(&bus->keys);
    map_release(&bus->buckets);
    free(bus);
}

static void subscribe(struct bus *bus, bus_moved_fn *moved,
                      bus_lease_fn *changed, void *arg)
{
    struct subscriber *subscriber = must(malloc(sizeof(*subscriber)));

    *subscriber =
        (struct subscriber){ .moved = moved, .changed = changed, .arg = arg };
    list_append(&bus->subscribers, &subscriber->link);
}

void bus_subscribe(struct bus *bus, bus_moved_fn *moved, void *arg)
{
    subscribe(bus, moved, NULL, arg);
}

void bus_subscribe_leases(struct bus *bus, bus_lease_fn *changed, void *arg)
{
    subscribe(bus, NULL, changed, arg);
}

static void tell_moved(struct bus *bus, struct slice key, uint64_t seq)
{
    list_each (link, after, &bus->subscribers) {
        struct subscriber *one = list_member(link, struct subscriber, link);
        if (one->moved)
            one->moved(one->arg, key, seq);
    }
}

void bus_publish(struct bus *bus, struct slice key, uint64_t seq)
{
    send_frame(bus,
               &(struct frame){ .kind = FRAME_MOVED, .key = key, .seq = seq });
    tell_moved(bus, key, seq);
}

static void tell_lease(struct bus *bus, struct slice key)
{
    list_each (link, after, &bus->subscribers) {
        struct subscriber *one = list_member(link, struct subscriber, link);
        if (one->changed)
            one->changed(one->arg, key);
    }
}

static struct lease_key *lease_key_of(struct bus *bus, struct slice key)
{
    struct lease_key *entry = map_get(&bus->keys, key);

    if (entry)
        return entry;
    entry = must(calloc(1, sizeof(*entry)));
    assert(key.length <= sizeof(entry->key));
    list_init(&entry->members);
    memcpy(entry->key, key.data, key.length);
    entry->length = key.length;
    list_append(&bus->all_keys, &entry->link);
    map_put(&bus->keys, key, entry);
    return entry;
}

static struct member *find_member(struct lease_key *entry, struct slice name)
{
    list_each (link, after, &entry->members) {
        struct member *member = list_member(link, struct member, link);
        if (slice_equal(slice(member->name, member->name_length), name))
            return member;
    }
    return NULL;
}

/* Removes member, and its key with the last one. */
static void drop(struct bus *bus, struct slice key, struct slice name)
{
    struct lease_key *entry = map_get(&bus->keys, key);
    struct member *member = entry ? find_member(entry, name) : NULL;

    if (!member)
        return;
    member_free(member);
    if (list_is_empty(&entry->members))
        lease_key_free(bus, entry);
    tell_lease(bus, key);
}

static void keep(struct bus *bus, struct slice key, struct slice member,
                 struct slice value, int64_t until_ms, bool ours)
{
    if (value.length == 0) {
        drop(bus, key, member);
        return;
    }
    struct lease_key *entry = lease_key_of(bus, key);
    struct member *held = find_member(entry, member);
    if (held) {
        /* what another node still tells of a page that came here */
        if (held->ours && !ours && until_ms <= held->until_ms &&
            slice_equal(slice(held->value, held->value_length), value))
            return;
        held->until_ms = until_ms;
        held->ours = ours;
        if (slice_equal(slice(held->value, held->value_length), value))
            return; /* renewed: nothing to tell */
        free(held->value);
    } else {
        held = must(calloc(1, sizeof(*held)));
        held->name = copy(member);
        held->name_length = member.length;
        held->until_ms = until_ms;
        held->ours = ours;
        list_append(&entry->members, &held->link);
    }
    held->value = copy(value);
    held->value_length = value.length;
    tell_lease(bus, key);
}

static struct frame lease_frame(const struct bus *bus, struct slice key,
                                struct slice member, struct slice value,
                                int64_t until_ms)
{
    int64_t holds = until_ms - bus->now_ms;

    return (struct frame){ .kind = FRAME_LEASE,
                           .key = key,
                           .member = member,
                           .value = value,
                           .holds_ms = holds > 0 ? (uint32_t)holds : 0 };
}

void bus_lease(struct bus *bus, struct slice key, struct slice member,
               struct slice value, int64_t until_ms)
{
    struct frame frame = lease_frame(bus, key, member, value, until_ms);

    send_frame(bus, &frame);
    keep(bus, key, member, value, until_ms, true);
}

void bus_tell_own(const struct bus *bus, bus_send_fn *send, void *arg)
{
    list_each (at, next, &bus->all_keys) {
        struct lease_key *entry = list_member(at, struct lease_key, link);
        list_each (link, after, &entry->members) {
            struct member *member = list_member(link, struct member, link);
            if (!member->ours)
                continue;
            struct frame frame = lease_frame(
                bus, slice(entry->key, entry->length),
                slice(member->name, member->name_length),
                slice(member->value, member->value_length), member->until_ms);
            hand_frame(&frame, send, arg);
        }
    }
}

static void send_own_leases(const struct bus *bus)
{
    if (bus->send)
        bus_tell_own(bus, bus->send, bus->send_arg);
}

void bus_greet(struct bus *bus)
{
    send_frame(bus, &(struct frame){ .kind = FRAME_GREET });
    send_own_leases(bus);
}

void bus_leases(struct bus *bus, struct slice key, int64_t now_ms,
                bus_member_fn *each, void *arg)
{
    struct lease_key *entry = map_get(&bus->keys, key);

    if (!entry)
        return;
    list_each (link, after, &entry->members) {
        struct member *member = list_member(link, struct member, link);
        if (member->until_ms > now_ms)
            each(arg, slice(member->name, member->name_length),
                 slice(member->value, member->value_length));
    }
}

/* The first key with something that ran out; its members are dropped. */
static bool sweep_one(struct bus *bus, int64_t now_ms)
{
    list_each (at, next, &bus->all_keys) {
        struct lease_key *entry = list_member(at, struct lease_key, link);
        bool changed = false;
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as above */
        list_each (link, after, &entry->members) {
            struct member *member = list_member(link, struct member, link);
            if (member->until_ms > now_ms)
                continue;
            member_free(member);
            changed = true;
        }
        if (!changed)
            continue;
        uint8_t key[MAP_KEY_MAX];
        size_t length = entry->length;
        memcpy(key, entry->key, length);
        if (list_is_empty(&entry->members))
            lease_key_free(bus, entry);
        tell_lease(bus, slice(key, length));
        return true; /* the teller may have changed the lists */
    }
    return false;
}

/* Tokens are counted in their 60000th parts: one a minute is one a millisecond
 * of those, and nothing is rounded. */
static void refill(struct bucket *bucket, int64_t now_ms)
{
    int64_t full = bucket->burst * TOKEN;

    if (now_ms > bucket->at_ms)
        bucket->parts += (now_ms - bucket->at_ms) * bucket->rate;
    if (bucket->parts > full)
        bucket->parts = full;
    bucket->at_ms = now_ms;
}

void bus_sweep(struct bus *bus, int64_t now_ms)
{
    bus->now_ms = now_ms;
    while (sweep_one(bus, now_ms))
        ;
    list_each (link, after, &bus->all_buckets) {
        struct bucket *bucket = list_member(link, struct bucket, link);
        refill(bucket, now_ms);
        if (bucket->parts >= bucket->burst * TOKEN)
            bucket_free(bus, bucket);
    }
}

static struct bucket *bucket_of(struct bus *bus, struct slice key,
                                uint32_t rate_per_min, uint32_t burst,
                                int64_t now_ms)
{
    struct bucket *bucket = map_get(&bus->buckets, key);

    if (!bucket) {
        if (bus->buckets.count >= BUCKETS_MAX)
            bucket_free(bus, list_member(list_first(&bus->all_buckets),
                                         struct bucket, link));
        bucket = must(calloc(1, sizeof(*bucket)));
        assert(key.length <= sizeof(bucket->key));
        memcpy(bucket->key, key.data, key.length);
        bucket->length = key.length;
        bucket->parts = burst * TOKEN;
        bucket->at_ms = now_ms;
        list_append(&bus->all_buckets, &bucket->link);
        map_put(&bus->buckets, key, bucket);
    }
    bucket->rate = rate_per_min;
    bucket->burst = burst;
    refill(bucket, now_ms);
    return bucket;
}

bool bus_take(struct bus *bus, struct slice key, uint32_t rate_per_min,
              uint32_t burst, int64_t now_ms)
{
    struct bucket *bucket = bucket_of(bus, key, rate_per_min, burst, now_ms);

    if (bucket->parts < TOKEN)
        return false;
    bucket->parts -= TOKEN;
    send_frame(bus, &(struct frame){ .kind = FRAME_TAKEN,
                                     .key = key,
                                     .rate = rate_per_min,
                                     .burst = burst });
    return true;
}

/* ---- what other nodes tell -------------------------------------------------
 */

static void heard_taken(struct bus *bus, const struct frame *frame)
{
    struct bucket *bucket =
        bucket_of(bus, frame->key, frame->rate, frame->burst, bus->now_ms);

    /* Two nodes may have taken the last one: nobody owes more than nothing. */
    bucket->parts = bucket->parts > TOKEN ? bucket->parts - TOKEN : 0;
}

void bus_heard(struct bus *bus, struct slice bytes)
{
    struct frame frame;

    if (!frame_read(bytes, &frame))
        return; /* a newer release's: what it tells comes in other ways, too */
    switch (frame.kind) {
    case FRAME_MOVED:
        tell_moved(bus, frame.key, frame.seq);
        break;
    case FRAME_LEASE:
        keep(bus, frame.key, frame.member, frame.value,
             bus->now_ms + frame.holds_ms, false);
        break;
    case FRAME_TAKEN:
        heard_taken(bus, &frame);
        break;
    case FRAME_GREET:
        send_own_leases(bus);
        break;
    }
}
