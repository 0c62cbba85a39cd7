#include "signaling/app/media_inside.h"
#include "signaling/app/metrics.h"

#include "base/log.h"
#include "base/text.h"
#include "base/writer.h"
#include "signaling/app/clock.h"
#include "signaling/core/access.h"
#include "signaling/core/mos.h"

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#define COMPARE_S 5.0

/* ---- names and pages
 * ---------------------------------------------------------- */

static void peer_name(const char *side, const uint8_t id[ID_BYTES],
                      uint32_t generation, struct page_id page,
                      char out[ID_TEXT])
{
    uint8_t bytes[16 + 4 + 2 * ID_BYTES];
    uint8_t hash[32];
    struct writer name = writer_into(bytes, sizeof(bytes));

    writer_text(&name, side);
    writer_u8(&name, 0);
    writer_u32(&name, generation);
    writer_bytes(&name, slice(id, ID_BYTES));
    writer_bytes(&name, slice(page.bytes, ID_BYTES));
    assert(!name.failed);
    (void)SHA256(bytes, name.length, hash);
    text_base64url(slice(hash, ID_BYTES), out);
}

void media_peer_of_patient(struct consultation_id visit, uint32_t generation,
                           struct page_id page, char out[ID_TEXT])
{
    peer_name("patient", visit.bytes, generation, page, out);
}

void media_peer_of_guest(struct consultation_id visit, uint32_t guest,
                         uint32_t generation, struct page_id page,
                         char out[ID_TEXT])
{
    static const char *const sides[] = { "guest 1", "guest 2", "guest 3" };

    assert(guest > 0 && guest <= GUESTS_MAX);
    peer_name(sides[guest - 1], visit.bytes, generation, page, out);
}

void media_peer_of_doctor(struct practitioner_id practitioner,
                          struct page_id page, char out[ID_TEXT])
{
    peer_name("doctor", practitioner.bytes, 0, page, out);
}

struct media_page *media_find_page(const struct media *media, const char *peer)
{
    return map_get(&media->pages, slice_of_text(peer));
}

struct list *media_pages_of(const struct media *media,
                            struct consultation_id visit)
{
    return map_get(&media->visits, slice(visit.bytes, ID_BYTES));
}

static void join_visit(struct media *media, struct media_page *page)
{
    struct list *pages = media_pages_of(media, page->visit);

    list_init(&page->of_visit);
    if (page->role == ROLE_DOCTOR)
        return;
    if (!pages) {
        pages = malloc(sizeof(*pages));
        assert(pages);
        list_init(pages);
        map_put(&media->visits, slice(page->visit.bytes, ID_BYTES), pages);
    }
    list_append(pages, &page->of_visit);
}

static void leave_visit(struct media *media, struct media_page *page)
{
    struct list *pages = media_pages_of(media, page->visit);

    list_remove(&page->of_visit);
    if (!pages || !list_is_empty(pages))
        return;
    (void)map_remove(&media->visits, slice(page->visit.bytes, ID_BYTES));
    free(pages);
}

struct media_page *media_note_page(struct media *media,
                                   const struct media_page *page)
{
    struct media_page *noted = media_find_page(media, page->peer);

    if (noted)
        return noted;
    noted = malloc(sizeof(*noted));
    assert(noted);
    *noted = *page;
    list_append(&media->all_pages, &noted->link);
    join_visit(media, noted);
    map_put(&media->pages, slice_of_text(noted->peer), noted);
    return noted;
}

void media_forget_page(struct media *media, struct media_page *page)
{
    list_remove(&page->link);
    leave_visit(media, page);
    (void)map_remove(&media->pages, slice_of_text(page->peer));
    free(page);
}

/* ---- telling
 * -------------------------------------------------------------------- */

struct media_room *media_room_of_page(const struct media *media,
                                      struct page_id page)
{
    list_each (link, after, &media->all_rooms) {
        struct media_room *room = list_member(link, struct media_room, link);
        if (room->on && media_chair_of(room, page) != MEDIA_CHAIRS)
            return room;
    }
    return NULL;
}

static void tell_event(struct media *media, const struct media_event *event)
{
    if (media->told)
        media->told(media->arg, event);
}

static struct media_event event_of(const struct media *media,
                                   const struct media_page *page,
                                   enum media_event_kind kind)
{
    struct media_event event = { .kind = kind,
                                 .page = page->page,
                                 .role = page->role,
                                 .guest = page->guest,
                                 .visit = page->visit };
    const struct media_room *room = NULL;

