#include "signaling/edge/frames.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

static void put(json_t *object, const char *name, json_t *value)
{
    if (!value || json_object_set_new(object, name, value))
        abort();
}

static void put_text(json_t *object, const char *name, const char *text)
{
    json_t *value = json_string(text);

    put(object, name, value ? value : json_string(""));
}

static json_t *object_new(void)
{
    json_t *object = json_object();

    if (!object)
        abort();
    return object;
}

static json_t *array_new(void)
{
    json_t *array = json_array();

    if (!array)
        abort();
    return array;
}

static json_t *frame_of(struct consultation_id visit)
{
    json_t *frame = object_new();

    put(frame, "of", wire_id(visit.bytes));
    return frame;
}

/* of may be NULL: who tries a device has no visit. */
static json_t *frame_of_any(const uint8_t of[ID_BYTES])
{
    json_t *frame = object_new();

    if (of)
        put(frame, "of", wire_id(of));
    return frame;
}

/* ---- me -------------------------------------------------------------------
 */

static json_t *clinic_value(const struct clinic *clinic, bool staff)
{
    json_t *value = object_new();

    put_text(value, "name", clinic->name);
    put_text(value, "phone", clinic->phone);
    put_text(value, "time_zone", clinic->time_zone);
    if (staff) {
        put(value, "id", wire_id(clinic->id.bytes));
        put_text(value, "locale", clinic->locale);
    }
    return value;
}

static json_t *practitioner_value(const struct directory *directory,
                                  const struct practitioner *practitioner)
{
    json_t *value = object_new();
    json_t *reasons = array_new();
    size_t cursor = 0;

    for (const char *reason; (reason = directory_next_reason(
                                  directory, practitioner->id, &cursor));)
        json_array_append_new(reasons, json_string(reason));
    put(value, "id", wire_id(practitioner->id.bytes));
    put_text(value, "name", practitioner->name);
    put_text(value, "speciality", practitioner->speciality);
    put(value, "reasons", reasons);
    return value;
}

json_t *frame_me_staff(const struct directory *directory,
                       const struct actor *actor, int64_t now_ms)
{
    const struct staff *staff = directory_find_staff(directory, actor->staff);
    const struct clinic *clinic =
        directory_find_clinic(directory, actor->clinic);
    const struct practitioner *each;
    size_t cursor = 0;

    if (!staff || !clinic)
        return NULL;
    json_t *me = object_new();
    json_t *practitioners = array_new();
    while (
        (each = directory_next_practitioner(directory, actor->clinic, &cursor)))
        json_array_append_new(practitioners,
                              practitioner_value(directory, each));
    put_text(me, "role", role_names[actor->role]);
    put_text(me, "name", staff->name);
    put(me, "now_ms", json_integer(now_ms));
    put(me, "clinic", clinic_value(clinic, true));
    put(me, "practitioners", practitioners);
    if (actor->role == ROLE_DOCTOR)
        put(me, "practitioner", wire_id(actor->practitioner.bytes));
    json_t *frame = object_new();
    put(frame, "me", me);
    return frame;
}

json_t *frame_me_patient(const struct directory *directory,
                         const struct consultation *visit, int64_t now_ms)
{
    const struct clinic *clinic =
        directory_find_clinic(directory, visit->clinic);
    const struct practitioner *practitioner =
        directory_find_practitioner(directory, visit->practitioner);

    if (!clinic || !practitioner)
        return NULL;
    json_t *me = object_new();
    json_t *who = object_new();
    put_text(who, "name", practitioner->name);
    put_text(me, "role", role_names[ROLE_PATIENT]);
    put(me, "now_ms", json_integer(now_ms));
    put(me, "of", wire_id(visit->id.bytes));
    put(me, "clinic", clinic_value(clinic, false));
    put(me, "practitioner", who);
    put_text(me, "given", visit->identity.given);
    put_text(me, "locale", visit->locale[0] ? visit->locale : clinic->locale);
    json_t *frame = object_new();
    put(frame, "me", me);
    return frame;
}

json_t *frame_me_guest(const struct directory *directory,
                       const struct consultation *visit, uint32_t guest,
                       int64_t now_ms)
{
    const struct guest *is = consultation_guest(visit, guest);
    json_t *frame = frame_me_patient(directory, visit, now_ms);
    json_t *me = json_object_get(frame, "me");

    if (!frame)
        return NULL;
    put_text(me, "role", role_names[ROLE_GUEST]);
    put(me, "guest", json_integer(guest));
    put_text(me, "given", is ? is->name : ""); /* never the patient's */
    if (is && is->locale[0])
        put_text(me, "locale", is->locale);
    return frame;
}

