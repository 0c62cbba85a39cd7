#include "signaling/app/document.h"

#include "base/list.h"
#include "base/secret.h"
#include "signaling/app/clock.h"
#include "signaling/app/printing.h"
#include "signaling/app/worker.h"
#include "signaling/core/access.h"
#include "signaling/core/release.h"

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#define PRINTS_WAITING 64

struct document {
    struct document_options with;
    struct paper *paper;
    struct worker *printer; /* one thread: it owns the paper */
    struct list previews;   /* one under way per visit, the others after it */
};

int document_new(const struct document_options *options, struct document **out)
{
    struct document *document = calloc(1, sizeof(*document));

    if (!document)
        return -ENOMEM;
    document->with = *options;
    list_init(&document->previews);
    int err = paper_open(options->font_folder, &document->paper);
    if (!err)
        err = worker_new(options->loop, 1, PRINTS_WAITING, document->paper,
                         &document->printer);
    if (err) {
        document_free(document);
        return err;
    }
    *out = document;
    return 0;
}

void document_stop(struct document *document)
{
    if (document)
        worker_stop(document->printer);
}

void document_free(struct document *document)
{
    if (!document)
        return;
    worker_free(document->printer);
    paper_free(document->paper);
    free(document);
}

static void print(void *state, void *arg)
{
    printing_run(state, arg);
}

/* Who says it and about whom. False: the clinic does not know them. */
static bool fill_in(const struct document *document,
                    const struct consultation *visit, struct printing *printing)
{
    const struct clinic *clinic =
        directory_find_clinic(document->with.directory, visit->clinic);
    const struct practitioner *practitioner = directory_find_practitioner(
        document->with.directory, visit->practitioner);

    if (!clinic || !practitioner)
        return false;
    printing->clinic = *clinic;
    printing->practitioner = *practitioner;
    printing->visit = *visit;
    printing->now_ms = clock_now_ms();
    return true;
}

/* ---- preview
 * --------------------------------------------------------------------- */

struct previewing {
    struct printing printing; /* first: the worker sees only this */
    struct list link;
    struct document *document;
    struct preview preview;
    uint8_t *lines;
    bool runs;
    struct preview_answer answer;
    preview_fn *done;
    void *arg;
};

static void preview_begin(struct previewing *previewing);

static struct previewing *preview_of(struct document *document,
                                     struct consultation_id visit)
{
    list_each (link, after, &document->previews) {
        struct previewing *one = list_member(link, struct previewing, link);
        if (consultation_id_equal(one->preview.consultation, visit))
            return one;
    }
    return NULL;
}

static void preview_end(struct previewing *previewing)
{
    struct document *document = previewing->document;
    struct consultation_id visit = previewing->preview.consultation;

    list_remove(&previewing->link);
    previewing->answer.answer.consultation = visit;
    previewing->done(previewing->arg, &previewing->answer);
    free(previewing->printing.bytes);
    secret_wipe(previewing->lines, previewing->preview.lines.length);
    free(previewing->lines);
    secret_wipe(&previewing->printing, sizeof(previewing->printing));
    free(previewing);
    struct previewing *next = preview_of(document, visit);
    if (next && !next->runs)
        preview_begin(next);
}

static void preview_refuse(struct previewing *previewing, enum refusal refusal)
{
    previewing->answer.answer.refusal = refusal;
    previewing->answer.answer.first = EVENT_KINDS;
    memcpy(previewing->answer.fault, previewing->printing.fault,
           sizeof(previewing->printing.fault));
    preview_end(previewing);
}

static void preview_drafted(void *arg, const struct consultation *visit,
                            const struct agenda *agenda)
{
    struct previewing *previewing = arg;

    (void)agenda;
    if (!visit) {
        preview_refuse(previewing, REFUSED_TRY_AGAIN);
        return;
    }
    previewing->answer.version = visit->drafted_version;
    memcpy(previewing->answer.hash, visit->drafted_hash, HASH_BYTES);
    preview_end(previewing);
}

static void preview_answered(void *arg, const struct answer *answer)
{
    struct previewing *previewing = arg;

    if (answer->refusal != REFUSED_NOTHING) {
        preview_refuse(previewing, answer->refusal);
        return;
    }
    previewing->answer.answer = *answer;
    engine_state(previewing->document->with.engine,
                 previewing->preview.consultation, preview_drafted, previewing);
}

