#include "media/sdp/line.h"

bool line_next(struct slice *text, struct slice *out)
{
    if (text->length == 0)
        return false;

    struct slice line = line_word(text, "\n");
    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    *out = line;
    return true;
}

bool line_take(struct slice *text, const char *prefix)
{
    size_t length = strlen(prefix);

    if (text->length < length || memcmp(text->data, prefix, length) != 0)
        return false;
    text->data += length;
    text->length -= length;
    return true;
}

struct slice line_word(struct slice *text, const char *separators)
{
    size_t end = 0;

    /* strchr would find a zero byte in any list. */
    while (end < text->length &&
           (text->data[end] == 0 || !strchr(separators, text->data[end])))
        end++;

    struct slice word = slice(text->data, end);
    size_t taken = end < text->length ? end + 1 : end;
    text->data += taken;
    text->length -= taken;
    return word;
}

bool line_number(struct slice word, uint32_t max, uint32_t *out)
{
    uint64_t value = 0;

    if (word.length == 0 || word.length > 10)
        return false;
    for (size_t i = 0; i < word.length; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(word.data[i] - '0');
    }
    if (value > max)
        return false;
    *out = (uint32_t)value;
    return true;
}

static uint8_t lower(uint8_t character)
{
    if (character >= 'A' && character <= 'Z')
        return (uint8_t)(character + ('a' - 'A'));
    return character;
}

bool line_same(struct slice word, const char *text)
{
    if (word.length != strlen(text))
        return false;
    for (size_t i = 0; i < word.length; i++)
        if (lower(word.data[i]) != lower((uint8_t)text[i]))
            return false;
    return true;
}

bool line_copy(struct slice word, size_t max, char *out)
{
    if (word.length == 0 || word.length > max)
        return false;
    for (size_t i = 0; i < word.length; i++)
        if (word.data[i] < 0x21 || word.data[i] > 0x7e)
            return false;
    memcpy(out, word.data, word.length);
    out[word.length] = '\0';
    return true;
}