    if (page->role == ROLE_DOCTOR)
        room = media_room_of_page(media, page->page);
    if (room)
        event.visit = room->visit;
    return event;
}

void media_tell(struct media *media, const struct media_page *page,
                enum media_event_kind kind)
{
    struct media_event event = event_of(media, page, kind);

    tell_event(media, &event);
}

/* What the other end adds to the way between the two. */
static uint32_t rtt_beyond(const struct media *media,
                           const struct media_page *page)
{
    const struct media_room *room = media_room_of_page(media, page->page);
    const struct media_page *other = NULL;

    if (room)
        other = media_find_page(
            media, room->people[page->role == ROLE_DOCTOR ? CHAIR_PATIENT
                                                          : CHAIR_DOCTOR]
                       .peer);
    return other ? other->rtt_ms : 0;
}

static void hear_quality(struct media *media, struct media_page *page,
                         const struct relay_event *heard)
{
    struct media_event event = event_of(media, page, MEDIA_QUALITY);

    page->rtt_ms = heard->rtt_ms;
    histogram_note(&media->with.metrics->loss_up, heard->loss_up);
    histogram_note(&media->with.metrics->loss_down, heard->loss_down);
    histogram_note(&media->with.metrics->rtt_s, heard->rtt_ms / 1e3);
    event.rtt_ms = heard->rtt_ms;
    event.jitter_ms = heard->jitter_ms;
    event.loss_up = heard->loss_up;
    event.loss_down = heard->loss_down;
    event.mos = mos_estimate(&(struct talk_figures){
        .rtt_ms = (double)heard->rtt_ms + rtt_beyond(media, page),
        .jitter_ms = heard->jitter_ms,
        .loss = heard->loss_up > heard->loss_down ? heard->loss_up
                                                  : heard->loss_down,
    });
    tell_event(media, &event);
}

struct media_event media_checked(const struct relay_event *heard)
{
    const struct relay_measure *from = &heard->measure;

    return (struct media_event){
        .kind = heard->kind == RELAY_HEARD ? MEDIA_HEARD : MEDIA_MEASURED,
        .voice = { .loudness_db = heard->voice.loudness_db,
                   .spoken_ms = heard->voice.spoken_ms },
        .playing_ms = heard->voice.playing_ms,
        .line = { .up_known = from->up_known,
                  .down_known = from->down_known,
                  .rtt_known = from->rtt_known,
                  .up_kbps = from->up_kbps,
                  .down_kbps = from->down_kbps,
                  .rtt_ms = from->rtt_ms,
                  .jitter_ms = from->jitter_ms,
                  .loss_up = from->loss_up,
                  .loss_down = from->loss_down },
    };
}

static void hear_checked(struct media *media, const struct media_page *page,
                         const struct relay_event *heard)
{
    struct media_event event = media_checked(heard);

    event.page = page->page;
    event.role = page->role;
    event.guest = page->guest;
    event.visit = page->visit;
    tell_event(media, &event);
}

static void tell_picture(struct media *media, const struct media_page *page)
{
    struct media_event event = event_of(media, page, MEDIA_PICTURE);

    event.shown = !page->dark;
    tell_event(media, &event);
}

static const struct media_page *doctor_in(const struct media *media,
                                          struct consultation_id visit)
{
    const struct media_room *room =
        map_get(&media->rooms, slice(visit.bytes, ID_BYTES));

    if (!room || !room->on || !room->people[CHAIR_DOCTOR].there)
        return NULL;
    return media_find_page(media, room->people[CHAIR_DOCTOR].peer);
}

void media_retell(struct media *media, struct consultation_id visit)
{
    struct list *pages = media_pages_of(media, visit);
    const struct media_page *doctor = doctor_in(media, visit);

    if (doctor && doctor->dark)
        tell_picture(media, doctor);
    if (!pages)
        return;
    list_each (link, after, pages) {
        const struct media_page *page =
            list_member(link, struct media_page, of_visit);
        if (page->dark)
            tell_picture(media, page);
    }
}

