/*
 * api: what a request over HTTP is for. A table of methods and paths.
 */
#ifndef EDGE_API_H
#define EDGE_API_H

#include "signaling/edge/http.h"

/* What the path named besides its fixed parts. */
struct api_parts {
    struct consultation_id visit;
    uint32_t number;
};

typedef void api_fn(struct request *request, const struct api_parts *parts);

/* The one handler of whole requests. */
void api_handle(struct request *request);

/* "/api/visit/@/draft/#.pdf": @ is an id, # a number; a * at the end takes the
 * rest. */
bool api_match(const char *pattern, const char *path, struct api_parts *out);

/* ---- handlers, by what they are about -------------------------------------
 */

api_fn api_sign_in, api_sign_out; /* api_desk.c */
api_fn api_link, api_claim, api_join, api_resend, api_prove, api_callback,
    api_claim_guest; /* api_link.c */
api_fn api_leave_device;
api_fn api_prescription, api_receipt, api_draft, api_letter,
    api_invitation; /* api_document.c */
api_fn api_webhook;
api_fn api_metrics; /* api_metrics.c */

/* ---- shared by them -------------------------------------------------------
 */

/* The body as the table says, into a zeroed value; answers 400 when it is not
 * so. FIELD_SLICE is not for this: the JSON is gone afterwards. */
bool api_read(struct request *request, const struct field *fields, void *out);

/* The Idempotency-Key as a command id; random when there is none. */
struct command_id api_command_id(const struct request *request);

/* A refusal of the core as a status and a problem. */
void api_answer_refusal(struct request *request, enum refusal refusal);

/* The cookie's value, or an empty slice. */
struct slice api_desk_cookie(const struct request *request);
struct slice api_visit_cookie(const struct request *request,
                              struct consultation_id visit);

struct slice api_guest_cookie(const struct request *request,
                              struct consultation_id visit, uint32_t guest);

/* Sets or (value NULL) takes away a cookie. */
void api_set_desk_cookie(struct request *request, const char *value);
void api_set_visit_cookie(struct request *request, struct consultation_id visit,
                          const char *value);
void api_set_guest_cookie(struct request *request, struct consultation_id visit,
                          uint32_t guest, const char *value);

#endif
