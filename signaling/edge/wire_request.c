#include "signaling/edge/wire.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- presence -------------------------------------------------------------
 */

/* What a page says of itself. */
struct words {
    char doing[24];
    bool typing;
    bool camera;
    bool microphone;
    bool sharing;
    int screen;
    bool music;
};

static const char *const screen_names[] = { "on", "locked", NULL };

#define WORD(label, kind)                                                      \
    FIELD(struct words, #label, kind, label, .optional = true)

static const struct field words_fields[] = {
    WORD(doing, FIELD_TEXT),
    WORD(typing, FIELD_BOOL),
    WORD(camera, FIELD_BOOL),
    WORD(microphone, FIELD_BOOL),
    WORD(sharing, FIELD_BOOL),
    { .name = "screen",
      .type = FIELD_ENUM,
      .offset = offsetof(struct words, screen),
      .size = sizeof(int),
      .names = screen_names,
      .optional = true },
    WORD(music, FIELD_BOOL),
    { .name = NULL },
};

/* "call_left", "desk": a word of ours, no free text. */
static bool is_word(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz_") == strlen(text);
}

int wire_presence_read(const json_t *with, char *out, size_t size,
                       struct wire_complaint *why)
{
    struct words words = { .typing = false };

    int err = wire_members_read(with, words_fields, &words, why);
    if (err)
        return err;
    if (!is_word(words.doing)) {
        snprintf(why->say, sizeof(why->say), "\"doing\" is not a word.");
        return -EBADMSG;
    }
    char *text = with ? json_dumps(with, JSON_COMPACT) : NULL;
    bool fits = text_copy(out, size, slice_of_text(text ? text : "{}"));
    free(text);
    return fits ? 0 : -EBADMSG;
}

/* ---- a prescription's lines ------------------------------------------------
 */

struct line_of_prescription {
    char drug[SHORT_TEXT];
    char dosage[SHORT_TEXT];
    char duration[SHORT_TEXT];
    uint32_t renewals;
};

#define LINE(label, kind)                                                      \
    FIELD(struct line_of_prescription, #label, kind, label)

static const struct field line_fields[] = {
    LINE(drug, FIELD_TEXT),     LINE(dosage, FIELD_TEXT),
    LINE(duration, FIELD_TEXT), LINE(renewals, FIELD_U32),
    { .name = NULL },
};

static int lines_check(const json_t *lines, struct wire_complaint *why)
{
    size_t index;
    json_t *line;

    if (!json_is_array(lines) || json_array_size(lines) > WIRE_LINES_MAX) {
        snprintf(why->say, sizeof(why->say),
                 "\"lines\" is not a list of at most %d lines.",
                 WIRE_LINES_MAX);
        return -EBADMSG;
    }
    json_array_foreach(lines, index, line)
    {
        struct line_of_prescription read;
        int err = -EBADMSG;
        if (json_is_object(line))
            err = wire_members_read(line, line_fields, &read, why);
        else
            snprintf(why->say, sizeof(why->say), "\"lines\" has no object.");
        if (err)
            return err;
    }
    return 0;
}

int wire_lines_take(json_t *with, char **out, struct wire_complaint *why)
{
    json_t *lines = json_object_get(with, "lines");

    *out = NULL;
    if (!lines)
        return 0;
    int err = lines_check(lines, why);
    if (err)
        return err;
    char *text = json_dumps(lines, JSON_COMPACT);
    if (!text)
        abort();
    if (strlen(text) > PRESCRIPTION_MAX) {
        free(text);
        snprintf(why->say, sizeof(why->say), "\"lines\" is too long.");
        return -EBADMSG;
    }
    json_object_del(with, "lines");
    *out = text;
    return 0;
}

/* ---- an offer -------------------------------------------------------------
 */

int wire_sdp_read(const json_t *with, const char **out,
                  struct wire_complaint *why)
{
    const json_t *sdp = json_object_get(with, "sdp");

    if (!json_is_string(sdp) || json_object_size(with) != 1) {
        snprintf(why->say, sizeof(why->say),
                 "An offer has \"sdp\", a text, and nothing else.");
        return -EBADMSG;
    }
    *out = json_string_value(sdp);
    return 0;
}
