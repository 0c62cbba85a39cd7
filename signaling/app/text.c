#include "signaling/app/text.h"

#include "base/secret.h"
#include "signaling/app/clock.h"
#include "signaling/app/ledger.h"
#include "signaling/core/access.h"

#include <assert.h>
#include <stdlib.h>

#define READ_MAX     1000 /* messages of a visit; the core's limit */
#define MEASURES_MAX 100  /* bytes */

struct texts {
    struct store *store;
    struct engine *engine;
};

struct texts *texts_new(struct store *store, struct engine *engine)
{
    struct texts *texts = calloc(1, sizeof(*texts));

    assert(texts);
    *texts = (struct texts){ .store = store, .engine = engine };
    return texts;
}

void texts_free(struct texts *texts)
{
    free(texts);
}

/* Texts being read; slices point into malloc'ed bytes. */
struct reading {
    struct texts *texts;
    struct actor actor;
    struct consultation_id visit;
    uint32_t from;
    struct stored_text *found;
    uint8_t **bytes; /* of the texts */
    size_t count;
    chat_fn *chat;
    writing_fn *writing;
    void *arg;
};

static struct reading *reading_new(struct texts *texts,
                                   const struct actor *actor,
                                   struct consultation_id visit, void *arg)
{
    struct reading *reading = calloc(1, sizeof(*reading));

    assert(reading);
    reading->texts = texts;
    reading->actor = *actor;
    reading->visit = visit;
    reading->arg = arg;
    return reading;
}

static void reading_free(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        secret_wipe(reading->bytes[i], reading->found[i].text.length);
        free(reading->bytes[i]);
    }
    free(reading->bytes);
    free(reading->found);
    free(reading);
}

static int keep_text(void *arg, const struct stored_text *text)
{
    struct reading *reading = arg;
    size_t many = reading->count + 1;
    uint8_t *copy = malloc(text->text.length + 1);

    reading->found = realloc(reading->found, many * sizeof(*reading->found));
    reading->bytes = realloc(reading->bytes, many * sizeof(*reading->bytes));
    assert(copy && reading->found && reading->bytes);
    if (text->text.length)
        memcpy(copy, text->text.data, text->text.length);
    copy[text->text.length] = '\0';
    reading->bytes[reading->count] = copy;
    reading->found[reading->count] = *text;
    reading->found[reading->count].text = slice(copy, text->text.length);
    reading->count += 1;
    return 0;
}

/* ---- chat
 * -------------------------------------------------------------------- */

/* The chat is between patient and doctor; the desk sees its own words. */
static int keep_message(void *arg, const struct stored_text *text)
{
    struct reading *reading = arg;

    if (reading->actor.role == ROLE_SECRETARY && text->role != ROLE_SECRETARY)
        return 0;
    if (reading->count == READ_MAX)
        return 0;
    return keep_text(arg, text);
}

static int chat_run(struct reader_of_store *reader, void *arg)
{
    struct reading *reading = arg;
    uint32_t after = reading->from > 0 ? reading->from - 1 : 0;

    return read_texts(reader, reading->visit, TEXT_MESSAGE, after, keep_message,
                      reading);
}

static void chat_done(void *arg, int status)
{
    struct reading *reading = arg;

    if (status)
        reading->chat(reading->arg, REFUSED_TRY_AGAIN, NULL, 0);
    else
        reading->chat(reading->arg, REFUSED_NOTHING, reading->found,
                      reading->count);
    reading_free(reading);
}

static void chat_state(void *arg, const struct consultation *visit,
                       const struct agenda *agenda)
{
    struct reading *reading = arg;
    enum refusal refusal = visit ? access_visit(&reading->actor, visit)
                                 : engine_absent(reading->texts->engine);

    (void)agenda;
    if (refusal != REFUSED_NOTHING) {
        reading->chat(reading->arg, refusal, NULL, 0);
        reading_free(reading);
        return;
    }
    store_ask(reading->texts->store, chat_run, chat_done, reading);
}

void texts_chat(struct texts *texts, const struct actor *actor,
                struct consultation_id visit, uint32_t from, chat_fn *done,
                void *arg)
{
    struct reading *reading = reading_new(texts, actor, visit, arg);

    reading->from = from;
    reading->chat = done;
    engine_state(texts->engine, visit, chat_state, reading);
}

/* ---- what is being written
 * -------------------------------------------------------- */

static enum refusal may_write(const struct texts *texts,
                              const struct actor *actor,
                              const struct consultation *visit)
{
    if (!visit)
        return engine_absent(texts->engine);
    if (actor->role != ROLE_DOCTOR)
        return REFUSED_FORBIDDEN;
    return access_visit(actor, visit);
}