/* ---- rows -----------------------------------------------------------------
 */

json_t *frame_row(const struct query_row *row, const struct policy *policy,
                  enum role role, json_t *now)
{
    struct view view;
    json_t *value = frame_of(row->consultation);

    view_make(row->visit, row->agenda, policy, role, &view);
    put(value, "seq", json_integer((json_int_t)row->visit->seq));
    put(value, "view", wire_view(&view, role));
    put_text(value, "delivery", delivery_names[row->delivery]);
    if (now)
        put(value, "now", now);
    return value;
}

json_t *frame_row_gone(struct consultation_id visit)
{
    json_t *value = frame_of(visit);

    put(value, "gone", json_true());
    return frame_of_row(value);
}

json_t *frame_of_row(json_t *row)
{
    json_t *frame = object_new();

    put(frame, "row", row);
    return frame;
}

json_t *frame_board(json_t *rows, struct date day)
{
    char text[24];
    json_t *frame = object_new();

    snprintf(text, sizeof(text), "%04u-%02u-%02u", day.year, day.month,
             day.day);
    put(frame, "board", rows);
    put_text(frame, "day", text);
    return frame;
}

json_t *frame_rows(const char *re, json_t *rows)
{
    json_t *frame = wire_ok(re);

    put(frame, "rows", rows);
    return frame;
}

/* ---- presence -------------------------------------------------------------
 */

json_t *presence_side(bool connected, struct slice words)
{
    json_t *side =
        connected ? json_loadb((const char *)words.data, words.length, 0, NULL)
                  : NULL;
    if (!side)
        side = object_new();
    put(side, "connected", json_boolean(connected));
    return side;
}

json_t *frame_now(struct consultation_id visit, json_t *now)
{
    json_t *frame = frame_of(visit);

    put(frame, "now", now);
    return frame;
}

/* ---- words beside the log -------------------------------------------------
 */

static json_t *slice_value(struct slice text)
{
    json_t *value = json_stringn((const char *)text.data, text.length);

    return value ? value : json_string("");
}

json_t *frame_chat(struct consultation_id visit,
                   const struct stored_text *messages, size_t count,
                   uint32_t from)
{
    json_t *frame = frame_of(visit);
    json_t *list = array_new();

    for (size_t i = 0; i < count; i++) {
        const struct stored_text *each = &messages[i];
        json_t *message = object_new();
        put(message, "n", json_integer(each->number));
        put(message, "at_ms", json_integer(each->at_ms));
        put_text(message, "from",
                 each->role == ROLE_SECRETARY ? "clinic"
                                              : role_names[each->role]);
        put(message, "text", slice_value(each->text));
        json_array_append_new(list, message);
    }
    put(frame, "chat", list);
    put(frame, "from", json_integer(from));
    return frame;
}

json_t *frame_note(struct consultation_id visit, struct slice note)
{
    json_t *frame = frame_of(visit);

    put(frame, "note", slice_value(note));
    return frame;
}

json_t *frame_lines(struct consultation_id visit, const struct writing *writing)
{
    struct slice lines = writing->lines, measures = writing->measures;
    json_t *frame = frame_of(visit);
    json_t *list = json_loadb((const char *)lines.data, lines.length, 0, NULL);
    json_t *beside =
        json_loadb((const char *)measures.data, measures.length, 0, NULL);

    put(frame, "lines", json_is_array(list) ? list : array_new());
    (void)json_object_update_missing(frame, beside); /* nothing, when NULL */
    json_decref(beside);
    return frame;
}

/* ---- media and answers ----------------------------------------------------
 */

json_t *frame_slots(const struct media_event *event)
{
    json_t *frame = frame_of(event->visit);
    json_t *slots = array_new();

    for (size_t i = 0; i < event->count; i++) {
        const struct media_seat *seat = &event->seats[i];
        json_t *slot = object_new();
        put(slot, "slot", json_integer(seat->slot));
        put_text(slot, "who", role_names[seat->role]);
        if (seat->role == ROLE_GUEST) {
            put(slot, "guest", json_integer(seat->guest));
            put_text(slot, "kind", guest_kind_names[seat->kind]);
            put_text(slot, "name", seat->name);
        }
        json_array_append_new(slots, slot);
    }
    put(frame, "slots", slots);
    return frame;
}

json_t *frame_media(const uint8_t of[ID_BYTES], const char *word)
{
    json_t *frame = frame_of_any(of);

    put_text(frame, "media", word);
    return frame;
}

