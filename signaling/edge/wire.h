/*
 * wire: the browser protocol's JSON, and the only place that knows it.
 * Pure: bytes in, values out, values in, bytes out; strict on what comes in:
 * unknown or repeated members, wrong types, too long or unclean text are said
 * by name. The members of commands and views come from the core's tables.
 */
#ifndef EDGE_WIRE_H
#define EDGE_WIRE_H

#include "signaling/core/command.h"
#include "signaling/core/view.h"

#include <jansson.h>

#define WIRE_MESSAGE_MAX (128 * 1024) /* bytes; ours */
#define WIRE_VERB_TEXT   32
#define WIRE_SAY_TEXT    200
#define WIRE_LINES_MAX   20 /* of a prescription */

/* What is wrong with what came in: one sentence that names the member. */
struct wire_complaint {
    char say[WIRE_SAY_TEXT];
};

struct wire_frame {
    json_t *root;
    struct command_id id;
    char id_text[ID_TEXT]; /* "" when the id itself was not readable */
    char verb[WIRE_VERB_TEXT];
    bool has_of;
    uint8_t of[ID_BYTES];
    json_t *with; /* an object; NULL when left out */
};

/* 0 or -EBADMSG; then only id_text is of use. On success release it. */
int wire_frame_read(struct slice text, struct wire_frame *out,
                    struct wire_complaint *why);
void wire_frame_release(struct wire_frame *frame);

/* The members of an object into a value as the table says. Texts are copied;
 * FIELD_SLICE points into the object. object may be NULL: no members. `base`
 * is zero before; on failure it may be half filled. */
int wire_members_read(const json_t *object, const struct field *fields,
                      void *base, struct wire_complaint *why);

/* An object that is a whole message, such as the body of a request. */
int wire_body_read(struct slice text, json_t **out, struct wire_complaint *why);

/* A frame of a verb in core/command.h: kind, id, of and members; the actor is
 * the caller's to fill. */
int wire_command_read(const struct wire_frame *frame, enum command_kind kind,
                      struct command *out, struct wire_complaint *why);

/* What a page says it does, strict, as compact JSON of at most size - 1 bytes.
 * with may be NULL: nothing said. */
int wire_presence_read(const json_t *with, char *out, size_t size,
                       struct wire_complaint *why);

/* The `lines` of a prescription, taken out of `with`: malloc'ed JSON, NULL when
 * left out. Types and members are checked, not their sense. */
int wire_lines_take(json_t *with, char **out, struct wire_complaint *why);

/* The one member of an offer; points into `with`. SDP is the relay's to read.
 */
int wire_sdp_read(const json_t *with, const char **out,
                  struct wire_complaint *why);

/* ---- out: all results are new references, never NULL ----------------------
 */

/* All members; an id, a hash or a day that is none is left out. */
json_t *wire_members(const struct field *fields, const void *base);
/* The members that role may see. */
json_t *wire_view(const struct view *view, enum role role);
json_t *wire_id(const uint8_t id[ID_BYTES]);

json_t *wire_ok(const char *re);
json_t *wire_done(const char *re, struct consultation_id of, uint64_t seq);
json_t *wire_refused(const char *re, const char *code, const char *say);
json_t *wire_view_frame(struct consultation_id of, uint64_t seq,
                        const struct view *view, enum role role);
/* {"name":true} and the like: elsewhere, fenced, signed_out, again. */
json_t *wire_flag(const char *name, bool value);
/* A problem detail (RFC 9457) with our code. */
json_t *wire_problem(unsigned status, const char *code, const char *say);

/* Compact text, malloc'ed; the value's reference is taken. */
char *wire_text(json_t *value);

#endif
