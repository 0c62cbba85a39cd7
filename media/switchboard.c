#include "media/switchboard.h"

#include "base/log.h"
#include "media/transport/demux.h"

#include <stdlib.h>

#define EXPIRE_EVERY_US UINT64_C(60000000)
#define ADDRESS_KEY     23 /* bytes */

/* ---- finding peers ----------------------------------------------------------
 */

static struct slice address_key(const struct address *address,
                                uint8_t out[ADDRESS_KEY])
{
    struct writer key = writer_into(out, ADDRESS_KEY);

    writer_u8(&key, (uint8_t)address->family);
    writer_u16(&key, address->port);
    writer_u32(&key, address->connection);
    writer_bytes(&key, slice(address->bytes, sizeof(address->bytes)));
    return writer_done(&key);
}

static void learn_address(struct switchboard *board,
                          const struct address *address, struct peer *peer)
{
    uint8_t bytes[ADDRESS_KEY];

    board->recent_peer = NULL;
    map_put(&board->by_address, address_key(address, bytes), peer);
}

/* Only if it is still this peer's: another may have taken it over. */
static void forget_address(struct switchboard *board,
                           const struct address *address,
                           const struct peer *peer)
{
    uint8_t bytes[ADDRESS_KEY];
    struct slice key = address_key(address, bytes);

    board->recent_peer = NULL;
    if (map_get(&board->by_address, key) == peer)
        (void)map_remove(&board->by_address, key);
}

static struct peer *peer_at(struct switchboard *board,
                            const struct address *address)
{
    uint8_t key[ADDRESS_KEY];

    if (board->recent_peer && address_equal(&board->recent, address))
        return board->recent_peer;
    board->recent = *address;
    board->recent_peer = map_get(&board->by_address, address_key(address, key));
    return board->recent_peer;
}

static void forget_ufrag(struct switchboard *board, const char *ufrag)
{
    if (ufrag[0] != '\0')
        (void)map_remove(&board->by_ufrag, slice_of_text(ufrag));
}

static struct peer *find(const struct switchboard *board,
                         const struct peer_name *name)
{
    return map_get(&board->by_name, slice_of_text(name->text));
}

/* ---- routes -----------------------------------------------------------------
 */

/* Makes what a peer is shown what the table says. */
static void reroute(struct switchboard *board, const struct peer_name *name,
                    uint64_t now_us)
{
    struct peer *peer = find(board, name);
    struct peer *wanted[MEDIA_SLOTS + 1] = { NULL };
    const struct room *room;

    if (!peer)
        return;
    room = rooms_of(&board->rooms, name);
    for (size_t i = 0; room && i < room->count; i++) {
        const struct media_route *route = &room->routes[i];

        if (strcmp(route->to.text, name->text) == 0)
            wanted[route->slot] = find(board, &route->from);
    }
    peer->room = room;
    for (unsigned slot = 1; slot <= MEDIA_SLOTS; slot++)
        peer_show(peer, slot, wanted[slot], now_us);
}

struct rerouting {
    struct switchboard *board;
    uint64_t now_us;
};

static void touched(void *arg, const struct peer_name *peer)
{
    struct rerouting *rerouting = arg;

    reroute(rerouting->board, peer, rerouting->now_us);
}

/* A peer came: everyone in its room may be waiting for it. */
static void reroute_room(struct switchboard *board,
                         const struct peer_name *name, uint64_t now_us)
{
    const struct room *room = rooms_of(&board->rooms, name);

    reroute(board, name, now_us);
    for (size_t i = 0; room && i < room->count; i++)
        reroute(board, &room->routes[i].to, now_us);
}

/* ---- coming and going -------------------------------------------------------
 */