static void preview_printed(void *arg)
{
    struct previewing *previewing = arg;
    const struct printing *printing = &previewing->printing;
    struct command command = {
        .kind = COMMAND_DRAFT_PRESCRIPTION,
        .id = previewing->preview.id,
        .actor = previewing->preview.actor,
        .consultation = previewing->preview.consultation,
        .text = previewing->preview.lines,
    };

    if (printing->status) {
        preview_refuse(previewing, printing->status == -EINVAL
                                       ? REFUSED_INVALID
                                       : REFUSED_TRY_AGAIN);
        return;
    }
    command.draft.bytes = (uint32_t)printing->length;
    (void)SHA256(printing->bytes, printing->length, command.draft.hash);
    engine_submit_document(previewing->document->with.engine, &command,
                           slice(printing->bytes, printing->length),
                           preview_answered, previewing);
}

static bool is_newest_draft(const struct printing *printing)
{
    uint8_t hash[HASH_BYTES];

    if (printing->status)
        return false;
    (void)SHA256(printing->bytes, printing->length, hash);
    return memcmp(hash, printing->visit.drafted_hash, HASH_BYTES) == 0;
}

/* Lines that are still those of the newest draft are the same paper, and keep
 * its approval; only what differs becomes a new version. */
static void preview_print(void *state, void *arg)
{
    struct printing *printing = arg;

    printing->version = printing->visit.drafted_version;
    if (printing->version > 0) {
        printing_run(state, printing);
        if (is_newest_draft(printing))
            return;
        free(printing->bytes);
        printing->bytes = NULL;
    }
    printing->version += 1;
    printing_run(state, printing);
}

static void preview_state(void *arg, const struct consultation *visit,
                          const struct agenda *agenda)
{
    struct previewing *previewing = arg;
    struct document *document = previewing->document;
    struct printing *printing = &previewing->printing;
    enum refusal refusal = visit
                               ? access_visit(&previewing->preview.actor, visit)
                               : engine_absent(document->with.engine);

    (void)agenda;
    if (refusal == REFUSED_NOTHING &&
        previewing->preview.actor.role != ROLE_DOCTOR)
        refusal = REFUSED_FORBIDDEN;
    if (refusal == REFUSED_NOTHING && !fill_in(document, visit, printing))
        refusal = REFUSED_UNKNOWN;
    if (refusal != REFUSED_NOTHING) {
        preview_refuse(previewing, refusal);
        return;
    }
    if (!worker_give(document->printer, preview_print, preview_printed,
                     previewing))
        preview_refuse(previewing, REFUSED_TRY_AGAIN);
}

static void preview_begin(struct previewing *previewing)
{
    previewing->runs = true;
    engine_state(previewing->document->with.engine,
                 previewing->preview.consultation, preview_state, previewing);
}

void document_preview(struct document *document, const struct preview *preview,
                      preview_fn *done, void *arg)
{
    struct previewing *previewing = calloc(1, sizeof(*previewing));
    bool busy = preview_of(document, preview->consultation) != NULL;

    assert(previewing);
    previewing->document = document;
    previewing->preview = *preview;
    previewing->lines = malloc(preview->lines.length + 1);
    assert(previewing->lines);
    if (preview->lines.length)
        memcpy(previewing->lines, preview->lines.data, preview->lines.length);
    previewing->preview.lines = slice(previewing->lines, preview->lines.length);
    previewing->done = done;
    previewing->arg = arg;
    previewing->printing.kind = PRINTING_PRESCRIPTION;
    previewing->printing.weight_kg = preview->weight_kg;
    previewing->printing.height_cm = preview->height_cm;
    list_append(&document->previews, &previewing->link);
    if (preview->lines.length > PRESCRIPTION_MAX || preview->weight_kg > 600 ||
        preview->height_cm > 260 ||
        printing_read_lines(&previewing->printing, preview->lines))
        preview_refuse(previewing, REFUSED_INVALID);
    else if (!busy)
        preview_begin(previewing);
}

/* ---- fetching
 * ---------------------------------------------------------------------- */

struct fetching {
    struct printing printing; /* first: the worker sees only this */
    struct document *document;
    struct actor actor;
    struct consultation_id visit;
    enum document_request what;
    uint32_t version;
    uint8_t hash[HASH_BYTES]; /* PRESCRIPTION: of the released version */
    bytes_fn *done;
    void *arg;
};

static void fetch_end(struct fetching *fetching, enum refusal refusal)
{
    struct slice bytes =
        slice(fetching->printing.bytes, fetching->printing.length);

    fetching->done(fetching->arg, refusal,
                   refusal == REFUSED_NOTHING ? bytes : slice(NULL, 0));
    secret_wipe(fetching->printing.bytes, fetching->printing.length);
    free(fetching->printing.bytes);
    secret_wipe(&fetching->printing, sizeof(fetching->printing));
    free(fetching);
}

static int stored_run(struct reader_of_store *reader, void *arg)
{
    struct fetching *fetching = arg;

    return read_document(reader, fetching->visit, DOCUMENT_PRESCRIPTION,
                         fetching->version, &fetching->printing.bytes,
                         &fetching->printing.length);
}

