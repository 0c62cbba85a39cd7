/*
 * frames: what the server tells pages, from the app's values to JSON. The other
 * half of wire, for frames that carry more than a view.
 */
#ifndef EDGE_FRAMES_H
#define EDGE_FRAMES_H

#include "signaling/app/app.h"
#include "signaling/edge/wire.h"

/* `me` of staff; NULL when the directory no longer has them. */
json_t *frame_me_staff(const struct directory *directory,
                       const struct actor *actor, int64_t now_ms);
json_t *frame_me_patient(const struct directory *directory,
                         const struct consultation *visit, int64_t now_ms);

json_t *frame_me_guest(const struct directory *directory,
                       const struct consultation *visit, uint32_t guest,
                       int64_t now_ms);

/* One row of a day, as role sees it. now may be NULL; taken. */
json_t *frame_row(const struct query_row *row, const struct policy *policy,
                  enum role role, json_t *now);
json_t *frame_row_gone(struct consultation_id visit);
json_t *frame_of_row(json_t *row); /* {"row":…} */
json_t *frame_board(json_t *rows, struct date day);
json_t *frame_rows(const char *re, json_t *rows); /* the answer of `find` */

/* Presence: one side, and both. */
json_t *presence_side(bool connected, struct slice words);
json_t *frame_now(struct consultation_id visit, json_t *now);

json_t *frame_chat(struct consultation_id visit,
                   const struct stored_text *messages, size_t count,
                   uint32_t from);
/* What the doctor is writing; lines is a JSON array's text. */
json_t *frame_note(struct consultation_id visit, struct slice note);
json_t *frame_lines(struct consultation_id visit,
                    const struct writing *writing);

json_t *frame_slots(const struct media_event *event);
json_t *frame_guest_link(const char *re, const char *url, const char *code);
json_t *frame_media(const uint8_t of[ID_BYTES], const char *word);
json_t *frame_picture(const struct media_event *event);
json_t *frame_quality(const struct media_event *event);
/* The ways to the relay besides the direct one; ticket is not read without. */
json_t *frame_ice(const char *re, const struct turn *turn,
                  const struct turn_ticket *ticket);
/* What the device check heard and measured; of NULL: it has no visit. */
json_t *frame_heard(const uint8_t of[ID_BYTES],
                    const struct media_event *event);
json_t *frame_line(const uint8_t of[ID_BYTES], const struct media_event *event);
/* What went wrong in the call, whole. */
json_t *frame_incidents(struct consultation_id visit,
                        const struct incidents *incidents);
json_t *frame_answer(const char *re, const char *name, const char *text);
json_t *frame_preview(const char *re, const struct preview_answer *answer);

#endif