static void forget(struct switchboard *board, struct peer *peer)
{
    for (size_t i = 0; i < peer->ice.path_count; i++)
        forget_address(board, &peer->ice.paths[i].address, peer);
    forget_ufrag(board, peer->ice.now.ufrag);
    forget_ufrag(board, peer->ice.before.ufrag);
    (void)map_remove(&board->by_name, slice_of_text(peer->name.text));
    timer_wheel_set(&board->wheel, &peer->timer, TIMER_NEVER);
    peer_free(peer);
}

static void answer(struct switchboard *board, uint64_t ticket,
                   struct peer *peer, const struct offer *offer)
{
    char *text = peer_answer(peer, offer);

    board->env->tell(board->env->arg,
                     &(struct media_event){
                         .kind = text ? MEDIA_ANSWERED : MEDIA_DONE,
                         .ticket = ticket,
                         .refusal = text ? MEDIA_TAKEN : MEDIA_BAD_OFFER,
                         .answer = text,
                     });
}

static enum media_refusal restart(struct switchboard *board, struct peer *peer,
                                  const struct offer *offer)
{
    char dropped[ICE_UFRAG_LENGTH + 1] = "";

    if (peer_restart(peer, offer, dropped) != 0)
        return MEDIA_BAD_OFFER;
    forget_ufrag(board, dropped);
    map_put(&board->by_ufrag, slice_of_text(peer->ice.now.ufrag), peer);
    return MEDIA_TAKEN;
}

/* While draining, who is in the middle of a visit may still come and go. */
static bool is_closed_to(const struct switchboard *board,
                         const struct media_join *join)
{
    size_t cursor = 0;
    const struct peer *peer;

    if (!board->draining)
        return false;
    while ((peer = map_next(&board->by_name, &cursor)) != NULL)
        if (strcmp(peer->place.text, join->place.text) == 0)
            return false;
    return true;
}

static enum media_refusal arrive(struct switchboard *board,
                                 const struct media_join *join, uint64_t now_us,
                                 struct peer **out)
{
    struct peer *before = find(board, &join->peer);
    struct peer *peer;

    if (is_closed_to(board, join))
        return MEDIA_DRAINING;
    peer = peer_new(board->env, &join->peer, join->offer, now_us);
    if (!peer)
        return MEDIA_BAD_OFFER;
    peer->place = join->place;
    if (before &&
        dtls_fingerprint_equal(&before->fingerprint, &peer->fingerprint)) {
        peer_free(peer);
        before->place = join->place;
        *out = before;
        return restart(board, before, join->offer);
    }
    if (!before && board->by_name.count >= SWITCHBOARD_PEERS_MAX) {
        peer_free(peer);
        return MEDIA_FULL;
    }
    if (before) {
        peer_succeed(peer, before);
        forget(board, before);
    }
    map_put(&board->by_name, slice_of_text(peer->name.text), peer);
    map_put(&board->by_ufrag, slice_of_text(peer->ice.now.ufrag), peer);
    board->lively_us = now_us;
    peer_touch(peer);
    reroute_room(board, &peer->name, now_us);
    *out = peer;
    return MEDIA_TAKEN;
}

/* ---- commands ---------------------------------------------------------------
 */

static void done(struct switchboard *board, uint64_t ticket,
                 enum media_refusal refusal)
{
    board->env->tell(board->env->arg, &(struct media_event){
                                          .kind = MEDIA_DONE,
                                          .ticket = ticket,
                                          .refusal = refusal,
                                      });
}

static void join(struct switchboard *board, const struct media_command *command,
                 uint64_t now_us)
{
    struct peer *peer = NULL;
    enum media_refusal refusal = arrive(board, &command->join, now_us, &peer);

    if (refusal == MEDIA_TAKEN)
        answer(board, command->ticket, peer, command->join.offer);
    else
        done(board, command->ticket, refusal);
    free(command->join.offer);
}

static void leave(struct switchboard *board,
                  const struct media_command *command)
{
    struct peer *peer = find(board, &command->leave);

    if (peer)
        forget(board, peer);
    done(board, command->ticket, MEDIA_TAKEN);
}