void media_hear_peer(struct media *media, struct media_page *page,
                     const struct relay_event *heard)
{
    media_incident_of(media, page, heard);
    switch (heard->kind) {
    case RELAY_CONNECTED:
        page->lost = false;
        page->dark = false;
        media_tell(media, page, MEDIA_CONNECTED);
        break;
    case RELAY_LOST:
        page->lost = true;
        media_tell(media, page, MEDIA_LOST);
        break;
    case RELAY_BACK:
        page->lost = false;
        media_tell(media, page, MEDIA_BACK);
        break;
    case RELAY_GONE:
        media_tell(media, page, MEDIA_AGAIN);
        media_forget_page(media, page);
        break;
    case RELAY_PICTURE:
        page->dark = !heard->shown;
        tell_picture(media, page);
        break;
    case RELAY_QUALITY:
        hear_quality(media, page, heard);
        break;
    case RELAY_HEARD:
    case RELAY_PROBED:
        hear_checked(media, page, heard);
        break;
    case RELAY_GAP:
    case RELAY_UP:
    case RELAY_DOWN:
    case RELAY_DRAINING:
        break;
    }
}

/* ---- life
 * -------------------------------------------------------------------------- */

static void on_compare(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    media_compare(timer->data);
}

static int connect_relays(struct media *media, char *error, size_t error_size)
{
    char why[RELAY_ERROR_TEXT] = "";
    struct relays_options options = {
        .loop = media->with.loop,
        .addresses = media->with.relay,
        .certificate = media->with.relay_certificate,
        .key = media->with.relay_key,
        .authority = media->with.relay_authority,
        .told = media_hear_relay,
        .arg = media,
    };
    int err = relays_new(&options, &media->relays, why);

    if (err) {
        (void)snprintf(error, error_size, "%s", why);
        return err;
    }
    media->placement = placement_new(&(struct placement_options){
        .loop = media->with.loop,
        .store = media->with.store,
        .bus = media->with.bus,
        .engine = media->with.engine,
        .relays = media->relays,
        .moved = media_moved,
        .arg = media,
    });
    return 0;
}

int media_new(const struct media_options *options, struct media **out,
              char *error, size_t error_size)
{
    struct media *media = calloc(1, sizeof(*media));

    if (!media)
        return -ENOMEM;
    media->with = *options;
    media->began_ms = clock_now_ms();
    map_init(&media->pages);
    list_init(&media->all_pages);
    map_init(&media->visits);
    map_init(&media->rooms);
    list_init(&media->all_rooms);
    list_init(&media->checks);
    list_init(&media->offers);
    map_init(&media->visitors);
    ev_timer_init(&media->compare, on_compare, COMPARE_S, COMPARE_S);
    media->compare.data = media;
    if (options->relay && options->relay[0]) {
        int err = connect_relays(media, error, error_size);
        if (err) {
            media_free(media);
            return err;
        }
        ev_timer_start(options->loop, &media->compare);
        engine_on_wall(options->engine, media_wall, media);
        presence_on_change(options->presence, media_presence_changed, media);
    }
    *out = media;
    return 0;
}

void media_stop(struct media *media)
{
    if (!media)
        return;
    media->told = NULL;
    ev_timer_stop(media->with.loop, &media->compare);
    placement_stop(media->placement);
    /* Nobody asks one of them while they are let go. */
    struct relays *relays = media->relays;
    media->relays = NULL;
    relays_free(relays);
}

void media_free(struct media *media)
{
    if (!media)
        return;
    media_stop(media);
    list_each (link, after, &media->all_pages)
        media_forget_page(media, list_member(link, struct media_page, link));
    media_rooms_free(media);
    placement_free(media->placement);
    map_release(&media->pages);
    assert(media->visits.count == 0); /* each went with its last page */
    map_release(&media->visits);
    map_release(&media->rooms);
    assert(media->visitors.count == 0); /* edge closed its sockets before */
    map_release(&media->visitors);
    free(media);
}

bool media_is_configured(const struct media *media)
{
    return media->relays != NULL;
}

bool media_is_up(const struct media *media)
{
    return media->relays && relays_is_any_up(media->relays);
}

bool media_is_cut_off(const struct media *media)
{
    return media->relays && placement_is_cut_off(media->placement);
}

void media_on_event(struct media *media, media_fn *told, void *arg)
{
    media->told = told;
    media->arg = arg;
}

bool media_shown(struct media *media, struct page_id page,
                 struct media_event *out)
{
    const struct media_room *room = media_room_of_page(media, page);

    if (!room)
        return false;
    media_seats(room, media_chair_of(room, page), out);
    return out->count > 0;
}