json_t *frame_picture(const struct media_event *event)
{
    json_t *frame = frame_of(event->visit);
    json_t *picture = object_new();

    put_text(picture, "who", role_names[event->role]);
    if (event->role == ROLE_GUEST)
        put(picture, "guest", json_integer(event->guest));
    put(picture, "shown", json_boolean(event->shown));
    put(frame, "picture", picture);
    return frame;
}

json_t *frame_quality(const struct media_event *event)
{
    json_t *frame = frame_of(event->visit);
    json_t *quality = object_new();

    put_text(quality, "who", role_names[event->role]);
    if (event->role == ROLE_GUEST)
        put(quality, "guest", json_integer(event->guest));
    put(quality, "rtt_ms", json_integer(event->rtt_ms));
    put(quality, "jitter_ms", json_integer(event->jitter_ms));
    put(quality, "loss_up", json_real(event->loss_up));
    put(quality, "loss_down", json_real(event->loss_down));
    put(quality, "mos", json_real(event->mos));
    put(frame, "quality", quality);
    return frame;
}

json_t *frame_guest_link(const char *re, const char *url, const char *code)
{
    json_t *frame = frame_answer(re, "url", url);

    put_text(frame, "code", code);
    return frame;
}

json_t *frame_heard(const uint8_t of[ID_BYTES], const struct media_event *event)
{
    json_t *frame = frame_of_any(of);
    json_t *heard = object_new();

    put_text(heard, "voice", voice_names[voice_verdict(&event->voice)]);
    put(heard, "loudness_db", json_real(event->voice.loudness_db));
    put(heard, "playing_ms", json_integer(event->playing_ms));
    put(frame, "heard", heard);
    return frame;
}

json_t *frame_line(const uint8_t of[ID_BYTES], const struct media_event *event)
{
    const struct line_figures *figures = &event->line;
    json_t *frame = frame_of_any(of);
    json_t *line = object_new();

    put_text(line, "verdict", line_names[line_verdict(figures)]);
    if (figures->up_known) {
        put(line, "up_kbps", json_integer(figures->up_kbps));
        put(line, "loss_up", json_real(figures->loss_up));
        put(line, "jitter_ms", json_integer(figures->jitter_ms));
    }
    if (figures->down_known) {
        put(line, "down_kbps", json_integer(figures->down_kbps));
        put(line, "loss_down", json_real(figures->loss_down));
    }
    if (figures->rtt_known)
        put(line, "rtt_ms", json_integer(figures->rtt_ms));
    put(frame, "line", line);
    return frame;
}

static json_t *incident_value(const struct incident_shown *shown)
{
    json_t *value = object_new();

    put_text(value, "kind", incident_names[shown->incident]);
    put_text(value, "side", incident_side_names[shown->side]);
    put(value, "start_ms", json_integer(shown->start_ms));
    if (shown->end_ms)
        put(value, "end_ms", json_integer(shown->end_ms));
    put(value, "times", json_integer(shown->times));
    return value;
}

json_t *frame_incidents(struct consultation_id visit,
                        const struct incidents *incidents)
{
    json_t *frame = frame_of(visit);
    json_t *list = array_new();

    for (size_t i = 0; i < incidents->count; i++) {
        struct incident_shown shown = incidents_at(incidents, i);

        json_array_append_new(list, incident_value(&shown));
    }
    put(frame, "incidents", list);
    put(frame, "more", json_integer(incidents->more));
    return frame;
}

json_t *frame_answer(const char *re, const char *name, const char *text)
{
    json_t *frame = wire_ok(re);

    put_text(frame, name, text);
    return frame;
}

json_t *frame_ice(const char *re, const struct turn *turn,
                  const struct turn_ticket *ticket)
{
    json_t *frame = wire_ok(re);
    json_t *servers = json_array();

    if (turn->url_count > 0) {
        json_t *server = json_object();
        json_t *urls = json_array();

        for (size_t i = 0; i < turn->url_count; i++)
            json_array_append_new(urls, json_string(turn->urls[i]));
        json_object_set_new(server, "urls", urls);
        put_text(server, "username", ticket->user);
        put_text(server, "credential", ticket->password);
        json_array_append_new(servers, server);
    }
    json_object_set_new(frame, "ice", servers);
    json_object_set_new(frame, "valid_s", json_integer(TURN_VALID_S));
    return frame;
}

json_t *frame_preview(const char *re, const struct preview_answer *answer)
{
    char hash[HASH_BYTES * 2 + 1];
    json_t *frame =
        wire_done(re, answer->answer.consultation, answer->answer.seq);

    text_hex(slice(answer->hash, HASH_BYTES), hash);
    put(frame, "version", json_integer(answer->version));
    put_text(frame, "hash", hash);
    return frame;
}