static void route(struct switchboard *board,
                  const struct media_command *command, uint64_t now_us)
{
    struct rerouting rerouting = { board, now_us };

    done(
        board, command->ticket,
        rooms_set(&board->rooms, &command->route, now_us, touched, &rerouting));
    free(command->route.routes);
}

static void house(struct switchboard *board,
                  const struct media_command *command, uint64_t now_us)
{
    struct peer *peer = find(board, &command->house.peer);

    done(board, command->ticket,
         peer ? peer_play(peer, command->house.play, now_us)
              : MEDIA_UNKNOWN_PEER);
}

static void probe(struct switchboard *board,
                  const struct media_command *command, uint64_t now_us)
{
    struct peer *peer = find(board, &command->probe);

    done(board, command->ticket,
         peer ? peer_probe(peer, now_us) : MEDIA_UNKNOWN_PEER);
}

static struct media_room copy_room(const struct room *room)
{
    struct media_room copy = {
        .room = room->name,
        .order = room->order,
        .seq = room->seq,
    };

    copy.routes = calloc(room->count + 1, sizeof(*copy.routes));
    if (!copy.routes)
        return copy;
    copy.route_count = room->count;
    memcpy(copy.routes, room->routes, room->count * sizeof(*copy.routes));
    return copy;
}

static void report(struct switchboard *board,
                   const struct media_command *command)
{
    struct media_report *report = calloc(1, sizeof(*report));
    size_t cursor = 0;
    const struct peer *peer;
    const struct room *room;

    if (report) {
        report->peers =
            calloc(board->by_name.count + 1, sizeof(*report->peers));
        report->rooms =
            calloc(board->rooms.by_name.count + 1, sizeof(*report->rooms));
    }
    if (report && report->peers && report->rooms) {
        while ((peer = map_next(&board->by_name, &cursor)) != NULL)
            report->peers[report->peer_count++] = peer->name;
        cursor = 0;
        while ((room = map_next(&board->rooms.by_name, &cursor)) != NULL)
            report->rooms[report->room_count++] = copy_room(room);
        report->packets_in = board->env->packets_in;
        report->packets_out = board->env->packets_out;
    }
    board->env->tell(board->env->arg, &(struct media_event){
                                          .kind = MEDIA_REPORTED,
                                          .ticket = command->ticket,
                                          .report = report,
                                      });
}

void switchboard_command(struct switchboard *board,
                         struct media_command *command, uint64_t now_us)
{
    switch (command->kind) {
    case MEDIA_JOIN:
        join(board, command, now_us);
        break;
    case MEDIA_LEAVE:
        leave(board, command);
        break;
    case MEDIA_ROUTE:
        route(board, command, now_us);
        break;
    case MEDIA_HOUSE:
        house(board, command, now_us);
        break;
    case MEDIA_PROBE:
        probe(board, command, now_us);
        break;
    case MEDIA_ROOMS:
        report(board, command);
        break;
    case MEDIA_DRAIN:
        board->draining = true;
        break;
    case MEDIA_STOP:
        break;
    }
}

/* ---- datagrams --------------------------------------------------------------
 */

static void take_stun(struct switchboard *board, struct slice packet,
                      const struct endpoint *from, uint64_t now_us)
{
    struct slice ufrag = ice_lite_peek_ufrag(packet);
    struct peer *peer;
    struct ice_news news = { 0 };

    if (ufrag.length == 0 || ufrag.length > MAP_KEY_MAX)
        return;
    peer = map_get(&board->by_ufrag, ufrag);
    if (!peer)
        return;
    peer_stun(peer, packet, from, now_us, &news);
    if (news.replaced)
        forget_address(board, &news.gone, peer);
    if (news.passed)
        learn_address(board, &from->remote, peer);
    if (news.added)
        board->lively_us = now_us;
    if (news.renewed)
        forget_ufrag(board, news.old_ufrag);
}