static int writing_run(struct reader_of_store *reader, void *arg)
{
    struct reading *reading = arg;
    int err =
        read_texts(reader, reading->visit, TEXT_NOTE, 0, keep_text, reading);

    if (err)
        return err;
    err = read_texts(reader, reading->visit, TEXT_LINES, TEXT_LINES_WRITING - 1,
                     keep_text, reading);
    if (err)
        return err;
    return read_texts(reader, reading->visit, TEXT_MEASURES, 0, keep_text,
                      reading);
}

static const struct writing nothing_written = {
    .note = { (const uint8_t *)"", 0 },
    .lines = { (const uint8_t *)"", 0 },
    .measures = { (const uint8_t *)"", 0 },
};

static void writing_done(void *arg, int status)
{
    struct reading *reading = arg;
    struct writing writing = nothing_written;

    for (size_t i = 0; i < reading->count; i++) {
        if (reading->found[i].kind == TEXT_NOTE)
            writing.note = reading->found[i].text;
        else if (reading->found[i].kind == TEXT_LINES)
            writing.lines = reading->found[i].text;
        else
            writing.measures = reading->found[i].text;
    }
    reading->writing(reading->arg, status ? REFUSED_TRY_AGAIN : REFUSED_NOTHING,
                     &writing);
    reading_free(reading);
}

static void writing_state(void *arg, const struct consultation *visit,
                          const struct agenda *agenda)
{
    struct reading *reading = arg;
    enum refusal refusal = may_write(reading->texts, &reading->actor, visit);

    (void)agenda;
    if (refusal != REFUSED_NOTHING) {
        reading->writing(reading->arg, refusal, &nothing_written);
        reading_free(reading);
        return;
    }
    store_ask(reading->texts->store, writing_run, writing_done, reading);
}

void texts_writing(struct texts *texts, const struct actor *actor,
                   struct consultation_id visit, writing_fn *done, void *arg)
{
    struct reading *reading = reading_new(texts, actor, visit, arg);

    reading->writing = done;
    engine_state(texts->engine, visit, writing_state, reading);
}

/* ---- saving
 * ---------------------------------------------------------------------------
 */

struct saving {
    struct texts *texts;
    struct actor actor;
    struct append *append;
    texts_done_fn *done;
    void *arg;
};

static void saving_end(struct saving *saving, enum refusal refusal)
{
    if (saving->done)
        saving->done(saving->arg, refusal);
    free(saving);
}

static void saving_stored(void *arg, const struct append_answer *answer)
{
    saving_end(arg, answer->result == APPEND_COMMITTED ? REFUSED_NOTHING
                                                       : REFUSED_TRY_AGAIN);
}

static void saving_state(void *arg, const struct consultation *visit,
                         const struct agenda *agenda)
{
    struct saving *saving = arg;
    enum refusal refusal = may_write(saving->texts, &saving->actor, visit);

    (void)agenda;
    if (refusal != REFUSED_NOTHING) {
        append_free(saving->append);
        saving_end(saving, refusal);
        return;
    }
    store_append(saving->texts->store, saving->append, saving_stored, saving);
}

static void save_one(struct saving *saving, struct consultation_id visit,
                     enum text_kind kind, uint32_t number, int64_t now_ms,
                     struct slice text)
{
    if (text.data)
        append_text(saving->append, visit, kind, number, now_ms,
                    saving->actor.role, text);
}

void texts_save(struct texts *texts, const struct actor *actor,
                struct consultation_id visit, const struct writing *writing,
                texts_done_fn *done, void *arg)
{
    static const uint8_t nothing[32];
    struct saving *saving = calloc(1, sizeof(*saving));
    struct command_id once = { { 0 } };
    uint8_t who[ID_BYTES];
    int64_t now_ms = clock_now_ms();

    assert(saving);
    saving->texts = texts;
    saving->actor = *actor;
    saving->done = done;
    saving->arg = arg;
    if (writing->note.length > NOTE_MAX ||
        writing->lines.length > PRESCRIPTION_MAX ||
        writing->measures.length > MEASURES_MAX) {
        saving_end(saving, REFUSED_INVALID);
        return;
    }
    secret_random(once.bytes, sizeof(once.bytes));
    ledger_actor(actor, who);
    saving->append = append_new(once, who, nothing);
    assert(saving->append);
    save_one(saving, visit, TEXT_NOTE, TEXT_NOTE_NUMBER, now_ms, writing->note);
    save_one(saving, visit, TEXT_LINES, TEXT_LINES_WRITING, now_ms,
             writing->lines);
    save_one(saving, visit, TEXT_MEASURES, TEXT_MEASURES_NUMBER, now_ms,
             writing->measures);
    engine_state(texts->engine, visit, saving_state, saving);
}
