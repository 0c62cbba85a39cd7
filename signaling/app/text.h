/*
 * text: words beside the log: chat messages, and what a doctor is writing
 * before it is saved. Access is checked here. Loop's thread.
 */
#ifndef APP_TEXT_H
#define APP_TEXT_H

#include "signaling/app/engine.h"
#include "signaling/store/store.h"

struct texts;

struct texts *texts_new(struct store *store, struct engine *engine);
void texts_free(struct texts *texts);

/* Messages with number >= from, in order. A secretary gets those of the clinic
 * only. Slices are valid during the call. */
typedef void chat_fn(void *arg, enum refusal refusal,
                     const struct stored_text *messages, size_t count);
void texts_chat(struct texts *texts, const struct actor *actor,
                struct consultation_id visit, uint32_t from, chat_fn *done,
                void *arg);

/* What the doctor is writing; measures stand beside the lines of a
 * prescription:
 * {"weight_kg":72,"height_cm":168}, either may be missing. */
struct writing {
    struct slice note;
    struct slice lines;
    struct slice measures;
};

/* The visit's doctor only. A slice with data NULL: leave as it is. */
typedef void texts_done_fn(void *arg, enum refusal refusal);
void texts_save(struct texts *texts, const struct actor *actor,
                struct consultation_id visit, const struct writing *writing,
                texts_done_fn *done, void *arg);

/* What was written last; empty slices when there is nothing. */
typedef void writing_fn(void *arg, enum refusal refusal,
                        const struct writing *writing);
void texts_writing(struct texts *texts, const struct actor *actor,
                   struct consultation_id visit, writing_fn *done, void *arg);

#endif
