#include "base/phrase.h"

#include <assert.h>
#include <string.h>

static const char *value_of(const struct phrase_value *values, const char *name,
                            size_t length)
{
    for (; values->name; values++)
        if (strlen(values->name) == length &&
            memcmp(values->name, name, length) == 0)
            return values->text;
    return NULL;
}

static bool put(char *out, size_t size, size_t *used, const char *text,
                size_t length)
{
    if (length >= size - *used)
        return false;
    memcpy(out + *used, text, length);
    *used += length;
    out[*used] = '\0';
    return true;
}

bool phrase_fill(char *out, size_t size, const char *sentence,
                 const struct phrase_value *values)
{
    size_t used = 0;
    bool fits = size > 0;

    while (*sentence && fits) {
        size_t plain = strcspn(sentence, "{");
        const char *close;
        const char *value;

        fits = put(out, size, &used, sentence, plain);
        sentence += plain;
        if (*sentence == '\0' || !fits)
            break;
        close = strchr(sentence, '}');
        assert(close);
        value = value_of(values, sentence + 1, (size_t)(close - sentence - 1));
        assert(value);
        fits = put(out, size, &used, value, strlen(value));
        sentence = close + 1;
    }
    if (!fits && size > 0)
        out[0] = '\0';
    return fits;
}
