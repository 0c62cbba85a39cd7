/*
 * document: bytes that are read or printed: the prescription and its drafts,
 * the receipt, the letter with the link. Access and the rule of release are
 * checked here, on a state whose head was read after the request came.
 * Loop's thread; PDF is made on a worker.
 */
#ifndef APP_DOCUMENT_H
#define APP_DOCUMENT_H

#include "signaling/app/directory.h"
#include "signaling/app/engine.h"
#include "signaling/app/link.h"

#include <ev.h>

#define DOCUMENT_LINES_MAX 20

struct document;

struct document_options {
    struct ev_loop *loop;
    struct store *store;
    struct directory *directory;
    struct engine *engine;
    const struct link_keys *keys;
    const char *public_url;  /* "https://clinic.example", without a slash */
    const char *font_folder; /* NULL: Debian's */
};
int document_new(const struct document_options *options, struct document **out);
void document_stop(struct document *document);
void document_free(struct document *document);

/* What a prescription's version is made from. lines: JSON array of
 * {drug,dosage,duration,renewals}, as it came in `with`. */
struct preview {
    struct command_id id;
    struct actor actor; /* the doctor */
    struct consultation_id consultation;
    struct slice lines;
    uint32_t weight_kg; /* 0: not said */
    uint32_t height_cm;
};
struct preview_answer {
    struct answer answer;
    uint32_t version;
    uint8_t hash[HASH_BYTES];
    char fault[40]; /* REFUSED_INVALID: the field, such as "lines.2.dosage" */
};
typedef void preview_fn(void *arg, const struct preview_answer *answer);

/* Renders, then appends the draft. Texts are copied. */
void document_preview(struct document *document, const struct preview *preview,
                      preview_fn *done, void *arg);

enum document_request {
    REQUEST_PRESCRIPTION, /* patient; records that it was fetched */
    REQUEST_RECEIPT,      /* patient; records that it was fetched */
    REQUEST_DRAFT,        /* its doctor; version */
    REQUEST_LETTER,       /* secretary of the clinic */
    REQUEST_INVITATION,   /* staff; version is the guest's number */
};
/* bytes are valid during the call. REFUSED_NOT_RELEASED, REFUSED_UNKNOWN … */
typedef void bytes_fn(void *arg, enum refusal refusal, struct slice bytes);

/* Whether the patient proved the birth date lately (session's proved_ms) is
 * edge's to check before: 401 prove_again. */
void document_fetch(struct document *document, const struct actor *actor,
                    struct consultation_id visit, enum document_request what,
                    uint32_t version, bytes_fn *done, void *arg);

/* A guest's link and code, for the staff to pass on. The texts are valid during
 * the call. */
typedef void guest_link_fn(void *arg, enum refusal refusal, const char *url,
                           const char *code);
void document_guest_link(struct document *document, const struct actor *actor,
                         struct consultation_id visit, uint32_t guest,
                         guest_link_fn *done, void *arg);

#endif