static void stored_done(void *arg, int status)
{
    struct fetching *fetching = arg;
    uint8_t hash[HASH_BYTES];

    if (status) {
        fetch_end(fetching, status == -ENOENT ? REFUSED_NO_PRESCRIPTION
                                              : REFUSED_TRY_AGAIN);
        return;
    }
    (void)SHA256(fetching->printing.bytes, fetching->printing.length, hash);
    if (fetching->what == REQUEST_PRESCRIPTION &&
        memcmp(hash, fetching->hash, sizeof(hash)) != 0) {
        fetch_end(fetching, REFUSED_NOT_RELEASED); /* not what was approved */
        return;
    }
    fetch_end(fetching, REFUSED_NOTHING);
}

static void printed(void *arg)
{
    struct fetching *fetching = arg;

    fetch_end(fetching,
              fetching->printing.status ? REFUSED_TRY_AGAIN : REFUSED_NOTHING);
}

static void fetch_print(struct fetching *fetching)
{
    if (!worker_give(fetching->document->printer, print, printed, fetching))
        fetch_end(fetching, REFUSED_TRY_AGAIN);
}

/* When it was paid or settled, out of the log. */
static int settled_at(void *arg, const struct stored_event *event)
{
    struct fetching *fetching = arg;
    enum event_kind kind = event_of_name(event->kind);

    if (kind == EVENT_PAID || kind == EVENT_SETTLED)
        fetching->printing.paid_ms = event->at_ms;
    return 0;
}

static int settled_run(struct reader_of_store *reader, void *arg)
{
    struct fetching *fetching = arg;
    struct stream_id stream = { .kind = STREAM_CONSULTATION };

    memcpy(stream.bytes, fetching->visit.bytes, ID_BYTES);
    return read_stream(reader, stream, 0, settled_at, fetching);
}

static void settled_done(void *arg, int status)
{
    if (status)
        fetch_end(arg, REFUSED_TRY_AGAIN);
    else
        fetch_print(arg);
}

static void fetch_letter(struct fetching *fetching,
                         const struct consultation *visit)
{
    const struct document_options *with = &fetching->document->with;
    struct printing *printing = &fetching->printing;
    struct link link = { .visit = visit->id,
                         .person = LINK_PATIENT,
                         .generation = visit->link_generation };
    char token[LINK_TOKEN_TEXT];

    link_token(with->keys, &link, token);
    link_code(with->keys, &link, printing->code);
    (void)snprintf(printing->link, sizeof(printing->link), "%s/v/%s",
                   with->public_url, token);
    (void)snprintf(printing->join, sizeof(printing->join), "%s/join",
                   with->public_url);
    printing->kind = PRINTING_LETTER;
    fetch_print(fetching);
}

/* -1 and nothing made when there is no such guest. */
static int invitation_of(const struct document_options *with,
                         const struct consultation *visit, uint32_t number,
                         char *url, size_t size, char code[LINK_PIN_TEXT])
{
    const struct guest *guest = consultation_guest(visit, number);
    char token[LINK_TOKEN_TEXT];

    if (!guest)
        return -ENOENT;
    struct link link = { .visit = visit->id,
                         .person = (enum link_person)number,
                         .generation = guest->link_generation };
    link_token(with->keys, &link, token);
    link_pin(with->keys, &link, code);
    (void)snprintf(url, size, "%s/v/%s", with->public_url, token);
    return 0;
}

static void fetch_invitation(struct fetching *fetching,
                             const struct consultation *visit)
{
    struct printing *printing = &fetching->printing;
    const struct guest *guest = consultation_guest(visit, fetching->version);

    if (invitation_of(&fetching->document->with, visit, fetching->version,
                      printing->link, sizeof(printing->link), printing->code)) {
        fetch_end(fetching, REFUSED_NO_GUEST);
        return;
    }
    memcpy(printing->guest, guest->name, NAME_TEXT);
    printing->kind = PRINTING_LETTER;
    fetch_print(fetching);
}

static enum refusal may_fetch(const struct fetching *fetching,
                              const struct consultation *visit)
{
    static const unsigned roles[] = {
        [REQUEST_PRESCRIPTION] = ROLE_BIT(ROLE_PATIENT),
        [REQUEST_RECEIPT] = ROLE_BIT(ROLE_PATIENT),
        [REQUEST_DRAFT] = ROLE_BIT(ROLE_DOCTOR),
        [REQUEST_LETTER] = ROLE_BIT(ROLE_SECRETARY),
        [REQUEST_INVITATION] = ROLES_STAFF,
    };

    if (!visit)
        return engine_absent(fetching->document->with.engine);
    enum refusal refusal = access_visit(&fetching->actor, visit);
    if (refusal == REFUSED_NOTHING &&
        !(ROLE_BIT(fetching->actor.role) & roles[fetching->what]))
        refusal = REFUSED_FORBIDDEN;
    return refusal;
}

