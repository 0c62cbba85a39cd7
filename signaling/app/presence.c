#include "signaling/app/presence.h"

#include "base/reader.h"
#include "base/writer.h"
#include "signaling/app/clock.h"

#include <assert.h>
#include <stdlib.h>

/* Keys of leases: what they are about, then an id. */
#define KEY_BYTES (1 + ID_BYTES)
enum about {
    ABOUT_VISIT = 'v',   /* members: pages; values: role, guest, then words */
    ABOUT_PATIENT = 'p', /* who holds a visit; value: the page */
    ABOUT_GUEST_1 = '1', /* who holds a guest's place, by the visit */
    ABOUT_GUEST_3 = '3',
    ABOUT_DOCTOR = 'd', /* who holds a doctor's calls */
};
#define HOLDER "holder"

struct presence {
    struct bus *bus;
    struct {
        presence_fn *changed;
        void *arg;
    } watchers[PRESENCE_WATCHERS];
    size_t count;
};

static struct slice key_of(enum about about, const uint8_t id[ID_BYTES],
                           uint8_t out[KEY_BYTES])
{
    out[0] = (uint8_t)about;
    memcpy(out + 1, id, ID_BYTES);
    return slice(out, KEY_BYTES);
}

static void lease_changed(void *arg, struct slice key)
{
    struct presence *presence = arg;
    struct presence_change change = { .holder = false };

    if (key.length != KEY_BYTES)
        return;
    if (key.data[0] == ABOUT_DOCTOR)
        memcpy(change.practitioner.bytes, key.data + 1, ID_BYTES);
    else if (key.data[0] == ABOUT_VISIT || key.data[0] == ABOUT_PATIENT ||
             (key.data[0] >= ABOUT_GUEST_1 && key.data[0] <= ABOUT_GUEST_3))
        memcpy(change.visit.bytes, key.data + 1, ID_BYTES);
    else
        return;
    change.holder = key.data[0] != ABOUT_VISIT;
    for (size_t i = 0; i < presence->count; i++)
        presence->watchers[i].changed(presence->watchers[i].arg, &change);
}

struct presence *presence_new(struct bus *bus)
{
    struct presence *presence = calloc(1, sizeof(*presence));

    assert(presence);
    presence->bus = bus;
    bus_subscribe_leases(bus, lease_changed, presence);
    return presence;
}

void presence_free(struct presence *presence)
{
    free(presence);
}

void presence_on_change(struct presence *presence, presence_fn *changed,
                        void *arg)
{
    assert(presence->count < PRESENCE_WATCHERS);
    presence->watchers[presence->count].changed = changed;
    presence->watchers[presence->count].arg = arg;
    presence->count += 1;
}

/* ---- what pages do
 * -------------------------------------------------------------- */

void presence_set(struct presence *presence, struct consultation_id visit,
                  struct page_id page, const struct actor *actor,
                  struct slice words)
{
    uint8_t key[KEY_BYTES];
    uint8_t value[2 + PRESENCE_TEXT_MAX];

    if (words.length > PRESENCE_TEXT_MAX)
        return;
    value[0] = (uint8_t)actor->role;
    value[1] = (uint8_t)actor->guest;
    if (words.length)
        memcpy(value + 2, words.data, words.length);
    bus_lease(presence->bus, key_of(ABOUT_VISIT, visit.bytes, key),
              slice(page.bytes, ID_BYTES), slice(value, 2 + words.length),
              clock_now_ms() + PRESENCE_LEASE_MS);
}

void presence_drop(struct presence *presence, struct consultation_id visit,
                   struct page_id page)
{
    uint8_t key[KEY_BYTES];

    bus_lease(presence->bus, key_of(ABOUT_VISIT, visit.bytes, key),
              slice(page.bytes, ID_BYTES), slice(NULL, 0), 0);
}

struct walk {
    presence_each_fn *each;
    void *arg;
};

static void walk_member(void *arg, struct slice member, struct slice value)
{
    struct walk *walk = arg;
    struct page_id page;

    if (member.length != ID_BYTES || value.length < 2)
        return;
    memcpy(page.bytes, member.data, ID_BYTES);
    walk->each(walk->arg, page, (enum role)value.data[0], value.data[1],
               slice(value.data + 2, value.length - 2));
}

