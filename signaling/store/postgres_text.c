#include "signaling/store/postgres_text.h"

#include <ctype.h>
#include <string.h>

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Comments to the end of the line and quoted text are copied whole. */
static size_t skipped(const char *at, size_t left)
{
    if (left >= 2 && at[0] == '-' && at[1] == '-') {
        const char *end = memchr(at, '\n', left);
        return end ? (size_t)(end - at) : left;
    }
    if (at[0] == '\'') {
        const char *end = memchr(at + 1, '\'', left - 1);
        return end ? (size_t)(end - at) + 1 : left;
    }
    return 0;
}

static size_t word_length(const char *at, size_t left)
{
    size_t length = 0;

    while (length < left && in_word(at[length]))
        length++;
    return length;
}

static struct slice replaced(struct slice word)
{
    if (slice_equal(word, slice_of_text("INTEGER")))
        return slice_of_text("BIGINT");
    if (slice_equal(word, slice_of_text("BLOB")))
        return slice_of_text("BYTEA");
    return word;
}

bool postgres_text(struct slice text, char *out, size_t size)
{
    const char *from = (const char *)text.data;
    size_t at = 0, used = 0;

    while (at < text.length) {
        size_t left = text.length - at;
        size_t length = skipped(from + at, left);
        struct slice piece = slice(from + at, length);
        if (length == 0 && in_word(from[at])) {
            length = word_length(from + at, left);
            piece = replaced(slice(from + at, length));
        } else if (length == 0) {
            length = 1;
            piece = from[at] == '?' ? slice("$", 1) : slice(from + at, 1);
        }
        if (used + piece.length >= size)
            return false;
        memcpy(out + used, piece.data, piece.length);
        used += piece.length;
        at += length;
    }
    out[used] = '\0';
    return true;
}