static void fetch_state(void *arg, const struct consultation *visit,
                        const struct agenda *agenda)
{
    struct fetching *fetching = arg;
    struct document *document = fetching->document;
    enum refusal refusal = may_fetch(fetching, visit);

    (void)agenda;
    if (refusal == REFUSED_NOTHING && fetching->what == REQUEST_PRESCRIPTION) {
        struct policy policy =
            directory_policy(document->with.directory, visit->clinic);
        if (!release_is_open(visit, &policy, clock_now_ms()))
            refusal = REFUSED_NOT_RELEASED;
    }
    if (refusal == REFUSED_NOTHING &&
        !fill_in(document, visit, &fetching->printing))
        refusal = REFUSED_UNKNOWN;
    if (refusal != REFUSED_NOTHING) {
        fetch_end(fetching, refusal);
        return;
    }
    switch (fetching->what) {
    case REQUEST_PRESCRIPTION:
        fetching->version = visit->released_version;
        memcpy(fetching->hash, visit->released_hash, HASH_BYTES);
        store_ask(document->with.store, stored_run, stored_done, fetching);
        break;
    case REQUEST_DRAFT:
        store_ask(document->with.store, stored_run, stored_done, fetching);
        break;
    case REQUEST_RECEIPT:
        fetching->printing.kind = PRINTING_RECEIPT;
        fetching->printing.paid_ms = visit->last_ms;
        store_ask(document->with.store, settled_run, settled_done, fetching);
        break;
    case REQUEST_LETTER:
        fetch_letter(fetching, visit);
        break;
    case REQUEST_INVITATION:
        fetch_invitation(fetching, visit);
        break;
    }
}

static void fetch_recorded(void *arg, const struct answer *answer)
{
    struct fetching *fetching = arg;

    if (answer->refusal != REFUSED_NOTHING)
        fetch_end(fetching, answer->refusal);
    else
        engine_state(fetching->document->with.engine, fetching->visit,
                     fetch_state, fetching);
}

void document_fetch(struct document *document, const struct actor *actor,
                    struct consultation_id visit, enum document_request what,
                    uint32_t version, bytes_fn *done, void *arg)
{
    struct fetching *fetching = calloc(1, sizeof(*fetching));
    struct command command = {
        .kind = COMMAND_FETCH,
        .actor = *actor,
        .consultation = visit,
        .fetch.document =
            what == REQUEST_RECEIPT ? DOCUMENT_RECEIPT : DOCUMENT_PRESCRIPTION,
    };

    assert(fetching);
    fetching->document = document;
    fetching->actor = *actor;
    fetching->visit = visit;
    fetching->what = what;
    fetching->version = version;
    fetching->done = done;
    fetching->arg = arg;
    secret_random(command.id.bytes, sizeof(command.id.bytes));
    if (what == REQUEST_PRESCRIPTION || what == REQUEST_RECEIPT)
        engine_submit(document->with.engine, &command, fetch_recorded,
                      fetching);
    else
        engine_state(document->with.engine, visit, fetch_state, fetching);
}

struct passing_on {
    struct document *document;
    struct actor actor;
    uint32_t guest;
    guest_link_fn *done;
    void *arg;
};

static void pass_on(void *arg, const struct consultation *visit,
                    const struct agenda *agenda)
{
    struct passing_on *passing = arg;
    char url[256] = "";
    char code[LINK_PIN_TEXT] = "";
    enum refusal refusal = visit
                               ? access_visit(&passing->actor, visit)
                               : engine_absent(passing->document->with.engine);

    (void)agenda;
    if (refusal == REFUSED_NOTHING &&
        !(ROLE_BIT(passing->actor.role) & ROLES_STAFF))
        refusal = REFUSED_FORBIDDEN;
    if (refusal == REFUSED_NOTHING &&
        invitation_of(&passing->document->with, visit, passing->guest, url,
                      sizeof(url), code))
        refusal = REFUSED_NO_GUEST;
    passing->done(passing->arg, refusal, url, code);
    free(passing);
}

void document_guest_link(struct document *document, const struct actor *actor,
                         struct consultation_id visit, uint32_t guest,
                         guest_link_fn *done, void *arg)
{
    struct passing_on *passing = calloc(1, sizeof(*passing));

    assert(passing);
    *passing = (struct passing_on){ document, *actor, guest, done, arg };
    engine_state(document->with.engine, visit, pass_on, passing);
}