void presence_now(struct presence *presence, struct consultation_id visit,
                  presence_each_fn *each, void *arg)
{
    uint8_t key[KEY_BYTES];
    struct walk walk = { each, arg };

    bus_leases(presence->bus, key_of(ABOUT_VISIT, visit.bytes, key),
               clock_now_ms(), walk_member, &walk);
}

/* ---- who holds
 * ----------------------------------------------------------------------- */

static enum about about_guest(uint32_t guest)
{
    return (enum about)(ABOUT_GUEST_1 + guest - 1);
}

static struct slice holder_key(const struct actor *actor,
                               uint8_t out[KEY_BYTES])
{
    if (actor->role == ROLE_GUEST)
        return key_of(about_guest(actor->guest), actor->consultation.bytes,
                      out);
    if (actor->role == ROLE_DOCTOR)
        return key_of(ABOUT_DOCTOR, actor->practitioner.bytes, out);
    return key_of(ABOUT_PATIENT, actor->consultation.bytes, out);
}

/* A lease's value: the page, then the device generation it holds for. */
#define HOLDER_BYTES (ID_BYTES + 4)

struct holder {
    struct page_id page;
    uint32_t generation;
};

static void take_holder(void *arg, struct slice member, struct slice value)
{
    struct holder *holder = arg;
    struct reader bytes = reader_of(value);

    if (!slice_is_text(member, HOLDER) || value.length != HOLDER_BYTES)
        return;
    memcpy(holder->page.bytes, reader_bytes(&bytes, ID_BYTES).data, ID_BYTES);
    holder->generation = reader_u32(&bytes);
}

static bool find_holder(struct presence *presence, struct slice key,
                        struct holder *out)
{
    struct holder holder = { .generation = 0 };

    bus_leases(presence->bus, key, clock_now_ms(), take_holder, &holder);
    if (page_id_is_none(holder.page))
        return false;
    *out = holder;
    return true;
}

static void lease_holder(struct presence *presence, struct slice key,
                         const struct actor *actor, struct page_id page)
{
    uint8_t bytes[HOLDER_BYTES];
    struct writer value = writer_into(bytes, sizeof(bytes));

    writer_bytes(&value, slice(page.bytes, ID_BYTES));
    writer_u32(&value, actor->device_generation);
    bus_lease(presence->bus, key, slice_of_text(HOLDER), writer_done(&value),
              clock_now_ms() + PRESENCE_LEASE_MS);
}

/* A newer claim holds at once; what an older one held means nothing then. */
bool presence_hold(struct presence *presence, const struct actor *actor,
                   struct page_id page)
{
    uint8_t bytes[KEY_BYTES];
    struct slice key = holder_key(actor, bytes);
    struct holder now;

    if (find_holder(presence, key, &now) &&
        now.generation >= actor->device_generation &&
        !page_id_equal(now.page, page))
        return false;
    lease_holder(presence, key, actor, page);
    return true;
}

void presence_take_over(struct presence *presence, const struct actor *actor,
                        struct page_id page)
{
    uint8_t bytes[KEY_BYTES];

    lease_holder(presence, holder_key(actor, bytes), actor, page);
}

void presence_let_go(struct presence *presence, const struct actor *actor,
                     struct page_id page)
{
    uint8_t bytes[KEY_BYTES];
    struct slice key = holder_key(actor, bytes);
    struct holder now;

    if (find_holder(presence, key, &now) && page_id_equal(now.page, page))
        bus_lease(presence->bus, key, slice_of_text(HOLDER), slice(NULL, 0), 0);
}

static bool page_of_holder(struct presence *presence, struct slice key,
                           struct page_id *out)
{
    struct holder holder;

    if (!find_holder(presence, key, &holder))
        return false;
    *out = holder.page;
    return true;
}

bool presence_patient_page(struct presence *presence,
                           struct consultation_id visit, struct page_id *out)
{
    uint8_t key[KEY_BYTES];

    return page_of_holder(presence, key_of(ABOUT_PATIENT, visit.bytes, key),
                          out);
}

bool presence_guest_page(struct presence *presence,
                         struct consultation_id visit, uint32_t guest,
                         struct page_id *out)
{
    uint8_t key[KEY_BYTES];

    return page_of_holder(presence,
                          key_of(about_guest(guest), visit.bytes, key), out);
}

bool presence_doctor_page(struct presence *presence,
                          struct practitioner_id practitioner,
                          struct page_id *out)
{
    uint8_t key[KEY_BYTES];

    return page_of_holder(presence,
                          key_of(ABOUT_DOCTOR, practitioner.bytes, key), out);
}