void switchboard_datagram(struct switchboard *board, uint8_t *bytes,
                          size_t length, const struct endpoint *from,
                          uint64_t now_us)
{
    struct slice packet = slice(bytes, length);
    enum packet_kind kind = demux(packet);
    struct peer *peer;

    if (kind == PACKET_JUNK)
        return;
    if (kind == PACKET_STUN) {
        take_stun(board, packet, from, now_us);
        return;
    }
    /* From here on only addresses that passed an ICE check are heard. */
    peer = peer_at(board, &from->remote);
    if (!peer || peer->life == PEER_GONE)
        return;
    if (kind != PACKET_RTCP)
        board->lively_us = now_us;
    if (kind == PACKET_DTLS)
        peer_dtls(peer, packet);
    else if (kind == PACKET_RTP)
        peer_rtp(peer, bytes, length, from, now_us);
    else
        peer_rtcp(peer, bytes, length, from, now_us);
}

bool switchboard_knows(const struct switchboard *board,
                       const struct address *address)
{
    uint8_t key[ADDRESS_KEY];

    return map_get(&board->by_address, address_key(address, key)) != NULL;
}

void switchboard_gone(struct switchboard *board, const struct address *address)
{
    uint8_t key[ADDRESS_KEY];
    struct peer *peer = map_get(&board->by_address, address_key(address, key));

    if (!peer)
        return;
    forget_address(board, address, peer);
    ice_lite_gone(&peer->ice, address);
}

/* ---- time -------------------------------------------------------------------
 */

static void gone(struct switchboard *board, struct peer *peer)
{
    struct peer_name name = peer->name;

    log_notice("gone peer=%s", name.text);
    forget(board, peer);
    board->env->tell(board->env->arg,
                     &(struct media_event){ .kind = MEDIA_GONE, .peer = name });
}

/* Each round may touch other peers; a touched peer's timer is set once. */
static void settle(struct switchboard *board, uint64_t now_us)
{
    struct list *link;

    while ((link = list_first(&board->touched)) != NULL) {
        struct peer *peer = list_member(link, struct peer, touched);

        list_remove(link);
        if (peer->life == PEER_GONE)
            gone(board, peer);
        else
            timer_wheel_set(&board->wheel, &peer->timer,
                            peer_deadline(peer, now_us));
    }
}

uint64_t switchboard_quiet_us(const struct switchboard *board, uint64_t now_us)
{
    return now_us - board->lively_us;
}

uint64_t switchboard_turn(struct switchboard *board, uint64_t now_us)
{
    struct timer *timer;

    settle(board, now_us);
    while ((timer = timer_wheel_take(&board->wheel, now_us)) != NULL) {
        struct peer *peer = list_member(timer, struct peer, timer);

        peer_tick(peer, now_us);
        peer_touch(peer);
    }
    settle(board, now_us);
    if (now_us >= board->expire_us) {
        board->expire_us = now_us + EXPIRE_EVERY_US;
        rooms_expire(&board->rooms, now_us);
    }
    return timer_wheel_next(&board->wheel);
}

void switchboard_init(struct switchboard *board, struct media_env *env,
                      uint64_t now_us)
{
    *board = (struct switchboard){ .env = env };
    rooms_init(&board->rooms);
    map_init(&board->by_name);
    map_init(&board->by_ufrag);
    map_init(&board->by_address);
    timer_wheel_init(&board->wheel, now_us);
    list_init(&board->touched);
    env->touched = &board->touched;
    board->expire_us = now_us + EXPIRE_EVERY_US;
}

void switchboard_release(struct switchboard *board)
{
    size_t cursor = 0;
    struct peer *peer;

    while ((peer = map_next(&board->by_name, &cursor)) != NULL)
        forget(board, peer);
    rooms_release(&board->rooms);
    map_release(&board->by_name);
    map_release(&board->by_ufrag);
    map_release(&board->by_address);
}
